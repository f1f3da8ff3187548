"""The measurements of the comparison as operators of deepinv: pictures (1,3,H,W) with codes 0...1.

`blur` and `enlarge` are those of the paper's experiments, reflect-padded blur and MATLAB's antialiased bicubic; the test
compares them with the authors' own arrays (`tests/golden`) and with `dcdp degrade`.
"""

import deepinv
import numpy as np
import scipy.fft
import torch
from scipy.ndimage import gaussian_filter1d


def reflected(length, reach):
    """The positions 0...length-1 that a line sees when it is continued by `reach` on both sides, without its edge."""
    return np.pad(np.arange(length), reach, mode="reflect")


def gaussian_matrix(length, sigma):
    """One axis of a Gaussian blur, truncated at 4 sigma, as a matrix (length, length)."""
    reach = int(4 * sigma + 0.5)
    taps = gaussian_filter1d(np.eye(1, 2 * reach + 1, reach)[0], sigma)
    seen, matrix = reflected(length, reach), np.zeros((length, length))
    for row in range(length):
        np.add.at(matrix[row], seen[row : row + taps.size], taps)
    return matrix


def cubic(x):
    x = np.abs(x)
    near, far = 1.5 * x**3 - 2.5 * x**2 + 1, -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    return np.where(x <= 1, near, np.where(x <= 2, far, 0.0))


def bicubic_matrix(length, factor):
    """One axis of MATLAB's antialiased bicubic reduction as a matrix (length / factor, length)."""
    matrix = np.zeros((length // factor, length))
    for row in range(matrix.shape[0]):
        centre = (row + 0.5) * factor - 0.5
        taps = np.arange(np.floor(centre - 2 * factor), np.ceil(centre + 2 * factor) + 1)
        weights = cubic((centre - taps) / factor)
        mirrored = np.where(taps < 0, -taps - 1, np.where(taps >= length, 2 * length - 1 - taps, taps))
        np.add.at(matrix[row], mirrored.astype(int), weights / weights.sum())
    return matrix


def tensor(array):
    return torch.tensor(array, dtype=torch.float32)


class Separable(deepinv.physics.DecomposablePhysics):
    """x -> rows x columnsᵀ, with its singular value decomposition."""

    def __init__(self, rows, columns, **kwargs):
        super().__init__(**kwargs)
        self.rows, self.columns = tensor(rows), tensor(columns)
        (self.up, s, self.vp), (self.uq, t, self.vq) = self.decomposed(rows), self.decomposed(columns)
        self.mask = torch.outer(s, t).expand(1, 3, -1, -1).clone()

    @staticmethod
    def decomposed(matrix):
        u, s, vt = np.linalg.svd(matrix)
        return tensor(u), tensor(np.pad(s, (0, matrix.shape[1] - s.size))), tensor(vt.T)

    def A(self, x, **kwargs):
        return self.rows @ x @ self.columns.T

    def A_adjoint(self, y, **kwargs):
        return self.rows.T @ y @ self.columns

    def U(self, x):
        return self.up @ x[..., : self.up.shape[0], : self.uq.shape[0]] @ self.uq.T

    def U_adjoint(self, x, **kwargs):
        missing = self.vp.shape[0] - x.shape[-2], self.vq.shape[0] - x.shape[-1]
        return torch.nn.functional.pad(self.up.T @ x @ self.uq, (0, missing[1], 0, missing[0]))

    def V(self, x, **kwargs):
        return self.vp @ x @ self.vq.T

    def V_adjoint(self, x):
        return self.vp.T @ x @ self.vq


class Blur(deepinv.physics.LinearPhysics):
    """Convolution with a point-spread function of odd sides, pictures continued by reflection."""

    def __init__(self, psf, height, width, **kwargs):
        super().__init__(solver="CG", max_iter=50, **kwargs)
        self.up, self.left = psf.shape[0] // 2, psf.shape[1] // 2
        self.rows, self.columns = torch.tensor(reflected(height, self.up)), torch.tensor(reflected(width, self.left))
        self.size = [scipy.fft.next_fast_len(side, real=True) for side in (len(self.rows), len(self.columns))]
        self.height, self.width = height, width
        self.spectrum = torch.fft.rfft2(tensor(psf), s=self.size)

    def A(self, x, **kwargs):
        seen = x[..., self.rows, :][..., self.columns]
        whole = torch.fft.irfft2(torch.fft.rfft2(seen, s=self.size) * self.spectrum, s=self.size)
        up, left = 2 * self.up, 2 * self.left
        return whole[..., up : up + self.height, left : left + self.width]

    def A_adjoint(self, y, **kwargs):
        size = y.shape[:-2]
        spread = torch.nn.functional.pad(y, (2 * self.left, 0, 2 * self.up, 0))
        seen = torch.fft.irfft2(torch.fft.rfft2(spread, s=self.size) * self.spectrum.conj(), s=self.size)
        seen = seen[..., : len(self.rows), : len(self.columns)]
        folded = torch.zeros(*size, self.height, seen.shape[-1]).index_add_(-2, self.rows, seen)
        return torch.zeros(*size, self.height, self.width).index_add_(-1, self.columns, folded)


def decode(code):
    """sRGB codes 0...1 to linear light, differentiable; what lies outside 0...1 continues the curve's ends."""
    power = ((code.clamp(min=0.04045) + 0.055) / 1.055) ** 2.4
    return torch.where(code <= 0.04045, code / 12.92, power)


def encode(light):
    """Linear light to sRGB codes."""
    power = 1.055 * light.clamp(min=0.0031308) ** (1 / 2.4) - 0.055
    return torch.where(light <= 0.0031308, 12.92 * light, power)


class InLight(deepinv.physics.Physics):
    """A linear operator that acts on the light of a picture of sRGB codes; not linear itself."""

    def __init__(self, inner, **kwargs):
        super().__init__(**kwargs)
        self.inner = inner

    def A(self, x, **kwargs):
        return encode(self.inner.A(decode(x)))


def enlarge(height, width, factor):
    """Reduction by `factor`, the measurement of an enlargement."""
    return Separable(bicubic_matrix(height, factor), bicubic_matrix(width, factor))


def gaussian(height, width, sigma):
    """The blur by a Gaussian."""
    return Separable(gaussian_matrix(height, sigma), gaussian_matrix(width, sigma))


def hole(mask):
    """`mask` (H,W), true where nothing is known."""
    known = tensor(~mask).expand(3, -1, -1)
    return deepinv.physics.Inpainting(img_size=tuple(known.shape), mask=known)
