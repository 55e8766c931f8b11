from odoo import api, models


class AcornAmazonTask(models.Model):
    """Changed stock wakes the flow that sends it."""

    _inherit = "acorn.amazon.task"

    @api.model
    def _make_due(self, lane):
        """Override to look which offers' stock changed."""
        if lane == "remote":
            self.env["acorn.amazon.stock.event"]._resolve()
        return super()._make_due(lane)
