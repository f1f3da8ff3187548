"""`compvis`: unconditional latent diffusion checkpoints with their YAML configuration."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from torch import Tensor

from dcdp_export.autoencoder import Decoder, Encoder
from dcdp_export.bindings import bind, source_names
from dcdp_export.checkpoint import read_checkpoint, take
from dcdp_export.commands.kinds import latent_model
from dcdp_export.config import Fields
from dcdp_export.errors import CheckpointMismatch
from dcdp_export.folder import Model
from dcdp_export.options import add_common, choose_class
from dcdp_export.sources import autoencoders, openai_unet
from dcdp_export.unet import UNet

_UNCONDITIONAL = "__is_unconditional__"
_PREDICTION = {"eps": "epsilon", "x0": "x0", "v": "v"}


def add_options(parser: ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, required=True, help="the model's .yaml")
    parser.add_argument("--checkpoint", type=Path, required=True, help="model.ckpt or .safetensors")
    parser.add_argument("--first-stage", type=Path, metavar="FILE",
                        help="the autoencoder's own checkpoint, where the model's does not contain it")
    parser.add_argument("--no-ema", action="store_true", help="use the raw weights although averaged ones are there")
    parser.add_argument("--latent-scale", type=float, help="override the checkpoint's scale factor")
    add_common(parser)


def _unet_state(state: dict[str, Tensor], names: list[str], ema: bool, origin: str) -> dict[str, Tensor]:
    """The U-Net's tensors: the exponential averages when present and wanted.

    The averages are stored with the dots removed from their names.
    """
    raw = take(state, "model.diffusion_model.")
    averaged = take(state, "model_ema.diffusion_model")
    if not raw:
        raise CheckpointMismatch(f"{origin}: holds no tensors named model.diffusion_model.*")
    if not (ema and averaged):
        return raw
    names = [*names, *(name for name in raw if name not in names)]
    return {name: averaged[name.replace(".", "")] for name in names if name.replace(".", "") in averaged}


def _scale(args: Namespace, params: Fields, state: dict[str, Tensor]) -> float:
    if args.latent_scale is not None:
        return args.latent_scale
    if not params.get("scale_by_std", False):
        return params.number("scale_factor", 1.0)
    if "scale_factor" not in state or state["scale_factor"].numel() != 1:
        raise CheckpointMismatch(f"{args.checkpoint}: tensor `scale_factor` is missing, but {params.origin} sets "
                                 "scale_by_std; give it with --latent-scale")
    return float(state["scale_factor"])


def build_unet(options: Fields) -> UNet:
    """The network of `unet_config.params`, with weights yet to come."""
    for name in ("use_spatial_transformer", "context_dim", "n_embed"):
        options.require(name, None, False, default=None)

    return UNet(openai_unet.unet_config(
        in_channels=options.integer("in_channels"), out_channels=options.integer("out_channels"),
        model_channels=options.integer("model_channels"), channel_mult=options.integers("channel_mult"),
        num_res_blocks=options.integer("num_res_blocks"), attention_factors=options.integers("attention_resolutions"),
        num_heads=options.get("num_heads", -1), num_heads_upsample=options.get("num_heads_upsample", -1),
        num_head_channels=options.get("num_head_channels", -1),
        use_scale_shift_norm=bool(options.get("use_scale_shift_norm", False)),
        resblock_updown=bool(options.get("resblock_updown", False)),
        conv_resample=bool(options.get("conv_resample", True)), classes=options.get("num_classes", None)))


def compvis(args: Namespace) -> Model:
    """A latent model from a `LatentDiffusion` configuration and checkpoint."""
    params = Fields.read(args.config).section("model").section("params")
    condition = params.get("cond_stage_config", _UNCONDITIONAL)
    if condition != _UNCONDITIONAL:
        params.fail("cond_stage_config", f"only unconditional models ({_UNCONDITIONAL}) are supported")
    params.require("beta_schedule", "linear", default="linear")
    options = params.section("unet_config").section("params")
    unet = build_unet(options)
    state = read_checkpoint(args.checkpoint)
    bindings = openai_unet.bindings(unet, bool(options.get("use_new_attention_order", False)))
    hints = openai_unet.hints(f"{args.config}: unet_config", "model_channels", "out_channels", "num_classes")
    unet_state = _unet_state(state, source_names(bindings), not args.no_ema, str(args.checkpoint))
    bind(unet, unet_state, bindings, hints, str(args.checkpoint))
    choose_class(unet, args.class_label, hints)

    encoder, decoder = _first_stage(args, params.section("first_stage_config"), state)
    # this family's "linear" is linear in the root of beta
    schedule = {
        "timesteps": params.integer("timesteps", 1000), "beta_schedule": "scaled_linear",
        "beta_start": params.number("linear_start", 1e-4), "beta_end": params.number("linear_end", 2e-2),
        "prediction": params.choice("parameterization", params.get("parameterization", "eps"), _PREDICTION),
    }
    size = options.integer("image_size", params.get("image_size", None))
    return latent_model(args, unet, encoder, decoder, size, _scale(args, params, state), schedule,
                        "CompVis latent diffusion")


def _first_stage(args: Namespace, fields: Fields, state: dict[str, Tensor]) -> tuple[Encoder, Decoder]:
    config = autoencoders.compvis_config(fields)
    encoder, decoder = Encoder(config), Decoder(config)
    origin, tensors = args.checkpoint, take(state, "first_stage_model.")
    if args.first_stage is not None:
        origin, tensors = args.first_stage, read_checkpoint(args.first_stage)
    elif not tensors:
        raise CheckpointMismatch(f"{origin}: holds no tensors named first_stage_model.*; give the autoencoder's "
                                 "checkpoint with --first-stage")
    hints = autoencoders.compvis_hints(f"{args.config}: first_stage_config.params")
    bindings = autoencoders.compvis_bindings(encoder, decoder)
    for module, names, part in zip((encoder, decoder), bindings, autoencoders.split(tensors), strict=True):
        bind(module, part, names, hints, str(origin))
    return encoder, decoder
