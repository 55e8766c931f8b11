"""Feeds whose creation got no answer: Amazon has them, or has not."""

from datetime import timedelta, timezone

# How long Amazon may take to list a feed that it has taken, and how far its clock may
# be from ours.
GRACE = timedelta(minutes=10)
# So long after it was sent Amazon has nothing left to do with a feed.
LATE = timedelta(days=3)
# How often one is asked about that was given up.
LOOK_LATER = timedelta(minutes=5)
PAGE_SIZE = 100


def find_feeds(client, feed_type, sent_at, marketplace_ids=()):
    """Return the feeds that were made when one was sent, the others' as well.

    :param client: ``SpApiClient`` of the seller
    :param datetime sent_at: naive UTC, by our own clock
    :return: list of ``services.api.feeds.Feed``
    :raise SpApiError: as Amazon answered
    """
    moment = sent_at.replace(tzinfo=timezone.utc)
    found = client.feeds.pages(
        feed_types=[feed_type],
        marketplace_ids=marketplace_ids,
        created_since=moment - GRACE,
        page_size=PAGE_SIZE,
    )
    latest = moment + GRACE
    return [
        feed
        for page in found
        for feed in page.feeds
        if not feed.created_at or feed.created_at <= latest
    ]
