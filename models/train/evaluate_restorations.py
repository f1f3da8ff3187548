#!/usr/bin/env python3
"""Restores simulated measurements of photographs with `dcdp`, by several models: PSNR, network calls, seconds."""

import argparse
import dataclasses
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


@dataclasses.dataclass(frozen=True)
class Pictures:
    """Which photographs a row is measured on."""

    crop: int  # side of a central crop, 0 for whole pictures
    every: int  # take every so many
    limit: int  # and at most so many, 0 for all
    bits: int  # of the measurement's file, 8 or 16

    def read(self, folder):
        files = data.photographs(folder)[:: self.every][: self.limit or None]
        return [np.ascontiguousarray(centre(data.read_rgb(path), self.crop)) for path in files]

    def __str__(self):
        return (f"{self.crop}×{self.crop}" if self.crop else "whole") + f", {self.bits} bits"


@dataclasses.dataclass(frozen=True)
class Row:
    """A model with options of `dcdp restore`, the pictures it restores, and words to find its tasks by."""

    variant: str
    pictures: Pictures
    words: tuple

    @staticmethod
    def parse(text, pictures):
        """MODEL OPTIONS, or SETTINGS: MODEL OPTIONS with words and `name=value` between commas."""
        settings, colon, variant = text.partition(": ")
        if not colon:
            return Row(text, pictures, ())
        settings = settings.split(",")
        values = dict(setting.split("=") for setting in settings if "=" in setting)
        pictures = dataclasses.replace(pictures, **{name: int(value) for name, value in values.items()})
        return Row(variant, pictures, tuple(setting for setting in settings if "=" not in setting))

    def has(self, task):
        return not self.words or any(word in task for word in self.words)


class Bench:
    """Runs `dcdp` in a working folder."""

    def __init__(self, program, folder, threads):
        self.program, self.folder, self.threads = program, folder, threads

    def call(self, *arguments):
        done = subprocess.run([self.program, *arguments], cwd=self.folder, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise SystemExit(done.stderr.strip())

    def restore(self, task, clean, variant, bits):
        """PSNRs of measurement and result, network calls and seconds of one restoration."""
        files = {name: str(self.folder / name) for name in ("clean.png", "measured.png", "restored.png", "report.json")}
        stored = clean if bits == 8 else clean.astype(np.uint16) * 257
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
    parser.add_argument("variants", nargs="+",
                        help="model and options of `dcdp restore`, for example photo-cm or 'photo --preset paper'; "
                             "'SETTINGS: photo-cm' limits one to tasks and sets the options below for it alone, "
                             "for example 'inpaint,crop=256,every=6: photo-cm'")
    parser.add_argument("--crop", type=int, default=0, help="side of a central crop, 0 for whole pictures")
    parser.add_argument("--every", type=int, default=1, help="take every so many pictures")
    parser.add_argument("--limit", type=int, default=0, help="and at most so many, 0 for all")
    parser.add_argument("--bits", type=int, choices=[8, 16], default=8, help="of the measurement's file")
    parser.add_argument("--tasks", nargs="+", default=list(TASKS), help="words to find tasks by")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--round-trip", nargs="*", default=[], help="latent model folders to show without restoring")
    parser.add_argument("--dcdp", default=str(REPOSITORY / "target/release/dcdp"), help="the program")
    options = parser.parse_args()
    usual = Pictures(options.crop, options.every, options.limit, options.bits)
    rows = [Row.parse(variant, usual) for variant in options.variants]
    photos = {pictures: pictures.read(options.photos) for pictures in dict.fromkeys(row.pictures for row in rows)}
    tasks = [task for task in TASKS if any(word in task for word in options.tasks)]
    print("| task | model | pictures | PSNR | NFE | seconds |\n|---|---|---|---|---|---|", flush=True)

    def show(task, model, pictures, level, calls="", seconds=""):
        print(f"| {task} | {model} | {len(photos[pictures])} {pictures} | {level:.2f} | {calls} | {seconds} |", flush=True)

    for folder in map(pathlib.Path, options.round_trip):
        for pictures in photos:
            values = [psnr(*round_trip(folder, picture)) for picture in photos[pictures]]
            show("none: D(E(x))", folder.resolve().name, pictures, np.mean(values))
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(options.dcdp, pathlib.Path(folder), options.threads)
        for task in tasks:
            shown = set()
            for row in filter(lambda row: row.has(task), rows):
                results = [bench.restore(task, picture, row.variant, row.pictures.bits)
                           for picture in tqdm(photos[row.pictures], leave=False)]
                before, after, calls, seconds = np.mean(results, axis=0)
                if row.pictures not in shown:
                    show(task, "the measurement", row.pictures, before)
                    shown.add(row.pictures)
                show(task, row.variant, row.pictures, after, f"{calls:.0f}", f"{seconds:.1f}")


if __name__ == "__main__":
    main()
