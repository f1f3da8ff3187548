"""The network in and out of files: the weights and the shape of the network travel inside the shipped ONNX graph."""

import base64
import json
import pathlib
import sys
import tomllib

import numpy as np
import onnx
import torch
from onnx import numpy_helper

import network

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "export"))
from dcdp_export.time_tables import bake  # noqa: E402

CONFIG_KEY = "dcdp.network"
# The weights that tables took the place of, for those who train on: a JSON object of base64, f32, by name.
BAKED_KEY = "dcdp.baked"
OPSET = 17  # ONNX Runtime >= 1.13


def load(folder):
    """The network of a model folder (model.toml and its ONNX file), as PyTorch; `folder` must come from `export`."""
    folder = pathlib.Path(folder)
    manifest = tomllib.loads((folder / "model.toml").read_text())
    path = folder / manifest["files"]["network"]["path"]
    model = onnx.load(path)
    properties = {p.key: p.value for p in model.metadata_props}
    config = properties.get(CONFIG_KEY)
    if config is None:
        raise ValueError(f"{path} has no {CONFIG_KEY} metadata: it was not written by export_onnx.py")
    net = network.Network(network.Config.from_json(config))
    stored = {i.name: numpy_helper.to_array(i) for i in model.graph.initializer}
    for name, text in json.loads(properties.get(BAKED_KEY, "{}")).items():
        stored[name] = np.frombuffer(base64.b64decode(text), np.float32)
    weights = {}
    for name, parameter in net.state_dict().items():
        values = next((stored[key] for key in stored if key.endswith("network." + name)), None)
        if values is None or values.size != parameter.numel() or values.ndim not in (1, parameter.dim()):
            raise ValueError(f"{path} has no weights {name} of shape {tuple(parameter.shape)}")
        weights[name] = torch.from_numpy(values.copy()).float().reshape(parameter.shape)
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
    properties = {CONFIG_KEY: net.config.to_json()}
    if example.dtype == torch.int64:
        model, properties[BAKED_KEY] = bake_times(model, name)
    onnx.helper.set_model_props(model, properties)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def bake_times(model, name):
    """`model` with tables over the timestep `name`, and the weights they take the place of as BAKED_KEY has them."""
    baked = bake(model, name, network.TIMESTEPS)
    kept = {i.name for i in baked.graph.initializer}
    gone = {i.name: numpy_helper.to_array(i) for i in model.graph.initializer if i.name not in kept}
    weights = {key: base64.b64encode(value.astype(np.float32).tobytes()).decode() for key, value in gone.items()}
    return baked, json.dumps(weights)
