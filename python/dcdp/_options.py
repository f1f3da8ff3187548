"""Keywords as the engine's options."""

import numbers
import os

import numpy

from . import _arrays, _engine, _operator, _table, errors

#: Keywords that are pictures or functions, not values of the table.
REGIONS = ("mask", "ignore", "fill_from")


def read(given: dict) -> "_engine.Options":
    """The options that keywords mean; ``None`` is nothing said."""
    given = {name: value for name, value in given.items() if value is not None}
    options = _engine.Options()
    regions = {name: given.pop(name) for name in REGIONS if name in given}
    operator = given.pop("operator", None)
    jpeg = given.pop("jpeg", None)
    if "kernel" in given:
        given.setdefault("blur", "kernel")
    for name, value in given.items():
        if name == "kernel" and not _arrays.is_file(value):
            _set_kernel(options, value)
        else:
            _set(options, name, value)
    _check_use(given, regions)
    for name, region in regions.items():
        options.set_region(name, _arrays.region(region))
    if operator is not None:
        functions = _operator.of(operator)
        options.set_operator(
            functions.measure,
            functions.adjoint,
            functions.is_linear(),
            functions.picture_size,
            functions.lambda_max,
        )
    if jpeg is not None:
        options.set_jpeg(os.fspath(jpeg))
    return options


def _set(options, name, value) -> None:
    """Sets one value of the table."""
    if isinstance(value, numbers.Real) and not isinstance(value, bool):
        options.set_number(name, float(value))
    elif _arrays.is_file(value):
        options.set_text(name, os.fspath(value))
    else:
        raise TypeError(f"{name}: expected is a number or a text, not {type(value).__name__}")


def _set_kernel(options, kernel) -> None:
    kernel = numpy.asarray(kernel)
    if kernel.dtype.kind == "u" or kernel.ndim == 3:
        options.set_kernel_picture(_arrays.picture(kernel))
    else:
        options.set_kernel(kernel.astype(numpy.float32))


def _check_use(given: dict, regions: dict) -> None:
    """Refuses an option that would change nothing: the caller meant something else."""
    rows = {row.name: row for row in _table.parameters()}
    value = {**{row.name: row.default for row in rows.values()}, **given}
    for name in given:
        row = rows[name]
        if value["task"] not in row.tasks:
            raise errors.ArgumentError(f"{name} is of no use to task {value['task']}")
        if row.needs and value[row.needs[0]] != row.needs[1]:
            raise errors.ArgumentError(f"{name} is of no use without {row.needs[0]}={row.needs[1]!r}")
    for name in ("mask", "fill_from"):
        if name in regions and value["task"] != "inpaint":
            raise errors.ArgumentError(f"{name} is of no use to task {value['task']}; only inpaint has holes to fill")
