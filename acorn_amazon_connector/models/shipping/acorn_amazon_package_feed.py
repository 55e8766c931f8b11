from datetime import timedelta

from odoo import api, fields, models

from ...mappers.order_feed import FulfillmentMessage, build_fulfillment_feed
from ...services.feed_search import LATE

# Amazon takes minutes to hours. A feed that is older is not waited for.
FEED_PATIENCE = timedelta(hours=6)
# After a feed that failed, parcels go one by one for so long.
FEED_REST = timedelta(hours=2)
SUBMITTING = "SUBMITTING"
DONE = "DONE"
# Given up while Amazon may still work on it.
STUCK = "STUCK"


class AcornAmazonPackageFeed(models.Model):
    """Many parcels told to Amazon at once, each with its own result (A1)."""

    _name = "acorn.amazon.package.feed"
    _description = "Amazon Shipment Feed"
    _order = "id desc"

    name = fields.Char("Feed Id", readonly=True)
    store_id = fields.Many2one(
        "acorn.amazon.store",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    status = fields.Char(required=True, readonly=True, default=SUBMITTING)
    sent_at = fields.Datetime("Sent On", required=True, readonly=True)
    ended_at = fields.Datetime("Done On", readonly=True)
    message = fields.Text("Amazon's Answer", readonly=True)
    package_ids = fields.One2many("acorn.amazon.package", "feed_id", readonly=True)
    late_package_ids = fields.Many2many(
        "acorn.amazon.package",
        readonly=True,
        help="The parcels that Amazon may yet tell of as they were in this feed.",
    )

    @api.model
    def _get_open(self, store):
        """The feeds whose result is not known yet.

        :param store: ``acorn.amazon.store``
        """
        return self.search([("store_id", "=", store.id), ("ended_at", "=", False)])

    @api.model
    def _get_late(self, store):
        """The feeds that were given up, and that Amazon may still work on.

        :param store: ``acorn.amazon.store``
        """
        since = fields.Datetime.now() - LATE
        return self.search(
            [
                ("store_id", "=", store.id),
                ("status", "=", STUCK),
                ("sent_at", ">", since),
            ]
        )

    @api.model
    def _may_open(self, store):
        """Whether a feed may go now: none is under way, and none failed lately.

        :rtype: bool
        """
        since = fields.Datetime.now() - FEED_REST
        return not self.search_count(
            [
                ("store_id", "=", store.id),
                "|",
                ("ended_at", "=", False),
                "&",
                ("status", "!=", DONE),
                ("ended_at", ">", since),
            ],
            limit=1,
        )

    @api.model
    def _open(self, packages):
        """Note that Amazon is about to be told of parcels, all at once.

        Those that are not to be sent after all are left out.

        :param packages: ``acorn.amazon.package`` of one store
        :return: the feed
        """
        told = packages.filtered(lambda package: package._begin_sending())
        feed = self.create(
            {"store_id": packages.store_id.id, "sent_at": fields.Datetime.now()}
        )
        told.write({"feed_id": feed.id})
        return feed

    def _get_content(self):
        """The document of POST_ORDER_FULFILLMENT_DATA; messages bear parcels' ids.

        :rtype: bytes
        """
        return build_fulfillment_feed(
            self.store_id.seller_id,
            [
                FulfillmentMessage(
                    package.id, package.amazon_order_id, package._prepare_package()
                )
                for package in self.package_ids
            ],
        )

    def _is_overdue(self):
        """Whether Amazon took longer than a shipment can wait.

        :rtype: bool
        """
        return self.sent_at + FEED_PATIENCE < fields.Datetime.now()

    def _record(self, report):
        """Note what became of each parcel.

        :param report: ``mappers.feed_report.FeedReport``
        """
        errors = report.errors()
        taken = self.package_ids.filtered(lambda package: package.id not in errors)
        is_ours = report.accepted + report.invalid == len(self.package_ids)
        if None in errors or report.accepted < len(taken) or not is_ours:
            # It does not account for every parcel: nobody knows of which.
            self._give_up(DONE, self._describe(errors.get(None, ())))
            return
        for package in taken:
            package._record_confirmed(None)
        for package in self.package_ids - taken:
            issues = errors[package.id]
            package._record_refused(issues[0].code, self._describe(issues), None)
        self._end(DONE)

    def _describe(self, issues):
        return "\n".join(f"{issue.code}: {issue.message}" for issue in issues)

    def _give_up(self, status, message=False):
        """What the feed did is not known, or nothing: its parcels go by themselves.

        They keep their numbers, so that what Amazon has taken is only edited.
        """
        if status == STUCK:
            self.late_package_ids = self.package_ids
        for package in self.package_ids.filtered(lambda each: each.state == "sending"):
            package.write({"state": "to_send"})
        self._end("UNKNOWN" if status == DONE else status, message)

    def _tell_again(self):
        """Tell Amazon anew of parcels that a feed edited after it was given up."""
        told = self.late_package_ids.filtered(lambda each: each.state == "confirmed")
        told.write({"state": "to_send"})
        self.status = "UNKNOWN"

    def _end(self, status, message=False):
        self.write(
            {"status": status, "message": message, "ended_at": fields.Datetime.now()}
        )
