"""What of the package is compiled, as far as callers meet it."""

from typing import Any

class Progress:
    """Where a restoration stands."""

    @property
    def fraction(self) -> float:
        """Share of the work done, 0…1, never falling."""
    @property
    def round(self) -> int:
        """Round, 1…rounds; 0 before the first."""
    @property
    def rounds(self) -> int:
        """Number of rounds."""
    @property
    def step(self) -> int:
        """Network call within the round, 1…steps; 0 during data fidelity."""
    @property
    def steps(self) -> int:
        """Network calls of the round."""
    @property
    def seconds_left(self) -> float:
        """Estimated seconds left; negative while unknown."""
    @property
    def stage(self) -> str:
        """What is being done."""

def __getattr__(name: str) -> Any: ...
