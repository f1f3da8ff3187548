"""The graphs a model folder holds, as modules with the inputs and outputs the engine feeds."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from dcdp_export.adjoint import linearise
from dcdp_export.autoencoder import Decoder
from dcdp_export.unet import UNet


class Network(nn.Module):
    """x N×C×H×W and t int64 N to the prediction, N×C×H×W (N×2C×H×W with learned variance), f32."""

    def __init__(self, unet: UNet):
        super().__init__()
        self.unet = unet

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        return self.unet(x, t).float()


@dataclass(frozen=True)
class SigmaRange:
    """The noise levels a consistency model was trained on, and the data's standard deviation."""

    minimum: float = 0.002
    maximum: float = 80.0
    data: float = 0.5


class ConsistencyFunction(nn.Module):
    """f(x, σ) = c_skip·x + c_out·F(c_in·x, 250 ln σ): x N×C×H×W and σ f32 N to the clean picture.

    The boundary f(x, σ_min) = x holds exactly. Source: Song et al. 2023 (arXiv 2303.01469), appendix C.
    """

    def __init__(self, unet: UNet, sigma: SigmaRange):
        super().__init__()
        self.unet = unet
        self.sigma = sigma

    def forward(self, x: Tensor, sigma: Tensor) -> Tensor:
        s = sigma[:, None, None, None]
        data = self.sigma.data
        root = torch.sqrt(s ** 2 + data ** 2)
        offset = s - self.sigma.minimum
        c_skip = data ** 2 / (offset ** 2 + data ** 2)
        c_out = offset * data / root
        return c_skip * x + c_out * self.unet(x / root, 250.0 * torch.log(sigma)).float()


class DecoderVjp(nn.Module):
    """z N×L×h×w and u N×C×H×W to J_D(z)ᵀu, N×L×h×w."""

    def __init__(self, decoder: Decoder):
        super().__init__()
        self.decoder = decoder

    def forward(self, z: Tensor, u: Tensor) -> Tensor:
        return linearise(self.decoder, z)[1](u)


def autograd_vjp(decoder: Decoder, z: Tensor, u: Tensor) -> Tensor:
    """J_D(z)ᵀu by automatic differentiation, straight through the quantiser: the reference for `DecoderVjp`."""
    latent = decoder.quantise(z).detach().requires_grad_()
    return torch.autograd.grad(decoder.decode(latent), latent, u)[0]
