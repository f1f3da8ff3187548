"""Folders saved by the diffusers package, with random weights, against the package's own results."""

import json
from argparse import Namespace
from pathlib import Path

import pytest
import torch
from diffusers import (AutoencoderKL, CMStochasticIterativeScheduler, DDIMScheduler, DDPMScheduler, UNet2DModel,
                       VQModel)

import deterministic
from dcdp_export.bindings import unbind
from dcdp_export.commands import diffusers
from dcdp_export.errors import CheckpointMismatch, ConfigError
from dcdp_export.graphs import ConsistencyFunction, DecoderVjp
from dcdp_export.onnx_file import relative_difference
from dcdp_export.sources import autoencoders, diffusers_unet

DDPM = dict(sample_size=16, block_out_channels=(32, 32, 64), layers_per_block=1, norm_eps=1e-6,
            down_block_types=("DownBlock2D", "AttnDownBlock2D", "DownBlock2D"),
            up_block_types=("UpBlock2D", "AttnUpBlock2D", "UpBlock2D"), downsample_padding=0,
            flip_sin_to_cos=False, freq_shift=1, attention_head_dim=None)
LDM = dict(sample_size=8, block_out_channels=(32, 64), layers_per_block=1, attention_head_dim=32,
           down_block_types=("DownBlock2D", "AttnDownBlock2D"), up_block_types=("AttnUpBlock2D", "UpBlock2D"))
LEARNED = dict(DDPM, out_channels=6, mid_block_scale_factor=1.5, center_input_sample=True)
CONSISTENCY = dict(sample_size=16, block_out_channels=(32, 32, 64), layers_per_block=1, attention_head_dim=16,
                   down_block_types=("ResnetDownsampleBlock2D", "AttnDownBlock2D", "AttnDownBlock2D"),
                   up_block_types=("AttnUpBlock2D", "AttnUpBlock2D", "ResnetUpsampleBlock2D"),
                   downsample_type="resnet", upsample_type="resnet", resnet_time_scale_shift="scale_shift",
                   attn_norm_num_groups=32, num_class_embeds=10)
FIRST_STAGE = dict(block_out_channels=(32, 64), layers_per_block=1, norm_num_groups=16, sample_size=16,
                   down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2)


def randomise(module):
    module.load_state_dict({name: deterministic.weight(name, tuple(value.shape))
                            for name, value in module.state_dict().items()})
    return module.eval().requires_grad_(False)


def options(folder: Path, **values) -> Namespace:
    return Namespace(**{"folder": folder, "latent_scale": None, "class_label": None, "output": folder / "model",
                        "name": None, "model_version": "1", "licence": "", "description": None, "tile": None,
                        "halo": 4, "fixed_size": False} | values)


def save(folder: Path, unet: dict, scheduler, **stages) -> UNet2DModel:
    model = randomise(UNet2DModel(**unet))
    model.save_pretrained(folder / "unet")
    scheduler.save_pretrained(folder / "scheduler")
    for name, stage in stages.items():
        randomise(stage).save_pretrained(folder / name)
    return model


@pytest.mark.parametrize("config", [DDPM, LDM, LEARNED], ids=["ddpm", "ldm", "learned"])
def test_unet(tmp_path, config):
    original = save(tmp_path, config, DDPMScheduler())
    model = diffusers.diffusers(options(tmp_path))
    names = unbind(model.unet, diffusers_unet.bindings(model.unet))
    assert {k: v.shape for k, v in names.items()} == {k: v.shape for k, v in original.state_dict().items()}
    x, t = deterministic.tensor("x", (2, 3, 8, 12)), torch.tensor([4, 930])
    assert relative_difference(model.unet(x, t), original(x, t).sample) < 1e-5
    assert model.manifest.learned_variance == (config is LEARNED)


def test_consistency_model(tmp_path):
    scheduler = CMStochasticIterativeScheduler(clip_denoised=False)
    original = save(tmp_path, CONSISTENCY, scheduler)
    with pytest.raises(ConfigError, match="class-conditional.*num_class_embeds.*0…9"):
        diffusers.diffusers(options(tmp_path))
    model = diffusers.diffusers(options(tmp_path, class_label=3))
    assert (model.manifest.kind, model.manifest.time_input) == ("consistency", "sigma")
    scheduler.set_timesteps(timesteps=[22])
    sigma, t = scheduler.sigmas[0], scheduler.timesteps[0]
    x = sigma * deterministic.tensor("x", (1, 3, 8, 12))
    raw = original(scheduler.scale_model_input(x, t), t, class_labels=torch.tensor([3])).sample
    expected = scheduler.step(raw, t, x, generator=torch.Generator()).prev_sample
    ours = ConsistencyFunction(model.unet, model.sigma)(x, sigma[None])
    assert relative_difference(ours, expected) < 1e-4


@pytest.mark.parametrize("kind, folder", [("vq", "vqvae"), ("kl", "vae")])
def test_latent_model(tmp_path, kind, folder):
    stage = (VQModel(num_vq_embeddings=16, scaling_factor=0.7, **FIRST_STAGE) if kind == "vq"
             else AutoencoderKL(latent_channels=3, scaling_factor=0.3, **FIRST_STAGE))
    save(tmp_path, LDM, DDIMScheduler(beta_schedule="scaled_linear", beta_start=0.0015, beta_end=0.0195),
         **{folder: stage})
    model = diffusers.diffusers(options(tmp_path))
    assert model.manifest.extra == {"latent_scale": 0.7 if kind == "vq" else 0.3, "latent_channels": 3, "downsample": 2}
    assert (model.manifest.beta_schedule, model.manifest.tile, model.manifest.size_multiple) == ("scaled_linear", 16, 4)
    names = {}
    for module, bindings in zip((model.encoder, model.decoder),
                                autoencoders.diffusers_bindings(model.encoder, model.decoder)):
        names |= unbind(module, bindings)
    assert {k: v.shape for k, v in names.items()} == {k: v.shape for k, v in stage.state_dict().items()}

    x, z = deterministic.tensor("x", (1, 3, 16, 24)), deterministic.tensor("z", (1, 3, 8, 12))
    encoded = stage.encode(x)
    expected = encoded.latents if kind == "vq" else encoded.latent_dist.mean
    assert relative_difference(model.encoder(x), expected) < 1e-5
    assert relative_difference(model.decoder(z), stage.decode(z).sample) < 1e-5
    leaf = z.clone().requires_grad_()
    gradient, = torch.autograd.grad(stage.decode(leaf).sample, leaf, x)
    assert relative_difference(DecoderVjp(model.decoder)(z, x), gradient) < 1e-5


def test_older_attention_names_and_bin_files(tmp_path):
    original = save(tmp_path, DDPM, DDPMScheduler())
    state = original.state_dict()
    for new, old in (("to_q", "query"), ("to_k", "key"), ("to_v", "value"), ("to_out.0", "proj_attn")):
        state = {key.replace(f".{new}.", f".{old}."): value for key, value in state.items()}
    assert "mid_block.attentions.0.query.weight" in state and "mid_block.attentions.0.proj_attn.bias" in state
    (tmp_path / "unet" / "diffusion_pytorch_model.safetensors").unlink()
    torch.save(state, tmp_path / "unet" / "diffusion_pytorch_model.bin")
    model = diffusers.diffusers(options(tmp_path))
    x, t = deterministic.tensor("x", (1, 3, 8, 8)), torch.tensor([40])
    assert relative_difference(model.unet(x, t), original(x, t).sample) < 1e-5


def change(path: Path, **values) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


@pytest.mark.parametrize("values, message", [
    ({"act_fn": "gelu"}, "act_fn.*gelu"),
    ({"down_block_types": ["SkipDownBlock2D"] * 3}, "down_block_types.*SkipDownBlock2D"),
    ({"block_out_channels": [32, 32, "64"]}, "block_out_channels"),
    ({"time_embedding_type": "fourier"}, "time_embedding_type"),
    ({"attention_head_dim": 48}, "attention_head_dim.*48"),
])
def test_unsupported_configuration_names_the_field(tmp_path, values, message):
    save(tmp_path, DDPM, DDPMScheduler())
    change(tmp_path / "unet" / "config.json", **values)
    with pytest.raises(ConfigError, match=message):
        diffusers.diffusers(options(tmp_path))


def test_unsupported_schedule_names_the_field(tmp_path):
    save(tmp_path, DDPM, DDPMScheduler(beta_schedule="squaredcos_cap_v2"))
    with pytest.raises(ConfigError, match="scheduler_config.json.*beta_schedule.*squaredcos_cap_v2"):
        diffusers.diffusers(options(tmp_path))


def test_mismatch_names_tensor_shape_and_field(tmp_path):
    save(tmp_path, DDPM, DDPMScheduler())
    change(tmp_path / "unet" / "config.json", out_channels=6)
    with pytest.raises(CheckpointMismatch, match=r"`conv_out.weight` has shape \(3, 32, 3, 3\).*\(6, 32, 3, 3\).*"
                                                 r"config.json: out_channels"):
        diffusers.diffusers(options(tmp_path))
