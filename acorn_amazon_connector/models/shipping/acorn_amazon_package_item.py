from odoo import fields, models


class AcornAmazonPackageItem(models.Model):
    """Units of one Amazon order item in a parcel."""

    _name = "acorn.amazon.package.item"
    _description = "Amazon Shipment Item"
    _order = "package_id, id"

    package_id = fields.Many2one(
        "acorn.amazon.package", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        related="package_id.company_id", store=True, index=True
    )
    sale_line_id = fields.Many2one("sale.order.line", required=True, index=True)
    product_id = fields.Many2one(related="sale_line_id.product_id")
    order_item_id = fields.Char(string="Amazon Order Item", required=True)
    quantity = fields.Integer(required=True)
    returned_quantity = fields.Integer(
        "Returned",
        readonly=True,
        help="Units that came back when Amazon knew of the parcel, or may have. What "
        "comes back before is taken off the quantity.",
    )
    transparency_codes = fields.Text(help="One code a line.")

    def _get_codes(self):
        """:return: tuple of transparency codes"""
        self.ensure_one()
        return tuple((self.transparency_codes or "").split())

    def _note_returned(self, units, deliveries, parcel, code=None):
        """Find the items whose units came back, and note how many.

        Where several may be meant: what left with these deliveries, in that parcel,
        with that code; of these what Amazon does not know yet, so that it is never
        told of more than has left.

        :param int units: of the order line of these items
        :param deliveries: ``stock.picking`` with which they left, empty if not known
        :param parcel: ``stock.package`` in which they came back, empty if in none
        :param code: transparency code of the unit, if it has one
        """
        for item in self.sorted(
            lambda item: (
                item.package_id.picking_id not in deliveries,
                item.package_id.parcel_id != parcel,
                code not in item._get_codes(),
                item.package_id._may_be_known(),
                -item.id,
            )
        ):
            taken = min(units, item.quantity - item.returned_quantity)
            if taken <= 0:
                continue
            units -= taken
            item.returned_quantity += taken
            if not item.package_id._may_be_known():
                left = [each for each in item._get_codes() if each != code]
                item.transparency_codes = "\n".join(left) or False
