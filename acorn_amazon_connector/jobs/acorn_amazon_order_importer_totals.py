from collections import defaultdict
from decimal import Decimal

from odoo import models

from ..mappers.errors import BlockedError
from .order_plan import SERVICE_PRODUCTS, BatchRejected, LinePlan


class AcornAmazonOrderImporter(models.AbstractModel):
    """Odoo's total is Amazon's, and what is invoiced or credited adds up to it (A1)."""

    _inherit = "acorn.amazon.order.importer"

    # === TOTALS === #

    def _settle_totals(self, plans):
        """Make every order equal Amazon's total, or name those that cannot be.

        A difference of up to one minor unit per taxed line comes from Odoo's way of
        rounding taxes and becomes a visible line; anything larger is a mistake. It is
        reckoned anew each time, so that small differences never add up to a large one.

        :raise BatchRejected: with both figures for each order that does not agree
        """
        failures, rounding = {}, []
        for plan in plans:
            due = self._get_rounding(plan)
            if plan.sale_order.currency_id != plan.currency:
                failures[plan.exchange.id] = self._make_currency_error(plan)
            elif not self._is_rounding(plan, due):
                failures[plan.exchange.id] = self._make_total_error(plan)
            elif due != self._get_booked_rounding(plan):
                rounding.append((plan, due))
        if failures:
            raise BatchRejected(failures)
        values = []
        nothing = self.env["account.tax"]
        for plan, due in rounding:
            values += self._even_out(plan, "rounding", nothing, due)
        self._create_evening_lines(values)

    def _get_unit(self, order):
        """The minor unit of an order's currency (Decimal)."""
        return Decimal(str(order.currency_id.rounding)).normalize()

    def _get_rounding(self, plan):
        """What Odoo's total lacks without the rounding lines (Decimal).

        What a person has given is not lacking.
        """
        order = plan.sale_order
        unit = self._get_unit(order)
        odoo_total = Decimal(str(order.amount_total)).quantize(unit)
        due = plan.expected_total - self._get_discounts(plan) - odoo_total
        return due + self._get_booked_rounding(plan)

    def _get_discounts(self, plan):
        """What discounts that a person gave take off the order, with tax (Decimal)."""
        order, given = plan.sale_order, Decimal(0)
        for line in plan.own_lines.values():
            if line.discount:
                full = line.tax_ids.compute_all(
                    line.price_unit,
                    order.currency_id,
                    line.product_uom_qty,
                    line.product_id,
                    order.partner_shipping_id,
                )
                given += Decimal(str(full["total_included"] - line.price_total))
        return given.quantize(self._get_unit(order))

    def _get_booked_rounding(self, plan):
        order = plan.sale_order
        lines = self._get_evening_lines(order, "rounding")
        booked = Decimal(str(sum(lines.mapped("price_total"))))
        return booked.quantize(self._get_unit(order))

    def _is_rounding(self, plan, amount):
        """Whether an amount is small enough to come from rounding taxes."""
        order = plan.sale_order
        corrections = self._get_evening_lines(order, "correction").filtered("tax_ids")
        taxed = sum(1 for line in plan.lines if line.taxes) + len(corrections)
        return abs(amount) <= self._get_unit(order) * taxed

    def _make_total_error(self, plan):
        data = self._describe_totals(plan)
        message = f"{data['amazon_total']} is not {data['odoo_total']}"
        return BlockedError("total_differs", message, data)

    def _make_currency_error(self, plan):
        data = {
            **self._describe_totals(plan),
            "currency": plan.currency.name,
            "odoo_currency": plan.sale_order.currency_id.name,
            "order": plan.sale_order.name,
        }
        message = f"the order is in {data['odoo_currency']}, not {data['currency']}"
        return BlockedError("order_currency_differs", message, data)

    def _describe_totals(self, plan):
        order = plan.sale_order
        places = order.currency_id.decimal_places
        owed_tax = order.acorn_amazon_tax - order.acorn_amazon_facilitator_tax
        return {
            "currency": order.currency_id.name,
            "amazon_total": str(plan.expected_total),
            "odoo_total": f"{order.amount_total:.{places}f}",
            "amazon_tax": f"{owed_tax:.{places}f}",
            "odoo_tax": f"{order.amount_tax:.{places}f}",
        }

    # === LINES THAT EVEN OUT === #

    def _correct_invoiced(self, plan):
        """Book what Amazon changed in the price of lines that are invoiced.

        Odoo credits quantities, at the price that the line has then: a line that is
        invoiced keeps its price, and further lines, one for each tax, have the rest.

        :return: True when something changed
        """
        order = plan.sale_order
        corrections = self._get_evening_lines(order, "correction")
        amounts = {line.key: line.amount for line in plan.lines}
        due = defaultdict(Decimal)
        due.update({line.tax_ids: Decimal(0) for line in corrections})
        for key, line in plan.own_lines.items():
            if line.qty_invoiced:
                due[line.tax_ids] += amounts.get(key, 0) - self._get_price(line)
        values, changed = [], False
        unit = self._get_unit(order)
        for taxes, amount in due.items():
            amount = amount.quantize(unit)
            lines = corrections.filtered(
                lambda line, taxes=taxes: line.tax_ids == taxes
            )
            if amount != self._get_price(lines).quantize(unit):
                values += self._even_out(plan, "correction", taxes, amount)
                changed = True
        self._create_evening_lines(values)
        return changed

    def _get_evening_lines(self, order, kind):
        return order.order_line.filtered(lambda line: line.acorn_amazon_charge == kind)

    def _get_price(self, lines):
        """What lines come to in terms of their taxes, like ``LinePlan.amount``.

        A discount does not count: Amazon gives none in percent, and one that a person
        gave is not charged back.
        """
        prices = (line.price_unit * line.product_uom_qty for line in lines)
        return sum((Decimal(str(price)) for price in prices), Decimal(0))

    def _even_out(self, plan, kind, taxes, amount):
        """Bring the lines of a kind to an amount; those that are invoiced stay.

        One that is no longer due stays with zero: Odoo lets nobody delete a line of a
        confirmed order.

        :param Decimal amount: in terms of ``taxes``
        :return: list of values of lines to create
        """
        order = plan.sale_order
        lines = self._get_evening_lines(order, kind)
        lines = lines.filtered(lambda line: line.tax_ids == taxes)
        invoiced = lines.filtered("qty_invoiced")
        rest, lines = amount - self._get_price(invoiced), lines - invoiced
        order._acorn_amazon_unlock()
        if lines and rest:
            lines[0].write(
                {
                    "product_uom_qty": 1.0,
                    "price_unit": float(rest),
                    "technical_price_unit": -1.0,
                }
            )
            lines = lines[1:]
            rest = 0
        lines._acorn_amazon_zero()
        return [self._prepare_evening_vals(plan, kind, taxes, rest)] if rest else []

    def _create_evening_lines(self, values):
        if values:
            lines = self.env["sale.order.line"]
            lines.with_context(sale_no_log_for_new_lines=True).create(values)

    def _prepare_evening_vals(self, plan, kind, taxes, amount):
        """Values of a line that evens out what the others lack. Override point."""
        product = self.env.ref(SERVICE_PRODUCTS[kind])
        line = LinePlan(
            item_id="",
            kind=kind,
            product=product,
            name=product.name,
            quantity=1,
            amount=amount,
            paid=amount,
            taxes=taxes,
            remitted=Decimal(0),
            rule=kind,
        )
        return {**self._prepare_line_vals(line, 999), "order_id": plan.sale_order.id}
