"""What numbers mean is kept, or converted with a line that says so."""

import io

import numpy as np
import OpenEXR
import pytest
import tifffile
from PIL import Image, ImageCms

from conftest import PHOTO, exiftool, near
from scene import scene


def chunk(path, name):
    """The data of a PNG chunk."""
    data = path.read_bytes()
    at = 8
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        if data[at + 4 : at + 8] == name:
            return data[at + 8 : at + 8 + length]
        at += 12 + length
    return None


def test_cmyk_goes_through_its_profile(place, data):
    source = Image.open(data / "cmyk.jpg")
    profile = ImageCms.ImageCmsProfile(io.BytesIO(source.info["icc_profile"]))
    wanted = ImageCms.profileToProfile(source, profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
    outcome = place.copy(data / "cmyk.jpg", "out.png")
    assert "CMYK" in outcome.err
    near(Image.open(place / "out.png").convert("RGB"), wanted, 2)
    place.restore(data / "cmyk.jpg", "restored.png")
    near(Image.open(place / "restored.png").convert("RGB"), wanted, 14)
    # The same inks in TIFF, and in 16 bits.
    inks = np.asarray(source)
    for pixels in [inks, inks.astype(np.uint16) * 257]:
        tifffile.imwrite(place / "in.tif", pixels, photometric="separated", iccprofile=source.info["icc_profile"])
        place.copy("in.tif", "out.tif")
        back = tifffile.imread(place / "out.tif")
        assert back.dtype == pixels.dtype
        near(back / (np.iinfo(back.dtype).max / 255), wanted, 2)


def test_ycck(place, data):
    source = Image.open(data / "cmyk.jpg")
    (place / "plain.jpg").write_bytes(b"")
    source.save(place / "in.jpg", quality=95)
    outcome = place.copy("in.jpg", "out.png")
    assert "without a profile" in outcome.err
    near(Image.open(place / "out.png").convert("RGB"), source.convert("RGB"), 3)


def test_adobe_rgb(place, data):
    source = data / "adobergb.png"
    place.restore(source, "out.png")
    assert Image.open(place / "out.png").info["icc_profile"] == Image.open(source).info["icc_profile"]
    place.copy(source, "copy.png")
    near(Image.open(place / "copy.png"), Image.open(source))
    place.copy(source, "out.exr")
    part = OpenEXR.File(str(place / "out.exr")).parts[0]
    adobe = [0.64, 0.33, 0.21, 0.71, 0.15, 0.06, 0.3127, 0.329]
    assert np.allclose(part.header["chromaticities"], adobe, atol=2e-3)
    light = (np.asarray(Image.open(source)) / 255.0) ** (563 / 256)
    near(part.channels["RGB"].pixels, light, 5e-4)
    # And back: the same colours in a file that says its primaries.
    place.copy("out.exr", "back.png")
    back = Image.open(place / "back.png")
    to_lab = lambda picture: np.asarray(
        ImageCms.profileToProfile(
            picture,
            ImageCms.ImageCmsProfile(io.BytesIO(picture.info["icc_profile"])),
            ImageCms.createProfile("sRGB"),
        )
    )
    near(to_lab(back.convert("RGB") if back.mode != "RGB" else back), to_lab(Image.open(source)), 2)


@pytest.mark.parametrize("target", ["out.jpg", "out.tif", "out.webp"])
def test_profiles_go_everywhere(place, data, target):
    profile = Image.open(data / "adobergb.png").info["icc_profile"]
    place.copy(data / "adobergb.png", target)
    assert Image.open(place / target).info["icc_profile"] == profile


def test_gamma_one_is_linear(place, data):
    place.restore(data / "gama1.png", "out.png")
    assert chunk(place / "out.png", b"gAMA") == (100000).to_bytes(4, "big")
    place.restore(data / "gama1.png", "linear.png", "--transfer", "linear")
    near(Image.open(place / "out.png"), Image.open(place / "linear.png"))
    place.restore(data / "gama1.png", "srgb.png", "--transfer", "srgb")
    assert (np.asarray(Image.open(place / "srgb.png")) != np.asarray(Image.open(place / "out.png"))).any()
    outcome = place.copy(data / "gama1.png", "out.jpg")
    assert "sRGB curve" in outcome.err
    light = np.asarray(Image.open(data / "gama1.png")) / 255.0
    srgb = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    near(Image.open(place / "out.jpg"), 255 * srgb, 4)


def test_linear_profile(place, data):
    place.restore(data / "linear.tif", "auto.tif", "--transfer", "auto")
    place.restore(data / "linear.tif", "linear.tif", "--transfer", "linear")
    near(tifffile.imread(place / "auto.tif"), tifffile.imread(place / "linear.tif"))
    place.restore(data / "linear.tif", "srgb.tif", "--transfer", "srgb")
    assert (tifffile.imread(place / "auto.tif") != tifffile.imread(place / "srgb.tif")).any()
    with tifffile.TiffFile(data / "linear.tif") as one, tifffile.TiffFile(place / "auto.tif") as two:
        assert one.pages[0].tags[34675].value == two.pages[0].tags[34675].value


def pq(code):
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
    root = np.asarray(code, np.float64) ** (1 / m2)
    return 10000 / 203 * (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1)


def test_pq_is_understood(place, data):
    source = data / "cicp.png"
    points = chunk(source, b"cICP")
    assert points[1] == 16
    # It reaches far beyond white, which a tiny network has never seen.
    place.restore(source, "out.png", model=PHOTO)
    assert chunk(place / "out.png", b"cICP") == points
    near(Image.open(place / "out.png"), Image.open(source), 2)
    place.copy(source, "copy.png")
    near(Image.open(place / "copy.png"), Image.open(source))
    place.copy(source, "out.exr")
    part = OpenEXR.File(str(place / "out.exr")).parts[0]
    light = pq(np.asarray(Image.open(source)) / 255.0)
    near(part.channels["RGB"].pixels / light.max(), light / light.max(), 1e-3)
    outcome = place.copy(source, "out.jpg")
    assert "PQ" in outcome.err


def test_sbit_and_chromaticities(place):
    picture = Image.fromarray(scene())
    picture.save(place / "plain.png")
    data = (place / "plain.png").read_bytes()
    import zlib

    def made(name, body):
        return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")

    wide = [0.3127, 0.329, 0.708, 0.292, 0.17, 0.797, 0.131, 0.046]
    body = b"".join(round(v * 100000).to_bytes(4, "big") for v in wide)
    chunks = made(b"cHRM", body) + made(b"gAMA", (55556).to_bytes(4, "big")) + made(b"sBIT", bytes([5, 6, 5]))
    (place / "in.png").write_bytes(data[:33] + chunks + data[33:])
    place.restore("in.png", "out.png")
    for name in [b"cHRM", b"gAMA", b"sBIT"]:
        assert chunk(place / "out.png", name) == chunk(place / "in.png", name)
    outcome = place.copy("in.png", "out.exr")
    assert "significant bits" in outcome.err
    found = OpenEXR.File(str(place / "out.exr")).parts[0]
    assert np.allclose(found.header["chromaticities"], wide[2:] + wide[:2], atol=1e-4)
    near(found.channels["RGB"].pixels, (scene() / 255.0) ** 1.8, 1e-3)
    place.copy("in.png", "out.jpg")
    assert exiftool(place / "out.jpg")["ICC-header:ColorSpaceData"].strip() == "RGB"


def test_a_profile_for_other_colours_is_left_out_with_a_line(place, data):
    cmyk = Image.open(data / "cmyk.jpg").info["icc_profile"]
    Image.fromarray(scene()).save(place / "in.png", icc_profile=cmyk)
    outcome = place.copy("in.png", "out.png")
    assert "ICC profile is left out" in outcome.err
    assert "icc_profile" not in Image.open(place / "out.png").info
