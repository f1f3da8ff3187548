"""What is restored: how a measurement is made of a picture, what is known of it, and what `dcdp` is told.

Codes are 0...1. The paper's noise levels live on -1...1: sigma_y there is sigma_y / 2 here and 127.5 sigma_y for `dcdp`.
"""

import dataclasses
import io
import pathlib
import sys
import zlib

import deepinv
import numpy as np
import torch
from PIL import Image
from scipy.signal import fftconvolve

import operators

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "evaluate"))
import blur  # noqa: E402
import camera  # noqa: E402

SIDE = 256  # of the pictures, unless told; what is real is measured on a wider one
MARGIN = 32


@dataclasses.dataclass
class Problem:
    """A measurement, with what a method may know of it."""

    kind: str  # denoise, deblur, inpaint or super-resolve
    truth: np.ndarray  # (H,W,3), codes 0...1
    measured: torch.Tensor  # (1,3,h,w)
    physics: deepinv.physics.Physics  # the operator, taken to be linear in codes
    sigma: float  # of the noise, in codes
    options: list  # of `dcdp restore`, without those of a method
    exact: deepinv.physics.Physics = None  # the operator as it is, where that is not linear
    psf: np.ndarray = None
    mask: np.ndarray = None  # true = unknown
    file: bytes = None  # the measurement as a file; float TIFF of `measured` where there is none
    suffix: str = ".tiff"

    def forward(self, x):
        """The operator on pictures in -1...1, which the measurement in -1...1 (`signed`) belongs to."""
        if self.exact is not None:
            return 2 * self.exact.A((x + 1) / 2) - 1
        return self.physics.A(x)

    @property
    def signed(self):
        """The measurement of the picture in -1...1; 0 where nothing is known."""
        if self.exact is not None:
            return 2 * self.measured - 1
        return 2 * self.measured - self.physics.A(torch.ones(1, 3, *self.truth.shape[:2]))


@dataclasses.dataclass(frozen=True)
class Task:
    """A row group of the tables."""

    name: str
    title: str
    table: str  # paper, noise or real
    make: callable  # (wide picture, side, seed, engine) -> Problem


def to_tensor(codes):
    return torch.from_numpy(np.ascontiguousarray(codes.transpose(2, 0, 1))[None]).float()


def middle(codes, side):
    top, left = ((length - side) // 2 for length in codes.shape[:2])
    return codes[top : top + side, left : left + side]


def gaussian_noise(shape, sigma, seed, name):
    """The same for the same seed and task, whatever else runs."""
    random = np.random.default_rng([seed, zlib.crc32(name.encode())])
    return torch.from_numpy(random.standard_normal(shape)).float() * sigma


def simulated(name, operator, sigma_y=0.0):
    """A task of the paper: `operator` (truth, engine) -> (kind, physics, options, what else is known)."""

    def make(wide, side, seed, engine):
        truth = middle(wide, side)
        kind, physics, options, known = operator(truth, engine)
        measured = physics.A(to_tensor(truth))
        measured = measured + gaussian_noise(measured.shape, sigma_y / 2, seed, name)
        if "mask" in known:
            measured = measured * (~torch.from_numpy(known["mask"])).float()
        options = [*options, "--noise", f"{127.5 * sigma_y:g}", "--transfer", "srgb"]
        physics.noise_model = deepinv.physics.GaussianNoise(sigma_y / 2)
        return Problem(kind, truth, measured, physics, sigma_y / 2, options, **known)

    return make


def four_times(truth, engine):
    options = ["--task", "super-resolve", "--scale", "4"]
    return "super-resolve", operators.enlarge(*truth.shape[:2], 4), options, {}


def box(truth, engine):
    """The paper's box, 100 pixels of 256, in the middle."""
    height, width = truth.shape[:2]
    side = round(min(height, width) * 100 / 256)
    mask = np.zeros((height, width), bool)
    top, left = (height - side) // 2, (width - side) // 2
    mask[top : top + side, left : left + side] = True
    return "inpaint", operators.hole(mask), ["--task", "inpaint"], {"mask": mask}


DEBLUR = ["--task", "deblur", "--blur-light", "encoded", "--boundary", "reflect"]


def gaussian_3(truth, engine):
    options = [*DEBLUR, "--blur", "gaussian:3"]
    return "deblur", operators.gaussian(*truth.shape[:2], 3), options, {"psf": blur.gaussian(3) / blur.gaussian(3).sum()}


def random_motion(truth, engine):
    """The paper's random 61x61 kernel of intensity 0.5; every picture gets the same."""
    psf = engine.random_kernel(7)
    return "deblur", operators.Blur(psf, *truth.shape[:2]), [*DEBLUR, "--blur", "random:7"], {"psf": psf}


def from_file(kind, options, picture, truth, data):
    """A denoising problem of an 8-bit file, its noise taken to be white and as large as the error is."""
    codes = np.asarray(picture.convert("RGB")) / 255
    sigma = float(np.sqrt(np.mean((codes - truth) ** 2)))
    physics = deepinv.physics.Denoising(deepinv.physics.GaussianNoise(sigma))
    file, suffix = data
    return Problem(kind, truth, to_tensor(codes), physics, sigma, options, file=file, suffix=suffix)


def stored(picture, **options):
    file = io.BytesIO()
    picture.save(file, **options)
    return file.getvalue()


def photographed(condition):
    """A camera's noise (models/evaluate/camera.py), which `dcdp` has to measure by itself."""

    def make(wide, side, seed, engine):
        noisy, clean = camera.simulate(camera.to_picture(middle(wide, side)), condition, seed)
        truth = np.asarray(clean) / 255
        # The file's compression is in the pixels of `noisy`; kept as pixels, every method starts from the same.
        return from_file("denoise", ["--task", "denoise"], noisy, truth, (stored(noisy, format="PNG"), ".png"))

    return make


def compressed(wide, side, seed, engine):
    """A JPEG file of quality 20, 4:2:0."""
    truth = np.round(middle(wide, side) * 255) / 255
    file = stored(camera.to_picture(truth), format="JPEG", quality=20, subsampling=2)
    return from_file("denoise", ["--task", "dejpeg"], Image.open(io.BytesIO(file)), truth, (file, ".jpg"))


def blurred_light(wide, side, seed, engine):
    """Light moved by 15 pixels at 30 degrees, noise of 2, 8 bits; what lies beyond the edges is the photograph's."""
    psf = blur.line_by_distance(15, 30)
    psf /= psf.sum()
    light = camera.decode(middle(wide, side + 2 * MARGIN))
    light = np.stack([fftconvolve(light[..., c], psf, "same") for c in range(3)], -1)
    codes = camera.encode(middle(light, side))
    codes = codes + np.random.default_rng([seed, 15]).normal(scale=2 / 255, size=codes.shape)
    picture, truth = camera.to_picture(codes), middle(wide, side)
    known = operators.Blur(psf, *truth.shape[:2])
    known.noise_model = deepinv.physics.GaussianNoise(2 / 255)
    measured = to_tensor(np.asarray(picture) / 255)
    options = ["--task", "deblur", "--blur", "motion:15,30", "--noise", "2"]
    file = stored(picture, format="PNG")
    return Problem("deblur", truth, measured, known, 2 / 255, options, exact=operators.InLight(known), psf=psf,
                   file=file, suffix=".png")


PAPER = {
    "sr4": ("Super-resolution ×4", four_times),
    "box": ("Inpainting, box", box),
    "gaussian": ("Gaussian deblurring", gaussian_3),
    "motion": ("Motion deblurring", random_motion),
}
NOISES = (0.05, 0.075, 0.1)
REAL = {
    "camera-10": ("Camera noise 10", photographed("camera-10-menon-q92")),
    "camera-20": ("Camera noise 20", photographed("camera-20-edge-q85")),
    "light": ("Motion in light, σ 2", blurred_light),
    "jpeg-20": ("JPEG, quality 20", compressed),
}


def all_tasks():
    """Every task by name."""
    found = [Task(name, title, "paper", simulated(name, operator)) for name, (title, operator) in PAPER.items()]
    for name in ("sr4", "gaussian", "motion"):
        title, operator = PAPER[name]
        for sigma in NOISES:
            noisy = f"{name}-{sigma:g}"
            found.append(Task(noisy, f"{title}, σ_y {sigma:g}", "noise", simulated(noisy, operator, sigma)))
    found += [Task(name, title, "real", make) for name, (title, make) in REAL.items()]
    return {task.name: task for task in found}
