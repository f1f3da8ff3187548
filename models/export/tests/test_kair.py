"""KAIR's denoisers: checkpoints read without PyTorch, graphs that compute what PyTorch computes."""

import os
import pickle
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from dcdp_export.errors import CheckpointMismatch, UnsafeCheckpoint
from dcdp_export.sources.kair_reference import DRUNet, FFDNet
from dcdp_export.torch_file import read_tensors


def network(kind: str, channels: int) -> torch.nn.Module:
    """At its published size, with random weights that keep activations of order one."""
    torch.manual_seed(0)
    if kind == "drunet":
        module = DRUNet(channels)
    else:
        module = FFDNet(channels, *((96, 12) if channels == 3 else (64, 15)))
    for parameter in module.parameters():
        gain = 0.5 if kind == "drunet" else 1.4
        std = gain * parameter[0].numel() ** -0.5 if parameter.dim() > 1 else 0.05
        torch.nn.init.normal_(parameter, std=std)
    return module.eval()


@pytest.mark.parametrize("kind", ["ffdnet", "drunet"])
@pytest.mark.parametrize("channels", [1, 3])
def test_networks_at_their_published_size(tmp_path, export, capsys, kind, channels):
    module = network(kind, channels)
    torch.save(module.state_dict(), tmp_path / "weights.pth")
    status, folder = export("kair", "--checkpoint", tmp_path / "weights.pth", name=kind)
    assert status == 0
    assert "relative difference" in capsys.readouterr().out

    manifest = tomllib.loads((folder / "model.toml").read_text())
    assert manifest["sigma_max"] == (75.0 if kind == "ffdnet" else 50.0)
    assert (manifest["prediction"], manifest["time_input"], manifest["value_range"]) == ("x0", "sigma", [0.0, 1.0])
    assert not {"timesteps", "beta_schedule"} & set(manifest)
    onnx.checker.check_model(str(folder / "network.onnx"), full_check=True)

    # an independent call, in another shape than the command's own comparison
    session = onnxruntime.InferenceSession(str(folder / "network.onnx"), providers=["CPUExecutionProvider"])
    x, sigma = torch.rand(2, 3, 40, 24), torch.tensor([0.05, 0.19])
    found = session.run(["x0"], {"x": x.numpy(), "sigma": sigma.numpy()})[0]
    with torch.no_grad():
        planes = [module(x[:, c:c + channels], sigma).numpy() for c in range(0, 3, channels)]
    expected = np.concatenate(planes, axis=1)
    assert np.abs(found - expected).max() <= 1e-3 * np.abs(expected).max()


def test_a_tile_with_the_halo_equals_the_whole(tmp_path, export):
    """The manifest's halo is how far an FFDNet sees: one block less is not enough."""
    module = network("ffdnet", 3)
    torch.save(module.state_dict(), tmp_path / "weights.pth")
    status, folder = export("kair", "--checkpoint", tmp_path / "weights.pth", "--no-verify")
    assert status == 0
    halo = tomllib.loads((folder / "model.toml").read_text())["halo"]
    session = onnxruntime.InferenceSession(str(folder / "network.onnx"), providers=["CPUExecutionProvider"])
    x = np.random.default_rng(0).random((1, 3, 160, 160), np.float32)

    def call(x):
        return session.run(["x0"], {"x": x, "sigma": np.array([0.1], np.float32)})[0]

    whole = call(x)[..., 64:96, 64:96]
    for context, equal in ((halo, True), (halo - 2, False)):
        tile = call(x[..., 64 - context:96 + context, 64 - context:96 + context])
        difference = np.abs(tile[..., context:-context, context:-context] - whole).max()
        assert (difference < 1e-6) == equal, (context, difference)


@pytest.mark.parametrize("zipped", [True, False])
def test_both_file_formats_are_read_without_pytorch(tmp_path, zipped):
    state = {"a": torch.arange(6.0).reshape(2, 3), "b": torch.nn.Parameter(torch.tensor([1.5])),
             "tail": torch.arange(9.0)[4:7]}
    torch.save(state, tmp_path / "state.pth", _use_new_zipfile_serialization=zipped)
    tensors = read_tensors(tmp_path / "state.pth")
    assert set(tensors) == set(state)
    for name, raw in tensors.items():
        values = np.frombuffer(raw.data, np.float32).reshape(raw.shape)
        assert np.array_equal(values, state[name].detach().numpy())


def test_the_command_imports_no_package(tmp_path):
    torch.save(network("ffdnet", 3).state_dict(), tmp_path / "weights.pth")
    code = ("import sys; sys.path.insert(0, '.'); from dcdp_export.cli import main; "
            f"code = main(['kair', '--no-verify', '--checkpoint', r'{tmp_path / 'weights.pth'}', "
            f"'--output', r'{tmp_path / 'out'}']); "
            "assert not {'torch', 'numpy', 'onnx'} & set(sys.modules), sys.modules.keys(); sys.exit(code)")
    root = Path(__file__).parent.parent
    subprocess.run([sys.executable, "-S", "-c", code], check=True, cwd=root)


class Attack:
    """Unpickling this runs a command that leaves a trace."""

    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return os.system, (f"touch {self.trace}",)


@pytest.mark.parametrize("place", ["zip", "legacy", "bare"])
def test_malicious_pickles_are_refused(tmp_path, place):
    trace, path = tmp_path / "trace", tmp_path / "model.pth"
    if place == "bare":
        path.write_bytes(pickle.dumps(Attack(trace), protocol=2))
    else:
        torch.save({"a": torch.zeros(2), "b": Attack(trace)}, path, _use_new_zipfile_serialization=place == "zip")
    with pytest.raises(UnsafeCheckpoint, match="model.pth: refused.*system"):
        read_tensors(path)
    assert not trace.exists()


def test_other_tensors_are_refused(tmp_path):
    path = tmp_path / "model.pth"
    for tensor, message in ((torch.zeros(2, dtype=torch.float16), "HalfStorage"),
                            (torch.zeros(2, 3).t(), "not contiguous")):
        torch.save({"a": tensor}, path)
        with pytest.raises((CheckpointMismatch, UnsafeCheckpoint), match=message):
            read_tensors(path)


def test_damaged_files_are_refused(tmp_path):
    good, path = tmp_path / "good.pth", tmp_path / "bad.pth"
    torch.save({"a": torch.arange(64.0)}, good, _use_new_zipfile_serialization=False)
    content = good.read_bytes()
    for bad in (b"", b"\x80\x02", b"PK\x03\x04", content[:40], content[:-100]):
        path.write_bytes(bad)
        with pytest.raises(CheckpointMismatch, match="bad.pth"):
            read_tensors(path)


def test_what_does_not_fit_is_named(tmp_path, export, capsys):
    path = tmp_path / "weights.pth"
    module = network("ffdnet", 3)
    state = module.state_dict()

    def refused(state, *options):
        torch.save(state, path)
        status, folder = export("kair", "--checkpoint", path, *options)
        assert status == 1 and not folder.exists()
        return capsys.readouterr().err

    assert "sha256" in refused(state, "--sha256", "0" * 64)
    assert "model.4.bias" in refused({name: value for name, value in state.items() if name != "model.4.bias"})
    assert "model.2.weight" in refused({**state, "model.2.weight": torch.zeros(96, 96, 1, 1)})
    assert "extra" in refused({**state, "extra": torch.zeros(1)})
    assert "neither" in refused({"other": torch.zeros(1)})
    assert "4 channels" in refused(network("ffdnet", 4).state_dict())
