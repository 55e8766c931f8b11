from odoo import models


class StockQuant(models.Model):
    _inherit = "stock.quant"

    def _gather(
        self,
        product_id,
        location_id,
        lot_id=None,
        package_id=None,
        owner_id=None,
        strict=False,
        qty=0,
    ):
        """Override of `stock`: use the quants that a batch has read for all moves."""
        cache = self.env.context.get("acorn_amazon_quants")
        if cache and not (strict or lot_id or package_id or owner_id):
            quants = cache.get(product_id, location_id)
            if quants is not None:
                return quants.with_env(self.env)
        return super()._gather(
            product_id,
            location_id,
            lot_id=lot_id,
            package_id=package_id,
            owner_id=owner_id,
            strict=strict,
            qty=qty,
        )
