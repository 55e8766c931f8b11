"""A connected database to copy, worker processes on the copies, and the census."""

import atexit
import contextlib
import functools
import json
import os
import secrets
import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import TextIO

import psycopg2
import psycopg2.extras
import pytest
import requests

from tools import databases, demo_connect, machine, services, venv
from tools.databases import Machine
from tools.http import Client
from tools.odoo_api import Odoo
from tools.paths import ROOT
from tools.processes import Run, end

NURSERY = Path(__file__).with_name("nursery.py")
WORLD = {"world": "us-facilitator", "seed": 1}
# Two pages of Amazon's; two batches of ours.
MANY, FEW = 115, 56
KILLED = -signal.SIGKILL


class Worker:
    """One process of ``worker.py``.

    :param line: what it says: its number first, how it ended last.
    :ivar int code: how it ended: 0, or the negative number of a signal.
    """

    def __init__(self, line: TextIO):
        self.code: int | None = None
        self._line = line
        self._pid = int(line.readline())
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        with self._line:
            said, _, code = self._line.read().rstrip("\n").rpartition("\n")
        self._said = said.strip()
        self.code = int(code)

    def wait(self, seconds: float = 600.0) -> int:
        """Return how it ended."""
        self._listener.join(seconds)
        assert self.code is not None, f"still at work after {seconds:.0f} s"
        return self.code

    def signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.code is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, number)

    @property
    def result(self) -> dict:
        """What it said at its end."""
        return json.loads(self._said.splitlines()[-1])


class Nursery:
    """The process of ``nursery.py``."""

    def __init__(self, ready: Machine):
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [str(venv.PYTHON), str(NURSERY), str(theirs.fileno())],
                env=ready.environment(),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )

    def start(self, *arguments: str) -> Worker:
        """Start a worker process; see ``worker.py``."""
        ours, theirs = socket.socketpair()
        with theirs:
            message = json.dumps(arguments).encode()
            socket.send_fds(self._control, [message], [theirs.fileno()])
        with ours:
            return Worker(ours.makefile())

    def close(self) -> None:
        """Let no more workers be born."""
        self._control.close()
        self._process.wait(60)


@functools.cache
def nursery(ready: Machine) -> Nursery:
    """Return the nursery, which all tests share."""
    started = Nursery(ready)
    atexit.register(started.close)
    return started


@dataclass
class Workshop:
    """A database of its own, and the Amazon that it is connected to.

    :param Machine machine: where Odoo runs.
    :param str database: the copy that a test works on.
    :param Client simulator: Amazon's control side.
    """

    machine: Machine
    database: str
    simulator: Client
    workers: list[Worker] = field(default_factory=list)

    def start(self, *arguments: str) -> Worker:
        """Start a worker process; see ``worker.py``."""
        worker = nursery(self.machine).start(self.database, *arguments)
        self.workers.append(worker)
        return worker

    def work(self, *arguments: str) -> dict:
        """Let a worker do what is due and return what it says."""
        worker = self.start(*arguments)
        assert worker.wait() == 0
        assert worker.result["errors"] == []
        return worker.result

    def query(self, statement: str, *values) -> list[dict]:
        """Run SQL on the copy and return the rows."""
        server = self.machine.server
        connection = psycopg2.connect(
            dbname=self.database,
            host=server.host,
            port=server.port,
            user=server.user,
            password=server.password,
        )
        rows = psycopg2.extras.RealDictCursor
        with (
            contextlib.closing(connection),
            connection,
            connection.cursor(cursor_factory=rows) as cursor,
        ):
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def let_leases_end(self) -> None:
        """Let ten minutes pass for whoever died."""
        self.query(
            "UPDATE acorn_amazon_task SET lease_until = now() AT TIME ZONE 'UTC'"
            " - interval '1 second' WHERE lease_until IS NOT NULL"
        )

    def await_applied(self, patience: float = 300.0) -> None:
        """Wait until every order that there is at Amazon is applied."""
        until = time.monotonic() + patience
        wanted = set(self.truth())
        statement = "SELECT external_id AS id, state FROM acorn_amazon_exchange"
        while True:
            kept = self.query(statement)
            waiting = [row for row in kept if row["state"] == "received"]
            if not waiting and {row["id"] for row in kept} >= wanted:
                return
            assert time.monotonic() < until, f"{len(waiting)} documents still wait"
            time.sleep(0.2)

    def run_all_now(self) -> None:
        """Make every task due."""
        self.query("UPDATE acorn_amazon_task SET next_run = '2000-01-01'")

    def truth(self) -> dict[str, dict]:
        """What Amazon knows, by order id."""
        records = self.simulator.get("/_sim/orders")["orders"]
        return {record["order_id"]: record for record in records}

    def assert_complete(self) -> None:
        """Every order once, to the minor unit, with one delivery of its goods."""
        truth = self.truth()
        orders = self.query(
            "SELECT acorn_amazon_order_id AS id, state, amount_total,"
            " acorn_amazon_facilitator_tax AS remitted,"
            " (SELECT coalesce(sum(move.product_uom_qty), 0) FROM stock_move move"
            "   JOIN sale_order_line line ON line.id = move.sale_line_id"
            "  WHERE line.order_id = sale_order.id AND move.state != 'cancel') AS units"
            " FROM sale_order WHERE acorn_amazon_order_id IS NOT NULL"
        )
        counted = Counter(order["id"] for order in orders)
        assert [key for key, count in counted.items() if count > 1] == []
        wanted = {k: v for k, v in truth.items() if v["expected"] == "order"}
        assert set(counted) == set(wanted)
        for order in orders:
            record = wanted[order["id"]]
            total = order["amount_total"] + order["remitted"]
            assert total == Decimal(record["grand_total"]), order["id"]
            assert order["state"] == "sale"
            assert order["units"] == sum(record["units"].values()), order["id"]
        waiting = self.query(
            "SELECT external_id FROM acorn_amazon_exchange"
            " WHERE state IN ('received', 'error')"
        )
        assert waiting == []

    def assert_all_kept(self) -> None:
        """Every document of Amazon is here once; none was lost between two pages."""
        kept = self.query("SELECT external_id AS id FROM acorn_amazon_exchange")
        assert sorted(row["id"] for row in kept) == sorted(self.truth())

    def page_calls(self) -> int:
        """How often Amazon was asked for a page of orders."""
        path = "/_sim/requests?operation=searchOrders&status=200"
        return self.simulator.get(path)["count"]

    def close(self) -> None:
        """End what still runs and drop the copy."""
        for worker in self.workers:
            worker.signal(signal.SIGKILL)
            worker.wait()
        databases.drop(self.machine.server, self.database)


@contextlib.contextmanager
def remote_runner(ready, database):
    """Let a worker talk to Amazon meanwhile, as the scheduler would."""
    worker = Workshop(ready, database, None).start(
        "remote", "--direct", "--patience", "3600"
    )
    try:
        yield
        # It ends what it has begun: killed amid a task it would leave its lease.
        worker.signal(signal.SIGTERM)
        worker.wait()
    finally:
        worker.signal(signal.SIGKILL)
        worker.wait()


@pytest.fixture(scope="session")
def connected():
    """A database whose stores are connected through the assistant, never run."""
    ready = machine.ensure(development=True)
    run = Run("test")
    database = run.add_database(databases.fresh(ready, "workers"))
    try:
        world = services.World(WORLD["world"], WORLD["seed"], FEW)
        simulator = Client(services.start_simulator(run, world))
        simulator.post("/_sim/settings", {"throttling": False})
        url, server = services.start_odoo(run, ready, database, cron_threads=0)
        odoo = Odoo(url, database, "admin", "admin")
        flows = odoo.search_read("acorn.amazon.flow", [], ["code"])
        listings = [row["id"] for row in flows if row["code"] == "listings"]
        others = [row["id"] for row in flows if row["code"] != "listings"]
        # The assistant has the listings read, which have their own tests; nothing else
        # may run before a test says so.
        odoo.write("acorn.amazon.flow", others, {"active": 0})
        with remote_runner(ready, database):
            stores = demo_connect.connect(odoo, simulator, "live")
        odoo.write("acorn.amazon.flow", others, {"active": 1})
        odoo.write("acorn.amazon.flow", listings, {"active": 0})
        odoo.call("acorn.amazon.store", "action_go_live", ids=stores)
        end(server)
        yield ready, database, simulator
    finally:
        run.close()
        databases.drop(ready.server, database)
        run.forget()


@contextlib.contextmanager
def copied(ready, source, simulator, size):
    """Yield a copy of a database for one test, before a world of some size."""
    # Parcels leave at the time of this machine; Amazon takes none from the future.
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    simulator.post("/_sim/reset", {**WORLD, "size": size, "now": now})
    simulator.post("/_sim/clock", {"advance": 300})
    simulator.post("/_sim/settings", {"throttling": False})
    requests.delete(f"{simulator.url}/_sim/faults", timeout=60)
    name = f"{source}_{secrets.token_hex(3)}"
    databases.clone(ready.server, source, name)
    shop = Workshop(ready, name, simulator)
    try:
        yield shop
    finally:
        shop.close()


@pytest.fixture
def workshop(connected):
    """Many orders at Amazon, nothing read yet."""
    with copied(*connected, MANY) as shop:
        yield shop


@pytest.fixture
def small(connected):
    """Few orders at Amazon, nothing read yet."""
    with copied(*connected, FEW) as shop:
        yield shop


@pytest.fixture(scope="session")
def read(connected):
    """A database to copy: everything is read, nothing is applied."""
    with copied(*connected, FEW) as shop:
        shop.work("remote")
        yield shop


@pytest.fixture
def stocked(read):
    """Few orders, read and not applied yet."""
    with copied(read.machine, read.database, read.simulator, FEW) as shop:
        yield shop
