from datetime import timedelta

from odoo import fields, models

from ..mappers.errors import PayloadError
from ..mappers.order_feed import FULFILLMENT_FEED, XML_CONTENT_TYPE, read_xml_report
from ..services.errors import (
    AuthorizationError,
    RequestError,
    SpApiError,
    UnexpectedReplyError,
)
from ..services.feed_search import GRACE, LOOK_LATER, find_feeds

CREATE = "feeds.createFeed"
LOOK_AGAIN = timedelta(seconds=30)
MOST_PARCELS = 5000
# As many as createFeed takes.
MOST_MARKETPLACES = 25


class AcornAmazonJobShipments(models.AbstractModel):
    """Many parcels go as one feed: calls one by one would take hours (A1).

    note the feed and its parcels → commit → upload and create → note its id → commit.
    After a crash in between, the feed is looked for. When it failed, or Amazon has
    none, the parcels go one by one. Their numbers are the same, so that what Amazon has
    taken already is only edited; what a feed edits that was given up is told again.
    """

    _inherit = "acorn.amazon.job.shipments"

    def _run(self, task):
        """Override to read what became of feeds, and to send what is much as one."""
        self._follow_feeds(task)
        self.env["acorn.amazon.package"]._release_untracked(task.store_id)
        if self._may_send(task.store_id):
            self._send_feed(task)
        return super()._run(task)

    def _get_pause(self, task):
        """Override to look after feeds that Amazon works on."""
        feeds = self.env["acorn.amazon.package.feed"]
        if feeds._get_open(task.store_id):
            return LOOK_AGAIN
        if feeds._get_late(task.store_id):
            return LOOK_LATER
        return super()._get_pause(task)

    def _send_feed(self, task):
        store = task.store_id
        feeds = self.env["acorn.amazon.package.feed"]
        waiting = [("store_id", "=", store.id), ("state", "=", "to_send")]
        packages = self.env["acorn.amazon.package"].search(
            waiting, limit=MOST_PARCELS, order="id"
        )
        if len(packages) < store.shipment_feed_threshold or not feeds._may_open(store):
            return
        feed = feeds._open(packages)
        task._checkpoint()
        if feed.package_ids:
            self._submit(task, feed)
        else:
            feed._end("EMPTY")
        task._checkpoint(processed=len(feed.package_ids))

    def _submit(self, task, feed):
        """Hand the document to Amazon."""
        store = feed.store_id
        marketplaces = store.participation_ids.marketplace_id[:MOST_MARKETPLACES]
        content = feed._get_content()
        try:
            feed_id = store._get_client().feeds.submit(
                FULFILLMENT_FEED,
                marketplaces.mapped("amazon_id"),
                content,
                XML_CONTENT_TYPE,
            )
        except SpApiError as exc:
            feed.message = exc.message
            # Whether Amazon has it otherwise, the next run finds out.
            if exc.had_no_effect(CREATE):
                feed.package_ids._forget_attempt()
                feed._give_up("LOST", exc.message)
        else:
            feed.write({"name": feed_id, "status": "IN_QUEUE"})

    def _follow_feeds(self, task):
        """Ask what became of feeds, and record the result of each parcel."""
        feeds = self.env["acorn.amazon.package.feed"]
        late = feeds._get_late(task.store_id)
        under_way = feeds._get_open(task.store_id)
        if not late and not under_way:
            return
        client = task.store_id._get_client()
        for feed in under_way:
            self._follow(client, feed)
            task._checkpoint()
        for feed in late:
            self._follow_late(client, feed)
            task._checkpoint()

    def _follow(self, client, feed):
        """Look after one feed; one that cannot be asked about stops nothing else."""
        try:
            self._read_feed(client, feed)
        except AuthorizationError:
            raise
        except (RequestError, UnexpectedReplyError) as exc:
            feed._give_up("STUCK", exc.words)
        except PayloadError as exc:
            feed._give_up("DONE", str(exc))
        except SpApiError as exc:
            # It is asked about again; parcels outside of it go on.
            feed.message = exc.words
        if not feed.ended_at and feed._is_overdue():
            feed._give_up("STUCK")

    def _read_feed(self, client, feed):
        found = self._find_feeds(client, feed)
        if not found:
            if feed.sent_at + GRACE < fields.Datetime.now():
                feed._give_up("LOST")
            return
        if len(found) > 1:
            # Nobody knows which is ours; once all are done, none edits anything.
            if all(each.is_final for each in found):
                feed._give_up("UNKNOWN")
            return
        [answer] = found
        feed.name = answer.feed_id
        if not answer.is_final:
            feed.status = answer.status
        elif answer.status == "DONE" and answer.result_document_id:
            data = client.feeds.result(answer.result_document_id)
            feed._record(read_xml_report(data))
        else:
            feed._give_up(answer.status)

    def _find_feeds(self, client, feed):
        """Ask for a feed, or for what may be it if no answer named it.

        :return: list of ``services.api.feeds.Feed``
        """
        if feed.name:
            return [self._call(lambda: client.feeds.get(feed.name))]
        found = self._call(lambda: find_feeds(client, FULFILLMENT_FEED, feed.sent_at))
        known = feed.search([("name", "in", [each.feed_id for each in found])])
        return [each for each in found if each.feed_id not in known.mapped("name")]

    def _follow_late(self, client, feed):
        """Once Amazon is done with it, parcels may have its numbers again."""
        try:
            found = self._find_feeds(client, feed)
        except AuthorizationError:
            raise
        except SpApiError as exc:
            feed.message = exc.words
            return
        if found and all(each.is_final for each in found):
            feed._tell_again()
