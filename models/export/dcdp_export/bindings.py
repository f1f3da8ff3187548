"""Carry a checkpoint's tensors into our modules, naming whatever does not fit.

A source (one file in `sources/`) lists one `Binding` per parameter: which tensors of the published
checkpoint it comes from, and how they are laid out there.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from dcdp_export.errors import CheckpointMismatch

LISTED = 6  # problems spelled out before "and N more"


@dataclass(frozen=True)
class Binding:
    """`target`: our parameter. `sources`: the checkpoint's tensors, concatenated along dimension 0.

    `interleaved_heads`: the checkpoint stacks query, key and value inside each of so many heads,
    where ours stacks the heads inside query, key and value.
    """

    target: str
    sources: tuple[str, ...]
    interleaved_heads: int | None = None

    def load(self, tensors: list[Tensor], shape: torch.Size) -> Tensor:
        value = torch.cat([t.float().reshape(shape[0] // len(tensors), *shape[1:]) for t in tensors])
        if self.interleaved_heads:
            value = value.reshape(self.interleaved_heads, 3, -1, *shape[1:]).transpose(0, 1).reshape(shape)
        return value

    def save(self, value: Tensor) -> list[Tensor]:
        if self.interleaved_heads:
            shape = value.shape
            value = value.reshape(3, self.interleaved_heads, -1, *shape[1:]).transpose(0, 1).reshape(shape)
        return list(value.chunk(len(self.sources)))


@dataclass(frozen=True)
class Hints:
    """Which configuration fields decide a tensor: the first pattern found in its name wins."""

    rules: tuple[tuple[str, str], ...]
    where: str

    def fields(self, key: str) -> str:
        for pattern, fields in self.rules:
            if re.search(pattern, key):
                return f"{self.where}: {fields}"
        return self.where


def _without_trailing_ones(shape: Iterable[int]) -> tuple[int, ...]:
    shape = list(shape)
    while shape and shape[-1] == 1:
        shape.pop()
    return tuple(shape)


def _fits(found: torch.Size, expected: tuple[int, ...]) -> bool:
    """Equal, up to the trailing 1s by which a 1×1 convolution and a linear map differ."""
    return _without_trailing_ones(found) == _without_trailing_ones(expected)


def bind(module: nn.Module, state: dict[str, Tensor], bindings: list[Binding], hints: Hints, origin: str) -> None:
    """Loads `state` into `module`, in f32.

    Every parameter must be bound, every tensor of `state` used and every shape fit; otherwise
    `CheckpointMismatch` lists tensors, shapes and the configuration fields behind them.
    """
    parameters = dict(module.named_parameters())
    unbound = set(parameters) - {binding.target for binding in bindings}
    assert not unbound, f"parameters without a binding: {sorted(unbound)}"
    problems, used, values = [], set(), {}
    for binding in bindings:
        parameter = parameters[binding.target]
        expected = (parameter.shape[0] // len(binding.sources), *parameter.shape[1:])
        tensors = []
        for key in binding.sources:
            used.add(key)
            if key not in state:
                problems.append(f"tensor `{key}` is missing, the configuration expects shape {expected} "
                                f"({hints.fields(key)})")
            elif not _fits(state[key].shape, expected):
                problems.append(f"tensor `{key}` has shape {tuple(state[key].shape)}, the configuration expects "
                                f"{expected} ({hints.fields(key)})")
            elif not torch.isfinite(state[key].float()).all():
                problems.append(f"tensor `{key}` holds values that are not finite")
            else:
                tensors.append(state[key])
        if len(tensors) == len(binding.sources):
            values[binding.target] = binding.load(tensors, parameter.shape)
    for key in sorted(set(state) - used):
        problems.append(f"tensor `{key}` with shape {tuple(state[key].shape)} has no place in the configured network "
                        f"({hints.fields(key)})")
    if problems:
        listed = "\n  ".join(problems[:LISTED])
        more = f"\n  and {len(problems) - LISTED} more" if len(problems) > LISTED else ""
        raise CheckpointMismatch(f"{origin} does not match its configuration:\n  {listed}{more}")
    with torch.no_grad():
        for target, value in values.items():
            parameters[target].copy_(value)
    module.requires_grad_(False)


def unbind(module: nn.Module, bindings: list[Binding]) -> dict[str, Tensor]:
    """The module's parameters under the checkpoint's names: the inverse of `bind`."""
    parameters = dict(module.named_parameters())
    state = {}
    for binding in bindings:
        pieces = binding.save(parameters[binding.target].detach())
        state.update({key: piece.clone() for key, piece in zip(binding.sources, pieces, strict=True)})
    return state


def source_names(bindings: list[Binding]) -> list[str]:
    """The checkpoint's tensors that `bindings` draw on."""
    return [key for binding in bindings for key in binding.sources]


def rename_leaves(module: nn.Module, prefix: str, source: str, leaves: dict[str, str | tuple[str, ...]],
                  heads: int | None = None) -> list[Binding]:
    """Bindings for the parameters of one block.

    `leaves` maps a child's name to the checkpoint's; a tuple for stacked children. `heads` applies to `qkv`.
    """
    bindings = []
    for name, _ in module.named_parameters():
        child, _, kind = name.rpartition(".")
        target = leaves[child]
        sources = (target,) if isinstance(target, str) else target
        keys = tuple(f"{source}.{leaf}.{kind}" if source else f"{leaf}.{kind}" for leaf in sources)
        bindings.append(Binding(f"{prefix}.{name}", keys, heads if child == "qkv" else None))
    return bindings
