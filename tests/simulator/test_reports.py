"""Reports: states, documents that die, flat files that agree with the orders."""

import csv
import gzip
from datetime import timedelta
from decimal import Decimal

import pytest
from amazon_client import errors
from simulated_time import NOW

REPORTS = "/reports/2021-06-30/reports"
DOCUMENTS = "/reports/2021-06-30/documents"
BY_DATE = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"
BY_UPDATE = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"
DE = "A1PA6795UKMFR9"


def stamp(delta):
    return (NOW + delta).isoformat().replace("+00:00", "Z")


def order(client, **changes):
    body = {
        "reportType": BY_DATE,
        "marketplaceIds": client.seller["marketplace_ids"],
        "dataStartTime": stamp(-timedelta(days=20)),
        "dataEndTime": stamp(timedelta(0)),
    }
    body = {key: value for key, value in {**body, **changes}.items() if value}
    return client.call("POST", REPORTS, json=body)


def ordered(client, **changes):
    reply = order(client, **changes)
    assert reply.status_code == 202, reply.text
    return reply.json()["reportId"]


def finished(client, **changes):
    report_id = ordered(client, **changes)
    client.advance(60)
    return client.get(f"{REPORTS}/{report_id}").json()


def document(client, report, **query):
    path = f"{DOCUMENTS}/{report['reportDocumentId']}"
    return client.get(path, **query).json()


def rows(client, report):
    place = document(client, report)
    reply = client.http.get(place["url"])
    data = reply.content
    if place.get("compressionAlgorithm") == "GZIP":
        data = gzip.decompress(data)
    charset = reply.headers["Content-Type"].partition("charset=")[2]
    text = data.decode("cp932" if charset == "Windows-31J" else charset)
    reader = csv.DictReader(
        text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE, strict=True
    )
    return list(reader), charset


def test_states(amazon):
    report_id = ordered(amazon)
    path = f"{REPORTS}/{report_id}"
    seen = []
    for seconds in (0, 15, 30):
        amazon.advance(seconds)
        seen.append(amazon.get(path).json())
    states = [report["processingStatus"] for report in seen]
    assert states == ["IN_QUEUE", "IN_PROGRESS", "DONE"]
    assert ["reportDocumentId" in report for report in seen] == [False, False, True]
    assert "processingEndTime" in seen[2]


def test_rows_are_the_orders(amazon):
    report = finished(amazon)
    table, charset = rows(amazon, report)
    assert charset == "ISO-8859-1"
    truths = {truth["order_id"]: truth for truth in amazon.truths()}
    assert {row["amazon-order-id"] for row in table} == set(truths)
    by_order = {}
    for row in table:
        by_order.setdefault(row["amazon-order-id"], []).append(row)
    for order_id, truth in truths.items():
        units = [
            (item["product"]["sellerSku"], str(item["quantityOrdered"]))
            for item in truth["payload"]["orderItems"]
        ]
        lines = by_order[order_id]
        assert [(line["sku"], line["quantity"]) for line in lines] == units
        pending = truth["status"].startswith("PENDING")
        assert not (pending and any(line["item-price"] for line in lines))


def test_money_of_a_flat_file_is_gross_in_europe(amazon):
    table, _charset = rows(amazon, finished(amazon))
    totals = {}
    for row in table:
        parts = [
            Decimal(row[name] or 0)
            for name in ("item-price", "shipping-price", "gift-wrap-price")
        ]
        parts += [
            -Decimal(row[name] or 0)
            for name in ("item-promotion-discount", "ship-promotion-discount")
        ]
        key = row["amazon-order-id"]
        totals[key] = totals.get(key, Decimal(0)) + sum(parts)
    compared = 0
    for truth in amazon.truths():
        if truth["grand_total"] and not truth["status"].startswith("PENDING"):
            assert totals[truth["order_id"]] == Decimal(truth["grand_total"])
            compared += 1
    assert compared > 20


def test_by_last_update_and_per_marketplace(amazon):
    start, end = -timedelta(days=2), -timedelta(hours=3)
    report = finished(
        amazon,
        reportType=BY_UPDATE,
        marketplaceIds=[DE],
        dataStartTime=stamp(start),
        dataEndTime=stamp(end),
    )
    table, _charset = rows(amazon, report)
    assert "cpf" not in table[0]
    wanted = {
        truth["order_id"]
        for truth in amazon.truths()
        if truth["marketplace_id"] == DE
        and stamp(start) <= truth["payload"]["lastUpdatedTime"] <= stamp(end)
    }
    found = {row["amazon-order-id"] for row in table if row["sales-channel"] != ""}
    assert wanted <= found
    assert len(found - wanted) <= 2  # multi-channel orders count for the home store


def test_japan_is_not_utf8(amazon):
    amazon.sign_in("fe")
    table, charset = rows(amazon, finished(amazon))
    assert charset == "Windows-31J"
    assert not all(row["product-name"].isascii() for row in table)


def test_no_data_means_cancelled(amazon):
    report = finished(
        amazon,
        dataStartTime=stamp(-timedelta(days=700)),
        dataEndTime=stamp(-timedelta(days=690)),
    )
    assert report["processingStatus"] == "CANCELLED"
    assert "reportDocumentId" not in report


# A28: Amazon calls it done, and says so in the document.
def test_too_long_a_period(amazon):
    report = finished(amazon, dataStartTime=stamp(-timedelta(days=40)))
    assert report["processingStatus"] == "DONE"
    reply = amazon.http.get(document(amazon, report)["url"])
    assert reply.text.startswith("Date range exceeded.")


def test_a_report_that_fails(amazon):
    amazon.configure(report_outcome="FATAL")
    report = finished(amazon)
    assert report["processingStatus"] == "FATAL"
    assert amazon.http.get(document(amazon, report)["url"]).text


def test_cancel(amazon):
    report_id = ordered(amazon)
    path = f"{REPORTS}/{report_id}"
    reply = amazon.call("DELETE", path)
    assert (reply.status_code, reply.content) == (200, b"")
    assert amazon.get(path).json()["processingStatus"] == "CANCELLED"
    assert amazon.call("DELETE", path).status_code == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"reportType": "GET_EVERYTHING"},
        {"reportType": None},
        {"marketplaceIds": None},
        {"marketplaceIds": ["NOWHERE"]},
        {"dataStartTime": "last week"},
        {"dataStartTime": stamp(timedelta(days=1))},
    ],
)
def test_refused_orders(amazon, changes):
    reply = order(amazon, **changes)
    assert reply.status_code == 400
    assert errors(reply)["code"] == "400"


def test_marketplace_of_another_region(amazon):  # A29
    assert order(amazon, marketplaceIds=["ATVPDKIKX0DER"]).status_code == 403


def test_document_address_dies_after_five_minutes(amazon):
    report = finished(amazon)
    url = document(amazon, report)["url"]
    amazon.advance(300)
    assert amazon.http.get(url).status_code == 200
    amazon.advance(1)
    dead = amazon.http.get(url)
    assert dead.status_code == 403
    assert "Request has expired" in dead.text
    assert dead.headers["Content-Type"].startswith("application/xml")
    assert amazon.http.get(document(amazon, report)["url"]).status_code == 200


def test_document_address_cannot_be_changed(amazon):
    url = document(amazon, finished(amazon))["url"]
    longer = url.replace("X-Amz-Expires=300", "X-Amz-Expires=300000")
    assert "SignatureDoesNotMatch" in amazon.http.get(longer).text


def test_compression(amazon):
    packed = finished(amazon)
    assert document(amazon, packed)["compressionAlgorithm"] == "GZIP"
    headed = document(amazon, packed, enableContentEncodingUrlHeader="true")
    reply = amazon.http.get(headed["url"])
    assert reply.headers["Content-Encoding"] == "gzip"
    assert reply.text.startswith("amazon-order-id\t")
    amazon.configure(report_compression="none")
    plain = document(amazon, finished(amazon))
    assert "compressionAlgorithm" not in plain
    assert amazon.http.get(plain["url"]).text.startswith("amazon-order-id\t")


def test_a_text_instead_of_the_data(amazon):
    made = finished(amazon)
    text = "Order\tState\r\n1\tOpen\r\n"
    amazon.configure(report_texts={made["reportType"]: text})
    table, _charset = rows(amazon, finished(amazon))
    assert table == [{"Order": "1", "State": "Open"}]
    amazon.configure(report_outcome="FATAL")
    failed = finished(amazon)
    assert failed["processingStatus"] == "FATAL"
    assert "failed" in amazon.http.get(document(amazon, failed)["url"]).text


def test_list_and_its_token_rule(amazon):  # A24
    ids = [ordered(amazon) for _ in range(5)]
    query = {"reportTypes": BY_DATE, "pageSize": 2}
    body, found = amazon.get(REPORTS, **query).json(), []
    while True:
        found += [report["reportId"] for report in body["reports"]]
        if "nextToken" not in body:
            break
        token = body["nextToken"]
        body = amazon.get(REPORTS, nextToken=token).json()
    assert found == ids[::-1]
    both = amazon.get(REPORTS, nextToken=token, reportTypes=BY_DATE)
    assert both.status_code == 400
    assert amazon.get(REPORTS).status_code == 400
    done = amazon.get(REPORTS, reportTypes=BY_DATE, processingStatuses="DONE")
    assert done.json()["reports"] == []


def test_kept_for_a_time(amazon):
    report = finished(amazon)
    amazon.configure(token_seconds=10**8)
    amazon.sign_in("eu")
    amazon.advance(31 * 86_400)
    path = f"{DOCUMENTS}/{report['reportDocumentId']}"
    assert amazon.get(path).status_code == 404
    assert amazon.get(f"{REPORTS}/{report['reportId']}").status_code == 200
    amazon.advance(60 * 86_400)
    assert amazon.get(f"{REPORTS}/{report['reportId']}").status_code == 404


def test_somebody_elses_report(amazon):
    report_id = ordered(amazon)
    amazon.sign_in("na")
    assert amazon.get(f"{REPORTS}/{report_id}").status_code == 404
