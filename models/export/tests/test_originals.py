"""Our networks against outputs recorded from the original implementations."""

import torch

import deterministic
from dcdp_export.autoencoder import Decoder, Encoder
from dcdp_export.bindings import bind, source_names, unbind
from dcdp_export.commands import compvis, openai
from dcdp_export.config import Fields
from dcdp_export.graphs import DecoderVjp
from dcdp_export.onnx_file import relative_difference
from dcdp_export.sources import autoencoders, openai_unet
from dcdp_export.unet import UNet

import pytest


def load_unet(unet: UNet, shapes: dict, new_order: bool) -> UNet:
    bindings = openai_unet.bindings(unet, new_order)
    state = deterministic.state(shapes)
    bind(unet, state, bindings, openai_unet.hints("test"), "test")
    back = unbind(unet, bindings)
    assert back.keys() == state.keys()
    assert all(torch.equal(back[key].reshape(state[key].shape), state[key]) for key in state)
    return unet


@pytest.mark.parametrize("name", ["guided_old_order", "guided_new_order"])
def test_guided_diffusion_unet(recorded, name):
    config, shapes, arrays = recorded(name)
    values = openai._DEFAULTS | config
    unet = load_unet(openai.build(values), shapes, values["use_new_attention_order"])
    unet.class_index = 7 if values["class_cond"] else None
    output = unet(deterministic.tensor(f"{name} x", (2, 3, 16, 24)), torch.tensor([3, 870]))
    assert relative_difference(output, arrays["output"]) < 1e-5


def test_ffhq_256_has_the_published_tensors(recorded):
    config, shapes, _ = recorded("ffhq_256")
    with torch.device("meta"):
        unet = openai.build(openai._DEFAULTS | openai.GUIDED_PRESETS["ffhq-256"])
    ours = {key: list(value.shape) for key, value in unbind(unet, openai_unet.bindings(unet, False)).items()}
    theirs = {key: [n for i, n in enumerate(shape) if n != 1 or i < 2] for key, shape in shapes.items()}
    assert {key: [n for i, n in enumerate(shape) if n != 1 or i < 2] for key, shape in ours.items()} == theirs
    assert sum(p.numel() for p in unet.parameters()) == 93_563_910


@pytest.mark.parametrize("preset, millions", [("lsun-256", 552.8), ("imagenet-256", 552.8)])
def test_large_presets_have_the_published_size(preset, millions):
    with torch.device("meta"):
        unet = openai.build(openai._DEFAULTS | openai.GUIDED_PRESETS[preset])
    assert round(sum(p.numel() for p in unet.parameters()) / 1e6, 1) == millions


def test_latent_diffusion_unet(recorded):
    config, shapes, arrays = recorded("latent_unet")
    unet = load_unet(compvis.build_unet(Fields(config, "test")), shapes, new_order=False)
    output = unet(deterministic.tensor("latent_unet x", (2, 3, 8, 12)), torch.tensor([3, 870]))
    assert relative_difference(output, arrays["output"]) < 1e-5


@pytest.mark.parametrize("kind, target", [("vq", "VQModelInterface"), ("kl", "AutoencoderKL")])
def test_first_stage(recorded, kind, target):
    params, shapes, arrays = recorded(f"first_stage_{kind}")
    config = autoencoders.compvis_config(
        Fields({"target": f"ldm.models.autoencoder.{target}", "params": params}, "test"))
    encoder, decoder = Encoder(config), Decoder(config)
    state = deterministic.state(shapes)
    for module, names, part in zip((encoder, decoder), autoencoders.compvis_bindings(encoder, decoder),
                                   autoencoders.split(state)):
        bind(module, part, names, autoencoders.compvis_hints("test"), "test")
        assert set(source_names(names)) == set(part)
    x, z = deterministic.tensor(f"{kind} x", (1, 3, 32, 48)), deterministic.tensor(f"{kind} z", (1, 3, 16, 24))
    u = deterministic.tensor(f"{kind} u", (1, 3, 32, 48))
    assert relative_difference(encoder(x), arrays["encoded"]) < 1e-5
    assert relative_difference(decoder(z), arrays["decoded"]) < 1e-5
    assert relative_difference(DecoderVjp(decoder)(z, u), arrays["vjp"]) < 1e-5
