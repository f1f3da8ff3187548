"""First stages as CompVis latent diffusion and as diffusers (`VQModel`, `AutoencoderKL`) write them."""

from dcdp_export.autoencoder import AutoencoderConfig, Decoder, Encoder
from dcdp_export.bindings import Binding, Hints, rename_leaves
from dcdp_export.config import Fields
from dcdp_export.layers import ResBlock
from dcdp_export.sources.diffusers_unet import ATTENTION

_COMPVIS_TARGETS = {"ldm.models.autoencoder.VQModelInterface": "vq", "ldm.models.autoencoder.VQModel": "vq",
                    "ldm.models.autoencoder.AutoencoderKL": "kl"}
_COMPVIS_BLOCK = {"norm1": "norm1", "conv1": "conv1", "norm2": "norm2", "conv2": "conv2", "shortcut": "nin_shortcut"}
_COMPVIS_ATTENTION = {"norm": "norm", "qkv": ("q", "k", "v"), "out": "proj_out"}
_DIFFUSERS_BLOCK = _COMPVIS_BLOCK | {"shortcut": "conv_shortcut"}
_DIFFUSERS_DOWN = {"DownEncoderBlock2D": False, "AttnDownEncoderBlock2D": True}
_DIFFUSERS_UP = {"UpDecoderBlock2D": False, "AttnUpDecoderBlock2D": True}


def compvis_config(fields: Fields) -> AutoencoderConfig:
    """From a config's `first_stage_config` section."""
    target = fields.get("target", None)
    kind = fields.choice("target", target, _COMPVIS_TARGETS)
    params = fields.section("params")
    dd = params.section("ddconfig")
    ch, mult = dd.integer("ch"), dd.integers("ch_mult")
    dd.require("double_z", kind == "kl", default=True)
    dd.require("tanh_out", False, default=False)
    dd.require("use_linear_attn", False, default=False)
    dd.require("attn_type", "vanilla", "vanilla-xformers", default="vanilla")
    params.require("remap", None, default=None)
    attention = dd.get("attn_resolutions", [])
    if not isinstance(attention, list):
        dd.fail("attn_resolutions", f"{attention!r} is not a list")
    attends = tuple(dd.integer("resolution") // 2 ** i in attention for i in range(len(mult)))
    return AutoencoderConfig(
        kind=kind, in_channels=dd.integer("in_channels"), out_channels=dd.integer("out_ch"),
        latent_channels=dd.integer("z_channels"), embedding_channels=params.integer("embed_dim"),
        channels=tuple(ch * m for m in mult), stem_channels=ch, blocks=dd.integer("num_res_blocks"),
        encoder_attention=attends, decoder_attention=attends,
        learned_resample=bool(dd.get("resamp_with_conv", True)),
        codes=params.integer("n_embed") if kind == "vq" else None)


def diffusers_config(fields: Fields) -> AutoencoderConfig:
    """From the config.json of a `VQModel` or an `AutoencoderKL`."""
    kind = fields.choice("_class_name", fields.get("_class_name", None), {"VQModel": "vq", "AutoencoderKL": "kl"})
    fields.require("act_fn", "silu", "swish", default="silu")
    fields.require("norm_type", "group", default="group")
    for name in ("shift_factor", "latents_mean", "latents_std"):
        fields.require(name, None, 0.0, default=None)
    channels = fields.integers("block_out_channels")
    down = [fields.choice("down_block_types", name, _DIFFUSERS_DOWN)
            for name in fields.strings("down_block_types", len(channels))]
    up = [fields.choice("up_block_types", name, _DIFFUSERS_UP)
          for name in fields.strings("up_block_types", len(channels))]
    latent = fields.integer("latent_channels", 3 if kind == "vq" else 4)
    return AutoencoderConfig(
        kind=kind, in_channels=fields.integer("in_channels", 3), out_channels=fields.integer("out_channels", 3),
        latent_channels=latent,
        embedding_channels=(fields.get("vq_embed_dim", None) or latent) if kind == "vq" else latent,
        channels=channels, stem_channels=channels[0], blocks=fields.integer("layers_per_block", 1),
        encoder_attention=tuple(down), decoder_attention=tuple(reversed(up)),
        middle_attention=bool(fields.get("mid_block_add_attention", True)),
        groups=fields.integer("norm_num_groups", 32),
        codes=fields.integer("num_vq_embeddings", 256) if kind == "vq" else None,
        quant_conv=bool(fields.get("use_quant_conv", True)),
        post_quant_conv=bool(fields.get("use_post_quant_conv", True)))


def compvis_bindings(encoder: Encoder, decoder: Decoder) -> tuple[list[Binding], list[Binding]]:
    """Bindings of the encoder and of the decoder."""

    def half(module, root: str, levels: str, resample: str) -> list[Binding]:
        found = rename_leaves(module.stem, "stem", root, {"": "conv_in"})
        for part, name in (("first", "block_1"), ("attention", "attn_1"), ("second", "block_2")):
            leaves = _COMPVIS_ATTENTION if part == "attention" else _COMPVIS_BLOCK
            found += rename_leaves(getattr(module.middle, part), f"middle.{part}", f"{root}.mid.{name}", leaves)
        count = len(getattr(module, levels))
        for i, level in enumerate(getattr(module, levels)):
            # both directions number their levels from fine to coarse
            source = f"{root}.{levels}.{i if levels == 'down' else count - 1 - i}"
            for j, block in enumerate(level.blocks):
                found += rename_leaves(block, f"{levels}.{i}.blocks.{j}", f"{source}.block.{j}", _COMPVIS_BLOCK)
            for j, attention in enumerate(level.attentions):
                found += rename_leaves(attention, f"{levels}.{i}.attentions.{j}", f"{source}.attn.{j}",
                                       _COMPVIS_ATTENTION)
            if level.resample is not None:
                found += rename_leaves(level.resample, f"{levels}.{i}.resample", f"{source}.{resample}",
                                       {"conv": "conv"})
        found += rename_leaves(module.norm_out, "norm_out", root, {"": "norm_out"})
        return found + rename_leaves(module.conv_out, "conv_out", root, {"": "conv_out"})

    return (half(encoder, "encoder", "down", "downsample") + _quant(encoder),
            half(decoder, "decoder", "up", "upsample") + _post_quant(decoder))


def diffusers_bindings(encoder: Encoder, decoder: Decoder) -> tuple[list[Binding], list[Binding]]:
    """Bindings of the encoder and of the decoder."""

    def half(module, root: str, levels: str, resample: str) -> list[Binding]:
        def block(child, prefix: str, source: str) -> list[Binding]:
            return rename_leaves(child, prefix, source, _DIFFUSERS_BLOCK if isinstance(child, ResBlock) else ATTENTION)

        found = rename_leaves(module.stem, "stem", root, {"": "conv_in"})
        found += block(module.middle.first, "middle.first", f"{root}.mid_block.resnets.0")
        if module.middle.attention is not None:
            found += block(module.middle.attention, "middle.attention", f"{root}.mid_block.attentions.0")
        found += block(module.middle.second, "middle.second", f"{root}.mid_block.resnets.1")
        for i, level in enumerate(getattr(module, levels)):
            source = f"{root}.{levels}_blocks.{i}"
            for j, child in enumerate(level.blocks):
                found += block(child, f"{levels}.{i}.blocks.{j}", f"{source}.resnets.{j}")
            for j, child in enumerate(level.attentions):
                found += block(child, f"{levels}.{i}.attentions.{j}", f"{source}.attentions.{j}")
            if level.resample is not None:
                found += rename_leaves(level.resample, f"{levels}.{i}.resample", f"{source}.{resample}.0",
                                       {"conv": "conv"})
        found += rename_leaves(module.norm_out, "norm_out", root, {"": "conv_norm_out"})
        return found + rename_leaves(module.conv_out, "conv_out", root, {"": "conv_out"})

    return (half(encoder, "encoder", "down", "downsamplers") + _quant(encoder),
            half(decoder, "decoder", "up", "upsamplers") + _post_quant(decoder))


def _quant(encoder: Encoder) -> list[Binding]:
    return rename_leaves(encoder.quant, "quant", "", {"": "quant_conv"}) if encoder.quant is not None else []


def _post_quant(decoder: Decoder) -> list[Binding]:
    found = []
    if decoder.post_quant is not None:
        found += rename_leaves(decoder.post_quant, "post_quant", "", {"": "post_quant_conv"})
    if decoder.codebook is not None:
        found.append(Binding("codebook", ("quantize.embedding.weight",)))
    return found


def compvis_hints(where: str) -> Hints:
    """Fields behind each tensor of a CompVis first stage."""
    return Hints((
        (r"quantize", "n_embed, embed_dim"),
        (r"quant_conv", "embed_dim, ddconfig.z_channels, ddconfig.double_z"),
        (r"encoder\.conv_out|decoder\.conv_in", "ddconfig.z_channels, ddconfig.double_z, ddconfig.ch"),
        (r"\.attn\.", "ddconfig.attn_resolutions, ddconfig.ch"),
        (r"", "ddconfig.ch, ddconfig.ch_mult, ddconfig.num_res_blocks"),
    ), where)


def diffusers_hints(where: str) -> Hints:
    """Fields behind each tensor of a diffusers first stage."""
    return Hints((
        (r"quantize", "num_vq_embeddings, vq_embed_dim"),
        (r"quant_conv", "latent_channels, vq_embed_dim, use_quant_conv, use_post_quant_conv"),
        (r"encoder\.conv_out|decoder\.conv_in", "latent_channels, block_out_channels"),
        (r"attentions", "mid_block_add_attention, down_block_types, up_block_types"),
        (r"", "block_out_channels, layers_per_block"),
    ), where)


def split(state: dict) -> tuple[dict, dict]:
    """The encoder's and the decoder's tensors; training losses and the like are left out."""
    first = {k: v for k, v in state.items() if k.startswith(("encoder.", "quant_conv."))}
    second = {k: v for k, v in state.items() if k.startswith(("decoder.", "post_quant_conv.", "quantize.embedding."))}
    return first, second
