"""What was there before diffusion models, from the libraries that people use."""

import bm3d
import cv2
import numpy as np
import skimage.restoration
import torch

from tasks import camera


def codes(tensor):
    """(1,3,H,W) to (H,W,3) in double precision."""
    return tensor[0].permute(1, 2, 0).double().numpy()


def tensor(picture):
    return torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1))[None]).float().clamp(0, 1)


def deblurred(problem, solve):
    """`solve` (channel, psf) on every channel of the mirrored picture, of its light where light was blurred."""
    measured, edge = codes(problem.measured), 32
    in_light = problem.exact is not None
    measured = camera.decode(np.clip(measured, 0, 1)) if in_light else measured
    wide = np.pad(measured, ((edge, edge), (edge, edge), (0, 0)), "reflect")
    wide = np.stack([solve(wide[..., c], problem.psf) for c in range(3)], -1)
    sharp = np.clip(wide[edge:-edge, edge:-edge], 0, 1)
    return tensor(camera.encode(sharp) if in_light else sharp)


def richardson_lucy(problem, prior, generator, iterations):
    def solve(channel, psf):
        return skimage.restoration.richardson_lucy(np.clip(channel, 1e-4, None), psf, num_iter=iterations, clip=False)

    return deblurred(problem, solve)


def wiener(problem, prior, generator, balance):
    """The Wiener filter with the noise's variance, at least that of rounding, times `balance` as its regulariser."""
    regulariser = balance * max(problem.sigma, 1e-3) ** 2
    return deblurred(problem, lambda channel, psf: skimage.restoration.wiener(channel, psf, regulariser, clip=False))


def cbm3d(problem, prior, generator):
    return tensor(bm3d.bm3d_rgb(codes(problem.measured), problem.sigma))


def non_local_means(problem, prior, generator):
    """scikit-image's, with the windows and strength of its gallery for the fast algorithm and a known noise."""
    return tensor(skimage.restoration.denoise_nl_means(
        codes(problem.measured), h=0.6 * problem.sigma, sigma=problem.sigma, fast_mode=True, patch_size=5,
        patch_distance=6, channel_axis=-1))


def telea(problem, prior, generator):
    picture = np.round(np.clip(codes(problem.measured), 0, 1) * 255).astype(np.uint8)
    return tensor(cv2.inpaint(picture, problem.mask.astype(np.uint8), 3, cv2.INPAINT_TELEA) / 255)


def biharmonic(problem, prior, generator):
    return tensor(skimage.restoration.inpaint_biharmonic(codes(problem.measured), problem.mask, channel_axis=-1))


def bicubic(problem, prior, generator):
    height, width = problem.truth.shape[:2]
    return tensor(cv2.resize(codes(problem.measured), (width, height), interpolation=cv2.INTER_CUBIC))


def untouched(problem, prior, generator):
    """The measurement itself, enlarged by bicubic interpolation where it is smaller."""
    same = problem.measured.shape[-2:] == problem.truth.shape[:2]
    return problem.measured.clamp(0, 1) if same else bicubic(problem, prior, generator)
