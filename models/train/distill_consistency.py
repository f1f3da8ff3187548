#!/usr/bin/env python3
"""Distils a pixel prior into a consistency model: one call per purification. Resumable; see README.md."""

import copy
import math

import torch

import consistency
import network_io
import noise
import training

LOWEST_TEACHER_SIGMA = 0.01  # the pixel prior's first timestep


class Distillation(training.Training):
    """Consistency distillation (Song et al. 2023, algorithm 2): one Heun step of the teacher between neighbours."""

    def __init__(self, options, device):
        teacher = network_io.load(options.teacher)
        super().__init__(copy.deepcopy(teacher), options, device)
        self.teacher = teacher.to(device, memory_format=torch.channels_last).eval().requires_grad_(False)
        self.student = consistency.ConsistencyModel(self.forward)
        self.target = consistency.ConsistencyModel(self.average)
        self.sigmas = consistency.karras_sigmas(options.levels).to(device)
        self.probabilities = self._restoration_weights().to(device)
        self.balance = noise.Balance(options.levels, device)

    def _restoration_weights(self):
        """Log-normal in sigma about 0.3 with a spread of 2: most pairs lie where restoration does."""
        scaled = (self.sigmas.cpu().log() - math.log(0.3)) / (2.0 * math.sqrt(2.0))
        return torch.erf(scaled[1:]) - torch.erf(scaled[:-1])

    def _slope(self, x, sigma):
        """dx/dsigma = (x - D(x, sigma)) / sigma of the teacher's probability-flow ODE; sigma (N,1,1,1)."""
        total = torch.sqrt(sigma * sigma + 1)
        log_snr = -2 * sigma.clamp(min=LOWEST_TEACHER_SIGMA).log().flatten()
        v = self.teacher(x / total, log_snr).float()
        return (x - (x / (total * total) - sigma / total * v)) / sigma

    def losses(self, clean):
        n = torch.multinomial(self.probabilities, len(clean), replacement=True)
        low, high = self.sigmas[n], self.sigmas[n + 1]
        low_, high_ = low[:, None, None, None], high[:, None, None, None]
        noisy = clean + high_ * torch.randn_like(clean)
        with torch.no_grad(), torch.autocast(self.device.type, torch.bfloat16):
            slope = self._slope(noisy, high_)
            euler = noisy + (low_ - high_) * slope
            less = noisy + (low_ - high_) * 0.5 * (slope + self._slope(euler, low_))
            target = self.target(less, low).float()
        with torch.autocast(self.device.type, torch.bfloat16):
            estimate = self.student(noisy, high).float()
        # Huber-like with the constant of Song & Dhariwal 2023; the balance takes out the scale of each level
        squared = (estimate - target).square().sum(dim=(1, 2, 3))
        constant = 0.00054 * math.sqrt(clean[0].numel())
        return torch.sqrt(squared + constant**2) - constant, n

    def denoise(self, noisy, sigma):
        return self.target(noisy, torch.full((len(noisy),), sigma / 127.5, device=noisy.device))


def run(options):
    training.train(Distillation, options)


def main():
    parser = training.parser(__doc__)
    parser.set_defaults(run="runs/photo-cm", hours=2.0, muon_lr=0.005, lr=3e-4)
    parser.add_argument("--teacher", default="../photo", help="model folder of the pixel prior")
    parser.add_argument("--levels", type=int, default=40, help="noise levels between sigma 0.002 and 80")
    training.start(run, parser.parse_args())


if __name__ == "__main__":
    main()
