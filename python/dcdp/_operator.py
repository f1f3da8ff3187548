"""Operators of the caller's own."""

import dataclasses
import inspect
from collections.abc import Callable


@dataclasses.dataclass(frozen=True)
class Operator:
    """A forward operator A of your own: the array given to :func:`dcdp.restore` is y = A(x) plus noise.

    Arrays are C×H×W, float32, in −1…1 (2·v − 1 of an sRGB-encoded value v of 0…1), with the channels that the
    picture has: 3, or 1 of a gray one. The functions may return NumPy arrays or anything that
    ``numpy.asarray`` takes, such as detached PyTorch tensors. They are called on another thread, one at a time.
    """

    #: ``measure(x)`` is y.
    measure: Callable[..., object]
    #: ``adjoint(u)`` is Aᵀu of a linear operator; ``adjoint(x, u)`` is J(x)ᵀu, the vector-Jacobian product at x,
    #: of any other.
    adjoint: Callable[..., object]
    #: Whether A is linear. None: it is if ``adjoint`` takes one argument.
    linear: bool | None = None
    #: ``picture_size(height, width)`` of the measurement gives height and width of x; None when they are equal.
    picture_size: Callable[[int, int], tuple[int, int]] | None = None
    #: An upper bound of the largest eigenvalue of AᵀA; None: it is estimated.
    lambda_max: float | None = None

    def is_linear(self) -> bool:
        """Whether A is linear."""
        if self.linear is not None:
            return self.linear
        count = _arguments(self.adjoint)
        if count not in (1, 2):
            raise TypeError(
                "cannot tell whether adjoint takes (u), of a linear operator, or (x, u); say linear=True or False"
            )
        return count == 1


def _arguments(function) -> int | None:
    """How many arguments a function needs; None where it does not say."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(one.kind is one.VAR_POSITIONAL for one in parameters):
        return None
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(one.kind in positional and one.default is one.empty for one in parameters)


def of(value) -> Operator:
    """The operator that ``value`` is: one, or a pair of functions."""
    if isinstance(value, Operator):
        return value
    try:
        measure, adjoint = value
    except (TypeError, ValueError):
        raise TypeError("operator: expected is dcdp.Operator or a pair (measure, adjoint)") from None
    return Operator(measure, adjoint)
