"""model.toml: what the engine needs to know about a model folder."""

import hashlib
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dcdp_export.errors import ConfigError

FORMAT = 1


@dataclass
class Manifest:
    """The fields of model.toml, in its order. Sizes are in pixels of the picture, also for latent models."""

    name: str
    version: str
    licence: str
    kind: str                               # pixel | consistency | latent
    description: str
    size_multiple: int
    tile: int                               # native size, halo included
    halo: int                               # context on each side
    channels: int = 3
    global_operations: bool = True          # attention and GroupNorm see the whole extent
    fixed_size: bool = False                # the network takes tile × tile only
    value_range: list[float] = field(default_factory=lambda: [-1.0, 1.0])
    timesteps: int | None = 1000            # None: a Gaussian denoiser, without a schedule
    beta_schedule: str = "linear"           # linear | scaled_linear
    beta_start: float = 0.0001
    beta_end: float = 0.02
    prediction: str = "epsilon"             # epsilon | v | x0
    learned_variance: bool = False
    time_input: str = "index"               # index | log_snr | sigma
    extra: dict[str, Any] = field(default_factory=dict)     # top-level fields of one kind only
    inputs: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)

    def check(self) -> None:
        """The few rules between fields that a command-line option can break."""
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", self.name):
            raise ConfigError(f"name {self.name!r}: use up to 64 letters, digits, dots, dashes and underscores")
        if self.tile <= 0 or self.tile % self.size_multiple:
            raise ConfigError(f"tile = {self.tile} is not a positive multiple of {self.size_multiple}")
        if self.halo < 0 or 2 * self.halo >= self.tile:
            raise ConfigError(f"halo = {self.halo} leaves nothing of a tile of {self.tile}")

    def text(self, files: dict[str, Path]) -> str:
        """The whole file; `files` maps roles (network, encoder, decoder, decoder_vjp) to written files."""
        schedule = {} if self.timesteps is None else {
            "timesteps": self.timesteps, "beta_schedule": self.beta_schedule, "beta_start": self.beta_start,
            "beta_end": self.beta_end}
        top = {
            "format": FORMAT, "name": self.name, "version": self.version, "licence": self.licence, "kind": self.kind,
            "description": self.description, "channels": self.channels, "size_multiple": self.size_multiple,
            "tile": self.tile, "halo": self.halo, "global_operations": self.global_operations,
            "fixed_size": self.fixed_size, "value_range": self.value_range, **schedule,
            "prediction": self.prediction, "learned_variance": self.learned_variance, "time_input": self.time_input,
            **self.extra,
        }
        parts = [_table(top)]
        for role, path in files.items():
            parts.append(f"[files.{role}]\n" + _table({
                "path": path.name, "sha256": sha256(path), "bytes": path.stat().st_size}))
        parts.append("[inputs]\n" + _table(self.inputs))
        parts.append("[outputs]\n" + _table(self.outputs))
        return "\n".join(parts)


def sha256(path: Path) -> str:
    """The hash of a file, as manifests write it."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _table(values: dict[str, Any]) -> str:
    # JSON's spelling of strings, numbers, booleans and flat lists is TOML's too
    return "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items())
