from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def _post(self, soft=True):
        """Override of `account`: a credit note may settle a cancelled Amazon order."""
        posted = super()._post(soft=soft)
        credits = posted.filtered(lambda move: move.move_type == "out_refund")
        orders = credits.sudo().invoice_line_ids.sale_line_ids.order_id
        orders._acorn_amazon_close_settled()
        return posted
