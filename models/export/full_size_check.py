"""Export every supported architecture at its published size, with random weights, and compare.

    python full_size_check.py [NAME …] [--keep DIR]

For each name: write a checkpoint in the publisher's own layout, export it with the command a person
would use, and print parameters, the largest relative difference between ONNX Runtime and PyTorch
(for `decoder_vjp`: automatic differentiation), and seconds.
"""

import argparse
import io
import sys
import tempfile
import time
from contextlib import redirect_stdout
from pathlib import Path

import torch
import yaml
from torch import nn

from dcdp_export.autoencoder import AutoencoderConfig, Decoder, Encoder
from dcdp_export.bindings import unbind
from dcdp_export.cli import main as export
from dcdp_export.commands import compvis, openai
from dcdp_export.config import Fields
from dcdp_export.sources import autoencoders, openai_unet

VQ_F4 = {"target": "ldm.models.autoencoder.VQModelInterface", "params": {
    "embed_dim": 3, "n_embed": 8192, "ddconfig": {
        "double_z": False, "z_channels": 3, "resolution": 256, "in_channels": 3, "out_ch": 3, "ch": 128,
        "ch_mult": [1, 2, 4], "num_res_blocks": 2, "attn_resolutions": [], "dropout": 0.0}}}
KL_F8 = {"target": "ldm.models.autoencoder.AutoencoderKL", "params": {
    "embed_dim": 4, "ddconfig": {
        "double_z": True, "z_channels": 4, "resolution": 256, "in_channels": 3, "out_ch": 3, "ch": 128,
        "ch_mult": [1, 2, 4, 4], "num_res_blocks": 2, "attn_resolutions": [], "dropout": 0.0}}}
FACES_UNET = {"image_size": 64, "in_channels": 3, "out_channels": 3, "model_channels": 224,
              "attention_resolutions": [8, 4, 2], "num_res_blocks": 2, "channel_mult": [1, 2, 3, 4],
              "num_head_channels": 32}
CHURCHES_UNET = {"image_size": 32, "in_channels": 4, "out_channels": 4, "model_channels": 192,
                 "attention_resolutions": [1, 2, 4, 8], "num_res_blocks": 2, "channel_mult": [1, 2, 2, 4, 4],
                 "num_heads": 8, "use_scale_shift_norm": True, "resblock_updown": True}


def randomise(module: nn.Module) -> nn.Module:
    """Weights that keep activations of order one; the originals start several layers at zero."""
    for name, parameter in module.named_parameters():
        if parameter.dim() > 1:
            nn.init.normal_(parameter, std=parameter[0].numel() ** -0.5)
        else:
            nn.init.normal_(parameter, 1.0 if "norm" in name and name.endswith("weight") else 0.0, 0.1)
    return module


def openai_case(preset: str, presets: dict, command: str, folder: Path, *extra: str) -> tuple[list[str], int]:
    values = openai._DEFAULTS | presets[preset]
    unet = randomise(openai.build(values))
    torch.save(unbind(unet, openai_unet.bindings(unet, values["use_new_attention_order"])), folder / "model.pt")
    return ([command, "--preset", preset, "--checkpoint", str(folder / "model.pt"), *extra],
            sum(p.numel() for p in unet.parameters()))


def compvis_case(unet_options: dict, stage: dict, folder: Path) -> tuple[list[str], int]:
    unet = randomise(compvis.build_unet(Fields(unet_options, "unet_config")))
    config: AutoencoderConfig = autoencoders.compvis_config(Fields(stage, "first_stage_config"))
    halves = randomise(Encoder(config)), randomise(Decoder(config))
    state = {f"model.diffusion_model.{k}": v for k, v in unbind(unet, openai_unet.bindings(unet, False)).items()}
    for module, names in zip(halves, autoencoders.compvis_bindings(*halves)):
        state |= {f"first_stage_model.{k}": v for k, v in unbind(module, names).items()}
    torch.save({"state_dict": state}, folder / "model.ckpt")
    (folder / "config.yaml").write_text(yaml.safe_dump({"model": {"params": {
        "linear_start": 0.0015, "linear_end": 0.0195, "timesteps": 1000, "cond_stage_config": "__is_unconditional__",
        "unet_config": {"params": unet_options}, "first_stage_config": stage}}}))
    return (["compvis", "--config", str(folder / "config.yaml"), "--checkpoint", str(folder / "model.ckpt")],
            sum(p.numel() for module in (unet, *halves) for p in module.parameters()))


CASES = {
    "guided-diffusion-ffhq-256": lambda d: openai_case("ffhq-256", openai.GUIDED_PRESETS, "guided-diffusion", d),
    "guided-diffusion-imagenet-256": lambda d: openai_case(
        "imagenet-256", openai.GUIDED_PRESETS, "guided-diffusion", d, "--dtype", "f16"),
    "consistency-imagenet-64": lambda d: openai_case(
        "imagenet-64", openai.CONSISTENCY_PRESETS, "consistency-models", d, "--class-label", "207", "--halo", "8"),
    "consistency-lsun-256": lambda d: openai_case("lsun-256", openai.CONSISTENCY_PRESETS, "consistency-models", d),
    "latent-vq-f4": lambda d: compvis_case(FACES_UNET, VQ_F4, d),
    "latent-kl-f8": lambda d: compvis_case(CHURCHES_UNET, KL_F8, d),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"default: all of {', '.join(CASES)}")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the model folders here")
    args = parser.parse_args()
    if unknown := set(args.names) - set(CASES):
        parser.error(f"unknown name {sorted(unknown)[0]}; choose from {', '.join(CASES)}")
    torch.manual_seed(0)
    failed = False
    for name in args.names or CASES:
        with tempfile.TemporaryDirectory() as scratch:
            command, count = CASES[name](Path(scratch))
            output = (args.keep or Path(scratch)) / name
            start, log = time.monotonic(), io.StringIO()
            with redirect_stdout(log):
                status = export([*command, "--output", str(output)])
            print(f"{name}: {count / 1e6:.1f} M parameters, {time.monotonic() - start:.0f} s, "
                  f"{'ok' if status == 0 else 'FAILED'}", flush=True)
            for line in log.getvalue().splitlines()[:-1]:
                print(f"  {line}", flush=True)
            failed |= status != 0
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
