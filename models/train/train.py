#!/usr/bin/env python3
"""Trains the pixel prior on a folder of photographs. Resumable; see README.md."""

import torch

import network
import network_io
import noise
import smoke
import training


class PixelPrior(training.Training):
    """v-prediction on the 1000-step linear schedule."""

    def __init__(self, options, device):
        net = network_io.load(options.init) if options.init else network.Network(network.Config(widths=options.widths))
        super().__init__(net, options, device)
        self.timesteps = noise.Timesteps(device)
        self.balance = noise.Balance(self.timesteps.BINS, device)
        self.model = network.EpsilonModel(self.average).to(device)

    def losses(self, clean):
        tables, t = self.timesteps, self.timesteps.draw(len(clean))
        signal, deviation = tables.signal[t][:, None, None, None], tables.noise[t][:, None, None, None]
        epsilon = tables.epsilon(clean, t)
        with torch.autocast(self.device.type, torch.bfloat16):
            predicted = self.forward(signal * clean + deviation * epsilon, tables.log_snr[t])
        target = signal * epsilon - deviation * clean
        return (predicted.float() - target).square().mean(dim=(1, 2, 3)), tables.bins[t]

    def denoise(self, noisy, sigma):
        t, signal, deviation = noise.nearest_timestep(sigma)
        steps = torch.full((len(noisy),), t, dtype=torch.int64, device=noisy.device)
        return noisy - deviation / signal * self.model(signal * noisy, steps)


def run(options):
    training.train(PixelPrior, options)


def main():
    parser = training.parser(__doc__)
    parser.add_argument("--init", help="start from the weights of this model folder, for example ../photo")
    parser.add_argument("--widths", type=lambda text: tuple(int(w) for w in text.split(",")),
                        default=network.Config.widths, help="channels at 1/2, 1/4 and 1/8 of the picture")
    parser.add_argument("--smoke", action="store_true",
                        help="train, resume, export and check a tiny network in about a minute, in a temporary folder")
    options = parser.parse_args()
    if options.smoke:
        smoke.run(options)
    else:
        training.start(run, options)


if __name__ == "__main__":
    main()
