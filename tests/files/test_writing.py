"""Results take the place of files without taking anything else, and batches go on."""

import os
import subprocess

import numpy as np
import pytest
from PIL import Image

from conftest import PRIOR, PROGRAM, near
from scene import scene


@pytest.fixture
def picture(place):
    Image.fromarray(scene()).save(place / "in.png")
    return place


def test_mode_and_owner_are_kept(picture):
    target = picture / "out.png"
    target.write_bytes(b"old")
    target.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(target, 1234, 4321)
    picture.copy("in.png", "out.png")
    found = target.stat()
    assert found.st_mode & 0o777 == 0o640
    if os.geteuid() == 0:
        assert (found.st_uid, found.st_gid) == (1234, 4321)
    near(Image.open(target), scene())


def test_links_are_kept(picture):
    (picture / "folder").mkdir()
    real = picture / "folder" / "real.png"
    real.write_bytes(b"a longer old content " * 1000)
    os.link(real, picture / "hard.png")
    os.symlink("folder/real.png", picture / "soft.png")
    picture.copy("in.png", "soft.png")
    assert (picture / "soft.png").is_symlink()
    assert os.path.samefile(real, picture / "hard.png")
    near(Image.open(picture / "hard.png"), scene())
    assert not list(picture.folder.glob("**/.dcdp-*"))


def test_write_protected(picture):
    target = picture / "out.png"
    target.write_bytes(b"old")
    target.chmod(0o444)
    outcome = picture.copy("in.png", "out.png", code=1)
    assert "write-protected" in outcome.err and target.read_bytes() == b"old"


def test_missing_folder_is_named(picture):
    outcome = picture.copy("in.png", "not/there/out.png", code=1)
    assert "not/there: the folder does not exist" in outcome.err


def test_inputs_are_never_overwritten(picture):
    mask = np.zeros((40, 56), np.uint8)
    mask[10:20, 10:20] = 255
    Image.fromarray(mask).save(picture / "mask.png")
    kernel = np.zeros((9, 9), np.uint8)
    kernel[4, 2:7] = 255
    Image.fromarray(kernel).save(picture / "kernel.png")
    for target, task, *rest in [
        ("mask.png", "inpaint", "--mask", "mask.png"),
        ("./mask.png", "inpaint", "--mask", "mask.png"),
        ("kernel.png", "deblur", "--blur", "kernel:kernel.png"),
    ]:
        before = (picture / target).read_bytes()
        outcome = picture.run("restore", "in.png", "-o", target, "--task", task, *rest)
        assert outcome.code == 2 and "is read too" in outcome.err, outcome
        assert (picture / target).read_bytes() == before


def test_standard_input_and_output(picture):
    command = [PROGRAM, "degrade", "-", "-o", "-", "--format", "png", "--task", "denoise"]
    with open(picture / "in.png", "rb") as source:
        made = subprocess.run(command, stdin=source, capture_output=True, cwd=picture.folder)
    assert made.returncode == 0, made.stderr
    (picture / "out.png").write_bytes(made.stdout)
    near(Image.open(picture / "out.png"), scene())
    made = subprocess.run(command[:5] + command[7:], stdin=subprocess.DEVNULL, capture_output=True)
    assert made.returncode == 2 and b"format" in made.stderr


def test_format_decides(picture):
    picture.copy("in.png", "out.dat", "--format", "tiff")
    assert Image.open(picture / "out.dat").format == "TIFF"
    picture.copy("in.png", "folder/", "--format", "webp")
    assert Image.open(picture / "folder" / "in.webp").format == "WEBP"


def test_a_batch_goes_on(picture):
    (picture / "notes.txt").write_text("no picture")
    (picture / "bad.png").write_bytes((picture / "in.png").read_bytes()[:200])
    Image.fromarray(scene()).save(picture / "last.jpg")
    outcome = picture.run(
        "restore", "notes.txt", "absent.png", "in.png", "bad.png", "last.jpg", "-o", "out",
        "--task", "denoise", "--noise", "5", "--model", PRIOR, "--report", "report.json",
    )
    assert outcome.code == 1
    lines = outcome.err.splitlines()
    for name in ["notes.txt", "absent.png", "bad.png"]:
        assert len([line for line in lines if name in line]) == 1, outcome
    assert "3 of 5" in lines[-1]
    assert sorted(os.listdir(picture / "out")) == ["in.png", "last.jpg"]
    told = {entry["input"]: entry.get("error") for entry in picture.report("report.json")}
    assert told["in.png"] is None and told["last.jpg"] is None
    assert told["notes.txt"] and told["absent.png"] and told["bad.png"]


def test_unread_pictures_of_a_folder_are_named(picture):
    (picture / "photos").mkdir()
    (picture / "photos" / "a.heic").write_bytes(b"\0\0\0\x18ftypheic" + b"\0" * 64)
    (picture / "photos" / "notes.txt").write_text("not a picture, and none by its name")
    Image.fromarray(scene()).save(picture / "photos" / "b.png")
    outcome = picture.copy("photos", "out", code=1)
    assert "a.heic" in outcome.err and "HEIC" in outcome.err and "notes.txt" not in outcome.err
    assert os.listdir(picture / "out") == ["b.png"]


def test_plain_pictures_come_back_unchanged(place):
    for depth in [np.uint8, np.uint16]:
        for channels in [1, 3, 4]:
            picture = scene(channels=channels, depth=depth)
            if depth == np.uint16 and channels != 1:
                import imagecodecs

                (place / "in.png").write_bytes(imagecodecs.png_encode(picture))
            else:
                Image.fromarray(picture).save(place / "in.png")
            outcome = place.copy("in.png", "out.png")
            assert outcome.err == ""
            import imagecodecs

            near(imagecodecs.png_decode((place / "out.png").read_bytes()), picture)
