"""The frame of every job: a log file, and one line instead of a traceback for a known error."""

import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bauta.cache.at_work import at_work
from bauta.errors import BautaError
from bauta.inference.device import describe
from bauta.io.atomic import REMEDIES


@contextmanager
def job(log: str) -> Iterator[logging.Logger]:
    """Log to a file while the block runs, and keep a heartbeat in the cache.

    A `BautaError`, or an error of the disk that has a remedy, is written as one line to the log and to
    stderr, and the process exits with 1. Any other exception is logged with its traceback and re-raised.
    """
    Path(log).parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(log, mode="w", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    warnings.filterwarnings("ignore", message="Object at .snakemake_timestamp is not recognized")
    logger = logging.getLogger("bauta.workflow.job")
    logger.info("%s", describe())
    try:
        with at_work(log):
            yield logger
    except BautaError as error:
        logger.error("%s", error)
        sys.exit(f"error: {error}")
    except OSError as error:
        if error.errno not in REMEDIES:
            logger.exception("the job failed")
            raise
        line = f"{error.filename or 'a file'}: {error.strerror}: {REMEDIES[error.errno]}"
        logger.error("%s", line)
        sys.exit(f"error: {line}")
    except Exception:
        logger.exception("the job failed")
        raise
    finally:
        logging.shutdown()
