"""The committed fixture of the engine's latent tests is what the reference computes."""

import json
from pathlib import Path

import numpy as np
import pytest

import latent_reference

FIXTURE = Path(__file__).parents[3] / "tests" / "data" / "latent"


@pytest.mark.skipif(not FIXTURE.is_dir(), reason="the exporter stands alone, without the engine's tests")
def test_fixture_is_reproduced():
    index = json.loads((FIXTURE / "index.json").read_text())
    _, noises, measurements, results = latent_reference.run_all()
    for name, noise in zip(index["noise"], noises, strict=True):
        assert np.array_equal(np.load(FIXTURE / name), noise.numpy().astype(np.float32))
    assert len(index["cases"]) == len(results) == 8
    for case in index["cases"]:
        measured, result = (np.load(FIXTURE / case[key]) for key in ("measurement", "result"))
        assert np.abs(measured - measurements[case["operator"]].numpy()).max() < 1e-6
        expected = results[case["approach"], case["operator"], case["sampler"]].numpy()
        assert np.abs(result - expected).max() < 1e-5
