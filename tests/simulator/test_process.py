"""The simulator as a process of its own, and its size."""

import json
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import requests
from amazon_client import AmazonClient

from simulator import ThreadedSimulator
from simulator.clock import Clock, format_time, parse_time

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def process():
    started = subprocess.Popen(
        [sys.executable, "-m", "simulator", "--port", "0", "--world", "japan"]
        + ["--seed", "9", "--size", "25", "--now", "2026-11-01T00:00:00Z"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield started
    if started.poll() is None:
        started.kill()
    started.communicate(timeout=60)


def test_command_line(process):
    ready = json.loads(process.stdout.readline())
    assert ready["url"].startswith("http://127.0.0.1:")
    with AmazonClient(ready["url"]) as client:
        state = client.sim("")
        assert (state["world"], state["seed"], state["size"]) == ("japan", 9, 25)
        assert state["now"].startswith("2026-11-01T00:00:0")
        client.sign_in("fe")
        assert len(client.search_all()) == 25
    process.send_signal(signal.SIGTERM)
    _output, complaints = process.communicate(timeout=60)
    assert process.returncode == 0
    assert complaints == ""


def test_knows_nothing_of_odoo_or_of_the_addon():
    probe = (
        "import simulator.app, sys;"
        "bad = {'odoo', 'requests', 'acorn_amazon_connector'} & set(sys.modules);"
        "sys.exit(repr(bad) if bad else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe],
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_hanging_request_does_not_keep_the_server():
    server = ThreadedSimulator(size=1)
    server.start()
    with AmazonClient(server.url) as client:
        client.sign_in("eu")
        client.fault("timeout", seconds=60)
        with pytest.raises(requests.exceptions.ReadTimeout):
            client.http.get(
                f"{server.url}/sellers/v1/marketplaceParticipations",
                headers={"x-amz-access-token": client.token},
                timeout=0.2,
            )
    started = time.monotonic()
    server.stop()
    assert time.monotonic() - started < 30


def test_hundred_thousand_orders():
    now = datetime(2026, 11, 20, tzinfo=timezone.utc)
    with (
        ThreadedSimulator(
            world="busy", size=100_000, now=now, speed=0, throttling=False
        ) as server,
        AmazonClient(server.url) as client,
    ):
        client.sign_in("eu")

        def page(since):
            started = time.perf_counter()
            body = client.search(lastUpdatedAfter=format_time(since)).json()
            assert len(body["orders"]) == 100
            return time.perf_counter() - started

        days = [now - timedelta(days=day) for day in (40, 20, 10, 2)]
        # Generous, for busy machines; test_order_store.py counts the steps.
        assert max(page(day) for day in days) < 3


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000Z"),
        ("2026-01-01", "2026-01-01T00:00:00.000Z"),
        ("2026-01-01T09:00:00+09:00", "2026-01-01T00:00:00.000Z"),
        ("2026-01-01T00:00:00.1Z", "2026-01-01T00:00:00.100Z"),
        ("2026-01-01T00:00:00.123456789Z", "2026-01-01T00:00:00.123Z"),
        ("2026-01-01t00:00:00z", "2026-01-01T00:00:00.000Z"),
    ],
)
def test_times_are_read_and_written(text, milliseconds):  # A23
    assert format_time(parse_time(text)) == milliseconds


@pytest.mark.parametrize("text", ["", "now", "2026-13-01", "2026-01-01T00:00:00 01:00"])
def test_times_that_are_none(text):  # A23
    with pytest.raises(ValueError):
        parse_time(text)


def test_clock_never_runs_backwards():
    clock = Clock(speed=0)
    assert clock.now() == clock.now()
    with pytest.raises(ValueError):
        clock.set_speed(-1)
