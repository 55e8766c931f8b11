"""The XML feeds of orders, from the upload to the processing report."""

import gzip
from xml.etree import ElementTree

import pytest
from amazon_client import ALL_DATA, ORDERS, ORDERS_V0

FEEDS = "/feeds/2021-06-30"
SHIP, ACKNOWLEDGE = "POST_ORDER_FULFILLMENT_DATA", "POST_ORDER_ACKNOWLEDGEMENT_DATA"
TYPES = {SHIP: "OrderFulfillment", ACKNOWLEDGE: "OrderAcknowledgement"}
XML = "text/xml; charset=UTF-8"


def open_orders(amazon, lines=1) -> list[dict]:
    return [
        truth
        for truth in amazon.truths(status="UNSHIPPED")
        if truth["fulfilled_by"] == "MERCHANT" and len(truth["lines"]) >= lines
    ]


def envelope(amazon, feed_type, *messages, seller_id=None) -> str:
    kind = TYPES[feed_type]
    rows = "".join(
        f"<Message><MessageID>{number}</MessageID><{kind}>{text}</{kind}></Message>"
        for number, text in enumerate(messages, 1)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><AmazonEnvelope><Header>'
        "<DocumentVersion>1.01</DocumentVersion><MerchantIdentifier>"
        f"{seller_id or amazon.seller['seller_id']}</MerchantIdentifier></Header>"
        f"<MessageType>{kind}</MessageType>{rows}</AmazonEnvelope>"
    )


def shipped(order_id, *, items="", reference="", carrier=None, date=None) -> str:
    carrier = carrier or "<CarrierCode>DHL</CarrierCode>"
    date = date or "2026-11-20T12:00:00Z"
    number = f"<MerchantFulfillmentID>{reference}</MerchantFulfillmentID>"
    return (
        f"<AmazonOrderID>{order_id}</AmazonOrderID>{number if reference else ''}"
        f"<FulfillmentDate>{date}</FulfillmentDate><FulfillmentData>{carrier}"
        "<ShippingMethod>Paket</ShippingMethod>"
        "<ShipperTrackingNumber>00340</ShipperTrackingNumber></FulfillmentData>"
        f"{items}"
    )


def item(item_id, quantity) -> str:
    return (
        f"<Item><AmazonOrderItemCode>{item_id}</AmazonOrderItemCode>"
        f"<Quantity>{quantity}</Quantity></Item>"
    )


def failure(truth, reason="NoInventory") -> str:
    item_id = truth["lines"][0]["order_item_id"]
    why = f"<CancelReason>{reason}</CancelReason>" if reason else ""
    return (
        f"<AmazonOrderID>{truth['order_id']}</AmazonOrderID>"
        "<StatusCode>Failure</StatusCode><Item>"
        f"<AmazonOrderItemCode>{item_id}</AmazonOrderItemCode>{why}</Item>"
    )


def submit(amazon, feed_type, text):
    """Send a feed, wait, and return (status, the processing report)."""
    place = amazon.call("POST", f"{FEEDS}/documents", json={"contentType": XML}).json()
    put = amazon.http.put(
        place["url"], data=text.encode(), headers={"Content-Type": XML}, timeout=60
    )
    assert put.ok, put.text
    body = {
        "feedType": feed_type,
        "marketplaceIds": amazon.seller["marketplace_ids"][:1],
        "inputFeedDocumentId": place["feedDocumentId"],
    }
    reply = amazon.call("POST", f"{FEEDS}/feeds", json=body)
    assert reply.status_code == 202, reply.text
    amazon.advance(120)
    feed = amazon.get(f"{FEEDS}/feeds/{reply.json()['feedId']}").json()
    result = amazon.get(f"{FEEDS}/documents/{feed['resultFeedDocumentId']}").json()
    data = amazon.http.get(result["url"], timeout=60).content
    if result.get("compressionAlgorithm") == "GZIP":
        data = gzip.decompress(data)
    report = ElementTree.fromstring(data).find("Message/ProcessingReport")
    assert report.findtext("DocumentTransactionID") == feed["feedId"]
    return feed["processingStatus"], report


def numbers(report) -> tuple[int, int, int]:
    summary = report.find("ProcessingSummary")
    names = ("MessagesProcessed", "MessagesSuccessful", "MessagesWithError")
    return tuple(int(summary.findtext(name)) for name in names)


def read(amazon, order_id) -> dict:
    path = f"{ORDERS}/{order_id}"
    return amazon.get(path, includedData=ALL_DATA).json()["order"]


def test_a_feed_ships_many_orders(amazon):  # A2
    orders = open_orders(amazon)[:3]
    messages = [shipped(truth["order_id"]) for truth in orders]
    status, report = submit(amazon, SHIP, envelope(amazon, SHIP, *messages))
    assert status == "DONE"
    assert numbers(report) == (3, 3, 0)
    for truth in orders:
        order = read(amazon, truth["order_id"])
        assert order["fulfillment"]["fulfillmentStatus"] == "SHIPPED"
        assert order["packages"][0]["carrier"] == "DHL"
    known = amazon.sim("shipments")["shipments"]
    assert {each["source"] for each in known} == {"feed"}


def test_parcels_of_one_order_and_a_correction(amazon):  # A2
    truth = open_orders(amazon, lines=2)[0]
    parts = [item(e["order_item_id"], e["quantity"]) for e in truth["lines"]]
    first = shipped(truth["order_id"], items=parts[0], reference="1")
    rest = shipped(
        truth["order_id"],
        items="".join(parts[1:]),
        reference="2",
        carrier="<CarrierCode>Other</CarrierCode><CarrierName>Bote</CarrierName>",
    )
    _status, report = submit(amazon, SHIP, envelope(amazon, SHIP, first, rest))
    assert numbers(report) == (2, 2, 0)
    order = read(amazon, truth["order_id"])
    assert [each["carrier"] for each in order["packages"]] == ["DHL", "Bote"]
    _status, report = submit(amazon, SHIP, envelope(amazon, SHIP, first))
    assert numbers(report) == (1, 1, 0)
    assert len(read(amazon, truth["order_id"])["packages"]) == 2


def test_each_message_has_its_own_result(amazon):  # A2
    good, other, *_rest = open_orders(amazon)
    fba = next(t for t in amazon.truths() if t["fulfilled_by"] == "AMAZON")
    order_id = f"<AmazonOrderID>{other['order_id']}</AmazonOrderID>"
    messages = [
        shipped("000-0000000-0000000"),
        shipped(good["order_id"]),
        shipped(fba["order_id"]),
        shipped(other["order_id"], items=item("1", 1)),
        shipped(other["order_id"], items=item(other["lines"][0]["order_item_id"], 99)),
        shipped(other["order_id"], date="2026-01-01T00:00:00Z"),
        shipped(other["order_id"], date="today"),
        shipped(other["order_id"], carrier="<CarrierCode>Other</CarrierCode>"),
        shipped(other["order_id"], reference="A"),
        f"<MerchantFulfillmentID>1</MerchantFulfillmentID>{order_id}",
    ]
    status, report = submit(amazon, SHIP, envelope(amazon, SHIP, *messages))
    assert status == "DONE"
    assert numbers(report) == (10, 1, 9)
    results = report.findall("Result")
    assert [each.findtext("MessageID") for each in results] == [
        str(number) for number in range(1, 11) if number != 2
    ]
    assert {each.findtext("ResultCode") for each in results} == {"Error"}
    assert {each.findtext("ResultMessageCode") for each in results} == {"18028", "5001"}
    told = results[0].findtext("AdditionalInfo/AmazonOrderID")
    assert told == "000-0000000-0000000"
    assert read(amazon, other["order_id"]) == other["payload"]


@pytest.mark.parametrize("what", ["garbage", "seller", "type", "root", "doctype"])
def test_documents_that_cannot_be_read(amazon, what):
    order_id = open_orders(amazon)[0]["order_id"]
    good = envelope(amazon, SHIP, shipped(order_id))
    text = {
        "garbage": "order\tcarrier\n1\tDHL\n",
        "seller": envelope(amazon, SHIP, shipped(order_id), seller_id="ANOTHER"),
        "type": good.replace("<MessageType>Order", "<MessageType>Some"),
        "root": good.replace("AmazonEnvelope", "Envelope"),
        "doctype": good.replace("<AmazonEnv", "<!DOCTYPE x><AmazonEnv", 1),
    }[what]
    status, report = submit(amazon, SHIP, text)
    assert status == "FATAL"
    assert report.findtext("Result/ResultMessageCode") == "5001"
    assert amazon.sim("shipments")["shipments"] == []


def test_an_acknowledgement_names_the_order(amazon):  # A2
    truth = open_orders(amazon)[0]
    line = truth["lines"][0]["order_item_id"]
    message = (
        f"<AmazonOrderID>{truth['order_id']}</AmazonOrderID>"
        "<MerchantOrderID>S00042</MerchantOrderID><StatusCode>Success</StatusCode>"
        f"<Item><AmazonOrderItemCode>{line}</AmazonOrderItemCode></Item>"
    )
    _status, report = submit(
        amazon, ACKNOWLEDGE, envelope(amazon, ACKNOWLEDGE, message)
    )
    assert numbers(report) == (1, 1, 0)
    aliases = read(amazon, truth["order_id"])["orderAliases"]
    assert {"aliasId": "S00042", "aliasType": "SELLER_ORDER_ID"} in aliases
    older = amazon.get(f"{ORDERS_V0}/{truth['order_id']}").json()["payload"]
    assert older["SellerOrderId"] == "S00042"


def test_a_failure_cancels_the_order(amazon):  # A2
    truth = open_orders(amazon)[0]
    text = envelope(amazon, ACKNOWLEDGE, failure(truth, "BuyerCanceled"))
    _status, report = submit(amazon, ACKNOWLEDGE, text)
    assert numbers(report) == (1, 1, 0)
    order = read(amazon, truth["order_id"])
    assert order["fulfillment"]["fulfillmentStatus"] == "CANCELLED"
    execution = order["orderItems"][0]["cancellation"]["cancellationExecution"]
    assert execution == {"cancelledBy": "MERCHANT", "cancelReason": "BuyerCanceled"}
    _status, report = submit(amazon, ACKNOWLEDGE, text)
    assert numbers(report) == (1, 0, 1)


def test_what_cannot_be_cancelled(amazon):
    first, *_rest = open_orders(amazon)
    fba = next(t for t in amazon.truths() if t["fulfilled_by"] == "AMAZON")
    done = next(
        t for t in amazon.truths(status="SHIPPED") if t["fulfilled_by"] == "MERCHANT"
    )
    messages = [
        failure(first, ""),
        failure(first, "Whim"),
        failure(fba),
        failure(done),
        failure(first).replace("Failure", "Maybe"),
        failure(first).replace(first["lines"][0]["order_item_id"], "1"),
        failure(first).replace(first["order_id"], "000-0000000-0000000"),
    ]
    status, report = submit(
        amazon, ACKNOWLEDGE, envelope(amazon, ACKNOWLEDGE, *messages)
    )
    assert status == "DONE"
    assert numbers(report) == (7, 0, 7)
    assert read(amazon, first["order_id"]) == first["payload"]
