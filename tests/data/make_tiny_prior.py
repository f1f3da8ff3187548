"""Writes tests/data/tiny-prior: a smoothing filter dressed as a diffusion model (needs numpy and onnx).

eps = (x - smooth(x)) / sqrt(1 - alpha_bar[t]), where smooth is a 5x5 binomial filter with repeated edges:
the predicted clean picture is smooth(x) / sqrt(alpha_bar), so restorations do something sensible, and tiles
with a halo of 2 agree with the whole picture to rounding.
"""

import hashlib
from pathlib import Path

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper, save

FOLDER = Path(__file__).parent / "tiny-prior"

alpha_bar = np.cumprod(1 - np.linspace(1e-4, 0.02, 1000))
row = np.array([1, 4, 6, 4, 1]) / 16
difference = -np.outer(row, row)
difference[2, 2] += 1

constants = {
    "pads": np.array([0, 0, 2, 2, 0, 0, 2, 2], dtype=np.int64),
    "filter": np.tile(difference.astype(np.float32), (3, 1, 1, 1)),
    "gains": (1 / np.sqrt(1 - alpha_bar)).astype(np.float32).reshape(1000, 1, 1, 1),
}
graph = helper.make_graph(
    [
        helper.make_node("Pad", ["x", "pads"], ["padded"], mode="edge"),
        helper.make_node("Conv", ["padded", "filter"], ["rough"], group=3),
        helper.make_node("Gather", ["gains", "t"], ["gain"], axis=0),
        helper.make_node("Mul", ["rough", "gain"], ["eps"]),
    ],
    "tiny",
    [
        helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, "height", "width"]),
        helper.make_tensor_value_info("t", TensorProto.INT64, ["n"]),
    ],
    [helper.make_tensor_value_info("eps", TensorProto.FLOAT, ["n", 3, "height", "width"])],
    [numpy_helper.from_array(value, name) for name, value in constants.items()],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
checker.check_model(model, full_check=True)
FOLDER.mkdir(exist_ok=True)
save(model, FOLDER / "network.onnx")

content = (FOLDER / "network.onnx").read_bytes()
(FOLDER / "model.toml").write_text(f'''\
format = 1
name = "tiny-prior"
version = "1.0.0"
licence = "MIT OR Apache-2.0"
kind = "pixel"
description = "A smoothing filter dressed as a diffusion model, for tests."
channels = 3
size_multiple = 4
tile = 32
halo = 2
global_operations = false
value_range = [-1.0, 1.0]
timesteps = 1000
beta_schedule = "linear"
beta_start = 0.0001
beta_end = 0.02
prediction = "epsilon"
learned_variance = false
time_input = "index"

[files.network]
path = "network.onnx"
sha256 = "{hashlib.sha256(content).hexdigest()}"
bytes = {len(content)}

[inputs]
sample = "x"
time = "t"

[outputs]
sample = "eps"
''')
