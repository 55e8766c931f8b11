"""Killed while telling Amazon what has left: nothing is lost, nothing twice (A19)."""

import subprocess
from collections import Counter

import pytest
from workers import FEW, KILLED, copied

from tools.paths import ROOT

PACKAGE = "acorn.amazon.package"
CHECKPOINT = "acorn.amazon.task._checkpoint"
PARCELS = 6
SHIP = f"""
pickings = env["stock.picking"].search(
    [("sale_id.acorn_amazon_status", "=", "UNSHIPPED"), ("state", "!=", "done"),
     ("sale_id.acorn_amazon_fulfilled_by", "=", "MERCHANT")],
    order="id", limit={PARCELS})
usual = env.ref("acorn_amazon_connector.carrier_ups")
env["acorn.amazon.store"].search([]).shipment_carrier_id = usual
for number, picking in enumerate(pickings):
    picking.carrier_tracking_ref = f"1Z999AA101234567{{number:02d}}"
    picking._acorn_amazon_complete()
env.cr.commit()
"""


@pytest.fixture(scope="session")
def delivered(read):
    """A database to copy: orders are applied, some deliveries done, none told."""
    with copied(read.machine, read.database, read.simulator, FEW) as shop:
        shop.work("local")
        subprocess.run(
            shop.machine.command("shell", "-d", shop.database, "--no-http"),
            input=SHIP,
            env=shop.machine.environment(),
            cwd=ROOT,
            text=True,
            check=True,
            capture_output=True,
        )
        states = shop.query("SELECT state FROM acorn_amazon_package")
        assert [row["state"] for row in states] == ["to_send"] * PARCELS
        yield shop


@pytest.fixture
def shop(delivered):
    """Deliveries are done, and Amazon knows of none."""
    source = delivered.machine, delivered.database, delivered.simulator
    with copied(*source, FEW) as copy:
        only_shipments(copy)
        yield copy


def only_shipments(shop):
    shop.query(
        "UPDATE acorn_amazon_task task SET next_run = CASE WHEN flow.code = 'shipments'"
        " THEN timestamp '2000-01-01' ELSE timestamp '2100-01-01' END"
        " FROM acorn_amazon_flow flow WHERE flow.id = task.flow_id"
    )


def assert_told(shop):
    """Amazon knows every parcel once, with the units that have left.

    :return: how often a parcel was sent again
    """
    shipments = shop.simulator.get("/_sim/shipments")
    assert shipments["refused"] == []
    told = Counter()
    for shipment in shipments["shipments"]:
        for item in shipment["items"]:
            told[shipment["order_id"], item["order_item_id"]] += item["quantity"]
    left = shop.query(
        "SELECT sale.acorn_amazon_order_id AS order_id, line.qty_delivered AS units,"
        " line.acorn_amazon_order_item_id AS item_id"
        " FROM sale_order_line line JOIN sale_order sale ON sale.id = line.order_id"
        " WHERE line.acorn_amazon_charge = 'item' AND sale.id IN"
        " (SELECT order_id FROM acorn_amazon_package)"
    )
    assert told == Counter({(r["order_id"], r["item_id"]): r["units"] for r in left})
    states = shop.query("SELECT state, request_id FROM acorn_amazon_package")
    assert len(shipments["shipments"]) == len(states) == PARCELS
    assert {row["state"] for row in states} == {"confirmed"}
    assert all(row["request_id"] for row in states)
    return sum(shipment["edits"] for shipment in shipments["shipments"])


@pytest.mark.parametrize(
    ("point", "sent_again"),
    [
        pytest.param(f"{PACKAGE}._begin_sending:after:2", 0, id="claimed"),
        pytest.param(f"{CHECKPOINT}:after:1", 0, id="not yet called"),
        pytest.param(f"{PACKAGE}._record_confirmed:before:3", 1, id="called"),
        pytest.param(f"{PACKAGE}._record_confirmed:after:1", 1, id="not committed"),
        pytest.param(f"{CHECKPOINT}:after:2", 0, id="committed"),
    ],
)
def test_killed_while_sending(shop, point, sent_again):
    assert shop.start("remote", "--die", point).wait() == KILLED
    shop.let_leases_end()
    only_shipments(shop)
    shop.work("remote")
    assert assert_told(shop) == sent_again


# A19: two workers at once tell Amazon each parcel once.
def test_two_workers(shop):
    workers = [shop.start("remote", "--direct") for _number in range(2)]
    assert [worker.wait() for worker in workers] == [0, 0]
    assert [worker.result["errors"] for worker in workers] == [[], []]
    assert assert_told(shop) == 0
