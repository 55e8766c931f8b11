from odoo import models

from ..mappers.errors import PayloadError
from ..mappers.listing import map_listings
from ..mappers.listings_feed import read_processing_report
from .acorn_amazon_job_publish import readable_together

FOLLOWED_DATA = (
    "summaries",
    "attributes",
    "issues",
    "offers",
    "fulfillmentAvailability",
)


class AcornAmazonJobPublications(models.AbstractModel):
    """Read what became of what was sent: feeds first, then the listings themselves."""

    _inherit = "acorn.amazon.job.publications"

    def _follow(self, task, client, publication):
        for feed in publication.feed_ids.filtered(lambda feed: not feed.ended):
            self._read_feed(client, feed)
            if not task._checkpoint(processed=1):
                return 0
        accepted = publication.item_ids.filtered(lambda item: item.state == "accepted")
        for place, items in accepted.grouped("participation_id").items():
            while some := readable_together(items):
                items -= some
                self._read_listings(client, place, some)
                if not task._checkpoint(processed=1):
                    return 0
        states = set(publication.item_ids.mapped("state"))
        if states.isdisjoint(("feed", "accepted")):
            publication.write({"state": "done", "message": False})
        return task._checkpoint()

    def _read_feed(self, client, feed):
        answer = self._call(lambda: client.feeds.get(feed.feed_id))
        feed.status = answer.status
        if not answer.is_final:
            return
        report = None
        if answer.result_document_id:
            try:
                report = read_processing_report(
                    self._call(lambda: client.feeds.result(answer.result_document_id))
                )
            except PayloadError as exc:
                feed.publication_id.message = str(exc)
        feed._conclude(report if answer.status == "DONE" else None, report)

    def _read_listings(self, client, place, items):
        """Keep what Amazon shows of listings; those it shows are live."""
        page = self._call(
            lambda: client.listings.find(
                place.store_id.seller_id,
                [place.marketplace_id.amazon_id],
                items.mapped("sku"),
                included_data=FOLLOWED_DATA,
                issue_locale=place._get_issue_locale(),
            )
        )
        shown = {}
        for payload in page.items:
            for listing in map_listings(payload):
                shown[listing.sku] = listing
        mine = items.filtered(lambda item: item.sku in shown)
        sold = [shown[item.sku] for item in mine if not item.is_parent]
        offers = self.env["acorn.amazon.offer"]._upsert(place, sold)
        offers._mark()
        place._learn_page(page)
        for item in mine:
            item.asin = shown[item.sku].asin or item.asin
            item.listing_id.asin = item.asin
            item._conclude("live", item.message)
