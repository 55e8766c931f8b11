"""Orders API 2026-01-01."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..operations import OPERATIONS
from ..pagination import pages
from ..timestamps import parse_timestamp
from ..transport import Transport
from .common import expect, next_token, objects

_SEARCH = OPERATIONS["orders.searchOrders"]
_GET = OPERATIONS["orders.getOrder"]

# Everything the order mapper reads. Without FULFILLMENT an order has no status.
ALL_DATA = (
    "BUYER",
    "RECIPIENT",
    "PROCEEDS",
    "PROMOTION",
    "CANCELLATION",
    "FULFILLMENT",
    "PACKAGES",
    "TAX",
)


@dataclass(frozen=True, slots=True)
class OrdersPage:
    """A page of orders.

    ``bound`` is the end of the period Amazon really searched, aware UTC: the
    start of the next search.
    """

    orders: list[dict]
    next_token: str | None
    bound: datetime | None


class OrdersApi:
    """``searchOrders`` and ``getOrder``."""

    def __init__(self, transport: Transport):
        self._transport = transport

    def search(
        self,
        *,
        created_after: datetime | str | None = None,
        created_before: datetime | str | None = None,
        last_updated_after: datetime | str | None = None,
        last_updated_before: datetime | str | None = None,
        fulfillment_statuses: Sequence[str] = (),
        marketplace_ids: Sequence[str] = (),
        fulfilled_by: Sequence[str] = (),
        max_results_per_page: int | None = None,
        pagination_token: str | None = None,
        included_data: Sequence[str] = ALL_DATA,
    ) -> OrdersPage:
        """Return one page of orders (0.0056 calls/s, burst 20).

        With ``pagination_token`` all other filters must be those of the first
        page; a token lives 24 hours.

        :param marketplace_ids: at most 50; none means all of the region
        :param max_results_per_page: 1 to 100, Amazon's default is 100
        :raise ValueError: not exactly one of the two ``…_after``
        """
        if bool(created_after) == bool(last_updated_after):
            raise ValueError("Give either created_after or last_updated_after.")
        reply = self._transport.call(
            _SEARCH,
            query={
                "createdAfter": created_after,
                "createdBefore": created_before,
                "lastUpdatedAfter": last_updated_after,
                "lastUpdatedBefore": last_updated_before,
                "fulfillmentStatuses": fulfillment_statuses,
                "marketplaceIds": marketplace_ids,
                "fulfilledBy": fulfilled_by,
                "maxResultsPerPage": max_results_per_page,
                "paginationToken": pagination_token,
                "includedData": included_data,
            },
        )
        body = reply.payload
        bound = body.get("lastUpdatedBefore") or body.get("createdBefore")
        return OrdersPage(
            objects(body.get("orders"), "orders", _SEARCH, reply),
            next_token(body.get("pagination"), "nextToken"),
            read_bound(bound),
        )

    def pages(self, **filters) -> Iterator[OrdersPage]:
        """Yield all pages of a search; arguments as for ``search``."""
        start = filters.pop("pagination_token", None)

        def fetch(token):
            return self.search(pagination_token=token, **filters)

        return pages(fetch, start)

    def get(self, order_id: str, included_data: Sequence[str] = ALL_DATA) -> dict:
        """Return one order (0.5 calls/s, burst 30).

        :raise NotFoundError: unknown, or older than two years
        """
        reply = self._transport.call(
            _GET,
            path_params={"orderId": order_id},
            query={"includedData": included_data},
        )
        return expect(reply.payload.get("order"), dict, "order", _GET, reply)


def read_bound(value) -> datetime | None:
    """Return the bound of a search, ``None`` when Amazon's text is no time."""
    try:
        return parse_timestamp(value)
    except (TypeError, ValueError):
        return None
