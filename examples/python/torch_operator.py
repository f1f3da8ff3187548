"""A forward operator written in PyTorch: the engine pulls the picture towards the measurement through its gradient.

A camera sees each picture through a lens that bends light (every row is shifted by a wave), then sums 2×2 pixels. The
adjoint is what autograd gives, so nothing but the measurement has to be written.

    python torch_operator.py photo.png seen.png restored.png
"""

import sys

import dcdp
import numpy
import torch
import torch.nn.functional as F
from PIL import Image

#: How far the rows are shifted, in pixels, and the wave's length.
AMPLITUDE, LENGTH = 3.0, 40.0


def camera(x: torch.Tensor) -> torch.Tensor:
    """C×H×W in −1…1 to C×H/2×W/2."""
    _, height, width = x.shape
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    shifted = columns + AMPLITUDE * torch.sin(2 * torch.pi * rows / LENGTH)
    grid = torch.stack([2 * (shifted + 0.5) / width - 1, 2 * (rows + 0.5) / height - 1], dim=-1)
    bent = F.grid_sample(x[None], grid[None].float(), padding_mode="reflection", align_corners=False)
    return F.avg_pool2d(bent, 2)[0]


def measure(x: numpy.ndarray) -> torch.Tensor:
    """y = A(x)."""
    with torch.no_grad():
        return camera(torch.from_numpy(x))


def adjoint(x: numpy.ndarray, u: numpy.ndarray) -> torch.Tensor:
    """J(x)ᵀu, by autograd."""
    point = torch.from_numpy(x).requires_grad_()
    (product,) = torch.autograd.grad(camera(point), point, torch.from_numpy(u))
    return product


def picture_size(height: int, width: int) -> tuple[int, int]:
    """The size of x for a measurement of this size."""
    return 2 * height, 2 * width


def main(photo: str, seen: str, restored: str) -> None:
    picture = numpy.asarray(Image.open(photo).convert("RGB"))
    picture = picture[: picture.shape[0] // 2 * 2, : picture.shape[1] // 2 * 2]
    x = numpy.ascontiguousarray(picture.transpose(2, 0, 1), numpy.float32) / 127.5 - 1
    y = (measure(x).numpy().transpose(1, 2, 0) + 1) * 127.5
    measurement = numpy.clip(numpy.round(y), 0, 255).astype(numpy.uint8)
    Image.fromarray(measurement).save(seen)

    operator = dcdp.Operator(measure, adjoint, picture_size=picture_size)
    result = dcdp.restore(measurement, task="super-resolve", operator=operator, noise=1)
    Image.fromarray(result).save(restored)

    plain = numpy.asarray(Image.fromarray(measurement).resize(picture.shape[1::-1], Image.Resampling.BICUBIC))
    for name, made in (("bicubic", plain), ("restored", result)):
        error = numpy.mean((made.astype(float) - picture) ** 2)
        print(f"{name}: {10 * numpy.log10(255**2 / error):.2f} dB")


if __name__ == "__main__":
    main(*sys.argv[1:])
