from odoo import fields, models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    acorn_amazon_shipped_quantity = fields.Integer(
        string="Shipped at Amazon",
        readonly=True,
        copy=False,
        help="Units that Amazon counts as shipped, whoever confirmed them.",
    )
    acorn_amazon_shipped_before = fields.Integer(
        string="Shipped Before Import",
        readonly=True,
        copy=False,
        help="Units that Amazon counted as shipped when the order was imported.",
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

    def _acorn_amazon_get_items_in(self, picking, parcel):
        """Those items of this line's shipments that left in a parcel of a delivery."""
        return self.acorn_amazon_item_ids.filtered(
            lambda item: (
                item.package_id.picking_id == picking
                and item.package_id.parcel_id == parcel
            )
        )

    def _acorn_amazon_count_unpacked(self):
        """Units of each line that are with the buyer, and that no parcel tells of.

        :return: dict of line → units
        """
        return {
            line: line.move_ids._acorn_amazon_count_away(line)
            - line._acorn_amazon_count_shipped_elsewhere()
            - sum(
                item.quantity - item.returned_quantity
                for item in line.acorn_amazon_item_ids
            )
            for line in self
        }

    def _acorn_amazon_count_shipped_elsewhere(self):
        """Units that Amazon counted as shipped when the order was read, without ours.

        :rtype: int
        """
        self.ensure_one()
        stated = {
            each["reference"] for each in self.order_id.acorn_amazon_parcels or ()
        }
        # The older interface states no parcels.
        ours = self.acorn_amazon_item_ids.filtered(
            lambda item: (
                str(item.package_id.reference) in stated
                if stated
                else item.package_id.confirmed_at
            )
        )
        units = self.acorn_amazon_shipped_quantity - sum(ours.mapped("quantity"))
        return max(self.acorn_amazon_shipped_before, units)
