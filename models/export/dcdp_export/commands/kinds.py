"""The three kinds of model, put together from a loaded network and what its source says about it."""

from argparse import Namespace

from dcdp_export.autoencoder import Decoder, Encoder
from dcdp_export.errors import ConfigError
from dcdp_export.folder import Model
from dcdp_export.graphs import SigmaRange
from dcdp_export.manifest import Manifest
from dcdp_export.options import common_fields
from dcdp_export.unet import UNet


def learned_variance(unet: UNet) -> bool:
    """Whether the network also predicts the variance: out_channels is twice in_channels."""
    config = unet.config
    if config.out_channels not in (config.in_channels, 2 * config.in_channels):
        raise ConfigError(f"the network maps {config.in_channels} channels to {config.out_channels}; expected "
                          f"{config.in_channels}, or {2 * config.in_channels} with learned variance")
    return config.out_channels == 2 * config.in_channels


def pixel_model(args: Namespace, unet: UNet, size: int, schedule: dict, text: str) -> Model:
    """A pixel model trained at `size`; `schedule` holds the manifest's diffusion fields."""
    return Model(Manifest(
        **common_fields(args, size, f"{text}, {size}×{size}"), kind="pixel",
        size_multiple=unet.config.size_multiple, learned_variance=learned_variance(unet), **schedule), unet)


def consistency_model(args: Namespace, unet: UNet, size: int, sigma: SigmaRange, text: str) -> Model:
    """A consistency model, distilled or trained alone: both keep the boundary f(x, σ_min) = x."""
    if not 0 < sigma.minimum < sigma.maximum or not sigma.data > 0:
        raise ConfigError(f"sigma_min = {sigma.minimum}, sigma_max = {sigma.maximum}, sigma_data = {sigma.data}: "
                          "need 0 < sigma_min < sigma_max and sigma_data > 0")
    if learned_variance(unet):
        raise ConfigError("a consistency model has no variance output, but the network has 6 output channels")
    return Model(Manifest(
        **common_fields(args, size, f"{text}, {size}×{size}"), kind="consistency",
        size_multiple=unet.config.size_multiple, prediction="x0", time_input="sigma",
        extra={"sigma_min": sigma.minimum, "sigma_max": sigma.maximum, "sigma_data": sigma.data}), unet, sigma)


def latent_model(args: Namespace, unet: UNet, encoder: Encoder, decoder: Decoder, latent_size: int, scale: float,
                 schedule: dict, text: str) -> Model:
    """A latent model trained at `latent_size` positions per side; z is multiplied by `scale` for the network."""
    config = encoder.config
    if unet.config.in_channels != config.embedding_channels:
        raise ConfigError(f"the U-Net takes {unet.config.in_channels} channels (in_channels), the first stage makes "
                          f"latents of {config.embedding_channels}")
    if not 0 < scale < float("inf"):
        raise ConfigError(f"latent scale = {scale} must be positive")
    size = latent_size * config.downsample
    text = f"{text} ({config.kind.upper()}, factor {config.downsample}), {size}×{size}"
    return Model(Manifest(
        **common_fields(args, size, text), kind="latent",
        size_multiple=unet.config.size_multiple * config.downsample, learned_variance=learned_variance(unet),
        **schedule,
        extra={"latent_scale": scale, "latent_channels": config.embedding_channels,
               "downsample": config.downsample}), unet, None, encoder, decoder)
