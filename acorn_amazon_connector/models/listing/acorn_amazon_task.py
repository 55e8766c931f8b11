from odoo import api, models


class AcornAmazonTask(models.Model):
    """Changed prices wake the flow that sends them."""

    _inherit = "acorn.amazon.task"

    @api.model
    def _cron_run_tasks(self, lane):
        """Override to look which offers' prices changed first."""
        if lane == "remote":
            self.env["acorn.amazon.price.event"]._resolve()
        return super()._cron_run_tasks(lane)
