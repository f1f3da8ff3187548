"""Read the tensors of a PyTorch file with nothing but the standard library, running nothing in it.

Both formats are known: the zip archive of PyTorch 1.6 and later, and the pickles in a row before that. Of what a
pickle may name, only what plain tensors need is there; anything else is refused. Tensors are f32, contiguous.
"""

import pickle
import struct
import zipfile
from collections import OrderedDict
from dataclasses import dataclass
from math import prod
from pathlib import Path

from dcdp_export.errors import CheckpointMismatch, UnsafeCheckpoint

_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
_LEGACY_PROTOCOL = 1001


@dataclass
class RawTensor:
    """The values of a tensor as they stand in memory: f32, little endian, the last index fastest."""

    shape: tuple[int, ...]
    data: bytes


class _Storage:
    """The name of a stretch of values; its bytes come later in the file."""

    def __init__(self, key: str, count: int):
        self.key, self.count = key, count


@dataclass
class _View:
    """A tensor as the pickle describes it."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]


class _FloatStorage:
    """Stands for `torch.FloatStorage`, the type named beside a storage."""


def _tensor(storage, offset, shape, stride, *_):
    return _View(storage, offset, tuple(shape), tuple(stride))


def _parameter(view, *_):
    return view


_KNOWN = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch._utils", "_rebuild_parameter"): _parameter,
    ("torch", "FloatStorage"): _FloatStorage,
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module, name):
        try:
            return _KNOWN[module, name]
        except KeyError:
            raise UnsafeCheckpoint(
                f"it holds {module}.{name}, which is no f32 tensor, and loading it could run code") from None

    def persistent_load(self, pid):
        kind, storage_type, key, _, count, *_ = pid
        if kind != "storage" or storage_type is not _FloatStorage:
            raise CheckpointMismatch("it holds tensors that are not f32")
        return _Storage(key, count)


def read_tensors(path: Path) -> dict[str, RawTensor]:
    """All tensors of `path` by name.

    Raises `UnsafeCheckpoint` for pickled objects that are not tensors, `CheckpointMismatch` for a file that is
    unreadable, holds other tensors than contiguous f32 ones, or none.
    """
    if not path.is_file():
        raise CheckpointMismatch(f"{path}: no such checkpoint file")
    try:
        content, storages = _read_zip(path) if zipfile.is_zipfile(path) else _read_legacy(path)
        views = content if isinstance(content, dict) else {}
        tensors = {name: _raw(name, view, storages) for name, view in views.items()
                   if isinstance(name, str) and isinstance(view, _View)}
    except (UnsafeCheckpoint, CheckpointMismatch) as error:
        raise type(error)(f"{path}: refused, {error}") from None
    except (pickle.UnpicklingError, zipfile.BadZipFile, struct.error, EOFError, OSError, ValueError, KeyError, TypeError,
            IndexError, AttributeError, ImportError, OverflowError, MemoryError, RuntimeError) as error:
        raise CheckpointMismatch(f"{path}: not a readable checkpoint: {error}") from None
    if not tensors:
        raise CheckpointMismatch(f"{path}: holds no named tensors")
    return tensors


def _read_zip(path: Path):
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        index = next((name for name in names if name == "data.pkl" or name.endswith("/data.pkl")), None)
        if index is None:
            raise CheckpointMismatch("the archive has no data.pkl")
        folder = index.removesuffix("data.pkl")
        if folder + "byteorder" in names and archive.read(folder + "byteorder") != b"little":
            raise CheckpointMismatch("its numbers are not little endian")
        with archive.open(index) as file:
            content = _Unpickler(file).load()
        prefix = folder + "data/"
        return content, {name.removeprefix(prefix): archive.read(name) for name in names if name.startswith(prefix)}


def _read_legacy(path: Path):
    with path.open("rb") as file:
        head = [_Unpickler(file).load() for _ in range(3)]
        if head[:2] != [_LEGACY_MAGIC, _LEGACY_PROTOCOL] or not head[2].get("little_endian"):
            raise CheckpointMismatch("it does not begin like a PyTorch file of little-endian numbers")
        content = _Unpickler(file).load()
        storages = {}
        for key in _Unpickler(file).load():
            (count,) = struct.unpack("<q", file.read(8))
            if count < 0:
                raise CheckpointMismatch("a storage has a negative size")
            storages[key] = file.read(4 * count)
    return content, storages


def _raw(name: str, view: _View, storages: dict[str, bytes]) -> RawTensor:
    expected = [prod(view.shape[axis + 1:]) for axis in range(len(view.shape))]
    if any(size > 1 and step != wanted for size, step, wanted in zip(view.shape, view.stride, expected, strict=True)):
        raise CheckpointMismatch(f"tensor `{name}` is not contiguous")
    data = storages[view.storage.key]
    start, end = 4 * view.offset, 4 * (view.offset + prod(view.shape))
    if min(view.offset, *view.shape, 0) < 0 or end > len(data):
        raise CheckpointMismatch(f"tensor `{name}` reaches beyond its values")
    return RawTensor(view.shape, data[start:end])
