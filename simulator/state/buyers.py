"""Buyers who order what the listings offer, and only while the quantity allows it."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from ..clock import parse_time
from ..errors import ControlError
from ..marketplaces import MARKETPLACES
from ..worlds import Purchases
from .listings import Listing, Stock

STATUSES = ("UNSHIPPED", "PENDING")


@dataclass(frozen=True, slots=True)
class Purchase:
    """Units that a buyer ordered."""

    seller_id: str
    sku: str
    scope: str
    quantity: int


class Buyers:
    """Everybody who buys from the sellers of one simulation."""

    def __init__(self, simulation):
        self._simulation = simulation
        self._purchases = Purchases(simulation.world)
        self._bought: dict[str, Purchase] = {}
        simulation.orders.watchers.append(self.follow)

    def buy(
        self,
        listing: Listing,
        marketplace_id: str,
        quantity: int,
        status: str,
        request_id: str | None,
    ) -> dict[str, Any]:
        """Order units of a listing; the answer has ``order_id`` or ``reason``."""
        simulation = self._simulation
        now = simulation.clock.now()
        scope = listing.scope(marketplace_id)
        answer = {
            "seller_id": listing.seller_id,
            "sku": listing.sku,
            "marketplace_id": marketplace_id,
            "quantity": quantity,
        }
        item = listing.sold_item(marketplace_id, now)
        on_hand = listing.live.quantity(scope)
        reason = None
        if item is None:
            reason = "not offered in this marketplace"
        elif on_hand is None:
            reason = "fulfilled by Amazon"
        elif listing.suppressed:
            reason = "suppressed"
        elif quantity > on_hand:
            reason = f"only {on_hand} available"
        if reason is not None:
            return {**answer, "reason": reason}
        truth = self._purchases.place(item, marketplace_id, quantity, now, status)
        entry = simulation.orders.add(truth)
        self._bought[entry.order_id] = Purchase(
            listing.seller_id, listing.sku, scope, quantity
        )
        listing.stock.setdefault(scope, Stock()).accepted += quantity
        listing.move_stock(
            scope, -quantity, now, "sale", request_id, order_id=entry.order_id
        )
        return {**answer, "order_id": entry.order_id, "status": status}

    def visit(
        self,
        seller_ids: list[str],
        attempts: int,
        rng: Random,
        request_id: str | None,
        *,
        skus: list[str] | None = None,
        pending: float = 0.3,
        most: int = 3,
    ) -> list[dict[str, Any]]:
        """Let buyers try to order at random.

        :param skus: only these; None = everything the merchant fulfils
        :param pending: share of the orders whose payment is not yet authorised
        :param most: units of one order
        """
        shelf = [
            (listing, id_)
            for seller_id in seller_ids
            for listing in self._offered(seller_id, skus)
            for id_ in listing.live.marketplaces
            if listing.live.quantity(listing.scope(id_)) is not None
        ]
        if not shelf:
            raise ControlError("nothing there that a merchant fulfils")
        answers = []
        for _ in range(attempts):
            listing, id_ = rng.choice(shelf)
            quantity = rng.randint(1, most)
            status = STATUSES[rng.random() < pending]
            answers.append(self.buy(listing, id_, quantity, status, request_id))
        return answers

    def _offered(self, seller_id: str, skus: list[str] | None) -> list[Listing]:
        desk = self._simulation.listings
        if skus is None:
            return desk.of(seller_id)
        found = (desk.get(seller_id, sku) for sku in skus)
        return [listing for listing in found if listing is not None]

    def follow(self, entry) -> None:
        """Give units back when a pending order ends.

        :param entry: an order of the order store that has just changed
        """
        purchase = self._bought.get(entry.order_id)
        if purchase is None or entry.status != "CANCELLED":
            return
        before = entry.previous["fulfillment"]["fulfillmentStatus"]
        if before == "CANCELLED":
            return
        listing = self._simulation.listings.get(purchase.seller_id, purchase.sku)
        stock = listing.stock.setdefault(purchase.scope, Stock())
        stock.cancelled += purchase.quantity
        if before != "PENDING" or not self._simulation.settings.restock_on_cancel:
            return
        if listing.live.quantity(purchase.scope) is None:
            return
        listing.move_stock(
            purchase.scope,
            purchase.quantity,
            parse_time(entry.truth.payload["lastUpdatedTime"]),
            "restock",
            None,
            order_id=entry.order_id,
        )


def default_marketplace(listing: Listing) -> str:
    """Return the first marketplace in which a listing is offered.

    :raise ControlError: when it is offered nowhere
    """
    for id_ in listing.live.marketplaces:
        if id_ in MARKETPLACES:
            return id_
    raise ControlError(f"{listing.sku} is offered nowhere", 409)
