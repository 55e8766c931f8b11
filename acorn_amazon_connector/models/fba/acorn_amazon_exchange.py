from odoo import fields, models


class AcornAmazonExchange(models.Model):
    """Days of the FBA ledger, as Amazon reported them (A8, X14)."""

    _inherit = "acorn.amazon.exchange"

    kind = fields.Selection(
        selection_add=[("fba_ledger", "FBA Ledger Day")],
        ondelete={"fba_ledger": "cascade"},
    )
