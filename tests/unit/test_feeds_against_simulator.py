"""Feeds, labels and fulfilment orders, seen through the simulator."""

from datetime import timedelta
from decimal import Decimal

import pytest
from simulated_amazon import NOW

from acorn_amazon_connector.mappers.buy_shipping import (
    Dimensions,
    Sender,
    read_rates,
    read_shipment,
    request_details,
)
from acorn_amazon_connector.mappers.listings_feed import (
    CONTENT_TYPE,
    FEED_TYPE,
    FeedMessage,
    build_listings_feed,
    read_processing_report,
)
from acorn_amazon_connector.mappers.order import map_order
from acorn_amazon_connector.mappers.outbound import (
    CANCELLABLE,
    Destination,
    OutboundItem,
    fulfillment_order_body,
    preview_body,
    read_fulfillment_order,
    read_previews,
)
from acorn_amazon_connector.mappers.shipment import (
    ACKNOWLEDGEMENT_FEED,
    FAILURE,
    FULFILLMENT_FEED,
    XML_CONTENT_TYPE,
    AcknowledgedItem,
    AcknowledgementMessage,
    FulfillmentMessage,
    Package,
    build_acknowledgement_feed,
    build_fulfillment_feed,
    read_xml_report,
)
from acorn_amazon_connector.mappers.stock import quantity_patches
from acorn_amazon_connector.services import errors

GERMANY = "A1PA6795UKMFR9"
BERLIN = Destination("Ada Example", "Hauptstraße 1", "34117", "DE", "Kassel")


@pytest.fixture
def seller_id(amazon):
    return amazon.seller()["seller_id"]


@pytest.fixture
def order(amazon, client, seller_id):
    truths = amazon.sim("orders", seller_id=seller_id, status="UNSHIPPED")["orders"]
    chosen = next(x for x in truths if x["fulfilled_by"] == "MERCHANT")
    return map_order(client.orders.get(chosen["order_id"]))


def finish(amazon, client, feed_id):
    """Let Amazon work until the feed is done."""
    for _turn in range(20):
        feed = client.feeds.get(feed_id)
        if feed.is_final:
            return feed
        amazon.advance(120)
    raise AssertionError("the feed never ends")


def test_quantities_in_a_feed(amazon, client, seller_id):  # A2
    rows = amazon.sim("stock", seller_id=seller_id)["stock"][:3]
    messages = [
        FeedMessage(
            number, row["sku"], "PATCH", "PRODUCT", patches=quantity_patches(number)
        )
        for number, row in enumerate(rows, 1)
    ]
    messages.append(
        FeedMessage(9, "NO-SUCH", "PATCH", "PRODUCT", patches=quantity_patches(1))
    )
    content = build_listings_feed(seller_id, messages, "en_US")
    feed_id = client.feeds.submit(FEED_TYPE, [GERMANY], content, CONTENT_TYPE)
    assert not client.feeds.get(feed_id).is_final
    feed = finish(amazon, client, feed_id)
    assert (feed.status, feed.feed_type) == ("DONE", FEED_TYPE)
    assert feed.ended_at > feed.created_at
    report = read_processing_report(client.feeds.result(feed.result_document_id))
    assert (report.accepted, report.invalid, report.feed_id) == (3, 1, feed_id)
    assert list(report.errors()) == [9]
    after = amazon.sim("stock", seller_id=seller_id)["stock"]
    found = {row["sku"]: row["quantity"] for row in after}
    assert [found[row["sku"]] for row in rows] == [1, 2, 3]
    (listed,) = client.feeds.search(feed_types=[FEED_TYPE]).feeds
    assert listed == feed


def test_a_feed_that_is_cancelled_changes_nothing(amazon, client, seller_id):
    row = amazon.sim("stock", seller_id=seller_id)["stock"][0]
    message = FeedMessage(
        1, row["sku"], "PATCH", "PRODUCT", patches=quantity_patches(99999)
    )
    content = build_listings_feed(seller_id, [message])
    feed_id = client.feeds.submit(FEED_TYPE, [GERMANY], content, CONTENT_TYPE)
    client.feeds.cancel(feed_id)
    assert finish(amazon, client, feed_id).status == "CANCELLED"
    (after,) = amazon.sim("stock", seller_id=seller_id, sku=row["sku"])["stock"]
    assert after["quantity"] == row["quantity"]


def test_an_upload_that_comes_too_late(amazon, client):  # A13
    document = client.feeds.create_document(CONTENT_TYPE)
    amazon.advance(301)
    with pytest.raises(errors.DocumentExpired):
        client.feeds.upload(document, b"{}", CONTENT_TYPE)


def test_an_upload_of_another_type(client):  # A13
    document = client.feeds.create_document(CONTENT_TYPE)
    with pytest.raises(errors.DocumentExpired):
        client.feeds.upload(document, b"{}", XML_CONTENT_TYPE)


def test_a_feed_whose_answer_is_lost_is_found(amazon, client, seller_id):  # A13
    content = build_listings_feed(seller_id, [FeedMessage(1, "X", "DELETE")])
    amazon.fault("cut_body", operation="feeds.createFeed", times=1)
    with pytest.raises(errors.TransportError):
        client.feeds.submit(FEED_TYPE, [GERMANY], content, CONTENT_TYPE)
    since = NOW - timedelta(minutes=1)
    page = client.feeds.search(feed_types=[FEED_TYPE], created_since=since)
    assert len(page.feeds) == 1


def test_packages_in_a_feed(amazon, client, seller_id, order):  # A1
    lines = tuple((line.order_item_id, line.quantity) for line in order.lines)
    hour = timedelta(hours=1)
    parcel = Package(1, "DHL", None, None, "00340434161094042557", NOW - hour, lines)
    messages = [
        FulfillmentMessage(1, order.order_id, parcel),
        FulfillmentMessage(2, "303-0000000-0000000", parcel),
    ]
    content = build_fulfillment_feed(seller_id, messages)
    feed_id = client.feeds.submit(
        FULFILLMENT_FEED, [order.marketplace_id], content, XML_CONTENT_TYPE
    )
    feed = finish(amazon, client, feed_id)
    report = read_xml_report(client.feeds.result(feed.result_document_id))
    assert (report.accepted, report.invalid, report.feed_id) == (1, 1, feed_id)
    assert list(report.errors()) == [2]
    assert map_order(client.orders.get(order.order_id)).status == "SHIPPED"


def test_an_order_is_cancelled_in_a_feed(amazon, client, seller_id, order):  # A1
    items = [
        AcknowledgedItem(line.order_item_id, cancel_reason="NoInventory")
        for line in order.lines
    ]
    message = AcknowledgementMessage(1, order.order_id, FAILURE, items=tuple(items))
    content = build_acknowledgement_feed(seller_id, [message])
    feed_id = client.feeds.submit(
        ACKNOWLEDGEMENT_FEED, [order.marketplace_id], content, XML_CONTENT_TYPE
    )
    feed = finish(amazon, client, feed_id)
    report = read_xml_report(client.feeds.result(feed.result_document_id))
    assert (report.accepted, report.invalid, report.issues) == (1, 0, ())
    assert map_order(client.orders.get(order.order_id)).status == "CANCELLED"


def test_a_label_is_bought_and_handed_back(amazon, client, order):  # A33
    sender = Sender(
        "Acorn", "Street 1", "Berlin", "10115", "DE", "030123", "a@example.com"
    )
    details = request_details(
        order.order_id,
        [(line.order_item_id, line.quantity) for line in order.lines],
        sender,
        Dimensions(Decimal(30), Decimal(20), Decimal(10)),
        Decimal(800),
    )
    labels = client.merchant_fulfillment
    rates = read_rates(labels.eligible_services(details)).rates
    rate = next(rate for rate in rates if not rate.needs_inputs)
    bought = read_shipment(
        labels.create_shipment(details, rate.service_id, offer_id=rate.offer_id)
    )
    assert (bought.status, bought.order_id) == ("Purchased", order.order_id)
    assert (bought.amount, bought.currency) == (rate.amount, rate.currency)
    assert bought.tracking_number and bought.label.is_verified
    again = read_shipment(labels.get(bought.shipment_id))
    assert again.label == bought.label
    amazon.advance(2)
    assert read_shipment(labels.cancel(bought.shipment_id)).status != "Purchased"
    seen = repr(amazon.calls)
    assert "Street 1" not in seen and "Atz.sprdt" not in seen


def test_amazon_ships_an_order_of_another_channel(amazon, client, seller_id):  # A37
    rows = amazon.sim("fba", seller_id=seller_id)["stock"]
    sku = next(
        row["sku"] for row in rows if row["pool"] == "EU" and row["fulfillable"] >= 10
    )
    items = [OutboundItem("7", sku, 2)]
    outbound = client.fulfillment_outbound
    previews = read_previews(outbound.preview(preview_body(BERLIN, items, GERMANY)))
    assert any(entry.is_fulfillable and entry.fees > 0 for entry in previews)
    body = fulfillment_order_body(
        "WH/OUT/00042",
        BERLIN,
        items,
        shown_id="S00042",
        ordered_at=NOW - timedelta(hours=1),
        comment="Thank you",
        marketplace_id=GERMANY,
    )
    assert outbound.create(body)
    with pytest.raises(errors.RequestError):
        outbound.create(body)
    found = read_fulfillment_order(outbound.get("WH/OUT/00042"))
    assert found.status in CANCELLABLE and found.lines[0].quantity == 2
    outbound.cancel("WH/OUT/00042")
    found = read_fulfillment_order(outbound.get("WH/OUT/00042"))
    assert (found.status, found.is_final) == ("Cancelled", True)
    with pytest.raises(errors.NotFoundError):
        outbound.get("WH/OUT/00043")
