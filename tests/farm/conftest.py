"""A shot, what one machine makes of it, and an eye on the folder of results."""

import contextlib
import os
import pathlib
import random
import signal
import subprocess
import tempfile
import threading
import time

import numpy
import pytest
from PIL import Image

ROOT = pathlib.Path(__file__).parents[2]
PROGRAM = os.environ["DCDP_PROGRAM"]
#: The archive that workers unpack.
ARCHIVE = os.environ["DCDP_ARCHIVE"]
FRAMES = range(1, 9)
#: How often a worker is killed at a random moment.
KILLS = 10 if os.environ.get("DCDP_TEST_FULL") else 1

#: Options of the restoration, by parameter of the table: a tiny network, and about a second for each frame.
OPTIONS = {
    "task": "deblur",
    "blur": "gaussian",
    "noise": "4",
    "preset": "paper",
    "rounds": "25",
    "model": str(ROOT / "tests" / "data" / "tiny-prior"),
    "threads": "1",
}


def flags() -> list[str]:
    """The options as the command line takes them."""
    return [word for name, value in OPTIONS.items() for word in ("--" + name.replace("_", "-"), value)]


@pytest.fixture(scope="session", autouse=True)
def scratch():
    """Workers unpack in a folder that goes away with the tests: a killed one leaves there what it unpacked."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TMPDIR"] = folder
        yield


@pytest.fixture(scope="session")
def shot(tmp_path_factory) -> pathlib.Path:
    """A folder with the frames in/shot.0001.png and so on."""
    folder = tmp_path_factory.mktemp("shot")
    (folder / "in").mkdir()
    photo = Image.open(ROOT / "examples" / "photo" / "houses-noisy.png")
    for frame in FRAMES:
        part = photo.crop((frame * 9, 40, frame * 9 + 96, 120))
        part.save(folder / "in" / f"shot.{frame:04}.png")
    return folder


@pytest.fixture(scope="session")
def alone(shot) -> dict[str, bytes]:
    """What one machine makes of the shot: content by name."""
    command = [PROGRAM, "restore", "in/shot.####.png", "-o", "alone/shot.####.png", *flags()]
    subprocess.run(command, cwd=shot, check=True)
    results = {path.name: path.read_bytes() for path in (shot / "alone").iterdir()}
    assert len(results) == len(FRAMES)
    return results


class Watch:
    """Looks at a folder all the time; whatever appears must be a frame that one machine makes, whole."""

    def __init__(self, folder: pathlib.Path, expected: dict[str, bytes]):
        self.folder = folder
        self.expected = expected
        self.wrong: list[str] = []
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def finished(self) -> dict[str, int]:
        """When each frame that is there was written."""
        return {path.name: path.stat().st_mtime_ns for path in self._frames()}

    def wait_for(self, count: int, seconds: float = 60) -> None:
        """Waits until so many frames are there."""
        end = time.monotonic() + seconds
        while len(self.finished()) < count:
            assert time.monotonic() < end, f"only {sorted(self.finished())} after {seconds} s"
            time.sleep(0.02)

    def _frames(self):
        return [path for path in self.folder.iterdir() if not path.name.startswith(".dcdp-")]

    def _look(self):
        while not self._done.wait(0.01):
            for path in self._frames():
                if path.read_bytes() != self.expected.get(path.name):
                    self.wrong.append(path.name)

    def __enter__(self):
        self.folder.mkdir()
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._done.set()
        self._thread.join()


@pytest.fixture
def watch(tmp_path, alone):
    """Watches the folder tmp_path/out; in the end every frame must be there, and nothing partial ever was."""
    with Watch(tmp_path / "out", alone) as watch:
        yield watch
    assert not watch.wrong
    left = {path.name: path.read_bytes() for path in watch.folder.iterdir()}
    assert left.keys() == alone.keys()
    assert left == alone


def children(process: int) -> list[int]:
    """A process's descendants."""
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[1]) == process:
                found += [int(stat.parent.name), *children(int(stat.parent.name))]
    return found


def kill(*processes: int) -> None:
    """Ends processes as a machine that stops does."""
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def a_moment() -> float:
    """A part of a frame's time, in seconds."""
    return random.uniform(0.0, 0.8)
