#!/usr/bin/env python3
"""Restores simulated measurements of photographs with `dcdp`, by several models: PSNR, network calls, seconds."""

import argparse
import json
import pathlib
import shlex
import subprocess
import tempfile

import cv2
import numpy as np
import onnxruntime
from tqdm import tqdm

import data

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
TASKS = {
    "super-resolve ×4": ["--task", "super-resolve", "--scale", "4"],
    "Gaussian deblur, σ 3": ["--task", "deblur", "--blur", "gaussian:3"],
    "motion deblur, 25 px": ["--task", "deblur", "--blur", "motion:25,30"],
    "inpaint a box": ["--task", "inpaint", "--mask", "mask.png"],
}


def psnr(restored, clean):
    """Of pictures in 0...255, in dB."""
    return 10 * np.log10(255**2 / np.mean((restored.astype(np.float64) - clean) ** 2))


def read(path):
    """An RGB picture of 8 or 16 bits, in 0...255."""
    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    scale = np.iinfo(picture.dtype).max // 255
    return picture[..., ::-1].astype(np.float64) / scale


def centre(picture, side):
    """The central square of `side` pixels; the whole picture for 0."""
    if side == 0:
        return picture
    top, left = ((length - side) // 2 for length in picture.shape[:2])
    return picture[top : top + side, left : left + side]


def box(height, width):
    """A mask (white = fill) with one box of half the shorter side in the middle."""
    mask, side = np.zeros((height, width), np.uint8), min(height, width) // 2
    top, left = (height - side) // 2, (width - side) // 2
    mask[top : top + side, left : left + side] = 255
    return mask


def round_trip(folder, picture):
    """D(E(x)) of a latent model, 8 bits; sides are cut to multiples of 16."""
    encoder, decoder = (onnxruntime.InferenceSession(str(folder / f"{role}.onnx")) for role in ("encoder", "decoder"))
    height, width = (side // 16 * 16 for side in picture.shape[:2])
    picture = picture[:height, :width]
    x = picture.transpose(2, 0, 1)[None].astype(np.float32) / 127.5 - 1
    decoded = decoder.run(None, {"z": encoder.run(None, {"x": x})[0]})[0][0].transpose(1, 2, 0)
    return (np.clip((decoded + 1) * 127.5, 0, 255)).round().astype(np.uint8), picture


class Bench:
    """Runs `dcdp` in a working folder."""

    def __init__(self, program, folder, threads, bits):
        self.program, self.folder, self.threads, self.bits = program, folder, threads, bits

    def call(self, *arguments):
        done = subprocess.run([self.program, *arguments], cwd=self.folder, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise SystemExit(done.stderr.strip())

    def restore(self, task, clean, variant):
        """PSNRs of measurement and result, network calls and seconds of one restoration."""
        files = {name: str(self.folder / name) for name in ("clean.png", "measured.png", "restored.png", "report.json")}
        stored = clean if self.bits == 8 else clean.astype(np.uint16) * 257
        cv2.imwrite(files["clean.png"], cv2.cvtColor(stored, cv2.COLOR_RGB2BGR))
        cv2.imwrite(str(self.folder / "mask.png"), box(*clean.shape[:2]))
        self.call("degrade", files["clean.png"], "-o", files["measured.png"], *TASKS[task])
        self.call("restore", files["measured.png"], "-o", files["restored.png"], *TASKS[task], "--noise", "0", "--quiet",
                  "--threads", str(self.threads), "--report", files["report.json"], "--model", *shlex.split(variant))
        measured, restored = read(files["measured.png"]), read(files["restored.png"])
        if measured.shape != clean.shape:
            measured = cv2.resize(measured, clean.shape[1::-1], interpolation=cv2.INTER_CUBIC)
        report = json.loads((self.folder / "report.json").read_text())
        seconds = report["seconds"]["total"] - report["seconds"]["load"]
        return psnr(measured, clean), psnr(restored, clean), report["network_calls"], seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("photos", help="folder of photographs that no model was trained on")
    parser.add_argument("variants", nargs="+", help="model and options of `dcdp restore`, for example "
                                                    "photo-cm or 'photo --preset paper'")
    parser.add_argument("--crop", type=int, default=0, help="side of a central crop, 0 for whole pictures")
    parser.add_argument("--every", type=int, default=1, help="take every so many pictures")
    parser.add_argument("--limit", type=int, help="and at most so many")
    parser.add_argument("--tasks", nargs="+", default=list(TASKS), help="words to find tasks by")
    parser.add_argument("--bits", type=int, choices=[8, 16], default=8, help="of the measurement's file")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--round-trip", nargs="*", default=[], help="latent model folders to show without restoring")
    parser.add_argument("--dcdp", default=str(REPOSITORY / "target/release/dcdp"), help="the program")
    options = parser.parse_args()
    files = data.photographs(options.photos)[:: options.every][: options.limit]
    pictures = [np.ascontiguousarray(centre(data.read_rgb(path), options.crop)) for path in files]
    tasks = [task for task in TASKS if any(word in task for word in options.tasks)]
    size = f"{options.crop}×{options.crop}" if options.crop else "their own size"
    print(f"{len(pictures)} pictures of {size}, {options.bits}-bit measurements\n")
    print("| task | model | PSNR | NFE | seconds |\n|---|---|---|---|---|", flush=True)
    for folder in map(pathlib.Path, options.round_trip):
        values = [psnr(*round_trip(folder, picture)) for picture in pictures]
        print(f"| none: D(E(x)) | {folder.resolve().name} | {np.mean(values):.2f} | 0 | |", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(options.dcdp, pathlib.Path(folder), options.threads, options.bits)
        for task in tasks:
            shown = False
            for variant in options.variants:
                rows = [bench.restore(task, picture, variant) for picture in tqdm(pictures, leave=False)]
                before, after, calls, seconds = np.mean(rows, axis=0)
                if not shown:
                    print(f"| {task} | the measurement | {before:.2f} | | |")
                    shown = True
                print(f"| {task} | {variant} | {after:.2f} | {calls:.0f} | {seconds:.1f} |", flush=True)


if __name__ == "__main__":
    main()
