from odoo import fields, models


class ProductTemplate(models.Model):
    """Products whose units Amazon wants to know one by one (A1)."""

    _inherit = "product.template"

    acorn_amazon_send_serials = fields.Boolean(
        string="Serial Numbers Are Transparency Codes",
        help="The serial numbers of a delivery are sent to Amazon with the shipment. "
        "Needed for products in Amazon's Transparency program.",
    )
