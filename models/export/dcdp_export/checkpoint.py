"""Read checkpoints without ever running code from them.

`.safetensors` holds nothing but tensors. Every other file goes through `torch.load(weights_only=True)`,
whose unpickler knows tensors and plain containers. The few training-state classes that published
checkpoints are known to hold are replaced by `_Discarded`, which does nothing; anything else is refused.
"""

import pickle
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from dcdp_export.errors import CheckpointMismatch, UnsafeCheckpoint


class _Discarded:
    """Stands in for an object of no use here; takes any arguments and any state, and keeps neither."""

    def __init__(self, *args, **kwargs):
        pass

    def __setstate__(self, state):
        pass


_DISCARDED = [(_Discarded, name) for name in (
    "pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint",
    "pytorch_lightning.utilities.parsing.AttributeDict",
    "numpy.core.multiarray.scalar",
    "numpy._core.multiarray.scalar",
    "numpy.dtype",
    "_codecs.encode",
)]


def read_checkpoint(path: Path) -> dict[str, Tensor]:
    """All tensors of `path` by name.

    Unwraps the `state_dict` of a training checkpoint. Raises `UnsafeCheckpoint` for pickled objects
    that are not tensors, `CheckpointMismatch` for a file that is unreadable or holds no tensors.
    """
    if not path.is_file():
        raise CheckpointMismatch(f"{path}: no such checkpoint file")
    try:
        if path.suffix == ".safetensors":
            content = load_file(path)
        else:
            with torch.serialization.safe_globals(_DISCARDED):
                content = torch.load(path, map_location="cpu", weights_only=True)
    except SafetensorError as error:
        raise CheckpointMismatch(f"{path}: not a safetensors file: {error}") from None
    except pickle.UnpicklingError as error:
        if "operand" in str(error):     # not a pickle, or one with instructions that plain tensors never need
            raise CheckpointMismatch(f"{path}: not a readable checkpoint ({error})") from None
        refused = next((line.strip() for line in str(error).splitlines() if "global" in line.lower()), str(error))
        raise UnsafeCheckpoint(
            f"{path}: refused, it holds pickled objects that are not tensors and loading them could run code; "
            f"ask its author for a safetensors file ({refused.split(' was not')[0]})") from None
    except (RuntimeError, EOFError, OSError, ValueError, KeyError) as error:
        raise CheckpointMismatch(f"{path}: not a readable checkpoint: {error}") from None
    if isinstance(content, dict) and isinstance(content.get("state_dict"), dict):
        content = content["state_dict"]
    tensors = {}
    if isinstance(content, dict):
        tensors = {k: v for k, v in content.items() if isinstance(k, str) and isinstance(v, Tensor)}
    if not tensors:
        raise CheckpointMismatch(f"{path}: holds no named tensors")
    return tensors


def take(state: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The tensors whose names start with `prefix`, without it."""
    return {key[len(prefix):]: value for key, value in state.items() if key.startswith(prefix)}
