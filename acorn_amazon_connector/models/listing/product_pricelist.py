from odoo import models

# The pricelist whose temporary rules are left out, to find the price without sales.
REGULAR_KEY = "acorn_amazon_regular_pricelist"


class ProductPricelist(models.Model):
    """The price without sales."""

    _inherit = "product.pricelist"

    def _get_applicable_rules_domain(self, products, date, **kwargs):
        """Override of `product` to leave the rules that end out for one list."""
        domain = super()._get_applicable_rules_domain(products, date, **kwargs)
        if self.id and self.id == self.env.context.get(REGULAR_KEY):
            domain = [*domain, ("date_end", "=", False)]
        return domain
