"""Image restoration with diffusion models.

    import dcdp
    clean = dcdp.restore(noisy, task="denoise")

Pictures are NumPy arrays H×W (gray) or H×W×C (2 channels gray and alpha, 3 RGB, 4 RGB and alpha) of uint8, uint16
or floats of 0…1, sRGB-encoded unless ``transfer="linear"``.
"""

import json

import numpy

from . import _arrays, _engine, _options, _runtime, _signature, errors
from ._engine import Progress
from ._operator import Operator
from ._table import Model, Parameter, models, parameters
from .errors import Cancelled, Error

__version__: str = _engine.version()

__all__ = [
    "Cancelled",
    "Error",
    "Model",
    "Operator",
    "Parameter",
    "Progress",
    "degrade",
    "errors",
    "estimate",
    "models",
    "parameters",
    "restore",
]


@_signature.with_options
def restore(
    array,
    *,
    out=None,
    uncertainty=None,
    report=None,
    premultiplied=False,
    progress=None,
    preview=None,
    **options,
):
    picture = _arrays.picture(array)
    given = _options.read(options)
    height, width = _size(picture, given, _engine.output_size)
    shape = (height, width, *picture.shape[2:])
    if out is None:
        kind = numpy.asarray(array).dtype
        result = numpy.empty(shape, kind.newbyteorder("=") if kind.kind in "uf" else picture.dtype)
    else:
        result = out
    _check_out("out", result)
    if uncertainty is not None:
        _check_out("uncertainty", uncertainty)
        if any(numpy.may_share_memory(uncertainty, other) for other in (picture, result)):
            raise errors.ArgumentError("uncertainty: expected is an array apart from the picture and the result")
    # The engine writes where the result is to be, unless that needs another type or is what it reads.
    direct = _arrays.is_native(result) and not numpy.may_share_memory(result, picture)
    target = result if direct else numpy.empty(shape, _arrays.native(result.dtype))
    arrays = {
        "input": picture,
        "output": target,
        "uncertainty": uncertainty,
        "premultiplied": bool(premultiplied),
    }
    told = _engine.restore(_runtime.library(), given, arrays, progress, preview)
    if not direct:
        result[...] = target
    if report is not None:
        report.update(json.loads(told))
    return result


@_signature.with_options
def estimate(array, *, premultiplied=False, **options):
    picture = _arrays.picture(array)
    given = _options.read(options)
    _check_shape(picture)
    return json.loads(_engine.estimate(_runtime.library(), given, picture, bool(premultiplied)))


@_signature.with_options
def degrade(array, **options):
    picture = _arrays.picture(array)
    given = _options.read(options)
    height, width = _size(picture, given, _engine.measurement_size)
    result = numpy.empty((height, width, *picture.shape[2:]), picture.dtype)
    _engine.degrade(given, picture, result)
    return result


def _size(picture, options, rule):
    _check_shape(picture)
    return rule(options, *picture.shape[:2])


def _check_shape(picture) -> None:
    if picture.ndim not in (2, 3) or 0 in picture.shape:
        raise errors.ImageError(
            f"image: an array of shape {picture.shape}; allowed: height, width, or height, width, channels"
        )


def _check_out(name, array) -> None:
    if not (isinstance(array, numpy.ndarray) and array.flags.writeable):
        raise TypeError(f"{name}: expected is a writeable NumPy array")
