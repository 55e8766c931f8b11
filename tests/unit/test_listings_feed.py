"""JSON_LISTINGS_FEED against Amazon's schemas (A4, A28)."""

import json

import jsonschema
import pytest
from unit_support import models_folder

from acorn_amazon_connector.mappers.errors import PayloadError
from acorn_amazon_connector.mappers.listings_feed import (
    MAX_MESSAGES,
    FeedMessage,
    build_listings_feed,
    read_processing_report,
)
from acorn_amazon_connector.mappers.stock import quantity_patches

MESSAGES = (
    FeedMessage(1, "A/1 ü", "PATCH", "PRODUCT", patches=quantity_patches(3)),
    FeedMessage(
        2,
        "B",
        "UPDATE",
        "LUGGAGE",
        attributes={"item_name": [{"value": "箱"}]},
        requirements="LISTING",
    ),
    FeedMessage(3, "C", "PARTIAL_UPDATE", "LUGGAGE", attributes={"brand": []}),
    FeedMessage(4, "D", "DELETE"),
)


def schema(name):
    folder = models_folder().parent / "schemas" / "feeds"
    return json.loads((folder / name).read_text(encoding="utf-8"))


def test_the_document_is_one_the_schema_allows():  # A28
    data = build_listings_feed("A1SELLER", MESSAGES, "de_DE")
    document = json.loads(data)
    jsonschema.Draft7Validator(schema("listings-feed-schema-v2.json")).validate(
        document
    )
    assert [entry["sku"] for entry in document["messages"]] == ["A/1 ü", "B", "C", "D"]
    assert document["messages"][0]["patches"] == quantity_patches(3)
    assert document["header"]["issueLocale"] == "de_DE"
    assert "箱".encode() in data
    message = jsonschema.Draft7Validator(schema("listings-feed-message-schema-v2.json"))
    for entry in document["messages"]:
        message.validate(entry)


@pytest.mark.parametrize(
    "message",
    [
        FeedMessage(0, "A", "DELETE"),
        FeedMessage(1, "", "DELETE"),
        FeedMessage(1, "A", "REMOVE"),
        FeedMessage(1, "A", "DELETE", "PRODUCT"),
        FeedMessage(1, "A", "PATCH", "PRODUCT"),
        FeedMessage(1, "A", "PATCH", None, patches=quantity_patches(1)),
        FeedMessage(1, "A", "UPDATE", "PRODUCT", patches=quantity_patches(1)),
        FeedMessage(
            1, "A", "PARTIAL_UPDATE", "P", attributes={"a": 1}, requirements="LISTING"
        ),
    ],
)
def test_a_message_amazon_would_refuse_is_never_sent(message):  # A4
    with pytest.raises(ValueError):
        build_listings_feed("A1SELLER", [message])


def test_the_size_and_the_numbers_of_a_feed():
    with pytest.raises(ValueError):
        build_listings_feed("A1SELLER", [])
    with pytest.raises(ValueError):
        build_listings_feed("A1SELLER", [FeedMessage(1, "A", "DELETE")] * 2)
    many = [FeedMessage(n, "A", "DELETE") for n in range(1, MAX_MESSAGES + 2)]
    with pytest.raises(ValueError):
        build_listings_feed("A1SELLER", many)
    assert build_listings_feed("A1SELLER", many[:-1])


def test_the_report_of_amazons_example():  # A28
    example = schema("listings-feed-processing-report-schema-v2.example.json")
    report = read_processing_report(json.dumps(example).encode())
    assert (report.accepted, report.invalid, report.feed_id) == (2, 2, "1234567890")
    assert [issue.message_id for issue in report.issues] == [4, 4, 5]
    last = report.issues[-1]
    assert (last.sku, last.code, last.severity) == ("My-SKU-C", "99022", "ERROR")
    assert last.attribute_names == ("purchasable_offer.our_price",)
    errors = report.errors()
    assert {key: len(found) for key, found in errors.items()} == {4: 2, 5: 1}


def test_an_error_of_the_whole_feed_has_no_number():
    summary = {"messagesAccepted": 0, "messagesInvalid": 0}
    issues = [
        {"severity": "ERROR", "message": "not JSON"},
        {"severity": "WARNING", "message": "old", "messageId": 1, "sku": "A"},
    ]
    report = read_processing_report(
        json.dumps({"summary": summary, "issues": issues}).encode()
    )
    assert list(report.errors()) == [None]
    assert (report.issues[0].sku, report.issues[0].code) == (None, None)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<x/>",
        b"[]",
        b"{}",
        b'{"summary": {"messagesAccepted": 1}}',
        b'{"summary": {"messagesAccepted": "1", "messagesInvalid": 0}}',
    ],
)
def test_what_is_no_report(data):
    with pytest.raises(PayloadError):
        read_processing_report(data)
