"""What is restored both by `dcdp restore` and by the node in a host, and must come out the same.

Every key of `settings` is a parameter of the node and, with dashes for underscores and two in front, an
option of the command line. The pictures and the file settings are made by pictures.py.
"""

from typing import NamedTuple


class Case(NamedTuple):
    name: str
    picture: str
    settings: dict
    """How the command line's picture is made from the one that the host hands to the node: see pictures.prepare."""
    prepare: str = "same"
    """Settings that only one of them has."""
    node: dict = {}
    program: dict = {}


STOCHASTIC = {
    "task": "denoise", "noise": 20, "preset": "paper", "sampler": "ddpm", "sampler_steps": 2,
    "rounds": 2, "t_start": 200, "t_end": 50, "seed": 7,
}

CASES = [
    Case("denoise", "noisy.png", {"task": "denoise", "noise": 20}),
    Case("denoise-automatic", "noisy.png", {"task": "denoise"}),
    Case("denoise-tiled", "noisy.png", {"task": "denoise", "noise": 20, "tile": 96}),
    Case("denoise-stochastic", "noisy.png", STOCHASTIC),
    Case("denoise-linear", "noisy.png", {"task": "denoise", "noise": 20, "transfer": "linear"}),
    Case("denoise-alpha", "transparent.png", {"task": "denoise", "noise": 10}),
    Case("deblur-gaussian", "crop.png", {"task": "deblur", "blur": "gaussian", "blur_sigma": 1.5}),
    Case("deblur-motion", "crop.png",
         {"task": "deblur", "blur": "motion", "blur_length": 9, "blur_angle": 30, "noise": 4}),
    Case("deblur-kernel", "crop.png", {"task": "deblur", "blur": "kernel", "kernel": "kernel.png"}),
    Case("inpaint", "holes.png", {"task": "inpaint"}, "opaque", program={"mask": "mask.png"}),
    Case("inpaint-fast", "holes.png", {"task": "inpaint", "preset": "fast"}, "opaque",
         program={"mask": "mask.png"}),
    Case("super-resolve", "crop.png", {"task": "super-resolve", "scale": 2}, "shrink"),
    Case("super-resolve-3", "crop.png", {"task": "super-resolve", "scale": 3, "noise": 1}, "shrink"),
    Case("sixteen-bit-denoise", "noisy16.png", {"task": "denoise", "noise": 20}),
    Case("sixteen-bit-deblur", "blurred16.png", {"task": "deblur", "blur": "gaussian", "blur_sigma": 1.5}),
    Case("sixteen-bit-super-resolve", "crop16.png", {"task": "super-resolve", "scale": 2}, "shrink"),
    # melt's own arrangement of rows: OpenFX then shows the node an upside-down picture.
    Case("top-first-denoise", "noisy.png", {"task": "denoise", "noise": 20}, "flip", {"mlt_origin": 1}),
    Case("top-first-stochastic", "noisy16.png", STOCHASTIC, "flip", {"mlt_origin": 1}),
]

# Those of the ASWF's HostSupport, which hands over what is in the file, and a mask too.
HOST_SUPPORT = [
    Case("denoise", "noisy16.png", {"task": "denoise", "noise": 20}),
    Case("denoise-automatic", "noisy16.png", {"task": "denoise"}),
    Case("denoise-stochastic", "noisy16.png", STOCHASTIC),
    Case("deblur-motion", "crop16.png",
         {"task": "deblur", "blur": "motion", "blur_length": 9, "blur_angle": 30, "noise": 4}),
    Case("inpaint", "crop16.png", {"task": "inpaint"}, program={"mask": "mask.png"}),
    Case("super-resolve", "crop16.png", {"task": "super-resolve", "scale": 2}, "shrink"),
]

FILE_SETTINGS = ("kernel", "mask")
