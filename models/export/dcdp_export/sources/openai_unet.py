"""The U-Net of OpenAI's guided-diffusion and consistency models and of CompVis latent diffusion.

All three name their tensors alike: `time_embed`, `input_blocks`, `middle_block`, `output_blocks`, `out`.
"""

from collections.abc import Sequence

from dcdp_export.bindings import Binding, Hints, rename_leaves
from dcdp_export.errors import ConfigError
from dcdp_export.layers import ResBlock
from dcdp_export.unet import UNet, UNetConfig

_BLOCK = {"norm1": "in_layers.0", "conv1": "in_layers.2", "time": "emb_layers.1", "norm2": "out_layers.0",
          "conv2": "out_layers.3", "shortcut": "skip_connection"}
_ATTENTION = {"norm": "norm", "qkv": "qkv", "out": "proj_out"}


def unet_config(*, in_channels: int, out_channels: int, model_channels: int, channel_mult: Sequence[float],
                num_res_blocks: int, attention_factors: Sequence[int], num_heads: int, num_heads_upsample: int,
                num_head_channels: int, use_scale_shift_norm: bool, resblock_updown: bool, conv_resample: bool,
                classes: int | None) -> UNetConfig:
    """Our configuration from the originals' options; −1 means unset for the three head counts.

    `attention_factors` are the downsampling factors 2^level at which attention takes place.
    """
    channels = tuple(int(mult * model_channels) for mult in channel_mult)
    for width in channels:
        if width <= 0 or width % 32:
            raise ConfigError(f"channel_mult × num_channels gives {width} channels, not a positive multiple of 32")

    def heads(width: int, count: int) -> int:
        if num_head_channels == -1:
            if count <= 0 or width % count:
                raise ConfigError(f"num_heads = {count} does not divide {width} channels")
            return count
        if num_head_channels <= 0 or width % num_head_channels:
            raise ConfigError(f"num_head_channels = {num_head_channels} does not divide {width} channels")
        return width // num_head_channels

    attends = [2 ** i in attention_factors for i in range(len(channels))]
    up_count = num_heads if num_heads_upsample == -1 else num_heads_upsample
    resample = "block" if resblock_updown else "conv"
    count = len(channels) - 1
    return UNetConfig(
        in_channels=in_channels, out_channels=out_channels, stem_channels=channels[0],
        time_channels=model_channels, time_hidden=4 * model_channels, channels=channels, blocks=num_res_blocks,
        down_heads=tuple(heads(w, num_heads) if a else 0 for w, a in zip(channels, attends)),
        up_heads=tuple(heads(w, up_count) if a else 0 for w, a in zip(channels, attends)),
        middle_heads=heads(channels[-1], num_heads),
        down_resample=(resample if resblock_updown or conv_resample else "pool",) * count,
        up_resample=(resample if resblock_updown or conv_resample else "repeat",) * count,
        scale_shift=use_scale_shift_norm, classes=classes)


def bindings(unet: UNet, new_attention_order: bool) -> list[Binding]:
    """One binding per parameter. In the old attention order each head stacks its own query, key and value."""

    def block(module, prefix: str, source: str) -> list[Binding]:
        if isinstance(module, ResBlock):
            return rename_leaves(module, prefix, source, _BLOCK)
        interleaved = None if new_attention_order else module.heads
        return rename_leaves(module, prefix, source, _ATTENTION, interleaved)

    found = rename_leaves(unet.stem, "stem", "input_blocks.0", {"": "0"})
    found += rename_leaves(unet.time, "time", "time_embed", {"0": "0", "1": "2"})
    if unet.label is not None:
        found.append(Binding("label.weight", ("label_emb.weight",)))
    index = 1
    for i, level in enumerate(unet.down):
        for j, residual in enumerate(level.blocks):
            found += block(residual, f"down.{i}.blocks.{j}", f"input_blocks.{index}.0")
            if level.attentions:
                found += block(level.attentions[j], f"down.{i}.attentions.{j}", f"input_blocks.{index}.1")
            index += 1
        if level.resample is not None:
            if isinstance(level.resample, ResBlock):
                found += block(level.resample, f"down.{i}.resample", f"input_blocks.{index}.0")
            else:
                found += rename_leaves(level.resample, f"down.{i}.resample", f"input_blocks.{index}.0", {"conv": "op"})
            index += 1
    for part, name in ((unet.middle.first, "first"), (unet.middle.attention, "attention"),
                       (unet.middle.second, "second")):
        found += block(part, f"middle.{name}", f"middle_block.{('first', 'attention', 'second').index(name)}")
    index = 0
    for i, level in enumerate(unet.up):
        for j, residual in enumerate(level.blocks):
            found += block(residual, f"up.{i}.blocks.{j}", f"output_blocks.{index}.0")
            if level.attentions:
                found += block(level.attentions[j], f"up.{i}.attentions.{j}", f"output_blocks.{index}.1")
            index += 1
        if level.resample is not None:
            source = f"output_blocks.{index - 1}.{2 if level.attentions else 1}"
            if isinstance(level.resample, ResBlock):
                found += block(level.resample, f"up.{i}.resample", source)
            else:
                found += rename_leaves(level.resample, f"up.{i}.resample", source, {"conv": "conv"})
    found += rename_leaves(unet.norm_out, "norm_out", "out", {"": "0"})
    found += rename_leaves(unet.conv_out, "conv_out", "out", {"": "2"})
    return found


def hints(where: str, width: str = "num_channels", outputs: str = "learn_sigma",
          classes: str = "class_cond") -> Hints:
    """Fields behind each tensor, under the names the source gives them."""
    return Hints((
        (r"label_emb", classes),
        (r"^out\.2", f"{outputs}, {width}"),
        (r"qkv|proj_out|\.norm\.", f"attention_resolutions, {width}, channel_mult"),
        (r"\.op\.|\.1\.conv\.|\.2\.conv\.", "resblock_updown, channel_mult"),
        (r"emb_layers", f"use_scale_shift_norm, {width}, num_res_blocks, resblock_updown"),
        (r"^time_embed|^input_blocks\.0\.", width),
        (r"^(input|output)_blocks", f"num_res_blocks, channel_mult, resblock_updown, {width}"),
        (r"", f"{width}, channel_mult"),
    ), where)
