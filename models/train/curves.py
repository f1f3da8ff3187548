#!/usr/bin/env python3
"""Draws the loss and PSNR curves of a training run's log.csv as one PNG."""

import argparse
import csv
import pathlib

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

import training  # noqa: E402


def draw(log, output):
    with open(log, newline="") as file:
        rows = [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]
    if not rows:
        raise SystemExit(f"{log} has no rows yet")
    steps = [row["step"] for row in rows]
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4))
    left.plot(steps, [row["loss"] for row in rows])
    left.set(xlabel="step", ylabel="loss (mean squared error of the target)", yscale="log")
    for key in [key for key in rows[0] if key not in training.COLUMNS]:
        right.plot(steps, [row[key] for row in rows], label=key)
    right.set(xlabel="step", ylabel="measured on held-out crops (dB)")
    right.legend()
    for axes in (left, right):
        axes.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(output, dpi=110)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", help="training run")
    parser.add_argument("output", help="PNG to write")
    options = parser.parse_args()
    draw(pathlib.Path(options.run) / "log.csv", options.output)


if __name__ == "__main__":
    main()
