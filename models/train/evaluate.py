#!/usr/bin/env python3
"""One-step denoising of each prior beside CBM3D and non-local means, on the same noise: a table and a picture sheet."""

import argparse
import concurrent.futures
import pathlib
import zlib

import cv2
import numpy as np
from bm3d import bm3d_rgb
from tqdm import tqdm

import data
import prior


def noisy_version(clean, name, sigma):
    """Gaussian noise that depends on the picture's name and sigma only; not clipped. Pictures are float in [0, 1]."""
    random = np.random.default_rng([zlib.crc32(name.encode()), round(sigma * 1000)])
    return clean + random.standard_normal(clean.shape) * (sigma / 255)


def cbm3d(noisy, sigma):
    return np.clip(bm3d_rgb(noisy, sigma / 255), 0, 1)


def non_local_means(noisy, sigma):
    """OpenCV's, for colour pictures; it works on 8 bits. Its strength is the usual 0.8 sigma."""
    quantised = (np.clip(noisy, 0, 1) * 255).round().astype(np.uint8)
    restored = cv2.fastNlMeansDenoisingColored(quantised, None, 0.8 * sigma, 0.8 * sigma, 7, 21)
    return restored / 255.0


def psnr(restored, clean):
    return -10 * np.log10(np.mean((restored - clean) ** 2))


def measure(path, sigma, methods, crop):
    """{method: (PSNR, picture)} for one photograph and one sigma, with the input's own."""
    clean = data.read_rgb(path).astype(np.float64) / 255
    if crop:
        top, left = ((side - crop) // 2 for side in clean.shape[:2])
        clean = clean[max(top, 0) :, max(left, 0) :][:crop, :crop]
    noisy = noisy_version(clean, path.name, sigma)
    results = {"noisy": noisy} | {name: method(noisy, sigma) for name, method in methods.items()}
    return {name: (psnr(picture, clean), picture) for name, picture in results.items()} | {"clean": (np.inf, clean)}


def with_prior(model):
    def method(noisy, sigma):
        planar = np.ascontiguousarray(noisy.transpose(2, 0, 1)) * 2 - 1
        return model.denoise(planar, sigma).transpose(1, 2, 0) * 0.5 + 0.5

    return method


def strip(results, side=192):
    """The middle of every version of one photograph, side by side, 8-bit."""
    pieces = []
    for _, picture in results.values():
        top, left = ((s - min(s, side)) // 2 for s in picture.shape[:2])
        pieces.append(picture[top : top + side, left : left + side])
    return (np.clip(np.concatenate(pieces, axis=1), 0, 1) * 255).round().astype(np.uint8)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", help="folder of clean pictures that no prior was trained on")
    parser.add_argument("models", nargs="+", help="model folders")
    parser.add_argument("--sigma", type=float, nargs="+", default=[15, 25, 50], help="in 0...255 units")
    parser.add_argument("--no-baselines", action="store_true", help="skip CBM3D and non-local means")
    parser.add_argument("--crop", type=int, default=0, help="use the middle square of this many pixels")
    parser.add_argument("--every", type=int, default=1, help="use every n-th picture")
    parser.add_argument("--jobs", type=int, default=1, help="pictures worked on at once")
    parser.add_argument("--sheet", help="picture sheet to write (PNG)")
    options = parser.parse_args()
    methods = {}
    for folder in options.models:
        model = prior.Prior(folder, threads=1 if options.jobs > 1 else 0)
        methods[model.name] = with_prior(model)
    if not options.no_baselines:
        methods |= {"CBM3D": cbm3d, "non-local means": non_local_means}
    files = data.photographs(options.photos)[:: options.every]
    names, rows = ["noisy", *methods], []
    print(f"{len(files)} pictures, mean PSNR in dB\n| sigma | " + " | ".join(names) + " |")
    print("|---" * (len(names) + 1) + "|", flush=True)
    for sigma in options.sigma:
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            work = pool.map(lambda path: measure(path, sigma, methods, options.crop), files)
            results = []
            for index, result in enumerate(tqdm(work, total=len(files), leave=False)):
                results.append([result[name][0] for name in names])
                if index % max(1, len(files) // 4) == 0 and options.sheet:
                    rows.append(strip(result))
        means = np.mean(results, axis=0)
        print(f"| {sigma:g} | " + " | ".join(f"{value:.2f}" for value in means) + " |", flush=True)
    if options.sheet:
        sheet = np.concatenate([row for row in rows if row.shape == rows[0].shape])
        pathlib.Path(options.sheet).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(options.sheet, sheet[..., ::-1])
        print(f"{options.sheet}: columns " + ", ".join([*names, "clean"]))


if __name__ == "__main__":
    main()
