"""Arrays as the engine takes them."""

import os

import numpy

#: Types of samples that the engine reads and writes as they are.
NATIVE = ("uint8", "uint16", "float16", "float32")


def is_native(array) -> bool:
    """Whether the engine reads and writes the array where it lies."""
    repeats = any(step == 0 and count > 1 for step, count in zip(array.strides, array.shape, strict=True))
    return array.dtype.name in NATIVE and array.dtype.isnative and not repeats


def picture(array):
    """``array`` as the engine can read it: itself where possible, a copy where not."""
    array = numpy.asarray(array)
    if is_native(array):
        return array
    return array.astype(native(array.dtype))


def native(dtype):
    """The type nearest to ``dtype`` that the engine takes. It refuses what is neither, and says what is allowed."""
    if dtype.name in NATIVE or dtype.kind != "f":
        return dtype.newbyteorder("=")
    return numpy.dtype(numpy.float32)


def is_file(value) -> bool:
    """Whether it is the path of a file."""
    return isinstance(value, (str, os.PathLike))


def region(value):
    """The picture of a mask: a path, or an array in which True is white."""
    if is_file(value):
        return os.fspath(value)
    array = numpy.asarray(value)
    if array.dtype == bool:
        return numpy.where(array, numpy.uint8(255), numpy.uint8(0))
    return picture(array)
