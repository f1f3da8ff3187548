#!/usr/bin/env python3
"""One-step denoising of each prior beside CBM3D and non-local means, on the same noise: a table and a picture sheet."""

import argparse
import concurrent.futures
import json
import pathlib
import threading
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
    """OpenCV's for colour pictures, on 8 bits, with the strength (sigma) that did best on training photographs."""
    quantised = (np.clip(noisy, 0, 1) * 255).round().astype(np.uint8)
    restored = cv2.fastNlMeansDenoisingColored(quantised, None, sigma, sigma, 5, 21)
    return restored / 255.0


def psnr(restored, clean):
    return -10 * np.log10(np.mean((restored - clean) ** 2))


class Remembered:
    """PSNRs kept in a JSON file, so that the slow baselines run once: the noise is the same in every run."""

    def __init__(self, path):
        self.path, self.lock = pathlib.Path(path) if path else None, threading.Lock()
        self.values = json.loads(self.path.read_text()) if path and self.path.exists() else {}

    def psnr(self, key, measure):
        if key in self.values:
            return self.values[key]
        value = float(measure())
        with self.lock:
            self.values[key] = value
            if self.path:
                aside = self.path.with_suffix(".part")
                aside.write_text(json.dumps(self.values, indent=1))
                aside.replace(self.path)
        return value


def load(path, sigma, crop):
    """The clean and the noisy picture, float in [0, 1], or their middle squares."""
    clean = data.read_rgb(path).astype(np.float64) / 255
    if crop:
        top, left = (max(side - crop, 0) // 2 for side in clean.shape[:2])
        clean = clean[top : top + crop, left : left + crop]
    return clean, noisy_version(clean, path.name, sigma)


def with_prior(model):
    def method(noisy, sigma):
        planar = np.ascontiguousarray(noisy.transpose(2, 0, 1)) * 2 - 1
        return model.denoise(planar, sigma).transpose(1, 2, 0) * 0.5 + 0.5

    return method


def strip(path, sigma, methods, side=192):
    """The middle of a photograph: noisy, by every method, clean; side by side, 8-bit."""
    clean, noisy = load(path, sigma, side)
    pieces = [noisy, *(method(noisy, sigma) for method in methods.values()), clean]
    return (np.clip(np.concatenate(pieces, axis=1), 0, 1) * 255).round().astype(np.uint8)


def write_sheet(path, files, sigmas, methods):
    rows = [strip(file, sigma, methods) for sigma in sigmas for file in files[:: max(1, len(files) // 4)]]
    rows = [row for row in rows if row.shape == rows[0].shape]
    pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.concatenate(rows)[..., ::-1])
    print(f"{path}: columns " + ", ".join(["noisy", *methods, "clean"]))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", help="folder of clean pictures that no prior was trained on")
    parser.add_argument("models", nargs="*", help="model folders")
    parser.add_argument("--sigma", type=float, nargs="+", default=[15, 25, 50], help="in 0...255 units")
    parser.add_argument("--no-baselines", action="store_true", help="skip CBM3D and non-local means")
    parser.add_argument("--crop", type=int, default=0, help="use the middle square of this many pixels")
    parser.add_argument("--every", type=int, default=1, help="use every n-th picture")
    parser.add_argument("--jobs", type=int, default=1, help="pictures worked on at once")
    parser.add_argument("--remember", help="JSON file for the PSNRs of the baselines, read and extended")
    parser.add_argument("--sheet", help="picture sheet to write (PNG)")
    options = parser.parse_args()
    priors, baselines = {}, {} if options.no_baselines else {"CBM3D": cbm3d, "non-local means": non_local_means}
    for folder in options.models:
        model = prior.Prior(folder, threads=1 if options.jobs > 1 else 0)
        priors[model.name] = with_prior(model)
    files, remembered = data.photographs(options.photos)[:: options.every], Remembered(options.remember)
    names = ["noisy", *priors, *baselines]

    def measure(path, sigma):
        clean, noisy = load(path, sigma, options.crop)
        values = [psnr(noisy, clean), *(psnr(method(noisy, sigma), clean) for method in priors.values())]
        for name, method in baselines.items():
            key = f"{name}, {path.name}, sigma {sigma:g}, crop {options.crop}"
            values.append(remembered.psnr(key, lambda method=method: psnr(method(noisy, sigma), clean)))
        return values

    print(f"{len(files)} pictures, mean PSNR in dB\n| sigma | " + " | ".join(names) + " |")
    print("|---" * (len(names) + 1) + "|", flush=True)
    for sigma in options.sigma:
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            work = pool.map(lambda path: measure(path, sigma), files)
            means = np.mean(list(tqdm(work, total=len(files), leave=False)), axis=0)
        print(f"| {sigma:g} | " + " | ".join(f"{value:.2f}" for value in means) + " |", flush=True)
    if options.sheet:
        write_sheet(options.sheet, files, options.sigma, priors | baselines)


if __name__ == "__main__":
    main()
