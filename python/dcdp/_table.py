"""The parameter table and the models."""

import dataclasses
import functools
import json

from . import _engine


@dataclasses.dataclass(frozen=True)
class Parameter:
    """One row of the parameter table: an option of :func:`dcdp.restore`."""

    name: str
    #: What a person reads.
    label: str
    #: One or two sentences of help.
    hint: str
    #: Unit, or "".
    unit: str
    #: "Task", "Quality" or "Advanced".
    group: str
    #: "number", "integer", "choice", "text" or "file".
    type: str
    #: Smallest value of a number.
    minimum: float | None
    #: Largest value of a number.
    maximum: float | None
    #: Value when nothing is said.
    default: float | int | str
    #: Whether −1 is accepted too and leaves it to the preset.
    automatic: bool
    #: The words of a choice.
    choices: tuple[str, ...]
    #: The tasks it applies to.
    tasks: tuple[str, ...]
    #: ``(name, word)``: it only matters when that choice has that word.
    needs: tuple[str, str] | None


@dataclasses.dataclass(frozen=True)
class Model:
    """An installed model."""

    #: As the option ``model`` takes it.
    name: str
    version: str
    #: Licence of its weights.
    licence: str
    #: "pixel", "consistency" or "latent".
    kind: str
    #: One sentence.
    description: str
    folder: str
    #: What is wrong with it; "" when nothing is.
    reason: str


@functools.cache
def parameters() -> tuple[Parameter, ...]:
    """Every option that :func:`dcdp.restore` takes as a keyword, in the order programs show them."""
    rows = json.loads(_engine.parameters())
    for row in rows:
        row["choices"] = tuple(row["choices"])
        row["tasks"] = tuple(row["tasks"])
        row["needs"] = row["needs"] and tuple(row["needs"])
    return tuple(Parameter(**row) for row in rows)


def models(name: str | None = None) -> list[Model]:
    """The installed models, or the one of this name or folder.

    Models are looked for in the folders of the environment variable ``DCDP_MODEL_PATH``, in the package, in the
    user's data folder and in the system's.
    """
    return [Model(**entry) for entry in json.loads(_engine.models(name))]
