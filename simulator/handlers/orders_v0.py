"""Orders v0, the reads: the same orders in the older words."""

from __future__ import annotations

from datetime import timedelta

from ..access import data_elements
from ..clock import format_seconds, format_time, parse_time
from ..errors import invalid_input, not_found
from ..exchange import Exchange, Reply
from ..paging import digest, seal, unseal
from ..query import Query
from ..state.orders import Entry, to_ms
from .common import check_marketplaces
from .orders import read_range
from .orders_v0_words import (
    CHANNELS,
    STATUSES,
    address_info,
    buyer_info,
    item_buyer_info,
    item_entry,
    order_entry,
)

TOKEN_LIFE = timedelta(hours=24)
PAYMENT_METHODS = ("COD", "CVS", "Other")


def get_orders(exchange: Exchange) -> Reply:
    """Search orders; PII is in the answer only with an RDT that names it."""
    query = exchange.query(invalid_input)
    marketplaces = query.list("MarketplaceIds", most=50)
    if not marketplaces:
        raise invalid_input("MarketplaceIds is missing.")
    check_marketplaces(exchange, marketplaces, invalid_input)
    if "NextToken" in query:
        search = _continued(exchange, query)
    elif "AmazonOrderIds" in query:
        return _by_ids(exchange, query.list("AmazonOrderIds", most=50))
    else:
        search = _new_search(exchange, query, marketplaces)
    store = exchange.simulation.orders
    until = parse_time(search["until"])
    entries, following = store.page(
        exchange.seller.seller_id,
        search["by"],
        tuple(search["after"]),
        to_ms(until),
        _wanted(exchange, search),
        search["limit"],
    )
    payload = {"Orders": [_order(exchange, entry) for entry in entries]}
    if following is not None:
        search["after"] = following
        search["at"] = format_time(exchange.simulation.clock.now())
        payload["NextToken"] = seal(exchange.simulation.page_key, search)
    bound = "CreatedBefore" if search["by"] == "created" else "LastUpdatedBefore"
    payload[bound] = format_seconds(until)
    return Reply({"payload": payload})


def get_order(exchange: Exchange, order_id: str) -> Reply:
    """Return one order without its items."""
    return Reply({"payload": _order(exchange, _find(exchange, order_id))})


def get_order_items(exchange: Exchange, order_id: str) -> Reply:
    """Return the items of an order, a page at a time."""
    truth = _truth(exchange, order_id)
    items, rest = _item_page(exchange, truth)
    show = "buyerInfo" in data_elements(exchange)
    entries = []
    for item in items:
        entry = item_entry(truth, item)
        if show:
            entry["BuyerInfo"] = item_buyer_info(truth, item)
        entries.append(entry)
    return Reply(
        {"payload": {"AmazonOrderId": order_id, "OrderItems": entries, **rest}}
    )


def get_order_items_buyer_info(exchange: Exchange, order_id: str) -> Reply:
    """Return gift wrap and customisation of the items."""
    truth = _truth(exchange, order_id)
    items, rest = _item_page(exchange, truth)
    entries = [
        {"OrderItemId": item["orderItemId"], **item_buyer_info(truth, item)}
        for item in items
    ]
    return Reply(
        {"payload": {"AmazonOrderId": order_id, "OrderItems": entries, **rest}}
    )


def get_order_address(exchange: Exchange, order_id: str) -> Reply:
    """Return the shipping address; none while the order is pending."""
    info = address_info(_truth(exchange, order_id).payload)
    return Reply({"payload": {"AmazonOrderId": order_id, **info}})


def get_order_buyer_info(exchange: Exchange, order_id: str) -> Reply:
    """Return who bought; nothing while the order is pending."""
    info = buyer_info(_truth(exchange, order_id).payload)
    return Reply({"payload": {"AmazonOrderId": order_id, **info}})


def _new_search(exchange: Exchange, query: Query, marketplaces: list[str]) -> dict:
    now = exchange.simulation.clock.now()
    by, after, before = read_range(query, now, "Created", "LastUpdated")
    return {
        "who": exchange.seller.seller_id,
        "by": by,
        "after": [to_ms(after), ""],
        "until": format_time(before),
        "limit": query.integer("MaxResultsPerPage", 100, 1, 100),
        "marketplaces": marketplaces,
        "statuses": [STATUSES[word] for word in query.list("OrderStatuses", STATUSES)],
        "channels": [
            CHANNELS[word] for word in query.list("FulfillmentChannels", CHANNELS)
        ],
        "payments": query.list("PaymentMethods", PAYMENT_METHODS),
        "email": query.text("BuyerEmail"),
        "alias": query.text("SellerOrderId"),
    }


def _continued(exchange: Exchange, query: Query) -> dict:
    now = exchange.simulation.clock.now()
    try:
        search = unseal(exchange.simulation.page_key, query.text("NextToken"))
    except ValueError as error:
        raise invalid_input("NextToken is invalid.") from error
    if search.get("who") != exchange.seller.seller_id:
        raise invalid_input("NextToken is invalid.")
    if now - parse_time(search["at"]) > TOKEN_LIFE:
        raise invalid_input("NextToken has expired.")
    return search


def _wanted(exchange: Exchange, search: dict):
    home = exchange.seller.marketplace_ids[0]
    store = exchange.simulation.orders
    deep = search["payments"] or search["email"] or search["alias"]

    def wanted(entry: Entry) -> bool:
        # Orders from outside Amazon count as orders of the home marketplace.
        if (entry.marketplace_id or home) not in search["marketplaces"]:
            return False
        if search["statuses"] and entry.status not in search["statuses"]:
            return False
        if search["channels"] and entry.fulfilled_by not in search["channels"]:
            return False
        return not deep or _matches(store.truth(entry), search)

    return wanted


def _matches(truth, search: dict) -> bool:
    order = order_entry(truth)
    email = truth.payload.get("buyer", {}).get("buyerEmail")
    return (
        (not search["payments"] or order.get("PaymentMethod") in search["payments"])
        and search["email"] in (None, email)
        and search["alias"] in (None, order.get("SellerOrderId"))
    )


def _by_ids(exchange: Exchange, order_ids: list[str]) -> Reply:
    store = exchange.simulation.orders
    found = [store.get(id_, exchange.seller.seller_id) for id_ in order_ids]
    orders = [_order(exchange, entry) for entry in found if entry is not None]
    now = exchange.simulation.clock.now()
    payload = {"Orders": orders, "CreatedBefore": format_seconds(now)}
    return Reply({"payload": payload})


def _order(exchange: Exchange, entry: Entry) -> dict:
    truth = exchange.simulation.orders.truth(entry)
    order = order_entry(truth, exchange.seller)
    elements = data_elements(exchange)
    address = address_info(truth.payload).get("ShippingAddress", {})
    if "shippingAddress" not in elements:
        address = {key: address[key] for key in _IMPERSONAL if key in address}
    if address:
        order["ShippingAddress"] = address
    order["BuyerInfo"] = buyer_info(truth.payload) if "buyerInfo" in elements else {}
    return order


_IMPERSONAL = ("City", "StateOrRegion", "PostalCode", "CountryCode")


def _find(exchange: Exchange, order_id: str) -> Entry:
    entry = exchange.simulation.orders.get(order_id, exchange.seller.seller_id)
    if entry is None:
        raise not_found()
    return entry


def _truth(exchange: Exchange, order_id: str):
    return exchange.simulation.orders.truth(_find(exchange, order_id))


def _item_page(exchange: Exchange, truth) -> tuple[list[dict], dict]:
    query = exchange.query(invalid_input)
    key, size = (
        exchange.simulation.page_key,
        exchange.simulation.settings.items_per_page,
    )
    owner = digest([exchange.operation.key, truth.order_id])
    token, start = query.text("NextToken"), 0
    if token is not None:
        try:
            data = unseal(key, token)
        except ValueError as error:
            raise invalid_input("NextToken is invalid.") from error
        if data.get("f") != owner:
            raise invalid_input("NextToken is invalid.")
        start = data["s"]
    items = truth.payload["orderItems"]
    rest = {}
    if start + size < len(items):
        rest["NextToken"] = seal(key, {"f": owner, "s": start + size})
    return items[start : start + size], rest
