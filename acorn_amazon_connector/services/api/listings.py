"""Listings Items API 2021-08-01, the read side."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..operations import OPERATIONS
from ..pagination import pages
from ..transport import Transport
from .common import next_token, objects

_SEARCH = OPERATIONS["listings.searchListingsItems"]
_GET = OPERATIONS["listings.getListingsItem"]

ALL_DATA = ("summaries", "attributes", "offers", "fulfillmentAvailability")


@dataclass(frozen=True, slots=True)
class ListingsPage:
    """A page of listings; ``total`` is Amazon's count of all results."""

    items: list[dict]
    next_token: str | None
    total: int | None


class ListingsApi:
    """``searchListingsItems`` and ``getListingsItem``."""

    def __init__(self, transport: Transport):
        self._transport = transport

    def search(
        self,
        seller_id: str,
        marketplace_ids: Sequence[str],
        *,
        identifiers: Sequence[str] = (),
        identifiers_type: str | None = None,
        created_after: datetime | str | None = None,
        last_updated_after: datetime | str | None = None,
        sort_by: str | None = None,
        sort_order: str | None = None,
        page_size: int = 20,
        page_token: str | None = None,
        included_data: Sequence[str] = ALL_DATA,
        issue_locale: str | None = None,
    ) -> ListingsPage:
        """Return one page of listings (5 calls/s, burst 5).

        Amazon pages through 1,000 listings at most. Larger catalogues are read
        in order of creation, each search starting where the one before ended,
        or come from the listings report.

        :param identifiers: at most 20, of ``identifiers_type`` (SKU, ASIN, …)
        :param sort_by: ``sku``, ``createdDate`` or ``lastUpdatedDate``
        :param sort_order: ``ASC`` or ``DESC``
        :param page_size: 1 to 20
        """
        reply = self._transport.call(
            _SEARCH,
            path_params={"sellerId": seller_id},
            query={
                "marketplaceIds": marketplace_ids,
                "identifiers": identifiers,
                "identifiersType": identifiers_type,
                "createdAfter": created_after,
                "lastUpdatedAfter": last_updated_after,
                "sortBy": sort_by,
                "sortOrder": sort_order,
                "pageSize": page_size,
                "pageToken": page_token,
                "includedData": included_data,
                "issueLocale": issue_locale,
            },
        )
        total = reply.payload.get("numberOfResults")
        return ListingsPage(
            objects(reply.payload.get("items"), "items", _SEARCH, reply),
            next_token(reply.payload.get("pagination"), "nextToken"),
            total if isinstance(total, int) else None,
        )

    def pages(
        self, seller_id: str, marketplace_ids: Sequence[str], **filters
    ) -> Iterator[ListingsPage]:
        """Yield all pages of a search; arguments as for ``search``."""
        start = filters.pop("page_token", None)

        def fetch(token):
            return self.search(seller_id, marketplace_ids, page_token=token, **filters)

        return pages(fetch, start)

    def get(
        self,
        seller_id: str,
        sku: str,
        marketplace_ids: Sequence[str],
        included_data: Sequence[str] = ALL_DATA,
    ) -> dict:
        """Return one listing (5 calls/s, burst 10).

        :raise NotFoundError: the seller has no such SKU
        """
        reply = self._transport.call(
            _GET,
            path_params={"sellerId": seller_id, "sku": sku},
            query={"marketplaceIds": marketplace_ids, "includedData": included_data},
        )
        return reply.payload
