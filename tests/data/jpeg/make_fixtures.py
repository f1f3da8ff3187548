"""JPEG files of every layout, and what an independent reader says about their coefficients.

    pip install pillow==13.* opencv-python-headless==5.* jpeglib==1.*
    python tests/data/jpeg/make_fixtures.py

The picture is synthetic: a gradient with a few edges, waves and noise, coloured, of odd size. NAME.npy holds all
quantised coefficients of NAME.jpg, read through libjpeg: component by component, block rows, blocks, row-major;
NAME.tables.npy the quantisation table of each component.
"""

from pathlib import Path

import cv2
import jpeglib
import numpy as np
from PIL import Image

FOLDER = Path(__file__).parent
WIDTH, HEIGHT = 43, 29


def picture():
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(float)
    noise = np.random.default_rng(1).normal(0, 6, (HEIGHT, WIDTH, 3))
    luma = 60 + 2.5 * x + 30 * np.sin(0.9 * x + 0.4 * y) + 60 * ((x - 20) ** 2 + (y - 14) ** 2 < 81)
    chroma = np.stack([1.5 * y, -0.6 * x, 40 * np.cos(0.3 * x)], axis=2)
    return np.clip(luma[..., None] + chroma + noise, 0, 255).round().astype(np.uint8)


def texture(width=136, height=120):
    """A picture with the spectrum of photographs, 1/f, in three nearly equal channels."""
    random = np.random.default_rng(2)
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(width), np.fft.fftfreq(height)))
    def field(power):
        spectrum = np.fft.fft2(random.normal(size=(height, width))) / np.maximum(frequency, 0.01) ** power
        plane = np.fft.ifft2(spectrum).real
        return (plane - plane.mean()) / plane.std()
    luma, blue, red = field(1.0), field(1.3), field(1.3)
    planes = [128 + 40 * luma + 14 * red, 128 + 40 * luma, 128 + 40 * luma + 14 * blue]
    return np.clip(np.stack(planes, axis=2), 0, 255).round().astype(np.uint8)


def pillow(name, image, **options):
    image.save(FOLDER / f"{name}.jpg", **options)


def opencv(name, image, factors, progressive=0):
    options = [cv2.IMWRITE_JPEG_QUALITY, 60, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, factors]
    options += [cv2.IMWRITE_JPEG_PROGRESSIVE, progressive]
    cv2.imwrite(str(FOLDER / f"{name}.jpg"), np.asarray(image)[..., ::-1], options)


def dump(path):
    read = jpeglib.read_dct(str(path))
    parts = [part for part in (read.Y, read.Cb, read.Cr) if part is not None]
    values = np.concatenate([part.astype(np.int16).ravel() for part in parts])
    np.save(path.with_suffix(".npy"), values)
    tables = np.stack([read.qt[number] for number in read.quant_tbl_no[: len(parts)]])
    np.save(path.with_suffix(".tables.npy"), tables.astype(np.uint16))


def main():
    image = Image.fromarray(picture())
    for subsampling, name in enumerate(["444", "422", "420"]):
        pillow(name, image, quality=50, subsampling=subsampling)
        pillow(f"{name}-progressive", image, quality=70, subsampling=subsampling, progressive=True)
    opencv("440", image, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_440)
    opencv("411", image, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_411)
    opencv("411-progressive", image, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_411, progressive=1)
    pillow("420-restarts", image, quality=80, subsampling=2, restart_marker_blocks=2)
    pillow("gray", image.convert("L"), quality=40)
    pillow("rgb", image, quality=60, keep_rgb=True)
    for path in sorted(FOLDER.glob("*.jpg")):
        if not path.stem.startswith(("trace-", "cmyk")):
            dump(path)
    photo = Image.fromarray(texture())
    pillow("trace-420", photo, quality=75, subsampling=2)
    pillow("trace-422", photo, quality=60, subsampling=1)
    pillow("trace-444", photo, quality=90, subsampling=0)
    pillow("trace-gray", photo.convert("L"), quality=80)
    own = [[8 + 3 * (index % 8 + index // 8) for index in range(64)]] * 2
    pillow("trace-own", photo, qtables=own, subsampling=2)
    pillow("cmyk", image.convert("CMYK"), quality=30)


if __name__ == "__main__":
    main()
