"""The consistency model: the same network with the boundary condition f(x, sigma_min) = x (Song et al. 2023)."""

import torch
from torch import nn

SIGMA_MIN = 0.002
SIGMA_MAX = 80.0
SIGMA_DATA = 1.0  # of the pixel prior's v-prediction, whose weights it starts from


class ConsistencyModel(nn.Module):
    """x (N,3,H,W) = picture in [-1, 1] + sigma * noise, and sigma (N) in 0.002...80, to the denoised picture.

    f = c_skip x + c_out v(c_in x), with the sign of c_out turned so that at large sigma f is the pixel prior's x0.
    """

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x, sigma):
        sigma_ = sigma[:, None, None, None]
        above = sigma_ - SIGMA_MIN
        total = torch.sqrt(sigma_ * sigma_ + SIGMA_DATA**2)
        skip = SIGMA_DATA**2 / (above * above + SIGMA_DATA**2)
        v = self.network(x / total, -2.0 * torch.log(sigma))
        return skip * x - SIGMA_DATA * above / total * v


def karras_sigmas(count, rho=7.0):
    """`count` noise levels from SIGMA_MIN up to SIGMA_MAX (Karras et al. 2022, eq. 5, ascending)."""
    ramp = torch.linspace(0, 1, count, dtype=torch.float64)
    low, high = SIGMA_MIN ** (1 / rho), SIGMA_MAX ** (1 / rho)
    return ((low + ramp * (high - low)) ** rho).float()
