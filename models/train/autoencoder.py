"""The first stage of the latent prior: a small, fully convolutional KL autoencoder at a quarter of the resolution.

Like the pixel prior it never looks at the extent of the picture, so tiles agree exactly with the whole.
"""

import dataclasses
import json

import torch
import torch.nn.functional as F
from torch import nn

FACTOR = 4  # pixels per latent position and side


@dataclasses.dataclass(frozen=True)
class Config:
    """Channels of the latent, and width and residual blocks of the two halves (all at 1/4 of the picture)."""

    latent: int = 4
    encoder_width: int = 64
    encoder_blocks: int = 3
    decoder_width: int = 64
    decoder_blocks: int = 5

    @property
    def reach(self):
        """Latent positions of context on each side that make both halves exact: stem, blocks of two, head."""
        return 2 + 2 * max(self.encoder_blocks, self.decoder_blocks)

    def to_json(self):
        return json.dumps(dataclasses.asdict(self))

    @staticmethod
    def from_json(text):
        return Config(**json.loads(text))


def conv3(inputs, outputs):
    return nn.Conv2d(inputs, outputs, 3, padding=1)


class Block(nn.Module):
    """x + conv(relu(conv(x)))."""

    def __init__(self, width):
        super().__init__()
        self.first, self.second = conv3(width, width), conv3(width, width)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)

    def forward(self, x):
        return x + self.second(F.relu(self.first(x)))


class Half(nn.Module):
    """head(blocks(stem(x))) plus a linear 1×1 map of x, which alone is a usable code from the first step on."""

    def __init__(self, inputs, width, blocks, outputs):
        super().__init__()
        self.stem, self.head = conv3(inputs, width), conv3(width, outputs)
        self.blocks = nn.ModuleList(Block(width) for _ in range(blocks))
        self.skip = nn.Conv2d(inputs, outputs, 1, bias=False)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, x):
        h = self.stem(x)
        for block in self.blocks:
            h = block(h)
        return self.skip(x) + self.head(h)


class Autoencoder(nn.Module):
    """Encoder and decoder. `mean` and `deviation`, measured when training ends, make the latents standard normal."""

    def __init__(self, config=Config()):
        super().__init__()
        self.config = config
        pixels = 3 * FACTOR**2
        self.encoder = Half(pixels, config.encoder_width, config.encoder_blocks, 2 * config.latent)
        self.decoder = Half(config.latent, config.decoder_width, config.decoder_blocks, pixels)
        self.register_buffer("mean", torch.zeros(1, config.latent, 1, 1))
        self.register_buffer("deviation", torch.ones(1, config.latent, 1, 1))

    @staticmethod
    def from_json(text):
        return Autoencoder(Config.from_json(text))

    @torch.no_grad()
    def start_linear(self, x):
        """Starts from the principal components of the 4×4 blocks of x (N,3,H,W), the best code without context."""
        blocks = F.pixel_unshuffle(x, FACTOR).transpose(0, 1).flatten(1)
        moment = blocks @ blocks.T / blocks.shape[1]
        values, vectors = torch.linalg.eigh(moment)
        count = self.config.latent
        basis, spread = vectors[:, -count:], values[-count:].sqrt()
        self.encoder.skip.weight.zero_()
        self.encoder.skip.weight[:count] = (basis / spread).T[:, :, None, None]
        self.encoder.head.bias[count:] = -8  # log-variance: little noise in the latents
        self.decoder.skip.weight.copy_((basis * spread)[:, :, None, None])

    def posterior(self, x):
        """Mean and log-variance of the latent of x (N,3,H,W), before standardisation; H and W multiples of 4."""
        return self.encoder(F.pixel_unshuffle(x, FACTOR)).chunk(2, dim=1)

    def picture(self, z):
        """The picture of latents before standardisation."""
        return F.pixel_shuffle(self.decoder(z), FACTOR)

    def encode(self, x):
        """x (N,3,H,W) in [-1, 1] to the standardised posterior mean z (N,latent,H/4,W/4)."""
        return (self.posterior(x)[0] - self.mean) / self.deviation

    def decode(self, z):
        """Standardised latents to the picture."""
        return self.picture(z * self.deviation + self.mean)


class Encoder(nn.Module):
    """The shipped graph x to z."""

    def __init__(self, autoencoder):
        super().__init__()
        self.autoencoder = autoencoder

    def forward(self, x):
        return self.autoencoder.encode(x)


class Decoder(nn.Module):
    """The shipped graph z to x."""

    def __init__(self, autoencoder):
        super().__init__()
        self.autoencoder = autoencoder

    def forward(self, z):
        return self.autoencoder.decode(z)


def transposed(convolution):
    """The adjoint of a stride-1, zero-padded convolution (without its bias): a convolution with the flipped kernel.

    ONNX Runtime runs this several times faster than ConvTranspose.
    """
    outputs, inputs, size, _ = convolution.weight.shape
    adjoint = nn.Conv2d(outputs, inputs, size, padding=size // 2, bias=False)
    with torch.no_grad():
        adjoint.weight.copy_(convolution.weight.flip(2, 3).transpose(0, 1))
    return adjoint


class DecoderVjp(nn.Module):
    """The shipped graph (z, u) to g = J_D(z)ᵀ u, an explicit reverse sweep in plain operations."""

    def __init__(self, autoencoder):
        super().__init__()
        self.autoencoder = autoencoder
        half = autoencoder.decoder
        self.stem, self.head, self.skip = (transposed(c) for c in (half.stem, half.head, half.skip))
        self.first = nn.ModuleList(transposed(block.first) for block in half.blocks)
        self.second = nn.ModuleList(transposed(block.second) for block in half.blocks)

    def forward(self, z, u):
        half = self.autoencoder.decoder
        h, open_ = half.stem(z * self.autoencoder.deviation + self.autoencoder.mean), []
        for block in half.blocks:
            inner = block.first(h)
            open_.append((inner > 0).to(h.dtype))
            h = h + block.second(F.relu(inner))
        u = F.pixel_unshuffle(u, FACTOR)
        g = self.head(u)
        for first, second, gate in reversed(list(zip(self.first, self.second, open_))):
            g = g + first(gate * second(g))
        return (self.skip(u) + self.stem(g)) * self.autoencoder.deviation
