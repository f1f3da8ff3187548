"""Write a module as one ONNX file and check it against PyTorch."""

import logging
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from torch.export import Dim

from dcdp_export.errors import ExportError, VerificationError
from dcdp_export.time_tables import bake

OPSET = 18
PROTOBUF_LIMIT = 2 ** 31 - 2 ** 24      # a protobuf message ends at 2 GiB; 16 MiB are left for the graph


@dataclass(frozen=True)
class Input:
    """A graph input. A picture of `channels` has sides that are `multiple` times a common free size,
    or exactly `side`; `channels` None is one value per picture, a time."""

    name: str
    channels: int | None
    multiple: int = 1
    side: int | None = None
    dtype: torch.dtype = torch.float32


def write(module: nn.Module, inputs: Sequence[Input], output: str, path: Path, f16_weights: bool = False,
          timesteps: int | None = None) -> None:
    """Exports `module` to `path`, weights inside, batch free; sides free unless an input fixes them.

    `f16_weights` stores the convolutions in f16 and computes in f32; the rest, a codebook among it,
    weighs little and stays in f32. With `timesteps`, what depends on the last input alone, a timestep, becomes tables.
    """
    size = sum(p.numel() * p.element_size() for p in module.parameters()) // (2 if f16_weights else 1)
    if size > PROTOBUF_LIMIT:
        raise ExportError(f"{path.name}: {size / 1e9:.2f} GB of weights exceed the 2 GB of a single ONNX file; "
                          "use --dtype f16")
    batch, height, width = Dim("N"), Dim("H"), Dim("W")
    examples, shapes = [], []
    for item in inputs:
        if item.channels is None:
            examples.append(torch.full((2,), 1, dtype=item.dtype))
            shapes.append({0: batch})
            continue
        sides = (item.side,) * 2 if item.side else (4 * item.multiple, 6 * item.multiple)
        examples.append(torch.zeros(2, item.channels, *sides, dtype=item.dtype))
        free = {} if item.side else {2: item.multiple * height, 3: item.multiple * width}
        shapes.append({0: batch, **free})
    exporter = logging.getLogger("torch.onnx")
    level = exporter.level
    exporter.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            program = torch.onnx.export(module.eval(), tuple(examples), dynamo=True, verbose=False,
                                        opset_version=OPSET, input_names=[i.name for i in inputs],
                                        output_names=[output], dynamic_shapes=tuple(shapes))
    finally:
        exporter.setLevel(level)
    model = program.model_proto
    _strip(model)
    if timesteps is not None:
        model = bake(model, inputs[-1].name, timesteps)
    if f16_weights:
        _store_in_f16(model)
    path.write_bytes(model.SerializeToString())


def _strip(model: onnx.ModelProto) -> None:
    """Drops what tracing records about the exporting machine: source paths, stack traces."""
    model.producer_name, model.producer_version, model.doc_string = "dcdp-export", "", ""
    del model.metadata_props[:]
    del model.graph.metadata_props[:]
    model.graph.doc_string = ""
    del model.graph.value_info[:]
    for part in (*model.graph.node, *model.graph.initializer, *model.graph.input, *model.graph.output):
        del part.metadata_props[:]
        part.doc_string = ""


def _store_in_f16(model: onnx.ModelProto) -> None:
    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type != onnx.TensorProto.FLOAT or len(tensor.dims) != 4:
            continue
        name = tensor.name
        values = numpy_helper.to_array(tensor)
        if np.abs(values).max() > np.finfo(np.float16).max:
            raise ExportError(f"tensor `{name}` does not fit f16 (largest value {np.abs(values).max():g})")
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}.f16"))
        casts.append(onnx.helper.make_node("Cast", [f"{name}.f16"], [name], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def run(path: Path, feeds: dict[str, Tensor]) -> Tensor:
    """One call of ONNX Runtime on the CPU."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return torch.from_numpy(session.run(None, {k: v.numpy() for k, v in feeds.items()})[0])


def relative_difference(value: Tensor, reference: Tensor) -> float:
    """Largest absolute difference over the reference's largest absolute value."""
    return ((value - reference).abs().max() / reference.abs().max().clamp_min(1e-30)).item()


def compare(path: Path, feeds: dict[str, Tensor], reference: Tensor, limit: float) -> float:
    """ONNX Runtime against `reference`; raises `VerificationError` above `limit`."""
    value = run(path, feeds)
    if value.shape != reference.shape:
        raise VerificationError(f"{path.name}: ONNX Runtime gives shape {tuple(value.shape)}, PyTorch "
                                f"{tuple(reference.shape)}")
    difference = relative_difference(value, reference)
    if not difference <= limit:
        raise VerificationError(f"{path.name}: ONNX Runtime and PyTorch differ by {difference:.2e}, allowed {limit:.0e}")
    return difference
