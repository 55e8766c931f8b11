from odoo import fields, models


class DeliveryCarrier(models.Model):
    """A shipping method of Odoo in Amazon's words (A33)."""

    _inherit = "delivery.carrier"

    acorn_amazon_carrier_id = fields.Many2one(
        "acorn.amazon.carrier",
        string="Amazon Carrier",
        help="What Amazon is told for deliveries with this shipping method. Empty: the "
        "Amazon carrier whose name this method begins with, else Other with the name "
        "of the method.",
    )
    acorn_amazon_carrier_name = fields.Char(
        string="Carrier Name for Amazon",
        help="Shown to the buyer when the Amazon carrier is Other.",
    )
    acorn_amazon_shipping_method = fields.Char(
        string="Service for Amazon",
        help="The carrier's product, such as Ground or Express. Empty: the name of "
        "this method.",
    )
    acorn_amazon_needs_name = fields.Boolean(
        related="acorn_amazon_carrier_id.needs_name"
    )
