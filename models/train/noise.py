"""Which noise levels are trained, and how much each counts."""

import math

import torch

import network


def nearest_timestep(sigma):
    """The timestep whose noise-to-signal ratio is nearest (in log) to `sigma` in 0...255 units, and its tables' values.

    Returns (t, sqrt(ab), sqrt(1 - ab)); a picture in [-1, 1] with noise sigma is x_t / sqrt(ab).
    """
    ab = network.PIXEL.alpha_bar()
    log_ratio = 0.5 * ((1 - ab) / ab).log()
    t = int((log_ratio - math.log(sigma / 127.5)).abs().argmin())
    return t, ab[t].sqrt().item(), (1 - ab[t]).sqrt().item()


class Balance:
    """Losses divided by their running mean at that noise level, so that no level dominates the gradient."""

    def __init__(self, bins, device):
        self.mean_loss = torch.ones(bins, device=device)

    def __call__(self, losses, bins):
        """The balanced mean of `losses` (N) at noise bins (N)."""
        with torch.no_grad():
            count = torch.zeros_like(self.mean_loss).index_add_(0, bins, torch.ones_like(losses))
            total = torch.zeros_like(self.mean_loss).index_add_(0, bins, losses.detach())
            rate = 1 - 0.98**count
            self.mean_loss += rate * (total / count.clamp(min=1) - self.mean_loss)
        return (losses / self.mean_loss[bins]).mean()


class Timesteps:
    """Draws timesteps mostly where restoration lives.

    Seven in ten are log-uniform in sigma from `lowest` to 90 (of 255), the rest uniform over 0...999. `bins` groups the
    timesteps by log-SNR for `Balance`.
    """

    BINS = 25

    def __init__(self, device, schedule=network.PIXEL, lowest=1.0):
        self.lowest = lowest
        ab = schedule.alpha_bar()
        self.signal = ab.sqrt().float().to(device)
        self.noise = (1 - ab).sqrt().float().to(device)
        self.log_snr = (ab / (1 - ab)).log().float().to(device)
        self.log_sigma = -0.5 * self.log_snr
        low, high = self.log_snr[-1].item(), self.log_snr[0].item()
        self.bins = ((self.log_snr - low) / (high - low) * (self.BINS - 1)).round().long()

    def draw(self, count):
        """Timesteps, int64 (count)."""
        device = self.signal.device
        low, high = math.log(self.lowest / 127.5), math.log(90 / 127.5)
        sigma = low + (high - low) * torch.rand(count, device=device)
        restoring = torch.searchsorted(self.log_sigma, sigma).clamp(0, network.TIMESTEPS - 1)
        anywhere = torch.randint(0, network.TIMESTEPS, (count,), device=device)
        return torch.where(torch.rand(count, device=device) < 0.7, restoring, anywhere)

    def epsilon(self, clean, t):
        """Noise for crops (N,C,H,W) at timesteps t (N).

        A clean picture is also restored at the first timesteps, so one in five of those with t < 10 gets less noise
        than t says, down to none.
        """
        less = (t < 10) & (torch.rand(len(t), device=t.device) < 0.2)
        amount = torch.where(less, torch.rand(len(t), device=t.device), 1.0)
        return torch.randn_like(clean) * amount[:, None, None, None]
