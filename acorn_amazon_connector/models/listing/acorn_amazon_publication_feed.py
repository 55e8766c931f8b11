from odoo import api, fields, models

from ...mappers.listing_issue import describe_issues
from ..words import in_words


class AcornAmazonPublicationFeed(models.Model):
    """Listings that were sent together, until Amazon's report tells of each."""

    _name = "acorn.amazon.publication.feed"
    _description = "Amazon Publication Feed"
    _order = "id desc"
    _rec_name = "feed_id"

    publication_id = fields.Many2one(
        "acorn.amazon.publication", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="publication_id.company_id", store=True)
    feed_id = fields.Char("Feed Id", required=True, readonly=True)
    status = fields.Char("Amazon's Code", readonly=True, default="IN_QUEUE")
    status_text = fields.Char("Status", compute="_compute_status_text")
    ended = fields.Boolean(readonly=True)
    item_ids = fields.Many2many("acorn.amazon.publication.item", readonly=True)

    @api.depends("status")
    @api.depends_context("lang")
    def _compute_status_text(self):
        for feed in self:
            feed.status_text = in_words(self.env, feed.status)

    def _conclude(self, report, remarks):
        """Write down what became of each listing.

        :param report: ``mappers.feed_report.FeedReport`` of a feed that was done, or
            None when Amazon gave it up
        :param remarks: the report as far as there is one
        """
        self.ensure_one()
        self.ended = True
        issues = {}
        for issue in remarks.issues if remarks else ():
            issues.setdefault(issue.message_id, []).append(issue)
        common = issues.pop(None, [])
        for item in self.item_ids.filtered(lambda item: item.state == "feed"):
            own = issues.get(item.id, []) + common
            errors = [issue for issue in own if issue.severity == "ERROR"]
            text = describe_issues(own)
            if report is None:
                text = self.env._(
                    "Amazon gave the feed up (%(status)s). Check and send it again.",
                    status=self.status_text,
                ) + (f"\n{text}" if text else "")
            item._conclude(
                "accepted" if report is not None and not errors else "refused", text
            )
        self.item_ids._bind_listing()
