"""How each marketplace states the tax of an order.

=============  ================================================================
US, CA         net prices; TAX is added to the grand total; most regions are
               remitted by Amazon as marketplace facilitator
GB             net prices and TAX on top, as in the examples of Amazon's model
DE, FR         gross prices; TAX is stated but contained in them
IT, ES, MX,    gross prices; no TAX is stated
JP
=============  ================================================================
"""

from __future__ import annotations

from random import Random

from .draft import Draft, Line
from .money import share, tax_in, tax_on
from .people import VAT_RATES

FACILITATORS = {
    "US": "Amazon Services, Inc.",
    "CA": "Amazon.com.ca ULC",
    "DE": "Amazon Services Europe S.a.r.L.",
    "FR": "Amazon Services Europe S.a.r.L.",
    "GB": "Amazon Services Europe S.a.r.L.",
}

# Words of the charges in TAX.detailedBreakdowns.
SUBTYPES = {
    "item": "ITEM",
    "shipping": "SHIPPING",
    "gift_wrap": "GIFT_WRAP",
    "cod_fee": "COD_FEE",
    "discount": "DISCOUNT",
    "shipping_discount": "DISCOUNT",
}


def state_taxes(draft: Draft, rng: Random) -> None:
    """Set the taxes of every line, and who remits them."""
    if "replacement" in draft.flags:
        return
    if draft.market.country in ("US", "CA"):
        _sales_tax(draft, rng)
    elif draft.market.tax == "extra":
        _vat_on_top(draft)
    elif draft.market.tax == "contained":
        _vat_inside(draft)


def _sales_tax(draft: Draft, rng: Random) -> None:
    region = draft.buyer.tax_region()
    if region is None:
        raise ValueError("no tax region for the address of the buyer")
    if not region.rate and rng.random() < 0.5:
        # Amazon sometimes leaves TAX out where there is none.
        return
    netted = rng.random() < 0.5
    for line in draft.lines:
        if "ambiguous" in draft.flags and region.rate:
            _halve_tax(line, region.rate)
        else:
            line.taxes = _taxes_on(
                line, region.rate, netted, shipping=region.shipping_taxed
            )
        if region.remitted:
            line.remitted_by = FACILITATORS[draft.market.country]


def _taxes_on(
    line: Line, rate: int, netted: bool, *, shipping: bool = True
) -> dict[str, int]:
    """Return the tax of each charge; ``netted`` taxes the item after discount."""
    charges = dict(line.charges)
    if netted and "discount" in charges:
        charges["item"] += charges.pop("discount")
    if netted and "shipping_discount" in charges:
        charges["shipping"] += charges.pop("shipping_discount")
    untaxed = () if shipping else ("shipping", "shipping_discount")
    return {
        kind: tax_on(amount, rate)
        for kind, amount in charges.items()
        if kind not in untaxed
    }


def _halve_tax(line: Line, rate: int) -> None:
    """Discount half of the tax: then both signs of DISCOUNT seem to balance."""
    tax = tax_on(line.charges["item"], rate)
    tax += tax % 2
    line.charges = {"item": line.charges["item"], "discount": -tax // 2}
    line.taxes = {"item": tax}
    line.promotions = ["HALF-TAX-OFF"]


def _vat_on_top(draft: Draft) -> None:
    rate = draft.market.tax_rate
    for line in draft.lines:
        gross = line.charges
        line.charges = {
            kind: share(amount, 100_000, 100_000 + rate)
            for kind, amount in gross.items()
        }
        line.unit_price = share(line.unit_price, 100_000, 100_000 + rate)
        line.taxes = {kind: gross[kind] - net for kind, net in line.charges.items()}
        if "uk_remitted" in draft.flags:
            line.remitted_by = FACILITATORS["GB"]


def _vat_inside(draft: Draft) -> None:
    flags = draft.flags
    rate = draft.market.tax_rate
    if "cross_border" in flags:
        rate = VAT_RATES[draft.buyer.country]
    for line in draft.lines:
        if "reverse" in flags:
            line.charges = {
                kind: share(amount, 100_000, 100_000 + rate)
                for kind, amount in line.charges.items()
            }
            line.unit_price = share(line.unit_price, 100_000, 100_000 + rate)
            line.taxes = dict.fromkeys(line.charges, 0)
            continue
        line.taxes = {
            kind: tax_in(amount, rate) for kind, amount in line.charges.items()
        }
        scheme = next((name for name in ("ioss", "uoss") if name in flags), None)
        if scheme:
            line.scheme = scheme.upper()
            line.remitted_by = FACILITATORS[draft.market.country]
