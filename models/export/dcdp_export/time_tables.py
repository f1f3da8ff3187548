"""What a network computes from the timestep alone, baked into tables.

A timestep is one of few, so sines and layers over it can be computed once: `Gather(table, t)` takes their place. In f32
nothing changes; a device that computes in bf16 would turn the sines of large arguments into noise.
"""

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

# Linear on their way to the picture: a table before them is smaller than one after.
_LINEAR = {"Gemm", "MatMul", "Add", "Unsqueeze", "Squeeze", "Reshape", "Split", "Slice", "Identity"}


def bake(model: onnx.ModelProto, time: str, timesteps: int) -> onnx.ModelProto:
    """`model` with tables for 0…`timesteps`−1 of the input `time` (int64, N); every other input is a picture."""
    model = onnx.ModelProto.FromString(model.SerializeToString())
    graph = model.graph
    producer = {name: node for node in graph.node for name in node.output}
    pictures, times = {item.name for item in graph.input} - {time}, {time}
    for node in graph.node:
        inputs = set(node.input)
        if inputs & pictures:
            pictures |= set(node.output)
        elif inputs & times:
            times |= set(node.output)

    def before_linear(name: str) -> str:
        node = producer.get(name)
        changing = [item for item in node.input if item in times] if node else []
        if len(changing) == 1 and changing[0] != time and node.op_type in _LINEAR:
            return before_linear(changing[0])
        return name

    ends = {name for node in graph.node if set(node.output) & pictures for name in node.input if name in times}
    ends |= {item.name for item in graph.output if item.name in times}
    cuts = sorted({before_linear(name) for name in ends} - {time})
    # A table as it stands is baked already.
    cuts = [name for name in cuts if not (producer[name].op_type == "Gather" and producer[name].input[1] == time)]
    values = _values(model, time, timesteps, cuts)
    gathers, known = {}, {}
    for name, table in values.items():
        key = (table.dtype.str, table.shape, table.tobytes())
        if key not in known:
            known[key] = f"{name}.table"
            graph.initializer.append(numpy_helper.from_array(table, known[key]))
        gathers[name] = helper.make_node("Gather", [known[key], time], [name], axis=0)
    nodes = [gathers.get(node.output[0], node) for node in graph.node]
    del graph.node[:]
    graph.node.extend(_used(nodes, {item.name for item in graph.output}))
    _drop_unused_weights(graph)
    onnx.checker.check_model(model)
    return model


def _values(model: onnx.ModelProto, time: str, timesteps: int, names: list[str]) -> dict[str, np.ndarray]:
    """Of `names`, the values at every timestep, stacked along the first axis."""
    if not names:
        return {}
    part = onnx.ModelProto.FromString(model.SerializeToString())
    del part.graph.output[:]
    part.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    nodes = list(part.graph.node)
    del part.graph.node[:]
    part.graph.node.extend(_used(nodes, set(names)))
    del part.graph.input[:]
    part.graph.input.extend(item for item in model.graph.input if item.name == time)
    _drop_unused_weights(part.graph)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(part.SerializeToString(), options, providers=["CPUExecutionProvider"])
    found = session.run(names, {time: np.arange(timesteps)})
    # What does not follow the batch is a constant or a shape, not a function of the timestep.
    return {name: value for name, value in zip(names, found) if value.ndim and len(value) == timesteps}


def _used(nodes: list[onnx.NodeProto], outputs: set[str]) -> list[onnx.NodeProto]:
    """The nodes that `outputs` depend on, in order."""
    needed, kept = set(outputs), []
    for node in reversed(nodes):
        if set(node.output) & needed:
            kept.append(node)
            needed |= set(node.input)
    return kept[::-1]


def _drop_unused_weights(graph: onnx.GraphProto) -> None:
    needed = {name for node in graph.node for name in node.input} | {item.name for item in graph.output}
    weights = [item for item in graph.initializer if item.name in needed]
    del graph.initializer[:]
    graph.initializer.extend(weights)
