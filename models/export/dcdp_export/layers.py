"""Building blocks shared by the U-Nets and the autoencoders.

Tensors are N×C×H×W. Group normalisation, softmax and time embeddings compute in f32 whatever the
dtype of the weights, so that a half-precision network keeps its range.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class GroupNorm(nn.Module):
    """Group normalisation with affine parameters; statistics over the whole extent of a group."""

    def __init__(self, groups: int, channels: int, eps: float):
        super().__init__()
        self.groups = groups
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        wide = x.to(self.weight.dtype)
        return F.group_norm(wide, self.groups, self.weight, self.bias, self.eps).to(x.dtype)


def sinusoidal_embedding(t: Tensor, channels: int, cosine_first: bool, shift: float) -> Tensor:
    """N×`channels` embedding of N times: frequencies 10000^(−i / (channels/2 − shift))."""
    half = channels // 2
    exponents = torch.arange(half, dtype=torch.float32) / (half - shift)
    angles = t.float()[:, None] * torch.exp(-math.log(10000.0) * exponents)[None, :]
    parts = [angles.cos(), angles.sin()] if cosine_first else [angles.sin(), angles.cos()]
    embedding = torch.cat(parts, dim=1)
    return F.pad(embedding, (0, 1)) if channels % 2 else embedding


class Downsample(nn.Module):
    """Halves both sides: a stride-2 convolution, or 2×2 averaging when `learned` is false.

    `asymmetric` pads the right and bottom edges only, as the first-stage encoders do.
    """

    def __init__(self, channels: int, learned: bool = True, asymmetric: bool = False):
        super().__init__()
        self.asymmetric = asymmetric
        self.conv = None
        if learned:
            self.conv = nn.Conv2d(channels, channels, 3, stride=2, padding=0 if asymmetric else 1)

    def forward(self, x: Tensor) -> Tensor:
        if self.conv is None:
            return F.avg_pool2d(x, 2)
        return self.conv(F.pad(x, (0, 1, 0, 1)) if self.asymmetric else x)


class Upsample(nn.Module):
    """Doubles both sides by repetition, then a 3×3 convolution when `learned`."""

    def __init__(self, channels: int, learned: bool = True):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1) if learned else None

    def forward(self, x: Tensor) -> Tensor:
        x = F.interpolate(x, scale_factor=2.0, mode="nearest")
        return x if self.conv is None else self.conv(x)


class ResBlock(nn.Module):
    """Two normalised 3×3 convolutions around a shortcut, conditioned on a time embedding.

    `scale_shift`: the embedding scales and shifts the second normalisation instead of being added.
    `resample` (`"down"`, `"up"` or None) halves or doubles both branches before the first convolution.
    """

    def __init__(self, inputs: int, outputs: int, *, groups: int, eps: float, embedding: int | None = None,
                 scale_shift: bool = False, resample: str | None = None, output_scale: float = 1.0):
        super().__init__()
        self.scale_shift = scale_shift
        self.output_scale = output_scale
        self.norm1 = GroupNorm(groups, inputs, eps)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.time = nn.Linear(embedding, outputs * (2 if scale_shift else 1)) if embedding else None
        self.norm2 = GroupNorm(groups, outputs, eps)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.shortcut = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else None
        self.resample = None
        if resample == "down":
            self.resample = Downsample(inputs, learned=False)
        elif resample == "up":
            self.resample = Upsample(inputs, learned=False)

    def forward(self, x: Tensor, embedding: Tensor | None = None) -> Tensor:
        h = F.silu(self.norm1(x))
        if self.resample is not None:
            h, x = self.resample(h), self.resample(x)
        h = self.conv1(h)
        if self.time is None:
            h = self.norm2(h)
        else:
            conditioning = self.time(F.silu(embedding))[:, :, None, None]
            if self.scale_shift:
                scale, shift = conditioning.chunk(2, dim=1)
                h = self.norm2(h) * (1 + scale) + shift
            else:
                h = self.norm2(h + conditioning)
        h = self.conv2(F.silu(h))
        if self.shortcut is not None:
            x = self.shortcut(x)
        return x + h if self.output_scale == 1.0 else (x + h) / self.output_scale


class SelfAttention(nn.Module):
    """Attention over all H·W positions, with a residual connection.

    `qkv` stacks the query, key and value rows, each holding the heads one after another.
    `groups` None leaves the input unnormalised.
    """

    def __init__(self, channels: int, heads: int, *, groups: int | None, eps: float, output_scale: float = 1.0):
        super().__init__()
        self.heads = heads
        self.output_scale = output_scale
        self.norm = GroupNorm(groups, channels, eps) if groups else None
        self.qkv = nn.Linear(channels, 3 * channels)
        self.out = nn.Linear(channels, channels)

    def project(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values of N×C×H×W, each N×heads×(H·W)×(C/heads)."""
        n, c, height, width = x.shape
        tokens = x.reshape(n, c, height * width).transpose(1, 2)
        split = self.qkv(tokens).reshape(n, height * width, 3, self.heads, c // self.heads)
        q, k, v = split.permute(2, 0, 3, 1, 4).unbind(0)
        return q, k, v

    def weights(self, q: Tensor, k: Tensor) -> Tensor:
        """Attention weights N×heads×(H·W)×(H·W); the root scale goes on both sides to spare f16 range."""
        scale = self.scale() ** 0.5
        scores = (q * scale) @ (k * scale).transpose(-1, -2)
        wide = torch.promote_types(scores.dtype, torch.float32)
        return torch.softmax(scores.to(wide), dim=-1).to(scores.dtype)

    def scale(self) -> float:
        return (self.qkv.in_features // self.heads) ** -0.5

    @staticmethod
    def merge(heads: Tensor) -> Tensor:
        """N×heads×L×D to N×L×(heads·D)."""
        n, count, length, depth = heads.shape
        return heads.transpose(1, 2).reshape(n, length, count * depth)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.project(x if self.norm is None else self.norm(x))
        h = self.out(self.merge(self.weights(q, k) @ v)).transpose(1, 2).reshape(x.shape)
        return x + h if self.output_scale == 1.0 else (x + h) / self.output_scale


class Level(nn.Module):
    """One resolution of a U-Net or autoencoder: residual blocks, each with optional attention, then
    an optional change of resolution."""

    def __init__(self, blocks: list[ResBlock], attentions: list[SelfAttention], resample: nn.Module | None):
        super().__init__()
        self.blocks = nn.ModuleList(blocks)
        self.attentions = nn.ModuleList(attentions)
        self.resample = resample


class Middle(nn.Module):
    """The coarsest part: residual block, optional attention, residual block."""

    def __init__(self, first: ResBlock, attention: SelfAttention | None, second: ResBlock):
        super().__init__()
        self.first = first
        self.attention = attention
        self.second = second

    def forward(self, x: Tensor, embedding: Tensor | None = None) -> Tensor:
        x = self.first(x, embedding)
        if self.attention is not None:
            x = self.attention(x)
        return self.second(x, embedding)
