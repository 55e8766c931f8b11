from odoo import models

from .acorn_amazon_stock_rule_mixin import RULE_FIELDS


class AcornAmazonParticipation(models.Model):
    """The stock rule of all listings on a marketplace that have none of their own."""

    _name = "acorn.amazon.participation"
    _inherit = ["acorn.amazon.participation", "acorn.amazon.stock.rule.mixin"]

    def write(self, vals):
        """Override to compute the published stock anew when its grounds change."""
        result = super().write(vals)
        if {"warehouse_id", "active", *RULE_FIELDS} & vals.keys():
            offers = (
                self.env["acorn.amazon.offer"]
                .sudo()
                .search([("participation_id", "in", self.ids)])
            )
            if "active" in vals:
                offers._choose_quantity_owner()
            offers._mark()
        return result
