"""KAIR's denoisers as graphs: FFDNet (arXiv 1710.04026) and DRUNet (arXiv 2008.13751).

Inputs `x` (N×3×H×W, values 0 to 1) and `sigma` (N, σ/255), output `x0`. A gray network takes each channel of the
picture for a gray picture of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass

from dcdp_export.errors import CheckpointMismatch
from dcdp_export.onnx_graph import OnnxGraph
from dcdp_export.torch_file import RawTensor

_LEVELS, _BLOCKS = 4, 4         # of DRUNet


@dataclass(frozen=True)
class Network:
    """A recognised checkpoint."""

    title: str
    channels: int               # of the pictures it was trained on: 1 or 3
    size_multiple: int
    reach: int                  # pixels on each side that an output pixel depends on
    sigma_max: float            # largest σ of its training, in 0…255 units
    write: Callable[[], bytes]


class _Weights:
    """The tensors of a checkpoint, each taken once and with the shape it must have."""

    def __init__(self, tensors: dict[str, RawTensor], graph: OnnxGraph):
        self._left, self._graph = dict(tensors), graph

    def take(self, name: str, *shape: int) -> str:
        tensor = self._left.pop(name, None)
        if tensor is None:
            raise CheckpointMismatch(f"tensor `{name}` is missing")
        if tensor.shape != shape:
            raise CheckpointMismatch(f"tensor `{name}` has the shape {tensor.shape}, {shape} is expected")
        return self._graph.floats(name, shape, tensor.data)

    def finish(self) -> None:
        if self._left:
            raise CheckpointMismatch(f"tensor `{min(self._left)}` belongs to no part of the network")


def recognise(tensors: dict[str, RawTensor]) -> Network:
    """The network that `tensors` are the weights of; raises `CheckpointMismatch` when it is neither."""
    if "m_head.weight" in tensors:
        channels = _shape(tensors, "m_head.weight")[1] - 1
        return _checked("DRUNet", channels, 8, _drunet_reach(), 50.0, lambda: _drunet(tensors, channels))
    if "model.0.weight" in tensors:
        channels, rest = divmod(_shape(tensors, "model.0.weight")[1] - 1, 4)
        layers = sum(name.endswith(".weight") for name in tensors)
        if rest:
            raise CheckpointMismatch("tensor `model.0.weight` does not take 4 pixels of each channel and σ")
        return _checked("FFDNet", channels, 2, 2 * layers, 75.0, lambda: _ffdnet(tensors, channels, layers))
    raise CheckpointMismatch("neither FFDNet (tensor `model.0.weight`) nor DRUNet (tensor `m_head.weight`)")


def _checked(title: str, channels: int, *rest) -> Network:
    if channels not in (1, 3):
        raise CheckpointMismatch(f"the {title} takes pictures of {channels} channels; 1 or 3 are known")
    return Network(title, channels, *rest)


def _shape(tensors: dict[str, RawTensor], name: str) -> tuple[int, ...]:
    shape = tensors[name].shape
    if len(shape) != 4:
        raise CheckpointMismatch(f"tensor `{name}` has the shape {shape}, a convolution's is expected")
    return shape


def _begin(channels: int) -> tuple[OnnxGraph, str, str]:
    """The graph, the pictures of `channels` channels and σ for each of them, as M×1×1×1."""
    graph = OnnxGraph()
    x = graph.input("x", ["N", 3, "H", "W"])
    sigma = graph.input("sigma", ["N"])
    column = graph.integers(-1, 1, 1, 1)
    if channels == 3:
        return graph, x, graph.node("Reshape", sigma, column)
    sides = graph.node("Shape", x, start=2)
    x = graph.node("Reshape", x, graph.node("Concat", graph.integers(-1, 1), sides, axis=0))
    each = graph.node("Expand", graph.node("Reshape", sigma, graph.integers(-1, 1)), graph.integers(1, 3))
    return graph, x, graph.node("Reshape", each, column)


def _end(graph: OnnxGraph, clean: str, channels: int) -> bytes:
    if channels == 3:
        graph.node("Identity", clean, output="x0")
    else:
        sides = graph.node("Shape", clean, start=2)
        graph.node("Reshape", clean, graph.node("Concat", graph.integers(-1, 3), sides, axis=0), output="x0")
    graph.output("x0", ["N", 3, "H", "W"])
    return graph.model()


def _with_sigma(graph: OnnxGraph, x: str, sigma: str) -> str:
    """`x` and a channel that is σ everywhere."""
    size = graph.node("Concat", graph.integers(1, 1), graph.node("Shape", x, start=2), axis=0)
    return graph.node("Concat", x, graph.node("Expand", sigma, size), axis=1)


def _conv(graph: OnnxGraph, x: str, *weights: str) -> str:
    return graph.node("Conv", x, *weights, kernel_shape=(3, 3), pads=(1, 1, 1, 1))


def _ffdnet(tensors: dict[str, RawTensor], channels: int, layers: int) -> bytes:
    graph, x, sigma = _begin(channels)
    weights = _Weights(tensors, graph)
    width = tensors["model.0.weight"].shape[0]
    # PixelUnShuffle: channel c of the pixel (i, j) of a 2×2 block becomes channel 4c + 2i + j.
    sides = graph.node("Shape", x, start=2)
    half = graph.node("Div", sides, graph.integers(2, 2))
    rows, columns = (graph.node("Slice", half, graph.integers(i), graph.integers(i + 1)) for i in (0, 1))
    two, free = graph.integers(2), graph.integers(-1)
    split = graph.node("Concat", free, graph.integers(channels), rows, two, columns, two, axis=0)
    h = graph.node("Transpose", graph.node("Reshape", x, split), perm=(0, 1, 3, 5, 2, 4))
    h = graph.node("Reshape", h, graph.node("Concat", free, graph.integers(4 * channels), half, axis=0))
    h = _with_sigma(graph, h, sigma)
    for layer in range(layers):
        inside = 4 * channels + 1 if layer == 0 else width
        outside = 4 * channels if layer == layers - 1 else width
        # convolutions and activations are counted alike
        name = f"model.{2 * layer}"
        h = _conv(graph, h, weights.take(f"{name}.weight", outside, inside, 3, 3), weights.take(f"{name}.bias", outside))
        if layer < layers - 1:
            h = graph.node("Relu", h)
    weights.finish()
    return _end(graph, graph.node("DepthToSpace", h, blocksize=2, mode="CRD"), channels)


def _drunet_reach() -> int:
    # two convolutions a block, on the way down and on the way up, at 1, 2 and 4 pixels; once at 8; head and tail;
    # down to whole blocks of 8
    blocks = 2 * _BLOCKS * (2 * (1 + 2 + 4) + 8)
    return -(-(blocks + 2 + 7) // 8) * 8


def _drunet(tensors: dict[str, RawTensor], channels: int) -> bytes:
    graph, x, sigma = _begin(channels)
    weights = _Weights(tensors, graph)
    width = tensors["m_head.weight"].shape[0]
    widths = [width << level for level in range(_LEVELS)]

    def blocks(h: str, part: str, first: int, width: int) -> str:
        for index in range(first, first + _BLOCKS):
            name = f"{part}.{index}.res"
            inner = graph.node("Relu", _conv(graph, h, weights.take(f"{name}.0.weight", width, width, 3, 3)))
            inner = _conv(graph, inner, weights.take(f"{name}.2.weight", width, width, 3, 3))
            h = graph.node("Add", h, inner)
        return h

    h = _conv(graph, _with_sigma(graph, x, sigma), weights.take("m_head.weight", width, channels + 1, 3, 3))
    kept = [h]
    for level in range(1, _LEVELS):
        part, above, below = f"m_down{level}", widths[level - 1], widths[level]
        h = blocks(h, part, 0, above)
        halve = weights.take(f"{part}.{_BLOCKS}.weight", below, above, 2, 2)
        h = graph.node("Conv", h, halve, kernel_shape=(2, 2), strides=(2, 2))
        kept.append(h)
    h = blocks(h, "m_body", 0, widths[-1])
    for level in range(_LEVELS - 1, 0, -1):
        part, above, below = f"m_up{level}", widths[level - 1], widths[level]
        double = weights.take(f"{part}.0.weight", below, above, 2, 2)
        h = graph.node("Add", h, kept.pop())
        h = graph.node("ConvTranspose", h, double, kernel_shape=(2, 2), strides=(2, 2))
        h = blocks(h, part, 1, above)
    h = graph.node("Add", h, kept.pop())
    h = _conv(graph, h, weights.take("m_tail.weight", channels, width, 3, 3))
    weights.finish()
    return _end(graph, h, channels)
