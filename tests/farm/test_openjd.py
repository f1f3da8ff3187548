"""The Open Job Description template, run by openjd's own sessions."""

import json
import pathlib
import subprocess
import sys
import time

import pytest

from conftest import ARCHIVE, KILLS, OPTIONS, PROGRAM, ROOT, a_moment, children, kill

TEMPLATE = ROOT / "farm" / "openjd" / "dcdp-restore.yaml"
OPENJD = pathlib.Path(sys.executable).with_name("openjd")


def openjd(*arguments: str) -> str:
    """Runs the command line of openjd; what it prints."""
    return subprocess.run([OPENJD, *arguments], check=True, capture_output=True, text=True).stdout


def parameter(name: str) -> str:
    """A row's name in the template."""
    return "".join(word.capitalize() for word in name.split("_"))


def job(shot, out) -> list[str]:
    """The job's parameters."""
    values = {
        "Archive": ARCHIVE,
        "Input": f"{shot}/in/shot.####.png",
        "Output": f"{out}/shot.####.png",
        "Frames": "1-8",
        "ChunkSize": "4",
        **{parameter(name): value for name, value in OPTIONS.items()},
    }
    return [word for name, value in values.items() for word in ("-p", f"{name}={value}")]


def worker(shot, out, frames: str) -> subprocess.Popen:
    """A worker with one chunk."""
    tasks = json.dumps([{"Frames": frames}])
    command = [OPENJD, "run", TEMPLATE, "--step", "Restore", "--tasks", tasks, *job(shot, out)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_the_template_has_every_option():
    openjd("check", str(TEMPLATE))
    text = TEMPLATE.read_text(encoding="utf-8")
    # `check` refuses a line with a parameter that is not there.
    flags = [line.strip() for line in text.splitlines() if line.strip().startswith("--")]
    help_text = subprocess.run([PROGRAM, "restore", "--help"], check=True, capture_output=True, text=True).stdout
    own = {"report", "options", "kernel-out", "uncertainty", "require", "quiet", "format", "jpeg-quality", "help"}
    for word in help_text.split():
        name = word.removeprefix("--").rstrip(",")
        if word.startswith("--") and name.replace("-", "").isalpha() and name not in own:
            assert any(flag.partition("=")[0] == f"--{name}" for flag in flags), name


def test_a_farm_of_one_worker_does_all(shot, watch):
    arguments = ["run", str(TEMPLATE), "--step", "Restore", *job(shot, watch.folder)]
    told = openjd(*arguments)
    assert "Session ended successfully" in told or "success" in told.lower()


@pytest.mark.parametrize("moment", range(KILLS))
def test_a_worker_killed_half_way_loses_nothing(shot, watch, moment):
    first, second = (worker(shot, watch.folder, frames) for frames in ("1-4", "5-8"))
    watch.wait_for(2)
    time.sleep(a_moment())
    kill(second.pid, *children(second.pid))
    second.communicate()
    assert second.wait() != 0
    told, _ = first.communicate()
    assert first.wait() == 0, told
    finished = watch.finished()
    again = worker(shot, watch.folder, "5-8")
    told, _ = again.communicate()
    assert again.wait() == 0, told
    assert finished.items() <= watch.finished().items()
