"""Tables in place of what a network computes from the timestep: the same numbers."""

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import nn

from dcdp_export import onnx_file
from dcdp_export.onnx_file import Input
from dcdp_export.time_tables import bake

TIMESTEPS = 50


class Timed(nn.Module):
    """A network with what diffusion networks do with their timestep: sines, layers, a shift and a scale per block."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.embed = nn.Sequential(nn.Linear(8, 16), nn.SiLU(), nn.Linear(16, 16))
        self.blocks = nn.ModuleList([nn.Linear(16, 6) for _ in range(2)])

    def forward(self, x, t):
        angles = t.float()[:, None] * torch.tensor([1.0, 3.0, 20.0, 170.0])
        emb = self.embed(torch.cat((angles.sin(), angles.cos()), 1))
        for block in self.blocks:
            scale, shift = block(nn.functional.silu(emb))[:, :, None, None].chunk(2, dim=1)
            x = torch.relu(x * (1 + scale) + shift)
        return x


@pytest.fixture
def graph(tmp_path):
    inputs = [Input("x", 3), Input("t", None, dtype=torch.int64)]
    onnx_file.write(Timed(), inputs, "eps", tmp_path / "network.onnx")
    return onnx.load(tmp_path / "network.onnx")


def test_every_timestep_is_unchanged(graph):
    baked = bake(graph, "t", TIMESTEPS)
    operators = {node.op_type for node in baked.graph.node}
    assert not operators & {"Sin", "Cos", "Sigmoid"}, operators
    sessions = [onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
                for model in (graph, baked)]
    x = np.random.default_rng(0).normal(size=(TIMESTEPS, 3, 4, 5)).astype(np.float32)
    expected, found = (session.run(None, {"x": x, "t": np.arange(TIMESTEPS)})[0] for session in sessions)
    assert np.abs(found - expected).max() <= 1e-5 * np.abs(expected).max()


def test_equal_tables_are_kept_once(graph):
    tables = [item for item in bake(graph, "t", TIMESTEPS).graph.initializer if item.dims[:1] == [TIMESTEPS]]
    assert len(tables) == 1


def test_baking_again_changes_nothing(graph):
    baked = bake(graph, "t", TIMESTEPS)
    assert bake(baked, "t", TIMESTEPS).SerializeToString() == baked.SerializeToString()
