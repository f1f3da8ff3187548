"""The whole pipeline on tiny networks in a temporary folder: train, stop, resume, export, read back, check."""

import functools
import pathlib
import subprocess
import sys
import tempfile

import cv2
import numpy as np
import onnx
import onnxruntime
import torch
from onnx import helper, numpy_helper

import data
import manifest
import network
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
        taught(photos, temporary, model)
        latent(photos, temporary)
    print("smoke run passed")


def taught(photos, temporary, model):
    """The network grown, which changes nothing, then a little training with a teacher, who is named."""
    old = network_io.load(model)
    grown = network.grow(old, middle=("31", "31", "33"), decoder=(("33", "31"), ("31", "31")))
    x, level = torch.randn(2, 3, 64, 48), torch.tensor([-1.0, 2.0])
    with torch.no_grad():
        difference = (grown(x, level) - old(x, level)).abs().max().item()
    expect(difference < 1e-5, f"a grown network computes what it did ({difference:.1e})")
    teacher, run_, folder = temporary / "teacher", temporary / "taught", temporary / "tiny-taught"
    smooth(teacher)
    call("train.py", photos, "--run", run_, "--init", model, "--middle", "31,31,33", "--teacher", teacher, "--batch", 8,
         "--size", 32, "--late-size", 64, "--processes", 1, "--steps", FIRST)
    call("export_onnx.py", run_, folder, "--licence", "CC0-1.0")
    described = prior.Prior(folder).manifest["description"]
    expect(described.endswith("taught by teacher 0.1.0 (CC0-1.0)"), "the teacher is named in the model folder")
    picture = data.read_rgb(data.photographs(photos)[0])[:64, :96].transpose(2, 0, 1).astype(np.float32) / 127.5 - 1
    noisy = picture + np.random.default_rng(0).standard_normal(picture.shape) * 25 / 127.5
    lesson, pupil, before = (prior.Prior(name).denoise(noisy, 25) for name in (teacher, folder, model))
    nearer = np.mean((pupil - lesson) ** 2) < np.mean((before - lesson) ** 2)
    expect(nearer, "what was taught is nearer to the teacher")


def smooth(folder):
    """A model folder of a denoiser that averages 3x3 pixels, whatever sigma is."""
    folder.mkdir()
    shape = [None, 3, None, None]
    value = functools.partial(helper.make_tensor_value_info, elem_type=onnx.TensorProto.FLOAT)
    kernel = numpy_helper.from_array(np.full((3, 1, 3, 3), 1 / 9, np.float32), "kernel")
    average = helper.make_node("Conv", ["x", "kernel"], ["x0"], group=3, pads=[1, 1, 1, 1])
    graph = helper.make_graph([average], "smooth", [value("x", shape=shape), value("sigma", shape=[None])],
                              [value("x0", shape=shape)], [kernel])
    opset = [helper.make_opsetid("", network_io.OPSET)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), folder / "teacher.onnx")
    entries = manifest.pixel(network.Config(), "teacher", "0.1.0", "CC0-1.0", "averages 3x3 pixels")
    entries |= {"prediction": "x0", "time_input": "sigma", "sigma_max": 75.0}
    manifest.describe(folder, {"network": "teacher.onnx"}, entries, "sigma", "x0")


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
