"""Pictures for the tests, and the program that the package must agree with."""

import os
import pathlib
import subprocess

import numpy
import pytest
from PIL import Image

#: The root of the checkout.
ROOT = pathlib.Path(__file__).parents[2]
#: A network that is quick to run.
TINY = ROOT / "tests" / "data" / "tiny-prior"


@pytest.fixture
def noisy() -> numpy.ndarray:
    """A part of the sample photo, noisy, H×W×3."""
    return numpy.asarray(Image.open(ROOT / "examples" / "photo" / "houses-noisy.png"))[40:120, 60:160]


@pytest.fixture
def program(tmp_path):
    """Runs the command line program on an array; gives its result."""

    def run(array, *arguments: str, name="in.png") -> numpy.ndarray:
        Image.fromarray(array).save(tmp_path / name)
        command = [os.environ["DCDP_PROGRAM"], *arguments, "-o", "out.png"]
        command.insert(2, name)
        subprocess.run(command, cwd=tmp_path, check=True)
        return numpy.asarray(Image.open(tmp_path / "out.png"))

    return run
