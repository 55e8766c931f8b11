"""The real client against the simulator over HTTP, faults included."""

import re
import threading
from collections import Counter
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from simulated_amazon import NOW, Amazon

from acorn_amazon_connector.mappers.listing import map_listings
from acorn_amazon_connector.mappers.order import map_order, map_order_v0
from acorn_amazon_connector.services import errors
from acorn_amazon_connector.services.budget import Bucket
from acorn_amazon_connector.services.documents import download
from acorn_amazon_connector.services.wire import build_session
from simulator.worlds import PROFILES

LONG_AGO = datetime(2020, 1, 1, tzinfo=timezone.utc)
GERMANY = "A1PA6795UKMFR9"
PII = ("buyerInfo", "shippingAddress", "buyerTaxInformation")
REPORT = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"


def truths(amazon, seller_id, **params):
    return amazon.sim("orders", seller_id=seller_id, payloads=1, **params)["orders"]


def test_participations(amazon, client):
    found = {
        entry["marketplace"]["id"]
        for entry in client.sellers.participations()
        if entry["participation"]["isParticipating"]
    }
    assert found >= set(amazon.seller()["marketplace_ids"])
    assert [call.operation for call in amazon.calls] == [
        "lwa.token",
        "sellers.getMarketplaceParticipations",
    ]
    assert all(call.request_id for call in amazon.calls[1:])


def test_a_consent_becomes_a_working_grant(amazon):  # A10
    seller = amazon.seller()
    application = amazon.sim("credentials")["applications"][0]
    back = "https://erp.example.com/acorn_amazon/callback"
    amazon.sim(
        "applications",
        {"application_id": application["application_id"], "redirect_uris": [back]},
    )
    page = requests.get(
        f"{amazon.url}/apps/authorize/consent",
        params={
            "application_id": application["application_id"],
            "state": "signed",
            "redirect_uri": back,
        },
        timeout=10,
    )
    hidden = dict(re.findall(r'type="hidden" name="(.*?)" value="(.*?)"', page.text))
    answer = requests.post(
        page.url,
        data={
            **{name: unescape(value) for name, value in hidden.items()},
            "selling_partner_id": seller["seller_id"],
            "confirm": "yes",
            "decision": "confirm",
        },
        allow_redirects=False,
        timeout=10,
    )
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    lwa = amazon.lwa(seller)
    token = lwa.exchange_code(query["spapi_oauth_code"][0], back)
    assert lwa.refresh(token.refresh_token).value
    with pytest.raises(errors.ReauthorizationRequired):
        lwa.exchange_code(query["spapi_oauth_code"][0], back)


def test_single_flight_over_threads(amazon):  # A22
    amazon.sim("settings", {"throttling": False})
    seller, barrier, found = amazon.seller(), threading.Barrier(6), []
    order_id = truths(amazon, seller["seller_id"])[0]["order_id"]

    def work():
        with build_session() as session:
            client = amazon.client(session=session)
            barrier.wait()
            found.append(client.orders.get(order_id)["orderId"])

    def run():
        threads = [threading.Thread(target=work) for _number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    run()
    assert found == [order_id] * 6
    assert len(amazon.requests(path="/auth/o2/token")) == 1
    amazon.sim("lwa", {"action": "expire_tokens"})
    run()
    assert found == [order_id] * 12
    assert len(amazon.requests(path="/auth/o2/token")) == 2


def test_an_expired_token_is_renewed_unseen(amazon, client):  # A22
    client.sellers.participations()
    amazon.fault("expired_token", operation="orders.searchOrders", times=1)
    assert client.orders.search(last_updated_after=LONG_AGO).orders
    assert [call.error for call in amazon.calls].count("TokenExpiredError") == 1
    assert len(amazon.requests(path="/auth/o2/token")) == 2


def test_all_pages_of_a_search(amazon, client):  # A24
    seller_id = amazon.seller()["seller_id"]
    found = []
    for page in client.orders.pages(
        last_updated_after=LONG_AGO, max_results_per_page=9
    ):
        assert len(page.orders) <= 9
        assert page.bound is not None and page.bound <= NOW - timedelta(minutes=2)
        found += [order["orderId"] for order in page.orders]
    expected = [truth["order_id"] for truth in truths(amazon, seller_id)]
    assert sorted(found) == sorted(expected) and len(found) > 18


def test_a_search_can_be_resumed_by_another_worker(amazon, client):  # A24
    everything = [
        order["orderId"]
        for page in client.orders.pages(last_updated_after=LONG_AGO)
        for order in page.orders
    ]
    first = client.orders.search(last_updated_after=LONG_AGO, max_results_per_page=9)
    rest = [
        order["orderId"]
        for page in amazon.client().orders.pages(
            last_updated_after=LONG_AGO,
            max_results_per_page=9,
            pagination_token=first.next_token,
        )
        for order in page.orders
    ]
    found = [order["orderId"] for order in first.orders] + rest
    assert sorted(found) == sorted(everything)


def test_pages_repeated_and_reordered_lose_nothing(amazon, client):  # A24
    everything = {truth["order_id"] for truth in truths(amazon, client_id(amazon))}
    amazon.fault("repeated_page", operation="orders.searchOrders", after=2, times=1)
    amazon.fault("reordered_page", operation="orders.searchOrders", after=1, times=2)
    found = [
        order["orderId"]
        for page in client.orders.pages(
            last_updated_after=LONG_AGO, max_results_per_page=9
        )
        for order in page.orders
    ]
    assert set(found) == everything
    assert len(found) > len(everything)


def client_id(amazon):
    return amazon.seller()["seller_id"]


def test_one_order_and_one_that_is_not_there(amazon, client):
    truth = truths(amazon, client_id(amazon))[0]
    assert client.orders.get(truth["order_id"])["orderId"] == truth["order_id"]
    with pytest.raises(errors.NotFoundError):
        client.orders.get("902-0000000-0000000")


def same(new, old):
    """Compare what v0 and 2026-01-01 can both say of an order."""
    names = (
        "order_id",
        "marketplace_id",
        "status",
        "fulfilled_by",
        "service_level",
        "sales_channel",
        "currency",
        "grand_total",
        "is_replacement_of",
        "reporting_scheme",
        "cancellation_requested",
    )
    found = {name: (getattr(new, name), getattr(old, name)) for name in names}
    found["created_at"] = (
        new.created_at.replace(microsecond=0),
        old.created_at.replace(microsecond=0),
    )
    for name in ("name", "line1", "city", "postal_code", "country_code"):
        found[name] = (
            getattr(new.address, name, None),
            getattr(old.address, name, None),
        )
    for attribute in ("sku", "quantity", "order_item_id", "facilitator"):
        found[f"line {attribute}"] = (
            [getattr(line, attribute) for line in new.lines],
            [getattr(line, attribute) for line in old.lines],
        )
    if new.price_includes_tax is not None:
        found["price_includes_tax"] = (new.price_includes_tax, old.price_includes_tax)
    return {name: pair for name, pair in found.items() if pair[0] != pair[1]}


def test_v0_with_buyer_data_tells_the_same_story(amazon):  # A16
    amazon.sim("settings", {"throttling": False, "items_per_page": 2})
    for region, marketplace_id in (("eu", GERMANY), ("na", "ATVPDKIKX0DER")):
        client = amazon.client(region)
        seen = 0
        for page in client.orders_v0.pages(
            marketplace_ids=[marketplace_id],
            last_updated_after=LONG_AGO,
            max_results_per_page=10,
            data_elements=PII,
        ):
            for order in page.orders[:4]:
                order_id = order["AmazonOrderId"]
                items = client.orders_v0.items(order_id, ("buyerInfo",))
                old = map_order_v0(
                    order,
                    items,
                    client.orders_v0.address(order_id),
                    client.orders_v0.buyer_info(order_id),
                )
                new = map_order(client.orders.get(order_id))
                if new.sales_channel == "AMAZON":
                    assert same(new, old) == {}, order_id
                    seen += 1
        assert seen > 5
        tokens = amazon.requests(operation="tokens.createRestrictedDataToken")
        assert len(tokens) <= 8, "one restricted token serves many orders"


def test_v0_without_a_restricted_token_shows_no_buyer(amazon, client):
    page = client.orders_v0.search(
        marketplace_ids=[GERMANY], last_updated_after=LONG_AGO
    )
    text = str(page.orders)
    assert page.orders
    assert "AddressLine1" not in text and "BuyerName" not in text


def test_listings(amazon, client):  # A11
    seller = amazon.seller()
    listings = [
        listing
        for page in client.listings.pages(seller["seller_id"], [GERMANY])
        for item in page.items
        for listing in map_listings(item)
    ]
    catalog = amazon.sim("catalog", seller_id=seller["seller_id"])["items"]
    master = {(item["sku"], item["fulfillment_channel"]): item for item in catalog}
    found = {(entry.sku, entry.fulfillment_channel): entry for entry in listings}
    assert found and set(found) <= set(master)
    for key, listing in found.items():
        assert listing.asin == master[key]["asin"]
        assert listing.title
        one = client.listings.get(seller["seller_id"], listing.sku, [GERMANY])
        assert one["sku"] == listing.sku
        if len(found) > 5:
            break
    with pytest.raises(errors.NotFoundError):
        client.listings.get(seller["seller_id"], "no/such sku", [GERMANY])


@pytest.mark.parametrize("compression", ["gzip", "none"])
@pytest.mark.parametrize("region", ["eu", "fe"])
def test_a_report_round_trip(amazon, region, compression):
    amazon.sim("settings", {"report_compression": compression})
    client, seller = amazon.client(region), amazon.seller(region)
    report_id = client.reports.create_report(
        REPORT,
        seller["marketplace_ids"],
        start=NOW - timedelta(days=25),
        end=NOW,
    )
    assert client.reports.get(report_id)["processingStatus"] == "IN_QUEUE"
    amazon.advance(60)
    report = client.reports.get(report_id)
    assert report["processingStatus"] == "DONE"
    document_id = report["reportDocumentId"]
    document = client.reports.download(document_id, fallbacks=("cp932", "cp1252"))
    rows = list(document.rows())
    assert rows and None not in rows[0]
    known = {truth["order_id"] for truth in truths(amazon, seller["seller_id"])}
    assert {row["amazon-order-id"] for row in rows} <= known
    (listed,) = client.reports.search(report_types=[REPORT]).reports
    assert listed["reportId"] == report_id


def test_a_document_address_dies(amazon, client):
    report_id = client.reports.create_report(
        REPORT, [GERMANY], start=NOW - timedelta(days=9)
    )
    amazon.advance(60)
    document_id = client.reports.get(report_id)["reportDocumentId"]
    address = client.reports.document(document_id)
    amazon.advance(301)
    with pytest.raises(errors.DocumentExpired):
        download(amazon.session, address["url"])
    assert client.reports.download(document_id).text()


def test_amazon_throttles_and_says_when(amazon, client):  # A21
    for _call in range(20):
        client.orders.search(last_updated_after=LONG_AGO, max_results_per_page=1)
    with pytest.raises(errors.ThrottledError) as caught:
        client.orders.search(last_updated_after=LONG_AGO, max_results_per_page=1)
    assert not isinstance(caught.value, errors.BudgetExhausted)
    amazon.advance(caught.value.retry_after)
    client.orders.search(last_updated_after=LONG_AGO, max_results_per_page=1)


class BucketGate:
    """A budget in memory, with the arithmetic the connector uses."""

    def __init__(self, clock):
        self.clock = clock
        self.buckets = {}
        self.rates = []

    def take(self, operation):
        now = self.clock()
        bucket = self.buckets.get(operation.key) or Bucket.full(
            now, operation.rate, operation.burst
        )
        self.buckets[operation.key], wait = bucket.take(now)
        if wait:
            raise errors.BudgetExhausted("empty", retry_after=wait)

    def observe(self, operation, rate, throttled):
        assert not throttled
        if rate:
            self.rates.append((operation.rate, rate))


def test_with_a_budget_amazon_never_has_to_refuse(amazon):  # A21
    gate = BucketGate(amazon.clock)
    client = amazon.client(gate=gate)
    done = waits = 0
    while done < 40:
        try:
            client.orders.search(last_updated_after=LONG_AGO, max_results_per_page=1)
            done += 1
        except errors.BudgetExhausted as exc:
            waits += 1
            amazon.advance(exc.retry_after)
    assert waits == 20
    assert amazon.requests(status=429) == []
    assert all(known == told for known, told in gate.rates)


# A13: kind of fault → class, and whether a later try succeeds.
FAULTS = {
    "throttle": errors.ThrottledError,
    "server_error": errors.ServerError,
    "unavailable": errors.ServerError,
    "bad_request": errors.RequestError,
    "access_denied": errors.AccessDeniedError,
    "secret_expired": errors.InvalidClientError,
    "cut": errors.TransportError,
    "cut_body": errors.TransportError,
    "bad_json": errors.ServerError,
    "empty": errors.ServerError,
    "html": errors.ServerError,
    "wrong_shape": errors.UnexpectedReplyError,
}


@pytest.mark.parametrize("kind", FAULTS)
def test_each_fault_ends_in_its_class(amazon, client, kind):  # A13
    client.sellers.participations()
    amazon.fault(kind, operation="orders.searchOrders", times=1)
    with pytest.raises(errors.SpApiError) as caught:
        client.orders.search(last_updated_after=LONG_AGO)
    assert type(caught.value) is FAULTS[kind]
    assert amazon.calls[-1].status == caught.value.status or kind == "cut_body"
    searches = amazon.requests(operation="orders.searchOrders")
    assert len(searches) == 1, "nothing is repeated by itself"
    assert client.orders.search(last_updated_after=LONG_AGO).orders


def test_a_reply_that_does_not_come(amazon):  # A13
    client = amazon.client(timeout=(1, 0.3))
    client.sellers.participations()
    amazon.fault("timeout", operation="orders.searchOrders", times=1, seconds=2)
    with pytest.raises(errors.TransportError):
        client.orders.search(last_updated_after=LONG_AGO)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "InvalidInput", errors.RequestError),
        (404, "NotFound", errors.NotFoundError),
        (409, "RequestConflict", errors.ConflictError),
        (413, "TooLarge", errors.RequestError),
        (500, "InternalFailure", errors.ServerError),
    ],
)
def test_error_envelopes(amazon, client, status, code, kind):
    amazon.fault(
        "error",
        operation="orders.getOrder",
        status=status,
        code=code,
        message="No.",
        details="Because.",
    )
    with pytest.raises(errors.SpApiError) as caught:
        client.orders.get("902-0000000-0000000")
    assert type(caught.value) is kind
    assert (caught.value.code, caught.value.details) == (code, "Because.")
    assert caught.value.request_id


@pytest.mark.parametrize("kind", ["unknown_keys", "no_rate_header"])
def test_harmless_oddities(amazon, client, kind):  # A16
    amazon.fault(kind, operation="orders.searchOrders")
    page = client.orders.search(last_updated_after=LONG_AGO)
    assert [map_order(order).order_id for order in page.orders]


def test_a_revoked_grant(amazon, client):  # A22
    client.sellers.participations()
    amazon.sim("lwa", {"action": "revoke", "seller_id": client_id(amazon)})
    amazon.sim("lwa", {"action": "expire_tokens"})
    with pytest.raises(errors.ReauthorizationRequired):
        client.orders.search(last_updated_after=LONG_AGO)


def test_a_rotated_secret(amazon, client):  # A17
    seller = amazon.seller()
    amazon.sim(
        "lwa",
        {
            "action": "rotate_secret",
            "client_id": seller["client_id"],
            "grace_seconds": 0,
        },
    )
    amazon.advance(1)
    with pytest.raises(errors.InvalidClientError):
        client.sellers.participations()


def test_a_missing_role(amazon, client):  # A20
    application = amazon.sim("credentials")["applications"][0]
    change = {"application_id": application["application_id"], "roles": ["Pricing"]}
    amazon.sim("applications", change)
    try:
        with pytest.raises(errors.AccessDeniedError) as caught:
            client.listings.search(client_id(amazon), [GERMANY])
        assert caught.value.status == 403
    finally:
        change["roles"] = application["roles"]
        amazon.sim("applications", change)


@pytest.mark.parametrize("code", ["invalid_grant", "invalid_client", "server_error"])
def test_errors_of_the_token_endpoint(amazon, client, code):
    kinds = {
        "invalid_grant": errors.ReauthorizationRequired,
        "invalid_client": errors.InvalidClientError,
        "server_error": errors.ServerError,
    }
    status = {"invalid_client": 401, "server_error": 500}.get(code, 400)
    amazon.fault("lwa_error", path="/auth/o2/token", status=status, code=code)
    with pytest.raises(kinds[code]):
        client.sellers.participations()


@pytest.mark.parametrize("world", PROFILES)
def test_every_order_of_every_world_keeps_its_money_and_units(running, world):  # A1
    running.simulation.reset(world, 11, 300, NOW, 0)
    amazon = Amazon(running.url)
    seen = Counter()
    for truth in amazon.sim("orders", payloads=1)["orders"]:
        order = map_order(truth["payload"])
        units = Counter()
        for line in order.lines:
            units[line.sku] += line.quantity
        assert dict(units) == truth["units"]
        assert (order.status, order.currency) == (truth["status"], truth["currency"])
        if order.grand_total is None:
            continue
        seen["priced"] += 1
        assert order.grand_total == Decimal(truth["grand_total"])
        assert order.amazon_remitted_tax == Decimal(truth["amazon_remitted_tax"])
        charges = [charge for line in order.lines for charge in line.charges]
        total = sum(charge.amount for charge in (*charges, *order.charges))
        if order.price_includes_tax is False:
            total += sum(charge.tax or 0 for charge in charges)
        assert total == order.grand_total
        if truth["price_includes_tax"] is not None and order.price_includes_tax is None:
            assert not any(charge.tax for charge in charges)
        if order.price_includes_tax is not None:
            assert order.price_includes_tax == truth["price_includes_tax"]
    assert seen["priced"] > 150
