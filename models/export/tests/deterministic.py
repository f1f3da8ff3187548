"""Weights and inputs that depend on a tensor's name and shape alone, so fixtures need not store them."""

import zlib

import numpy as np
import torch
from torch import Tensor


def tensor(name: str, shape: tuple[int, ...]) -> Tensor:
    """Standard normal values; the same on every machine."""
    values = np.random.RandomState(zlib.crc32(name.encode())).standard_normal(shape)
    return torch.from_numpy(np.asarray(values, dtype=np.float32))


def weight(name: str, shape: tuple[int, ...]) -> Tensor:
    """A parameter of a scale that keeps activations of order one; no tensor is zero."""
    values = tensor(name, shape)
    if len(shape) > 1:
        return values / float(np.prod(shape[1:])) ** 0.5
    return 0.1 * values + (1.0 if name.endswith("weight") else 0.0)


def state(shapes: dict[str, list[int]]) -> dict[str, Tensor]:
    return {name: weight(name, tuple(shape)) for name, shape in shapes.items()}
