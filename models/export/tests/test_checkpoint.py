"""Reading checkpoints: nothing in them is ever run, and what does not fit is named."""

import os
import pickle
import sys
import types

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from dcdp_export.checkpoint import read_checkpoint
from dcdp_export.cli import main
from dcdp_export.errors import CheckpointMismatch, UnsafeCheckpoint

STATE = {"a.weight": torch.arange(6.0).reshape(2, 3)}


class Attack:
    """Unpickling this runs a command that leaves a trace."""

    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return os.system, (f"touch {self.trace}",)


@pytest.mark.parametrize("place", ["beside", "inside", "bare"])
def test_malicious_pickle_is_refused(tmp_path, place):
    trace, path = tmp_path / "trace", tmp_path / "model.pt"
    if place == "bare":
        path.write_bytes(pickle.dumps(Attack(trace), protocol=2))
    else:
        content = {"state_dict": STATE, "callbacks": Attack(trace)}
        torch.save(content if place == "beside" else {"a.weight": Attack(trace)}, path)
    with pytest.raises(UnsafeCheckpoint, match="model.pt: refused.*system"):
        read_checkpoint(path)
    assert not trace.exists()


def test_known_training_state_is_discarded(tmp_path, monkeypatch):
    """Lightning checkpoints hold a callback class and NumPy scalars; their code is not even imported."""
    name = "pytorch_lightning.callbacks.model_checkpoint"
    module = types.ModuleType(name)
    module.ModelCheckpoint = type("ModelCheckpoint", (), {"__module__": name})
    for part in ("pytorch_lightning", "pytorch_lightning.callbacks", name):
        monkeypatch.setitem(sys.modules, part, module if part == name else types.ModuleType(part))
    torch.save({"state_dict": STATE, "callbacks": {module.ModelCheckpoint: {"best_model_score": np.float64(0.5)}}},
               tmp_path / "model.ckpt")
    for part in ("pytorch_lightning", "pytorch_lightning.callbacks", name):
        monkeypatch.delitem(sys.modules, part)
    assert torch.equal(read_checkpoint(tmp_path / "model.ckpt")["a.weight"], STATE["a.weight"])


def test_safetensors(tmp_path):
    save_file(STATE, tmp_path / "model.safetensors")
    assert torch.equal(read_checkpoint(tmp_path / "model.safetensors")["a.weight"], STATE["a.weight"])


@pytest.mark.parametrize("name", ["model.pt", "model.safetensors"])
@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"\x80\x02K\x01."], ids=["empty", "text", "pickled int"])
def test_unreadable_file_is_named(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CheckpointMismatch, match=name):
        read_checkpoint(tmp_path / name)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(CheckpointMismatch, match="absent.pt"):
        read_checkpoint(tmp_path / "absent.pt")


def test_refusal_leaves_no_folder(tmp_path, capsys):
    torch.save(STATE, tmp_path / "model.pt")
    status = main(["guided-diffusion", "--preset", "ffhq-256", "--num-channels", "32", "--num-head-channels", "32",
                   "--checkpoint", str(tmp_path / "model.pt"), "--output", str(tmp_path / "out" / "model")])
    message = capsys.readouterr().err
    assert status == 1
    assert "`input_blocks.0.0.weight` is missing" in message and "preset ffhq-256 and options: num_channels" in message
    assert not (tmp_path / "out").exists()
