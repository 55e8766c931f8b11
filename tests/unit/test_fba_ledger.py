"""The ledger of stock at Amazon (A31, X14)."""

from datetime import date, datetime, timedelta, timezone

import pytest
from simulated_amazon import NOW

from acorn_amazon_connector.mappers.errors import PayloadError
from acorn_amazon_connector.mappers.fba_inventory import map_fba_inventory
from acorn_amazon_connector.mappers.fba_ledger import (
    LEDGER_REPORT,
    identify,
    map_ledger_row,
)

ROW = {
    "Date": "11/20/2026",
    "FNSKU": "X0001",
    "ASIN": "B000000001",
    "MSKU": "SKU",
    "Title": "Bag",
    "Event Type": "Adjustments",
    "Reference ID": "42",
    "Quantity": "-2",
    "Fulfillment Center": "BER3",
    "Disposition": "SELLABLE",
    "Reason": "M",
    "Country": "DE",
    "Reconciled Quantity": "0",
    "Unreconciled Quantity": "2",
    "Date and Time": "2026-11-20T08:00:00+0100",
    "Store": "",
}


def test_a_row():  # X14
    event = map_ledger_row(ROW)
    assert event.day == date(2026, 11, 20)
    assert event.happened_at == datetime(2026, 11, 20, 7, tzinfo=timezone.utc)
    assert (event.sku, event.event_type, event.quantity) == ("SKU", "Adjustments", -2)
    assert (event.reason, event.center, event.country) == ("M", "BER3", "DE")
    assert (event.reconciled, event.unreconciled) == (0, 2)


@pytest.mark.parametrize(
    "changes",
    [
        {"Date": ""},
        {"Date": "13/20/2026"},
        {"Date": "20.11.2026"},
        {"MSKU": " "},
        {"Event Type": ""},
        {"Quantity": ""},
        {"Quantity": "1.5"},
        {"Date and Time": "yesterday"},
    ],
)
def test_a_row_that_cannot_be_understood(changes):
    with pytest.raises(PayloadError):
        map_ledger_row({**ROW, **changes})


def test_columns_may_be_missing():
    bare = {key: ROW[key] for key in ("Date", "MSKU", "Event Type", "Quantity")}
    event = map_ledger_row({**bare, "Date": "2026-11-20"})
    assert (event.happened_at, event.reference, event.unreconciled) == (None, None, 0)


def test_the_same_row_has_the_same_key_in_every_report():  # X14
    once = map_ledger_row(ROW)
    later = map_ledger_row({**ROW, "Unreconciled Quantity": "0"})
    other = map_ledger_row({**ROW, "Quantity": "-3"})
    keys = [key for key, _event in identify([once, later, other])]
    assert len(set(keys)) == 3
    again = [key for key, _event in identify([other, once, once])]
    assert sorted(again) == sorted(keys)


def test_the_ledger_explains_the_stock(amazon, client):  # A31
    seller = amazon.seller()
    marketplace_id = seller["marketplace_ids"][0]
    (before,) = [
        row
        for row in amazon.sim("fba", seller_id=seller["seller_id"])["stock"]
        if row["pool"] == "EU" and row["fulfillable"] > 5
    ][:1]
    place = {"seller_id": seller["seller_id"], "sku": before["sku"]}
    amazon.sim("fba", {**place, "action": "receive", "quantity": 7})
    amazon.sim("fba", {**place, "action": "lose", "quantity": 2})
    amazon.advance(7 * 86_400)
    report_id = client.reports.create_report(
        LEDGER_REPORT,
        [marketplace_id],
        start=NOW - timedelta(days=1),
        end=NOW + timedelta(days=6),
    )
    amazon.advance(3600)
    report = client.reports.get(report_id)
    assert report["processingStatus"] == "DONE"
    rows = client.reports.download(report["reportDocumentId"]).rows()
    events = [map_ledger_row(row) for row in rows]
    ours = [event.quantity for event in events if event.sku == before["sku"]]
    assert 7 in ours and -2 in ours
    found = client.fba_inventory.page(marketplace_id, seller_skus=[before["sku"]])
    (inventory,) = map(map_fba_inventory, found.summaries)
    recent = [
        event.quantity
        for event in events
        if event.sku == before["sku"] and event.happened_at >= NOW
    ]
    assert inventory.total == before["total"] + sum(recent)
