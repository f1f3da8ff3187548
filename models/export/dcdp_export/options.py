"""Options every source shares, and what they do to a manifest."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from dcdp_export.bindings import Hints
from dcdp_export.errors import ConfigError
from dcdp_export.unet import UNet

DEFAULT_HALO = 32       # pixels; networks with attention have no smaller exact halo


def add_common(parser: ArgumentParser) -> None:
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="model folder to write")
    parser.add_argument("--name", help="name in the manifest (default: the folder's name)")
    parser.add_argument("--model-version", default="1", help="version in the manifest (default: 1)")
    parser.add_argument("--licence", default="unknown: see the checkpoint's source",
                        help="licence of the weights, as their authors state it")
    parser.add_argument("--description", help="one line for people")
    parser.add_argument("--tile", type=int, help="native tile size in pixels (default: the training size)")
    parser.add_argument("--halo", type=int, default=DEFAULT_HALO, help=f"context per side, pixels (default: {DEFAULT_HALO})")
    parser.add_argument("--fixed-size", action="store_true", help="fix the network's input to one tile")
    parser.add_argument("--class-label", type=int, metavar="N", help="class that a class-conditional model shall use")
    parser.add_argument("--dtype", choices=("f32", "f16"), default="f32", help="precision of the written networks")
    parser.add_argument("--no-verify", action="store_true", help="skip the comparison with PyTorch")


def common_fields(args: Namespace, tile: int, description: str) -> dict:
    """Manifest fields from the shared options; `tile` is the training size in pixels."""
    return {
        "name": args.name or args.output.resolve().name, "version": args.model_version, "licence": args.licence,
        "description": args.description or description, "tile": args.tile or tile, "halo": args.halo, "fixed_size": args.fixed_size,
    }


def choose_class(unet: UNet, label: int | None, hints: Hints) -> None:
    """Fixes the class of a class-conditional network; an unconditional one takes no label."""
    classes = unet.config.classes
    if classes is None:
        if label is not None:
            raise ConfigError("--class-label given, but the model is not class-conditional")
        return
    if label is None:
        raise ConfigError(f"the model is class-conditional ({hints.fields('label_emb class_embedding')}): "
                          f"choose one of its {classes} classes with --class-label 0…{classes - 1}")
    if not 0 <= label < classes:
        raise ConfigError(f"--class-label {label} is outside 0…{classes - 1}")
    unet.class_index = label
