#!/usr/bin/env python3
"""Writes the averaged network of a training run as a model folder: ONNX (f32 or f16 weights) and model.toml."""

import argparse
import pathlib

import numpy as np
import onnx
import onnxruntime
import torch
from onnxruntime.transformers.float16 import convert_float_to_float16

import consistency
import manifest
import network
import network_io
import training

TOLERANCE = 1e-4


def difference(module, path, time, channels=3):
    """Largest absolute difference of ONNX Runtime and PyTorch over several sizes, batches and noise levels."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    generator, worst = torch.Generator().manual_seed(0), 0.0
    name = session.get_inputs()[1].name
    for shape, values in (((1, 8, 8), time[:1]), ((2, 104, 64), time[1:3]), ((3, 32, 200), time[3:6])):
        x = torch.randn((shape[0], channels, *shape[1:]), generator=generator)
        with torch.no_grad():
            expected = module(x, values).numpy()
        actual = session.run(None, {"x": x.numpy(), name: values.numpy()})[0]
        worst = max(worst, float(np.abs(actual - expected).max()))
    return worst


def write(net, folder, kind, name, version, licence, description, half):
    """Writes the model folder and returns the difference from PyTorch, refused above the tolerance in f32."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.onnx"
    if kind == "pixel":
        module, time, output = network.EpsilonModel(net), "t", "eps"
        values = torch.tensor([0, 1, 46, 250, 600, 999])
        entries = manifest.pixel(net.config, name, version, licence, description)
    else:
        module, time, output = consistency.ConsistencyModel(net), "sigma", "x0"
        values = torch.tensor([0.002, 0.02, 0.2, 1.0, 5.0, 80.0])
        sigmas = (consistency.SIGMA_MIN, consistency.SIGMA_MAX, consistency.SIGMA_DATA)
        entries = manifest.consistency(net.config, name, version, licence, description, sigmas)
    module = module.eval()
    network_io.export(module, net, path, (time, values[:2], output))
    worst = difference(module, path, values)
    if worst > TOLERANCE:
        path.unlink()
        raise SystemExit(f"{path}: ONNX Runtime and PyTorch differ by {worst:.2e}, more than {TOLERANCE}")
    if half:
        onnx.save(convert_float_to_float16(onnx.load(path), keep_io_types=True), path)
        worst = difference(module, path, values)
    manifest.describe(folder, {"network": path.name}, entries, time, output)
    return worst


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", help="training run (its checkpoint.pt is read)")
    parser.add_argument("folder", help="model folder to write, for example ../photo")
    parser.add_argument("--kind", choices=["pixel", "consistency"], default="pixel")
    parser.add_argument("--name", help="model name; the folder's name unless given")
    parser.add_argument("--version", default="0.1.0")
    parser.add_argument("--licence", required=True, help="licence of the weights, as an SPDX expression")
    parser.add_argument("--description", default="Unconditional diffusion model of photographs, fully convolutional",
                        help="a teacher is named after it")
    parser.add_argument("--half", action="store_true", help="store f16 weights and compute in f16 (for GPUs)")
    options = parser.parse_args()
    checkpoint = pathlib.Path(options.run) / "checkpoint.pt"
    net, step, seconds = training.averaged_network(checkpoint)
    if credit := training.credit(checkpoint):
        options.description += f"; taught by {credit}"
    name = options.name or pathlib.Path(options.folder).resolve().name
    worst = write(net, options.folder, options.kind, name, options.version, options.licence,
                  options.description, options.half)
    parameters = sum(p.numel() for p in net.parameters())
    print(f"{options.folder}: {parameters / 1e6:.2f} M parameters, halo {net.config.halo}, step {step}, "
          f"{seconds / 3600:.2f} h; ONNX Runtime against PyTorch {worst:.1e}")


if __name__ == "__main__":
    main()
