"""The convolutional U-Net with attention behind every supported pixel, latent and consistency model.

Source: Ho et al. 2020 (arXiv 2006.11239), Dhariwal and Nichol 2021 (arXiv 2105.05233).
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dcdp_export.layers import (Downsample, GroupNorm, Level, Middle, ResBlock, SelfAttention, Upsample,
                                sinusoidal_embedding)


@dataclass(frozen=True)
class UNetConfig:
    """Everything that decides the tensors and the arithmetic of a `UNet`; levels run from fine to coarse."""

    in_channels: int
    out_channels: int
    stem_channels: int                  # channels after the first convolution
    time_channels: int                  # sinusoidal embedding
    time_hidden: int                    # embedding fed to the residual blocks
    channels: tuple[int, ...]           # per level
    blocks: int                         # residual blocks per level going down; one more going up
    down_heads: tuple[int, ...]         # attention heads per level, 0 without attention
    up_heads: tuple[int, ...]
    middle_heads: int
    down_resample: tuple[str, ...]      # "conv", "pool" or "block" between level i and i+1
    up_resample: tuple[str, ...]        # "conv", "repeat" or "block" between level i+1 and i
    asymmetric_padding: bool = False    # stride-2 convolutions pad right and bottom only
    scale_shift: bool = False
    groups: int = 32
    middle_attention_groups: int | None = 32
    eps: float = 1e-5
    cosine_first: bool = True
    frequency_shift: float = 0.0
    middle_output_scale: float = 1.0
    centre_input: bool = False          # feed 2x − 1
    classes: int | None = None

    @property
    def size_multiple(self) -> int:
        """Width and height must be multiples of this."""
        return 2 ** (len(self.channels) - 1)


class UNet(nn.Module):
    """Predicts N×out×H×W from N×in×H×W and N times; H and W are multiples of `config.size_multiple`."""

    def __init__(self, config: UNetConfig):
        super().__init__()
        self.config = config
        self.stem = nn.Conv2d(config.in_channels, config.stem_channels, 3, padding=1)
        self.time = nn.ModuleList([nn.Linear(config.time_channels, config.time_hidden),
                                   nn.Linear(config.time_hidden, config.time_hidden)])
        self.label = nn.Embedding(config.classes, config.time_hidden) if config.classes else None
        self.class_index: int | None = None
        skips = [config.stem_channels]
        width = config.stem_channels
        last = len(config.channels) - 1

        down = []
        for i, channels in enumerate(config.channels):
            blocks, attentions = [], []
            for _ in range(config.blocks):
                blocks.append(self._block(width, channels))
                width = channels
                skips.append(width)
                if config.down_heads[i]:
                    attentions.append(self._attention(width, config.down_heads[i]))
            resample = None
            if i < last:
                kind = config.down_resample[i]
                resample = (self._block(width, width, resample="down") if kind == "block"
                            else Downsample(width, kind == "conv", config.asymmetric_padding))
                skips.append(width)
            down.append(Level(blocks, attentions, resample))
        self.down = nn.ModuleList(down)

        scale = config.middle_output_scale
        attention = None
        if config.middle_heads:
            attention = SelfAttention(width, config.middle_heads, groups=config.middle_attention_groups,
                                      eps=config.eps, output_scale=scale)
        self.middle = Middle(self._block(width, width, output_scale=scale), attention,
                             self._block(width, width, output_scale=scale))

        up = []
        for i in reversed(range(len(config.channels))):
            blocks, attentions = [], []
            for _ in range(config.blocks + 1):
                blocks.append(self._block(width + skips.pop(), config.channels[i]))
                width = config.channels[i]
                if config.up_heads[i]:
                    attentions.append(self._attention(width, config.up_heads[i]))
            resample = None
            if i > 0:
                kind = config.up_resample[i - 1]
                resample = (self._block(width, width, resample="up") if kind == "block"
                            else Upsample(width, kind == "conv"))
            up.append(Level(blocks, attentions, resample))
        self.up = nn.ModuleList(up)

        self.norm_out = GroupNorm(config.groups, width, config.eps)
        self.conv_out = nn.Conv2d(width, config.out_channels, 3, padding=1)

    def _block(self, inputs: int, outputs: int, **kwargs) -> ResBlock:
        c = self.config
        return ResBlock(inputs, outputs, groups=c.groups, eps=c.eps, embedding=c.time_hidden,
                        scale_shift=c.scale_shift, **kwargs)

    def _attention(self, channels: int, heads: int) -> SelfAttention:
        return SelfAttention(channels, heads, groups=self.config.groups, eps=self.config.eps)

    def to_half(self) -> "UNet":
        """Convolutions and attention in f16; normalisation and the time embedding stay in f32."""
        self.half()
        for module in self.modules():
            if isinstance(module, (GroupNorm, nn.Embedding)) or module is self.time:
                module.float()
        return self

    def embed(self, t: Tensor) -> Tensor:
        c = self.config
        embedding = sinusoidal_embedding(t, c.time_channels, c.cosine_first, c.frequency_shift)
        embedding = self.time[1](F.silu(self.time[0](embedding.to(self.time[0].weight.dtype))))
        if self.label is not None:
            embedding = embedding + self.label.weight[self.class_index]
        return embedding

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        x = x.to(self.stem.weight.dtype)
        embedding = self.embed(t).to(x.dtype)
        h = self.stem(2 * x - 1 if self.config.centre_input else x)
        skips = [h]
        for level in self.down:
            for j, block in enumerate(level.blocks):
                h = block(h, embedding)
                if level.attentions:
                    h = level.attentions[j](h)
                skips.append(h)
            if level.resample is not None:
                h = self._resample(level.resample, h, embedding)
                skips.append(h)
        h = self.middle(h, embedding)
        for level in self.up:
            for j, block in enumerate(level.blocks):
                h = block(torch.cat([h, skips.pop()], dim=1), embedding)
                if level.attentions:
                    h = level.attentions[j](h)
            if level.resample is not None:
                h = self._resample(level.resample, h, embedding)
        return self.conv_out(F.silu(self.norm_out(h)))

    @staticmethod
    def _resample(layer: nn.Module, h: Tensor, embedding: Tensor) -> Tensor:
        return layer(h, embedding) if isinstance(layer, ResBlock) else layer(h)
