"""Kinds of files: read with the right pixels, or refused in plain words."""

import io

import numpy as np
import pytest
import tifffile
from PIL import Image

from conftest import near
from scene import scene


@pytest.mark.parametrize("name", ["big.tif", "tiff_pal.tif", "tiff_jpegc.tif"])
def test_tiff_cases(place, data, name):
    place.restore(data / name, "out.tif")
    wanted = np.asarray(Image.open(data / name).convert("RGB"))
    near(tifffile.imread(place / "out.tif"), wanted, 14)
    place.copy(data / name, "copy.tif")
    near(tifffile.imread(place / "copy.tif"), wanted, 0.5 if "jpegc" in name else 0)


def test_big_stays_big(place, data):
    place.copy(data / "big.tif", "out.tif")
    with tifffile.TiffFile(place / "out.tif") as file:
        assert file.is_bigtiff
        assert file.pages[0].description == "hello"


@pytest.mark.parametrize("depth", [np.int16, np.uint32, np.int32, np.float64, np.int8])
def test_other_samples(place, depth):
    picture = scene(channels=1, depth=np.float64)
    picture = (picture * 3000 - 1000).astype(depth) if depth != np.int8 else (picture * 100).astype(depth)
    if depth == np.float64:
        picture = scene(channels=1, depth=depth)
    if depth == np.uint32:
        picture = (scene(channels=1, depth=np.float64) * 70000).astype(depth)
    tifffile.imwrite(place / "in.tif", picture)
    outcome = place.copy("in.tif", "out.tif")
    back = tifffile.imread(place / "out.tif")
    assert back.dtype == picture.dtype
    near(back, picture, 1e-6 if depth == np.float64 else 0)
    if depth != np.float64:
        assert "taken as black" in outcome.err
    place.restore("in.tif", "restored.tif")
    span = float(picture.max()) - float(picture.min())
    near(tifffile.imread(place / "restored.tif"), picture, 0.12 * span)


def test_signed_case(place, data):
    outcome = place.restore(data / "tiff_i16.tif", "out.tif")
    picture = tifffile.imread(data / "tiff_i16.tif")
    assert "signed 16-bit" in outcome.err and str(picture.min()) in outcome.err
    back = tifffile.imread(place / "out.tif")
    assert back.dtype == np.int16
    near(back, picture, 1000)
    outcome = place.copy(data / "tiff_i16.tif", "out.png")
    assert "written as black" in outcome.err


@pytest.mark.parametrize(
    "options",
    [
        {"compression": "zstd"},
        {"compression": "zstd", "predictor": True},
        {"compression": "lzw", "predictor": True},
        {"compression": "deflate"},
        {"compression": "packbits"},
        {"tile": (16, 32)},
        {"tile": (16, 32), "compression": "zstd"},
        {"planarconfig": "separate"},
        {"planarconfig": "separate", "tile": (16, 16), "compression": "zstd"},
        {"byteorder": ">"},
        {"byteorder": ">", "compression": "zstd", "bigtiff": True},
        {"compression": "webp"},
    ],
    ids=str,
)
@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_tiff_storage(place, options, depth):
    if options.get("compression") == "webp" and depth != np.uint8:
        return
    options = dict(options)
    picture = scene(depth=depth)
    if options.get("planarconfig") == "separate":
        tifffile.imwrite(place / "in.tif", np.moveaxis(picture, -1, 0), photometric="rgb", **options)
    else:
        if options.get("compression") == "webp":
            options["compressionargs"] = {"lossless": True}
        tifffile.imwrite(place / "in.tif", picture, photometric="rgb", **options)
    place.copy("in.tif", "out.tif")
    near(tifffile.imread(place / "out.tif"), picture)


@pytest.mark.parametrize("depth", [np.float16, np.float32])
def test_predicted_floats(place, depth):
    picture = scene(depth=depth)
    options = {"compression": "zstd", "predictor": True} if depth == np.float32 else {}
    tifffile.imwrite(place / "in.tif", picture, photometric="rgb", **options)
    place.copy("in.tif", "out.tif")
    near(tifffile.imread(place / "out.tif"), picture, 1e-6)


def test_few_bits_and_white_is_zero(place):
    for mode in ["1", "P", "L"]:
        Image.fromarray(scene(channels=1)).convert(mode).save(place / "in.tif")
        place.copy("in.tif", "out.tif")
        wanted = Image.open(place / "in.tif").convert("RGB" if mode == "P" else "L")
        near(Image.open(place / "out.tif"), wanted)
    tifffile.imwrite(place / "in.tif", scene(channels=1), photometric="miniswhite")
    place.copy("in.tif", "out.tif")
    near(tifffile.imread(place / "out.tif"), 255 - scene(channels=1))


def test_unread_compression_is_named(place):
    tifffile.imwrite(place / "in.tif", scene(), photometric="rgb", compression="lzma")
    outcome = place.copy("in.tif", "out.tif", code=1)
    assert "LZMA" in outcome.err and "Unsupported" not in outcome.err


def test_jpeg_without_end_and_without_scans(place, data):
    place.restore(data / "no-eoi.jpg", "out.png")
    near(Image.open(place / "out.png"), Image.open(data / "a.jfif"), 14)
    place.copy(data / "no-eoi.jpg", "copy.png")
    near(Image.open(place / "copy.png"), Image.open(data / "a.jfif"), 1)
    outcome = place.restore(data / "half-with-eoi.jpg", "half.png", code=1)
    assert "truncated" in outcome.err
    assert not (place / "half.png").exists()


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("end", [b"", b"\xff\xd9", b"\xff\xd8\xff\xe0", b"\xff\xd9" + b"\0" * 64])
def test_cut_jpeg(place, progressive, end):
    whole = io.BytesIO()
    Image.fromarray(scene(96, 96)).save(whole, "JPEG", progressive=progressive, quality=80)
    whole = whole.getvalue()
    assert whole.endswith(b"\xff\xd9")
    (place / "whole.jpg").write_bytes(whole[:-2] + end)
    if end != b"\xff\xd8\xff\xe0":
        place.copy("whole.jpg", "out.png")
        near(Image.open(place / "out.png"), Image.open(io.BytesIO(whole)), 1)
    start = whole.index(b"\xff\xda")
    for part in [0.2, 0.5, 0.9, 0.97]:
        cut = start + int((len(whole) - start) * part)
        (place / "cut.jpg").write_bytes(whole[:cut] + end)
        outcome = place.run("degrade", "cut.jpg", "-o", "cut.png", "--task", "denoise")
        assert outcome.code == 1 and "truncated" in outcome.err, (part, outcome)


def test_names(place, data):
    (place / "many").mkdir()
    jpeg = (data / "a.jfif").read_bytes()
    for name in ["a.jfif", "B.JPE", "C.JPG", "d.Jpeg"]:
        (place / "many" / name).write_bytes(jpeg)
    Image.fromarray(scene()).save(place / "many" / "e.TIFF", "TIFF")
    place.copy("many", "out")
    found = sorted(path.name for path in (place / "out").iterdir())
    assert found == ["B.JPE", "C.JPG", "a.jfif", "d.Jpeg", "e.TIFF"]
    place.restore(data / "a.jfif", "one.jfif")
    assert Image.open(place / "one.jfif").format == "JPEG"


def test_unread_formats_are_named(place):
    Image.fromarray(scene()).save(place / "in.gif")
    Image.fromarray(scene()).save(place / "in.avif")
    (place / "in.heic").write_bytes(b"\0\0\0\x18ftypheic" + b"\0" * 64)
    (place / "in.jp2").write_bytes(b"\0\0\0\x0cjP  \r\n\x87\n" + b"\0" * 64)
    for name, word in [("in.gif", "GIF"), ("in.avif", "AVIF"), ("in.heic", "HEIC"), ("in.jp2", "JPEG 2000")]:
        outcome = place.copy(name, "out.png", code=1)
        assert f"is {word}" in outcome.err, outcome


def test_twelve_bit_jpeg_is_named(place):
    import imagecodecs

    deep = (scene(channels=1, depth=np.uint16) >> 4).astype(np.uint16)
    (place / "in.jpg").write_bytes(imagecodecs.jpeg_encode(deep, bitspersample=12))
    outcome = place.copy("in.jpg", "out.png", code=1)
    assert "12-bit JPEG" in outcome.err


def test_raw_files_are_not_taken_for_their_previews(place):
    with tifffile.TiffWriter(place / "in.dng") as writer:
        tags = [(0xC612, 1, 4, bytes([1, 4, 0, 0]), True)]
        writer.write(scene(), photometric="rgb", subfiletype=1, subifds=1, extratags=tags, metadata=None)
        writer.write(scene(channels=1, depth=np.uint16), photometric=32803, metadata=None)
    outcome = place.copy("in.dng", "out.tif", code=1)
    assert "raw file" in outcome.err
