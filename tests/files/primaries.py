"""Compares restoring wide-gamut pictures in their own primaries' codes with converting them to sRGB first.

python primaries.py PICTURE...   prints, for each, PSNR in dB of both against the picture in Rec. 2020 codes: a
256x256 part of it with white noise of sigma 25, denoised by the program DCDP_PROGRAM with the bundled prior.
"""

import os
import subprocess
import sys
import tempfile

import numpy as np
import tifffile
from PIL import Image

D65 = (0.3127, 0.329)
SRGB = [(0.64, 0.33), (0.3, 0.6), (0.15, 0.06), D65]
REC2020 = [(0.708, 0.292), (0.17, 0.797), (0.131, 0.046), D65]


def decode(code):
    size = np.abs(code)
    return np.sign(code) * np.where(size <= 0.04045, size / 12.92, ((size + 0.055) / 1.055) ** 2.4)


def encode(light):
    size = np.abs(light)
    return np.sign(light) * np.where(size <= 0.0031308, 12.92 * size, 1.055 * size ** (1 / 2.4) - 0.055)


def to_xyz(primaries):
    column = lambda x, y: np.array([x / y, 1, (1 - x - y) / y])
    matrix = np.stack([column(*pair) for pair in primaries[:3]], 1)
    return matrix * np.linalg.solve(matrix, column(*primaries[3]))


def main():
    to_wide = np.linalg.solve(to_xyz(REC2020), to_xyz(SRGB))
    convert = lambda codes, matrix: encode(decode(codes) @ matrix.T)
    noise = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder:
        source, target = os.path.join(folder, "in.tif"), os.path.join(folder, "out.tif")
        for path in sys.argv[1:]:
            part = np.asarray(Image.open(path).convert("RGB"))[100:356, 100:356] / 255
            wanted = convert(part, to_wide)
            noisy = wanted + 25 / 255 * noise.standard_normal(wanted.shape)
            found = []
            for back in [None, np.linalg.inv(to_wide)]:
                codes = noisy if back is None else convert(noisy, back)
                tifffile.imwrite(source, codes.astype(np.float32), photometric="rgb")
                command = [os.environ["DCDP_PROGRAM"], "restore", source, "-o", target, "--task", "denoise",
                           "--noise", "25", "--preset", "fast", "--model", "photo"]
                subprocess.run(command, check=True)
                restored = tifffile.imread(target).astype(float)
                restored = restored if back is None else convert(restored, to_wide)
                found.append(-10 * np.log10(((restored - wanted) ** 2).mean()))
            print(os.path.basename(path), "own primaries %.2f, converted %.2f" % tuple(found))


if __name__ == "__main__":
    main()
