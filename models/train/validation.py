"""A small deterministic PSNR check during training, on the centres of the photographs held out."""

import numpy as np
import torch

import data

SIGMAS = (15, 25, 50)


class Validation:
    """Mean PSNR of one-step denoising at sigma 15, 25 and 50 on fixed crops (at least `size` a side, up to 128)."""

    def __init__(self, cache, device, size):
        crops, side = [], max(size, 128)
        pictures = data.decoded(cache, held_out=True)
        side = min(side, *(s // 8 * 8 for p in pictures for s in p.shape[:2]))
        for picture in pictures:
            top, left = (picture.shape[0] - side) // 2, (picture.shape[1] - side) // 2
            crops.append(picture[top : top + side, left : left + side])
        clean = torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2).float() / 127.5 - 1
        self.clean = clean.to(device)
        self.noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(1)).to(device)

    def psnr(self, denoise):
        """PSNRs in dB of `denoise(noisy, sigma)`, one per sigma."""
        values = []
        for sigma in SIGMAS:
            values.append(self.psnr_of(denoise(self.clean + self.noise * (sigma / 127.5), sigma)))
        return values

    def psnr_of(self, restored):
        """Mean PSNR in dB of pictures that should equal `clean`."""
        error = (restored.clamp(-1, 1) - self.clean).square().mean(dim=(1, 2, 3)) / 4
        return (-10 * error.log10()).mean().item()
