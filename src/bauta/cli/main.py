"""The command `bauta`.

A subcommand imports its dependencies when it is called, so that `bauta --help` and completion are fast.
"""

import logging
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from bauta import __version__
from bauta.cli import (
    apply_commands,
    cache_commands,
    compare_commands,
    deca_commands,
    developer_commands,
    export_commands,
    model_commands,
    run_commands,
    slurm_commands,
)
from bauta.errors import BautaError

app = typer.Typer(
    name="bauta",
    help="How well face anonymizers hide who someone is and keep what they express.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for commands in (
    run_commands,
    compare_commands,
    export_commands,
    deca_commands,
    apply_commands,
    cache_commands,
    model_commands,
    slurm_commands,
    developer_commands,
):
    commands.add_to(app)


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"bauta {__version__}")
        raise typer.Exit


@app.callback()
def bauta(
    version: Annotated[  # noqa: ARG001 - its callback answers
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """How well face anonymizers hide who someone is and keep what they express."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stderr)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a subcommand; a known error becomes one line on stderr and exit status 1.

    Args:
        arguments: The arguments after the command's name; None stands for those of this process.
    """
    try:
        app(args=None if arguments is None else list(arguments), prog_name="bauta")
    except SystemExit as end:
        # Typer would end the process after each command, but a caller in Python may have more to do.
        if end.code:
            raise
    except BautaError as error:
        sys.exit(f"error: {error}")
    except OSError as error:
        sys.exit(f"error: {error.filename or 'a file'}: {error.strerror}")


if __name__ == "__main__":
    main()
