"""The command `bauta`: what is done once with model files, outside a run."""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from bauta.errors import BautaError
from bauta.models.convert import convert
from bauta.models.inspect import check
from bauta.models.pins import Pins
from bauta.models.store import FOLDER_VARIABLE, ModelStore, user_cache


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a subcommand; a known error is one line on stderr and exit status 1."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stderr)
    folder = options.models or os.environ.get(FOLDER_VARIABLE)
    models = ModelStore(
        folder=Path(folder) if folder else None,
        cache=user_cache(),
        download=options.download,
        pins=Pins(Path(options.lock)),
    )
    try:
        if options.command == "convert":
            sys.stdout.write(f"{convert(options.model, models)}\n")
        else:
            for line in check(options.model, models, options.sheet or f"{options.model}.png"):
                sys.stdout.write(f"{line}\n")
    except BautaError as error:
        sys.exit(f"error: {error}")


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("model", help="name of the model, such as ganonymization_25")
    common.add_argument("--models", help=f"folder with model files, else {FOLDER_VARIABLE}, else the cache")
    common.add_argument("--lock", default="models.lock.yaml", help="file that pins hashes (%(default)s)")
    common.add_argument("--download", action="store_true", help="fetch an official file that is missing")
    parser = argparse.ArgumentParser(prog="bauta", description="Model files of generators.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser(
        "convert",
        parents=[common],
        help="make a file of tensors of an official checkpoint, in a process without a network",
    )
    checked = commands.add_parser(
        "check",
        parents=[common],
        help="convert if need be, print hash and tensors, load, and write a sample sheet of rendered faces",
    )
    checked.add_argument("--sheet", help="PNG to write (<model>.png)")
    return parser


if __name__ == "__main__":
    main()
