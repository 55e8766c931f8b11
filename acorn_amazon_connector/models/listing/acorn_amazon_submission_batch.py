from odoo import fields, models
from odoo.exceptions import UserError


class AcornAmazonSubmissionBatch(models.Model):
    """Batches of prices are taken back like those of quantities (X15)."""

    _inherit = "acorn.amazon.submission.batch"

    origin = fields.Selection(
        selection_add=[("price", "Prices Changed"), ("removal", "Offers Removed")],
        ondelete={"price": "cascade", "removal": "cascade"},
    )

    def action_undo(self):
        """Override to bring back the prices that stood there before a batch."""
        self.ensure_one()
        if self.origin not in ("price", "removal"):
            return super().action_undo()
        self.check_access("write")
        sent = self.sudo().submission_ids.filtered(
            lambda sent: (
                sent.kind == "price" and sent.state == "accepted" and sent.has_previous
            )
        )
        if not sent:
            raise UserError(
                self.env._(
                    "Nothing in this batch can be taken back: Amazon accepted none of "
                    "it, or what it showed before is not known."
                )
            )
        # The oldest value of an offer is what stood there before the batch.
        for submission in sent.sorted("id", reverse=True):
            submission.offer_id.held_prices = submission.previous_prices
        sent.offer_id._mark_price()
        self.sudo().undone_on = fields.Datetime.now()
        return True

    def action_resume(self):
        """Override to let the offers follow their pricelist again."""
        if self.origin != "price":
            return super().action_resume()
        self.check_access("write")
        held = self.sudo().submission_ids.offer_id.filtered("is_price_held")
        held.action_resume_price()
        self.sudo().undone_on = False
        return True
