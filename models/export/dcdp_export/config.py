"""Typed access to a configuration file's fields; every error names the file and the field."""

import json
from pathlib import Path
from typing import Any, NoReturn

import yaml

from dcdp_export.errors import ConfigError


class Fields:
    """A mapping read from `origin`, with the dotted `path` of the part at hand."""

    def __init__(self, values: dict[str, Any], origin: str, path: str = ""):
        self.values = values
        self.origin = origin
        self.path = path

    @classmethod
    def read(cls, path: Path) -> "Fields":
        """Reads .json, .yaml or .yml; the top level must be a mapping."""
        try:
            text = path.read_text(encoding="utf-8")
            values = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
        except (OSError, UnicodeDecodeError, json.JSONDecodeError, yaml.YAMLError) as error:
            raise ConfigError(f"{path}: cannot be read as a configuration: {error}") from None
        if not isinstance(values, dict):
            raise ConfigError(f"{path}: expected a mapping at the top level")
        return cls(values, str(path))

    def fail(self, name: str, reason: str) -> NoReturn:
        raise ConfigError(f"{self.origin}: field `{self.path}{name}`: {reason}")

    def get(self, name: str, default: Any) -> Any:
        return self.values.get(name, default)

    def section(self, name: str) -> "Fields":
        value = self.values.get(name)
        if not isinstance(value, dict):
            self.fail(name, "is missing" if value is None else "is not a mapping")
        return Fields(value, self.origin, f"{self.path}{name}.")

    def require(self, name: str, *allowed: Any, default: Any) -> None:
        """The value must be one of `allowed`."""
        value = self.get(name, default)
        if value not in allowed:
            names = ", ".join(repr(a) for a in allowed)
            self.fail(name, f"{value!r} is not supported; supported: {names}")

    def choice(self, name: str, value: Any, table: dict) -> Any:
        if not isinstance(value, str) or value not in table:
            self.fail(name, f"{value!r} is not supported; supported: {', '.join(table)}")
        return table[value]

    def integer(self, name: str, default: int | None = None) -> int:
        value = self.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            self.fail(name, "is missing" if value is None else f"{value!r} is not a whole number ≥ 0")
        return value

    def number(self, name: str, default: float | None = None) -> float:
        value = self.get(name, default)
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            self.fail(name, "is missing" if value is None else f"{value!r} is not a number")
        return float(value)

    def integers(self, name: str) -> tuple[int, ...]:
        """A list of one or more positive whole numbers."""
        value = self.get(name, None)
        if not isinstance(value, list) or not value or not all(isinstance(v, int) and v > 0 for v in value):
            self.fail(name, "is missing" if value is None else f"{value!r} is not a list of positive whole numbers")
        return tuple(value)

    def strings(self, name: str, count: int) -> tuple[str, ...]:
        value = self.get(name, None)
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value) or len(value) != count:
            self.fail(name, "is missing" if value is None else f"{value!r} is not a list of {count} names")
        return tuple(value)
