"""Simulates pictures as cameras, scanners and their software leave them.

A clean picture becomes a pair of 8-bit pictures: the file a user would open, and its twin that went through
the same steps without noise, which is what a perfect denoiser would return. Everything follows from the
picture and the seed.

    python camera.py PICTURE --condition camera-10-menon-q92 [--seed N] -o NOISY --clean CLEAN

`--list` names the conditions. The camera, in this order:

1.  The picture's sRGB values are decoded to linear light, 0...1.
2.  A mosaic (RGGB) of them is exposed through white-balance gains (red 1/2, blue 1/1.6), so that red and blue
    have fewer photons than green; gains are undone after the noise.
3.  Shot noise (variance proportional to the light) and read noise (constant, a tenth of the shot noise's variance
    at mid-gray). The level N is the root mean square of both over the mosaic in sRGB codes (0...255), to first order.
4.  Demosaicing: bilinear, Menon (2007), or edge-aware (OpenCV's `_EA`).
5.  sRGB encoding; then what the condition adds: sharpening, chroma denoising, half size; then a JPEG file of some
    quality (4:2:0 below 90, 4:2:2 from 90, 4:4:4 from 95) or none.

The others: `grain-N` (film: blurred noise, mostly luminance, strongest in the mid-tones), `blurred-N` (white noise
after a Gaussian blur of 1 px), `gray-N` (one field for all channels), `white-N` (white), `clean`, `camera-0`: without
noise.
"""

import argparse
import io
import zlib
from pathlib import Path

import cv2
import numpy as np
from colour_demosaicing import demosaicing_CFA_Bayer_bilinear, demosaicing_CFA_Bayer_Menon2007
from PIL import Image
from scipy.ndimage import gaussian_filter

# Name of a condition: source-level, then steps in their order.
CONDITIONS = [
    "camera-5-menon-q92",
    "camera-10-menon-q92",
    "camera-20-menon-q92",
    "camera-10-bilinear-q92",
    "camera-20-edge-q85",
    "camera-10-menon",
    "camera-10-menon-sharpen-q97",
    "camera-8-menon-chroma-q92",
    "camera-10-menon-half-q92",
    "grain-12",
    "blurred-20",
    "gray-15",
    "white-15-q85",
    "white-5",
    "white-15",
    "white-25",
    "clean",
    "clean-q92",
    "camera-0-menon-q92",
]

GAINS = np.array([2.0, 1.0, 1.6])
MID = 118 / 255


def decode(code):
    """sRGB code, 0...1, to linear light."""
    return np.where(code <= 0.04045, code / 12.92, ((np.maximum(code, 0.04045) + 0.055) / 1.055) ** 2.4)


def encode(light):
    """Linear light to an sRGB code, both 0...1."""
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.maximum(light, 0.0031308) ** (1 / 2.4) - 0.055)


def expose(light, level, noise):
    """The mosaic (RGGB) of linear light with noise of a level in codes, and its pattern's channel per pixel."""
    height, width = light.shape[:2]
    channel = np.ones((height, width), int)
    channel[0::2, 0::2] = 0
    channel[1::2, 1::2] = 2
    mosaic = np.take_along_axis(light, channel[..., None], axis=2)[..., 0]
    gain = GAINS[channel]
    exposed = mosaic / gain
    deviation = np.sqrt(exposed + 0.1 * decode(np.array(MID))) * gain
    codes = deviation * (encode(mosaic + 1e-4) - encode(mosaic)) / 1e-4
    return mosaic + level / 255 / np.sqrt((codes**2).mean()) * deviation * noise


def demosaic(mosaic, method):
    """Linear light from an RGGB mosaic."""
    if method == "bilinear":
        return demosaicing_CFA_Bayer_bilinear(mosaic, "RGGB")
    if method == "menon":
        return demosaicing_CFA_Bayer_Menon2007(mosaic, "RGGB")
    # OpenCV names the pattern by its second row: RGGB is its "BG".
    raw = np.round(np.clip(mosaic, 0, 1) * 65535).astype(np.uint16)
    return cv2.cvtColor(raw, cv2.COLOR_BayerBG2RGB_EA) / 65535


def camera(codes, level, method, random):
    """A camera's picture, codes 0...1 in and out."""
    noise = random.standard_normal(codes.shape[:2])
    return encode(demosaic(expose(decode(codes), level, noise), method))


def add(codes, kind, level, random):
    """Adds noise of a standard deviation in codes of 0...255."""
    if kind == "gray":
        noise = np.repeat(random.standard_normal(codes.shape[:2])[..., None], 3, axis=2)
    else:
        noise = random.standard_normal(codes.shape)
    if kind == "grain":
        luminance = random.standard_normal(codes.shape[:2])[..., None]
        noise = gaussian_filter(0.35 * noise + 0.94 * luminance, (0.8, 0.8, 0))
        noise /= noise.std()
        tone = codes.mean(axis=2, keepdims=True)
        noise = noise * (0.4 + 2.4 * tone * (1 - tone))
    if kind == "blurred":
        noise = gaussian_filter(noise, (1.0, 1.0, 0))
        noise /= noise.std()
    return codes + level / 255 * noise


def sharpen(codes):
    """An unsharp mask."""
    return codes + 0.8 * (codes - gaussian_filter(codes, (1.0, 1.0, 0)))


def smooth_chroma(codes):
    """Chroma blurred by 2 px, as cameras denoise it."""
    ycc = cv2.cvtColor(codes.astype(np.float32), cv2.COLOR_RGB2YCrCb)
    ycc[..., 1:] = gaussian_filter(ycc[..., 1:], (2.0, 2.0, 0))
    return cv2.cvtColor(ycc, cv2.COLOR_YCrCb2RGB)


def halve(codes):
    """Half the size, by area."""
    height, width = codes.shape[:2]
    return cv2.resize(codes, (width // 2, height // 2), interpolation=cv2.INTER_AREA)


def jpeg(codes, quality):
    """Through a JPEG file."""
    file = io.BytesIO()
    subsampling = 2 if quality < 90 else 1 if quality < 95 else 0
    to_picture(codes).save(file, "JPEG", quality=quality, subsampling=subsampling)
    return np.asarray(Image.open(file).convert("RGB")) / 255


def to_picture(codes):
    """An 8-bit picture."""
    return Image.fromarray(np.round(np.clip(codes, 0, 1) * 255).astype(np.uint8))


STEPS = {"sharpen": sharpen, "chroma": smooth_chroma, "half": halve}


def develop(codes, condition, level, seed):
    """A picture under a condition, with the noise level given (0 for the noise-free twin)."""
    source, _, *steps = condition.split("-") if "-" in condition else (condition, "0")
    if source == "clean":
        source, _, *steps = ["clean", "0", *condition.split("-")[1:]]
    random = np.random.default_rng([seed, zlib.crc32(condition.encode())])
    if source == "camera":
        codes = camera(codes, level, steps[0], random)
        steps = steps[1:]
    elif source != "clean":
        codes = add(codes, source, level, random)
    for step in steps:
        codes = jpeg(codes, int(step[1:])) if step.startswith("q") else STEPS[step](codes)
    return to_picture(codes)


def simulate(picture, condition, seed=0):
    """The noisy picture of a condition and its noise-free twin.

    The twin is never compressed: a denoiser that also undoes the compression is not punished for it. Pictures that
    have no noise to begin with are their own twins.
    """
    codes = np.asarray(picture.convert("RGB")) / 255
    parts = condition.split("-")
    level = float(parts[1]) if len(parts) > 1 and parts[0] != "clean" else 0.0
    noisy = develop(codes, condition, level, seed)
    if level == 0:
        return noisy, noisy
    plain = "-".join(part for part in parts if not (part.startswith("q") and part[1:].isdigit()))
    return noisy, develop(codes, plain, 0.0, seed)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("picture", type=Path, nargs="?")
    parser.add_argument("--condition", default="camera-10-menon-q92", metavar="NAME")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-o", "--output", type=Path, default=Path("noisy.png"))
    parser.add_argument("--clean", type=Path, help="where to write the noise-free twin")
    parser.add_argument("--list", action="store_true", help="name the conditions of the table")
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(CONDITIONS))
        return
    if arguments.picture is None:
        parser.error("which picture?")
    noisy, clean = simulate(Image.open(arguments.picture), arguments.condition, arguments.seed)
    noisy.save(arguments.output)
    if arguments.clean:
        clean.save(arguments.clean)


if __name__ == "__main__":
    main()
