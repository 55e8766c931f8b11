"""The orders of a world, generated when they are read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from random import Random

from . import truth
from .arrivals import Arrivals, Step
from .draft import Draft, Drafter, Shop
from .model import CatalogItem, Event, OrderHead, OrderTruth, Seller
from .people import People
from .plan import Numbers, Planner
from .render import Renderer
from .scenarios import SCENARIOS, Profile
from .taxes import state_taxes

# Ids of other worlds decode to numbers that no clock reaches.
LIVE_ORDERS = 10_000_000


class Book:
    """Orders by position (oldest first) and by id, and the events to come.

    Holds a head per order; everything else is computed from the order's index each
    time, in less than a millisecond.
    """

    def __init__(
        self,
        name: str,
        seed: int | str,
        size: int,
        now: datetime,
        profile: Profile,
        sellers: tuple[Seller, ...],
        catalog: tuple[CatalogItem, ...],
    ) -> None:
        self._seed_text = seed_text = f"{name}/{seed}"
        self._numbers = Numbers(name, seed)
        deck = profile.deal(Random(f"{seed_text}/deck"))
        planner = Planner(profile, sellers, self._numbers, deck, now)
        self.heads = planner.heads(size, Random(f"{seed_text}/heads"))
        self._arrivals = Arrivals(
            seed_text, planner, self.heads, deck, profile.per_hour
        )
        items = {
            seller.seller_id: [
                item for item in catalog if item.seller_id == seller.seller_id
            ]
            for seller in sellers
        }
        self._known = {
            seller_id: frozenset(item.sku for item in of_seller if item.known)
            for seller_id, of_seller in items.items()
        }
        self._drafter = Drafter(
            seed_text,
            profile,
            People(seed_text, size, profile.countries),
            {seller.seller_id: seller for seller in sellers},
            {seller_id: Shop(of_seller) for seller_id, of_seller in items.items()},
        )
        self._renderer = Renderer(seed_text, self._numbers, now)

    def __len__(self) -> int:
        return len(self.heads)

    def __iter__(self) -> Iterator[OrderTruth]:
        return (self._build(head) for head in self.heads)

    def __getitem__(self, position: int) -> OrderTruth:
        return self._build(self.heads[position])

    def find(self, order_id: str) -> OrderTruth | None:
        """Return the order with this id, also one that has not arrived yet."""
        head = self._head(order_id)
        return head and self._build(head)

    def arrivals(self, since: datetime, until: datetime) -> list[Event]:
        """Return the events after ``since`` up to ``until``, oldest first."""
        return [self._event(step) for step in self._arrivals.between(since, until)]

    def _event(self, step: Step) -> Event:
        head = self._head_at(step.index)
        order = self._build(head) if step.action == "new" else None
        return Event(step.at, head.order_id, head.seller_id, step.action, order)

    def _head_at(self, index: int) -> OrderHead:
        if index < len(self.heads):
            return self.heads[index]
        return self._arrivals.head(index)

    def _head(self, order_id: str) -> OrderHead | None:
        index = self._numbers.index(order_id)
        if index is None or index >= len(self.heads) + LIVE_ORDERS:
            return None
        head = self._head_at(index)
        return head if head.order_id == order_id else None

    def _build(self, head: OrderHead) -> OrderTruth:
        original = None
        if head.replaces is not None:
            original = self._draft(self.heads[head.replaces])
        draft = self._draft(head, original)
        _ship(draft)
        completed = None
        if head.status in truth.WAITING:
            draft.head = replace(head, status="UNSHIPPED")
            draft.flags.discard("bare")
            completed = self._renderer.payload(draft)
            draft.head = head
            if _hides_prices(head):
                draft.flags.add("bare")
        original_id = original and original.head.order_id
        if head.scenario == "replacement" and original is None:
            original_id = self._numbers.earlier_id(head.index, head.order_id[:3])
        record = truth.from_draft(draft, self._numbers, self._known[head.seller_id])
        payload = self._renderer.payload(draft, original_id)
        return replace(record, payload=payload, completed=completed)

    def _draft(self, head: OrderHead, original: Draft | None = None) -> Draft:
        draft = self._drafter.draft(head, original)
        state_taxes(draft, Random(f"{self._seed_text}/tax/{head.index}"))
        return draft


def _hides_prices(head: OrderHead) -> bool:
    """Tell whether a pending order shows no prices; in Japan it shows them."""
    flags = SCENARIOS[head.scenario].flags
    if flags & {"bare", "priced"}:
        return "bare" in flags
    return head.country != "JP" and head.index % 2 == 0


def _ship(draft: Draft) -> None:
    """Set the shipped units of the lines from the order's state."""
    if draft.head.status == "SHIPPED":
        for line in draft.lines:
            line.shipped = line.quantity
    elif draft.head.status == "PARTIALLY_SHIPPED":
        first, *rest = draft.lines
        first.shipped = first.quantity
        for line in rest[:-1]:
            line.shipped = line.quantity // 2
