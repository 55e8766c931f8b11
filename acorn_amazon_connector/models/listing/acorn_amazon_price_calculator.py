from dataclasses import dataclass, replace
from datetime import timezone
from decimal import Decimal

from odoo import fields, models
from odoo.tools import float_compare, float_repr

from ...mappers.price import Prices, Sale
from .product_pricelist import REGULAR_KEY

# More dates than anybody plans sales for, fewer than would take long.
MOST_MOMENTS = 20


@dataclass(frozen=True, slots=True)
class PriceResult:
    """The prices of an offer, or why there are none that may be sent.

    :ivar calculation: how they came about, for people
    """

    prices: Prices | None
    problem: str | None
    calculation: dict


class AcornAmazonPriceCalculator(models.AbstractModel):
    """What offers should cost: the marketplace's pricelist, in its currency, with tax
    where buyers see prices with tax, within the limits of offer and marketplace."""

    _name = "acorn.amazon.price.calculator"
    _description = "Amazon Price Calculator"

    def _compute_prices(self, offers):
        """Compute the prices of offers that have a product.

        :param offers: ``acorn.amazon.offer``
        :return: {offer: PriceResult}
        """
        results = {}
        for participation, group in offers.grouped("participation_id").items():
            computed = self._compute_products(participation, group.product_id)
            for offer in group:
                result = computed[offer.product_id]
                if not result.problem:
                    problem = self._find_problem(participation, result.prices, offer)
                    result = replace(result, problem=problem)
                results[offer] = result
        return results

    def _get_held(self, offer):
        """The prices that stood at Amazon before a batch was taken back.

        :rtype: PriceResult
        """
        return PriceResult(
            Prices.from_json(offer.held_prices), None, {"held": offer.held_prices}
        )

    def _compute_products(self, participation, products):
        """Compute what products cost on a marketplace, whatever the limits.

        :param participation: ``acorn.amazon.participation``
        :param products: ``product.product``
        :return: {product: PriceResult}
        """
        now = fields.Datetime.now()
        company = participation.company_id
        place = participation.with_company(company)
        pricelist = place.pricelist_id
        if not pricelist:
            problem = self.env._(
                "%(place)s has no pricelist. Choose one under Configuration > Stores "
                "on Marketplaces.",
                place=participation.display_name,
            )
            return {product: PriceResult(None, problem, {}) for product in products}
        calculator = self.with_company(company)
        own = products.with_company(company)
        regular = calculator._get_rows(
            place,
            pricelist.with_context(**{REGULAR_KEY: pricelist.id}),
            own,
            now,
        )
        sales = calculator._get_sales(place, pricelist, own, now)
        business = {}
        if place.b2b_pricelist_id:
            business = calculator._get_rows(place, place.b2b_pricelist_id, own, now)
        return {
            product: self._conclude(
                pricelist,
                regular[product.id],
                sales.get(product.id, []),
                business.get(product.id),
            )
            for product in products
        }

    # === PRICELISTS === #

    def _get_rows(self, participation, pricelist, products, moment):
        """Prices of products as the marketplace shows them.

        :return: {product id: (Decimal price, rule, price as the pricelist says)}
        """
        computed = pricelist._compute_price_rule(
            products, 1.0, currency=participation.currency_id, date=moment
        )
        items = self.env["product.pricelist.item"]
        return {
            product.id: (
                self._to_shown(participation, product, computed[product.id][0]),
                items.browse(computed[product.id][1] or []),
                computed[product.id][0],
            )
            for product in products
        }

    def _get_sales(self, participation, pricelist, products, now):
        """Dated rules that apply now or later, the earliest first.

        :return: {product id: [(rule, Decimal price)]}
        """
        if not participation.price_sends_sales:
            return {}
        dated = self.env["product.pricelist.item"].search(
            [("pricelist_id", "=", pricelist.id), ("date_end", ">", now)]
        )
        moments = sorted({max(item.date_start or now, now) for item in dated})
        sales = {}
        for moment in moments[:MOST_MOMENTS]:
            rows = self._get_rows(participation, pricelist, products, moment)
            for product_id, (price, rule, _raw) in rows.items():
                if rule.date_end:
                    sales.setdefault(product_id, []).append((rule, price))
        return sales

    def _to_shown(self, participation, product, price):
        """A price as the marketplace shows it: with or without tax, rounded.

        The tax is the one that orders of the marketplace get.

        :param float price: of the pricelist, as Odoo means it for this product
        :rtype: Decimal
        """
        own = product.taxes_id._filter_taxes_by_company(participation.company_id)
        taxes = participation.tax_id or participation.fiscal_position_id.map_tax(own)
        price = self.env["account.tax"]._adapt_price_unit_to_another_taxes(
            price, product, own, taxes
        )
        if taxes:
            details = taxes._get_tax_details(
                price, 1.0, rounding_method="round_globally", product=product
            )
            included = participation.price_includes_tax
            price = details["total_included" if included else "total_excluded"]
        currency = participation.currency_id
        return Decimal(float_repr(currency.round(price), currency.decimal_places))

    # === RESULT === #

    def _conclude(self, pricelist, regular, sales, business):
        price, rule, raw = regular
        calculation = {
            "pricelist": pricelist.display_name,
            "rule": rule.display_name or False,
            "pricelist_price": raw,
            "price": str(price),
        }
        prices = Prices(price, self._choose_sale(price, sales))
        if business:
            prices = replace(prices, business=business[0])
            calculation["business_price"] = str(business[0])
        if prices.sale:
            calculation["sale_price"] = str(prices.sale.price)
        return PriceResult(prices, None, calculation)

    def _choose_sale(self, price, sales):
        for rule, sale_price in sales:
            if sale_price < price:
                start = rule.date_start or rule.create_date.replace(microsecond=0)
                return Sale(sale_price, _aware(start), _aware(rule.date_end))
        return None

    def _find_problem(self, place, prices, offer):
        """Why prices must not be sent.

        :param place: ``acorn.amazon.participation``
        :param prices: ``mappers.price.Prices``
        :param offer: ``acorn.amazon.offer``, or an empty one
        :return: a sentence for the seller, or None
        """
        currency = place.currency_id
        floor = offer.price_floor or place.price_floor
        ceiling = offer.price_ceiling or place.price_ceiling
        kinds = [
            (self.env._("price"), prices.price),
            (self.env._("sale price"), prices.sale and prices.sale.price),
            (self.env._("business price"), prices.business),
        ]
        for kind, amount in kinds:
            if amount is None:
                continue
            values = {"kind": kind, "price": currency.format(float(amount))}
            if amount <= 0:
                return self.env._(
                    "The %(kind)s is %(price)s: nothing is sent.", **values
                )
            if floor and currency.compare_amounts(float(amount), floor) < 0:
                values["limit"] = currency.format(floor)
                return self.env._(
                    "The %(kind)s %(price)s is below the lowest price %(limit)s: "
                    "nothing is sent.",
                    **values,
                )
            if ceiling and currency.compare_amounts(float(amount), ceiling) > 0:
                values["limit"] = currency.format(ceiling)
                return self.env._(
                    "The %(kind)s %(price)s is above the highest price %(limit)s: "
                    "nothing is sent.",
                    **values,
                )
        return self._find_jump(offer, kinds)

    def _find_jump(self, offer, kinds):
        """Why a price must not be sent without a person's word.

        Who has seen no sale or business price of it has seen the price.

        :param kinds: [(name, Decimal price or None)]: price, sale and business price
        """
        limit = offer.participation_id.price_change_limit
        if not limit or offer.price_change_allowed:
            return None
        shown = offer.amazon_price
        known = (shown, offer.amazon_sale_price, offer.amazon_business_price)
        for (kind, amount), before in zip(kinds, known, strict=True):
            old = before or shown
            if amount is None or not old:
                continue
            change = abs(float(amount) - old) / old
            # 30 % of 1.00 must not be a little more than 30 %.
            if float_compare(change, limit, precision_digits=6) > 0:
                return self.env._(
                    "The %(kind)s would change from %(old)s to %(new)s, that is by "
                    "%(change)s. More than %(limit)s needs your word: nothing is sent.",
                    kind=kind,
                    old=offer.currency_id.format(old),
                    new=offer.currency_id.format(float(amount)),
                    change=f"{change:.0%}",
                    limit=f"{limit:.0%}",
                )
        return None


def _aware(moment):
    return moment.replace(tzinfo=timezone.utc)
