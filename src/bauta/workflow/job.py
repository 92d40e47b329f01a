"""The frame of every job: a log file, and one line instead of a traceback for a known error."""

import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import NoReturn

from bauta.cache.at_work import at_work
from bauta.errors import BautaError
from bauta.inference.device import describe
from bauta.io.atomic import REMEDIES
from bauta.workflow.progress.failures import DEFECT, reason_in
from bauta.workflow.progress.telling import READS_LOGS

STDERR = 2
"""File descriptor."""

INTERRUPTED = 130
"""Exit status of a process that Ctrl-C ended."""


@contextmanager
def job(log: str) -> Iterator[logging.Logger]:
    """Log to a file while the block runs, and keep a heartbeat in the cache.

    A `BautaError`, or an error of the disk that has a remedy, is written as one line to the log and to
    stderr, and the process exits with 1. Any other exception is logged with its traceback and re-raised.

    Where bauta's own console shows the run, it reads the reason from the log. Then everything that the job
    and its libraries would write to stderr goes to the log, and a process whose log has the reason exits
    without repeating it.
    """
    Path(log).parent.mkdir(parents=True, exist_ok=True)
    Path(log).write_bytes(b"")
    handler = logging.FileHandler(log, mode="a", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    warnings.filterwarnings("ignore", message="Object at .snakemake_timestamp is not recognized")
    logger = logging.getLogger("bauta.workflow.job")
    logger.info("%s", describe())
    shown = READS_LOGS in os.environ
    try:
        with at_work(log), _stderr_to(log) if shown else nullcontext():
            yield logger
    except BautaError as error:
        logger.error("%s", error)
        _exit(str(error), log, shown=shown)
    except OSError as error:
        if error.errno not in REMEDIES:
            _log_defect(logger, log, shown=shown)
            raise
        line = f"{error.filename or 'a file'}: {error.strerror}: {REMEDIES[error.errno]}"
        logger.error("%s", line)
        _exit(line, log, shown=shown)
    except Exception:
        _log_defect(logger, log, shown=shown)
        raise
    except KeyboardInterrupt:
        if shown:
            sys.exit(INTERRUPTED)
        raise
    finally:
        logging.shutdown()


def _exit(line: str, log: str, *, shown: bool) -> NoReturn:
    sys.exit(1 if shown and _reason_of(log) == line else f"error: {line}")


def _log_defect(logger: logging.Logger, log: str, *, shown: bool) -> None:
    """Log the traceback of the current exception, and exit if the console finds it there."""
    logger.exception(DEFECT)
    if shown and _reason_of(log):
        sys.exit(1)


def _reason_of(log: str) -> str:
    """The reason that the console will find; on a full disk there is none."""
    try:
        return reason_in(Path(log).read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return ""


@contextmanager
def _stderr_to(log: str) -> Iterator[None]:
    """Append what this process and its children write to stderr to a file."""
    sys.stderr.flush()
    before = os.dup(STDERR)
    with Path(log).open("ab") as file:
        os.dup2(file.fileno(), STDERR)
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(before, STDERR)
        os.close(before)
