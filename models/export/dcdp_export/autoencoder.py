"""First stages of latent diffusion: the encoder and decoder shared by VQ and KL autoencoders.

Source: Esser et al. 2021 (arXiv 2012.09841), Rombach et al. 2022 (arXiv 2112.10752).
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dcdp_export.layers import Downsample, GroupNorm, Level, Middle, ResBlock, SelfAttention, Upsample


@dataclass(frozen=True)
class AutoencoderConfig:
    """Everything that decides the tensors of a first stage; levels run from fine to coarse."""

    kind: str                           # "vq" or "kl"
    in_channels: int
    out_channels: int
    latent_channels: int                # of the decoder's first convolution
    embedding_channels: int             # of z, after quant_conv
    channels: tuple[int, ...]           # per level
    stem_channels: int
    blocks: int                         # residual blocks per encoder level; one more in the decoder
    encoder_attention: tuple[bool, ...]
    decoder_attention: tuple[bool, ...]
    middle_attention: bool = True
    groups: int = 32
    eps: float = 1e-6
    learned_resample: bool = True
    codes: int | None = None            # VQ codebook entries
    quant_conv: bool = True
    post_quant_conv: bool = True

    @property
    def downsample(self) -> int:
        """Pixels per latent position along each side."""
        return 2 ** (len(self.channels) - 1)


def _middle(config: AutoencoderConfig, width: int) -> Middle:
    norm = dict(groups=config.groups, eps=config.eps)
    attention = SelfAttention(width, 1, **norm) if config.middle_attention else None
    return Middle(ResBlock(width, width, **norm), attention, ResBlock(width, width, **norm))


def _level(config: AutoencoderConfig, inputs: int, outputs: int, count: int, attention: bool,
           resample: nn.Module | None) -> Level:
    norm = dict(groups=config.groups, eps=config.eps)
    blocks = [ResBlock(inputs if j == 0 else outputs, outputs, **norm) for j in range(count)]
    attentions = [SelfAttention(outputs, 1, **norm) for _ in range(count)] if attention else []
    return Level(blocks, attentions, resample)


def _run(level: Level, h: Tensor) -> Tensor:
    for j, block in enumerate(level.blocks):
        h = block(h)
        if level.attentions:
            h = level.attentions[j](h)
    return h if level.resample is None else level.resample(h)


class Encoder(nn.Module):
    """E: a picture N×3×H×W in [−1, 1] to the latent z, N×embedding×H/f×W/f.

    z is the mean for a KL first stage and the value before quantisation for a VQ one; unscaled.
    """

    def __init__(self, config: AutoencoderConfig):
        super().__init__()
        self.config = config
        factor = 2 if config.kind == "kl" else 1
        width = config.stem_channels
        self.stem = nn.Conv2d(config.in_channels, width, 3, padding=1)
        down = []
        for i, channels in enumerate(config.channels):
            resample = None
            if i < len(config.channels) - 1:
                resample = Downsample(channels, config.learned_resample, asymmetric=True)
            down.append(_level(config, width, channels, config.blocks, config.encoder_attention[i], resample))
            width = channels
        self.down = nn.ModuleList(down)
        self.middle = _middle(config, width)
        self.norm_out = GroupNorm(config.groups, width, config.eps)
        self.conv_out = nn.Conv2d(width, factor * config.latent_channels, 3, padding=1)
        self.quant = None
        if config.quant_conv:
            self.quant = nn.Conv2d(factor * config.latent_channels, factor * config.embedding_channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = self.stem(x)
        for level in self.down:
            h = _run(level, h)
        h = self.conv_out(F.silu(self.norm_out(self.middle(h))))
        if self.quant is not None:
            h = self.quant(h)
        return h.chunk(2, dim=1)[0] if self.config.kind == "kl" else h


class Decoder(nn.Module):
    """D: the latent z, N×embedding×h×w, to a picture N×3×f·h×f·w. A VQ decoder quantises z first."""

    def __init__(self, config: AutoencoderConfig):
        super().__init__()
        self.config = config
        self.codebook = None
        if config.kind == "vq":
            self.codebook = nn.Parameter(torch.zeros(config.codes, config.embedding_channels))
        self.post_quant = None
        if config.post_quant_conv:
            self.post_quant = nn.Conv2d(config.embedding_channels, config.latent_channels, 1)
        width = config.channels[-1]
        self.stem = nn.Conv2d(config.latent_channels, width, 3, padding=1)
        self.middle = _middle(config, width)
        up = []
        for i in reversed(range(len(config.channels))):
            channels = config.channels[i]
            resample = Upsample(channels, config.learned_resample) if i > 0 else None
            up.append(_level(config, width, channels, config.blocks + 1, config.decoder_attention[i], resample))
            width = channels
        self.up = nn.ModuleList(up)
        self.norm_out = GroupNorm(config.groups, width, config.eps)
        self.conv_out = nn.Conv2d(width, config.out_channels, 3, padding=1)

    def quantise(self, z: Tensor) -> Tensor:
        """The nearest codebook entry at every position (VQ), z itself (KL).

        argmin ‖z − e‖² is argmax z·e − ‖e‖²/2: the term ‖z‖² is the same for every entry.
        """
        if self.codebook is None:
            return z
        score = z.permute(0, 2, 3, 1) @ self.codebook.t() - 0.5 * (self.codebook ** 2).sum(dim=1)
        return F.embedding(score.argmax(dim=-1), self.codebook).permute(0, 3, 1, 2)

    def forward(self, z: Tensor) -> Tensor:
        return self.decode(self.quantise(z))

    def decode(self, h: Tensor) -> Tensor:
        """The smooth part of D, from a quantised latent."""
        if self.post_quant is not None:
            h = self.post_quant(h)
        h = self.middle(self.stem(h))
        for level in self.up:
            h = _run(level, h)
        return self.conv_out(F.silu(self.norm_out(h)))
