"""The `UNet2DModel` of diffusers: its config.json and its tensors' names."""

from dcdp_export.bindings import Binding, Hints, rename_leaves
from dcdp_export.config import Fields
from dcdp_export.layers import ResBlock
from dcdp_export.unet import UNet, UNetConfig

_BLOCK = {"norm1": "norm1", "conv1": "conv1", "time": "time_emb_proj", "norm2": "norm2", "conv2": "conv2",
          "shortcut": "conv_shortcut"}
ATTENTION = {"norm": "group_norm", "qkv": ("to_q", "to_k", "to_v"), "out": "to_out.0"}
_DEPRECATED = (("query", "to_q"), ("key", "to_k"), ("value", "to_v"), ("proj_attn", "to_out.0"))

# block type: (attention, resampling with "conv", resampling with "resnet"); None where the type decides alone
_DOWN = {"DownBlock2D": (False, "conv"), "AttnDownBlock2D": (True, None), "ResnetDownsampleBlock2D": (False, "block")}
_UP = {"UpBlock2D": (False, "conv"), "AttnUpBlock2D": (True, None), "ResnetUpsampleBlock2D": (False, "block")}
_RESAMPLE = {"conv": "conv", "resnet": "block"}


def unet_config(fields: Fields) -> UNetConfig:
    """Our configuration from config.json; a network this package cannot build names the field."""
    fields.require("_class_name", "UNet2DModel", default="UNet2DModel")
    fields.require("act_fn", "silu", "swish", default="silu")
    fields.require("time_embedding_type", "positional", default="positional")
    fields.require("mid_block_type", "UNetMidBlock2D", default="UNetMidBlock2D")
    fields.require("class_embed_type", None, default=None)
    fields.require("resnet_time_scale_shift", "default", "scale_shift", default="default")
    channels = fields.integers("block_out_channels")
    down = [fields.choice("down_block_types", name.removeprefix("UNetRes"), _DOWN)
            for name in fields.strings("down_block_types", len(channels))]
    up = [fields.choice("up_block_types", name.removeprefix("UNetRes"), _UP)
          for name in fields.strings("up_block_types", len(channels))]
    down_type = fields.choice("downsample_type", fields.get("downsample_type", "conv"), _RESAMPLE)
    up_type = fields.choice("upsample_type", fields.get("upsample_type", "conv"), _RESAMPLE)
    head_channels = fields.get("attention_head_dim", 8)
    groups = fields.integer("norm_num_groups", 32)
    scale_shift = fields.get("resnet_time_scale_shift", "default") == "scale_shift"
    for width in channels:
        if width % groups:
            fields.fail("block_out_channels", f"{width} is not a multiple of norm_num_groups = {groups}")

    def heads(width: int) -> int:
        if head_channels is None:
            return 1
        if not isinstance(head_channels, int) or head_channels <= 0 or width < head_channels or width % head_channels:
            fields.fail("attention_head_dim", f"{head_channels!r} does not divide {width} channels")
        return width // head_channels

    middle_groups = fields.get("attn_norm_num_groups", None)
    if middle_groups is None and not scale_shift:
        middle_groups = groups
    return UNetConfig(
        in_channels=fields.integer("in_channels", 3), out_channels=fields.integer("out_channels", 3),
        stem_channels=channels[0], time_channels=channels[0],
        time_hidden=fields.get("time_embedding_dim", None) or 4 * channels[0], channels=channels,
        blocks=fields.integer("layers_per_block", 2),
        down_heads=tuple(heads(w) if attends else 0 for w, (attends, _) in zip(channels, down)),
        # the up blocks are listed from coarse to fine
        up_heads=tuple(heads(w) if attends else 0 for w, (attends, _) in zip(channels, reversed(up))),
        middle_heads=heads(channels[-1]) if fields.get("add_attention", True) else 0,
        down_resample=tuple(kind or down_type for _, kind in down[:-1]),
        up_resample=tuple(kind or up_type for _, kind in up[:-1])[::-1],
        asymmetric_padding=fields.integer("downsample_padding", 1) == 0, scale_shift=scale_shift, groups=groups,
        middle_attention_groups=middle_groups, eps=fields.number("norm_eps", 1e-5),
        cosine_first=bool(fields.get("flip_sin_to_cos", True)), frequency_shift=fields.number("freq_shift", 0),
        middle_output_scale=fields.number("mid_block_scale_factor", 1),
        centre_input=bool(fields.get("center_input_sample", False)), classes=fields.get("num_class_embeds", None))


def modern_names(state: dict) -> dict:
    """Checkpoints from before diffusers 0.18 name the attention tensors query, key, value and proj_attn."""
    renamed = {}
    for key, value in state.items():
        parts = key.split(".")
        if any(part.startswith("attentions") for part in parts) and len(parts) > 1:
            parts[-2] = dict(_DEPRECATED).get(parts[-2], parts[-2])
        renamed[".".join(parts)] = value
    return renamed


def bindings(unet: UNet) -> list[Binding]:
    """One binding per parameter."""

    def block(module, prefix: str, source: str) -> list[Binding]:
        return rename_leaves(module, prefix, source, _BLOCK if isinstance(module, ResBlock) else ATTENTION)

    found = rename_leaves(unet.stem, "stem", "", {"": "conv_in"})
    found += rename_leaves(unet.time, "time", "time_embedding", {"0": "linear_1", "1": "linear_2"})
    if unet.label is not None:
        found.append(Binding("label.weight", ("class_embedding.weight",)))
    for ours, theirs, sampler in (("down", "down_blocks", "downsamplers"), ("up", "up_blocks", "upsamplers")):
        for i, level in enumerate(getattr(unet, ours)):
            for j, residual in enumerate(level.blocks):
                found += block(residual, f"{ours}.{i}.blocks.{j}", f"{theirs}.{i}.resnets.{j}")
            for j, attention in enumerate(level.attentions):
                found += block(attention, f"{ours}.{i}.attentions.{j}", f"{theirs}.{i}.attentions.{j}")
            if isinstance(level.resample, ResBlock):
                found += block(level.resample, f"{ours}.{i}.resample", f"{theirs}.{i}.{sampler}.0")
            elif level.resample is not None:
                found += rename_leaves(level.resample, f"{ours}.{i}.resample", f"{theirs}.{i}.{sampler}.0",
                                       {"conv": "conv"})
    found += block(unet.middle.first, "middle.first", "mid_block.resnets.0")
    if unet.middle.attention is not None:
        found += block(unet.middle.attention, "middle.attention", "mid_block.attentions.0")
    found += block(unet.middle.second, "middle.second", "mid_block.resnets.1")
    found += rename_leaves(unet.norm_out, "norm_out", "", {"": "conv_norm_out"})
    found += rename_leaves(unet.conv_out, "conv_out", "", {"": "conv_out"})
    return found


def hints(where: str) -> Hints:
    """Fields of config.json behind each tensor."""
    return Hints((
        (r"class_embedding", "num_class_embeds, class_embed_type"),
        (r"^conv_out", "out_channels, block_out_channels"),
        (r"^conv_in", "in_channels, block_out_channels"),
        (r"^time_", "time_embedding_type, block_out_channels"),
        (r"attentions", "down_block_types, up_block_types, block_out_channels"),
        (r"downsamplers", "downsample_type, down_block_types, block_out_channels"),
        (r"upsamplers", "upsample_type, up_block_types, block_out_channels"),
        (r"time_emb_proj", "resnet_time_scale_shift, layers_per_block, block_out_channels"),
        (r"_blocks", "layers_per_block, block_out_channels"),
        (r"", "block_out_channels"),
    ), where)
