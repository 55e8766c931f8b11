from odoo import fields, models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    acorn_amazon_shipped_quantity = fields.Integer(
        string="Shipped at Amazon",
        readonly=True,
        copy=False,
        help="Units that Amazon counts as shipped, whoever confirmed them.",
    )
    acorn_amazon_item_ids = fields.One2many(
        "acorn.amazon.package.item",
        "sale_line_id",
        groups="stock.group_stock_user,acorn_amazon_connector.group_acorn_amazon_user",
    )

    def _acorn_amazon_count_packed(self):
        """Units of each line that are in parcels told, or to be told, to Amazon.

        :return: dict of line → units
        """
        counted = dict(
            self.env["acorn.amazon.package.item"]
            .sudo()
            ._read_group(
                [("sale_line_id", "in", self.ids)],
                ["sale_line_id"],
                ["quantity:sum"],
            )
        )
        return {line: counted.get(line.sudo(), 0) for line in self}
