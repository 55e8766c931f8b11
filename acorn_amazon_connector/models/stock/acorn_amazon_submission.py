from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

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
    # Not related, so that it can be given: thousands are created at once.
    company_id = fields.Many2one(
        "res.company",
        compute="_compute_company_id",
        store=True,
        readonly=False,
        index=True,
    )
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

    @api.depends("store_id.company_id")
    def _compute_company_id(self):
        for submission in self:
            submission.company_id = submission.store_id.company_id

    def _copy_calculations(self):
        """Keep why the values are what they are, as their offers know it."""
        self.offer_id.flush_recordset(["calculation"])
        self.env.cr.execute(
            SQL(
                """
                UPDATE acorn_amazon_submission sent
                   SET calculation = offer.calculation
                  FROM acorn_amazon_offer offer
                 WHERE offer.id = sent.offer_id AND sent.id IN %s
                """,
                tuple(self.ids) or (0,),
            )
        )
        self.invalidate_recordset(["calculation"])

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
