"""`guided-diffusion` and `consistency-models`: bare OpenAI checkpoints, configured by flags.

These checkpoints hold weights only, so the configuration comes from a preset and from options with
the names the original scripts use.
"""

from argparse import ArgumentParser, BooleanOptionalAction, Namespace
from pathlib import Path

from dcdp_export.bindings import bind
from dcdp_export.checkpoint import read_checkpoint
from dcdp_export.commands.kinds import consistency_model, pixel_model
from dcdp_export.errors import ConfigError
from dcdp_export.folder import Model
from dcdp_export.graphs import SigmaRange
from dcdp_export.options import add_common, choose_class
from dcdp_export.sources import openai_unet
from dcdp_export.unet import UNet

IMAGENET_CLASSES = 1000
_CHANNEL_MULT = {512: (0.5, 1, 1, 2, 2, 4, 4), 256: (1, 1, 2, 2, 4, 4), 128: (1, 1, 2, 3, 4), 64: (1, 2, 3, 4)}

_LARGE = dict(image_size=256, num_channels=256, num_res_blocks=2, attention_resolutions="32,16,8",
              num_head_channels=64, resblock_updown=True)
GUIDED_PRESETS = {
    "ffhq-256": dict(image_size=256, num_channels=128, num_res_blocks=1, attention_resolutions="16",
                     num_head_channels=64, resblock_updown=True, use_scale_shift_norm=True, learn_sigma=True),
    "lsun-256": dict(_LARGE, use_scale_shift_norm=True, learn_sigma=True),
    "imagenet-256": dict(_LARGE, use_scale_shift_norm=True, learn_sigma=True),
}
CONSISTENCY_PRESETS = {
    "lsun-256": dict(_LARGE, use_scale_shift_norm=False, use_new_attention_order=True),
    "imagenet-64": dict(image_size=64, num_channels=192, num_res_blocks=3, attention_resolutions="32,16,8",
                        num_head_channels=64, resblock_updown=True, use_scale_shift_norm=True,
                        use_new_attention_order=True, class_cond=True),
}
_DEFAULTS = dict(image_size=64, num_channels=128, num_res_blocks=2, channel_mult="", attention_resolutions="16,8",
                 num_heads=4, num_heads_upsample=-1, num_head_channels=-1, use_scale_shift_norm=True,
                 resblock_updown=False, use_new_attention_order=False, learn_sigma=False, class_cond=False)


def add_options(parser: ArgumentParser, presets: dict) -> None:
    parser.add_argument("--checkpoint", type=Path, required=True, help="the .pt or .safetensors file")
    parser.add_argument("--preset", choices=tuple(presets), help="configuration to start from")
    group = parser.add_argument_group("network, as in the original scripts (override the preset)")
    for name, default in _DEFAULTS.items():
        flag = f"--{name.replace('_', '-')}"
        if isinstance(default, bool):
            group.add_argument(flag, action=BooleanOptionalAction, default=None)
        else:
            group.add_argument(flag, type=type(default), default=None)
    add_common(parser)


def add_guided_options(parser: ArgumentParser) -> None:
    add_options(parser, GUIDED_PRESETS)
    parser.add_argument("--diffusion-steps", type=int, default=1000)
    parser.add_argument("--predict-xstart", action="store_true", help="the network predicts the clean picture")


def add_consistency_options(parser: ArgumentParser) -> None:
    add_options(parser, CONSISTENCY_PRESETS)
    parser.add_argument("--sigma-min", type=float, default=SigmaRange.minimum)
    parser.add_argument("--sigma-max", type=float, default=SigmaRange.maximum)


def settings(args: Namespace, presets: dict) -> dict:
    """Original defaults, then the preset, then what the caller gave."""
    values = dict(_DEFAULTS)
    values.update(presets.get(args.preset, {}))
    values.update({name: getattr(args, name) for name in _DEFAULTS if getattr(args, name, None) is not None})
    return values


def _integers(name: str, text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise ConfigError(f"{name} = {text!r} is not a comma-separated list of whole numbers") from None


def build(values: dict) -> UNet:
    """The network a configuration describes, with weights yet to come."""
    size = values["image_size"]
    mult = _integers("channel_mult", values["channel_mult"]) or _CHANNEL_MULT.get(size)
    if mult is None:
        raise ConfigError(f"image_size = {size} has no default channel_mult (only 64, 128, 256, 512): give it")
    resolutions = _integers("attention_resolutions", values["attention_resolutions"])
    if any(r <= 0 or size % r for r in resolutions):
        raise ConfigError(f"attention_resolutions = {resolutions} must divide image_size = {size}")
    return UNet(openai_unet.unet_config(
        in_channels=3, out_channels=6 if values["learn_sigma"] else 3, model_channels=values["num_channels"],
        channel_mult=mult, num_res_blocks=values["num_res_blocks"],
        attention_factors=[size // r for r in resolutions], num_heads=values["num_heads"],
        num_heads_upsample=values["num_heads_upsample"], num_head_channels=values["num_head_channels"],
        use_scale_shift_norm=values["use_scale_shift_norm"], resblock_updown=values["resblock_updown"],
        conv_resample=True, classes=IMAGENET_CLASSES if values["class_cond"] else None))


def _load(args: Namespace, presets: dict) -> tuple[UNet, dict]:
    values = settings(args, presets)
    unet = build(values)
    where = f"preset {args.preset} and options" if args.preset else "options"
    hints = openai_unet.hints(where)
    bind(unet, read_checkpoint(args.checkpoint), openai_unet.bindings(unet, values["use_new_attention_order"]),
         hints, str(args.checkpoint))
    choose_class(unet, args.class_label, hints)
    return unet, values


def guided_diffusion(args: Namespace) -> Model:
    """A pixel model with the linear schedule, stretched when it has another number of steps than 1000."""
    if args.diffusion_steps < 2:
        raise ConfigError(f"--diffusion-steps {args.diffusion_steps}: at least 2")
    unet, values = _load(args, GUIDED_PRESETS)
    stretch = 1000 / args.diffusion_steps
    schedule = {"timesteps": args.diffusion_steps, "beta_start": 0.0001 * stretch, "beta_end": 0.02 * stretch,
                "prediction": "x0" if args.predict_xstart else "epsilon"}
    return pixel_model(args, unet, values["image_size"], schedule, "guided-diffusion U-Net")


def consistency_models(args: Namespace) -> Model:
    """A consistency model."""
    unet, values = _load(args, CONSISTENCY_PRESETS)
    return consistency_model(args, unet, values["image_size"], SigmaRange(args.sigma_min, args.sigma_max),
                             "OpenAI consistency model")
