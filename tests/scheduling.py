"""Which tests stay in one process: those of a file, and those that share a finished run.

pytest-xdist's marker `xdist_group` would say the same, but version 3.8 has no effect under pytest 9.2.
"""

from pathlib import PurePosixPath

from xdist.scheduler import LoadFileScheduling

TOGETHER = {
    "test_damaged_run": "finished",
    "test_dvc": "lab",
    "test_dvc_clones": "lab",
    "test_dvc_run": "finished",
    "test_kills": "finished",
    "test_privacy": "finished",
    "test_shared_cache": "lab",
    "test_slurm_stub": "finished",
    "test_tiny_run": "finished",
    "test_two_runs": "finished",
    "test_verify_target": "finished",
}
"""Name of a test file → the session fixture that it shares with others, which takes a minute to make."""


class BySharedRun(LoadFileScheduling):
    """Hands out whole files, and together those that share a fixture."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return TOGETHER.get(PurePosixPath(file).stem, file)
