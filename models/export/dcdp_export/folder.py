"""Assemble a model folder: graphs, verification, manifest, moved into place when complete."""

from dataclasses import dataclass
from pathlib import Path

import torch

from dcdp_export import onnx_file
from dcdp_export.autoencoder import Decoder, Encoder
from dcdp_export.graphs import ConsistencyFunction, DecoderVjp, Network, SigmaRange, autograd_vjp
from dcdp_export.manifest import Manifest
from dcdp_export.onnx_file import Input
from dcdp_export.staging import staged
from dcdp_export.unet import UNet

F32_LIMIT = 1e-3        # relative, ONNX Runtime against PyTorch
F16_LIMIT = 5e-2        # relative, an f16 graph against the f32 checkpoint


@dataclass
class Model:
    """A checkpoint in memory with everything the engine must know about it."""

    manifest: Manifest
    unet: UNet
    sigma: SigmaRange | None = None         # consistency models
    encoder: Encoder | None = None          # latent models
    decoder: Decoder | None = None


def write_folder(model: Model, output: Path, *, f16: bool = False, verify: bool = True,
                 report=print) -> dict[str, float]:
    """Writes the folder `output`, which must not exist or be empty.

    The folder appears complete or not at all. Returns the relative difference found per graph.
    """
    model.manifest.check()
    with staged(output) as staging:
        files, differences = {}, {}
        for role, write in _graphs(model):
            files[role] = staging / f"{role}.onnx"
            differences.update(write(files[role], f16, verify))
            if role in differences:
                report(f"{role}: {files[role].stat().st_size / 1e6:.1f} MB, "
                       f"largest relative difference to PyTorch {differences[role]:.1e}")
            else:
                report(f"{role}: {files[role].stat().st_size / 1e6:.1f} MB, not verified")
        (staging / "model.toml").write_text(model.manifest.text(files), encoding="utf-8")
    return differences


def _graphs(model: Model):
    """Pairs of a role and the function that writes and verifies its file."""
    if model.decoder is not None:
        yield "encoder", lambda *args: _first_stage(model, "encoder", *args)
        yield "decoder", lambda *args: _first_stage(model, "decoder", *args)
        yield "decoder_vjp", lambda *args: _first_stage(model, "decoder_vjp", *args)
    # last: an f16 export converts the U-Net in place
    yield "network", lambda *args: _network(model, *args)


def _network(model: Model, path: Path, f16: bool, verify: bool) -> dict[str, float]:
    manifest, config = model.manifest, model.unet.config
    downsample = manifest.extra.get("downsample", 1)
    side = manifest.tile // downsample
    picture = Input("x", config.in_channels, config.size_multiple, side if manifest.fixed_size else None)
    if model.sigma is None:
        graph, time = Network(model.unet), Input("t", None, dtype=torch.int64)
    else:
        graph, time = ConsistencyFunction(model.unet, model.sigma), Input("sigma", None)
    manifest.inputs = {"sample": picture.name, "time": time.name}
    manifest.outputs = {"sample": {"epsilon": "eps", "v": "v", "x0": "x0"}[manifest.prediction]}
    cases = []
    if verify:
        sizes = [(1, side, side)]
        if not manifest.fixed_size:
            sizes.append((2, config.size_multiple, 2 * config.size_multiple))
        for n, height, width in sizes:
            x = _noise(n, config.in_channels, height, width)
            t = torch.linspace(17, manifest.timesteps - 100, n).long() if model.sigma is None else torch.linspace(0.7, 9, n)
            with torch.no_grad():
                cases.append(({"x": x, time.name: t}, graph(x, t)))
    if f16:
        model.unet.to_half()
    timesteps = manifest.timesteps if model.sigma is None else None
    onnx_file.write(graph, [picture, time], manifest.outputs["sample"], path, timesteps=timesteps)
    limit = F16_LIMIT if f16 else F32_LIMIT
    return {"network": max(onnx_file.compare(path, *case, limit) for case in cases)} if cases else {}


def _first_stage(model: Model, role: str, path: Path, f16: bool, verify: bool) -> dict[str, float]:
    """A first stage computes in f32 always: its gradients are too small for f16. f16 halves the file."""
    config = model.decoder.config
    picture = Input("x", config.in_channels, config.downsample)
    latent = Input("z", config.embedding_channels)
    cotangent = Input("u", config.out_channels, config.downsample)
    graph, inputs, output = {
        "encoder": (model.encoder, [picture], "z"),
        "decoder": (model.decoder, [latent], "x"),
        "decoder_vjp": (DecoderVjp(model.decoder), [latent, cotangent], "g"),
    }[role]
    onnx_file.write(graph, inputs, output, path, f16_weights=f16)
    if not verify:
        return {}
    h, w = model.manifest.tile // config.downsample, model.manifest.tile // config.downsample
    z = _noise(1, config.embedding_channels, h, w)
    if model.decoder.codebook is not None:
        # exact code vectors: a point between two codes may round either way
        z = model.decoder.codebook.detach()[torch.randint(config.codes, (1, h, w))].permute(0, 3, 1, 2).contiguous()
    x = _noise(1, config.in_channels, h * config.downsample, w * config.downsample)
    with torch.no_grad():
        feeds, reference = {
            "encoder": lambda: ({"x": x}, model.encoder(x)),
            "decoder": lambda: ({"z": z}, model.decoder(z)),
            "decoder_vjp": lambda: ({"z": z, "u": x}, _reference_vjp(model.decoder, z, x)),
        }[role]()
    return {role: onnx_file.compare(path, feeds, reference, F16_LIMIT if f16 else F32_LIMIT)}


@torch.enable_grad()
def _reference_vjp(decoder: Decoder, z: torch.Tensor, u: torch.Tensor) -> torch.Tensor:
    return autograd_vjp(decoder, z, u)


def _noise(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)))
