import logging
from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

from ..mappers.errors import PayloadError
from ..mappers.listing_issue import describe_issues
from ..mappers.listings_feed import (
    CONTENT_TYPE,
    FEED_TYPE,
    MAX_MESSAGES,
    FeedMessage,
    build_listings_feed,
    read_processing_report,
)
from ..mappers.stock import quantity_patches
from ..services.errors import (
    AuthorizationError,
    RequestError,
    SpApiError,
    ThrottledError,
)
from ..services.feed_search import GRACE, LATE, LOOK_LATER, find_feeds
from .acorn_amazon_job_publish import ANY_PRODUCT_TYPE
from .acorn_amazon_job_stock_publish import SEEN_LATELY, amazon_time

_logger = logging.getLogger(__name__)

LOOK_AGAIN = timedelta(seconds=30)
# Amazon takes minutes to hours. A feed that is older is not waited for.
FEED_PATIENCE = timedelta(hours=6)
# After a feed that failed, quantities go one by one for so long.
FEED_REST = timedelta(hours=2)
SUBMITTING = "SUBMITTING"
# Amazon never got it.
LOST = "LOST"
# Given up while Amazon may still work on it.
STUCK = "STUCK"
# Too many feeds: quantities go one by one until Amazon takes another.
THROTTLED = "THROTTLED"
THROTTLED_REST = timedelta(minutes=5)
NEVER_TAKEN = (THROTTLED, LOST)
UNSENT = {"stock_state": "waiting", "stock_unsent": True, "stock_dirty": True}
# What is nearly sold out never waits for a feed.
FEED_FLOOR = 10
# What is read of thousands of offers at once.
FEED_FIELDS = (
    "sku",
    "product_type",
    "target_quantity",
    "amazon_quantity",
    "amazon_quantity_at",
)


class AcornAmazonJobStockPublish(models.AbstractModel):
    """Many changed quantities go as one feed, each with its own result (A2).

    A feed takes effect minutes after its numbers were computed and overwrites what
    Amazon sold in these minutes. So each number is kept lower by what the SKU sold in
    the last day, and a SKU that has less than ten units beyond that goes by itself.
    When the feed is done, the numbers are computed again and what still differs is sent
    by itself. So it is with one that was given up and takes effect after all.
    """

    _inherit = "acorn.amazon.job.stock.publish"

    def _send_together(self, task):
        """Override to send what is much as a feed before the rest goes by itself."""
        self._follow_feeds(task)
        participation = self._choose_for_feed(task.store_id)
        if participation:
            self._send_feed(task, participation)

    def _prepare_target(self, store, offer, result):
        """Override: what is in a feed waits for it, unless it went down.

        The lower number is right until the feed takes effect, and is sent once more
        after it.
        """
        vals = super()._prepare_target(store, offer, result)
        is_in_feed = offer.stock_state == "feed" and vals["stock_state"] == "waiting"
        if is_in_feed and result.quantity >= offer.target_quantity:
            vals["stock_state"] = "feed"
        return vals

    def _get_pause(self, task):
        """Override to look after feeds that Amazon works on."""
        if self._get_open_feeds(task.store_id):
            return LOOK_AGAIN
        if self._get_late_feeds(task.store_id):
            return LOOK_LATER
        return super()._get_pause(task)

    # === DECIDE === #

    def _choose_for_feed(self, store):
        """The marketplace with enough changes for a feed, if a feed may go now.

        :rtype: acorn.amazon.participation
        """
        participations = self.env["acorn.amazon.participation"]
        now = fields.Datetime.now()
        failed = self.env["acorn.amazon.submission.batch"].search_count(
            [
                ("store_id", "=", store.id),
                "|",
                "|",
                ("feed_status", "=", SUBMITTING),
                "&",
                ("feed_status", "in", ("FATAL", "CANCELLED", STUCK, LOST, "UNKNOWN")),
                ("feed_ended_at", ">", now - FEED_REST),
                "&",
                ("feed_status", "=", THROTTLED),
                ("feed_ended_at", ">", now - THROTTLED_REST),
            ],
            limit=1,
        )
        if failed:
            return participations
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT participation_id FROM acorn_amazon_offer
                 WHERE store_id = %s AND stock_unsent AND stock_state = 'waiting'
                   AND is_quantity_owner AND target_quantity >= %s
                 GROUP BY participation_id HAVING count(*) >= %s
                 ORDER BY count(*) DESC LIMIT 1
                """,
                store.id,
                FEED_FLOOR,
                store.feed_threshold,
            )
        )
        return participations.browse([row[0] for row in rows])

    # === SEND === #

    def _send_feed(self, task, participation):
        """Send the numbers of a marketplace as a feed."""
        batch, messages = self._prepare_feed(task.store_id, participation)
        task._checkpoint()
        if messages:
            self._submit_feed(task, batch, participation, messages)

    def _get_feed_domain(self, store, participation):
        return [
            ("store_id", "=", store.id),
            ("participation_id", "=", participation.id),
            ("is_quantity_owner", "=", True),
            ("stock_unsent", "=", True),
            ("stock_state", "=", "waiting"),
            ("target_quantity", ">=", FEED_FLOOR),
            ("listing_id.last_seen", ">", fields.Datetime.now() - SEEN_LATELY),
        ]

    def _prepare_feed(self, store, participation):
        """Write down what goes into the feed.

        :return: (batch, messages)
        """
        offers = self.env["acorn.amazon.offer"].search_fetch(
            self._get_feed_domain(store, participation),
            FEED_FIELDS,
            limit=MAX_MESSAGES,
            order="id",
        )
        margins = self.env["acorn.amazon.demand"]._get_sales(
            store, set(offers.mapped("sku")), fields.Datetime.now() - timedelta(days=1)
        )
        # What has no such margin goes by itself, right after this.
        quantities = {
            offer: offer.target_quantity - margins.get(offer.sku, 0) for offer in offers
        }
        offers = offers.filtered(lambda offer: quantities[offer] >= FEED_FLOOR)
        batch = self._open_batch(store) if offers else None
        if offers:
            batch.write(
                {"feed_status": SUBMITTING, "feed_sent_at": fields.Datetime.now()}
            )
            submissions = self.env["acorn.amazon.submission"].create(
                [
                    {
                        **self._prepare_submission(batch, offer),
                        "quantity": quantities[offer],
                        "state": "feed",
                    }
                    for offer in offers
                ]
            )
            submissions._copy_calculations()
            offers.write({"stock_state": "feed"})
        return batch, [
            FeedMessage(
                number,
                offer.sku,
                "PATCH",
                offer.product_type or ANY_PRODUCT_TYPE,
                quantity_patches(quantities[offer]),
            )
            for number, offer in enumerate(offers, start=1)
        ]

    def _submit_feed(self, task, batch, participation, messages):
        client = task.store_id._get_client()
        content = build_listings_feed(task.store_id.seller_id, messages)
        place = participation.marketplace_id.amazon_id
        try:
            batch.feed_id = client.feeds.submit(
                FEED_TYPE, [place], content, CONTENT_TYPE
            )
        except ThrottledError:
            # Amazon has not taken it, and what ran out does not wait for feeds.
            self._close_feed(batch, THROTTLED)
            task._checkpoint()
            return
        except (RequestError, AuthorizationError):
            self._close_feed(batch, "FATAL")
            task._checkpoint()
            raise
        batch.feed_status = "IN_QUEUE"
        task._checkpoint(processed=len(messages))

    # === FOLLOW === #

    def _get_open_feeds(self, store):
        return self.env["acorn.amazon.submission.batch"].search(
            [
                ("store_id", "=", store.id),
                ("feed_status", "in", ("IN_QUEUE", "IN_PROGRESS", SUBMITTING)),
            ]
        )

    def _get_late_feeds(self, store):
        """The feeds that were given up, and that Amazon may still work on."""
        return self.env["acorn.amazon.submission.batch"].search(
            [
                ("store_id", "=", store.id),
                ("feed_status", "=", STUCK),
                ("feed_sent_at", ">", fields.Datetime.now() - LATE),
            ]
        )

    def _follow_feeds(self, task):
        """Ask what became of feeds, and record the result of each SKU."""
        client = task.store_id._get_client()
        late = self._get_late_feeds(task.store_id)
        for batch in self._get_open_feeds(task.store_id):
            self._follow_feed(client, batch)
            task._checkpoint()
        for batch in late:
            self._follow_late_feed(client, batch)
            task._checkpoint()

    def _follow_feed(self, client, batch):
        """Look after one feed; one that cannot be asked about stops nothing else."""
        try:
            self._read_feed(client, batch)
        except AuthorizationError:
            raise
        except (RequestError, PayloadError):
            self._close_feed(batch, STUCK)
        except SpApiError as exc:
            # What else changed is sent meanwhile.
            _logger.info("Feed %s is asked about again: %s", batch.feed_id, exc)
        age = fields.Datetime.now() - batch.feed_sent_at
        if not batch.feed_ended_at and age > FEED_PATIENCE:
            self._close_feed(batch, STUCK)

    def _read_feed(self, client, batch):
        feeds = self._find_feeds(client, batch)
        if not feeds:
            if fields.Datetime.now() - batch.feed_sent_at > GRACE:
                self._close_feed(batch, LOST)
            return
        if len(feeds) > 1:
            # Nobody knows which is ours; once all are done, none overwrites anything.
            if all(feed.is_final for feed in feeds):
                self._close_feed(batch, "UNKNOWN")
            return
        [feed] = feeds
        batch.feed_id = feed.feed_id
        if not feed.is_final:
            batch.feed_status = feed.status
        elif feed.status == "DONE" and feed.result_document_id:
            report = client.feeds.result(feed.result_document_id)
            self._record_feed(batch, report, amazon_time(feed.ended_at))
        else:
            self._close_feed(batch, feed.status)

    def _find_feeds(self, client, batch):
        """Ask for the feed of a batch, or for what may be it if no answer named it.

        :return: list of ``services.api.feeds.Feed``
        """
        if batch.feed_id:
            return [self._call(lambda: client.feeds.get(batch.feed_id))]
        place = batch.submission_ids[:1].offer_id.marketplace_id
        feeds = self._call(
            lambda: find_feeds(client, FEED_TYPE, batch.feed_sent_at, [place.amazon_id])
        )
        ids = [("feed_id", "in", [feed.feed_id for feed in feeds])]
        known = {
            *self.env["acorn.amazon.submission.batch"].search(ids).mapped("feed_id"),
            *self.env["acorn.amazon.publication.feed"].search(ids).mapped("feed_id"),
        }
        return [feed for feed in feeds if feed.feed_id not in known]

    def _follow_late_feed(self, client, batch):
        """Once Amazon is done with it, it may show older numbers than the last."""
        try:
            feeds = self._find_feeds(client, batch)
        except AuthorizationError:
            raise
        except SpApiError as exc:
            _logger.info("Feed %s is asked about again: %s", batch.feed_id, exc)
            return
        if feeds and all(feed.is_final for feed in feeds):
            batch.feed_status = "UNKNOWN"
            self._send_again(batch.submission_ids)

    def _record_feed(self, batch, data, at):
        """Record what became of each SKU of a feed that is done."""
        try:
            report = read_processing_report(data)
        except PayloadError:
            self._close_feed(batch, "UNKNOWN")
            return
        errors = report.errors()
        sent_values = batch.submission_ids.sorted("id")
        taken = len(sent_values) - len(errors.keys() - {None})
        is_ours = report.accepted + report.invalid == len(sent_values)
        if None in errors or report.accepted < taken or not is_ours:
            # It does not account for every SKU: nobody knows of which.
            self._close_feed(batch, "UNKNOWN")
            return
        now = fields.Datetime.now()
        refused = {
            sent: describe_issues(errors[number])
            for number, sent in enumerate(sent_values, start=1)
            if number in errors
        }
        accepted = sent_values.filtered(lambda sent: sent not in refused)
        accepted.write({"state": "accepted", "message": False, "answered_at": now})
        self.env["acorn.amazon.offer"]._write_each(
            {
                sent.offer_id.quantity_owner_id: self._prepare_taken(sent, at)
                for sent in accepted
            }
        )
        for sent, message in refused.items():
            sent.write({"state": "refused", "message": message, "answered_at": now})
            self._record_refusal(sent.offer_id, message)
        batch.write({"feed_status": "DONE", "feed_ended_at": now})

    def _prepare_taken(self, sent, at):
        """What the offer that sends the number knows since the feed took effect."""
        owner = sent.offer_id.quantity_owner_id
        is_same = owner == sent.offer_id
        return {
            **self._prepare_quantity(owner, sent.quantity, at),
            # Another one may have sent a number by itself meanwhile.
            **self._prepare_state("published" if is_same else "waiting"),
            "stock_dirty": True,
        }

    def _close_feed(self, batch, status):
        """What a feed did is not known or nothing: send its SKUs by themselves."""
        batch.write({"feed_status": status, "feed_ended_at": fields.Datetime.now()})
        sent = batch.submission_ids.filtered(lambda sent: sent.state == "feed")
        sent.write(
            {
                "state": "failed",
                "message": self.env._(
                    "The feed ended with %(status)s. The values are sent again.",
                    status=status,
                ),
            }
        )
        if status in NEVER_TAKEN:
            sent.offer_id.quantity_owner_id.write(UNSENT)
        else:
            self._send_again(sent)

    def _send_again(self, sent):
        """Read what Amazon shows for values of a feed, and send what is right by now.

        :param sent: ``acorn.amazon.submission``
        """
        for submission in sent:
            submission.offer_id.quantity_owner_id._note_sent(submission.quantity)
        sent.offer_id.quantity_owner_id.write(UNSENT)
