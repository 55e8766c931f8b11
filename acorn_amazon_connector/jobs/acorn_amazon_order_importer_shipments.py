from odoo import models

from .acorn_amazon_order_importer import SHIPPED_STATUSES


class AcornAmazonOrderImporter(models.AbstractModel):
    """What Amazon says of parcels when an order comes back (A33)."""

    _inherit = "acorn.amazon.order.importer"

    def _prepare_state_vals(self, plan):
        """Override to keep the parcels that Amazon knows."""
        values = super()._prepare_state_vals(plan)
        # The older interface tells nothing of parcels: what is known stays.
        if plan.order.packages and plan.order.fulfilled_by == "MERCHANT":
            values["acorn_amazon_parcels"] = [
                {
                    "reference": package.reference or "",
                    "tracking": package.tracking_number or "",
                    "status": package.detailed_status or package.status or "",
                }
                for package in plan.order.packages
            ]
        return values

    def _apply(self, lookups, plans):
        """Override to bring the parcels of the orders up to date."""
        result = super()._apply(lookups, plans)
        for plan in plans:
            partly = plan.order.status in SHIPPED_STATUSES - {"SHIPPED"}
            if partly and plan.sale_order and plan.order.fulfilled_by == "MERCHANT":
                plan.sale_order._acorn_amazon_note_shipped(self._get_shipped(plan))
        orders = self.env["sale.order"].union(
            *(plan.sale_order for plan in plans if plan.sale_order)
        )
        if orders:
            orders._acorn_amazon_close_shipped_elsewhere()
            packages = self.env["acorn.amazon.package"].search(
                [("order_id", "in", orders.ids)]
            )
            packages.order_id._acorn_amazon_follow_parcels()
        return result
