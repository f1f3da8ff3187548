"""Files of several pictures: all of them restored, or refused with their number."""

import numpy as np
import OpenEXR
import pytest
import tifffile
from PIL import Image

from conftest import PRIOR, near
from scene import scene


def test_imagej_stack(place, data):
    place.restore(data / "stack-imagej.tif", "out.tif", "--report", "report.json")
    pages = tifffile.imread(data / "stack-imagej.tif")
    with tifffile.TiffFile(place / "out.tif") as file:
        assert len(file.pages) == 3 and file.is_imagej
        assert file.imagej_metadata["images"] == 3
        assert file.imagej_metadata["unit"] == "um"
        assert file.pages[0].tags["XResolution"].value == (4, 1)
        near(file.asarray(), pages, 3000)
    assert len(place.report("report.json")["pictures"]) == 3
    outcome = place.restore(data / "stack-imagej.tif", "out.png", code=1)
    assert "3 pictures" in outcome.err
    place.copy(data / "stack-imagej.tif", "copy.tif")
    near(tifffile.imread(place / "copy.tif"), pages)


def test_in_place_keeps_pages(place, data):
    (place / "in.tif").write_bytes((data / "stack-imagej.tif").read_bytes())
    place.restore("in.tif", "in.tif")
    assert tifffile.imread(place / "in.tif").shape == (3, 96, 96)


def test_enlarged_stack_stays_true(place):
    stack = np.stack([scene(24, 32, 1), scene(24, 32, 1)[::-1]])
    tifffile.imwrite(place / "in.tif", stack, imagej=True, resolution=(4, 4), metadata={"unit": "um"})
    place.run("restore", "in.tif", "-o", "out.tif", "--task", "super-resolve", "--scale", 2,
              "--model", PRIOR)
    with tifffile.TiffFile(place / "out.tif") as file:
        assert file.asarray().shape == (2, 48, 64)
        assert file.pages[0].tags["XResolution"].value == (8, 1)


def test_ome(place):
    stack = np.stack([scene(24, 32, 1)] * 4)
    tifffile.imwrite(place / "in.ome.tif", stack, ome=True, metadata={"axes": "ZYX", "PhysicalSizeX": 0.5})
    place.copy("in.ome.tif", "out.ome.tif")
    with tifffile.TiffFile(place / "out.ome.tif") as file:
        assert file.is_ome
        near(file.series[0].asarray(), stack)


def test_pages_of_different_kinds(place):
    with tifffile.TiffWriter(place / "in.tif") as writer:
        writer.write(scene(), photometric="rgb", metadata=None, description="one")
        writer.write(scene(30, 20, 1, np.uint16), metadata=None, description="two")
    place.copy("in.tif", "out.tif")
    with tifffile.TiffFile(place / "out.tif") as file:
        assert [page.shape for page in file.pages] == [(40, 56, 3), (30, 20)]
        assert [page.description for page in file.pages] == ["one", "two"]
        near(file.pages[1].asarray(), scene(30, 20, 1, np.uint16))


def test_overviews_are_left_out_and_masks_carried(place):
    with tifffile.TiffWriter(place / "in.tif") as writer:
        writer.write(scene(), photometric="rgb", metadata=None)
        writer.write(scene()[::2, ::2], photometric="rgb", subfiletype=1, metadata=None)
        writer.write(scene(channels=1) > 99, subfiletype=4, photometric=4, metadata=None)
    outcome = place.restore("in.tif", "out.tif")
    assert "smaller copies" in outcome.err
    with tifffile.TiffFile(place / "out.tif") as file:
        assert len(file.pages) == 2
        near(file.pages[1].asarray() > 0, scene(channels=1) > 99)
        assert file.pages[1].photometric == 4 and file.pages[1].subfiletype == 4


def frames_of(path):
    picture = Image.open(path)
    frames = []
    for index in range(picture.n_frames):
        picture.seek(index)
        frames.append((np.asarray(picture.convert("RGB")), picture.info.get("duration")))
    return frames


@pytest.mark.parametrize("target", ["out.png", "out.webp"])
def test_animated_png(place, data, target):
    place.restore(data / "anim.png", target)
    wanted, found = frames_of(data / "anim.png"), frames_of(place / target)
    assert len(found) == 3
    for (frame, duration), (restored, shown) in zip(wanted, found):
        assert duration == shown == 100
        near(restored, frame, 14)
    outcome = place.restore(data / "anim.png", "out.jpg", code=1)
    assert "3 pictures" in outcome.err


@pytest.mark.parametrize("source", ["in.png", "in.webp"])
@pytest.mark.parametrize("target", ["out.png", "out.webp", "out.tif"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
def test_animations(place, source, target, mode):
    frames = [Image.fromarray(np.roll(scene(channels=4), 5 * i, axis=1), "RGBA").convert(mode) for i in range(4)]
    options = {"lossless": True} if source == "in.webp" else {}
    frames[0].save(place / source, save_all=True, append_images=frames[1:], duration=[50, 100, 150, 40], loop=3, **options)
    place.copy(source, target)
    found = Image.open(place / target)
    assert found.n_frames == 4
    for index, frame in enumerate(frames):
        found.seek(index)
        kind = "RGBA" if mode == "RGBA" else "RGB"
        one, other = np.asarray(found.convert(kind)).copy(), np.asarray(frame.convert(kind)).copy()
        if mode == "RGBA":
            one[one[..., 3] == 0], other[other[..., 3] == 0] = 0, 0
        near(one, other)
        if target != "out.tif":
            assert found.info["duration"] == [50, 100, 150, 40][index]
    if target != "out.tif":
        assert found.info["loop"] == 3


def test_mpo_is_carried(place):
    one, two = Image.fromarray(scene(64, 64)), Image.fromarray(scene(64, 64)[::-1])
    one.save(place / "in.jpg", "MPO", save_all=True, append_images=[two])
    outcome = place.restore("in.jpg", "out.jpg")
    assert "further pictures" in outcome.err and "carried along" in outcome.err
    found = Image.open(place / "out.jpg")
    assert found.n_frames == 2
    near(found.convert("RGB"), one, 30)
    source = Image.open(place / "in.jpg")
    source.seek(1)
    found.seek(1)
    near(found.convert("RGB"), source.convert("RGB"))
    outcome = place.restore("in.jpg", "out.png")
    assert "left out" in outcome.err


def test_blender_layers(place, data):
    outcome = place.restore(data / "blender.exr", "out.exr")
    assert "ViewLayer.Depth.Z" in outcome.err and "carried along" in outcome.err
    one = OpenEXR.File(str(data / "blender.exr"), separate_channels=True).parts[0].channels
    two = OpenEXR.File(str(place / "out.exr"), separate_channels=True).parts[0].channels
    assert set(one) == set(two)
    assert np.array_equal(two["ViewLayer.Depth.Z"].pixels, one["ViewLayer.Depth.Z"].pixels, equal_nan=True)
    for name in "RGB":
        before, after = (c[f"ViewLayer.Combined.{name}"].pixels for c in (one, two))
        finite = np.isfinite(before)
        near(after[finite], before[finite], 0.1)
        assert (after[finite] != before[finite]).any()


def test_exr_parts_and_attributes(place):
    picture = scene(depth=np.float32)
    ids = np.arange(40 * 56, dtype=np.uint32).reshape(40, 56)
    parts = [
        OpenEXR.Part({"name": "beauty", "owner": "me"}, {"RGB": picture}),
        OpenEXR.Part({"name": "ids"}, {"id": ids}),
    ]
    OpenEXR.File(parts).write(str(place / "in.exr"))
    place.restore("in.exr", "out.exr")
    file = OpenEXR.File(str(place / "out.exr"))
    assert [part.header["name"] for part in file.parts] == ["beauty", "ids"]
    assert file.parts[0].header["owner"] == "me"
    near(file.parts[1].channels["id"].pixels, ids)
    near(file.parts[0].channels["RGB"].pixels, picture, 0.15)
