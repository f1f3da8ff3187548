"""`python -m dcdp_export SOURCE …`: one command per kind of checkpoint, each writing a model folder."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from dcdp_export import __version__
from dcdp_export.errors import ExportError

# name: what it reads; the module in `commands`, its function that adds options and the one that loads a model.
# Each module is imported only when it is asked for: `kair` works without the packages that the others need.
COMMANDS = {
    "guided-diffusion": ("OpenAI guided-diffusion U-Net", "openai", "add_guided_options", "guided_diffusion"),
    "consistency-models": ("OpenAI consistency model", "openai", "add_consistency_options", "consistency_models"),
    "diffusers": ("folder saved by diffusers", "diffusers", "add_options", "diffusers"),
    "compvis": ("CompVis latent diffusion", "compvis", "add_options", "compvis"),
    "kair": ("KAIR's FFDNet or DRUNet, gray or colour; needs no package", "kair", "add_options", "kair"),
}


def parser(chosen: str | None) -> argparse.ArgumentParser:
    """The options of the command `chosen`; of the others only the names."""
    root = argparse.ArgumentParser(prog="dcdp_export", description=__doc__)
    root.add_argument("--version", action="version", version=__version__)
    commands = root.add_subparsers(dest="command", required=True, metavar="SOURCE")
    for name, (text, module, add_options, load) in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text)
        if name == chosen:
            source = import_module(f"dcdp_export.commands.{module}")
            getattr(source, add_options)(command)
            command.set_defaults(load=getattr(source, load))
    return root


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 written, 1 refused with a message, 2 for wrong arguments."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    args = parser(next((word for word in arguments if word in COMMANDS), None)).parse_args(arguments)
    try:
        model = args.load(args)
        if model is not None:
            import_module("dcdp_export.folder").write_folder(
                model, args.output, f16=args.dtype == "f16", verify=not args.no_verify)
    except ExportError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"wrote {args.output}")
    return 0
