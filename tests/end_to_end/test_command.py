"""What a person types: the demonstration, servers in the background, a benchmark."""

import json
import subprocess

import pytest

from tools.http import Client
from tools.odoo_api import Odoo
from tools.paths import ROOT

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


def test_bench(acorn):
    record = acorn("bench", "orders", "--orders", "4", "--memory-orders", "0")
    assert set(record) >= {
        "ratio_to_floor",
        "speedup_over_per_order",
        "queries_per_order",
        "api_calls_per_order",
        "memory_growth_mb",
    }
    assert 0 < record["api_calls_per_order"] <= 0.02
