from datetime import timedelta

from odoo import models

from ..mappers.errors import PayloadError
from ..mappers.order_feed import FULFILLMENT_FEED, XML_CONTENT_TYPE, read_xml_report
from ..services.errors import AuthorizationError, RequestError, SpApiError

LOOK_AGAIN = timedelta(seconds=30)
MOST_PARCELS = 5000
# As many as createFeed takes.
MOST_MARKETPLACES = 25


class AcornAmazonJobShipments(models.AbstractModel):
    """Many parcels go as one feed: calls one by one would take hours (A1).

    note the feed and its parcels → commit → upload and create → note its id → commit.
    After a crash in between, or a feed that failed, the parcels go one by one. Their
    numbers are the same, so that what Amazon has taken already is only edited.
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
        if self.env["acorn.amazon.package.feed"]._get_open(task.store_id):
            return LOOK_AGAIN
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
            # Should Amazon have it after all, its numbers are those of the calls.
            feed._give_up("LOST", exc.message)
        else:
            feed.write({"name": feed_id, "status": "IN_QUEUE"})

    def _follow_feeds(self, task):
        """Ask what became of feeds, and record the result of each parcel."""
        feeds = self.env["acorn.amazon.package.feed"]._get_open(task.store_id)
        if not feeds:
            return
        client = task.store_id._get_client()
        for feed in feeds:
            if feed.name:
                self._follow(client, feed)
            else:
                feed._give_up("LOST")
            task._checkpoint()

    def _follow(self, client, feed):
        """Look after one feed; one that cannot be asked about stops nothing else."""
        try:
            self._read_feed(client, feed)
        except AuthorizationError:
            raise
        except RequestError as exc:
            feed._give_up("LOST", exc.words)
        except PayloadError as exc:
            feed._give_up("DONE", str(exc))
        except SpApiError as exc:
            # It is asked about again; parcels outside of it go on.
            feed.message = exc.words
        if not feed.ended_at and feed._is_overdue():
            feed._give_up("STUCK")

    def _read_feed(self, client, feed):
        found = self._call(lambda: client.feeds.get(feed.name))
        if not found.is_final:
            feed.status = found.status
        elif found.status == "DONE" and found.result_document_id:
            data = client.feeds.result(found.result_document_id)
            feed._record(read_xml_report(data))
        else:
            feed._give_up(found.status)
