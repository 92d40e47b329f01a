"""Snakemake's logger plug-in `bauta`: progress in a few lines, instead of a block of text for each job.

`profiles/default` turns it on. Snakemake looks for a package of this name; what it shows is made in
`bauta.workflow.progress`.
"""

import os
import sys
from dataclasses import dataclass, field
from logging import ERROR, LogRecord
from typing import TextIO

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.settings import LogHandlerSettingsBase

from bauta.workflow.forecast.planned import PlannedJob
from bauta.workflow.progress.console import Console
from bauta.workflow.progress.show import Progress
from bauta.workflow.progress.telling import READS_LOGS

BRIEF, SNAKEMAKE, JOBS = "brief", "snakemake", "jobs"


@dataclass
class LogHandlerSettings(LogHandlerSettingsBase):
    """Options of the command line, `--logger-bauta-console`, and of the environment."""

    console: str = field(
        default=BRIEF,
        metadata={
            "help": "What the console shows: bauta's few lines, Snakemake's own output, or each job as JSON.",
            "choices": [BRIEF, SNAKEMAKE, JOBS],
            "env_var": True,
            "required": False,
        },
    )


class LogHandler(LogHandlerBase):
    """Hands Snakemake's records on; does nothing where Snakemake's own output is wanted."""

    settings: LogHandlerSettings

    def __post_init__(self) -> None:
        common = self.common_settings
        self._progress: Progress | None = None
        self._jobs: TextIO | None = None
        asked = common.verbose or common.debug_dag or common.printshellcmds
        if asked or (self.settings is not None and self.settings.console == SNAKEMAKE):
            return
        stream = sys.stdout if common.stdout else sys.stderr
        if self.settings is not None and self.settings.console == JOBS:
            self._jobs = stream
            return
        quiet = {each.name.lower() for each in common.quiet or ()}
        self._progress = Progress(Console(stream, color=not common.nocolor), dry=common.dryrun, quiet=quiet)
        if not common.dryrun:
            # Jobs inherit it.
            os.environ[READS_LOGS] = "1"
            self._progress.keep_time()

    def emit(self, record: LogRecord) -> None:
        """Show a record."""
        try:
            if self._jobs is not None:
                self._list(self._jobs, record)
            elif self._progress is not None:
                self._progress.handle(record)
        except Exception:  # noqa: BLE001 - a handler of logging never stops the program
            self.handleError(record)

    def _list(self, stream: TextIO, record: LogRecord) -> None:
        """Write the line of a job, or an error."""
        if str(getattr(record, "event", None)) == "job_info":
            stream.write(f"{PlannedJob.of_record(record.__dict__).line()}\n")
        elif record.levelno >= ERROR:
            stream.write(f"{record.getMessage()}\n")

    def close(self) -> None:
        """End."""
        if self._progress is not None:
            self._progress.close()
        super().close()

    @property
    def writes_to_stream(self) -> bool:
        """Whether Snakemake's own console is replaced."""
        return self._progress is not None or self._jobs is not None

    @property
    def writes_to_file(self) -> bool:
        """Never; Snakemake's own log in `.snakemake/log` is complete."""
        return False

    @property
    def has_filter(self) -> bool:
        """Whether it decides what is shown: Snakemake's filter would drop what a job fails for, too."""
        return True

    @property
    def has_formatter(self) -> bool:
        """Whether it writes the text of its lines."""
        return True

    @property
    def needs_rulegraph(self) -> bool:
        """Never."""
        return False
