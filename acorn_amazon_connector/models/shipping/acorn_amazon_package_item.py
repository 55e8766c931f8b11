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
    transparency_codes = fields.Text(help="One code a line.")

    def _get_codes(self):
        """:return: tuple of transparency codes"""
        self.ensure_one()
        return tuple((self.transparency_codes or "").split())
