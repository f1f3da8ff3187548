"""The whole pipeline on tiny networks in a temporary folder: train, stop, resume, export, read back, check."""

import pathlib
import subprocess
import sys
import tempfile

import cv2
import numpy as np
import onnxruntime
import torch

import data
import network_io
import prior
import training

HERE = pathlib.Path(__file__).parent
WIDTHS = "16,24,32"
NOISY = 14.15  # PSNR in dB at sigma 50
FIRST, SECOND = 60, 300  # steps in all, before and after the interruption
STAGE_STEPS = 200  # of the autoencoder


def synthetic_photographs(folder, count=8, side=192):
    """Pictures of shaded, hard-edged rectangles, for a run without photographs."""
    rng = np.random.default_rng(0)
    folder.mkdir()
    for index in range(count):
        ramp = np.linspace(0, 255, side)
        picture = np.stack([np.add.outer(ramp, rng.permutation(2)[0] * ramp) / 2 for _ in range(3)], axis=2)
        for _ in range(30):
            top, left = rng.integers(0, side - 8, 2)
            picture[top : top + rng.integers(4, 60), left : left + rng.integers(4, 60)] = rng.uniform(0, 255, 3)
        cv2.imwrite(str(folder / f"{index}.png"), picture.astype(np.uint8))


def call(script, *arguments):
    command = [sys.executable, str(HERE / script), *map(str, arguments)]
    subprocess.run(command, check=True)


def expect(condition, message):
    if not condition:
        raise SystemExit(f"smoke run failed: {message}")
    print(f"ok: {message}", flush=True)


def run(options):
    with tempfile.TemporaryDirectory() as temporary:
        temporary = pathlib.Path(temporary)
        photos, run_, model = temporary / "photos", temporary / "run", temporary / "tiny"
        if options.photos is None:
            synthetic_photographs(photos)
        else:
            photos = pathlib.Path(options.photos)
        fixed = ["--run", run_, "--widths", WIDTHS, "--batch", 8, "--size", 32, "--late-size", 64, "--processes", 1]
        call("train.py", photos, *fixed, "--steps", FIRST)
        _, steps, _ = training.averaged_network(run_ / "checkpoint.pt")
        call("train.py", photos, *fixed, "--steps", SECOND)
        net, more_steps, _ = training.averaged_network(run_ / "checkpoint.pt")
        expect((steps, more_steps) == (FIRST, SECOND), f"{steps} steps, resumed to {more_steps}")
        rows = [row.split(",") for row in (run_ / "log.csv").read_text().splitlines()]
        expect(rows[0][: len(training.COLUMNS)] == training.COLUMNS and len(rows) >= 3, "log.csv has a row for each of the two runs")
        call("curves.py", run_, temporary / "curves.png")
        expect((temporary / "curves.png").stat().st_size > 0, "curves drawn")
        call("export_onnx.py", run_, model, "--licence", "CC0-1.0")
        restored = network_io.load(model).state_dict()
        same = all(torch.equal(value, restored[key]) for key, value in net.state_dict().items())
        expect(same, "the weights read back out of the model folder are the averaged weights")
        noisy = np.random.default_rng(0).standard_normal((3, 45, 62)) * 50 / 127.5
        denoised = prior.Prior(model).denoise(noisy, 50)
        expect(denoised.shape == noisy.shape and np.isfinite(denoised).all(), "it denoises a picture of any size")
        gain = float(rows[-1][-1]) - NOISY
        expect(gain > 2, f"held-out crops gain {gain:.1f} dB at sigma 50")
        call("check_model.py", model, "--size", 512, "--tile", 256, "--tiles-only")
        latent(photos, temporary)
    print("smoke run passed")


def latent(photos, temporary):
    """Autoencoder, then a network on its latents, then the exported graphs against each other."""
    stage, run_, model = temporary / "autoencoder", temporary / "latent", temporary / "tiny-latent"
    fixed = ["--batch", 8, "--size", 32, "--late-size", 64, "--processes", 1]
    call("train_autoencoder.py", photos, "--run", stage, *fixed, "--width", 16, "--steps", STAGE_STEPS)
    call("train_latent.py", photos, "--run", run_, "--autoencoder", stage, *fixed, "--widths", WIDTHS, "--steps", FIRST)
    call("export_latent.py", stage, run_, model, "--licence", "CC0-1.0")
    encoder, decoder, vjp = (
        onnxruntime.InferenceSession(str(model / f"{role}.onnx")) for role in ("encoder", "decoder", "decoder_vjp"))
    x = data.read_rgb(data.photographs(photos)[0])[:64, :96].transpose(2, 0, 1)[None].astype(np.float32) / 127.5 - 1
    z = encoder.run(None, {"x": x})[0]
    decoded = decoder.run(None, {"z": z})[0]
    gain = np.log10(np.var(x) / np.mean((decoded - x) ** 2)) * 10
    expect(z.shape == (1, 4, 16, 24) and gain > 8, f"the round trip is {gain:.1f} dB above a flat picture")
    d, step = np.random.default_rng(0).standard_normal(z.shape).astype(np.float32), 1e-3
    moved = (decoder.run(None, {"z": z + step * d})[0] - decoder.run(None, {"z": z - step * d})[0]) / (2 * step)
    along, against = float((moved * x).sum()), float((vjp.run(None, {"z": z, "u": x})[0] * d).sum())
    error = abs(along - against) / (np.linalg.norm(moved) * np.linalg.norm(x))
    expect(error < 1e-3, f"the decoder's gradient agrees with differences ({error:.1e})")
