#!/usr/bin/env python3
"""Trains the pixel prior on a folder of photographs. Resumable; see README.md."""

import torch

import network
import network_io
import noise
import smoke
import teacher
import training


class PixelPrior(training.Training):
    """v-prediction on the 1000-step linear schedule, of clean pictures or of what a teacher makes of noisy ones."""

    def __init__(self, options, device):
        super().__init__(begin(options), options, device)
        self.teacher = teacher.Teacher(options.teacher, options.teacher_share) if options.teacher else None
        self.credit = self.teacher.credit if self.teacher else ""
        self.timesteps = noise.Timesteps(device)
        self.balance = noise.Balance(self.timesteps.BINS, device)
        self.model = network.EpsilonModel(self.average).to(device)

    def losses(self, clean):
        tables, t = self.timesteps, self.timesteps.draw(len(clean))
        signal, deviation = tables.signal[t][:, None, None, None], tables.noise[t][:, None, None, None]
        epsilon = tables.epsilon(clean, t)
        x = signal * clean + deviation * epsilon
        with torch.autocast(self.device.type, torch.bfloat16):
            predicted = self.forward(x, tables.log_snr[t])
        target = signal * epsilon - deviation * clean
        if self.teacher:
            learned, taught = self.teacher.teach(clean, x / signal, (deviation / signal)[:, 0, 0, 0], t, self.rate)
            target = torch.where(taught[:, None, None, None], (signal * x - learned) / deviation, target)
        return (predicted.float() - target).square().mean(dim=(1, 2, 3)), tables.bins[t]

    def denoise(self, noisy, sigma):
        t, signal, deviation = noise.nearest_timestep(sigma)
        steps = torch.full((len(noisy),), t, dtype=torch.int64, device=noisy.device)
        return noisy - deviation / signal * self.model(signal * noisy, steps)


def begin(options):
    """A new network, that of `--init`, or that grown to the blocks asked for."""
    shape = {name: value for name in ("widths", "encoder", "middle", "decoder") if (value := getattr(options, name))}
    old = network_io.load(options.init) if options.init else network.Network(network.Config(**shape))
    return network.grow(old, **shape) if options.init and shape else old


def blocks(text):
    """"33/33,31" as the blocks of two levels."""
    return tuple(tuple(level.split(",")) for level in text.split("/"))


def run(options):
    training.train(PixelPrior, options)


def main():
    parser = training.parser(__doc__)
    parser.add_argument("--init", help="start from the weights of this model folder, for example ../photo")
    parser.add_argument("--widths", type=lambda text: tuple(int(w) for w in text.split(",")),
                        help="channels at 1/2, 1/4 and 1/8 of the picture; 64,128,256 unless given or --init says")
    parser.add_argument("--encoder", type=blocks, help="blocks of each level but the coarsest, as 33/33,31")
    parser.add_argument("--middle", type=lambda text: tuple(text.split(",")), help="blocks of the coarsest, as 31,31")
    parser.add_argument("--decoder", type=blocks, help="as --encoder; what --init lacks begins as nothing")
    parser.add_argument("--teacher", help="model folder of a Gaussian denoiser whose estimates are learned, as ffdnet's")
    parser.add_argument("--teacher-share", type=float, default=0.85,
                        help=f"share of its estimates at first; the rest is clean; it falls to {teacher.LEAST_SHARE}")
    parser.add_argument("--smoke", action="store_true",
                        help="train, resume, export and check a tiny network in about a minute, in a temporary folder")
    options = parser.parse_args()
    if options.smoke:
        smoke.run(options)
    else:
        training.start(run, options)


if __name__ == "__main__":
    main()
