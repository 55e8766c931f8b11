"""A line's money as the older interfaces state it: v0 orders and flat files.

They know no breakdowns. Where prices include tax (all but the United States and
Canada) every price there is gross, whatever Orders 2026-01-01 says.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from .marketplaces import MARKETPLACES

KINDS = ("ITEM", "SHIPPING", "GIFT_WRAP", "COD_FEE")
ZERO = Decimal(0)


@dataclass
class LineAmounts:
    """Prices, discounts (positive) and taxes of one order line.

    ``prices`` and ``taxes`` are keyed by :data:`KINDS`; ``discounts`` and
    ``discount_taxes`` by ``ITEM``, ``SHIPPING``, ``COD_FEE``. ``places`` is the
    number of decimals of the currency.
    """

    currency: str
    places: int
    prices: dict[str, Decimal] = field(default_factory=dict)
    taxes: dict[str, Decimal] = field(default_factory=dict)
    discounts: dict[str, Decimal] = field(default_factory=dict)
    discount_taxes: dict[str, Decimal] = field(default_factory=dict)

    def text(self, amount: Decimal) -> str:
        """Write an amount with the currency's number of decimals."""
        return f"{amount:.{self.places}f}"


def read_amounts(truth, item: dict) -> LineAmounts | None:
    """Return the amounts of one item of an order, None when Amazon states none."""
    proceeds = item.get("proceeds")
    if not proceeds:
        return None
    amounts, stated = _collect(proceeds)
    marketplace = MARKETPLACES.get(truth.marketplace_id)
    gross = marketplace is None or marketplace.price_includes_tax
    if gross and truth.price_includes_tax is False:
        for kind in KINDS:
            if kind in amounts.prices:
                amounts.prices[kind] += amounts.taxes.get(kind, ZERO)
        for kind in amounts.discounts:
            amounts.discounts[kind] += amounts.discount_taxes.get(kind, ZERO)
        untold = stated - sum(amounts.taxes.values(), ZERO)
        untold += sum(amounts.discount_taxes.values(), ZERO)
        amounts.prices["ITEM"] = amounts.prices.get("ITEM", ZERO) + untold
    return amounts


def _collect(proceeds: dict) -> tuple[LineAmounts, Decimal]:
    total = proceeds["proceedsTotal"]
    places = len(total["amount"].partition(".")[2])
    amounts = LineAmounts(total["currencyCode"], places)
    stated = ZERO
    for entry in proceeds.get("breakdowns", ()):
        value, kind = Decimal(entry["subtotal"]["amount"]), entry["type"]
        details = _details(entry)
        if kind == "TAX":
            stated = value
            cut = details.pop("DISCOUNT", ZERO)
            amounts.taxes = details or {"ITEM": value - cut}
            amounts.discount_taxes = {"": abs(cut)} if cut else {}
        elif kind == "DISCOUNT":
            amounts.discounts = {
                subtype: abs(part) for subtype, part in details.items()
            } or {"ITEM": abs(value)}
        else:
            amounts.prices[kind] = value
    amounts.discount_taxes = _spread(
        amounts.discount_taxes.get("", ZERO), amounts.discounts, places
    )
    return amounts, stated


def _details(entry: dict) -> dict[str, Decimal]:
    details: dict[str, Decimal] = defaultdict(Decimal)
    for detail in entry.get("detailedBreakdowns", ()):
        details[detail["subtype"]] += Decimal(detail["value"]["amount"])
    return dict(details)


def _spread(tax: Decimal, discounts: dict, places: int) -> dict[str, Decimal]:
    """Divide the tax of all discounts among them; the last takes the rest."""
    if not tax or not discounts:
        return {}
    whole, left, parts = sum(discounts.values(), ZERO), tax, {}
    *first, last = discounts
    for kind in first:
        share = round(tax * discounts[kind] / whole, places) if whole else ZERO
        parts[kind] = share
        left -= share
    parts[last] = left
    return parts
