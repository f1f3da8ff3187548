"""KAIR's denoisers in PyTorch, to compare the graphs with. The names of parts are those of the checkpoints."""

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from dcdp_export import onnx_file
from dcdp_export.sources.kair import Network
from dcdp_export.torch_file import RawTensor


class FFDNet(nn.Module):
    """Table I of arXiv 1710.04026, `layers` convolutions of `width` channels."""

    def __init__(self, channels: int, width: int, layers: int):
        super().__init__()
        sizes = [4 * channels + 1, *[width] * (layers - 1), 4 * channels]
        parts = [part for inside, outside in zip(sizes, sizes[1:])
                 for part in (nn.Conv2d(inside, outside, 3, padding=1), nn.ReLU())]
        self.model = nn.Sequential(*parts[:-1])

    def forward(self, x: Tensor, sigma: Tensor) -> Tensor:
        h = functional.pixel_unshuffle(x, 2)
        return functional.pixel_shuffle(self.model(_with_sigma(h, sigma)), 2)


class _Block(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.res = nn.Sequential(nn.Conv2d(width, width, 3, padding=1, bias=False), nn.ReLU(),
                                 nn.Conv2d(width, width, 3, padding=1, bias=False))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.res(x)


class DRUNet(nn.Module):
    """Fig. 1 of arXiv 2008.13751: four scales, four residual blocks each, no biases."""

    def __init__(self, channels: int, width: int = 64):
        super().__init__()
        sizes = [width, 2 * width, 4 * width, 8 * width]
        self.m_head = nn.Conv2d(channels + 1, width, 3, padding=1, bias=False)
        for level in (1, 2, 3):
            above, below = sizes[level - 1], sizes[level]
            down = nn.Conv2d(above, below, 2, stride=2, bias=False)
            up = nn.ConvTranspose2d(below, above, 2, stride=2, bias=False)
            setattr(self, f"m_down{level}", nn.Sequential(*[_Block(above) for _ in range(4)], down))
            setattr(self, f"m_up{level}", nn.Sequential(up, *[_Block(above) for _ in range(4)]))
        self.m_body = nn.Sequential(*[_Block(sizes[3]) for _ in range(4)])
        self.m_tail = nn.Conv2d(width, channels, 3, padding=1, bias=False)

    def forward(self, x: Tensor, sigma: Tensor) -> Tensor:
        x1 = self.m_head(_with_sigma(x, sigma))
        x2 = self.m_down1(x1)
        x3 = self.m_down2(x2)
        x4 = self.m_down3(x3)
        h = self.m_up3(self.m_body(x4) + x4)
        h = self.m_up1(self.m_up2(h + x3) + x2)
        return self.m_tail(h + x1)


def _with_sigma(x: Tensor, sigma: Tensor) -> Tensor:
    plane = sigma.reshape(-1, 1, 1, 1).expand(x.shape[0], 1, *x.shape[2:])
    return torch.cat((x, plane), 1)


def build(network: Network, tensors: dict[str, RawTensor]) -> nn.Module:
    """The network in PyTorch, with the weights of a checkpoint."""
    state = {name: torch.frombuffer(bytearray(raw.data), dtype=torch.float32).reshape(raw.shape)
             for name, raw in tensors.items()}
    if network.title == "DRUNet":
        module = DRUNet(network.channels, tensors["m_head.weight"].shape[0])
    else:
        layers = sum(name.endswith(".weight") for name in tensors)
        module = FFDNet(network.channels, tensors["model.0.weight"].shape[0], layers)
    module.load_state_dict(state)
    return module.eval()


@torch.no_grad()
def compare(network: Network, tensors: dict[str, RawTensor], path: Path, limit: float) -> float:
    """The largest relative difference of the graph at `path`; raises `VerificationError` above `limit`."""
    module = build(network, tensors)
    worst = 0.0
    for shape in ((1, 3, 64, 96), (2, 3, 3 * network.size_multiple, 5 * network.size_multiple)):
        generator = torch.Generator().manual_seed(sum(shape))
        x = torch.rand(*shape, generator=generator)
        sigma = torch.linspace(0.02, 0.2, shape[0])
        each = 3 // network.channels
        pictures = x.reshape(-1, network.channels, *shape[2:])
        clean = module(pictures, sigma.repeat_interleave(each)).reshape(shape)
        worst = max(worst, onnx_file.compare(path, {"x": x, "sigma": sigma}, clean, limit))
    return worst
