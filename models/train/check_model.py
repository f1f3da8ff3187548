#!/usr/bin/env python3
"""Checks what a pixel model's manifest promises: tiles equal the whole, flat areas stay flat, the halo is enough."""

import argparse
import sys

import numpy as np

import network
import prior

LEVELS = [0, 1, 2, 5, 10, 20, 46, 100, 200, 300, 400, 500, 600, 700, 800, 900, 999]


def tiled(model, x, t, tile, halo):
    """The output put together from tiles of `tile` pixels a side whose outer `halo` pixels are dropped."""
    height, width = x.shape[2:]
    step = tile - 2 * halo
    out = np.full_like(x, np.nan)

    def starts(length):
        return range(0, max(1, length - 2 * halo), step)

    for top in starts(height):
        for left in starts(width):
            bottom, right = min(top + tile, height), min(left + tile, width)
            piece = model.run(x[:, :, top:bottom, left:right], t)
            a, b = (halo if top else 0), (halo if left else 0)
            c, d = (0 if bottom == height else halo), (0 if right == width else halo)
            out[:, :, top + a : bottom - c, left + b : right - d] = piece[
                :, :, a : bottom - top - c, b : right - left - d
            ]
    return out


def scene(size, rng):
    """A picture of smooth shading and hard edges, (1,3,size,size) in [-1, 1]."""
    y, x = np.mgrid[0:size, 0:size] / size
    picture = np.stack([np.sin(9 * x + 3 * y), np.cos(7 * y), x - y]) * 0.5
    for _ in range(60):
        top, left = rng.integers(0, size - 20, 2)
        height, width = rng.integers(8, size // 4, 2)
        picture[:, top : top + height, left : left + width] = rng.uniform(-1, 1, (3, 1, 1))
    return picture[None].astype(np.float32)


def check_tiles(model, size, tile):
    rng, ab = np.random.default_rng(0), network.PIXEL.alpha_bar().numpy()
    clean, worst = scene(size, rng), 0.0
    halo = model.manifest["halo"]
    for t in LEVELS:
        x = np.sqrt(ab[t]) * clean + np.sqrt(1 - ab[t]) * rng.standard_normal(clean.shape)
        x = x.astype(np.float32)
        worst = max(worst, float(np.abs(model.run(x, t) - tiled(model, x, t, tile, halo)).max()))
    extra = (tile / (tile - 2 * halo)) ** 2 - 1
    print(f"tiles of {tile} against the whole {size}x{size}, halo {halo} (+{extra:.0%}): {worst:.1e} at "
          f"{len(LEVELS)} noise levels")
    return worst <= 1e-3


def check_flats(model, size):
    ab, ramp, good = network.PIXEL.alpha_bar().numpy(), np.linspace(-1, 1, size, dtype=np.float32), True
    flats = {"gray": np.zeros((1, 3, size, size), np.float32), "black": -np.ones((1, 3, size, size), np.float32)}
    flats["gradient"] = np.broadcast_to(0.5 * (ramp[:, None] + ramp[None, :]), (1, 3, size, size))
    for name, picture in flats.items():
        for t in (0, 1):
            signal, deviation = np.sqrt(ab[t]), np.sqrt(1 - ab[t])
            restored = np.clip(picture - deviation / signal * model.run(signal * picture, t), -1, 1)
            error = (restored - picture) * 127.5
            largest, shift = float(np.abs(error).max()), float(np.abs(error.mean(axis=(0, 2, 3))).max())
            print(f"{name} {size}x{size} at t {t}: max error {largest:.2f}/255, mean shift {shift:.3f}/255")
            good &= largest <= 2 and shift <= 0.5
    return good


def check_reach(model):
    """How far a change of one block of pixels is felt at a high and a low noise level."""
    halo, multiple, side = model.manifest["halo"], model.manifest["size_multiple"], 256
    rng, furthest = np.random.default_rng(1), 0
    middle = side // 2
    for t in (1, 300, 999):
        x = rng.standard_normal((1, 3, side, side)).astype(np.float32)
        changed = x.copy()
        changed[:, :, middle : middle + multiple, middle : middle + multiple] += 5
        felt = np.abs(model.run(x, t) - model.run(changed, t)).max(axis=(0, 1)) > 0
        rows = np.flatnonzero(felt.any(axis=1))
        furthest = max(furthest, middle - rows[0], rows[-1] - (middle + multiple - 1))
    print(f"a block of {multiple} pixels is felt {furthest} pixels away; halo {halo}")
    return furthest <= halo + multiple


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", help="model folder")
    parser.add_argument("--size", type=int, default=1024)
    parser.add_argument("--tile", type=int, default=512)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--tiles-only", action="store_true", help="leave the flat areas out (a barely trained model)")
    options = parser.parse_args()
    model = prior.Prior(options.model, options.threads)
    good = [check_reach(model), check_tiles(model, options.size, options.tile)]
    if not options.tiles_only:
        good.append(check_flats(model, options.size))
    sys.exit(0 if all(good) else "the model does not keep its manifest's promises")


if __name__ == "__main__":
    main()
