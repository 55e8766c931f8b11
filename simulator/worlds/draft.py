"""What was bought: the lines of an order with all their money, before writing.

Money is in minor units of the marketplace's currency. Charges are as the
marketplace states them (net where tax is extra, gross elsewhere); discounts are
negative here and get the marketplace's sign when they are written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from .data import names
from .data.markets import BY_COUNTRY, Market
from .model import CatalogItem, OrderHead, Seller
from .money import share
from .people import Address, Buyer, People, delivery_address
from .scenarios import SCENARIOS, Profile

# Charges in US cents; other marketplaces scale them by their price level.
GIFT_WRAP = 399
SHIPPING_BY_LEVEL = {
    "STANDARD": 499,
    "EXPEDITED": 999,
    "SECOND_DAY": 1299,
    "NEXT_DAY": 1899,
    "SAME_DAY": 1499,
    "FREE_ECONOMY": 0,
}
COD_FEE = 225
TIPS = (200, 300, 500)

# Tax rules that hold for sales to consumers only.
CONSUMERS_ONLY = frozenset({"cross_border", "ioss", "uoss", "uk_remitted"})


@dataclass(slots=True)
class Line:
    """One order item. ``taxes`` is None where Amazon states no tax at all."""

    item: CatalogItem
    quantity: int
    unit_price: int
    charges: dict[str, int]
    taxes: dict[str, int] | None = None
    promotions: list[str] = field(default_factory=list)
    gift_message: str | None = None
    gift_level: str | None = None
    business_price: bool = False
    remitted_by: str | None = None
    scheme: str | None = None
    shipped: int = 0

    @property
    def tax(self) -> int | None:
        """Sum of the line's taxes, None where Amazon states none."""
        return None if self.taxes is None else sum(self.taxes.values())


@dataclass(slots=True)
class Draft:
    """An order, decided but not yet written as a payload."""

    head: OrderHead
    market: Market
    seller: Seller
    flags: set[str]
    buyer: Buyer
    address: Address
    service_level: str
    lines: list[Line]
    tip: int = 0

    @property
    def tax_is_extra(self) -> bool:
        """Whether TAX comes on top of the charges."""
        return self.market.tax == "extra"

    def line_total(self, line: Line) -> int:
        """Return what the buyer pays for a line."""
        extra = (line.tax or 0) if self.tax_is_extra else 0
        return sum(line.charges.values()) + extra

    def total(self) -> int:
        """Return Amazon's grand total."""
        return sum(self.line_total(line) for line in self.lines) + self.tip


def scaled(cents: int, market: Market) -> int:
    """Convert US cents into a charge of the marketplace, without charm."""
    if market.currency == "JPY":
        return cents * market.price_level // 10**4 // 10 * 10
    return cents * market.price_level // 100


class Shop:
    """What one seller offers, sorted for drawing."""

    def __init__(self, items: list[CatalogItem]) -> None:
        known = [item for item in items if item.known]
        channels: dict[str, set[str]] = {}
        for item in known:
            channels.setdefault(item.sku, set()).add(item.fulfillment_channel)
        self._by_kind: dict[tuple[str, str], list[CatalogItem]] = {}
        for item in items:
            kinds = ["any"] if item.known else ["stray"]
            if item.known and item.tracking == "lot":
                kinds.append("lot")
            if item.known and len(channels[item.sku]) > 1:
                kinds.append("dual")
            for kind in kinds:
                key = (item.fulfillment_channel, kind)
                self._by_kind.setdefault(key, []).append(item)

    def choose(self, channel: str, kind: str, rng: Random) -> CatalogItem:
        """Draw one item of a kind: any, lot, dual, stray."""
        return rng.choice(self._by_kind[channel, kind])

    def several(self, channel: str, count: int, rng: Random) -> list[CatalogItem]:
        """Draw items; each once while they last, then some again."""
        items = self._by_kind[channel, "any"]
        picked = rng.sample(items, min(count, len(items)))
        return picked + rng.choices(items, k=count - len(picked))


class Drafter:
    """Turns heads into drafts."""

    def __init__(
        self,
        seed_text: str,
        profile: Profile,
        people: People,
        sellers: Mapping[str, Seller],
        shops: Mapping[str, Shop],
    ) -> None:
        self._seed_text, self._profile, self._people = seed_text, profile, people
        self._sellers, self._shops = sellers, shops

    def draft(self, head: OrderHead, original: Draft | None = None) -> Draft:
        """Return what the order ``head`` contains, taxes not yet stated.

        :param original: for a replacement, the order that it replaces
        """
        rng = Random(f"{self._seed_text}/what/{head.index}")
        flags = self._flags(head, rng)
        market = BY_COUNTRY[head.country]
        buyer = original.buyer if original else self._people.buyer(head, flags, market)
        if buyer.company:
            flags.add("business")
        draft = Draft(
            head=head,
            market=market,
            seller=self._sellers[head.seller_id],
            flags=flags,
            buyer=buyer,
            address=delivery_address(buyer, flags, rng),
            service_level=_service_level(flags, rng),
            lines=[],
        )
        if original:
            draft.address = dict(original.address)
            draft.lines = [_free_of_charge(original.lines[0])]
            return draft
        draft.lines = self._lines(draft, rng)
        if "replacement" in flags:
            draft.lines = [_free_of_charge(line) for line in draft.lines]
        else:
            _add_charges(draft, rng)
        return draft

    def _flags(self, head: OrderHead, rng: Random) -> set[str]:
        fixed = SCENARIOS[head.scenario].flags
        extras = {
            flag
            for flag, chance in self._profile.extras.items()
            if rng.random() * 100 < chance
        }
        if fixed & CONSUMERS_ONLY:
            extras.discard("business")
        if (extras | fixed) & {"shipping", "tip"} and "prime" not in fixed:
            # Whoever has Prime does not pay for delivery.
            extras.discard("prime")
        elif "prime" in fixed:
            extras.discard("shipping")
        return extras | fixed

    def _lines(self, draft: Draft, rng: Random) -> list[Line]:
        scenario = SCENARIOS[draft.head.scenario]
        low, high = scenario.lines or ((1, 1) if rng.random() < 0.8 else (2, 3))
        count = rng.randint(low, high)
        shop = self._shops[draft.head.seller_id]
        items = shop.several(draft.head.fulfilled_by, count, rng)
        for kind, flag in (("lot", "lot"), ("dual", "dual"), ("stray", "unknown_sku")):
            if flag in draft.flags:
                items[0] = shop.choose(draft.head.fulfilled_by, kind, rng)
        return [_priced_line(item, draft, rng) for item in items]


def _service_level(flags: set[str], rng: Random) -> str:
    if "tip" in flags:
        return "SAME_DAY"
    if "prime" in flags:
        return rng.choice(("NEXT_DAY", "SECOND_DAY"))
    if "shipping" in flags:
        return rng.choice(("STANDARD", "STANDARD", "EXPEDITED"))
    return rng.choice(("STANDARD", "STANDARD", "FREE_ECONOMY"))


def _priced_line(item: CatalogItem, draft: Draft, rng: Random) -> Line:
    market = draft.market
    low, high = SCENARIOS[draft.head.scenario].quantity or (
        (1, 1) if rng.random() < 0.85 else (2, 4)
    )
    quantity = rng.randint(low, high)
    offer = item.offer(market.id)
    unit = int(offer.price.replace(".", "")) if offer else 0
    amount = unit * quantity
    if "indivisible" in draft.flags:
        # A quantity price is agreed for the whole line: 10.00 for 3 is 3.33 each.
        quantity = max(quantity, 3)
        amount = unit * quantity * 9 // 10
        while amount % quantity == 0:
            amount += 1
        unit = share(amount, 1, quantity)
    return Line(
        item=item,
        quantity=quantity,
        unit_price=unit,
        charges={"item": amount},
        business_price="indivisible" in draft.flags and "business" in draft.flags,
    )


def _free_of_charge(line: Line) -> Line:
    return Line(line.item, line.quantity, 0, {"item": 0})


def _add_charges(draft: Draft, rng: Random) -> None:
    """Add shipping, gifts, discounts and fees to the lines."""
    market, flags, lines = draft.market, draft.flags, draft.lines
    if "shipping" in flags:
        fee = scaled(SHIPPING_BY_LEVEL[draft.service_level] or 499, market)
        for line, part in zip(lines, _spread(fee, len(lines)), strict=True):
            line.charges["shipping"] = part
    if "gift" in flags or "gift_message" in flags:
        _wrap(draft, rng)
    if "item_promotion" in flags:
        percent = rng.choice((5, 10, 15, 20, 33))
        for line in lines:
            line.charges["discount"] = -share(line.charges["item"], percent, 100)
            line.promotions.append(f"PLCC-{market.country}-SAVE{percent}-OFF-ITEM")
    if "shipping_promotion" in flags:
        for line in lines:
            line.charges["shipping_discount"] = -line.charges["shipping"]
            line.promotions.append(f"Free Shipping {market.country} {len(lines)}")
    if "cod" in flags:
        lines[0].charges["cod_fee"] = scaled(COD_FEE, market)
    if "tip" in flags:
        draft.tip = rng.choice(TIPS)


def _wrap(draft: Draft, rng: Random) -> None:
    message = names.GIFT_MESSAGES[draft.market.language]
    for line in draft.lines[: rng.randint(1, len(draft.lines))]:
        line.gift_message = message
        if "gift" in draft.flags:
            line.gift_level = "Classic"
            line.charges["gift_wrap"] = scaled(GIFT_WRAP, draft.market)


def _spread(amount: int, parts: int) -> list[int]:
    """Split an amount over lines so that the parts sum to it."""
    each, rest = divmod(amount, parts)
    return [each + (place < rest) for place in range(parts)]
