"""FBA stock: summaries, changes, the ledger, and the reports that show them."""

import gzip
from collections import Counter
from datetime import timedelta

import pytest
from amazon_client import errors, moment
from simulated_time import NOW

from simulator.clock import format_time

SUMMARIES = "/fba/inventory/v1/summaries"
REPORTS = "/reports/2021-06-30"
DE, FR, GB = "A1PA6795UKMFR9", "A13V1IB3VIYZZH", "A1F83G8C2ARO7P"
LEDGER = "GET_LEDGER_DETAIL_VIEW_DATA"
MYI = "GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA"
LISTINGS = "GET_MERCHANT_LISTINGS_ALL_DATA"


def summaries(amazon, marketplace_id=DE, **query):
    return amazon.get(
        SUMMARIES,
        granularityType="Marketplace",
        granularityId=marketplace_id,
        marketplaceIds=marketplace_id,
        **query,
    )


def stock_of(amazon, sku, marketplace_id=DE) -> dict:
    reply = summaries(amazon, marketplace_id, sellerSkus=sku, details="true")
    assert reply.status_code == 200, reply.text
    (entry,) = reply.json()["payload"]["inventorySummaries"]
    return entry


def act(amazon, sku, action, quantity, **details) -> dict:
    body = {"seller_id": amazon.seller["seller_id"], "sku": sku, "action": action}
    body |= {"quantity": quantity, **details}
    return amazon.sim("fba", "POST", json=body)["stock"][0]


def world(amazon, **query) -> dict:
    query["seller_id"] = amazon.seller["seller_id"]
    return amazon.sim("fba", params={"events": 1, **query})


def some_sku(amazon, least=12) -> str:
    return next(
        each["sku"]
        for each in world(amazon)["stock"]
        if each["pool"] == "EU" and each["fulfillable"] >= least
    )


def report(amazon, report_type, marketplaces=(DE,), days=30) -> list[dict]:
    """Order a report, wait for it, and return its rows."""
    status, rows = ask(amazon, report_type, marketplaces, days)
    assert status == "DONE"
    return rows


def ask(amazon, report_type, marketplaces=(DE,), days=30, start=None):
    now = moment(amazon.sim("clock")["now"])
    body = {
        "reportType": report_type,
        "marketplaceIds": list(marketplaces),
        "dataStartTime": format_time(start or now - timedelta(days=days)),
        "dataEndTime": format_time(now),
    }
    reply = amazon.call("POST", f"{REPORTS}/reports", json=body)
    assert reply.status_code == 202, reply.text
    amazon.advance(60)
    state = amazon.get(f"{REPORTS}/reports/{reply.json()['reportId']}").json()
    if state["processingStatus"] != "DONE":
        return state["processingStatus"], []
    document = amazon.get(f"{REPORTS}/documents/{state['reportDocumentId']}").json()
    file = amazon.http.get(document["url"], timeout=60)
    data = file.content
    if document.get("compressionAlgorithm") == "GZIP":
        data = gzip.decompress(data)
    head, *lines = data.decode(file.headers["Content-Type"].split("=")[1]).splitlines()
    columns = split(head, report_type)
    return "DONE", [
        dict(zip(columns, split(line, report_type), strict=True)) for line in lines
    ]


def split(line, report_type):
    """The cells of a line; those of the ledger stand in quotes, as at Amazon."""
    cells = line.split("\t")
    if report_type != LEDGER:
        return cells
    assert all(len(cell) > 1 and cell[0] == cell[-1] == '"' for cell in cells)
    return [cell[1:-1] for cell in cells]


def test_a_page_of_summaries(amazon):  # A31
    body = summaries(amazon).json()
    assert body["payload"]["granularity"] == {
        "granularityType": "Marketplace",
        "granularityId": DE,
    }
    entries = body["payload"]["inventorySummaries"]
    catalog = amazon.sim("catalog", params={"seller_id": amazon.seller["seller_id"]})
    fba = {
        item["sku"]
        for item in catalog["items"]
        if item["fulfillment_channel"] == "AMAZON"
    }
    assert {entry["sellerSku"] for entry in entries} == fba
    assert all("inventoryDetails" not in entry for entry in entries)
    assert all(entry["fnSku"].startswith("X00") for entry in entries)


def test_an_odd_summary(amazon):  # A31
    sku, other = [row["sku"] for row in world(amazon)["stock"] if row["pool"] == "EU"][
        :2
    ]
    amazon.configure(inventory_oddities={sku: {"totalQuantity": None, "asin": "B0"}})
    entry = stock_of(amazon, sku)
    assert "totalQuantity" not in entry and entry["asin"] == "B0"
    assert "totalQuantity" in stock_of(amazon, other)


def test_pages_follow_tokens_that_die_after_thirty_seconds(amazon):  # A31
    amazon.configure(inventory_page_size=5)
    everything = [s["sku"] for s in world(amazon)["stock"] if s["pool"] == "EU"]
    start = format_time(NOW - timedelta(days=400))
    seen, token = [], {}
    while True:
        reply = summaries(amazon, startDateTime=start, **token).json()
        page = reply["payload"]["inventorySummaries"]
        assert len(page) <= 5
        seen += [entry["sellerSku"] for entry in page]
        if "pagination" not in reply:
            break
        token = {"nextToken": reply["pagination"]["nextToken"]}
        amazon.advance(29)
    assert seen == everything
    token = summaries(amazon).json()["pagination"]["nextToken"]
    amazon.advance(31)
    assert "expired" in errors(summaries(amazon, nextToken=token))["details"]


def test_a_token_needs_the_same_start(amazon):  # A31
    amazon.configure(inventory_page_size=5)
    start = format_time(NOW - timedelta(days=400))
    page = summaries(amazon, startDateTime=start).json()
    token = page["pagination"]["nextToken"]
    assert summaries(amazon, nextToken=token).status_code == 400
    amazon.advance(2)
    assert summaries(amazon, FR, nextToken=token).status_code == 400
    amazon.advance(2)
    assert summaries(amazon, nextToken="x").status_code == 400


def test_only_what_changed_since(amazon):  # A31
    sku, other = some_sku(amazon), "FH-"
    start = format_time(NOW)
    reply = summaries(amazon, startDateTime=start)
    assert reply.json()["payload"]["inventorySummaries"] == []
    amazon.advance(10)
    act(amazon, sku, "lose", 2)
    # SKUs are ignored in this mode.
    reply = summaries(amazon, startDateTime=start, sellerSkus=other)
    entries = reply.json()["payload"]["inventorySummaries"]
    assert [entry["sellerSku"] for entry in entries] == [sku]
    changed = moment(entries[0]["lastUpdatedTime"])
    assert changed == NOW + timedelta(seconds=10)


def test_orders_from_the_past_count_as_changes_of_now(amazon):  # A31
    some_sku(amazon)
    amazon.advance(10)
    amazon.sim("seed", "POST", json={"count": 60})
    start = format_time(NOW + timedelta(seconds=5))
    reply = summaries(amazon, startDateTime=start).json()
    changed = {each["sellerSku"] for each in reply["payload"]["inventorySummaries"]}
    sold = {
        line["sku"]
        for truth in amazon.truths(offset=len(amazon.truths()) - 60)
        if truth["fulfilled_by"] == "AMAZON"
        and truth["status"] in ("SHIPPED", "PENDING", "UNSHIPPED")
        and truth["marketplace_id"] in (DE, FR)
        for line in truth["lines"]
    }
    assert changed & sold


def test_inbound_quantities_do_not_count_as_changes(amazon):  # A31
    sku = some_sku(amazon)
    amazon.advance(10)
    act(amazon, sku, "inbound", 30, kind="shipped")
    reply = summaries(amazon, startDateTime=format_time(NOW))
    assert reply.json()["payload"]["inventorySummaries"] == []
    assert stock_of(amazon, sku)["inventoryDetails"]["inboundShippedQuantity"] == 30


@pytest.mark.parametrize(
    "query",
    [
        {"granularityType": "Country"},
        {"granularityId": FR},
        {"marketplaceIds": f"{DE},{FR}"},
        {"marketplaceIds": "", "granularityId": ""},
        {"startDateTime": "2020-01-01T00:00:00Z"},
        {"startDateTime": "soon"},
        {"details": "yes"},
        {"sellerSkus": ",".join(f"S{number}" for number in range(51))},
    ],
)
def test_bad_questions(amazon, query):
    good = {"granularityType": "Marketplace", "granularityId": DE}
    reply = amazon.get(SUMMARIES, **{**good, "marketplaceIds": DE, **query})
    assert reply.status_code == 400
    assert errors(reply)["code"] == "InvalidInput"


def test_fifty_skus_and_one_marketplace_of_another_region(amazon):
    skus = ",".join(f"S{number}" for number in range(50))
    reply = summaries(amazon, sellerSkus=skus)
    assert reply.json()["payload"]["inventorySummaries"] == []
    assert summaries(amazon, "ATVPDKIKX0DER").status_code == 403


def test_balances_agree_with_ledger_and_orders(amazon):  # X14
    shown = world(amazon)
    sums = Counter()
    for event in shown["events"]:
        key = event["sku"], event["pool"], event["center"], event["disposition"]
        sums[key] += event["quantity"]
        assert sums[key] >= 0
    balances = Counter()
    for each in shown["stock"]:
        for center, states in each["centers"].items():
            for disposition, units in states.items():
                key = each["sku"], each["pool"], center, disposition
                balances[key] = units
    assert +sums == balances
    shipped, waiting = Counter(), Counter()
    for truth in amazon.truths():
        if truth["fulfilled_by"] != "AMAZON":
            continue
        for line in truth["lines"]:
            shipped[line["sku"]] += line["quantity_shipped"]
            if truth["status"] in ("PENDING", "UNSHIPPED"):
                waiting[line["sku"]] += line["quantity"]
    sold = Counter()
    for event in shown["events"]:
        if event["event_type"] == "Shipments":
            sold[event["sku"]] -= event["quantity"]
    reserved = Counter()
    for each in shown["stock"]:
        reserved[each["sku"]] += each["reserved"]
    assert +sold == +shipped
    assert +reserved == +waiting


def test_an_fba_order_reserves_then_ships(amazon):  # X14
    truth = next(
        t
        for t in amazon.truths()
        if t["fulfilled_by"] == "AMAZON"
        and t["status"] in ("PENDING", "UNSHIPPED")
        and t["marketplace_id"] in (DE, FR)
    )
    line = truth["lines"][0]
    before = stock_of(amazon, line["sku"])
    if truth["status"] == "PENDING":
        amazon.act(truth["order_id"], "release")
    amazon.act(truth["order_id"], "ship")
    after = stock_of(amazon, line["sku"])
    units = sum(e["quantity"] for e in truth["lines"] if e["sku"] == line["sku"])
    assert after["totalQuantity"] == before["totalQuantity"] - units
    details = "inventoryDetails"
    assert (
        after[details]["fulfillableQuantity"]
        == (before[details]["fulfillableQuantity"])
    )
    left = [
        event
        for event in world(amazon, sku=line["sku"])["events"]
        if event["reference"] == truth["order_id"]
    ]
    assert -sum(event["quantity"] for event in left) == units


def test_what_can_happen_to_units(amazon):  # X14
    sku = some_sku(amazon)

    def details():
        return stock_of(amazon, sku)["inventoryDetails"]

    amazon.configure(throttling=False)
    start = details()
    free = start["fulfillableQuantity"]
    bad = start["unfulfillableQuantity"]["warehouseDamagedQuantity"]
    act(amazon, sku, "receive", 10, reference="FBA15TEST")
    assert details()["fulfillableQuantity"] == free + 10
    act(amazon, sku, "lose", 3)
    act(amazon, sku, "find", 1)
    act(amazon, sku, "damage", 4)
    assert details()["fulfillableQuantity"] == free + 4
    unsellable = details()["unfulfillableQuantity"]
    assert unsellable["warehouseDamagedQuantity"] == bad + 4
    act(amazon, sku, "dispose", 2)
    act(amazon, sku, "remove", 1)
    unsellable = details()["unfulfillableQuantity"]
    assert unsellable["warehouseDamagedQuantity"] == bad + 1
    act(amazon, sku, "return", 1, disposition="DEFECTIVE")
    assert details()["unfulfillableQuantity"]["defectiveQuantity"] == 1
    act(amazon, sku, "hold", 2, kind="research")
    assert details()["researchingQuantity"]["totalResearchingQuantity"] == 2
    assert details()["fulfillableQuantity"] == free + 2
    act(amazon, sku, "release", 2, kind="research")
    act(amazon, sku, "transfer", 2, center="LEJ1", to="ORY1", seconds=1800)
    assert details()["reservedQuantity"]["pendingTransshipmentQuantity"] == 2
    assert details()["fulfillableQuantity"] == free + 2
    amazon.advance(1800)
    assert details()["reservedQuantity"]["pendingTransshipmentQuantity"] == 0
    assert details()["fulfillableQuantity"] == free + 4


def test_what_is_not_there_cannot_go(amazon):
    sku, seller_id = some_sku(amazon), amazon.seller["seller_id"]
    for body, status in (
        ({"action": "lose", "quantity": 10**6}, 409),
        ({"action": "dispose", "quantity": 10**6}, 409),
        ({"action": "explode"}, 400),
        ({"action": "lose", "quantity": 0}, 400),
        ({"action": "receive", "center": "MARS"}, 400),
        ({"action": "transfer", "to": "MARS"}, 400),
        ({"action": "damage", "disposition": "SAD"}, 400),
        ({"action": "lose", "sku": "NOWHERE"}, 404),
    ):
        reply = amazon.http.post(
            f"{amazon.url}/_sim/fba", json={"seller_id": seller_id, "sku": sku, **body}
        )
        assert reply.status_code == status, reply.text


def test_the_united_kingdom_has_stock_of_its_own(amazon):
    sku = some_sku(amazon)
    before = stock_of(amazon, sku)["totalQuantity"]
    act(amazon, sku, "receive", 5, marketplace_id=GB)
    amazon.advance(5)
    assert stock_of(amazon, sku)["totalQuantity"] == before
    assert stock_of(amazon, sku, FR)["totalQuantity"] == before


def test_the_ledger_report_sums_to_the_balances(amazon):  # X14
    sku = some_sku(amazon)
    act(amazon, sku, "lose", 2)
    rows = report(amazon, LEDGER, (DE,), days=60)
    assert list(rows[0])[:8] == [
        "Date",
        "FNSKU",
        "ASIN",
        "MSKU",
        "Title",
        "Event Type",
        "Reference ID",
        "Quantity",
    ]
    sums = Counter()
    for row in rows:
        key = row["MSKU"], row["Fulfillment Center"], row["Disposition"]
        sums[key] += int(row["Quantity"])
    balances = Counter()
    for each in world(amazon)["stock"]:
        if each["pool"] == "EU":
            for center, states in each["centers"].items():
                for disposition, units in states.items():
                    balances[each["sku"], center, disposition] = units
    assert +sums == balances
    lost = [row for row in rows if row["MSKU"] == sku and row["Reason"] == "M"]
    assert lost[-1]["Date"] == "11/20/2026"
    assert lost[-1]["Unreconciled Quantity"] == "2"


def test_found_units_reconcile_lost_ones(amazon):  # X14
    sku = some_sku(amazon)
    act(amazon, sku, "lose", 3)
    amazon.advance(60)
    act(amazon, sku, "find", 2, center="LEJ1")
    _status, rows = ask(amazon, LEDGER, start=NOW)
    rows = [row for row in rows if row["MSKU"] == sku]
    assert [
        (row["Quantity"], row["Reconciled Quantity"], row["Unreconciled Quantity"])
        for row in rows
    ] == [("-3", "2", "1"), ("2", "2", "0")]


def test_the_ledger_lags_behind(amazon):
    amazon.configure(ledger_delay_seconds=86_400)
    sku = some_sku(amazon)
    act(amazon, sku, "lose", 2)
    assert ask(amazon, LEDGER, start=NOW) == ("CANCELLED", [])
    amazon.advance(86_400)
    amazon.sign_in("eu")
    status, rows = ask(amazon, LEDGER, start=NOW)
    assert status == "DONE"
    assert [row["MSKU"] for row in rows if row["Reason"] == "M"] == [sku]


def test_a_report_that_holds_an_explanation(amazon):  # X14
    amazon.configure(report_texts={LEDGER: "Date range exceeded."})
    body = {"reportType": LEDGER, "marketplaceIds": [DE]}
    reply = amazon.call("POST", f"{REPORTS}/reports", json=body)
    amazon.advance(60)
    state = amazon.get(f"{REPORTS}/reports/{reply.json()['reportId']}").json()
    assert state["processingStatus"] == "DONE"
    document = amazon.get(f"{REPORTS}/documents/{state['reportDocumentId']}").json()
    file = amazon.http.get(document["url"], timeout=60)
    assert file.text == "Date range exceeded."


def test_the_stock_report(amazon):  # A31
    rows = {row["sku"]: row for row in report(amazon, MYI)}
    entries = summaries(amazon, details="true").json()["payload"]["inventorySummaries"]
    assert rows.keys() == {entry["sellerSku"] for entry in entries}
    for entry in entries:
        row, details = rows[entry["sellerSku"]], entry["inventoryDetails"]
        assert row["fnsku"] == entry["fnSku"]
        assert int(row["afn-fulfillable-quantity"]) == details["fulfillableQuantity"]
        assert int(row["afn-total-quantity"]) == entry["totalQuantity"]


def test_the_stock_report_not_twice_in_half_an_hour(amazon):
    assert ask(amazon, MYI)[0] == "DONE"
    assert ask(amazon, MYI)[0] == "CANCELLED"
    amazon.advance(1800)
    assert ask(amazon, MYI)[0] == "DONE"
    amazon.configure(report_pauses=False)
    assert ask(amazon, MYI)[0] == "DONE"


def test_the_listings_report(amazon):  # A4
    rows = report(amazon, LISTINGS)
    seller_id = amazon.seller["seller_id"]
    catalog = amazon.sim("catalog", params={"seller_id": seller_id})["items"]
    assert len(rows) == len(catalog)
    by_channel = {(row["seller-sku"], row["fulfillment-channel"]): row for row in rows}
    for item in catalog:
        own = item["fulfillment_channel"] == "MERCHANT"
        row = by_channel[item["sku"], "DEFAULT" if own else "AMAZON_EU"]
        assert row["asin1"] == item["asin"]
        assert row["quantity"] == (str(item["quantity"]) if own else "")
        assert row["status"] in ("Active", "Inactive")


def test_a_report_that_fails(amazon):
    amazon.configure(report_outcome="FATAL")
    assert ask(amazon, LEDGER)[0] == "FATAL"


def test_every_world_opens_its_warehouses(amazon):
    for name in ("busy", "japan", "chaos"):
        size = 300
        amazon.sim("reset", "POST", json={"world": name, "size": size, "speed": 0})
        shown = amazon.sim("fba")
        assert shown["stock"]
        assert all(each["fulfillable"] >= 0 for each in shown["stock"])
