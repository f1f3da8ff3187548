"""How near a restoration is to the truth. Pictures are rounded to 8 bits first, as they are seen."""

import os
import pathlib
import tempfile

import numpy as np
import ssimulacra2
import torch
from PIL import Image
from skimage.metrics import structural_similarity

BACKBONE = "vgg16-397923af.pth"  # torchvision's name for what LPIPS stands on


class Metrics:
    """PSNR (dB), SSIM, SSIMULACRA 2 (100 is the same, 30 is poor, below 0 is worse), and LPIPS where its weights are."""

    def __init__(self, lpips=None):
        self.lpips = None if lpips is None else load_lpips(pathlib.Path(lpips))

    def __call__(self, restored, truth):
        """Of (1,3,H,W) and (H,W,3), codes 0...1."""
        restored = np.round(restored[0].permute(1, 2, 0).double().numpy().clip(0, 1) * 255)
        truth = np.round(truth * 255)
        values = {
            "psnr": min(99.0, 10 * np.log10(255**2 / max(np.mean((restored - truth) ** 2), 1e-12))),
            "ssim": structural_similarity(truth, restored, channel_axis=-1, data_range=255, gaussian_weights=True,
                                          sigma=1.5, use_sample_covariance=False),
            "ssimulacra2": perceptual(restored, truth),
        }
        if self.lpips is not None:
            with torch.no_grad():
                pair = [torch.from_numpy(p.transpose(2, 0, 1)[None] / 127.5 - 1).float() for p in (restored, truth)]
                values["lpips"] = self.lpips(*pair).item()
        return {name: round(float(value), 4) for name, value in values.items()}


def perceptual(restored, truth):
    with tempfile.TemporaryDirectory() as folder:
        names = [os.path.join(folder, name) for name in ("truth.png", "restored.png")]
        for name, codes in zip(names, (truth, restored)):
            Image.fromarray(codes.astype(np.uint8)).save(name)
        return ssimulacra2.compute_ssimulacra2(*names)


def load_lpips(backbone):
    """LPIPS of torchmetrics (VGG, as in the paper), whose backbone torchvision would download: here it is a file."""
    if backbone.name != BACKBONE or not backbone.is_file():
        raise SystemExit(f"--lpips {backbone}: there must be a file {BACKBONE}, torchvision's VGG-16")
    from torchmetrics.image.lpip import LearnedPerceptualImagePatchSimilarity

    with tempfile.TemporaryDirectory() as home:
        folder = pathlib.Path(home) / "hub" / "checkpoints"
        folder.mkdir(parents=True)
        (folder / BACKBONE).symlink_to(backbone.resolve())
        before, os.environ["TORCH_HOME"] = os.environ.get("TORCH_HOME"), home
        try:
            return LearnedPerceptualImagePatchSimilarity(net_type="vgg")
        finally:
            os.environ.pop("TORCH_HOME")
            if before is not None:
                os.environ["TORCH_HOME"] = before
