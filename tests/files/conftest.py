"""Runs the program on files and reads what it writes with other programs' readers."""

import json
import os
import pathlib
import subprocess

import numpy as np
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT / "tests" / "data" / "files"
PROGRAM = os.environ.get("DCDP_PROGRAM", str(ROOT / "target" / "release" / "dcdp"))
PRIOR = ROOT / "tests" / "data" / "tiny-prior"
PHOTO = ROOT / "models" / "photo"


class Outcome:
    """How a run ended."""

    def __init__(self, process):
        self.code = process.returncode
        self.out = process.stdout
        self.err = process.stderr.decode()

    def __repr__(self):
        return f"code {self.code}: {self.err}"


class Place:
    """A folder of its own, in which the program runs."""

    def __init__(self, folder):
        self.folder = folder

    def __truediv__(self, name):
        return self.folder / name

    def run(self, *arguments, **options):
        command = [PROGRAM, *map(str, arguments)]
        process = subprocess.run(command, cwd=self.folder, capture_output=True, timeout=300, **options)
        return Outcome(process)

    def copy(self, source, target, *arguments, code=0):
        """The pixels unchanged, through everything that reads and writes."""
        outcome = self.run("degrade", source, "-o", target, "--task", "denoise", *arguments)
        assert outcome.code == code, outcome
        return outcome

    def restore(self, source, target, *arguments, code=0, model=PRIOR):
        """A quick restoration, with a tiny network unless told otherwise."""
        outcome = self.run(
            "restore", source, "-o", target, "--task", "denoise", "--noise", 5,
            "--preset", "fast", "--model", model, *arguments,
        )
        assert outcome.code == code, outcome
        return outcome

    def report(self, name):
        return json.loads((self / name).read_text())


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


@pytest.fixture
def data():
    return DATA


def exiftool(path, *arguments):
    """What ExifTool reads, grouped, numbers as stored."""
    command = ["exiftool", "-json", "-n", "-G1", "-a", *arguments, str(path)]
    found = subprocess.run(command, capture_output=True, check=True)
    return json.loads(found.stdout)[0]


def near(one, other, most=0.0):
    """Whether two arrays are alike, to a mean difference."""
    one, other = np.asarray(one, np.float64), np.asarray(other, np.float64)
    assert one.shape == other.shape
    assert np.abs(one - other).mean() <= most
