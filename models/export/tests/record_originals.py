"""Record what the original implementations compute, for `test_originals.py`.

Needs the originals, which the tests themselves do not:
    pip install --no-deps guided-diffusion-sdk==1.0.0 stable-diffusion-sdkit==2.1.5 taming-transformers-rom1504==0.0.6
    pip install einops==0.8.2
Weights and inputs come from `deterministic.py`; a fixture holds names, shapes and outputs.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from guided_diffusion.script_util import create_model
from ldm.modules.diffusionmodules.model import Decoder, Encoder
from ldm.modules.diffusionmodules.openaimodel import UNetModel
from taming.modules.vqvae.quantize import VectorQuantizer2
from torch import nn

import deterministic

RECORDED = Path(__file__).parent / "recorded"

GUIDED = {
    "guided_old_order": dict(image_size=32, num_channels=32, num_res_blocks=1, channel_mult="1,2",
                             attention_resolutions="16", num_head_channels=16, use_scale_shift_norm=True,
                             resblock_updown=True, learn_sigma=True),
    "guided_new_order": dict(image_size=32, num_channels=32, num_res_blocks=1, channel_mult="1,2",
                             attention_resolutions="32,16", num_heads=4, use_scale_shift_norm=False,
                             resblock_updown=False, learn_sigma=False, class_cond=True,
                             use_new_attention_order=True),
}
FFHQ = dict(image_size=256, num_channels=128, num_res_blocks=1, attention_resolutions="16", num_head_channels=64,
            use_scale_shift_norm=True, resblock_updown=True, learn_sigma=True)
LATENT_UNET = dict(image_size=8, in_channels=3, out_channels=3, model_channels=32, attention_resolutions=[2],
                   num_res_blocks=1, channel_mult=[1, 2], num_head_channels=32)
DDCONFIG = dict(double_z=False, z_channels=3, resolution=32, in_channels=3, out_ch=3, ch=32, ch_mult=[1, 2],
                num_res_blocks=1, attn_resolutions=[16], dropout=0.0)


class FirstStage(nn.Module):
    """The parts of the original autoencoders that hold tensors, put together as they are."""

    def __init__(self, kind: str, config: dict, embed_dim: int, n_embed: int):
        super().__init__()
        self.kind = kind
        config = dict(config, double_z=kind == "kl")
        factor = 2 if kind == "kl" else 1
        self.encoder, self.decoder = Encoder(**config), Decoder(**config)
        self.quant_conv = nn.Conv2d(factor * config["z_channels"], factor * embed_dim, 1)
        self.post_quant_conv = nn.Conv2d(embed_dim, config["z_channels"], 1)
        if kind == "vq":
            self.quantize = VectorQuantizer2(n_embed, embed_dim, beta=0.25)

    def encode(self, x):
        h = self.quant_conv(self.encoder(x))
        return h.chunk(2, dim=1)[0] if self.kind == "kl" else h

    def decode(self, z):
        z = self.quantize(z)[0] if self.kind == "vq" else z
        return self.decoder(self.post_quant_conv(z))


def shapes_of(module: nn.Module) -> dict[str, list[int]]:
    return {name: list(value.shape) for name, value in module.state_dict().items()}


def fill(module: nn.Module) -> dict[str, list[int]]:
    shapes = shapes_of(module)
    module.load_state_dict(deterministic.state(shapes))
    module.eval()
    return shapes


def save(name: str, config: dict, shapes: dict, **arrays: torch.Tensor) -> None:
    RECORDED.mkdir(exist_ok=True)
    (RECORDED / f"{name}.json").write_text(json.dumps({"config": config, "shapes": shapes}, indent=0))
    if arrays:
        np.savez_compressed(RECORDED / f"{name}.npz", **{k: v.detach().numpy() for k, v in arrays.items()})


def main() -> int:
    for name, config in GUIDED.items():
        model = create_model(**config)
        shapes = fill(model)
        x, t = deterministic.tensor(f"{name} x", (2, 3, 16, 24)), torch.tensor([3, 870])
        labels = torch.tensor([7, 7]) if config.get("class_cond") else None
        with torch.no_grad():
            save(name, config, shapes, output=model(x, t, labels))
    save("ffhq_256", FFHQ, shapes_of(create_model(**FFHQ)))
    model = UNetModel(**LATENT_UNET)
    shapes = fill(model)
    x, t = deterministic.tensor("latent_unet x", (2, 3, 8, 12)), torch.tensor([3, 870])
    with torch.no_grad():
        save("latent_unet", LATENT_UNET, shapes, output=model(x, t))
    for kind in ("vq", "kl"):
        model = FirstStage(kind, DDCONFIG, embed_dim=3, n_embed=16)
        shapes = fill(model)
        x = deterministic.tensor(f"{kind} x", (1, 3, 32, 48))
        z = deterministic.tensor(f"{kind} z", (1, 3, 16, 24)).requires_grad_()
        u = deterministic.tensor(f"{kind} u", (1, 3, 32, 48))
        decoded = model.decode(z)
        save(f"first_stage_{kind}", {"ddconfig": dict(DDCONFIG, double_z=kind == "kl"), "embed_dim": 3, "n_embed": 16},
             shapes, encoded=model.encode(x), decoded=decoded, vjp=torch.autograd.grad(decoded, z, u)[0])
    return 0


if __name__ == "__main__":
    sys.exit(main())
