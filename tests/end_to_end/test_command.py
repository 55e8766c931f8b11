"""What a person types: the demonstration, servers in the background, a benchmark."""

import json
import signal
import subprocess

import pytest

from tools.http import Client
from tools.odoo_api import Odoo
from tools.paths import ROOT
from tools.postgres import free_port

FIGURES = {
    "orders_at_amazon",
    "orders_in_odoo",
    "missing",
    "duplicated",
    "blocked",
    "totals_equal",
    "totals_different",
    "rounding_lines",
    "api_calls",
    "api_calls_per_order",
    "seconds",
}


@pytest.fixture
def acorn(tmp_path):
    """Runs ``./acorn`` with ``--json`` and returns what it wrote."""

    def run(*words: str) -> dict:
        result = tmp_path / "result.json"
        done = subprocess.run(
            [str(ROOT / "acorn"), *words, "--json", str(result)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert not done.returncode, done.stdout + done.stderr
        return json.loads(result.read_text())

    return run


# A1, X6
def test_demo(acorn):
    record = acorn("demo", "--headless", "--world", "us-facilitator", "--size", "24")
    assert set(record) >= FIGURES
    assert record["orders_in_odoo"] + record["blocked"] == record["orders_at_amazon"]
    assert record["orders_in_odoo"] == record["totals_equal"] > 0
    assert record["missing"] == record["duplicated"] == record["totals_different"] == 0


# X6
def test_demo_of_new_marketplaces(acorn):
    """It compares the registrations of both sides, and says no on any difference."""
    record = acorn("demo", "--headless", "--world", "expansion", "--size", "3")
    assert record["registrations"] == record["approved"] + record["rejected"] == 21
    assert record["cross_entity_tokens_refused"] == 9
    assert record["resubmitted"] == 2
    assert record["orders_in_odoo"] == record["totals_equal"] == 3


def test_serve(acorn):
    record = acorn("serve", "--unconnected", "--detach")
    assert len(record) == 5
    words = (record["odoo_url"], record["database"], record["login"])
    odoo = Odoo(*words, record["password"])
    assert odoo.count("acorn.amazon.store", []) == 0
    sellers = Client(record["simulator_url"]).get("/_sim/credentials")["sellers"]
    assert {
        "seller_id",
        "region",
        "client_id",
        "client_secret",
        "refresh_token",
    } <= set(sellers[0])


def test_simulator():
    port = free_port()
    started = subprocess.Popen(
        [str(ROOT / "acorn"), "simulator", "--port", str(port), "--size", "3"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        ready = json.loads(started.stdout.readline())
        assert ready["url"].endswith(f":{port}")
        assert Client(ready["url"]).get("/_sim")["size"] == 3
    finally:
        started.send_signal(signal.SIGINT)
        started.communicate(timeout=60)
    assert started.returncode == 0


def test_shell():
    done = subprocess.run(
        [str(ROOT / "acorn"), "shell"],
        input="print(env['acorn.amazon.store'].search_count([]), 'stores')\n",
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "0 stores"


def test_bench_orders(acorn):
    record = acorn("bench", "orders", "--orders", "4", "--memory-orders", "0")
    assert set(record) >= {
        "ratio_to_floor",
        "speedup_over_per_order",
        "queries_per_order",
        "api_calls_per_order",
        "memory_growth_mb",
    }
    assert 0 < record["api_calls_per_order"] <= 0.02


def test_bench_stock(acorn):  # A21
    record = acorn("bench", "stock", "--skus", "30", "--rounds", "2")
    assert set(record) == {
        "move_ms",
        "move_overhead_percent",
        "extra_queries_per_transaction",
        "published_skus",
        "seconds_until_submitted",
        "publish_ratio_to_optimum",
        "single_ratio_to_optimum",
    }
    assert record["published_skus"] == 30
    assert record["extra_queries_per_transaction"] <= 2


def test_bench_stock_with_too_few(acorn):
    with pytest.raises(AssertionError, match="at least 20 SKUs"):
        acorn("bench", "stock", "--skus", "19")
