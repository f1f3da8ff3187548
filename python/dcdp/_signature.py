"""Signatures and docstrings made from the parameter table."""

import inspect

from . import _table

#: What the functions do. `cargo xtask python-stub` takes these words too.
TEXTS = {
    "restore": """Restores a picture.

Returns an array of the input's type and channels, of the input's size (``scale`` times as large for
super-resolve, of the size that ``picture_size`` says for an operator of your own). The same input and options
give the same values, whatever the number of threads. The interpreter is free meanwhile; Ctrl-C stops the run.
Neither the input nor ``out`` may be changed by other threads until it returns.

array: the measurement, H×W or H×W×C, uint8, uint16 or floats of 0…1; any strides, without a copy.
mask: what to fill, for inpaint: an array H×W, above one half (or True) where to fill, or a picture's file.
ignore: what holds no data, such as dust: as mask.
fill_from: where patches that fill holes may come from: as mask.
operator: a dcdp.Operator, or a pair (measure, adjoint), in place of what the task says.
jpeg: the JPEG file that the array was decoded from, whose cells then bound the result.
out: an array for the result.
uncertainty: an array H×W or H×W×3, filled with the standard deviation of each pixel, 0…1.
report: a dict, filled with what was found and done.
premultiplied: whether colour has been multiplied by alpha.
progress: called now and then with a dcdp.Progress; the run is cancelled if it returns False.
preview: called with the present estimate, H×W×3 floats of 0…1, after each round.""",
    "estimate": """Looks at a picture and tells what restoring it would assume and take.

Returns a dict: noise, blur, JPEG quality, model, network calls, megabytes. Takes what dcdp.restore takes.""",
    "degrade": """Simulates what a camera would have made of a picture, to try dcdp.restore on.

Returns the measurement, an array of the input's type. Noise is added where ``noise`` is a number.""",
}

#: Keywords that are pictures or functions, by function; those of the table follow.
OWN = {
    "restore": ("mask", "ignore", "fill_from", "operator", "jpeg"),
    "estimate": ("mask", "ignore", "fill_from", "operator", "jpeg"),
    "degrade": ("mask", "operator"),
}


def with_options(function):
    """Gives a function that takes ``**options`` the signature and the docstring of the table."""
    name = function.__name__
    signature = inspect.signature(function)
    keywords = [
        inspect.Parameter(option, inspect.Parameter.KEYWORD_ONLY, default=default)
        for option, default in [
            *((option, None) for option in OWN[name]),
            *((row.name, row.default) for row in _table.parameters()),
        ]
    ]
    kept = [one for one in signature.parameters.values() if one.kind is not one.VAR_KEYWORD]
    function.__signature__ = signature.replace(parameters=[*kept, *keywords])
    function.__doc__ = "\n".join([TEXTS[name], "", *map(_line, _table.parameters())])
    return function


def _line(row) -> str:
    unit = f", {row.unit}" if row.unit else ""
    what = " | ".join(row.choices) if row.choices else f"{row.type}{unit}"
    if row.name == "kernel":
        what = "file, its picture, or floats h×w of any scale"
    return f"{row.name}: {row.hint} ({what}; default {row.default!r})"
