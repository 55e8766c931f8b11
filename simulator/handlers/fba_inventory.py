"""FBA Inventory v1, and the control interface to Amazon's warehouses."""

from __future__ import annotations

from datetime import timedelta

from ..clock import format_seconds, format_time, parse_time
from ..errors import ControlError, invalid_input
from ..exchange import Exchange, Reply
from ..paging import digest, seal, unseal
from ..query import Query
from ..state.fba import INBOUND, UNSELLABLE, Stock, pool_of
from ..worlds.catalogue import fnsku
from .common import check_marketplaces

TOKEN_LIFE = timedelta(seconds=30)
OLDEST = timedelta(days=548)
MOST_SKUS = 50
ACTIONS = (
    "receive",
    "lose",
    "find",
    "damage",
    "dispose",
    "remove",
    "return",
    "transfer",
    "hold",
    "release",
    "inbound",
    "delist",
)


def get_inventory_summaries(exchange: Exchange) -> Reply:
    """Return the stock of one marketplace; tokens die after 30 seconds."""
    query = exchange.query(invalid_input)
    simulation = exchange.simulation
    now = simulation.clock.now()
    marketplace_id = _marketplace(exchange, query)
    details = query.flag("details")
    since = query.time("startDateTime")
    if since is not None and not now - OLDEST <= since <= now:
        raise invalid_input("startDateTime must be within the last 18 months.")
    skus = set(query.list("sellerSkus", most=MOST_SKUS))
    single = query.text("sellerSku")
    if single:
        skus.add(single)
    owner = digest(
        [
            exchange.seller.seller_id,
            marketplace_id,
            since and format_time(since),
            sorted(skus),
        ]
    )
    start = _start(exchange, query, owner, now)
    found = [
        stock
        for stock in _chosen(exchange, marketplace_id, since, skus)
        if stock.item.sku > start
    ]
    size = simulation.settings.inventory_page_size
    body = {
        "payload": {
            "granularity": {
                "granularityType": "Marketplace",
                "granularityId": marketplace_id,
            },
            "inventorySummaries": [
                _spoil(simulation.settings, summary(stock, marketplace_id, details))
                for stock in found[:size]
            ],
        }
    }
    if len(found) > size:
        data = {"f": owner, "s": found[size - 1].item.sku, "t": format_time(now)}
        body["pagination"] = {"nextToken": seal(simulation.page_key, data)}
    return Reply(body)


def _chosen(exchange: Exchange, marketplace_id: str, since, skus: set) -> list[Stock]:
    """Return what changed since a time; without one, all or some SKUs."""
    pool = pool_of(marketplace_id)
    return [
        stock
        for stock in exchange.simulation.fba.stocks(exchange.seller.seller_id)
        if stock.pool == pool
        and stock.is_listed
        and (stock.updated >= since if since else not skus or stock.item.sku in skus)
    ]


def summary(stock: Stock, marketplace_id: str, details: bool) -> dict:
    """Return an InventorySummary."""
    item, offer = stock.item, stock.item.offer(marketplace_id)
    entry = {
        "asin": item.asin,
        "fnSku": fnsku(item.sku),
        "sellerSku": item.sku,
        "condition": condition(item.sku),
        "lastUpdatedTime": format_seconds(stock.updated),
        "productName": offer.title if offer else item.title,
        "totalQuantity": stock.total,
        "stores": [],
    }
    if details:
        entry["inventoryDetails"] = _details(stock)
    return entry


def _spoil(settings, entry: dict) -> dict:
    """Return a summary with the oddities that a test has ordered for its SKU."""
    odd = settings.inventory_oddities.get(entry["sellerSku"], {})
    return {key: value for key, value in {**entry, **odd}.items() if value is not None}


def condition(sku: str) -> str:
    """Return the condition of a SKU; Amazon resells graded returns as used."""
    return "UsedVeryGood" if sku.startswith("amzn.gr.") else "NewItem"


def _details(stock: Stock) -> dict:
    bad, research = stock.unsellable, stock.held["research"]
    reserved = {
        "pendingCustomerOrderQuantity": stock.reserved,
        "pendingTransshipmentQuantity": stock.transit,
        "fcProcessingQuantity": stock.held["processing"],
    }
    return {
        "fulfillableQuantity": stock.fulfillable,
        **{f"inbound{kind.title()}Quantity": stock.inbound[kind] for kind in INBOUND},
        "reservedQuantity": {
            "totalReservedQuantity": sum(reserved.values()),
            **reserved,
        },
        "researchingQuantity": {
            "totalResearchingQuantity": research,
            "researchingQuantityBreakdown": [
                {"name": f"researchingQuantityIn{term}Term", "quantity": units}
                for term, units in (("Short", research), ("Mid", 0), ("Long", 0))
            ],
        },
        "unfulfillableQuantity": {
            "totalUnfulfillableQuantity": sum(bad.values()),
            **{name: bad[state] for state, name in UNSELLABLE.items()},
        },
    }


def _marketplace(exchange: Exchange, query: Query) -> str:
    query.choice("granularityType", "", ("Marketplace",))
    if "granularityType" not in query:
        raise invalid_input("granularityType is missing.")
    ids = query.list("marketplaceIds", most=1)
    granule = query.text("granularityId")
    if not ids or not granule:
        raise invalid_input("granularityId and marketplaceIds are required.")
    if granule != ids[0]:
        raise invalid_input("granularityId must be the marketplace id.")
    check_marketplaces(exchange, ids, invalid_input)
    return granule


def _start(exchange: Exchange, query: Query, owner: str, now) -> str:
    """Return the SKU after which the page starts."""
    token = query.text("nextToken")
    if token is None:
        return ""
    try:
        data = unseal(exchange.simulation.page_key, token)
    except ValueError as error:
        raise invalid_input("nextToken is invalid.") from error
    if now - parse_time(data["t"]) > TOKEN_LIFE:
        raise invalid_input("nextToken has expired.")
    if data["f"] != owner:
        raise invalid_input("nextToken needs the parameters of the first page.")
    return data["s"]


def control(exchange: Exchange) -> Reply:
    """Show Amazon's warehouses, or let something happen in them.

    GET: ``seller_id``, ``sku`` choose, ``events=1`` adds the ledger. POST:
    ``{seller_id, sku, action, quantity}`` and, as needed, ``marketplace_id`` (the
    seller's first one by default), ``center``, ``disposition``, ``reference``, ``to``
    and ``seconds`` (transfer), ``kind`` (hold, release, inbound). ``delist`` ends the
    listing: Amazon's inventory does not name the SKU any more.
    """
    simulation = exchange.simulation
    simulation.catch_up()
    if exchange.request.method == "POST":
        data = exchange.request.get_json(force=True)
        return Reply({"stock": [_record(_act(exchange, data))]})
    args = exchange.request.args
    sellers = [args["seller_id"]] if "seller_id" in args else [*simulation.sellers]
    body = {"stock": [], "events": []}
    for seller_id in sellers:
        _seller(exchange, seller_id)
        body["stock"] += [
            {"seller_id": seller_id, **_record(stock)}
            for stock in simulation.fba.stocks(seller_id)
            if args.get("sku") in (None, stock.item.sku)
        ]
        body["events"] += [
            {"seller_id": seller_id, **event.record()}
            for event in simulation.fba.events(seller_id)
            if args.get("sku") in (None, event.sku)
        ]
    if args.get("events") not in ("1", "true"):
        del body["events"]
    return Reply(body)


def _seller(exchange: Exchange, seller_id):
    seller = exchange.simulation.sellers.get(seller_id)
    if seller is None:
        raise ControlError("seller_id must name a seller of the world")
    return seller


def _act(exchange: Exchange, data: dict) -> Stock:
    data = dict(data)
    fba, seller_id = exchange.simulation.fba, data.pop("seller_id", None)
    seller = _seller(exchange, seller_id)
    action, quantity = data.pop("action", None), data.pop("quantity", 1)
    marketplace_id = data.pop("marketplace_id", seller.marketplace_ids[0])
    if action not in ACTIONS:
        raise ControlError(f"actions: {', '.join(ACTIONS)}")
    if not isinstance(quantity, int) or isinstance(quantity, bool) or quantity < 1:
        raise ControlError("quantity must be a positive whole number")
    stock = fba.find(seller_id, data.pop("sku", None), pool_of(marketplace_id))
    if stock is None:
        raise ControlError("Amazon does not fulfil this SKU there", 404)
    if action == "delist":
        stock.is_listed = False
        return stock
    if action in ("hold", "release"):
        fba.hold(stock, quantity if action == "hold" else -quantity, **data)
        return stock
    if action == "inbound":
        kind = data.pop("kind", "shipped")
        if kind not in INBOUND:
            raise ControlError(f"kind must be one of {INBOUND}")
        stock.inbound[kind] = quantity
        return stock
    act = {"find": fba.find_units, "return": fba.return_}.get(action)
    act = act or getattr(fba, action)
    data.setdefault("center", None)
    if action == "return":
        data.setdefault("disposition", None)
    act(seller_id, stock, quantity, **data)
    return stock


def _record(stock: Stock) -> dict:
    centers: dict[str, dict[str, int]] = {}
    for (center, disposition), units in sorted(stock.hand.items()):
        if units:
            centers.setdefault(center, {})[disposition] = units
    return {
        "sku": stock.item.sku,
        "fnsku": fnsku(stock.item.sku),
        "pool": stock.pool,
        "updated": format_time(stock.updated),
        "fulfillable": stock.fulfillable,
        "reserved": stock.reserved,
        "transit": stock.transit,
        "held": dict(stock.held),
        "inbound": dict(stock.inbound),
        "unsellable": dict(stock.unsellable),
        "total": stock.total,
        "centers": centers,
    }
