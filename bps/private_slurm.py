# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""A private Slurm cluster of one node, for demonstrations and tests.

It needs no configuration of the system: its key, sockets, state and logs are
in one folder, and its ports are on the loopback interface.
"""

from __future__ import annotations

__all__ = ("NODE", "NODE_TIMEOUT", "PrivateSlurm", "SlurmJob", "SlurmMissingError", "check_slurm")


import contextlib
import dataclasses
import datetime
import os
import pathlib
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from typing import Self

NODE = "node1"
"""Name of the only node."""

DAEMONS = ("munged", "slurmctld", "slurmd")
COMMANDS = ("sbatch", "scancel", "scontrol", "setpriv", "sinfo", "squeue")
FOLDERS = ("/usr/sbin", "/sbin", "/usr/local/sbin")
"""Folders that may hold the daemons if they are not in the user's PATH."""

NODE_TIMEOUT = 10
"""Time (s) after which an unresponsive node is considered lost."""

PATIENCE = 30.0
"""Time limit (s) for the daemons to start and stop."""

SOCKET_LENGTH = 107
"""Longest path of a Unix socket."""

CONFIGURATION = """\
ClusterName=private
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
CredType=cred/munge
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny

StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
JobCompType=jobcomp/filetxt
JobCompLoc={folder}/jobs.txt

# Control groups are not used, as containers may not support them.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
# Without control groups, memory is watched instead of limited.
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
JobAcctGatherParams=OverMemoryKill

# A job that requests more than is available fails at once.
EnforcePartLimits=ALL
ReturnToService=2
SlurmdTimeout={node_timeout}
SlurmctldTimeout=10
KillWait=2
MinJobAge=300
SchedulerType=sched/builtin
SchedulerParameters=batch_sched_delay=0,sched_interval=1

SlurmdParameters=config_overrides
NodeName={node} NodeHostname={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory}
PartitionName=all Nodes={node} Default=YES MaxTime=INFINITE State=UP
"""


class SlurmMissingError(RuntimeError):
    """Exception raised if programs of Slurm are not installed."""


@dataclasses.dataclass(frozen=True)
class SlurmJob:
    """Slurm's record of a job that ended.

    Parameters
    ----------
    id, name
        Number and name of the job.
    state
        State at the end, such as "COMPLETED" or "TIMEOUT".
    submitted, started, ended
        Times at which it was submitted, started and ended (s since the epoch),
        in whole seconds.
    """

    id: int
    name: str
    state: str
    submitted: float
    started: float
    ended: float


def check_slurm() -> None:
    """Check that all programs that a cluster needs are installed.

    Raises
    ------
    SlurmMissingError
        Raised if one is missing; the message says how to install them.
    """
    missing = [name for name in (*DAEMONS, *COMMANDS) if _find_program(name) is None]
    if missing:
        raise SlurmMissingError(
            f"A cluster needs {', '.join(missing)}, not found in PATH. On Debian and Ubuntu, install"
            " Slurm with: apt-get update && apt-get install slurm-wlm munge"
        )


class PrivateSlurm:
    """A Slurm cluster of one node that lives as long as its context.

    Parameters
    ----------
    folder
        Folder for everything that it writes; existing contents are lost.
    cpus
        Number of cores that the node claims to have.
    memory
        Memory (MiB) that the node claims to have.

    Raises
    ------
    SlurmMissingError
        Raised if a program of Slurm is missing.
    ValueError
        Raised if the path of the folder is too long or has characters that
        the configuration of Slurm cannot hold.
    """

    def __init__(self, folder: pathlib.Path, cpus: int = 2, memory: int = 4096) -> None:
        check_slurm()
        self.folder = folder.resolve()
        self._check_path()
        self.cpus = cpus
        self.memory = memory
        self._daemons: dict[str, subprocess.Popen] = {}

    def _check_path(self) -> None:
        path = f"{self.folder}/munge.socket"
        if len(os.fsencode(path)) > SOCKET_LENGTH:
            raise ValueError(f"{path} is longer than the {SOCKET_LENGTH} bytes of a socket's path.")
        if any(character.isspace() or character in ",#=%\\\"'" for character in path):
            raise ValueError(f"{path} has characters that a configuration of Slurm cannot hold.")

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables that make Slurm commands use this cluster."""
        return {"SLURM_CONF": str(self.folder / "slurm.conf")}

    def __enter__(self) -> Self:
        shutil.rmtree(self.folder, ignore_errors=True)
        # munged rejects a key in a folder that others can write to.
        self.folder.mkdir(mode=0o755, parents=True)
        for name in ("state", "spool"):
            (self.folder / name).mkdir(mode=0o700)
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def _start(self) -> None:
        key = self.folder / "munge.key"
        key.touch(mode=0o600)
        key.write_bytes(secrets.token_bytes(128))
        controller_port, node_port = _free_ports(2)
        (self.folder / "slurm.conf").write_text(
            CONFIGURATION.format(
                folder=self.folder,
                host=socket.gethostname().split(".")[0],
                node=NODE,
                node_timeout=NODE_TIMEOUT,
                user=pwd.getpwuid(os.getuid()).pw_name,
                controller_port=controller_port,
                node_port=node_port,
                cpus=self.cpus,
                memory=self.memory,
            )
        )
        names = {"key-file": "munge.key", "pid-file": "munged.pid", "seed-file": "munge.seed"}
        options = [f"--{option}={self.folder / name}" for option, name in names.items()]
        # `force` is needed if the group can write to a parent folder.
        self._launch("munged", "--foreground", "--force", f"--socket={self.folder}/munge.socket", *options)
        self._wait("munged", (self.folder / "munge.socket").exists)
        self._launch("slurmctld", "-D", "-i")
        self._wait("slurmctld", lambda: self._succeeds("scontrol", "ping"))
        self.start_node()

    def start_node(self) -> None:
        """Start the daemon of the node, and wait until it accepts jobs."""
        self._launch("slurmd", "-D", "-N", NODE)
        self._wait("slurmd", lambda: self.node_state in ("idle", "mixed", "allocated"))

    def kill_node(self) -> None:
        """Kill the daemon of the node; its jobs continue."""
        self._daemons["slurmd"].kill()
        self._daemons["slurmd"].wait()

    @property
    def node_state(self) -> str:
        """State of the node, with a star if it does not respond."""
        return self.run("sinfo", "--noheader", "--format=%T").strip()

    def run(self, command: str, *arguments: str) -> str:
        """Run a command of Slurm and return what it prints.

        Raises
        ------
        subprocess.CalledProcessError
            Raised if the command fails.
        """
        done = subprocess.run(
            [_program(command), *arguments],
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            check=True,
            timeout=PATIENCE,
        )
        return done.stdout

    def running(self) -> list[int]:
        """Return the IDs of the running jobs."""
        return [int(line) for line in self.run("squeue", "-h", "-t", "R", "-o", "%A").split()]

    def wait_for_jobs(self) -> None:
        """Wait until all jobs have ended.

        Raises
        ------
        RuntimeError
            Raised if they take too long.
        """
        if not _wait_until(lambda: not self.run("squeue", "-h", "-t", "PD,R,CG").strip(), PATIENCE):
            raise RuntimeError(f"Jobs of the cluster in {self.folder} do not end.")

    def ended(self) -> list[SlurmJob]:
        """Return the jobs that have ended, in the order in which they ended.

        A requeued job is included once for each time it ran.
        """
        path = self.folder / "jobs.txt"
        if not path.exists():
            return []
        return [_parse_job(line) for line in path.read_text().splitlines()]

    def processes(self) -> list[int]:
        """Return all processes that were started here, by ID.

        They are recognized by their environment, in which ``SLURM_CONF`` is
        the file of this cluster.
        """
        mark = f"SLURM_CONF={self.folder / 'slurm.conf'}".encode()
        found = []
        for path in pathlib.Path("/proc").glob("[0-9]*/environ"):
            # The process has ended, or belongs to another user.
            with contextlib.suppress(OSError):
                if mark in path.read_bytes().split(b"\0"):
                    found.append(int(path.parent.name))
        return [pid for pid in found if pid != os.getpid()]

    def stop(self) -> None:
        """Stop all jobs and all processes of this cluster."""
        if self._alive("slurmctld") and self._alive("slurmd"):
            # A controller that no longer responds cannot stop jobs; their
            # processes are stopped below in any case.
            with contextlib.suppress(subprocess.SubprocessError):
                self.run("scancel", "--user", str(os.getuid()))
                _wait_until(lambda: not self.run("squeue", "--noheader").strip(), 10.0)
        for name in reversed(DAEMONS):
            if self._alive(name):
                self._daemons[name].terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._daemons[name].wait(5.0)
        end = time.monotonic() + PATIENCE
        while (left := self.processes()) and time.monotonic() < end:
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            for daemon in self._daemons.values():
                daemon.poll()
            time.sleep(0.05)
        if left:
            raise RuntimeError(f"Processes {left} of the cluster in {self.folder} could not be stopped.")

    def _alive(self, name: str) -> bool:
        return name in self._daemons and self._daemons[name].poll() is None

    def _launch(self, name: str, *arguments: str) -> None:
        """Start a daemon that ends when this process does, for any reason."""
        with open(self.folder / f"{name}.out", "a") as output:
            self._daemons[name] = subprocess.Popen(
                [_program("setpriv"), "--pdeathsig", "TERM", _program(name), *arguments],
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def _wait(self, name: str, ready: Callable[[], bool]) -> None:
        """Wait until a daemon is ready.

        Raises
        ------
        RuntimeError
            Raised if it ends or takes too long.
        """
        if not _wait_until(lambda: not self._alive(name) or ready(), PATIENCE) or not self._alive(name):
            text = "".join(
                path.read_text(errors="replace")
                for path in (self.folder / f"{name}.out", self.folder / f"{name}.log")
                if path.exists()
            )
            tail = "\n".join(text.splitlines()[-20:])
            raise RuntimeError(f"{name} in {self.folder} did not start:\n{tail}")

    def _succeeds(self, *command: str) -> bool:
        try:
            return "UP" in self.run(*command)
        except subprocess.SubprocessError:
            return False


def _find_program(name: str) -> str | None:
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *FOLDERS])
    return shutil.which(name, path=path)


def _program(name: str) -> str:
    """Return the path of an installed program."""
    return _find_program(name) or name


def _free_ports(count: int) -> list[int]:
    """Return unused ports on the loopback interface."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _wait_until(happens: Callable[[], bool], seconds: float) -> bool:
    """Wait until something happens; False if it takes too long."""
    end = time.monotonic() + seconds
    while not happens():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def _parse_job(line: str) -> SlurmJob:
    """Parse a line that Slurm writes when a job ends."""
    fields = dict(item.split("=", 1) for item in line.split() if "=" in item)
    times = [
        datetime.datetime.fromisoformat(fields[name]).timestamp()
        for name in ("SubmitTime", "StartTime", "EndTime")
    ]
    return SlurmJob(int(fields["JobId"]), fields["Name"], fields["JobState"], *times)
