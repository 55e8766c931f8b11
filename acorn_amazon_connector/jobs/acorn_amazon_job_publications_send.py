from odoo import fields, models

from ..mappers.listing_issue import describe_issues
from ..mappers.listings_feed import (
    CONTENT_TYPE,
    FEED_TYPE,
    MAX_MESSAGES,
    FeedMessage,
    build_listings_feed,
)
from ..services.errors import RequestError
from .acorn_amazon_job_publications_check import _to_json


class AcornAmazonJobPublications(models.AbstractModel):
    """Send what was checked: parents first, then one by one or, if many, as a feed.

    Each is sent as a whole, so that sending it twice does no harm.
    """

    _inherit = "acorn.amazon.job.publications"

    def _send(self, task, client, publication):
        for parent in publication.item_ids.filtered(
            lambda item: item.is_parent and item.state == "checked"
        ):
            if publication.store_id.state != "live":
                return task._checkpoint()
            self._put(client, parent)
            if not task._checkpoint(processed=1):
                return 0
        todo = self._get_sendable(publication)
        for items in todo.grouped("participation_id").values():
            if len(items) >= publication.store_id.publication_feed_threshold:
                for start in range(0, len(items), MAX_MESSAGES):
                    self._send_feed(task, client, items[start : start + MAX_MESSAGES])
                continue
            for item in items:
                # Somebody may have paused it meanwhile.
                if publication.store_id.state != "live":
                    return task._checkpoint()
                self._put(client, item)
                if not task._checkpoint(processed=1):
                    return 0
        publication.write({"state": "sent"})
        return task._checkpoint()

    def _get_sendable(self, publication):
        """The listings that can go now; variants of a refused group cannot."""
        todo = publication.item_ids.filtered(lambda item: item.state == "checked")
        orphans = todo.filtered(
            lambda item: (
                item.parent_id and item.parent_id.state not in ("accepted", "live")
            )
        )
        for item in orphans:
            item._conclude(
                "refused",
                self.env._(
                    "Its group %(sku)s was not accepted: solve that first.",
                    sku=item.parent_id.sku,
                ),
            )
        return todo - orphans

    def _put(self, client, item):
        try:
            answer = self._call(
                lambda: client.listings.put(
                    item.store_id.seller_id,
                    item.sku,
                    [item.marketplace_id.amazon_id],
                    item._get_product_type().name,
                    item.requirements,
                    item.attributes,
                    issue_locale=item.participation_id._get_issue_locale(),
                )
            )
        except RequestError as exc:
            item._conclude("refused", exc.words, request_id=exc.request_id)
            return
        item._conclude(
            "accepted" if answer.is_accepted else "refused",
            describe_issues(answer.issues),
            issues=[_to_json(issue) for issue in answer.issues],
            amazon_submission_id=answer.submission_id,
            request_id=answer.request_id,
            sent_at=fields.Datetime.now(),
        )
        item._bind_listing()

    def _send_feed(self, task, client, items):
        """Send the listings of one marketplace as one feed."""
        place = items.participation_id
        feeds = self.env["acorn.amazon.publication.feed"]
        messages = [
            FeedMessage(
                message_id=item.id,
                sku=item.sku,
                operation="UPDATE",
                product_type=item._get_product_type().name,
                attributes=item.attributes,
                requirements=item.requirements,
            )
            for item in items
        ]
        content = build_listings_feed(
            task.store_id.seller_id, messages, place._get_issue_locale()
        )
        feed_id = self._call(
            lambda: client.feeds.submit(
                FEED_TYPE, [place.marketplace_id.amazon_id], content, CONTENT_TYPE
            )
        )
        feed = feeds.create(
            {
                "publication_id": items.publication_id.id,
                "feed_id": feed_id,
                "item_ids": [(6, 0, items.ids)],
            }
        )
        items.write({"state": "feed", "sent_at": fields.Datetime.now()})
        task._checkpoint(processed=len(items))
        return feed
