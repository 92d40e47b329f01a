"""Commands on the cache: `bauta status`, `clean-stale`, `verify` and `dvc-keys`."""

import sys
from typing import Annotated

import typer

from bauta.cli.options import ConfigFiles, Overrides, configured_plan


def status(configfile: ConfigFiles = None, config: Overrides = None) -> None:
    """List what is cached, what a run would compute and what no configuration reaches."""
    from bauta.cache.status import show_status
    from bauta.cli.snakemake_command import snakemake_command

    plan = configured_plan(configfile, config)
    words = ["--configfile", *map(str, configfile)] if configfile else []
    words += ["--config", *config] if config else []
    show_status(plan, snakemake_command(words))


def clean_stale(
    configfile: ConfigFiles = None,
    config: Overrides = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Remove them without asking.")] = False,
    forget: Annotated[
        str | None, typer.Option(metavar="NAME", help="A checkout to disregard from now on.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Only show them.")] = False,
) -> None:
    """Show the stores that no configuration reaches, ask, and remove them."""
    from bauta.cache.status import clean_stale as clean

    clean(configured_plan(configfile, config), lambda: yes or _asked(), forgotten=forget, dry=dry_run)


def _asked() -> bool:
    """Ask for confirmation; without a terminal, the answer is no."""
    return sys.stdin.isatty() and sys.stdout.isatty() and typer.confirm("remove them?")


def verify(threads: Annotated[int, typer.Option(min=1, help="Files read at once.")] = 2) -> None:
    """Check everything in the cache and the results against its checksums."""
    from bauta.cache.verify import require_intact, verify_cache
    from bauta.io import layout

    report = verify_cache(layout.CACHE, layout.RESULTS, layout.DATA, layout.LOGS, threads=threads)
    for line in report.lines():
        typer.echo(line)
    require_intact(report)


def dvc_keys(configfile: ConfigFiles = None, config: Overrides = None) -> None:
    """Record the existing artifacts of a run with DVC, and list them in dvc_keys.yaml."""
    from bauta.cache.share import record_run
    from bauta.config.command_line import DEFAULT

    for line in record_run(configured_plan(configfile, config), configfile or [DEFAULT]):
        typer.echo(line)


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(status)
    app.command()(clean_stale)
    app.command()(verify)
    app.command()(dvc_keys)
