from datetime import timedelta

from odoo import api, fields, models

from ...mappers.listing_issue import describe_issues

KEPT_DAYS = 180


class AcornAmazonSubmission(models.Model):
    """One value that was sent to Amazon for one offer, and what became of it.

    It says why the value was what it was, what stood there before (X15), and which
    answer of Amazon's belongs to it.
    """

    _name = "acorn.amazon.submission"
    _description = "Sent to Amazon"
    _order = "id desc"
    _rec_name = "sku"

    offer_id = fields.Many2one(
        "acorn.amazon.offer", required=True, ondelete="cascade", index=True
    )
    batch_id = fields.Many2one(
        "acorn.amazon.submission.batch", required=True, ondelete="cascade", index=True
    )
    store_id = fields.Many2one("acorn.amazon.store", required=True, index=True)
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    sku = fields.Char("SKU", required=True)
    quantity = fields.Integer(required=True)
    previous_quantity = fields.Integer("Shown Before")
    has_previous = fields.Boolean(
        help="What Amazon showed before is known, so that this can be undone."
    )
    calculation = fields.Json()
    state = fields.Selection(
        [
            ("sending", "Being Sent"),
            ("feed", "In a Feed"),
            ("accepted", "Accepted"),
            ("refused", "Refused"),
            ("failed", "No Answer"),
        ],
        required=True,
        default="sending",
    )
    message = fields.Text(help="Amazon's own words.")
    amazon_submission_id = fields.Char("Submission Id")
    request_id = fields.Char("RequestId")
    sent_at = fields.Datetime(default=fields.Datetime.now)
    answered_at = fields.Datetime()

    _open_idx = models.Index("(store_id) WHERE state IN ('sending', 'feed')")

    def _answer(self, submission):
        """Note Amazon's answer to a patch.

        :param submission: ``services.api.listings.Submission``
        """
        self.ensure_one()
        self.write(
            {
                "state": "accepted" if submission.is_accepted else "refused",
                "message": describe_issues(submission.issues) or False,
                "amazon_submission_id": submission.submission_id,
                "request_id": submission.request_id,
                "answered_at": fields.Datetime.now(),
            }
        )

    @api.autovacuum
    def _gc_submissions(self):
        """Forget what was sent long ago."""
        limit = 5_000
        old = self.search(
            [("sent_at", "<", fields.Datetime.now() - timedelta(days=KEPT_DAYS))],
            limit=limit,
        )
        done = len(old)
        old.unlink()
        return done, int(done == limit)
