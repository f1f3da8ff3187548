"""Writes dcdp/__init__.pyi from the parameter table of the installed package.

    cargo xtask python-stub
"""

import textwrap

import dcdp
from dcdp import _signature

HEAD = '''# Written by `cargo xtask python-stub` from the parameter table and dcdp/_signature.py; do not edit. A test compares it.
# Each function has every option as a keyword, so that editors show them: what seems repeated here is said once there.
import os
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

from numpy.typing import ArrayLike, NDArray

from . import errors as errors
from ._engine import Progress as Progress
from ._operator import Operator as Operator
from ._table import Model as Model, Parameter as Parameter, models as models, parameters as parameters
from .errors import Cancelled as Cancelled, Error as Error

__version__: str

_File: TypeAlias = str | os.PathLike[str]
_Function: TypeAlias = Callable[..., object]
'''

#: Types of the keywords that the table does not describe.
OWN = {
    "array": "ArrayLike",
    "out": "NDArray[Any] | None",
    "uncertainty": "NDArray[Any] | None",
    "report": "dict[str, Any] | None",
    "premultiplied": "bool",
    "progress": "Callable[[Progress], object] | None",
    "preview": "Callable[[NDArray[Any]], object] | None",
    "mask": "ArrayLike | _File | None",
    "ignore": "ArrayLike | _File | None",
    "fill_from": "ArrayLike | _File | None",
    "operator": "Operator | tuple[_Function, _Function] | None",
    "jpeg": "_File | None",
}

RESULTS = {"restore": "NDArray[Any]", "estimate": "dict[str, Any]", "degrade": "NDArray[Any]"}


def kind(row: dcdp.Parameter) -> str:
    """The type of a row of the table."""
    if row.name == "kernel":
        return "ArrayLike | _File | None"
    number = {"number": "float", "integer": "int"}.get(row.type)
    if number:
        return f'{number} | Literal["auto"]' if row.automatic else number
    if row.choices:
        return f"Literal[{', '.join(f'{word!r}' for word in row.choices)}]".replace("'", '"')
    return "_File"


def default(row: dcdp.Parameter) -> str:
    """The default as Python writes it."""
    return "None" if row.name == "kernel" else repr(row.default).replace("'", '"')


def stub(name: str) -> str:
    """One function."""
    function = getattr(dcdp, name)
    own = [one for one in function.__signature__.parameters.values() if one.name in OWN]
    lines = [f"def {name}("]
    for one in own:
        if one.name == "array":
            lines += ["    array: ArrayLike,", "    *,"]
        else:
            lines.append(f"    {one.name}: {OWN[one.name]} = {one.default!r},")
    lines += [f"    {row.name}: {kind(row)} = {default(row)}," for row in dcdp.parameters()]
    lines.append(f") -> {RESULTS[name]}:")
    doc = textwrap.indent(function.__doc__, "    ", lambda line: bool(line.strip()))
    return "\n".join([*lines, f'    """{doc.strip()}\n    """\n'])


def text() -> str:
    """The whole file."""
    return "\n".join([HEAD, *(stub(name) for name in _signature.TEXTS)])


if __name__ == "__main__":
    print(text(), end="")
