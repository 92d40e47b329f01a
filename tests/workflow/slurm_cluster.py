"""A real Slurm on the loopback of this machine: accounting, two CPU nodes and one with two made-up GPUs.

Everything lies in one folder, nothing in /etc is read or written, and every daemon is a child of this
process. Only the machine's administrator can start it.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

DAEMONS = ("munged", "mariadbd", "mariadb-install-db", "slurmdbd", "slurmctld", "slurmd")
CLIENTS = ("sacct", "sacctmgr", "sbatch", "scancel", "scontrol", "sinfo", "squeue", "srun", "sshare")
PACKAGES = "slurmctld slurmd slurmdbd slurm-client munge mariadb-server mariadb-client"
NODES = ("cpu1", "cpu2", "gpu1")

# A node is given up after 10 s, and what ran on it begins again when its credential is over. A job over its
# memory is ended by the daemon that counts it, as no cgroup does here.
CONF = """\
ClusterName=lab
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
SlurmctldPort={ctld}
SrunPortRange={srun}
{bind}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/run/munge.socket,cred_expire=10
StateSaveLocation={folder}/ctld
SlurmdSpoolDir={folder}/spool/%n
SlurmctldPidFile={folder}/run/slurmctld.pid
SlurmdPidFile={folder}/run/slurmd-%n.pid
PlugStackConfig={folder}/etc/plugstack.conf
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
GresTypes=gpu
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=5,bf_interval=5
SlurmdParameters=config_overrides
ReturnToService=2
MinJobAge=3600
KillWait=3
InactiveLimit=60
SlurmctldTimeout=60
SlurmdTimeout=10
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort={dbd}
AccountingStoragePass={folder}/run/munge.socket
AccountingStorageTRES=gres/gpu
JobCompType=jobcomp/none
NodeName=DEFAULT CPUs=4 RealMemory=16000 State=UNKNOWN
NodeName=cpu1 NodeHostname=cpu1 NodeAddr=127.0.0.1 Port={cpu1}
NodeName=cpu2 NodeHostname=cpu2 NodeAddr=127.0.0.1 Port={cpu2}
NodeName=gpu1 NodeHostname=gpu1 NodeAddr=127.0.0.1 Port={gpu1} Gres=gpu:h200:2
PartitionName=cpu Nodes=cpu1,cpu2 Default=YES LLN=YES MaxTime=INFINITE State=UP
PartitionName=gpu Nodes=gpu1 LLN=YES MaxTime=INFINITE State=UP
"""

DBD_CONF = """\
AuthType=auth/munge
AuthInfo=socket={folder}/run/munge.socket
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort={dbd}
{bind}
SlurmUser=root
PidFile={folder}/run/slurmdbd.pid
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort={sql}
StorageUser=slurm
StoragePass={password}
StorageLoc=slurm_acct_db
"""


def why_not():
    """Why no cluster can be started here, or None."""
    missing = [name for name in DAEMONS if shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin") is None]
    if missing:
        return f"Slurm is not installed, {', '.join(missing)} not found: apt-get install {PACKAGES}"
    return None if os.geteuid() == 0 else "only root can start Slurm's daemons"


class ClusterError(Exception):
    """A daemon does not do what it should."""


@dataclass
class Cluster:
    """A cluster in a folder with a short path: Unix sockets are in it."""

    folder: Path
    daemons: dict = field(default_factory=dict)

    @property
    def conf(self):
        return self.folder / "etc/slurm.conf"

    def start(self):
        # The munge daemon refuses a socket that not everybody can reach.
        self.folder.chmod(0o755)
        spools = [f"spool/{node}" for node in NODES]
        for name in ("etc", "run", "log", "ctld", "mysql", "munge", "bin", *spools):
            (self.folder / name).mkdir(parents=True)
        (self.folder / "munge").chmod(0o700)
        self._configure()
        run = self.folder / "run"
        self._daemon(
            "munged",
            "--foreground",
            f"--key-file={self.folder}/munge/key",
            f"--seed-file={self.folder}/munge/seed",
            f"--socket={run}/munge.socket",
            f"--pid-file={run}/munged.pid",
            f"--log-file={self.folder}/log/munged.txt",
        )
        self._until("munge", "-S", f"{run}/munge.socket", "-n")
        self._database()
        self._daemon("slurmdbd", "-D")
        self._until("sacctmgr", "-n", "list", "cluster")
        self._client("sacctmgr", "-i", "-Q", "add", "cluster", "lab")
        self.start_controller()
        for node in NODES:
            self.start_node(node)
        self.wait_until_idle()

    def start_node(self, node):
        self._daemon(node, "-D", "-N", node, "-f", str(self.conf), program="slurmd")

    def stop_controller(self):
        process = self.daemons.pop("slurmctld")
        process.terminate()
        process.wait(timeout=60)

    def start_controller(self):
        self._daemon("slurmctld", "-D", "-f", str(self.conf))
        self._until("scontrol", "ping")

    def wait_until_idle(self):
        self._wait(
            lambda: set(self._client("sinfo", "-h", "-N", "-o", "%t").split()) == {"idle"}, "idle nodes"
        )

    def stop(self):
        with suppress(subprocess.SubprocessError, ClusterError):
            self._client("scancel", "--user=root")
            self._wait(lambda: not self._client("squeue", "-h"), "an empty queue", seconds=30)
        for process in reversed(self.daemons.values()):
            process.terminate()
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def lose_node(self, node):
        """The node is gone, and all that runs on it, without a word."""
        slurmd = psutil.Process(self.daemons.pop(node).pid)
        lost = [slurmd, *slurmd.children(recursive=True), *self._steps(node)]
        for process in lost:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
        slurmd.wait()

    def _steps(self, node):
        """What the jobs on a node run: their daemons leave the family of the node's own."""
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                given = process.environ()
                if given.get("SLURMD_NODENAME") == node and str(self.folder) in given.get("PATH", ""):
                    yield from (process, *(p for p in process.parents() if p.name().startswith("slurmstepd")))

    def states(self):
        """Slurm's state of each job in the order of their submission."""
        lines = self._client("squeue", "-h", "--states=all", "-o", "%i %T").splitlines()
        return [state for _, state in sorted((int(line.split()[0]), line.split()[1]) for line in lines)]

    def running(self):
        """Number and node of each running job."""
        lines = self._client("squeue", "-h", "--states=RUNNING", "-o", "%i %N").splitlines()
        return [tuple(line.split()) for line in lines]

    def cancel(self, number):
        self._client("scancel", number)

    @property
    def environment(self):
        """For Snakemake; the shims give SLURM_CONF to commands in jobs, where the plugin takes it away."""
        return {"SLURM_CONF": str(self.conf), "PATH": f"{self.folder}/bin:{os.environ['PATH']}"}

    def _configure(self):
        host = socket.gethostname()
        # With a name of its own on a network, Slurm would bind to that and not to the loopback.
        local = socket.gethostbyname(host).startswith("127.")
        first = _free_ports()
        names = dict(zip(("ctld", "dbd", "sql", *NODES), range(first, first + 6), strict=True))
        values = {"folder": self.folder, "host": host, "password": secrets.token_hex(12), **names}
        values["srun"] = f"{first + 10}-{first + 90}"
        etc = self.folder / "etc"
        ctld = "CommunicationParameters=NoCtldInAddrAny,NoInAddrAny" if local else ""
        self.conf.write_text(CONF.format(**values, bind=ctld))
        dbd = etc / "slurmdbd.conf"
        dbd.write_text(DBD_CONF.format(**values, bind="CommunicationParameters=NoInAddrAny" if local else ""))
        dbd.chmod(0o600)
        (etc / "plugstack.conf").touch()
        (etc / "cgroup.conf").write_text("CgroupAutomount=no\n")
        # The number at the end of the name is the GPU's.
        for gpu in range(2):
            (etc / f"gpu{gpu}").symlink_to("/dev/null")
        lines = [f"NodeName=gpu1 Name=gpu Type=h200 File={etc}/gpu{gpu}\n" for gpu in range(2)]
        (etc / "gres.conf").write_text("".join(lines))
        key = self.folder / "munge/key"
        key.write_bytes(secrets.token_bytes(1024))
        key.chmod(0o600)
        for name in CLIENTS:
            shim = self.folder / "bin" / name
            shim.write_text(f'#!/bin/sh\nSLURM_CONF={self.conf} exec {shutil.which(name)} "$@"\n')
            shim.chmod(0o755)
        self._sql = (values["sql"], values["password"])

    def _database(self):
        port, password = self._sql
        data, mysql = f"--datadir={self.folder}/mysql", f"{self.folder}/run/mysql.sock"
        subprocess.run(
            ["mariadb-install-db", "--no-defaults", "--user=root", data, "--skip-test-db"],
            check=True,
            capture_output=True,
        )
        self._daemon(
            "mariadbd",
            "--no-defaults",
            "--user=root",
            data,
            f"--socket={mysql}",
            f"--port={port}",
            "--bind-address=127.0.0.1",
            "--skip-name-resolve",
            f"--pid-file={self.folder}/run/mysql.pid",
            "--innodb-buffer-pool-size=128M",
            "--innodb-lock-wait-timeout=900",
        )
        sql = ("mariadb", "--no-defaults", "--protocol=socket", "-S", mysql, "-u", "root", "-e")
        self._until(*sql, "select 1")
        user = f"'slurm'@'127.0.0.1' IDENTIFIED BY '{password}'"
        grant = f"CREATE DATABASE slurm_acct_db; GRANT ALL ON slurm_acct_db.* TO {user}"
        subprocess.run([*sql, grant], check=True)

    def _daemon(self, name, *arguments, program=None):
        path = shutil.which(program or name, path=f"{os.environ['PATH']}:/usr/sbin")
        with (self.folder / f"log/{name}.txt").open("a") as log:
            self.daemons[name] = subprocess.Popen(
                [path, *arguments],
                env={**os.environ, "SLURM_CONF": str(self.conf)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _client(self, *command):
        given = {**os.environ, "SLURM_CONF": str(self.conf)}
        done = subprocess.run(command, env=given, capture_output=True, text=True, timeout=30, check=True)
        return done.stdout

    def _until(self, *command):
        said = []

        def answers():
            try:
                self._client(*command)
            except subprocess.CalledProcessError as error:
                said[:] = [error.stderr]
                return False
            except subprocess.TimeoutExpired:
                return False
            return True

        self._wait(answers, f"answer to {command[0]}", said)

    def _wait(self, condition, what, said=(), seconds=120):
        end = time.monotonic() + seconds
        while not condition():
            gone = [name for name, process in self.daemons.items() if process.poll() is not None]
            if gone or time.monotonic() > end:
                logs = [(self.folder / f"log/{name}.txt").read_text()[-1000:] for name in gone]
                raise ClusterError(f"no {what} in {seconds} s; ended: {gone}; {' '.join([*said, *logs])}")
            time.sleep(0.2)


def _free_ports():
    """The first of a hundred ports in a row of which the first six are free."""
    for first in range(20000, 30000, 100):
        with suppress(OSError):
            for port in range(first, first + 6):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
            return first
    raise OSError("no free ports between 20000 and 30000")
