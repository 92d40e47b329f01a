"""What every job does around its work: a log file, and one line instead of a traceback for a known error."""

import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bauta.device import describe
from bauta.errors import BautaError
from bauta.files import REMEDIES


@contextmanager
def job(log: str) -> Iterator[logging.Logger]:
    """Log to a file while the block runs.

    A `BautaError`, and a full or closed disk, is written as one line to the log and to stderr, and the
    process exits with 1; any other exception leaves its traceback in the log and goes on.
    """
    Path(log).parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(log, mode="w", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    warnings.filterwarnings("ignore", message="Object at .snakemake_timestamp is not recognized")
    logger = logging.getLogger("bauta.job")
    logger.info("%s", describe())
    try:
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
