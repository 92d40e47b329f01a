"""A job whose console reads the reason of its failure from its log."""

import os
import subprocess
import sys

import pytest

from bauta.workflow.progress.failures import failure
from bauta.workflow.progress.telling import READS_LOGS

SCRIPT = """
import os, sys
from bauta.errors import DataError
from bauta.workflow.job import job
with job("logs/a.log"):
    os.write(2, b"a library speaks\\n")
    sys.stderr.write("and another\\n")
    {}
print("the end")
"""


def run(folder, last, *, reads=True):
    environment = {name: value for name, value in os.environ.items() if name != READS_LOGS}
    return subprocess.run(
        [sys.executable, "-c", SCRIPT.format(last)],
        cwd=folder,
        env=environment | ({READS_LOGS: "1"} if reads else {}),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        ("raise DataError('no faces: use others')", "no faces: use others"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("open('/')", "IsADirectoryError: [Errno 21] Is a directory: '/'"),
        (
            "raise OSError(28, 'No space left on device', 'x')",
            "x: No space left on device: free space",
        ),
    ],
)
def test_the_console_is_left_alone_and_the_log_has_everything(tmp_path, last, reason):
    done = run(tmp_path, last)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    assert failure("a", [str(tmp_path / "logs/a.log")]).reason.startswith(reason)
    log = (tmp_path / "logs/a.log").read_text()
    assert "a library speaks\nand another\n" in log
    assert log.index("computes on") < log.index("a library speaks") < log.index(" ERROR ")


def test_without_such_a_console_the_job_says_it_itself(tmp_path):
    done = run(tmp_path, "raise DataError('no faces')", reads=False)
    assert done.returncode == 1
    assert done.stderr == "a library speaks\nand another\nerror: no faces\n"


def test_a_reason_that_could_not_be_logged_is_shown(tmp_path):
    # As on a full disk: what the log holds is not what was written.
    done = run(tmp_path, "os.rename('logs', 'gone'); raise DataError('no space')")
    assert done.returncode == 1
    assert done.stderr == "error: no space\n"


def test_what_comes_after_the_job_goes_to_the_console(tmp_path):
    done = run(tmp_path, "pass")
    assert (done.returncode, done.stdout, done.stderr) == (0, "the end\n", "")


def test_ctrl_c_leaves_no_traceback(tmp_path):
    done = run(tmp_path, "raise KeyboardInterrupt")
    assert (done.returncode, done.stderr) == (130, "")
