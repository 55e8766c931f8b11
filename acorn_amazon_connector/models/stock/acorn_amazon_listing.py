from odoo import fields, models

from .acorn_amazon_stock_rule_mixin import RULE_FIELDS


class AcornAmazonListing(models.Model):
    """The offers of a SKU, and a stock rule of its own where it needs one."""

    _name = "acorn.amazon.listing"
    _inherit = ["acorn.amazon.listing", "acorn.amazon.stock.rule.mixin"]

    offer_ids = fields.One2many("acorn.amazon.offer", "listing_id")
    has_own_stock_rule = fields.Boolean(
        string="Own Stock Rule",
        help="This SKU does not follow the stock rule of its marketplaces.",
    )

    def write(self, vals):
        """Override to compute the published stock anew when its grounds change."""
        result = super().write(vals)
        if {"product_id", "has_own_stock_rule", *RULE_FIELDS} & vals.keys():
            self.sudo().offer_ids._mark()
        return result
