"""Orders 2026-01-01: searchOrders and getOrder."""

from __future__ import annotations

from datetime import datetime, timedelta

from ..access import sees_buyer, sees_recipient
from ..clock import format_time, parse_time
from ..errors import invalid_input, not_found
from ..exchange import Exchange, Reply
from ..paging import digest, seal, unseal
from ..query import Query
from ..state.orders import to_ms
from .common import check_marketplaces

STATUSES = (
    "PENDING_AVAILABILITY",
    "PENDING",
    "UNSHIPPED",
    "PARTIALLY_SHIPPED",
    "SHIPPED",
    "CANCELLED",
    "UNFULFILLABLE",
)
# included value → keys of the order, keys of each item
DATASETS = {
    "BUYER": (("buyer",), ()),
    "RECIPIENT": (("recipient",), ()),
    "PROCEEDS": (("proceeds",), ("proceeds",)),
    "EXPENSE": ((), ("expense",)),
    "PROMOTION": ((), ("promotion",)),
    "CANCELLATION": ((), ("cancellation",)),
    "FULFILLMENT": (("fulfillment",), ("fulfillment",)),
    "PACKAGES": (("packages",), ()),
    "TAX": (("tax",), ("tax",)),
    "PAYMENT": (("payment",), ()),
    "FULFILLMENT_ORDERS": (("fulfillmentOrders",), ()),
}
_GATED_ORDER_KEYS = frozenset(key for keys, _ in DATASETS.values() for key in keys)
_GATED_ITEM_KEYS = frozenset(key for _, keys in DATASETS.values() for key in keys)
# May change from page to page; everything else has to be repeated.
_FREE_PARAMETERS = frozenset({"paginationToken", "maxResultsPerPage", "includedData"})
_EMAIL = "buyerEmail"
DELAY = timedelta(minutes=2)
TOKEN_LIFE = timedelta(hours=24)


def search_orders(exchange: Exchange) -> Reply:
    """Search by creation or update time, a page at a time."""
    query = exchange.query(invalid_input)
    now = exchange.simulation.clock.now()
    by, after, before = read_range(query, now, "created", "lastUpdated")
    included = query.list("includedData", DATASETS)
    limit = query.integer("maxResultsPerPage", 100, 1, 100)
    wanted = _filter(exchange, query)
    key = exchange.simulation.page_key
    parameters = {
        name: sorted(query.list(name)) for name in query.names() - _FREE_PARAMETERS
    }
    fingerprint = digest([exchange.seller.seller_id, parameters])
    start, until = (to_ms(after), ""), before
    token = query.text("paginationToken")
    if token is not None:
        start, until = _open_token(key, token, fingerprint, now)
        start = (start[0], start[1])
    store = exchange.simulation.orders
    entries, following = store.page(
        exchange.seller.seller_id, by, start, to_ms(until), wanted, limit
    )
    body = {
        "orders": [
            project(exchange, store.truth(entry).payload, included) for entry in entries
        ]
    }
    if following is not None:
        data = {
            "f": fingerprint,
            "k": following,
            "u": format_time(until),
            "t": format_time(now),
        }
        body["pagination"] = {"nextToken": seal(key, data)}
    bound = "createdBefore" if by == "created" else "lastUpdatedBefore"
    body[bound] = format_time(until)
    return Reply(body)


def get_order(exchange: Exchange, order_id: str) -> Reply:
    """Return one order."""
    query = exchange.query(invalid_input)
    included = query.list("includedData", DATASETS)
    store = exchange.simulation.orders
    entry = store.get(order_id, exchange.seller.seller_id)
    if entry is None:
        raise not_found()
    payload = store.truth(entry).payload
    return Reply({"order": project(exchange, payload, included)})


def read_range(
    query: Query, now: datetime, created: str, updated: str
) -> tuple[str, datetime, datetime]:
    """Read the time range both Orders versions share.

    Exactly one After; Before of the same family, not before After and at least two
    minutes in the past. Orders younger than two minutes are not found.

    :return: index name (``created`` or ``updated``), after, before
    :raise ApiError: 400 InvalidInput
    """
    times = {
        name: query.time(name)
        for family in (created, updated)
        for name in (f"{family}After", f"{family}Before")
    }
    given = [f for f in (created, updated) if times[f"{f}After"] is not None]
    if len(given) != 1:
        raise invalid_input(
            f"Exactly one of {created}After and {updated}After must be provided."
        )
    family = given[0]
    other = updated if family == created else created
    if times[f"{other}Before"] is not None:
        raise invalid_input(f"{other}Before cannot be used with {family}After.")
    after, before = times[f"{family}After"], times[f"{family}Before"]
    newest = now - DELAY
    if after > now:
        raise invalid_input(f"{family}After must not be in the future.")
    if before is None:
        before = newest
    elif before < after:
        raise invalid_input(f"{family}Before must not be before {family}After.")
    elif before > newest:
        raise invalid_input(
            f"{family}Before must be at least two minutes before the request."
        )
    return ("created" if family == created else "updated"), after, before


def project(exchange: Exchange, payload: dict, included: list[str]) -> dict:
    """Return the part of an order that was asked for and may be seen."""
    order_keys, item_keys = set(), set()
    for name in included:
        order_keys.update(DATASETS[name][0])
        item_keys.update(DATASETS[name][1])
    if not sees_recipient(exchange):
        order_keys.discard("recipient")
    if not sees_buyer(exchange):
        order_keys.discard("tax")
    hidden_order = _GATED_ORDER_KEYS - order_keys
    hidden_item = _GATED_ITEM_KEYS - item_keys
    order = {key: value for key, value in payload.items() if key not in hidden_order}
    order["orderItems"] = [
        {key: value for key, value in item.items() if key not in hidden_item}
        for item in payload["orderItems"]
    ]
    buyer = order.pop("buyer", None) and _shown_buyer(exchange, payload)
    if buyer:
        order["buyer"] = buyer
    return order


def _shown_buyer(exchange: Exchange, payload: dict) -> dict:
    """Return what the roles open of the buyer: the mail is for who ships.

    Source: Amazon's "Access Orders PII", without its exceptions by country.
    """
    ships = payload["fulfillment"]["fulfilledBy"] == "MERCHANT"
    if ships and sees_recipient(exchange):
        return payload["buyer"]
    if not sees_buyer(exchange):
        return {}
    return {key: payload["buyer"][key] for key in payload["buyer"] if key != _EMAIL}


def _filter(exchange: Exchange, query: Query):
    statuses = query.list("fulfillmentStatuses", STATUSES)
    channels = query.list("fulfilledBy", ("MERCHANT", "AMAZON"))
    marketplaces = query.list("marketplaceIds", most=50)
    check_marketplaces(exchange, marketplaces, invalid_input)

    def wanted(entry) -> bool:
        return (
            (not statuses or entry.status in statuses)
            and (not channels or entry.fulfilled_by in channels)
            and (not marketplaces or entry.marketplace_id in marketplaces)
        )

    return wanted


def _open_token(key: bytes, token: str, fingerprint: str, now: datetime):
    try:
        data = unseal(key, token)
    except ValueError as error:
        raise invalid_input("paginationToken is invalid.") from error
    if now - parse_time(data["t"]) > TOKEN_LIFE:
        raise invalid_input("paginationToken has expired.")
    if data["f"] != fingerprint:
        raise invalid_input(
            "The parameters must be the same as those of the first page."
        )
    return data["k"], parse_time(data["u"])
