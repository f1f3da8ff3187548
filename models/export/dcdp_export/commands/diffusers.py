"""`diffusers`: folders written by `save_pretrained`.

Pixel models (DDPM, DDIM and consistency pipelines, or a bare UNet2DModel) and unconditional latent
ones (UNet2DModel with a VQModel or an AutoencoderKL).
"""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from torch import Tensor

from dcdp_export.autoencoder import Decoder, Encoder
from dcdp_export.bindings import bind
from dcdp_export.checkpoint import read_checkpoint
from dcdp_export.commands.kinds import consistency_model, latent_model, pixel_model
from dcdp_export.config import Fields
from dcdp_export.errors import ConfigError
from dcdp_export.folder import Model
from dcdp_export.graphs import SigmaRange
from dcdp_export.options import add_common, choose_class
from dcdp_export.sources import autoencoders, diffusers_unet
from dcdp_export.unet import UNet

_WEIGHTS = ("diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.fp16.safetensors",
            "diffusion_pytorch_model.bin")
_PREDICTION = {"epsilon": "epsilon", "v_prediction": "v", "sample": "x0"}
_SCHEDULES = {"linear": "linear", "scaled_linear": "scaled_linear"}
CONSISTENCY_SCHEDULER = "CMStochasticIterativeScheduler"


def add_options(parser: ArgumentParser) -> None:
    parser.add_argument("--folder", type=Path, required=True, metavar="DIR",
                        help="pipeline folder with unet/ and scheduler/, or a folder with config.json itself")
    parser.add_argument("--latent-scale", type=float, help="override the first stage's scaling_factor")
    add_common(parser)


def _weights(folder: Path) -> dict[str, Tensor]:
    for name in _WEIGHTS:
        if (folder / name).is_file():
            return read_checkpoint(folder / name)
    raise ConfigError(f"{folder}: holds none of {', '.join(_WEIGHTS)}")


def _scheduler(root: Path) -> Fields:
    for path in (root / "scheduler" / "scheduler_config.json", root / "scheduler_config.json"):
        if path.is_file():
            return Fields.read(path)
    raise ConfigError(f"{root}: holds no scheduler/scheduler_config.json")


def _unet(folder: Path, label: int | None) -> tuple[UNet, Fields]:
    fields = Fields.read(folder / "config.json")
    unet = UNet(diffusers_unet.unet_config(fields))
    hints = diffusers_unet.hints(fields.origin)
    bind(unet, diffusers_unet.modern_names(_weights(folder)), diffusers_unet.bindings(unet), hints, str(folder))
    choose_class(unet, label, hints)
    return unet, fields


def _first_stage(folder: Path) -> tuple[Encoder, Decoder, Fields]:
    fields = Fields.read(folder / "config.json")
    config = autoencoders.diffusers_config(fields)
    encoder, decoder = Encoder(config), Decoder(config)
    state = diffusers_unet.modern_names(_weights(folder))
    hints = autoencoders.diffusers_hints(fields.origin)
    bindings = autoencoders.diffusers_bindings(encoder, decoder)
    for module, names, part in zip((encoder, decoder), bindings, autoencoders.split(state), strict=True):
        bind(module, part, names, hints, str(folder))
    return encoder, decoder, fields


def _schedule(fields: Fields) -> dict:
    """Manifest fields of a scheduler_config.json."""
    fields.require("trained_betas", None, default=None)
    fields.require("rescale_betas_zero_snr", False, default=False)
    return {
        "timesteps": fields.integer("num_train_timesteps", 1000),
        "beta_schedule": fields.choice("beta_schedule", fields.get("beta_schedule", "linear"), _SCHEDULES),
        "beta_start": fields.number("beta_start", 0.0001), "beta_end": fields.number("beta_end", 0.02),
        "prediction": fields.choice("prediction_type", fields.get("prediction_type", "epsilon"), _PREDICTION),
    }


def _size(fields: Fields) -> int:
    size = fields.get("sample_size", None)
    if isinstance(size, list) and len(size) == 2 and size[0] == size[1]:
        size = size[0]
    if not isinstance(size, int) or size <= 0:
        fields.fail("sample_size", f"{size!r} is not one positive number of pixels")
    return size


def diffusers(args: Namespace) -> Model:
    """The model in `args.folder`; its kind follows from what the folder holds."""
    root: Path = args.folder
    if not root.is_dir():
        raise ConfigError(f"{root}: no such folder")
    unet, fields = _unet(root / "unet" if (root / "unet").is_dir() else root, args.class_label)
    scheduler, size = _scheduler(root), _size(fields)
    stage = next((root / name for name in ("vqvae", "vae") if (root / name).is_dir()), None)
    if stage is None and args.latent_scale is not None:
        raise ConfigError(f"--latent-scale given, but {root} holds no vqvae/ or vae/")
    if stage is not None:
        return _latent(args, unet, size, scheduler, stage)
    if unet.config.in_channels != 3:
        fields.fail("in_channels", f"{unet.config.in_channels}: a pixel model needs 3")
    if scheduler.get("_class_name", "") == CONSISTENCY_SCHEDULER:
        sigma = SigmaRange(scheduler.number("sigma_min", 0.002), scheduler.number("sigma_max", 80.0),
                           scheduler.number("sigma_data", 0.5))
        return consistency_model(args, unet, size, sigma, "consistency model from diffusers")
    return pixel_model(args, unet, size, _schedule(scheduler), "diffusers UNet2DModel")


def _latent(args: Namespace, unet: UNet, size: int, scheduler: Fields, folder: Path) -> Model:
    encoder, decoder, fields = _first_stage(folder)
    scale = args.latent_scale
    if scale is None:
        # a VQ configuration from before the field existed means unscaled latents, as its model was trained
        scale = fields.number("scaling_factor", 1.0 if encoder.config.kind == "vq" else 0.18215)
    return latent_model(args, unet, encoder, decoder, size, scale, _schedule(scheduler), "diffusers latent model")
