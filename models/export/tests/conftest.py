import json
from pathlib import Path

import numpy as np
import pytest
import torch

RECORDED = Path(__file__).parent / "recorded"


@pytest.fixture(autouse=True, scope="session")
def _few_threads():
    torch.set_num_threads(2)


@pytest.fixture
def recorded():
    """Loads what `record_originals.py` wrote: (config, shapes, arrays)."""

    def load(name: str):
        record = json.loads((RECORDED / f"{name}.json").read_text())
        arrays = {}
        if (RECORDED / f"{name}.npz").is_file():
            with np.load(RECORDED / f"{name}.npz") as file:
                arrays = {key: torch.from_numpy(file[key]) for key in file.files}
        return record["config"], record["shapes"], arrays

    return load


@pytest.fixture
def export(tmp_path):
    """Runs a command as a person would; returns (exit status, folder)."""
    from dcdp_export.cli import main

    def run(*arguments, name: str = "model"):
        folder = tmp_path / name
        return main([*map(str, arguments), "--output", str(folder)]), folder

    return run
