"""The two servers that ``serve``, ``demo`` and the tests need."""

import json
import os
import time
from pathlib import Path

from tools import venv
from tools.console import Failure, tail
from tools.databases import Machine
from tools.paths import LOCAL, ROOT
from tools.postgres import free_port
from tools.processes import Process, Run, wait_for


def simulator_command(port: int, world: str, seed: int | None, size: int | None):
    """Return the command line of the simulator.

    :param int port: 0 lets it pick one.
    :param str world: name of a world; empty for the simulator's default.
    :param int seed: number that makes a world reproducible.
    :param int size: number of orders.
    """
    command = [str(venv.PYTHON), "-m", "simulator", "--port", str(port)]
    for option, value in (("--world", world), ("--seed", seed), ("--size", size)):
        if value not in (None, ""):
            command += [option, str(value)]
    return command


def simulator_environment() -> dict[str, str]:
    """Return the environment of the simulator, which knows nothing of Odoo."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


def start_simulator(
    run: Run,
    world: str = "",
    seed: int | None = None,
    size: int | None = None,
    port: int = 0,
) -> str:
    """Start the simulator.

    :return: its base address.
    :raise Failure: when it does not come up.
    """
    process = run.start(
        simulator_command(port, world, seed, size),
        "simulator",
        env=simulator_environment(),
    )
    return _announced(process)


def _announced(process: Process, seconds: float = 180.0) -> str:
    """Read the JSON line that the simulator prints when it is ready."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for line in process.log.read_text(errors="replace").splitlines():
            if line.startswith("{"):
                return json.loads(line)["url"].rstrip("/")
        if not process.alive:
            raise Failure(f"The simulator does not start.\n{tail(process.log)}")
        time.sleep(0.05)
    raise Failure(f"The simulator was not ready in {seconds:.0f} s.")


def start_odoo(
    run: Run, machine: Machine, database: str, cron_threads: int = 2, port: int = 0
) -> tuple[str, Process]:
    """Start Odoo's threaded server on one database.

    :param Run run: what it belongs to.
    :param Machine machine: where Odoo runs.
    :param str database: name of the database.
    :param int cron_threads: threads that run scheduled actions.
    :param int port: TCP port; 0 picks a free one.
    :return: address and process.
    :raise Failure: when it does not answer.
    """
    port = port or free_port()
    url = f"http://127.0.0.1:{port}"
    process = run.start(
        machine.command(
            "-d",
            database,
            f"--db-filter=^{database}$",
            f"--http-port={port}",
            f"--max-cron-threads={cron_threads}",
            "--workers=0",
        ),
        "odoo",
        env=machine.environment(),
    )
    wait_for(f"{url}/web/health", process)
    return url, process


def log_folder() -> Path:
    """Return the folder with the output of everything started here."""
    return LOCAL / "log"
