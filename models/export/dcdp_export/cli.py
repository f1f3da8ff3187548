"""`python -m dcdp_export SOURCE …`: one command per kind of checkpoint, each writing a model folder."""

import argparse
import sys
from collections.abc import Sequence

from dcdp_export import __version__
from dcdp_export.commands import compvis, diffusers, openai
from dcdp_export.errors import ExportError
from dcdp_export.folder import write_folder
from dcdp_export.options import add_common

COMMANDS = {
    "guided-diffusion": ("OpenAI guided-diffusion U-Net", openai.add_guided_options, openai.guided_diffusion),
    "consistency-models": ("OpenAI consistency model", openai.add_consistency_options, openai.consistency_models),
    "diffusers": ("folder saved by diffusers", diffusers.add_options, diffusers.diffusers),
    "compvis": ("CompVis latent diffusion", compvis.add_options, compvis.compvis),
}


def parser() -> argparse.ArgumentParser:
    root = argparse.ArgumentParser(prog="dcdp_export", description=__doc__)
    root.add_argument("--version", action="version", version=__version__)
    commands = root.add_subparsers(dest="command", required=True, metavar="SOURCE")
    for name, (text, add_options, load) in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text)
        add_options(command)
        add_common(command)
        command.set_defaults(load=load)
    return root


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 written, 1 refused with a message, 2 for wrong arguments."""
    args = parser().parse_args(arguments)
    try:
        model = args.load(args)
        write_folder(model, args.output, f16=args.dtype == "f16", verify=not args.no_verify)
    except ExportError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"wrote {args.output}")
    return 0
