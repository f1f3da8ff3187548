"""What is restored both by `dcdp restore` and inside GIMP, and must come out the same.

Every key of `settings` is an argument of plug-in-dcdp-restore and, with two dashes in front, an
option of the command line. `picture` and the file settings are made by inputs.py.
"""

import os
from typing import NamedTuple

# A tiny network: what happens to the pixels on the way to the model and back is the same for any.
TINY_PRIOR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../data/tiny-prior")


class Case(NamedTuple):
    name: str
    picture: str
    settings: dict
    """Largest difference between two encoded values in 0…1."""
    tolerance: float = 1.001 / 255
    """Settings of the command line alone."""
    program: dict = {}

    @property
    def arguments(self):
        """The settings, with the tiny model where they name none."""
        return {"model": TINY_PRIOR, **self.settings}

    @property
    def expected(self):
        """The file that the command line writes."""
        return f"expected-{self.name}.{self.picture.rsplit('.')[-1].replace('jpg', 'png')}"


FLOAT = 1e-3

CASES = [
    Case("denoise", "rgb.png", {"task": "denoise", "noise": 20}),
    Case("bundled-model", "rgb.png", {"task": "denoise", "noise": 20, "model": "photo"}),
    Case("automatic-model", "rgb.png", {"task": "denoise", "noise": 20, "model": "auto"}),
    Case("denoise-automatic", "rgb.png", {"task": "denoise"}),
    Case("deblur-gaussian", "rgb.png", {"task": "deblur", "blur": "gaussian", "blur-sigma": 1.5}),
    Case("deblur-motion", "rgb.png",
         {"task": "deblur", "blur": "motion", "blur-length": 9, "blur-angle": 30, "noise": 4}),
    Case("deblur-kernel", "rgb.png", {"task": "deblur", "blur": "kernel", "kernel": "kernel.png"}),
    Case("inpaint", "rgb.png", {"task": "inpaint", "mask": "mask.png"},
         # GIMP leaves what surrounds a fill as it is, noise included.
         program={"noise": 0}),
    Case("dejpeg", "decoded.png", {"task": "dejpeg"}),
    # GIMP and the command line decode the file by different libraries, a step apart here and there.
    Case("dejpeg-file", "decoded.jpg", {"task": "dejpeg"}, 3.001 / 255),
    Case("super-resolve", "small.png", {"task": "super-resolve", "scale": 2}),
    Case("paper", "small.png",
         {"task": "super-resolve", "scale": 2, "preset": "paper", "rounds": 2, "gradient-steps": 5,
          "sampler": "ddpm", "sampler-steps": 2, "t-start": 100, "t-end": 5, "seed": 7}),
    Case("advanced", "rgb.png",
         {"task": "deblur", "blur": "gaussian", "blur-sigma": 1.5, "boundary": "symmetric", "optimizer": "adam", "step": 0.02,
          "weight-decay": 0.1, "schedule": "cosine", "rounds": 3, "overlap": 12, "threads": 1,
          "max-memory": 2000}),
    Case("sixteen-bit", "rgb16.png", {"task": "denoise", "noise": 20}, FLOAT),
    Case("float", "float.exr", {"task": "denoise", "noise": 20}, FLOAT),
    Case("gray", "gray.png", {"task": "denoise", "noise": 20}),
    Case("gray-alpha", "gray-alpha.png", {"task": "denoise", "noise": 20}),
    Case("alpha", "rgba.png", {"task": "deblur", "blur": "gaussian", "blur-sigma": 1.2}),
    Case("alpha-larger", "rgba.png", {"task": "super-resolve", "scale": 2}),
    Case("tiled", "large.png", {"task": "denoise", "noise": 20, "tile": 192}),
]
FILE_SETTINGS = ("kernel", "mask")


def case(name):
    return next(case for case in CASES if case.name == name)
