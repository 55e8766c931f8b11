"""Orders that a buyer places for one chosen product."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from random import Random

from . import truth
from .data.markets import MARKETS
from .draft import Draft, Line
from .model import CatalogItem, OrderHead, OrderTruth, World
from .people import People, delivery_address
from .plan import Numbers, milliseconds
from .render import Renderer
from .scenarios import MERCHANT, PROFILES
from .taxes import state_taxes

SCENARIO = "purchase"
# So many buyers that some come back.
BUYERS = 400


class Purchases:
    """Writes the orders of buyers who choose what they buy.

    :param world: gives the sellers and the countries
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._seed_text = f"{world.name}/{world.seed}/purchases"
        self._numbers = Numbers(f"{world.name}/purchases", world.seed)
        countries = PROFILES[world.name].countries
        self._people = People(self._seed_text, BUYERS, countries)
        self._renderer = Renderer(self._seed_text, self._numbers, world.now)
        self._sellers = {seller.seller_id: seller for seller in world.sellers}
        self._count = 0

    def place(
        self,
        item: CatalogItem,
        marketplace_id: str,
        quantity: int,
        at: datetime,
        status: str = "UNSHIPPED",
    ) -> OrderTruth:
        """Return the order of ``quantity`` units, placed at ``at``.

        :param item: with its offer in the marketplace; shipped by the merchant
        :param status: UNSHIPPED or PENDING; every other pending order hides prices
        """
        index, self._count = self._count, self._count + 1
        draft = self._draft(index, item, marketplace_id, quantity, at)
        completed = None
        if status == "PENDING":
            completed = self._renderer.payload(draft)
            draft.head = replace(draft.head, status="PENDING")
            if index % 2 and draft.market.country != "JP":
                draft.flags.add("bare")
        known = self._world.known_skus(item.seller_id)
        record = truth.from_draft(draft, self._numbers, known)
        payload = self._renderer.payload(draft)
        return replace(record, payload=payload, completed=completed)

    def _draft(
        self,
        index: int,
        item: CatalogItem,
        marketplace_id: str,
        quantity: int,
        at: datetime,
    ) -> Draft:
        market = MARKETS[marketplace_id]
        rng = Random(f"{self._seed_text}/what/{index}")
        prefix = market.order_prefixes[index % len(market.order_prefixes)]
        at = milliseconds(at)
        head = OrderHead(
            index=index,
            order_id=self._numbers.order_id(index, prefix),
            seller_id=item.seller_id,
            marketplace_id=marketplace_id,
            created=at,
            updated=at,
            status="UNSHIPPED",
            fulfilled_by=MERCHANT,
            scenario=SCENARIO,
            country=market.country,
        )
        flags: set[str] = set()
        buyer = self._people.buyer(head, flags, market)
        if buyer.company:
            flags.add("business")
        price = item.offer(marketplace_id).price
        unit = int(price.replace(".", ""))
        draft = Draft(
            head=head,
            market=market,
            seller=self._sellers[item.seller_id],
            flags=flags,
            buyer=buyer,
            address=delivery_address(buyer, flags, rng),
            service_level="STANDARD",
            lines=[Line(item, quantity, unit, {"item": unit * quantity})],
        )
        state_taxes(draft, Random(f"{self._seed_text}/tax/{index}"))
        return draft
