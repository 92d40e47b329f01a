"""What the process that the jobs of a local run are forked from has imported.

Importing this module does it where the variable `SCRIPTS` names scripts, as `job_processes` has it.

Each script starts with half a second of imports, which a run of hundreds of small jobs would pay for in each
of them. The process must stay one of a single thread: nothing here opens a store, a session or a file. (The
allocator of Arrow, jemalloc, has a thread of its own and is prepared for forks.)
"""

import ast
import gc
import importlib
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

SCRIPTS = "BAUTA_PRELOAD_SCRIPTS"
"""Environment variable of the process: the paths of the scripts, as in `PATH`."""

ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "GOTO_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
        "NUMEXPR_NUM_THREADS",
    ),
    "1",
)
"""What Snakemake sets for a job of one thread. BLAS reads it when it is loaded."""

LIBRARIES = ("cv2", "onnxruntime", "pyarrow.parquet", "snakemake.cli", "zarr")
"""What the scripts import only when they come to need it, as nearly all do, and the module of `snakemake`,
the command, which a forked process looks at once more."""


def imported_by(script: Path) -> list[str]:
    """Names of the modules that a script imports at its top."""
    names: list[str] = []
    for statement in ast.parse(script.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.Import):
            names += [alias.name for alias in statement.names]
        elif isinstance(statement, ast.ImportFrom) and statement.module:
            names.append(statement.module)
    return names


def preload(scripts: Sequence[Path]) -> None:
    """Import what some scripts import, with BLAS told to compute with one thread.

    What cannot be read or imported is left to the jobs, which say why.
    """
    os.environ.update(ONE_THREAD)
    modules: set[str] = set()
    for script in scripts:
        with suppress(OSError, SyntaxError):
            modules.update(imported_by(script))
    for name in [*LIBRARIES, *sorted(modules)]:
        with suppress(ImportError, OSError):
            importlib.import_module(name)
    # Without it, the first collection in each job would copy the memory of all these modules.
    gc.freeze()


if SCRIPTS in os.environ:
    # Removed, so that no program that a job starts does it again.
    preload([Path(script) for script in os.environ.pop(SCRIPTS).split(os.pathsep)])
