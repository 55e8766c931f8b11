"""Which Odoo taxes a line of an Amazon order carries, and what it must come to."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ..mappers.errors import BlockedError

# Steps in which tax authorities set rates, in percent; the coarsest that explains
# Amazon's tax is taken.
RATE_STEPS = [
    Decimal(step)
    for step in (
        "1",
        "0.5",
        "0.25",
        "0.125",
        "0.1",
        "0.05",
        "0.025",
        "0.01",
        "0.005",
        "0.001",
    )
]

REDUCTIONS = {"discount": "item", "shipping_discount": "shipping"}

# Rules by which Odoo's tax splits a price that contains tax, not Amazon's figure.
SPLIT_BY_ODOO = {"odoo_tax_differs", "told_before", "zero_unexplained"}

# Rules that follow from a figure of Amazon's, whatever a later document leaves out.
TOLD_BY_AMAZON = {
    "no_tax_charged",
    "odoo_tax_confirmed",
    "tax_by_rate",
    "tax_created",
    "told_before",
}


@dataclass(frozen=True, slots=True)
class TaxDecision:
    """How one order line of Amazon is taxed.

    :ivar taxes: ``account.tax`` of all order lines of this Amazon line
    :ivar rule: name of the rule that decided, for people who ask why
    :ivar included: whether Amazon's amounts contain the tax
    """

    taxes: Any
    rule: str
    included: bool

    def amount_of(self, charge):
        """What the order line of a charge must come to, in terms of ``taxes``.

        :return: Decimal: gross when the taxes are price-included, net otherwise
        """
        if self.rule == "amazon_remits":
            return self.gross_of(charge)
        rate = get_rate(self.taxes)
        if self.included == are_included(self.taxes) or not rate:
            return charge.amount
        if self.included:
            if charge.tax is None or self.rule in SPLIT_BY_ODOO:
                return charge.amount / (1 + rate)
            return charge.amount - charge.tax
        return charge.amount + (charge.tax or Decimal(0))

    def gross_of(self, charge):
        """What the order line of a charge must come to with its tax (Decimal)."""
        if self.included:
            return charge.amount - self.remitted_of(charge)
        if self.rule == "amazon_remits":
            return charge.amount
        return charge.amount + (charge.tax or Decimal(0))

    def remitted_of(self, charge):
        """Tax of a charge that Amazon collects and pays to the authorities itself."""
        if self.rule == "amazon_remits":
            return charge.tax or Decimal(0)
        return Decimal(0)


@dataclass(frozen=True, slots=True)
class KeptTaxes:
    """Taxes that stay on an order line, against what its document comes to.

    :ivar taxes: ``account.tax`` that the line has
    :ivar rule: why they stay
    :ivar decision: ``TaxDecision`` that would hold otherwise
    """

    taxes: Any
    rule: str
    decision: TaxDecision

    def amount_of(self, charge):
        """What the line must come to in terms of its taxes: the buyer paid the same."""
        gross = self.gross_of(charge)
        return gross if are_included(self.taxes) else gross / (1 + get_rate(self.taxes))

    def gross_of(self, charge):
        """What the line must come to with its tax (Decimal)."""
        return self.decision.gross_of(charge)

    def remitted_of(self, charge):
        """Tax of a charge that Amazon collects and pays to the authorities itself."""
        return self.decision.remitted_of(charge)


def get_basis(rule):
    """What a decision rests on, as far as later documents may leave it out.

    :return: ``remitted`` by Amazon, ``told`` by its figures, None for Odoo's setup
    """
    if rule == "amazon_remits":
        return "remitted"
    return "told" if rule in TOLD_BY_AMAZON else None


def are_included(taxes):
    """Whether a price contains these taxes."""
    return bool(taxes) and all(taxes.mapped("price_include"))


def get_rate(taxes):
    """Sum of the percentages of taxes as a fraction (Decimal)."""
    percents = taxes.flatten_taxes_hierarchy().filtered(
        lambda tax: tax.amount_type in ("percent", "division")
    )
    return sum((Decimal(str(tax.amount)) for tax in percents), Decimal(0)) / 100


def pool(charges):
    """Prices with their reductions: Amazon states the tax of what is left to pay.

    Goods, shipping and gift wrap may be taxed differently.

    :return: dict kind of price → list of its charges
    """
    pools = {}
    for charge in charges:
        pools.setdefault(REDUCTIONS.get(charge.kind, charge.kind), []).append(charge)
    return pools


def explains(rate, charges, included, tolerance):
    """Whether a rate gives the tax that Amazon states for one pool of charges.

    :param Decimal rate: fraction, 0.19 for 19 %
    :param charges: charges of one pool, all with a stated tax
    :param bool included: whether the amounts contain the tax
    :param Decimal tolerance: in the currency's unit
    """
    share = rate / (1 + rate) if included else rate
    amount = sum((charge.amount for charge in charges), Decimal(0))
    tax = sum((charge.tax for charge in charges), Decimal(0))
    return abs(amount * share - tax) <= tolerance


def get_tolerance(charges, unit):
    """How far the sum of taxes that were rounded one by one may be off."""
    return unit / 2 * len(charges)


def guess_rate(charges, included, unit):
    """The simplest percentage that explains Amazon's tax, None when there is none."""
    tax = sum((charge.tax for charge in charges), Decimal(0))
    base = sum((charge.amount for charge in charges), Decimal(0))
    base -= tax if included else 0
    if base <= 0 or tax <= 0:
        return None
    exact = tax / base * 100
    for step in RATE_STEPS:
        percent = (exact / step).quantize(Decimal(1), ROUND_HALF_UP) * step
        if percent and explains(
            percent / 100, charges, included, get_tolerance(charges, unit)
        ):
            return percent
    return None


class TaxDecider:
    """Decides the taxes of Amazon lines for one batch of orders.

    Amazon's figures win: Odoo's taxes say how an amount is split and reported, never
    how much the buyer paid.

    A tax of 0 is a figure only where something speaks for it. Where prices are net,
    the total does: nothing was added. Where prices contain tax, Amazon also writes
    0.00 when it calculates no tax for a seller (Orders v0 above all), and to believe
    it would book a taxed sale without VAT. There a zero is believed when

    - another charge of the order states a tax, so Amazon calculates it for the seller,
    - Amazon is the deemed reseller (a reporting scheme such as IOSS), or
    - Odoo comes to zero as well: the fiscal position of the destination or of a
      business with a VAT number, or a product with a tax of 0 %.

    Any other zero explains nothing, and Odoo's tax is booked inside the same total,
    unless an earlier document said more: what Amazon told once is not forgotten.
    A VAT number or a foreign address alone proves no zero: without the fiscal position
    that makes it one the sale is taxed, and the order shows that Amazon differs.
    """

    def __init__(self, lookups):
        self._lookups = lookups
        self._env = lookups.env

    def decide(self, plan, line, product):
        """Decide for every charge of an Amazon line.

        :param line: ``mappers.order_data.Line``
        :return: dict kind of charge → ``TaxDecision``
        :raise BlockedError: ``tax_unknown`` when Amazon charged tax that the seller
            owes and Odoo has no tax of that rate
        """
        included = plan.order.price_includes_tax
        if included is None:
            included = plan.participation.price_includes_tax
        if self._is_remitted(plan, line):
            nothing = self._env["account.tax"]
            decision = TaxDecision(nothing, "amazon_remits", included)
            return {charge.kind: decision for charge in line.charges}
        decisions = {}
        for charges in pool(line.charges).values():
            decision = self._decide_pool(plan, line, charges, product, included)
            decisions.update({charge.kind: decision for charge in charges})
        return decisions

    def _decide_pool(self, plan, line, charges, product, included):
        taxes = self._lookups.find_taxes(
            plan.participation, product, plan.fiscal_position
        )
        stated = [c for c in charges if c.tax is not None and c.amount]
        if any(charge.tax for charge in stated):
            return self._match_rate(plan, line, stated, taxes, included)
        if not included:
            return self._believe_zero(taxes, included)
        before = self._find_told_before(plan, line, charges)
        if not stated:
            return before or TaxDecision(taxes, "odoo_tax", included)
        if line.reporting_scheme or self._has_seller_tax(plan):
            return self._believe_zero(taxes, included)
        return self._doubt_zero(plan, product, taxes, before)

    def _is_remitted(self, plan, line):
        """Whether Amazon remits the tax of a line, as it says or has said."""
        return line.facilitator or any(
            plan.known.get_line((line.order_item_id, charge.kind)).basis == "remitted"
            for charge in line.charges
        )

    def _has_seller_tax(self, plan):
        """Whether Amazon calculated the seller's tax: it is not 0 for some charge.

        What Amazon remits itself says nothing about the tax of the seller.
        """
        return any(
            charge.tax
            for line in plan.order.lines
            if not self._is_remitted(plan, line)
            for charge in line.charges
        )

    def _find_told_before(self, plan, line, charges):
        """The taxes that follow from what an earlier document of the order stated.

        Amazon hides taxes from applications without the role, Orders v0 writes 0.00,
        and the line that proved that Amazon calculates the tax may be cancelled.

        :return: ``TaxDecision``, or None
        """
        for charge in charges:
            known = plan.known.get_line((line.order_item_id, charge.kind))
            if known.basis == "told":
                taxes = self._env["account.tax"].browse(known.taxes)
                # Who deletes a tax wants it to be decided anew.
                is_whole = taxes.exists() == taxes
                return TaxDecision(taxes, "told_before", True) if is_whole else None
        return None

    def _believe_zero(self, taxes, included):
        """Nothing was added to the prices: tax on top would change the total."""
        if get_rate(taxes):
            nothing = self._env["account.tax"]
            return TaxDecision(nothing, "no_tax_charged", included)
        return TaxDecision(taxes, "zero_rated", included)

    def _doubt_zero(self, plan, product, taxes, before):
        """Odoo's tax inside the price, unless Odoo comes to zero as well.

        :param before: ``TaxDecision`` on what an earlier document stated, or None
        """
        if not get_rate(taxes):
            return TaxDecision(taxes, "zero_rated", True)
        own = self._find_own_zero(plan, product)
        if own:
            return TaxDecision(own, "zero_rated", True)
        return before or TaxDecision(taxes, "zero_unexplained", True)

    def _find_own_zero(self, plan, product):
        """The product's own tax of 0 %, where the marketplace's tax hides it.

        A fiscal position knows the taxes of the country, not a copy of them with the
        tax included: it counts where the marketplace's tax has the product's own rate.
        It says nothing of another rate, such as VAT that is owed abroad. A product
        without any tax says nothing either: it may be unfinished.
        """
        own = self._lookups.find_own_taxes(product, plan.fiscal_position)
        domestic = get_rate(self._lookups.find_own_taxes(product))
        comparable = domestic in (0, get_rate(plan.participation.tax_id))
        return own if comparable and not get_rate(own) else None

    def _match_rate(self, plan, line, stated, taxes, included):
        unit = Decimal(str(self._lookups.get_currency(plan.participation).rounding))
        rate = get_rate(taxes)
        if rate and explains(rate, stated, included, unit):
            return TaxDecision(taxes, "odoo_tax_confirmed", included)
        found = self._find_by_rate(plan, stated, included, unit)
        if found:
            return TaxDecision(found, "tax_by_rate", included)
        percent = guess_rate(stated, included, unit)
        if percent and plan.participation.create_missing_taxes:
            if self._lookups.store.state == "shadow":
                nothing = self._env["account.tax"]
                return TaxDecision(nothing, "tax_would_be_created", included)
            created = self._lookups.create_tax(plan.participation, percent, included)
            return TaxDecision(created, "tax_created", included)
        if included and rate:
            # The total is right all the same; the order shows that the split is not.
            return TaxDecision(taxes, "odoo_tax_differs", included)
        raise self._make_error(line, stated, percent)

    def _find_by_rate(self, plan, stated, included, unit):
        """A sales tax of the company with the rate that Amazon used."""
        for tax in self._lookups.get_company_taxes(plan.participation, included):
            if explains(
                Decimal(str(tax.amount)) / 100,
                stated,
                included,
                get_tolerance(stated, unit),
            ):
                return tax
        return None

    def _make_error(self, line, stated, percent):
        tax = sum((charge.tax for charge in stated), Decimal(0))
        return BlockedError(
            "tax_unknown",
            f"no sales tax of about {percent} %",
            {
                "tax": str(tax),
                "sku": line.sku or line.order_item_id,
                "percent": str(percent) if percent else None,
            },
        )
