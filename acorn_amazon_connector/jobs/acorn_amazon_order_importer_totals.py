from decimal import Decimal

from odoo import models

from ..mappers.errors import BlockedError
from .order_plan import SERVICE_PRODUCTS, BatchRejected, LinePlan


class AcornAmazonOrderImporter(models.AbstractModel):
    """Odoo's total is Amazon's (A1)."""

    _inherit = "acorn.amazon.order.importer"

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
        if rounding:
            self._write_rounding_lines(rounding)

    def _get_rounding(self, plan):
        """What Odoo's total lacks without the rounding line that is there, Decimal."""
        order = plan.sale_order
        unit = Decimal(str(order.currency_id.rounding))
        odoo_total = Decimal(str(order.amount_total)).quantize(unit)
        return plan.expected_total - odoo_total + self._get_booked_rounding(plan)

    def _get_booked_rounding(self, plan):
        order = plan.sale_order
        unit = Decimal(str(order.currency_id.rounding))
        booked = sum(self._get_rounding_lines(order).mapped("price_total"))
        return Decimal(str(booked)).quantize(unit)

    def _get_rounding_lines(self, order):
        return order.order_line.filtered(
            lambda line: line.acorn_amazon_charge == "rounding"
        )

    def _is_rounding(self, plan, amount):
        """Whether an amount is small enough to come from rounding taxes."""
        unit = Decimal(str(plan.sale_order.currency_id.rounding))
        return abs(amount) <= unit * sum(1 for line in plan.lines if line.taxes)

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

    def _write_rounding_lines(self, rounding):
        """Book the rounding of orders; one that is no longer due stays with zero.

        Odoo lets nobody delete a line of a confirmed order.

        :param rounding: list of (plan, Decimal)
        """
        values = []
        for plan, amount in rounding:
            lines = self._get_rounding_lines(plan.sale_order)
            plan.sale_order._acorn_amazon_unlock()
            if not lines:
                values.append(self._prepare_rounding_vals(plan, amount))
                continue
            (lines if not amount else lines[1:])._acorn_amazon_zero()
            if amount:
                lines[0].write(
                    {
                        "product_uom_qty": 1.0,
                        "price_unit": float(amount),
                        "technical_price_unit": -1.0,
                    }
                )
        self.env["sale.order.line"].with_context(sale_no_log_for_new_lines=True).create(
            values
        )

    def _prepare_rounding_vals(self, plan, amount):
        """Values of the line that brings Odoo's total to Amazon's. Override point."""
        product = self.env.ref(SERVICE_PRODUCTS["rounding"])
        line = LinePlan(
            item_id="",
            kind="rounding",
            product=product,
            name=product.name,
            quantity=1,
            amount=amount,
            taxes=self.env["account.tax"],
            remitted=Decimal(0),
            rule="rounding",
        )
        return {**self._prepare_line_vals(line, 999), "order_id": plan.sale_order.id}
