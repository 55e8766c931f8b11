"""Orders 2026-01-01: ranges, filters, pages, included data, people."""

from datetime import timedelta

import pytest
from amazon_client import ALL_DATA, LONG_AGO, ORDERS, errors, moment
from simulated_time import NOW

STATUSES = {"PENDING", "UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED", "CANCELLED"}


def stamp(delta):
    return (NOW + delta).isoformat().replace("+00:00", "Z")


def test_everything_once_in_order_of_update(amazon):  # A24
    orders = amazon.search_all(maxResultsPerPage=7)
    assert {o["orderId"] for o in orders} == {t["order_id"] for t in amazon.truths()}
    assert len({o["orderId"] for o in orders}) == len(orders) > 20
    updates = [o["lastUpdatedTime"] for o in orders]
    assert updates == sorted(updates)


def test_creation_range_sorts_by_creation(amazon):
    orders = amazon.search_all(createdAfter=LONG_AGO, maxResultsPerPage=9)
    times = [order["createdTime"] for order in orders]
    assert times == sorted(times)
    assert len(orders) == len(amazon.truths())


def test_range_is_inclusive_on_both_ends(amazon):  # A23
    some = amazon.search_all()[5]
    body = amazon.search(
        lastUpdatedAfter=some["lastUpdatedTime"],
        lastUpdatedBefore=some["lastUpdatedTime"],
    ).json()
    assert some["orderId"] in {order["orderId"] for order in body["orders"]}
    assert body["lastUpdatedBefore"] == some["lastUpdatedTime"]
    assert "createdBefore" not in body


def test_times_have_milliseconds(amazon):  # A23
    for order in amazon.search().json()["orders"]:
        for name in ("createdTime", "lastUpdatedTime"):
            assert len(order[name]) == len("2026-11-20T12:00:00.000Z")
            assert order[name].endswith("Z")


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"createdAfter": LONG_AGO, "lastUpdatedAfter": LONG_AGO},
        {"createdBefore": stamp(-timedelta(hours=1))},
        {"lastUpdatedBefore": stamp(-timedelta(hours=1))},
        {
            "createdAfter": LONG_AGO,
            "lastUpdatedBefore": stamp(-timedelta(hours=1)),
        },
        {"createdAfter": "yesterday"},
        {"createdAfter": stamp(timedelta(minutes=1))},
        {
            "createdAfter": stamp(-timedelta(days=1)),
            "createdBefore": stamp(-timedelta(days=2)),
        },
        {
            "lastUpdatedAfter": LONG_AGO,
            "lastUpdatedBefore": stamp(-timedelta(seconds=119)),
        },
        {"createdAfter": LONG_AGO, "maxResultsPerPage": 101},
        {"createdAfter": LONG_AGO, "maxResultsPerPage": 0},
        {"createdAfter": LONG_AGO, "maxResultsPerPage": "many"},
        {"createdAfter": LONG_AGO, "fulfillmentStatuses": "Unshipped"},
        {"createdAfter": LONG_AGO, "fulfilledBy": "MFN"},
        {"createdAfter": LONG_AGO, "includedData": "EVERYTHING"},
        {"createdAfter": LONG_AGO, "marketplaceIds": ",".join(["A1PA6795UKMFR9"] * 51)},
        {"createdAfter": LONG_AGO, "paginationToken": "made-up"},
    ],
)
def test_refused_queries(amazon, query):  # A13
    reply = amazon.get(ORDERS, **query)
    assert reply.status_code == 400
    assert errors(reply)["code"] == "InvalidInput"
    assert reply.headers["x-amzn-RateLimit-Limit"] == "0.0056"


def test_a_plus_sign_that_was_not_encoded(amazon):  # A23
    url = f"{amazon.url}{ORDERS}?createdAfter=2026-11-01T00:00:00"
    headers = {"x-amz-access-token": amazon.token}
    assert amazon.http.get(f"{url}%2B01:00", headers=headers).status_code == 200
    assert amazon.http.get(f"{url}+01:00", headers=headers).status_code == 400


def test_the_last_two_minutes_are_hidden(amazon):
    order_id = amazon.search().json()["orders"][0]["orderId"]
    amazon.act(order_id, "touch")
    body = amazon.search().json()
    assert order_id not in {order["orderId"] for order in body["orders"]}
    assert moment(body["lastUpdatedBefore"]) == NOW - timedelta(minutes=2)
    amazon.advance(119)
    assert order_id not in {o["orderId"] for o in amazon.search().json()["orders"]}
    amazon.advance(1)
    body = amazon.search(lastUpdatedAfter=body["lastUpdatedBefore"]).json()
    assert order_id in {order["orderId"] for order in body["orders"]}


def test_filters(amazon):
    truths = {truth["order_id"]: truth for truth in amazon.truths()}

    def found(**query):
        return {order["orderId"] for order in amazon.search_all(**query)}

    def wanted(rule):
        return {order_id for order_id, truth in truths.items() if rule(truth)}

    seen = {truth["status"] for truth in truths.values()}
    assert seen >= STATUSES
    for status in seen:
        assert found(fulfillmentStatuses=status) == wanted(
            lambda truth, status=status: truth["status"] == status
        )
    assert found(fulfilledBy="AMAZON") == wanted(
        lambda truth: truth["fulfilled_by"] == "AMAZON"
    )
    assert found(marketplaceIds="A1PA6795UKMFR9,A13V1IB3VIYZZH") == wanted(
        lambda truth: truth["marketplace_id"] in ("A1PA6795UKMFR9", "A13V1IB3VIYZZH")
    )
    assert found(
        fulfillmentStatuses=["UNSHIPPED", "SHIPPED"], fulfilledBy="MERCHANT"
    ) == wanted(
        lambda truth: (
            truth["status"] in ("UNSHIPPED", "SHIPPED")
            and truth["fulfilled_by"] == "MERCHANT"
        )
    )


def test_pages_are_stable_while_orders_change(amazon):  # A24
    first = amazon.search(maxResultsPerPage=10).json()
    token = first["pagination"]["nextToken"]
    later = amazon.search_all(maxResultsPerPage=50)[30]
    amazon.act(later["orderId"], "touch")
    amazon.advance(600)
    rest, body = [], {"pagination": {"nextToken": token}}
    while "pagination" in body:
        token = body["pagination"]["nextToken"]
        body = amazon.search(maxResultsPerPage=10, paginationToken=token).json()
        assert body["lastUpdatedBefore"] == first["lastUpdatedBefore"]
        rest += [order["orderId"] for order in body["orders"]]
    assert later["orderId"] not in rest
    # What changed meanwhile is in the next sweep, which starts at the bound.
    sweep = amazon.search_all(lastUpdatedAfter=first["lastUpdatedBefore"])
    assert [order["orderId"] for order in sweep] == [later["orderId"]]


def test_page_token_wants_the_same_parameters(amazon):  # A24
    query = {"lastUpdatedAfter": LONG_AGO, "maxResultsPerPage": 5}
    token = amazon.search(**query).json()["pagination"]["nextToken"]
    free = {"maxResultsPerPage": 9, "includedData": "FULFILLMENT"}
    body = amazon.search(lastUpdatedAfter=LONG_AGO, paginationToken=token, **free)
    assert len(body.json()["orders"]) == 9
    for change in (
        {"fulfilledBy": "MERCHANT"},
        {"lastUpdatedAfter": "2020-01-01T00:00:01Z"},
        {"marketplaceIds": "A1PA6795UKMFR9"},
    ):
        reply = amazon.search(**{**query, **change}, paginationToken=token)
        assert reply.status_code == 400


def test_page_token_lives_a_day(amazon):  # A24
    token = amazon.search(maxResultsPerPage=5).json()["pagination"]["nextToken"]
    amazon.configure(token_seconds=200_000)
    amazon.sign_in("eu")
    amazon.advance(24 * 3600)
    assert amazon.search(paginationToken=token).status_code == 200
    amazon.advance(1)
    assert amazon.search(paginationToken=token).status_code == 400


def test_page_token_belongs_to_the_seller(amazon):
    token = amazon.search(maxResultsPerPage=5).json()["pagination"]["nextToken"]
    amazon.sign_in("na")
    assert amazon.search(paginationToken=token).status_code == 400


def test_included_data_gates_every_part(amazon):
    truths = {truth["order_id"]: truth["payload"] for truth in amazon.truths()}
    gates = {
        "BUYER": ({"buyer"}, set()),
        "RECIPIENT": ({"recipient"}, set()),
        "PROCEEDS": ({"proceeds"}, {"proceeds"}),
        "PROMOTION": (set(), {"promotion"}),
        "CANCELLATION": (set(), {"cancellation"}),
        "FULFILLMENT": ({"fulfillment"}, {"fulfillment"}),
        "PACKAGES": ({"packages"}, set()),
        "TAX": ({"tax"}, {"tax"}),
        "PAYMENT": ({"payment"}, set()),
    }
    every_order = set().union(*(gate[0] for gate in gates.values()))
    every_item = {"expense"}.union(*(gate[1] for gate in gates.values()))
    for name, (order_keys, item_keys) in gates.items():
        shown_order, shown_item = set(), set()
        for order in amazon.search(includedData=name).json()["orders"]:
            truth = truths[order["orderId"]]
            assert order.keys() == truth.keys() - (every_order - order_keys)
            shown_order |= order.keys() & every_order
            for item in order["orderItems"]:
                shown_item |= item.keys() & every_item
        assert (shown_order, shown_item) == (order_keys, item_keys)


def test_nothing_optional_by_default(amazon):
    for order in amazon.search().json()["orders"]:
        assert "fulfillment" not in order
        assert "proceeds" not in order
        assert set(order["orderItems"][0]) <= {
            "orderItemId",
            "quantityOrdered",
            "product",
            "programs",
        }


def test_get_order_shows_the_truth(amazon):
    for truth in amazon.truths()[:20]:
        reply = amazon.get(f"{ORDERS}/{truth['order_id']}", includedData=ALL_DATA)
        assert reply.json()["order"] == truth["payload"]
        assert reply.headers["x-amzn-RateLimit-Limit"] == "0.5"


def test_get_order_of_somebody_else_is_not_found(amazon):
    order_id = amazon.truths()[0]["order_id"]
    amazon.sign_in("na")
    for each in (order_id, "000-0000000-0000000"):
        reply = amazon.get(f"{ORDERS}/{each}")
        assert (reply.status_code, errors(reply)["code"]) == (404, "NotFound")
        assert reply.headers["x-amzn-RateLimit-Limit"] == "0.5"


def people(amazon, *restricted):
    """Return (truth, order as shown) where somebody bought, by who fulfils.

    :param restricted: the restricted roles of the application
    """
    app = amazon.sim("credentials")["applications"][0]
    plain = [role for role in app["roles"] if "Restricted" not in role]
    roles = [*plain, *(f"{role} (Restricted)" for role in restricted)]
    change = {"application_id": app["application_id"], "roles": roles}
    amazon.sim("applications", "POST", json=change)
    truths = {truth["order_id"]: truth["payload"] for truth in amazon.truths()}
    found = {"MERCHANT": [], "AMAZON": []}
    for order in amazon.search_all(includedData=ALL_DATA):
        truth = truths[order["orderId"]]
        if "buyer" in truth:
            found[truth["fulfillment"]["fulfilledBy"]].append((truth, order))
    assert all(found.values())
    return found


def test_people_depend_on_roles(amazon):  # A20
    for orders in people(amazon).values():
        for _truth, order in orders:
            assert not {"recipient", "buyer", "tax"} & set(order)
            assert "fulfillment" in order


# Amazon's documentation: "Access Orders PII", "Get tax information".
def test_the_shipping_role_shows_the_buyers_of_the_sellers_shipments(amazon):  # A20
    found = people(amazon, "Direct-to-Consumer Shipping")
    for truth, order in found["MERCHANT"]:
        assert order["buyer"] == truth["buyer"]
        assert order["buyer"]["buyerEmail"]
        assert order["recipient"] == truth["recipient"]
        assert "tax" not in order
    assert not any("buyer" in order for _truth, order in found["AMAZON"])


def test_a_tax_role_shows_buyers_without_their_mail(amazon):  # A20
    for orders in people(amazon, "Tax Invoicing").values():
        for truth, order in orders:
            assert order["buyer"]["buyerName"] == truth["buyer"]["buyerName"]
            assert "buyerEmail" not in order["buyer"]
            assert "recipient" not in order
            assert order.get("tax") == truth.get("tax")


def test_pending_orders_have_no_people_and_perhaps_no_prices(amazon):
    pending = []
    for region in ("na", "eu", "fe"):
        amazon.sign_in(region)
        query = {"fulfillmentStatuses": "PENDING", "includedData": ALL_DATA}
        pending += amazon.search_all(**query)
    assert not any("recipient" in o or "buyer" in o for o in pending)
    assert {"proceeds" in order for order in pending} == {True, False}


def test_life_of_an_order(amazon):
    pending = amazon.truths(status="PENDING")
    order_id = next(t["order_id"] for t in pending if t["fulfilled_by"] == "MERCHANT")

    def now(action, **details):
        amazon.advance(60)
        truth = amazon.act(order_id, action, **details)
        path = f"{ORDERS}/{order_id}"
        order = amazon.get(path, includedData=ALL_DATA).json()["order"]
        assert order == truth["payload"]
        assert moment(order["lastUpdatedTime"]) > NOW
        return order, truth

    order, truth = now("release")
    assert truth["expected"] in ("order", "blocked")
    assert order["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"
    assert order["recipient"]["deliveryAddress"]["addressLine1"]
    order, truth = now("request_cancel", reason="Found cheaper")
    request = order["orderItems"][0]["cancellation"]["cancellationRequest"]
    assert request == {"requester": "BUYER", "cancelReason": "Found cheaper"}
    package = {"carrier": "DHL", "trackingNumber": "00340434"}
    order, truth = now("ship", package=package)
    assert truth["status"] == "SHIPPED"
    assert order["packages"][0]["trackingNumber"] == "00340434"
    reply = amazon.http.post(
        f"{amazon.url}/_sim/orders/{order_id}", json={"action": "cancel"}
    )
    assert reply.status_code == 409


def test_partial_shipment_and_cancellation_after_import(amazon):
    def ready(truth):
        units = [item["quantityOrdered"] for item in truth["payload"]["orderItems"]]
        return truth["fulfilled_by"] == "MERCHANT" and sum(units) > 1

    truths = amazon.truths(status="UNSHIPPED", expected="order")
    first, second = [truth for truth in truths if ready(truth)][:2]
    item = first["payload"]["orderItems"][0]["orderItemId"]
    shipped = amazon.act(first["order_id"], "ship", quantities={item: 1})
    assert shipped["status"] == "PARTIALLY_SHIPPED"
    cancelled = amazon.act(second["order_id"], "cancel", by="BUYER")
    assert cancelled["expected"] == "cancelled"
    amazon.advance(600)
    for status, truth in (("PARTIALLY_SHIPPED", first), ("CANCELLED", second)):
        found = amazon.search_all(fulfillmentStatuses=status)
        assert truth["order_id"] in {order["orderId"] for order in found}


def test_an_edited_address_is_an_update(amazon):
    truth = next(
        truth
        for truth in amazon.truths(status="UNSHIPPED", expected="order")
        if "name" in truth["payload"]["recipient"]["deliveryAddress"]
    )
    amazon.advance(60)
    amazon.act(truth["order_id"], "edit", note="Back door")
    amazon.advance(180)
    (order,) = amazon.search_all(
        lastUpdatedAfter=NOW.isoformat(), includedData="RECIPIENT"
    )
    assert order["recipient"]["deliveryAddress"]["addressLine3"] == "Back door"
    assert order["createdTime"] == truth["payload"]["createdTime"]
