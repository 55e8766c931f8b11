"""Long-running processes: started, recorded under ``.local/run``, stopped."""

import contextlib
import json
import os
import secrets
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.console import Failure, tail
from tools.paths import LOGS, ROOT, RUN

# Starts the name of every run that a test starts, see tools/testing.py.
LABEL = "ACORN_RUN"


@dataclass(frozen=True)
class Process:
    """A process that we started.

    :param int pid: its number, which is its process group too.
    :param str birth: when the kernel says it started; guards against reused numbers.
    :param Path log: file with its output.
    """

    pid: int
    birth: str
    log: Path

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return bool(self.birth) and _birth(self.pid) == self.birth

    def record(self) -> dict:
        """Return what :func:`Run.save` writes down."""
        return {"pid": self.pid, "birth": self.birth, "log": str(self.log)}


def _birth(pid: int) -> str:
    """Return the start time of a process, empty when it is gone or a zombie."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    fields = text.rpartition(")")[2].split()
    return "" if fields[0] in {"Z", "X"} else fields[19]


def start(
    command: Sequence[str],
    log: str,
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
) -> Process:
    """Start a process in its own group with its output in a file.

    :param command: program and arguments.
    :param str log: name of the log under ``.local/log``, without suffix.
    :return: the running process.
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    path = LOGS / f"{log}.log"
    with path.open("wb") as out:
        child = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=env,
            cwd=cwd,
            start_new_session=True,
        )
    _children.append(child)
    return Process(child.pid, _birth(child.pid), path)


# Children are kept so that their end is noticed and no zombie stays.
_children: list[subprocess.Popen] = []


def _signal(process: Process, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def end(process: Process, patience: float = 10.0) -> None:
    """Ask a process to end, and insist after a while.

    :param Process process: what to end.
    :param float patience: seconds before it is killed.
    """
    if not process.alive:
        return
    _signal(process, signal.SIGTERM)
    until = time.monotonic() + patience
    while process.alive and time.monotonic() < until:
        _reap()
        time.sleep(0.05)
    if process.alive:
        _signal(process, signal.SIGKILL)
    _reap()


def _reap() -> None:
    for child in list(_children):
        if child.poll() is not None:
            _children.remove(child)


def wait_for(url: str, process: Process, seconds: float = 120.0) -> None:
    """Wait until an address answers with a success.

    :param str url: address on the loopback interface.
    :param Process process: who should answer there.
    :param float seconds: patience.
    :raise Failure: when the process ends, or time is up.
    """
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        _reap()
        with (
            contextlib.suppress(urllib.error.URLError, OSError),
            opener.open(url, timeout=30) as answer,
        ):
            if answer.status < 400:
                return
        if not process.alive:
            raise Failure(
                f"The process ended before {url} answered.\n{tail(process.log)}",
                f"The whole output is in {process.log}.",
            )
        time.sleep(0.2)
    raise Failure(
        f"{url} did not answer within {seconds:.0f} s.\n{tail(process.log)}",
        f"The whole output is in {process.log}.",
    )


class Run:
    """Processes and databases that belong together, and end together.

    :param str name: what it is for: "serve", "demo", "simulator", "test".
    """

    def __init__(self, name: str):
        parts = [os.environ.get(LABEL, ""), name, secrets.token_hex(3)]
        self.name = "-".join(filter(None, parts))
        self.processes: list[Process] = []
        self.databases: list[str] = []

    def save(self) -> None:
        """Write the record that ``./acorn stop`` reads."""
        RUN.mkdir(parents=True, exist_ok=True)
        path = RUN / f"{self.name}.json"
        content = {
            "processes": [process.record() for process in self.processes],
            "databases": self.databases,
        }
        path.write_text(json.dumps(content, indent=1))

    def start(self, command: Sequence[str], part: str, **options) -> Process:
        """Start a process of this run; see :func:`start`."""
        process = start(command, f"{self.name}-{part}", **options)
        self.processes.append(process)
        self.save()
        return process

    def add_database(self, name: str) -> str:
        """Remember a database that goes when the run ends."""
        self.databases.append(name)
        self.save()
        return name

    def close(self) -> None:
        """End the processes, last started first."""
        for process in reversed(self.processes):
            end(process)

    def forget(self) -> None:
        """Remove the record."""
        (RUN / f"{self.name}.json").unlink(missing_ok=True)


def recorded(label: str = "") -> Iterator[Run]:
    """Read the records of all runs that were not closed.

    :param str label: only those whose name starts so.
    """
    for path in sorted(RUN.glob(f"{label}*.json")):
        content = json.loads(path.read_text())
        run = Run("")
        run.name = path.stem
        run.databases = content["databases"]
        run.processes = [
            Process(item["pid"], item["birth"], Path(item["log"]))
            for item in content["processes"]
        ]
        yield run
