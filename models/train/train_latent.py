#!/usr/bin/env python3
"""Trains the latent prior's network on the latents of a trained autoencoder. Resumable; see README.md."""

import pathlib

import torch

import autoencoder
import network
import noise
import training

LOWEST_SIGMA = 5.0  # of 127.5: the first timestep of the latent schedule
SHOWN_TIMESTEPS = (100, 200, 400)


class LatentPrior(training.Training):
    """v-prediction on standardised latents, with the schedule of latent diffusion models."""

    measured = [f"t{t}" for t in SHOWN_TIMESTEPS]

    def __init__(self, options, device):
        checkpoint = pathlib.Path(options.autoencoder) / "checkpoint.pt"
        first_stage, _, _ = training.averaged_network(checkpoint, autoencoder.Autoencoder)
        self.first_stage = first_stage.to(device, memory_format=torch.channels_last).requires_grad_(False)
        config = network.Config(widths=options.widths, channels=first_stage.config.latent, patch=1)
        super().__init__(network.Network(config), options, device)
        self.timesteps = noise.Timesteps(device, network.LATENT, LOWEST_SIGMA)
        self.balance = noise.Balance(self.timesteps.BINS, device)

    def losses(self, clean):
        tables, t = self.timesteps, self.timesteps.draw(len(clean))
        signal, deviation = tables.signal[t][:, None, None, None], tables.noise[t][:, None, None, None]
        with torch.no_grad(), torch.autocast(self.device.type, torch.bfloat16):
            z = self.first_stage.encode(clean).float()
        epsilon = tables.epsilon(z, t)
        with torch.autocast(self.device.type, torch.bfloat16):
            predicted = self.forward(signal * z + deviation * epsilon, tables.log_snr[t])
        target = signal * epsilon - deviation * z
        return (predicted.float() - target).square().mean(dim=(1, 2, 3)), tables.bins[t]

    def measure(self, check):
        """PSNR of the decoded one-step estimate from noisy latents at three timesteps."""
        z, values = self.first_stage.encode(check.clean), []
        epsilon = torch.randn(z.shape, generator=torch.Generator().manual_seed(2)).to(z.device)
        for t in SHOWN_TIMESTEPS:
            signal, deviation = self.timesteps.signal[t], self.timesteps.noise[t]
            noisy = signal * z + deviation * epsilon
            v = self.average(noisy, self.timesteps.log_snr[t].expand(len(z)))
            values.append(check.psnr_of(self.first_stage.decode(signal * noisy - deviation * v)))
        return values


def run(options):
    training.train(LatentPrior, options)


def main():
    parser = training.parser(__doc__)
    parser.set_defaults(run="runs/photo-latent", size=128, batch=16)
    parser.add_argument("--autoencoder", default="runs/autoencoder", help="training run of the autoencoder")
    parser.add_argument("--widths", type=lambda text: tuple(int(w) for w in text.split(",")),
                        default=network.Config.widths, help="channels at 1, 1/2 and 1/4 of the latents")
    training.start(run, parser.parse_args())


if __name__ == "__main__":
    main()
