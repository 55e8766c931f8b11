from odoo import models


class StockLocation(models.Model):
    """Counting Amazon's places."""

    _inherit = "stock.location"

    def _acorn_amazon_count(self, products):
        """Units of products in these locations and below them.

        :return: dict product → units in the product's own unit
        """
        rows = self.env["stock.quant"]._read_group(
            [
                ("location_id", "child_of", self.ids),
                ("product_id", "in", products.ids),
            ],
            ["product_id"],
            ["quantity:sum"],
        )
        return {product: round(quantity) for product, quantity in rows}
