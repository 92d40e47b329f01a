"""Processes of jobs that begin with everything imported."""

import json
import os
import subprocess
import sys
from multiprocessing import forkserver, util
from pathlib import Path
from subprocess import CalledProcessError
from types import SimpleNamespace

import pytest
from snakemake.benchmark import BenchmarkRecord
from snakemake.script import PythonScript

from bauta.workflow import preloaded
from bauta.workflow.job_processes import FEW, FRESH, JobProcesses, Used, scripts_of_many, share_imports

SCRIPTS = Path(__file__).parents[2] / "workflow_scripts"

LOOK = """
import json, os, sys, tempfile, threading
from pathlib import Path
import threadpoolctl

{result}
Path({out!r}).write_text(json.dumps(found))
"""
USED = Used(cpu_seconds=1.5, memory_mb=200.0, seconds=3.0)
FOUND = """found = {
    "modules": sorted(sys.modules),
    "threads": threading.active_count(),
    "blas": [pool["num_threads"] for pool in threadpoolctl.threadpool_info()],
    "argv": sys.argv,
    "name": __name__,
    "folder": tempfile.gettempdir(),
    "omp": os.environ.get("OMP_NUM_THREADS"),
    "told": os.environ.get("BAUTA_PRELOAD_SCRIPTS"),
}"""


@pytest.fixture(scope="module")
def processes():
    shared = JobProcesses([str(SCRIPTS / f"{name}.py") for name in ("suite", "view", "expression")])
    shared.prepare()
    return shared


@pytest.fixture
def script(tmp_path):
    """Writes a script, and returns its path."""

    def write(text):
        path = tmp_path / "script.py"
        path.write_text(text)
        return str(path)

    return write


def test_a_job_finds_everything_imported_and_one_thread(processes, script, tmp_path):
    out = tmp_path / "found.json"
    path = script(LOOK.format(result=FOUND, out=str(out)))
    (tmp_path / "scratch").mkdir()
    processes.run(path, str(tmp_path / "scratch"))
    found = json.loads(out.read_text())
    assert {"numpy", "zarr", "cv2", "onnxruntime", "snakemake.cli", "bauta.attack.suite"} <= set(
        found["modules"]
    )
    assert not {"torch", "dlib", "mediapipe"} & set(found["modules"])
    assert found["threads"] == 1
    assert found["blas"]
    assert set(found["blas"]) == {1}
    assert (found["argv"], found["name"], found["told"]) == ([path], "__main__", None)
    assert found["folder"] == str(tmp_path / "scratch")


def test_jobs_do_not_see_what_another_one_has_done(processes, script, tmp_path):
    out = tmp_path / "found.json"
    text = "import os, json, pathlib\nfound = os.environ.get('MARK')\nos.environ['MARK'] = 'x'\n"
    path = script(f"{text}pathlib.Path({str(out)!r}).write_text(json.dumps(found))")
    for _ in range(2):
        processes.run(path)
        assert json.loads(out.read_text()) is None


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs Linux's /proc")
def test_the_process_that_is_forked_runs_no_thread_that_could_hold_a_lock(processes, script, tmp_path):
    """Also none of a library, such as ONNX Runtime's telemetry; Arrow's jemalloc expects to be forked."""
    out = tmp_path / "threads.json"
    text = "import json, os, pathlib\nthreads = pathlib.Path(f'/proc/{os.getppid()}/task')\n"
    found = "[one.read_text().strip() for one in threads.glob('*/comm')]"
    processes.run(script(f"{text}pathlib.Path({str(out)!r}).write_text(json.dumps({found}))"))
    names = json.loads(out.read_text())
    assert len([name for name in names if name != "jemalloc_bg_thd"]) == 1, names


def test_a_job_has_one_thread_also_where_nothing_was_imported(script, tmp_path):
    """As after the fork server was killed: the next one imports nothing."""
    out, code = tmp_path / "found.json", script(LOOK.format(result=FOUND, out=str(tmp_path / "found.json")))
    bare = f"from bauta.workflow.job_processes import JobProcesses; JobProcesses(['x']).run({code!r})"
    environment = {name: value for name, value in os.environ.items() if name not in preloaded.ONE_THREAD}
    subprocess.run([sys.executable, "-c", f"import numpy\n{bare}"], env=environment, check=True)
    assert "bauta.attack.suite" not in (found := json.loads(out.read_text()))["modules"]
    assert found["omp"] == "1"


def test_a_script_may_end_itself(processes, script):
    assert processes.run(script("import sys; sys.exit()")).cpu_seconds > 0


def test_a_job_says_what_it_used_with_its_children(processes, script):
    child = "import time; x = bytearray(300 << 20)\nwhile time.process_time() < 0.4: pass"
    path = script(f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {child!r}])")
    record, used = BenchmarkRecord(), processes.run(path)
    assert 0.4 <= used.cpu_seconds <= 2 * used.seconds
    assert used.memory_mb > 300
    used.enter(record)
    assert record.to_tsv(extended_fmt=False).split("\t")[-1] == f"{used.cpu_seconds:.2f}"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("raise ValueError('broken')", 1),
        ("import sys; sys.exit('error: one line')", 1),
        ("import sys; sys.exit(130)", 130),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -9),
    ],
)
def test_what_becomes_of_a_job_is_what_python_says(processes, script, text, status):
    path = script(text)
    with pytest.raises(CalledProcessError) as caught:
        processes.run(path)
    assert caught.value.returncode == status
    assert path in str(caught.value)
    assert subprocess.run([sys.executable, path], capture_output=True, check=False).returncode == status


def job(script="attack.py", threads=1):
    """A job of Snakemake, as far as it is looked at."""
    source = SimpleNamespace(get_path_or_uri=lambda secret_free: f"/elsewhere/rules/../scripts/{script}")
    rule = SimpleNamespace(script=script, basedir=SimpleNamespace(join=lambda _: source))
    return SimpleNamespace(rule=rule, threads=threads)


def test_shared_is_what_several_jobs_of_one_thread_import_wherever_their_rules_are():
    made = SimpleNamespace(rule=SimpleNamespace(script=None), threads=1)
    jobs = [job(), job(), job("view.py"), job("render.py", 2), job("render.py", 2), made, made]
    assert scripts_of_many(jobs) == ["/elsewhere/scripts/attack.py"]


def test_what_cannot_be_imported_is_left_to_the_jobs(tmp_path):
    broken, wrong, missing = (tmp_path / f"{name}.py" for name in ("broken", "wrong", "missing"))
    broken.write_text("import bauta.no_such_module\nfrom bauta.attack.light import light_blur\nx = 1\n")
    wrong.write_text("import (\n")
    code = (
        "import sys; from pathlib import Path; from bauta.workflow.preloaded import preload; "
        f"preload([Path(path) for path in {[str(broken), str(wrong), str(missing)]!r}]); "
        "sys.exit('bauta.attack.light' not in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("changed", "jobs", "shared"),
    [
        ({}, FEW, True),
        ({}, FEW - 1, False),
        ({"local_exec": False}, FEW, False),
        ({"execution_settings": SimpleNamespace(debug=True)}, FEW, False),
        ({"environment": True}, FEW, False),
    ],
)
def test_when_jobs_share_their_imports(monkeypatch, changed, jobs, shared):
    prepared = []
    monkeypatch.setattr(JobProcesses, "prepare", lambda _: prepared.append("server"))
    monkeypatch.setattr(PythonScript, "execute_script", PythonScript.execute_script)
    monkeypatch.delenv(FRESH, raising=False)
    if changed.pop("environment", False):
        monkeypatch.setenv(FRESH, "1")
    before = PythonScript.execute_script
    settings = SimpleNamespace(debug=False)
    workflow = {"local_exec": True, "execution_settings": settings, **changed}
    share_imports(PythonScript, SimpleNamespace(**workflow), [job()] * jobs)
    assert bool(prepared) == (PythonScript.execute_script is not before) == shared


def test_jobs_start_as_snakemake_starts_them_where_there_can_be_no_socket(monkeypatch, tmp_path, caplog):
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    monkeypatch.setattr(util, "get_temp_dir", lambda: str(folder))
    monkeypatch.setattr(forkserver, "ensure_running", forkserver.ForkServer().ensure_running)
    monkeypatch.setattr(PythonScript, "execute_script", PythonScript.execute_script)
    monkeypatch.delenv(FRESH, raising=False)
    before, settings = PythonScript.execute_script, SimpleNamespace(debug=False)
    workflow = SimpleNamespace(local_exec=True, execution_settings=settings)
    share_imports(PythonScript, workflow, [job()] * FEW)
    assert PythonScript.execute_script is before
    assert "each job starts a Python of its own" in caplog.text


@pytest.mark.parametrize(
    ("changed", "forked"),
    [
        ({}, True),
        ({"threads": 2}, False),
        ({"conda_env": "env"}, False),
        ({"container_img": "image"}, False),
        ({"env_modules": "module"}, False),
        ({"shadow_dir": "shadow"}, False),
    ],
)
def test_jobs_with_threads_or_an_environment_start_as_snakemake_starts_them(monkeypatch, changed, forked):
    ran = []
    monkeypatch.setattr(JobProcesses, "prepare", lambda self: None)
    monkeypatch.setattr(JobProcesses, "run", lambda self, *given: ran.append("forked") or USED)
    monkeypatch.setattr(PythonScript, "execute_script", lambda self, fname, edit: ran.append("fresh"))
    monkeypatch.delenv(FRESH, raising=False)
    settings = SimpleNamespace(debug=False)
    workflow = SimpleNamespace(local_exec=True, execution_settings=settings)
    share_imports(PythonScript, workflow, [job()] * FEW)
    plain = dict.fromkeys(("conda_env", "container_img", "env_modules", "shadow_dir", "bench_record"))
    given = SimpleNamespace(**{**plain, "threads": 1, "resources": {"tmpdir": os.sep}, **changed})
    PythonScript.execute_script(given, "script.py")
    assert ran == ["forked" if forked else "fresh"]


@pytest.mark.parametrize("error", [EOFError, FileNotFoundError, ConnectionRefusedError])
def test_a_job_that_cannot_be_forked_starts_as_snakemake_starts_it(monkeypatch, caplog, error):
    """As the fork server was killed, or somebody has emptied the temporary folder."""

    def refused(_):
        raise error

    ran = []
    monkeypatch.setattr(JobProcesses, "prepare", lambda self: None)
    monkeypatch.setattr(forkserver, "connect_to_new_process", refused)
    monkeypatch.setattr(PythonScript, "execute_script", lambda self, fname, edit: ran.append(fname))
    monkeypatch.delenv(FRESH, raising=False)
    settings = SimpleNamespace(debug=False)
    workflow = SimpleNamespace(local_exec=True, execution_settings=settings)
    share_imports(PythonScript, workflow, [job()] * FEW)
    plain = dict.fromkeys(("conda_env", "container_img", "env_modules", "shadow_dir", "bench_record"))
    PythonScript.execute_script(SimpleNamespace(**plain, threads=1, resources={}), "script.py")
    assert ran == ["script.py"]
    assert error.__name__ in caplog.text


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent has died")
def test_a_job_ends_with_the_process_that_forked_it(script, tmp_path):
    """Snakemake takes it for failed, and whatever it wrote after that would surprise the next run."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    endless = script(
        f"import signal\npipe = open({str(fifo)!r}, 'w')\n"
        "print('runs', file=pipe, flush=True)\nsignal.pause()"
    )
    program = f"""
import os, signal, threading
from multiprocessing import forkserver
from subprocess import CalledProcessError
from bauta.workflow.job_processes import JobProcesses

processes = JobProcesses([])
processes.prepare()

def kill():
    with open({str(fifo)!r}) as pipe:
        pipe.readline()
        os.kill(forkserver._forkserver._forkserver_pid, signal.SIGKILL)
        # This ends when nobody can write any more.
        pipe.read()

watcher = threading.Thread(target=kill)
watcher.start()
try:
    processes.run({endless!r})
except CalledProcessError:
    watcher.join()
    print("failed and ended")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "failed and ended\n"
