"""What kinds of orders exist, and how often each world contains them.

A scenario fixes what makes an order special; everything it leaves open is drawn at
random. Each world deals its orders from a deck of scenarios, so that a world of at
least one deck's length contains every kind, in exact proportion.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

TAX_CONTAINED = ("DE", "FR")
MERCHANT, AMAZON = "MERCHANT", "AMAZON"


@dataclass(frozen=True, slots=True)
class Scenario:
    """One kind of order.

    ``countries`` limits the marketplaces, ``max_age`` (from the world's ``now``)
    the time of creation. ``lines`` and ``quantity`` are inclusive ranges. ``flags``
    are words that the other modules of this package look for.
    """

    name: str
    flags: frozenset[str] = frozenset()
    countries: tuple[str, ...] = ()
    fulfilled_by: str | None = None
    status: str | None = None
    max_age: timedelta | None = None
    lines: tuple[int, int] | None = None
    quantity: tuple[int, int] | None = None
    min_age: timedelta = timedelta(minutes=5)

    @property
    def can_arrive(self) -> bool:
        """Tell whether such an order can be placed while the clock runs."""
        return self.status is None and "replacement" not in self.flags


def _scenario(name: str, flags: str = "", **options: object) -> Scenario:
    return Scenario(name, frozenset(flags.split()), **options)  # type: ignore[arg-type]


HOURS = timedelta(hours=1)

SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        _scenario("plain"),
        _scenario("two_lines", lines=(2, 2)),
        _scenario("multi_line", lines=(3, 7)),
        _scenario("multi_quantity", quantity=(2, 6)),
        _scenario("thirty_five_lines", lines=(35, 35), fulfilled_by=MERCHANT),
        _scenario("indivisible_price", "indivisible", lines=(1, 2)),
        _scenario("item_promotion", "item_promotion"),
        _scenario("shipping_promotion", "shipping shipping_promotion"),
        _scenario("all_promotions", "item_promotion shipping shipping_promotion"),
        _scenario("shipping", "shipping", lines=(1, 3)),
        _scenario("gift", "gift", fulfilled_by=MERCHANT),
        _scenario("gift_message_only", "gift_message"),
        _scenario("business", "business"),
        _scenario("business_quantity_price", "business indivisible", quantity=(3, 9)),
        _scenario("prime", "prime"),
        _scenario("subscribe_and_save", "subscribe", fulfilled_by=AMAZON),
        _scenario(
            "pending_priced",
            "priced",
            status="PENDING",
            max_age=6 * HOURS,
        ),
        _scenario("pending_bare", "bare", status="PENDING", max_age=6 * HOURS),
        _scenario(
            "pending_store_payment",
            "priced convenience_store",
            countries=("JP",),
            status="PENDING",
            max_age=100 * HOURS,
        ),
        _scenario(
            "preorder",
            "bare preorder",
            fulfilled_by=MERCHANT,
            status="PENDING_AVAILABILITY",
            max_age=240 * HOURS,
        ),
        _scenario("cancelled", "emptied", status="CANCELLED", min_age=HOURS),
        _scenario("cancelled_with_prices", status="CANCELLED", min_age=HOURS),
        _scenario(
            "cancel_requested",
            "cancel_request",
            fulfilled_by=MERCHANT,
            status="UNSHIPPED",
            max_age=30 * HOURS,
            min_age=HOURS,
        ),
        _scenario(
            "partially_shipped",
            fulfilled_by=MERCHANT,
            status="PARTIALLY_SHIPPED",
            max_age=60 * HOURS,
            min_age=8 * HOURS,
            lines=(2, 4),
            quantity=(1, 3),
        ),
        _scenario(
            "unshipped",
            fulfilled_by=MERCHANT,
            status="UNSHIPPED",
            max_age=36 * HOURS,
            min_age=HOURS,
        ),
        _scenario(
            "replacement",
            "replacement",
            fulfilled_by=MERCHANT,
            max_age=120 * HOURS,
            min_age=HOURS,
        ),
        _scenario("unknown_sku", "unknown_sku", lines=(1, 2)),
        _scenario("partly_unknown_sku", "unknown_sku", lines=(2, 3)),
        _scenario("emoji_name", "emoji"),
        _scenario("rtl_name", "rtl"),
        _scenario("hostile_name", "hostile"),
        _scenario("long_address", "long_address", fulfilled_by=MERCHANT),
        _scenario("no_pii", "no_pii"),
        _scenario("pickup_point", "pickup", fulfilled_by=MERCHANT),
        _scenario("lot_tracked", "lot", fulfilled_by=AMAZON),
        _scenario("dual_sku_merchant", "dual", fulfilled_by=MERCHANT),
        _scenario("dual_sku_amazon", "dual", fulfilled_by=AMAZON),
        _scenario("multi_channel", "mcf", fulfilled_by=AMAZON),
        _scenario(
            "multi_channel_unfulfillable",
            "mcf",
            fulfilled_by=AMAZON,
            status="UNFULFILLABLE",
        ),
        _scenario("delivery_tip", "tip", countries=("US",), fulfilled_by=MERCHANT),
        _scenario("half_tax_discount", "ambiguous", countries=("US",)),
        _scenario("business_vat", "business vat", countries=("DE", "FR", "IT", "ES")),
        _scenario("reverse_charge", "business vat reverse", countries=TAX_CONTAINED),
        _scenario("cross_border", "cross_border", countries=TAX_CONTAINED),
        _scenario("ioss", "ioss", countries=TAX_CONTAINED, fulfilled_by=MERCHANT),
        _scenario("uoss", "uoss", countries=TAX_CONTAINED, fulfilled_by=AMAZON),
        _scenario("uk_remitted", "uk_remitted", countries=("GB",)),
        _scenario("cash_on_delivery", "cod", countries=("JP",), fulfilled_by=MERCHANT),
    )
}

# One of each, so that a deck contains every kind that its marketplaces know.
EVERY_KIND = {name: 1 for name in SCENARIOS if name != "half_tax_discount"}

# Chances in percent that an order gets a flag besides those of its scenario.
USUAL_EXTRAS = {
    "shipping": 22,
    "item_promotion": 9,
    "prime": 30,
    "business": 5,
    "gift_message": 2,
    "other_recipient": 10,
}


@dataclass(frozen=True, slots=True)
class Profile:
    """The mixture of one world.

    ``accounts`` lists (region, {country: share of the orders}). ``days`` is how far
    back orders go, ``by_amazon`` the percentage fulfilled by Amazon, ``per_hour``
    the number of orders arriving while the clock runs. ``coarse_times`` makes many
    orders share their lastUpdatedTime. ``entities`` > 0: the accounts are the home
    accounts of so many legal entities.
    """

    size: int
    accounts: tuple[tuple[str, dict[str, int]], ...]
    deck: dict[str, int]
    days: int = 14
    by_amazon: int = 40
    per_hour: int = 20
    extras: dict[str, int] = field(default_factory=lambda: dict(USUAL_EXTRAS))
    coarse_times: bool = False
    entities: int = 0

    @property
    def countries(self) -> dict[str, int]:
        """Share of the orders by country of marketplace."""
        return {
            country: share
            for _region, shares in self.accounts
            for country, share in shares.items()
        }

    def deal(self, rng: Random) -> list[Scenario]:
        """Return the shuffled deck, without what its marketplaces cannot contain."""
        cards = [
            SCENARIOS[name]
            for name, count in self.deck.items()
            if not SCENARIOS[name].countries
            or set(SCENARIOS[name].countries) & set(self.countries)
            for _ in range(count)
        ]
        rng.shuffle(cards)
        return cards


NORTH_AMERICA = ("na", {"US": 40, "CA": 8, "MX": 5})
EUROPEAN_UNION = ("eu", {"DE": 18, "FR": 9, "IT": 7, "ES": 6, "GB": 12})
FAR_EAST = ("fe", {"JP": 12})

PROFILES = {
    "demo": Profile(
        size=300,
        accounts=(NORTH_AMERICA, EUROPEAN_UNION, FAR_EAST),
        deck=EVERY_KIND
        | {"plain": 52, "two_lines": 12, "unshipped": 14, "multi_quantity": 4}
        | {"business_vat": 3, "cancel_requested": 2, "hostile_name": 0},
    ),
    "busy": Profile(
        size=5000,
        accounts=(("na", {"US": 55}), ("eu", {"DE": 30, "GB": 15})),
        deck={"plain": 40, "two_lines": 40, "multi_line": 8, "multi_quantity": 6}
        | {"shipping": 2, "item_promotion": 2, "cancelled": 1, "pending_bare": 1},
        days=30,
        by_amazon=30,
        per_hour=600,
        coarse_times=True,
    ),
    "eu-vat": Profile(
        size=400,
        accounts=(("eu", {"DE": 30, "FR": 20, "IT": 20, "ES": 15, "GB": 15}),),
        deck=EVERY_KIND
        | {"plain": 20, "business_vat": 12, "reverse_charge": 6, "cross_border": 6}
        | {"ioss": 5, "uoss": 5, "uk_remitted": 3, "two_lines": 6},
    ),
    "us-facilitator": Profile(
        size=400,
        accounts=(("na", {"US": 88, "CA": 9, "MX": 3}),),
        deck=EVERY_KIND | {"plain": 30, "two_lines": 12, "all_promotions": 4},
    ),
    "japan": Profile(
        size=200,
        accounts=(("fe", {"JP": 100}),),
        deck=EVERY_KIND
        | {"plain": 20, "two_lines": 6, "cash_on_delivery": 4}
        | {"pending_store_payment": 3},
    ),
    "expansion": Profile(
        size=12,
        accounts=(("na", {"US": 40}), ("eu", {"DE": 40}), ("fe", {"JP": 20})),
        deck={"plain": 4, "two_lines": 1},
        entities=3,
    ),
    "chaos": Profile(
        size=500,
        accounts=(NORTH_AMERICA, EUROPEAN_UNION, FAR_EAST),
        deck={name: 2 for name in SCENARIOS} | {"thirty_five_lines": 1},
        by_amazon=45,
        per_hour=60,
        extras=USUAL_EXTRAS | {"item_promotion": 25, "shipping": 40},
        coarse_times=True,
    ),
}
