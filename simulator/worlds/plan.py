"""Who, where, when and in which state: the heads of a world's orders."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random

from .data.markets import BY_COUNTRY, Market
from .model import OrderHead, Seller
from .scenarios import AMAZON, MERCHANT, Profile, Scenario

# Order numbers are a bijection of the order's index: unique without a register.
ID_SPACE = 10**14
ID_STEP = 47_055_833_459
ID_STEP_INVERSE = pow(ID_STEP, -1, ID_SPACE)

# Multi-channel orders, which Amazon ships for other shops.
OUTSIDE = ("S01", "S02")

# Amazon never shows an update younger than two minutes.
QUIET = timedelta(minutes=3)

# How long the last update follows the creation, at most.
UPDATE_SPANS = {
    "PENDING_AVAILABILITY": timedelta(minutes=3),
    "PENDING": timedelta(minutes=3),
    "UNSHIPPED": timedelta(minutes=40),
    "CANCELLED": timedelta(hours=20),
}
SHIPPING_SPAN = timedelta(hours=40)


def milliseconds(moment: datetime) -> datetime:
    """Drop what Amazon's timestamps do not carry."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class Numbers:
    """Order and order item ids of one world, computed from indexes."""

    def __init__(self, name: str, seed: int | str) -> None:
        self._shift = Random(f"{name}/{seed}/ids").randrange(ID_SPACE)

    def order_id(self, index: int, prefix: str) -> str:
        """Return Amazon's 3-7-7 order id."""
        number = (index * ID_STEP + self._shift) % ID_SPACE
        return f"{prefix}-{number // 10**7:07d}-{number % 10**7:07d}"

    def earlier_id(self, index: int, prefix: str) -> str:
        """Return the id of an order from before the world's time."""
        return self.order_id(ID_SPACE - 1 - index, prefix)

    def index(self, order_id: str) -> int | None:
        """Return the index that ``order_id`` was made from, if it has the form."""
        digits = order_id[-15:].replace("-", "")
        if len(digits) != 14 or not digits.isdecimal():
            return None
        return (int(digits) - self._shift) * ID_STEP_INVERSE % ID_SPACE

    def item_id(self, index: int, line: int) -> str:
        """Return the id of a line; an order has less than 64 lines."""
        number = (index * 64 + line) * ID_STEP + self._shift
        return f"{number % ID_SPACE:014d}"


class Planner:
    """Draws heads for one world."""

    def __init__(
        self,
        profile: Profile,
        sellers: tuple[Seller, ...],
        numbers: Numbers,
        deck: list[Scenario],
        now: datetime,
    ) -> None:
        self.profile, self.numbers, self.deck, self.now = profile, numbers, deck, now
        self._seller = {
            market: seller.seller_id
            for seller in sellers
            for market in seller.marketplace_ids
        }
        self._countries = list(profile.countries)
        self._shares = list(accumulate(profile.countries.values()))

    def heads(self, size: int, rng: Random) -> list[OrderHead]:
        """Return ``size`` heads, oldest first."""
        drawn = [
            self._draw(self.deck[place % len(self.deck)], rng) for place in range(size)
        ]
        drawn.sort(key=lambda head: head.created)
        heads = [self._numbered(head, index) for index, head in enumerate(drawn)]
        self._link_replacements(heads)
        return heads

    def arriving(
        self, index: int, at: datetime, status: str, scenario: Scenario, rng: Random
    ) -> OrderHead:
        """Return the head of an order placed at ``at``, after the world's now."""
        market = self._market(scenario, rng)
        head = self._head(
            scenario, market, at, at, status, self._channel(scenario, rng)
        )
        return self._numbered(head, index)

    def _numbered(self, head: OrderHead, index: int) -> OrderHead:
        outside = head.marketplace_id is None
        prefixes = OUTSIDE if outside else BY_COUNTRY[head.country].order_prefixes
        prefix = prefixes[index % len(prefixes)]
        order_id = self.numbers.order_id(index, prefix)
        return replace(head, index=index, order_id=order_id)

    def _head(
        self,
        scenario: Scenario,
        market: Market,
        created: datetime,
        updated: datetime,
        status: str,
        channel: str,
    ) -> OrderHead:
        outside = "mcf" in scenario.flags
        return OrderHead(
            index=0,
            order_id="",
            seller_id=self._seller[market.id],
            marketplace_id=None if outside else market.id,
            created=milliseconds(created),
            updated=milliseconds(updated),
            status=status,
            fulfilled_by=channel,
            scenario=scenario.name,
            country=market.country,
        )

    def _draw(self, scenario: Scenario, rng: Random) -> OrderHead:
        market = self._market(scenario, rng)
        channel = self._channel(scenario, rng)
        oldest = min(
            scenario.max_age or timedelta(days=self.profile.days),
            timedelta(days=self.profile.days),
        )
        age = scenario.min_age + (oldest - scenario.min_age) * rng.random()
        status = scenario.status or _status(age, channel, rng)
        created = self.now - age
        span = min(UPDATE_SPANS.get(status, SHIPPING_SPAN), age - QUIET)
        updated = created + span * (0.1 + 0.9 * rng.random())
        if self.profile.coarse_times:
            created = created.replace(second=0, microsecond=0)
            updated = updated.replace(second=0, microsecond=0)
        return self._head(scenario, market, created, updated, status, channel)

    def _market(self, scenario: Scenario, rng: Random) -> Market:
        if scenario.countries:
            shares = self.profile.countries
            allowed = [code for code in scenario.countries if code in shares]
            weights = [shares[code] for code in allowed]
            return BY_COUNTRY[rng.choices(allowed, weights)[0]]
        return BY_COUNTRY[rng.choices(self._countries, cum_weights=self._shares)[0]]

    def _channel(self, scenario: Scenario, rng: Random) -> str:
        by_amazon = rng.random() * 100 < self.profile.by_amazon
        return scenario.fulfilled_by or (AMAZON if by_amazon else MERCHANT)

    def _link_replacements(self, heads: list[OrderHead]) -> None:
        latest: dict[str | None, int] = {}
        for index, head in enumerate(heads):
            if head.scenario == "replacement":
                original = latest.get(head.marketplace_id)
                heads[index] = replace(head, replaces=original)
            elif _replaceable(head):
                latest[head.marketplace_id] = index


def _replaceable(head: OrderHead) -> bool:
    # What only Amazon stocks, the merchant cannot send again.
    sent = head.status == "SHIPPED" and head.fulfilled_by == MERCHANT
    return sent and head.scenario in ("plain", "two_lines")


def _status(age: timedelta, channel: str, rng: Random) -> str:
    """Draw the state that an ordinary order of this age is in."""
    hours = age / timedelta(hours=1)
    if hours < 0.75:
        return "PENDING" if rng.random() < 0.5 else "UNSHIPPED"
    if hours < 12:
        return "UNSHIPPED"
    if channel == AMAZON:
        chance = (hours - 6) / 30
    else:
        chance = min(0.98, (hours - 6) / 60)
    return "SHIPPED" if rng.random() < chance else "UNSHIPPED"
