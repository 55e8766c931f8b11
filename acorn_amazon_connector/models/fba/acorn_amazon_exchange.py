from odoo import fields, models


class AcornAmazonExchange(models.Model):
    """Days of the FBA ledger, and orders that Amazon shall ship (A8, X14, A37)."""

    _inherit = "acorn.amazon.exchange"

    kind = fields.Selection(
        selection_add=[
            ("fba_ledger", "FBA Ledger Day"),
            ("fba_outbound", "Multi-Channel Order"),
            ("fba_inbound", "Inbound Plan"),
        ],
        ondelete={
            "fba_ledger": "cascade",
            "fba_outbound": "cascade",
            "fba_inbound": "cascade",
        },
    )
