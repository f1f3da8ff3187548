"""Write an ONNX graph node by node, with nothing but the standard library.

The fields are those of `onnx.proto`: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
"""

import struct
from collections.abc import Sequence

OPSET = 17
_IR_VERSION = 8
_FLOAT, _INT64 = 1, 7
_KIND_INT, _KIND_TEXT, _KIND_INTS = 2, 3, 7


def _varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes | str) -> bytes:
    value = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _tensor(name: str, kind: int, shape: Sequence[int], data: bytes) -> bytes:
    return b"".join(_number(1, side) for side in shape) + _number(2, kind) + _bytes(8, name) + _bytes(9, data)


def _value(name: str, shape: Sequence[int | str]) -> bytes:
    """A picture or vector of f32; a side that is a word is free."""
    sides = b"".join(_bytes(1, _bytes(2, side) if isinstance(side, str) else _number(1, side)) for side in shape)
    return _bytes(1, name) + _bytes(2, _bytes(1, _number(1, _FLOAT) + _bytes(2, sides)))


class OnnxGraph:
    """A graph under construction. Every method that adds a node returns the name of its output."""

    def __init__(self):
        self._nodes, self._weights, self._ends, self._count = [], [], [], 0

    def input(self, name: str, shape: Sequence[int | str]) -> str:
        self._ends.append(_bytes(11, _value(name, shape)))
        return name

    def output(self, name: str, shape: Sequence[int | str]) -> None:
        self._ends.append(_bytes(12, _value(name, shape)))

    def floats(self, name: str, shape: Sequence[int], data: bytes) -> str:
        """A constant of f32, little endian."""
        self._weights.append(_bytes(5, _tensor(name, _FLOAT, shape, data)))
        return name

    def integers(self, *values: int) -> str:
        """A constant vector of int64."""
        name = "c" + "_".join(str(value).replace("-", "m") for value in values)
        weight = _bytes(5, _tensor(name, _INT64, [len(values)], struct.pack(f"<{len(values)}q", *values)))
        if weight not in self._weights:
            self._weights.append(weight)
        return name

    def node(self, operator: str, *inputs: str, output: str | None = None, **attributes) -> str:
        self._count += 1
        output = output or f"{operator.lower()}_{self._count}"
        parts = [*(_bytes(1, name) for name in inputs), _bytes(2, output), _bytes(4, operator)]
        for name, value in attributes.items():
            if isinstance(value, str):
                content = _bytes(4, value) + _number(20, _KIND_TEXT)
            elif isinstance(value, int):
                content = _number(3, value) + _number(20, _KIND_INT)
            else:
                content = b"".join(_number(8, item) for item in value) + _number(20, _KIND_INTS)
            parts.append(_bytes(5, _bytes(1, name) + content))
        self._nodes.append(_bytes(1, b"".join(parts)))
        return output

    def model(self) -> bytes:
        """The whole file."""
        graph = b"".join(self._nodes) + _bytes(2, "dcdp") + b"".join(self._weights) + b"".join(self._ends)
        opset = _bytes(1, "") + _number(2, OPSET)
        return _number(1, _IR_VERSION) + _bytes(2, "dcdp-export") + _bytes(7, graph) + _bytes(8, opset)
