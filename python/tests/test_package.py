"""The package as installed."""

import importlib.metadata
import pathlib
import subprocess
import sys

import dcdp
import pytest

import stub
from conftest import ROOT


def test_it_is_the_wheel_s():
    assert not pathlib.Path(dcdp.__file__).is_relative_to(ROOT / "python")
    assert importlib.metadata.version("dcdp") == dcdp.__version__


def test_it_brings_models_licences_and_types():
    folder = pathlib.Path(dcdp.__file__).parent
    for file in ["models/photo/model.toml", "models/ffdnet/LICENSE", "licenses/third-party.txt", "py.typed"]:
        assert (folder / file).is_file(), file
    found = {model.name: pathlib.Path(model.folder) for model in dcdp.models()}
    for name in ("photo", "ffdnet"):
        assert found[name].samefile(folder / "models" / name)


def test_the_types_are_those_of_the_table():
    committed = (ROOT / "python" / "dcdp" / "__init__.pyi").read_text(encoding="utf-8")
    assert committed == stub.text(), "run: cargo xtask python-stub"


def test_importing_it_is_cheap_and_leaves_onnxruntime_alone():
    code = "import sys, dcdp; assert 'onnxruntime' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_it_shares_the_process_with_onnxruntime(noisy):
    onnxruntime = pytest.importorskip("onnxruntime")
    model = pathlib.Path(dcdp.__file__).parent / "models" / "photo"
    session = onnxruntime.InferenceSession(next(model.glob("*.onnx")), providers=["CPUExecutionProvider"])
    result = dcdp.restore(noisy)
    assert (result != noisy).any()
    assert session.get_inputs()
