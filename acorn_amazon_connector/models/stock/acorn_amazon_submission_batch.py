from odoo import api, fields, models
from odoo.exceptions import UserError

from ..guard import check_written
from ..words import in_words


class AcornAmazonSubmissionBatch(models.Model):
    """Values that were sent together, and can be taken back together (X15)."""

    _name = "acorn.amazon.submission.batch"
    _description = "Amazon Batch"
    _order = "id desc"

    name = fields.Char(compute="_compute_name")
    store_id = fields.Many2one(
        "acorn.amazon.store", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    origin = fields.Selection(
        [
            ("stock", "Stock Changed"),
            ("emergency", "Everything to 0"),
            ("repair", "Amazon Showed Something Else"),
        ],
        required=True,
        default="stock",
    )
    submission_ids = fields.One2many("acorn.amazon.submission", "batch_id")
    submission_count = fields.Integer(compute="_compute_counts", string="Values")
    refused_count = fields.Integer(compute="_compute_counts", string="Refused")
    feed_id = fields.Char("Feed Id", readonly=True)
    feed_status = fields.Char("Amazon's Code", readonly=True)
    feed_status_text = fields.Char("Feed Status", compute="_compute_feed_status_text")
    feed_sent_at = fields.Datetime(readonly=True)
    feed_ended_at = fields.Datetime(readonly=True)
    undone_on = fields.Datetime("Taken Back On", readonly=True)

    @api.depends("create_date", "origin")
    def _compute_name(self):
        origins = dict(self._fields["origin"]._description_selection(self.env))
        for batch in self:
            moment = batch.create_date or fields.Datetime.now()
            shown = fields.Datetime.context_timestamp(batch, moment)
            batch.name = f"{origins.get(batch.origin)} {shown:%Y-%m-%d %H:%M:%S}"

    @api.depends("feed_status")
    @api.depends_context("lang")
    def _compute_feed_status_text(self):
        for batch in self:
            batch.feed_status_text = in_words(self.env, batch.feed_status)

    @api.depends("submission_ids.state")
    def _compute_counts(self):
        counts = self.env["acorn.amazon.submission"]._read_group(
            [("batch_id", "in", self.ids)], ["batch_id", "state"], ["__count"]
        )
        for batch in self:
            own = {state: count for group, state, count in counts if group == batch}
            batch.submission_count = sum(own.values())
            batch.refused_count = own.get("refused", 0)

    def write(self, vals):
        """Override: what was sent, and how, is evidence; it is taken back by button."""
        check_written(self, vals, ("store_id", "origin", "submission_ids"))
        return super().write(vals)

    def action_undo(self):
        """Go back to what Amazon showed before, and keep it so until resumed.

        Never more than is free: taking back offers no units that do not exist.
        """
        self.ensure_one()
        self.check_access("write")
        sent = self.sudo().submission_ids.filtered(
            lambda sent: sent.state == "accepted" and sent.has_previous
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
            submission.offer_id.quantity_owner_id.write(
                {"is_held": True, "held_quantity": submission.previous_quantity}
            )
        sent.offer_id._mark()
        self.sudo().undone_on = fields.Datetime.now()
        return True

    def action_resume(self):
        """Let the offers of a batch that was taken back follow the stock again."""
        self.check_access("write")
        offers = self.sudo().submission_ids.offer_id
        held = offers.quantity_owner_id.filtered("is_held")
        held.action_resume_stock()
        self.sudo().undone_on = False
        return True
