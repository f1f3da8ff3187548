"""The pixel and the latent prior: a small, fully convolutional, noise-conditioned U-Net.

Nothing in it looks at the extent of the picture (no normalisation, pooling or attention over space), so the
output at a pixel depends on a fixed neighbourhood and tiles agree exactly with the whole picture.
"""

import dataclasses
import json

import torch
import torch.nn.functional as F
from torch import nn

TIMESTEPS = 1000


@dataclasses.dataclass(frozen=True)
class Schedule:
    """The betas: from `start` to `end`, evenly spaced themselves ("linear") or in their roots ("scaled_linear")."""

    name: str
    start: float
    end: float

    def alpha_bar(self):
        """Cumulative product of 1 - beta, shape (1000,), float64."""
        power = 0.5 if self.name == "scaled_linear" else 1.0
        betas = torch.linspace(self.start**power, self.end**power, TIMESTEPS, dtype=torch.float64) ** (1 / power)
        return torch.cumprod(1.0 - betas, dim=0)


PIXEL = Schedule("linear", 1e-4, 0.02)
LATENT = Schedule("scaled_linear", 0.0015, 0.0195)


@dataclasses.dataclass(frozen=True)
class Config:
    """Widths of the levels and the blocks of each.

    The levels are at 1/2, 1/4 and 1/8 of the input's resolution, or with `patch` 1 at 1, 1/2 and 1/4. A block is named
    by the sizes of its two kernels: "33", "31" or "11". `encoder` and `decoder` hold one tuple of blocks for every level
    but the coarsest, whose blocks are `middle`.
    """

    widths: tuple = (64, 128, 256)
    channels: int = 3
    patch: int = 2
    encoder: tuple = (("33",), ("33",))
    middle: tuple = ("31", "11")
    decoder: tuple = (("33",), ("31", "11"))
    embedding: int = 128

    @property
    def size_multiple(self):
        return self.patch * 2 ** (len(self.widths) - 1)

    def reach(self, position):
        """The furthest input pixel (below 0 is possible) that output pixel `position` depends on to its left."""

        def through(blocks, pixels):
            return pixels * sum(kernel == "3" for block in blocks for kernel in block)

        edge = position // self.patch * self.patch - self.patch  # head
        for level, blocks in enumerate(self.decoder):
            pixels = self.patch * 2**level
            edge = (edge // pixels) * pixels - through(blocks, pixels)
        edge = edge // self.size_multiple * self.size_multiple - through(self.middle, self.size_multiple)
        for level, blocks in enumerate(self.encoder):
            edge -= through(blocks, self.patch * 2**level)
        return edge - self.patch  # stem

    @property
    def halo(self):
        """The smallest multiple of 4 such that a tile is exact from `halo` pixels inside its edges on."""
        return next(h for h in range(4, 1024, 4) if all(self.reach(h + k) >= 0 for k in range(self.size_multiple)))

    def to_json(self):
        return json.dumps(dataclasses.asdict(self))

    @staticmethod
    def from_json(text):
        def tuples(value):
            return tuple(tuples(v) for v in value) if isinstance(value, list) else value

        return Config(**{key: tuples(value) for key, value in json.loads(text).items()})


def conv3(inputs, outputs):
    return nn.Conv2d(inputs, outputs, 3, padding=1)


class Block(nn.Module):
    """x + conv(relu(conv(x) + shift)): the noise level enters as one shift per channel before the activation."""

    def __init__(self, width, kernels, embedding):
        super().__init__()
        first, second = (int(k) for k in kernels)
        self.first = nn.Conv2d(width, width, first, padding=first // 2)
        self.second = nn.Conv2d(width, width, second, padding=second // 2)
        self.shift = nn.Linear(embedding, width)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)
        nn.init.zeros_(self.shift.weight)
        nn.init.zeros_(self.shift.bias)

    def forward(self, x, embedding):
        h = self.first(x) + self.shift(embedding)[:, :, None, None]
        return x + self.second(F.relu(h))


class Level(nn.Module):
    """A run of residual blocks at one resolution."""

    def __init__(self, width, blocks, embedding):
        super().__init__()
        self.blocks = nn.ModuleList(Block(width, kernels, embedding) for kernels in blocks)

    def forward(self, x, embedding):
        for block in self.blocks:
            x = block(x, embedding)
        return x


class Network(nn.Module):
    """Predicts v = sqrt(ab) eps - sqrt(1 - ab) x0 from x_t (N,C,H,W) and log-SNR (N).

    C is `config.channels`; H and W are multiples of `config.size_multiple`.
    """

    def __init__(self, config=Config()):
        super().__init__()
        self.config = config
        widths, emb = config.widths, config.embedding
        folded = config.channels * config.patch**2
        self.embed = nn.Sequential(nn.Linear(32, emb), nn.SiLU(), nn.Linear(emb, emb), nn.SiLU())
        self.register_buffer("frequencies", torch.linspace(0.1, 4.0, 16), persistent=False)
        self.stem = conv3(folded, widths[0])
        self.encoder = nn.ModuleList(Level(w, blocks, emb) for w, blocks in zip(widths, config.encoder))
        self.down = nn.ModuleList(
            nn.Conv2d(a, b, 2, stride=2) for a, b in zip(widths, widths[1:])
        )
        self.middle = Level(widths[-1], config.middle, emb)
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(b, a, 2, stride=2) for a, b in zip(widths, widths[1:])
        )
        self.decoder = nn.ModuleList(Level(w, blocks, emb) for w, blocks in zip(widths, config.decoder))
        self.head = conv3(widths[0], folded)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    @staticmethod
    def from_json(text):
        return Network(Config.from_json(text))

    def embedding(self, log_snr):
        phase = log_snr[:, None] * self.frequencies[None, :]
        return self.embed(torch.cat([torch.sin(phase), torch.cos(phase)], dim=1))

    def forward(self, x, log_snr):
        emb = self.embedding(log_snr)
        h = self.stem(F.pixel_unshuffle(x, self.config.patch))
        skips = []
        for level, down in zip(self.encoder, self.down):
            h = level(h, emb)
            skips.append(h)
            h = down(h)
        h = self.middle(h, emb)
        for level, up, skip in reversed(list(zip(self.decoder, self.up, skips))):
            h = level(skip + up(h), emb)
        return F.pixel_shuffle(self.head(h), self.config.patch)


def grow(old, **shape):
    """A network of more blocks or larger kernels, as `shape` (fields of `Config`) says, that computes what `old` does.

    Larger kernels begin with the old ones in their centre, new blocks as identities.
    """
    config = dataclasses.replace(old.config, **shape)
    if config.widths != old.config.widths:
        raise SystemExit(f"widths {config.widths}: a network that grows keeps its {old.config.widths}")
    net, source = Network(config), old.state_dict()
    missing = source.keys() - net.state_dict().keys()
    if missing:
        raise SystemExit(f"the blocks asked for leave out {', '.join(sorted(missing))}: a network only grows")
    with torch.no_grad():
        for name, parameter in net.state_dict().items():
            if name in source:
                place_in_centre(source[name], parameter, name)
    return net


def place_in_centre(value, parameter, name):
    """Copies `value` into the middle of `parameter`, whose kernel may be larger, over zeros."""
    margin = [(wide - tall) // 2 for wide, tall in zip(parameter.shape, value.shape)]
    if any(m < 0 for m in margin):
        raise SystemExit(f"{name}: {tuple(parameter.shape)} is smaller than {tuple(value.shape)}: a network only grows")
    parameter.zero_()
    parameter[tuple(slice(m, m + size) for m, size in zip(margin, value.shape))] = value


class EpsilonModel(nn.Module):
    """The shipped interface: x (N,C,H,W) and t (N) int64 in 0..999 to the predicted noise eps."""

    def __init__(self, network, schedule=PIXEL):
        super().__init__()
        self.network = network
        ab = schedule.alpha_bar()
        self.register_buffer("signal", ab.sqrt().float(), persistent=False)
        self.register_buffer("noise", (1 - ab).sqrt().float(), persistent=False)
        self.register_buffer("log_snr", (ab / (1 - ab)).log().float(), persistent=False)

    def forward(self, x, t):
        signal = self.signal[t][:, None, None, None]
        noise = self.noise[t][:, None, None, None]
        return noise * x + signal * self.network(x, self.log_snr[t])
