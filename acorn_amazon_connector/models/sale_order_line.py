from odoo import Command, fields, models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    acorn_amazon_order_item_id = fields.Char(
        string="Amazon Order Item", readonly=True, copy=False, index="btree_not_null"
    )
    acorn_amazon_charge = fields.Selection(
        [
            ("item", "Item"),
            ("shipping", "Shipping Fee"),
            ("gift_wrap", "Gift Wrap"),
            ("discount", "Promotion"),
            ("shipping_discount", "Shipping Promotion"),
            ("cod_fee", "Cash on Delivery Fee"),
            ("tip", "Tip"),
            ("other", "Other Charge"),
            ("correction", "Correction"),
            ("rounding", "Rounding"),
        ],
        string="Amazon Charge",
        readonly=True,
        copy=False,
    )

    _acorn_amazon_rounding_idx = models.Index(
        "(order_id) WHERE acorn_amazon_charge = 'rounding'"
    )

    def _compute_discount(self):
        """Override of `sale`: a pricelist takes nothing off what Amazon charged."""
        others = self.filtered(lambda line: not line.acorn_amazon_charge)
        return super(SaleOrderLine, others)._compute_discount()

    def _acorn_amazon_update(self, plan):
        """Bring a line to what Amazon says now.

        Quantity and price are written together: a change of quantity alone would
        let Odoo replace Amazon's price. The product stays once goods are on their way
        through the warehouse: Odoo refuses to change it, and a SKU that was mapped anew
        must not keep Amazon's other changes out. Of a line that is invoiced only the
        quantity changes: Odoo credits it at the price and the taxes that it has then.
        A discount that a person gave goes when Amazon names another amount or quantity.

        :param plan: ``jobs.order_plan.LinePlan``
        :return: True when something changed
        """
        self.ensure_one()
        total = self.price_unit * self.product_uom_qty
        is_invoiced = bool(self.qty_invoiced)
        is_other = (
            self.product_id != plan.product
            and self.product_updatable
            and not is_invoiced
        )
        is_same_price = is_invoiced or (
            self.currency_id.compare_amounts(total, float(plan.amount)) == 0
            and self.tax_ids == plan.taxes
            and not (plan.is_news and self.discount)
        )
        same = (
            not is_other
            and self.product_uom_id.compare(self.product_uom_qty, plan.quantity) == 0
            and is_same_price
        )
        if same:
            return False
        values = {"product_uom_qty": plan.quantity}
        if not is_invoiced:
            values |= {
                "price_unit": plan.unit_price,
                "technical_price_unit": -1.0,
                "tax_ids": [Command.set(plan.taxes.ids)],
            }
            if plan.is_news:
                values["discount"] = 0.0
        if is_other:
            values["product_id"] = plan.product.id
            values["name"] = plan.name
        self.order_id._acorn_amazon_unlock()
        self.write(values)
        return True

    def _acorn_amazon_zero(self):
        """The item is no longer part of the order: nothing is due, nothing deleted.

        What is invoiced keeps its price, at which Odoo credits it.

        :return: True when something changed
        """
        invoiced = self.filtered(
            lambda line: line.qty_invoiced and line.product_uom_qty
        )
        others = self.filtered(
            lambda line: (
                not line.qty_invoiced and (line.product_uom_qty or line.price_unit)
            )
        )
        changed = invoiced | others
        changed.order_id._acorn_amazon_unlock()
        invoiced.write({"product_uom_qty": 0.0})
        others.write(
            {"product_uom_qty": 0.0, "price_unit": 0.0, "technical_price_unit": -1.0}
        )
        return bool(changed)
