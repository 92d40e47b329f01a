"""Options that several subcommands share, and the plan that they describe."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bauta.plan import Plan

ConfigFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--configfile", help="Configuration that replaces config.yaml; repeat it for several files."
    ),
]
Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--config", metavar="KEY=VALUE", help="Value that overrides the file; repeat it for several values."
    ),
]
ANY = {"allow_extra_args": True, "ignore_unknown_options": True}
"""Settings of a command that passes on unknown options."""


def configured_plan(files: Sequence[Path] | None, overrides: Sequence[str] | None) -> "Plan":
    """Plan a run as the Snakefile does; files that this process writes are private to the user.

    Args:
        files: The files of `--configfile`; None stands for `config.yaml`.
        overrides: The values of `--config`.

    Raises:
        ConfigError: the configuration cannot be read.
    """
    # The plan is not needed for `--help` and completion.
    from bauta.config.canonical import canonical  # noqa: PLC0415
    from bauta.config.command_line import read_configuration  # noqa: PLC0415
    from bauta.config.load import parse_config  # noqa: PLC0415
    from bauta.io.fingerprint import Fingerprints  # noqa: PLC0415
    from bauta.io.permissions import keep_private  # noqa: PLC0415
    from bauta.plan import Plan  # noqa: PLC0415

    keep_private(Path.cwd())
    config = parse_config(read_configuration(files or [], overrides or []))
    return Plan(canonical(config), Fingerprints(look="always"))
