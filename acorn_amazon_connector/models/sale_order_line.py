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
            ("rounding", "Rounding"),
        ],
        string="Amazon Charge",
        readonly=True,
        copy=False,
    )

    _acorn_amazon_rounding_idx = models.Index(
        "(order_id) WHERE acorn_amazon_charge = 'rounding'"
    )

    def _acorn_amazon_update(self, plan):
        """Bring a line to what Amazon says now.

        Quantity and price are written together: a change of quantity alone would
        let Odoo replace Amazon's price. The product stays once goods are on their way
        through the warehouse: Odoo refuses to change it, and a SKU that was mapped anew
        must not keep Amazon's other changes out.

        :param plan: ``jobs.order_plan.LinePlan``
        :return: True when something changed
        """
        self.ensure_one()
        currency = self.currency_id
        total = self.price_unit * self.product_uom_qty
        is_other = self.product_id != plan.product and self.product_updatable
        same = (
            not is_other
            and self.product_uom_id.compare(self.product_uom_qty, plan.quantity) == 0
            and currency.compare_amounts(total, float(plan.amount)) == 0
            and self.tax_ids == plan.taxes
        )
        if same:
            return False
        values = {
            "product_uom_qty": plan.quantity,
            "price_unit": plan.unit_price,
            "technical_price_unit": -1.0,
            "tax_ids": [Command.set(plan.taxes.ids)],
        }
        if is_other:
            values["product_id"] = plan.product.id
            values["name"] = plan.name
        self.order_id._acorn_amazon_unlock()
        self.write(values)
        return True

    def _acorn_amazon_zero(self):
        """The item is no longer part of the order: nothing is due, nothing deleted.

        :return: True when something changed
        """
        changed = self.filtered(lambda line: line.product_uom_qty or line.price_unit)
        changed.order_id._acorn_amazon_unlock()
        changed.write(
            {"product_uom_qty": 0.0, "price_unit": 0.0, "technical_price_unit": -1.0}
        )
        return bool(changed)
