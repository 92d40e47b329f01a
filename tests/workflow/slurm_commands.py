"""Stands in for Slurm's commands: called under their names, it keeps its state in the folder STUB_SLURM.

`sbatch` starts a job at once in a session of its own, as many as are submitted; job 3 is over its time when
there is a file `expire-3`. Only what the Slurm plugins of Snakemake call is here.
"""

import json
import os
import signal
import subprocess
import sys
import time
from itertools import dropwhile
from pathlib import Path

STATE = Path(os.environ["STUB_SLURM"])
WITH_VALUE = ("--job-name", "--name", "--output", "--comment", "-p", "-A", "-t", "--mem", "-D")


def say(text):
    sys.stdout.write(f"{text}\n")


def options(arguments):
    """Options by name; the plugin writes some as `--name=value`, some as `--name value`."""
    found, rest = {}, list(arguments)
    while rest:
        word = rest.pop(0)
        name, equals, value = word.partition("=")
        if word in WITH_VALUE:
            value = rest.pop(0)
        elif not equals:
            value = ""
        found[name] = value
    return found


def job_file(number):
    return STATE / "jobs" / f"{number}.json"


def read(number):
    return json.loads(job_file(number).read_text())


def update(number, /, **values):
    """Change a job; a state that is final stays."""
    path = job_file(number)
    job = read(number) if path.exists() else {"state": "RUNNING"}
    if job["state"] != "RUNNING":
        values.pop("state", None)
    temporary = path.with_suffix(f".{os.getpid()}")
    temporary.write_text(json.dumps({**job, **values}))
    temporary.replace(path)


def sbatch(arguments):
    asked = options(arguments)
    if (STATE / "refuse").exists():
        sys.exit("sbatch: error: Batch job submission failed: Requested node configuration is not available")
    (STATE / "jobs").mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        try:
            os.close(os.open(STATE / "jobs" / f"{number}.taken", os.O_CREAT | os.O_EXCL))
            break
        except FileExistsError:
            number += 1
    update(number, number=number, asked=asked)
    subprocess.Popen(
        [sys.executable, __file__, "run", str(number)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    say(number)


def run(arguments):
    """What slurmd does: the job's command with the environment of a job, for as long as it may take."""
    number = int(arguments[0])
    asked = read(number)["asked"]
    environment = {**os.environ, "SLURM_JOB_ID": str(number), "SLURM_CPUS_PER_TASK": asked["--cpus-per-task"]}
    environment.pop("CUDA_VISIBLE_DEVICES", None)
    if "--gpus" in asked:
        environment["CUDA_VISIBLE_DEVICES"] = "0"
    output = Path(asked["--output"].replace("%j", str(number)))
    with output.open("w") as log:
        process = subprocess.Popen(
            asked["--wrap"],
            shell=True,
            env=environment,
            cwd=asked["-D"],
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        update(number, group=process.pid)
        while process.poll() is None:
            time.sleep(0.1)
            if (STATE / f"expire-{number}").exists():
                update(number, state="TIMEOUT")
                os.killpg(process.pid, signal.SIGKILL)
        update(number, state="COMPLETED" if process.returncode == 0 else "FAILED")


def squeue(arguments):
    asked = options(arguments)
    numbers = sorted(int(path.stem) for path in (STATE / "jobs").glob("*.json"))
    names = asked.get("--name", "").split(",")
    for job in map(read, numbers):
        if job["asked"]["--job-name"] not in names:
            continue
        if job["state"] == "RUNNING" or asked.get("--states") == "all":
            fields = {"i": job["number"], "T": job["state"], "M": "0:01", "r": "None"}
            fields["k"] = job["asked"]["--comment"]
            say("|".join(str(fields[letter]) for letter in asked["--format"].replace("%", "").split("|")))


def scancel(arguments):
    names = [word.partition("=")[2] for word in arguments if word.startswith("--name=")]
    for path in (STATE / "jobs").glob("*.json"):
        job = json.loads(path.read_text())
        if job["state"] == "RUNNING" and (path.stem in arguments or job["asked"]["--job-name"] in names):
            update(int(path.stem), state="CANCELLED")
            while "group" not in read(int(path.stem)):
                time.sleep(0.05)
            os.killpg(read(int(path.stem))["group"], signal.SIGKILL)


def srun(arguments):
    command = list(dropwhile(lambda word: word.startswith("-"), arguments))
    os.execvp(command[0], command)


def scontrol(arguments):
    say("MinJobAge               = 3600 sec\nMaxArraySize            = 1001")


def sinfo(arguments):
    say("PARTITION\ncpu*\ngpu")


COMMANDS = (run, sbatch, scancel, scontrol, sinfo, squeue, srun)

if __name__ == "__main__":
    name, words = Path(sys.argv[0]).name, sys.argv[1:]
    if words[:1] == ["run"]:
        name, words = words[0], words[1:]
    # The other commands answer nothing, as a cluster without accounts does.
    next((command for command in COMMANDS if command.__name__ == name), len)(words)
