"""Which tests stay in one process: those of a file, and those that share a repository.

pytest-xdist's marker `xdist_group` would say the same, but version 3.8 has no effect under pytest 9.2.
"""

from pathlib import PurePosixPath

from xdist.scheduler import LoadFileScheduling

TOGETHER = {
    "test_dvc": "lab",
    "test_dvc_clones": "lab",
}
"""Name of a test file → the session fixture that it shares with others, which takes a minute to make."""


class BySharedRun(LoadFileScheduling):
    """Hands out whole files, and together those that share a fixture."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return TOGETHER.get(PurePosixPath(file).stem, file)
