"""The network in and out of files: the weights and the shape of the network travel inside the shipped ONNX graph."""

import pathlib
import tomllib

import onnx
import torch
from onnx import numpy_helper

import network

CONFIG_KEY = "dcdp.network"
OPSET = 17  # ONNX Runtime >= 1.13


def load(folder):
    """The network of a model folder (model.toml and its ONNX file), as PyTorch; `folder` must come from `export`."""
    folder = pathlib.Path(folder)
    manifest = tomllib.loads((folder / "model.toml").read_text())
    path = folder / manifest["files"]["network"]["path"]
    model = onnx.load(path)
    config = {p.key: p.value for p in model.metadata_props}.get(CONFIG_KEY)
    if config is None:
        raise ValueError(f"{path} has no {CONFIG_KEY} metadata: it was not written by export_onnx.py")
    net = network.Network(network.Config.from_json(config))
    stored = {i.name: i for i in model.graph.initializer}
    weights = {}
    for name, parameter in net.state_dict().items():
        tensor = next((stored[key] for key in stored if key.endswith("network." + name)), None)
        if tensor is None or tuple(tensor.dims) != tuple(parameter.shape):
            raise ValueError(f"{path} has no weights {name} of shape {tuple(parameter.shape)}")
        weights[name] = torch.from_numpy(numpy_helper.to_array(tensor).copy()).float()
    net.load_state_dict(weights)
    return net


def export(module, net, path, time):
    """Writes `module` (x, time -> output) as ONNX with dynamic batch, height and width.

    `time` is (input name, example tensor of shape (2,), output name). The config of `net` goes into the metadata.
    """
    name, example, output = time
    size = net.config.size_multiple * 4
    torch.onnx.export(
        module.eval(),
        (torch.zeros(2, net.config.channels, size, size), example),
        str(path),
        input_names=["x", name],
        output_names=[output],
        dynamic_axes={
            "x": {0: "batch", 2: "height", 3: "width"},
            name: {0: "batch"},
            output: {0: "batch", 2: "height", 3: "width"},
        },
        opset_version=OPSET,
        dynamo=False,
    )
    model = onnx.load(path)
    onnx.helper.set_model_props(model, {CONFIG_KEY: net.config.to_json()})
    onnx.checker.check_model(model)
    onnx.save(model, path)
