"""``/_sim/``: buyers, stock and listings behind Amazon's back."""

from __future__ import annotations

from random import Random

from ..errors import ControlError
from ..exchange import Exchange, Reply
from ..state.buyers import STATUSES, default_marketplace
from ..state.listings import Listing, Stock
from .control import read_json


def buy(exchange: Exchange) -> Reply:
    """Let buyers order one SKU.

    ``{seller_id, sku, marketplace_id?, quantity?, count?, status?}``: ``count`` orders
    of ``quantity`` units, UNSHIPPED or PENDING
    """
    fields = {"seller_id", "sku", "marketplace_id", "quantity", "count", "status"}
    data = read_json(exchange, fields)
    simulation = exchange.simulation
    simulation.catch_up()
    listing = _listing(exchange, data["seller_id"], data["sku"])
    marketplace_id = data.get("marketplace_id") or default_marketplace(listing)
    status = data.get("status", "UNSHIPPED")
    quantity = int(data.get("quantity", 1))
    if status not in STATUSES or quantity < 1:
        raise ControlError("status must be UNSHIPPED or PENDING, quantity positive")
    if marketplace_id not in _seller(exchange, data["seller_id"]).marketplace_ids:
        raise ControlError(f"the seller does not sell in {marketplace_id}")
    return _sales(
        [
            simulation.buyers.buy(
                listing, marketplace_id, quantity, status, exchange.request_id
            )
            for _ in range(int(data.get("count", 1)))
        ]
    )


def buyers(exchange: Exchange) -> Reply:
    """Let buyers order at random.

    ``{attempts, seed, seller_id?, skus?, pending?, most?}``: ``pending`` is the share
    of orders not yet authorised (0.3), ``most`` the largest number of units (3)
    """
    fields = {"attempts", "seed", "seller_id", "skus", "pending", "most"}
    data = read_json(exchange, fields)
    simulation = exchange.simulation
    simulation.catch_up()
    sellers = list(simulation.sellers)
    if "seller_id" in data:
        sellers = [_seller(exchange, data["seller_id"]).seller_id]
    return _sales(
        simulation.buyers.visit(
            sellers,
            int(data["attempts"]),
            Random(f"buyers/{data.get('seed', 0)}"),
            exchange.request_id,
            skus=data.get("skus"),
            pending=float(data.get("pending", 0.3)),
            most=int(data.get("most", 3)),
        )
    )


def _sales(answers: list[dict]) -> Reply:
    accepted = [answer for answer in answers if "order_id" in answer]
    refused = [answer for answer in answers if "reason" in answer]
    return Reply(
        {
            "accepted": accepted,
            "refused": refused,
            "units": sum(answer["quantity"] for answer in accepted),
        }
    )


def stock(exchange: Exchange) -> Reply:
    """Return what buyers can buy now, and how it came (``seller_id, sku, history``).

    ``history=0`` leaves the history out. Listings that Amazon alone fulfils are not
    listed.
    """
    simulation, args = exchange.simulation, exchange.request.args
    simulation.catch_up()
    with_history = args.get("history", "1") not in ("0", "false")
    sellers = [args["seller_id"]] if "seller_id" in args else list(simulation.sellers)
    rows = []
    for seller_id in sellers:
        listings = simulation.listings.of(_seller(exchange, seller_id).seller_id)
        if "sku" in args:
            listings = [_listing(exchange, seller_id, args["sku"])]
        for listing in listings:
            rows += _rows(listing, with_history)
    return Reply({"count": len(rows), "stock": rows})


def _rows(listing: Listing, with_history: bool) -> list[dict]:
    rows = []
    for scope in listing.live.availability.keys() | listing.stock.keys():
        stock = listing.stock.get(scope)
        quantity = listing.live.quantity(scope)
        if quantity is None and stock is None:
            continue
        stock = stock or Stock()
        row = {
            "seller_id": listing.seller_id,
            "sku": listing.sku,
            "marketplace_id": scope,
            "quantity": quantity or 0,
            "accepted": {"total": stock.accepted, "cancelled": stock.cancelled},
        }
        if with_history:
            row["history"] = stock.history
        rows.append(row)
    return sorted(rows, key=lambda row: row["marketplace_id"])


_WORDS = frozenset(("issues", "refusal", "losses"))


def listings(exchange: Exchange) -> Reply:
    """Add listings, or change one as Seller Central or Amazon itself would.

    ``{seller_id, count, marketplace_ids?, quantity?}`` adds merchant-fulfilled SKUs
    BULK-00001, BULK-00002 …, with ``skus`` instead of ``count`` those; ``{seller_id,
    sku, quantity, marketplace_id?}`` sets a quantity; ``{seller_id, sku, issues}``
    replaces Amazon's own issues, ``refusal`` those that every submission gets;
    ``losses`` is how many accepted ones get lost
    """
    fields = {"seller_id", "count", "skus", "marketplace_ids", "sku", "quantity"}
    data = read_json(exchange, fields | {"marketplace_id", *_WORDS})
    simulation = exchange.simulation
    seller = _seller(exchange, data["seller_id"])
    if "count" in data or "skus" in data:
        names = data.get("skus")
        added = simulation.add_listings(
            seller,
            len(names) if names else int(data["count"]),
            data.get("marketplace_ids"),
            data.get("quantity"),
            names,
        )
        skus = [listing.sku for listing in added]
        return Reply({"count": len(skus), "first": skus[:1], "last": skus[-1:]})
    listing = _listing(exchange, seller.seller_id, data["sku"])
    for name in _WORDS & data.keys():
        setattr(listing, name, data[name])
    if "quantity" in data:
        id_ = data.get("marketplace_id") or default_marketplace(listing)
        simulation.set_quantity(listing, id_, int(data["quantity"]))
    words = {name: getattr(listing, name) for name in sorted(_WORDS)}
    return Reply({"stock": _rows(listing, True), **words})


def _seller(exchange: Exchange, seller_id: str):
    seller = exchange.simulation.sellers.get(seller_id)
    if seller is None:
        raise ControlError("seller_id must name a seller of the world")
    return seller


def _listing(exchange: Exchange, seller_id: str, sku: str) -> Listing:
    listing = exchange.simulation.listings.get(seller_id, sku)
    if listing is None:
        raise ControlError(f"the seller has no SKU {sku}", 404)
    return listing
