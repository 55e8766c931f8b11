"""Feeds: documents, states, limits, and what JSON_LISTINGS_FEED does to listings."""

import gzip
import json
import os
from pathlib import Path

import pytest
from amazon_client import errors
from jsonschema import Draft7Validator
from listing_tools import (
    DE,
    FR,
    availability,
    full,
    item,
    master,
    price,
    stock,
)

FEEDS = "/feeds/2021-06-30/feeds"
DOCUMENTS = "/feeds/2021-06-30/documents"
JSON = "application/json; charset=UTF-8"
LISTINGS = "JSON_LISTINGS_FEED"
ROOT = Path(__file__).resolve().parents[2]


def announce(client, content_type=JSON):
    reply = client.call("POST", DOCUMENTS, json={"contentType": content_type})
    assert reply.status_code == 201, reply.text
    return reply.json()


def upload(client, data, content_type=JSON):
    place = announce(client, content_type)
    reply = client.http.put(
        place["url"], data=data, headers={"Content-Type": content_type}
    )
    assert reply.status_code == 200, reply.text
    return place["feedDocumentId"]


def submit(client, document_id, feed_type=LISTINGS, ids=(DE,), **extra):
    body = {
        "feedType": feed_type,
        "marketplaceIds": list(ids),
        "inputFeedDocumentId": document_id,
        **extra,
    }
    return client.call("POST", FEEDS, json=body)


def document(client, *messages, **header):
    head = {"sellerId": client.seller["seller_id"], "version": "2.0", **header}
    return json.dumps({"header": head, "messages": list(messages)}).encode()


def message(number, sku, operation="PATCH", **content):
    if operation == "PATCH" and "patches" not in content:
        content["patches"] = [availability("merge", {"quantity": number})]
    if operation != "DELETE":
        content.setdefault("productType", "PRODUCT")
    return {"messageId": number, "sku": sku, "operationType": operation, **content}


def sent(client, *messages, **header):
    data = document(client, *messages, **header)
    reply = submit(client, upload(client, data))
    assert reply.status_code == 202, reply.text
    return reply.json()["feedId"]


def feed_of(client, feed_id):
    reply = client.get(f"{FEEDS}/{feed_id}")
    assert reply.status_code == 200, reply.text
    return reply.json()


def result(client, feed_id):
    """Return the processing report of a feed once it has ended."""
    client.advance(600)
    feed = feed_of(client, feed_id)
    place = client.get(f"{DOCUMENTS}/{feed['resultFeedDocumentId']}").json()
    data = client.http.get(place["url"]).content
    if place.get("compressionAlgorithm") == "GZIP":
        data = gzip.decompress(data)
    report = json.loads(data)
    schema = report_schema()
    if schema is not None:
        Draft7Validator(schema).validate(report)
    return feed["processingStatus"], report


def report_schema():
    folder = os.environ.get("SPAPI_MODELS") or ROOT.parent / "shared" / "spapi-models"
    name = "schemas/feeds/listings-feed-processing-report-schema-v2.json"
    path = Path(folder) / name
    return json.loads(path.read_text("utf-8")) if path.is_file() else None


def test_states(shop):
    sku = master(shop)["sku"]
    shop.configure(feed_queue_seconds=10, feed_seconds_per_message=5)
    feed_id = sent(shop, message(1, sku), message(2, sku))
    seen = []
    for seconds in (0, 10, 9, 1):
        shop.advance(seconds)
        seen.append(feed_of(shop, feed_id))
    states = [feed["processingStatus"] for feed in seen]
    assert states == ["IN_QUEUE", "IN_PROGRESS", "IN_PROGRESS", "DONE"]
    assert ["resultFeedDocumentId" in feed for feed in seen] == [False] * 3 + [True]
    assert stock(shop, sku)[0]["quantity"] == 2


def test_quantities_change_when_the_feed_ends(shop):  # A4
    sku = master(shop)["sku"]
    before = stock(shop, sku)
    feed_id = sent(shop, message(3, sku))
    shop.advance(30)
    assert stock(shop, sku) == before
    shop.advance(1)
    (row,) = stock(shop, sku)
    assert row["quantity"] == 3
    entry = row["history"][-1]
    assert (entry["cause"], entry["feed_id"]) == ("feed", feed_id)
    assert entry["at"] == "2026-11-20T12:00:30.010Z"
    call = shop.log(operation="createFeed")[0]
    assert entry["request_id"] == call["request_id"]


def test_processing_report(shop):  # A2
    sku = master(shop)["sku"]
    feed_id = sent(
        shop,
        message(1, sku, patches=[availability("merge", {"quantity": 4})]),
        message(2, "NO-SUCH"),
        message(3, sku, patches=[price(-2)]),
        message(4, "NEW", "UPDATE", productType="DRINKING_CUP", attributes=full()),
        message(5, "NEW-2", "UPDATE", productType="BOTTLE", attributes=full(color=[])),
        message(6, "NEW", "PARTIAL_UPDATE", attributes={"size": [{"value": "L"}]}),
        message(6, sku),
        message(8, sku, "PATCH", patches=[]),
        message(9, sku, "DELETE"),
    )
    status, report = result(shop, feed_id)
    assert status == "DONE"
    assert report["header"]["feedId"] == feed_id
    summary = report["summary"]
    counts = [summary[f"messages{w}"] for w in ("Processed", "Accepted", "Invalid")]
    assert counts == [9, 4, 5]
    found = {(each.get("messageId"), each["code"]) for each in report["issues"]}
    assert {(2, "13013"), (5, "90220")} <= found
    assert {each["messageId"] for each in report["issues"]} == {2, 3, 5, 6, 8}
    assert summary["errors"] == len(report["issues"])
    lacking = next(each for each in report["issues"] if each["messageId"] == 5)
    assert (lacking["sku"], lacking["attributeName"]) == ("NEW-2", "color")
    assert item(shop, "NEW")["attributes"]["size"][0]["value"] == "L"
    path = f"/listings/2021-08-01/items/{shop.seller['seller_id']}/{sku}"
    assert shop.get(path, marketplaceIds=DE).status_code == 404


def test_report_with_items(shop):
    sku = master(shop)["sku"]
    wanted = {"includedData": ["summaries", "issues"], "apiVersion": "2021-08-01"}
    feed_id = sent(shop, message(1, sku), report=wanted)
    _status, report = result(shop, feed_id)
    assert [entry["sku"] for entry in report["items"]] == [sku]
    assert report["summary"]["itemSummary"]["items"] == 1


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"messages": []}'])
def test_whole_file_errors(shop, data):
    feed_id = submit(shop, upload(shop, data)).json()["feedId"]
    status, report = result(shop, feed_id)
    assert status == "FATAL"
    assert "messageId" not in report["issues"][0]


def test_another_sellers_header(shop):
    feed_id = sent(shop, message(1, master(shop)["sku"]), sellerId="A0000000000000")
    assert result(shop, feed_id)[0] == "FATAL"


def test_too_many_messages(shop):
    sku = master(shop)["sku"]
    shop.configure(feed_seconds_per_message=0)
    feed_id = sent(shop, *(message(n + 1, sku) for n in range(25_001)))
    status, report = result(shop, feed_id)
    assert status == "FATAL"
    assert "25000" in report["issues"][0]["message"]


def test_ten_thousand_quantities(shop):
    seller_id = shop.seller["seller_id"]
    shop.sim("listings", "POST", json={"seller_id": seller_id, "count": 10_000})
    skus = [f"BULK-{number:05d}" for number in range(1, 10_001)]
    feed_id = sent(shop, *(message(n, sku) for n, sku in enumerate(skus, 1)))
    status, report = result(shop, feed_id)
    assert (status, report["issues"]) == ("DONE", [])
    assert report["summary"]["messagesAccepted"] == 10_000
    assert stock(shop, "BULK-09999")[0]["quantity"] == 9999


def test_upload_wants_the_announced_type(shop):
    place = announce(shop)
    for content_type in ("application/json", "text/xml; charset=UTF-8"):
        reply = shop.http.put(
            place["url"], data=b"{}", headers={"Content-Type": content_type}
        )
        assert reply.status_code == 403
        assert "SignatureDoesNotMatch" in reply.text
    assert shop.http.get(place["url"]).status_code == 403
    shop.advance(301)
    late = shop.http.put(place["url"], data=b"{}", headers={"Content-Type": JSON})
    assert "Request has expired" in late.text
    feed_id = submit(shop, place["feedDocumentId"]).json()["feedId"]
    shop.advance(60)
    assert feed_of(shop, feed_id)["processingStatus"] == "FATAL"


def test_what_was_uploaded_can_be_read_again(shop):
    data = document(shop, message(1, "X"))
    document_id = upload(shop, data)
    place = shop.get(f"{DOCUMENTS}/{document_id}").json()
    assert shop.http.get(place["url"]).content == data


def test_one_after_the_other(shop):
    sku = master(shop)["sku"]
    shop.configure(feed_queue_seconds=10, feed_seconds_per_message=60)
    first = sent(shop, message(1, sku))
    second = sent(shop, message(2, sku))
    shop.advance(30)
    states = [feed_of(shop, each)["processingStatus"] for each in (first, second)]
    assert states == ["IN_PROGRESS", "IN_QUEUE"]
    assert shop.call("DELETE", f"{FEEDS}/{first}").status_code == 400
    reply = shop.call("DELETE", f"{FEEDS}/{second}")
    assert (reply.status_code, reply.content) == (200, b"")
    shop.advance(600)
    assert feed_of(shop, second)["processingStatus"] == "CANCELLED"
    assert stock(shop, sku)[0]["quantity"] == 1


@pytest.mark.parametrize("outcome", ["FATAL", "CANCELLED", "STUCK"])
def test_misfortunes(shop, outcome):
    sku = master(shop)["sku"]
    before = stock(shop, sku)
    shop.configure(feed_outcome=outcome)
    feed_id = sent(shop, message(1, sku))
    shop.advance(3000)
    feed = feed_of(shop, feed_id)
    words = {"STUCK": "IN_PROGRESS"}
    assert feed["processingStatus"] == words.get(outcome, outcome)
    assert "resultFeedDocumentId" not in feed
    assert stock(shop, sku) == before
    if outcome == "STUCK":
        shop.sim(f"feeds/{feed_id}", "POST", json={"outcome": "DONE"})
        assert feed_of(shop, feed_id)["processingStatus"] == "DONE"
        assert stock(shop, sku)[0]["quantity"] == 1


def test_fatal_after_a_part(shop):
    sku = master(shop)["sku"]
    shop.configure(feed_outcome="FATAL", feed_fatal_share=0.5)
    sent(shop, message(1, sku), message(2, sku))
    shop.advance(60)
    assert stock(shop, sku)[0]["quantity"] == 1
    (feed,) = shop.sim("feeds")["feeds"]
    assert (feed["processingStatus"], feed["messages"]) == ("FATAL", 2)


def test_five_in_five_minutes(amazon):
    amazon.configure(plans={"feeds.createFeed": [10, 100]})
    sku = master(amazon)["sku"]
    for _ in range(5):
        sent(amazon, message(1, sku))
    data = document(amazon, message(1, sku))
    reply = submit(amazon, upload(amazon, data))
    assert reply.status_code == 429
    assert errors(reply)["code"] == "QuotaExceeded"
    amazon.advance(300)
    assert submit(amazon, upload(amazon, data)).status_code == 202


def test_list_and_its_token_rule(shop):  # A24
    sku = master(shop)["sku"]
    ids = [sent(shop, message(1, sku)) for _ in range(5)]
    body, found = shop.get(FEEDS, feedTypes=LISTINGS, pageSize=2).json(), []
    while True:
        found += [feed["feedId"] for feed in body["feeds"]]
        if "nextToken" not in body:
            break
        token = body["nextToken"]
        body = shop.get(FEEDS, nextToken=token).json()
    assert found == ids[::-1]
    assert shop.get(FEEDS, nextToken=token, feedTypes=LISTINGS).status_code == 400
    assert shop.get(FEEDS).status_code == 400
    done = shop.get(FEEDS, feedTypes=LISTINGS, processingStatuses="DONE").json()
    assert done["feeds"] == []
    assert shop.get(FEEDS, feedTypes=LISTINGS, marketplaceIds=FR).json() == done


def test_refused_feeds(shop):
    good = upload(shop, document(shop, message(1, "X")))
    for changes, status in (
        ({"feed_type": "POST_EVERYTHING"}, 400),
        ({"ids": ()}, 400),
        ({"ids": ("NOWHERE",)}, 400),
        ({"ids": ("ATVPDKIKX0DER",)}, 403),
        ({"document_id": "made-up"}, 400),
        ({"feedOptions": ["x"]}, 400),
    ):
        reply = submit(shop, **{"document_id": good, **changes})
        assert reply.status_code == status, changes
    assert shop.call("POST", DOCUMENTS, json={}).status_code == 400
    assert shop.get(f"{FEEDS}/1").status_code == 404
    assert shop.get(f"{DOCUMENTS}/made-up").status_code == 404


def test_retired_feed_types_end_fatal(shop):
    document_id = upload(shop, b"sku\tquantity\n", "text/tab-separated-values")
    reply = submit(shop, document_id, "POST_FLAT_FILE_INVLOADER_DATA")
    shop.advance(60)
    feed = feed_of(shop, reply.json()["feedId"])
    assert feed["processingStatus"] == "FATAL"
