#!/usr/bin/env python3
"""Trains the autoencoder of the latent prior on a folder of photographs. Resumable; see README.md."""

import itertools
import pathlib

import torch

import autoencoder
import data
import noise
import training

KL_WEIGHT = 1e-3
FIRST_CROPS = 256  # whose principal components the training starts from
STATISTICS_BATCHES = 40


class FirstStage(training.Training):
    """Root-mean-square error per crop plus a small KL term, which keeps a little noise in the latents."""

    measured = ["psnr"]

    def __init__(self, options, device):
        config = autoencoder.Config(decoder_width=options.width, encoder_width=options.width)
        net = autoencoder.Autoencoder(config)
        first = data.batches(pathlib.Path(options.run) / "data", options.size, FIRST_CROPS, options.seed, 0)
        net.start_linear(data.to_network_range(next(first), torch.device("cpu")))
        super().__init__(net, options, device)
        self.balance = noise.Balance(1, device)

    def losses(self, clean):
        with torch.autocast(self.device.type, torch.bfloat16):
            mean, log_variance = self.network.posterior(clean)
            mean, log_variance = mean.float(), log_variance.float().clamp(-20, 5)
            decoded = self.network.picture(mean + (0.5 * log_variance).exp() * torch.randn_like(mean)).float()
        error = ((decoded - clean).square().mean(dim=(1, 2, 3)) + 1e-5).sqrt()
        kl = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).mean(dim=(1, 2, 3))
        return error + KL_WEIGHT * kl, torch.zeros(len(clean), dtype=torch.int64, device=self.device)

    def measure(self, check):
        return [check.psnr_of(self.average.decode(self.average.encode(check.clean)))]

    def finish(self, crops):
        """Measures the latents' mean and deviation per channel and stores them in the averaged autoencoder."""
        batches = itertools.islice(crops, STATISTICS_BATCHES)
        means = [self.average.posterior(data.to_network_range(batch, self.device))[0] for batch in batches]
        z = torch.cat([m.transpose(0, 1).flatten(1) for m in means], dim=1)
        self.average.mean.copy_(z.mean(dim=1)[None, :, None, None])
        self.average.deviation.copy_(z.std(dim=1)[None, :, None, None])


def run(options):
    training.train(FirstStage, options)


def main():
    parser = training.parser(__doc__)
    parser.set_defaults(run="runs/autoencoder", hours=2.0)
    parser.add_argument("--width", type=int, default=autoencoder.Config.decoder_width, help="channels of both halves")
    training.start(run, parser.parse_args())


if __name__ == "__main__":
    main()
