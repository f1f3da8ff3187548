"""Makes docs/pictures/openfx.jpg: the shipped noisy photo, and what the node makes of it in melt.

usage: cargo xtask chroot python3 -B $PWD/tests/hosts/openfx/before_after.py $PWD/target/dist/ofx/dcdp.ofx.bundle
"""

import os
import subprocess
import sys
import tempfile

import pictures
from melt import Melt

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), *[os.pardir] * 3)
SIZE = (512, 512)


def main():
    photos = os.path.join(ROOT, "examples", "photo")
    noisy, original = (os.path.join(photos, name) for name in ("houses-noisy.png", "houses.jpg"))
    with tempfile.TemporaryDirectory() as work:
        restored = os.path.join(work, "restored.png")
        melt = Melt(os.path.abspath(sys.argv[1]), work)
        melt.restore(noisy, restored, {"task": "denoise", "noise": 25}, size=SIZE)
        for name, picture in (("before", noisy), ("after", restored)):
            print(f"{name}: {pictures.psnr(picture, original):.2f} dB")
        target = os.path.join(ROOT, "docs", "pictures", "openfx.jpg")
        os.makedirs(os.path.dirname(target), exist_ok=True)
        subprocess.run(["convert", noisy, restored, "+append", "-quality", "85", "-strip", target], check=True)


if __name__ == "__main__":
    main()
