"""What a file says besides pixels is kept, corrected, or named."""

import numpy as np
import pytest
import tifffile
from PIL import Image, PngImagePlugin

from conftest import PRIOR, exiftool, near
from scene import scene


def test_everything_in_a_jpeg(place, data):
    before = exiftool(data / "meta.jpg")
    place.restore(data / "meta.jpg", "out.jpg")
    after = exiftool(place / "out.jpg")
    lost = [
        key
        for key in before
        if key.split(":")[0] in {"IFD0", "ExifIFD", "GPS", "IPTC", "JFIF"} or "XMP" in key or "Comment" in key
        if before[key] != after.get(key) and key != "JFIF:JFIFVersion"
    ]
    assert not lost
    assert "Warning" not in " ".join(after)
    near(Image.open(place / "out.jpg"), Image.open(data / "meta.jpg"), 14)


@pytest.mark.parametrize("target", ["out.png", "out.tif", "out.webp", "out.exr"])
def test_metadata_crosses_formats(place, data, target):
    before = exiftool(data / "meta.jpg")
    outcome = place.copy(data / "meta.jpg", target)
    after = exiftool(place / target)
    if target != "out.exr":
        for key in ["Make", "Model", "Artist"]:
            source = before.get(f"IFD0:{key}")
            assert source is None or after.get(f"IFD0:{key}") == source
    xmp = [key for key in before if key.startswith("XMP-")]
    if target != "out.exr":
        assert xmp and all(after.get(key) == before[key] for key in xmp)
    iptc = [key for key in before if key.startswith("IPTC:")]
    if target in ("out.png", "out.tif"):
        assert iptc and all(after.get(key) == before[key] for key in iptc)
    else:
        assert "IPTC" in outcome.err
    if target == "out.webp":
        assert "comments" in outcome.err and "density" in outcome.err
    assert "Warning" not in " ".join(after), after


def test_rotated(place, data):
    source = Image.open(data / "rotated.jpg")
    place.restore(data / "rotated.jpg", "out.jpg")
    found = exiftool(place / "out.jpg")
    assert (found["File:ImageWidth"], found["File:ImageHeight"]) == (160, 256)
    assert found.get("IFD0:Orientation", 1) == 1
    assert not [key for key in found if "Thumbnail" in key or key.startswith("IFD1")]
    for key, value in [("ExifImageWidth", 160), ("ExifImageHeight", 256)]:
        assert found.get(f"ExifIFD:{key}", value) == value
    from PIL import ImageOps

    near(Image.open(place / "out.jpg"), ImageOps.exif_transpose(source), 14)


def test_maker_notes_stay_where_they_are(place):
    # A block as a camera writes it: the maker note holds offsets of its own.
    note = b"Lens\0\0" + bytes(range(64))
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    exif[0x0112] = 6
    ifd = exif.get_ifd(0x8769)
    ifd[0x927C] = note
    ifd[0xA002], ifd[0xA003] = 56, 40
    Image.fromarray(scene()).save(place / "in.jpg", exif=exif)

    def place_of(name):
        data = (place / name).read_bytes()
        start = 0 if name.endswith(".tif") else data.index(b"Exif\0\0") + 6
        return data.index(note) - start

    place.restore("in.jpg", "out.jpg")
    place.copy("in.jpg", "out.tif")
    assert place_of("in.jpg") == place_of("out.jpg") == place_of("out.tif")
    found = exiftool(place / "out.tif")
    assert found["IFD0:Orientation"] == 1 and found["IFD0:Make"] == "Maker"
    found = exiftool(place / "out.jpg")
    assert (found["ExifIFD:ExifImageWidth"], found["ExifIFD:ExifImageHeight"]) == (40, 56)


def test_thumbnail_of_exif_is_removed_and_said(place):
    import struct

    Image.fromarray(scene(24, 32)).save(place / "small.jpg")
    small = (place / "small.jpg").read_bytes()
    # IFD0 with a maker, IFD1 with a thumbnail.
    block = b"II*\0" + struct.pack("<I", 8)
    block += struct.pack("<H", 1) + struct.pack("<HHI4s", 0x010F, 2, 4, b"abc\0") + struct.pack("<I", 26)
    start = 26 + 2 + 3 * 12 + 4
    block += struct.pack("<H", 3)
    block += struct.pack("<HHIHH", 0x0103, 3, 1, 6, 0)
    block += struct.pack("<HHII", 0x0201, 4, 1, start) + struct.pack("<HHII", 0x0202, 4, 1, len(small))
    block += struct.pack("<I", 0) + small
    Image.fromarray(scene()).save(place / "plain.jpg")
    plain, exif = (place / "plain.jpg").read_bytes(), b"Exif\0\0" + block
    segment = b"\xff\xe1" + struct.pack(">H", 2 + len(exif)) + exif
    (place / "in.jpg").write_bytes(plain[:2] + segment + plain[2:])
    assert "IFD1:ThumbnailLength" in exiftool(place / "in.jpg")
    outcome = place.restore("in.jpg", "out.jpg")
    assert "thumbnail is left out" in outcome.err
    found = exiftool(place / "out.jpg")
    assert found["IFD0:Make"] == "abc" and not [key for key in found if "IFD1" in key]
    assert small[:64] not in (place / "out.jpg").read_bytes()


def test_png_text_and_density(place):
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "a comment")
    info.add_text("Title", "packed " * 20, zip=True)
    info.add_itxt("Author", "Zoë")
    info.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta xmlns:x='adobe:ns:meta/' tiff:Orientation='6'/>")
    Image.fromarray(scene()).save(place / "in.png", pnginfo=info, dpi=(300, 200))
    place.restore("in.png", "out.png")
    one, two = Image.open(place / "in.png"), Image.open(place / "out.png")
    for key in ["Comment", "Title", "Author"]:
        assert one.text[key] == two.text[key]
    assert one.info["dpi"] == two.info["dpi"]
    assert "Orientation='1'" in two.text["XML:com.adobe.xmp"]
    place.copy("in.png", "out.jpg")
    picture = Image.open(place / "out.jpg")
    assert b"a comment" in (place / "out.jpg").read_bytes()
    assert tuple(round(v) for v in picture.info["dpi"]) == (300, 200)
    place.copy("in.png", "out.tif")
    assert [round(float(v)) for v in Image.open(place / "out.tif").info["dpi"]] == [300, 200]


def test_geotiff(place, data):
    place.restore(data / "geo.tif", "out.tif")
    with tifffile.TiffFile(data / "geo.tif") as one, tifffile.TiffFile(place / "out.tif") as two:
        before, after = one.pages[0].tags, two.pages[0].tags
        for tag in [33550, 33922, 34735, 42113, 700, 315]:
            assert before[tag].value == after[tag].value, tag
    assert [k for k in exiftool(place / "out.tif") if k.startswith("IPTC:")]
    outcome = place.copy(data / "geo.tif", "out.png")
    assert "GeoTIFF" in outcome.err and "GDAL" in outcome.err


def test_enlarged_geotiff_stays_in_place(place, data):
    outcome = place.run("restore", data / "geo.tif", "-o", "out.tif", "--task", "super-resolve", "--scale", 2,
                        "--model", PRIOR)
    assert outcome.code == 0, outcome
    with tifffile.TiffFile(place / "out.tif") as file:
        assert file.pages[0].tags[33550].value == (0.25, 0.25, 0.0)


def test_extra_samples(place, data):
    outcome = place.restore(data / "five-channels.tif", "out.tif")
    assert "further samples" in outcome.err
    with tifffile.TiffFile(data / "five-channels.tif") as one, tifffile.TiffFile(place / "out.tif") as two:
        before, after = one.pages[0], two.pages[0]
        assert before.tags["ExtraSamples"].value == after.tags["ExtraSamples"].value
        near(after.asarray()[..., 3:], before.asarray()[..., 3:])
        near(after.asarray()[..., :3], before.asarray()[..., :3], 14)
    outcome = place.copy(data / "five-channels.tif", "out.png")
    assert "left out" in outcome.err


def test_gray_with_further_samples(place):
    stack = np.stack([scene(channels=1), 255 - scene(channels=1), scene(channels=1) // 2], axis=-1)
    tifffile.imwrite(place / "in.tif", stack, photometric="minisblack", planarconfig="contig", extrasamples=[0, 0])
    outcome = place.copy("in.tif", "out.tif")
    assert "2 further samples" in outcome.err
    near(tifffile.imread(place / "out.tif"), stack)
