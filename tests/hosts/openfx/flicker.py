"""Measures how much a static shot flickers after the node, in melt: the figures of docs/OPENFX.md.

usage: cargo xtask chroot python3 -B $PWD/tests/hosts/openfx/flicker.py $PWD/target/dist/ofx/dcdp.ofx.bundle

The shot is one picture for eight frames, either exactly the same or with noise of its own in every
frame. A figure is the standard deviation of a pixel over the frames, averaged over the picture, in units
of 0…255.
"""

import os
import sys
import tempfile

import numpy

import pictures
from melt import Melt

CROP = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "gimp", "crop.png")
FRAMES = 8
SIGMA = 20

SETTINGS = {
    "denoise, default preset": {"task": "denoise", "noise": SIGMA},
    "denoise, paper preset (DDIM)": {"task": "denoise", "noise": SIGMA, "preset": "paper", "sampler_steps": 5},
    "denoise, paper preset, DDPM sampler":
        {"task": "denoise", "noise": SIGMA, "preset": "paper", "sampler": "ddpm", "sampler_steps": 5},
}


def deviation(pattern):
    frames = [pictures.read(pattern % number)[..., :3] for number in range(1, FRAMES + 1)]
    return 255 * numpy.std(frames, axis=0).mean()


def main():
    bundle = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as work:
        melt = Melt(bundle, work)
        clean = pictures.read(CROP)[..., :3]
        random = numpy.random.default_rng(1)

        def noisy():
            return numpy.clip(clean + random.normal(0, SIGMA / 255, clean.shape), 0, 1)

        still = noisy()
        for shot in ("still", "noisy"):
            for number in range(1, FRAMES + 1):
                pictures.write(os.path.join(work, f"{shot}16-{number:02}.png"), still if shot == "still" else noisy())
        row = "{:<38}{:>12}{:>12}{:>12}"
        for shot, title in (("still", "the same picture in every frame"), ("noisy", "new noise in every frame")):
            source = os.path.join(work, f"{shot}16-%02d.png")
            print(row.format(title, "source", "one seed", "a seed each"))
            for name, settings in SETTINGS.items():
                figures = [deviation(source)]
                for seed in ("3", f"0=0;{FRAMES - 1}={FRAMES - 1}"):
                    target = os.path.join(work, "out-%02d.png")
                    melt.restore(source, target, {**settings, "seed": seed}, frames=FRAMES)
                    figures.append(deviation(target))
                print(row.format("  " + name, *(f"{figure:.3f}" for figure in figures)), flush=True)


if __name__ == "__main__":
    main()
