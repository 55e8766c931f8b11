"""The two servers that ``serve``, ``demo`` and the tests need."""

import json
import os
import time
from dataclasses import dataclass

from tools import venv
from tools.console import Failure, tail
from tools.databases import Machine
from tools.paths import ROOT
from tools.postgres import free_port
from tools.processes import Process, Run, wait_for


@dataclass(frozen=True)
class World:
    """What the simulator is asked to be.

    :param str name: one of its worlds; empty for its default.
    :param int seed: number that makes a world reproducible.
    :param int size: number of orders.
    :param str now: start of its clock, ISO 8601; the present when empty.
    """

    name: str = ""
    seed: int | None = None
    size: int | None = None
    now: str = ""

    def options(self) -> list[str]:
        """Return the options of ``python -m simulator``."""
        given = {
            "--world": self.name,
            "--seed": self.seed,
            "--size": self.size,
            "--now": self.now,
        }
        return [
            word
            for option, value in given.items()
            if value not in (None, "")
            for word in (option, str(value))
        ]


def simulator_command(world: World, port: int = 0) -> list[str]:
    """Return the command line of the simulator.

    :param World world: what it shows.
    :param int port: 0 lets it pick one.
    """
    start = [str(venv.PYTHON), "-m", "simulator", "--port", str(port)]
    return [*start, *world.options()]


def simulator_environment() -> dict[str, str]:
    """Return the environment of the simulator, which knows nothing of Odoo."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


def start_simulator(run: Run, world: World) -> str:
    """Start the simulator.

    :param Run run: what it belongs to.
    :param World world: what it shows.
    :return: its base address.
    :raise Failure: when it does not come up.
    """
    process = run.start(
        simulator_command(world), "simulator", env=simulator_environment()
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
        env=machine.serial(),
    )
    wait_for(f"{url}/web/health", process)
    return url, process
