from odoo import api, models


class AcornAmazonTask(models.Model):
    """Changed prices wake the flow that sends them."""

    _inherit = "acorn.amazon.task"

    @api.model
    def _make_due(self, lane):
        """Override to look which offers' prices changed."""
        if lane == "remote":
            self.env["acorn.amazon.price.event"]._resolve()
        return super()._make_due(lane)
