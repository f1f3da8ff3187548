#!/usr/bin/env python3
"""Writes a trained autoencoder and latent network as a model folder: four ONNX graphs and model.toml."""

import argparse
import pathlib

import numpy as np
import onnx
import onnxruntime
import torch

import autoencoder
import manifest
import network
import network_io
import training

TOLERANCE = 1e-3  # relative to the largest value


def relative(actual, expected):
    return float(np.abs(actual - expected).max() / max(np.abs(expected).max(), 1e-12))


def write_graph(module, inputs, output, path):
    """Exports `module` of the pictures `inputs` (name to example) with dynamic batch, height and width."""
    names = [*inputs, output]
    torch.onnx.export(
        module.eval(),
        tuple(inputs.values()),
        str(path),
        input_names=list(inputs),
        output_names=[output],
        dynamic_axes={name: {0: "batch", 2: f"height_{name}", 3: f"width_{name}"} for name in names},
        opset_version=network_io.OPSET,
        dynamo=False,
    )
    onnx.checker.check_model(onnx.load(path))


def check(path, cases):
    """Largest relative difference of ONNX Runtime from the expected outputs; `cases` are (feeds, expected)."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    worst = 0.0
    for feeds, expected in cases:
        actual = session.run(None, {name: value.numpy() for name, value in feeds.items()})[0]
        worst = max(worst, relative(actual, expected.detach().numpy()))
    if worst > TOLERANCE:
        path.unlink()
        raise SystemExit(f"{path}: ONNX Runtime and PyTorch differ by {worst:.2e}, more than {TOLERANCE}")
    return worst


def gradient(decoder, z, u):
    """J_D(z)ᵀ u by automatic differentiation."""
    z = z.clone().requires_grad_()
    return torch.autograd.grad(decoder(z), z, u)[0]


def write_first_stage(net, folder):
    """Writes encoder, decoder and decoder_vjp; returns the files and the differences by role."""
    generator = torch.Generator().manual_seed(0)

    def noise(channels, height, width):
        return torch.randn((2, channels, height, width), generator=generator)

    encoder, decoder, vjp = autoencoder.Encoder(net), autoencoder.Decoder(net), autoencoder.DecoderVjp(net)
    sizes, factor, latent = [(16, 16), (4, 28), (40, 12)], autoencoder.FACTOR, net.config.latent
    pictures = [noise(3, factor * h, factor * w).clamp(-1, 1) for h, w in sizes]
    latents = [noise(latent, h, w) for h, w in sizes]
    roles = {
        "encoder": (encoder, "z", [({"x": x}, encoder(x)) for x in pictures]),
        "decoder": (decoder, "x", [({"z": z}, decoder(z)) for z in latents]),
        "decoder_vjp": (vjp, "g", [({"z": z, "u": u}, gradient(decoder, z, u)) for z, u in zip(latents, pictures)]),
    }
    files, differences = {}, {}
    for role, (module, output, cases) in roles.items():
        files[role] = f"{role}.onnx"
        write_graph(module, cases[0][0], output, folder / files[role])
        differences[role] = check(folder / files[role], cases)
    return files, differences


def write_network(net, folder):
    """Writes network.onnx; returns the difference."""
    path, module = folder / "network.onnx", network.EpsilonModel(net, network.LATENT).eval()
    times = torch.tensor([0, 1, 46, 250, 600, 999])
    network_io.export(module, net, path, ("t", times[:2], "eps"))
    generator, multiple = torch.Generator().manual_seed(0), net.config.size_multiple
    cases = []
    for shape, t in (((1, multiple, multiple), times[:1]), ((2, 40, 24), times[1:3]), ((3, 16, 64), times[3:])):
        x = torch.randn((shape[0], net.config.channels, *shape[1:]), generator=generator)
        with torch.no_grad():
            cases.append(({"x": x, "t": t}, module(x, t)))
    return check(path, cases)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("autoencoder", help="training run of the autoencoder")
    parser.add_argument("network", help="training run of the latent network")
    parser.add_argument("folder", help="model folder to write, for example ../photo-latent")
    parser.add_argument("--name", help="model name; the folder's name unless given")
    parser.add_argument("--version", default="0.1.0")
    parser.add_argument("--licence", required=True, help="licence of the weights, as an SPDX expression")
    parser.add_argument("--description", default="Unconditional latent diffusion model of photographs, fully convolutional")
    options = parser.parse_args()
    folder = pathlib.Path(options.folder)
    folder.mkdir(parents=True, exist_ok=True)
    stage, stage_step, stage_seconds = training.averaged_network(
        pathlib.Path(options.autoencoder) / "checkpoint.pt", autoencoder.Autoencoder)
    net, step, seconds = training.averaged_network(pathlib.Path(options.network) / "checkpoint.pt")
    files, differences = write_first_stage(stage.requires_grad_(False), folder)
    differences["network"] = write_network(net, folder)
    files = {"network": "network.onnx", **files}
    name = options.name or folder.resolve().name
    entries = manifest.latent(net.config, stage.config, name, options.version, options.licence, options.description)
    manifest.describe(folder, files, entries, "t", "eps")
    parameters = [sum(p.numel() for p in n.parameters()) / 1e6 for n in (stage, net)]
    print(f"{folder}: autoencoder {parameters[0]:.2f} M parameters, step {stage_step}, {stage_seconds / 3600:.2f} h; "
          f"network {parameters[1]:.2f} M, step {step}, {seconds / 3600:.2f} h; halo {entries['halo']}")
    print("ONNX Runtime against PyTorch: " + ", ".join(f"{role} {d:.1e}" for role, d in differences.items()))


if __name__ == "__main__":
    main()
