"""``./acorn serve``, ``demo`` and ``simulator``: servers for people."""

import contextlib
import datetime
import json
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from tools import (
    databases,
    demo_connect,
    demo_expansion,
    demo_summary,
    machine,
    services,
    venv,
)
from tools.console import Failure, say, step
from tools.databases import Machine
from tools.demo_summary import Census
from tools.http import Client
from tools.odoo_api import Odoo
from tools.paths import ROOT
from tools.processes import Run
from tools.services import World

LOGIN = PASSWORD = "admin"
# The world of companies that open marketplaces.
EXPANSION = "expansion"
# Amazon shows an order only two minutes after its last change.
AGE = datetime.timedelta(minutes=5)
# Seconds without any progress after which the demo stops waiting.
PATIENCE = 240


@dataclass(frozen=True)
class Site:
    """A running Odoo beside a running simulator.

    :param Machine machine: where Odoo runs.
    :param Run run: processes and database.
    :param str odoo_url: address of Odoo.
    :param str database: its database.
    :param str simulator_url: address of the simulator.
    """

    machine: Machine
    run: Run
    odoo_url: str
    database: str
    simulator_url: str

    def record(self) -> dict[str, str]:
        """Return what a person or a script needs to get in."""
        return {
            "odoo_url": self.odoo_url,
            "database": self.database,
            "login": LOGIN,
            "password": PASSWORD,
            "simulator_url": self.simulator_url,
        }

    def odoo(self) -> Odoo:
        """Open a session of the administrator."""
        return Odoo(self.odoo_url, self.database, LOGIN, PASSWORD)

    def close(self) -> None:
        """End the processes and drop the database."""
        self.run.close()
        databases.drop(self.machine.server, self.database)
        self.run.forget()


def write_json(path: str | None, content: dict) -> None:
    """Write a result for scripts, when a file was asked for."""
    if path:
        Path(path).write_text(json.dumps(content, indent=2) + "\n")


def start(purpose: str, world: World) -> Site:
    """Start a simulator and Odoo on a fresh database.

    :param str purpose: "serve" or "demo".
    :param World world: what the simulator shows; its newest order can be read at once.
    :raise Failure: when one of them does not come up; nothing stays behind.
    """
    ready = machine.ensure()
    run = Run(purpose)
    try:
        with step("starting the simulator"):
            simulator_url = services.start_simulator(run, aged(world))
        with step("copying the database, starting Odoo"):
            database = run.add_database(databases.fresh(ready, purpose))
            odoo_url, _process = services.start_odoo(run, ready, database)
    except BaseException:
        run.close()
        for name in run.databases:
            databases.drop(ready.server, name)
        run.forget()
        raise
    return Site(ready, run, odoo_url, database, simulator_url)


def expect_visitors(site: Site) -> None:
    """Build, beside everything else, what the first browser would wait for."""

    def build() -> None:
        # Without it the first page takes some seconds longer, no more.
        with contextlib.suppress(Failure):
            databases.build_bundles(site.machine, site.database)

    if not databases.has_bundles(site.machine):
        threading.Thread(target=build, daemon=True).start()


def aged(world: World) -> World:
    """Return a world whose newest order is old enough to be shown at once."""
    start_at = datetime.datetime.now(datetime.timezone.utc) - AGE
    return World(world.name, world.seed, world.size, f"{start_at:%Y-%m-%dT%H:%M:%SZ}")


def connect(site: Site, mode: str = "live") -> tuple[Odoo, Client]:
    """Connect the simulated sellers to Odoo.

    :return: sessions with Odoo and with the simulator.
    """
    simulator = Client(site.simulator_url)
    simulator.post("/_sim/clock", {"advance": AGE.total_seconds()})
    odoo = site.odoo()
    with step("connecting the Amazon stores through the assistant"):
        demo_connect.connect(odoo, simulator, mode)
    return odoo, simulator


def _wait_for_orders(odoo: Odoo, simulator: Client) -> Census:
    """Watch the crons work until every order is there, or nothing moves."""
    started = moved = time.monotonic()
    before = None
    while True:
        census = demo_summary.take(odoo, simulator)
        census.seconds = time.monotonic() - started
        now = (census.orders_in_odoo, census.blocked, len(census.missing))
        if now != before:
            before, moved = now, time.monotonic()
            say(
                f"    {census.seconds:5.0f} s  {census.orders_in_odoo} orders in Odoo,"
                f" {len(census.missing)} to come, {census.blocked} blocked,"
                f" {census.api_calls} calls"
            )
        if not census.missing or time.monotonic() - moved > PATIENCE:
            return census
        time.sleep(1)


def _open_marketplaces(
    world: World, odoo: Odoo, simulator: Client
) -> tuple[dict, list[str]]:
    """Open marketplaces where the world is about that.

    :return: the figures, and what is lost, double or different.
    """
    if world.name != EXPANSION:
        return {}, []
    with step("opening marketplaces for every legal entity", every=3600):
        expansion = demo_expansion.Expansion(odoo, simulator)
        return expansion.run(), expansion.problems


def demo(world: World, json_file: str | None, headless: bool) -> int:
    """Show the whole thing: connect, let the crons work, compare.

    :param World world: what the simulator shows.
    :param str json_file: where the figures go.
    :param bool headless: end afterwards instead of staying up.
    :return: 0 when nothing is missing, duplicated or different.
    """
    site = start("demo", world)
    try:
        if not headless:
            expect_visitors(site)
        odoo, simulator = connect(site)
        opened, problems = _open_marketplaces(world, odoo, simulator)
        with step("importing the orders with Odoo's own crons", every=3600):
            census = _wait_for_orders(odoo, simulator)
        record = {**opened, **census.record()}
        if opened:
            # Most calls were about registrations.
            del record["api_calls_per_order"]
        write_json(json_file, {**record, **site.record()})
        code = report(record, census, problems)
        if not headless:
            simulator.post("/_sim/settings", {"live": True})
            say("New orders keep arriving.")
            _stay(site)
    finally:
        site.close()
    return code


def report(record: dict, census: Census, problems: list[str]) -> int:
    """Say what came of the demonstration.

    :param dict record: figures of the table.
    :param Census census: orders on both sides.
    :param problems: what is wrong with registrations, a line each.
    :return: exit code: 0 when nothing is missing, duplicated or different.
    """
    say()
    say(demo_summary.table(record))
    for line in census.different[:20]:
        say(f"  ! {line}")
    for order_id in sorted(census.missing)[:20]:
        say(f"  ! {order_id}: missing")
    for line in problems:
        say(f"  ! {line}")
    if not census.good or problems:
        say("\nOdoo and Amazon differ.\n")
        return 1
    say("\nEvery order is in Odoo, once, to the cent.")
    if "registrations" in record:
        say("Every registration is at Amazon once, in the same state.")
    say()
    return 0


def _stay(site: Site) -> None:
    """Tell where to look, and wait for the interrupt key.

    :raise Failure: when a server ends before.
    """
    say(f"Odoo       {site.odoo_url}/odoo/amazon")
    say(f"Login      {LOGIN}, password {PASSWORD}")
    say(f"Simulator  {site.simulator_url}/_sim")
    say("Press Ctrl+C to end.")
    # Someone who closes the terminal or stops a service wants the same end.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.default_int_handler)
    try:
        while all(process.alive for process in site.run.processes):
            time.sleep(0.5)
    except KeyboardInterrupt:
        say("\nStopping.")
        return
    raise Failure(
        "A server ended by itself.",
        f"Its output is in {site.run.processes[-1].log.parent}.",
    )


def serve(
    world: World, json_file: str | None, detach: bool, connected: bool = True
) -> int:
    """Start everything and keep it up.

    :param World world: what the simulator shows.
    :param str json_file: where addresses and login go.
    :param bool detach: return at once; ``./acorn stop`` ends it.
    :param bool connected: connect the stores; else Odoo starts without any.
    """
    site = start("serve", world)
    try:
        expect_visitors(site)
        if connected:
            connect(site)
        else:
            simulator = Client(site.simulator_url)
            simulator.post("/_sim/clock", {"advance": AGE.total_seconds()})
        write_json(json_file, site.record())
        print(json.dumps(site.record()), flush=True)
    except BaseException:
        site.close()
        raise
    if detach:
        return 0
    try:
        _stay(site)
    finally:
        site.close()
    return 0


def simulator(world: World, port: int) -> int:
    """Run the simulator alone, in the foreground."""
    venv.ensure()
    try:
        return subprocess.run(
            services.simulator_command(world, port),
            env=services.simulator_environment(),
            cwd=ROOT,
            check=False,
        ).returncode
    except KeyboardInterrupt:
        return 0
