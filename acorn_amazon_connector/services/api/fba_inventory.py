"""FBA Inventory API v1: what Amazon holds in its warehouses."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..operations import OPERATIONS
from ..pagination import pages
from ..transport import Transport
from .common import expect, next_token as read_token, objects

_GET = OPERATIONS["fbaInventory.getInventorySummaries"]
_MOST_SKUS = 50


@dataclass(frozen=True, slots=True)
class InventoryPage:
    """A page of inventory; ``next_token`` dies after 30 seconds.

    ``answered_at`` is Amazon's own time of the answer (UTC).
    """

    summaries: list[dict]
    next_token: str | None
    answered_at: datetime | None = None


class FbaInventoryApi:
    """``getInventorySummaries``."""

    def __init__(self, transport: Transport):
        self._transport = transport

    def page(
        self,
        marketplace_id: str,
        *,
        start: datetime | None = None,
        seller_skus: Sequence[str] = (),
        next_token: str | None = None,
        details: bool = True,
    ) -> InventoryPage:
        """Return one page of inventory (2 calls/s, burst 2).

        A token lives 30 seconds and wants the ``start`` of the first page again;
        who was slower begins anew.

        :param start: changed since, at most 18 months ago; Amazon then ignores SKUs
        :param seller_skus: at most 50; one with a comma in it only alone
        :param details: with fulfillable, inbound, reserved and unsellable units
        :raise ValueError: too many SKUs
        :raise RequestError: among others, the token is too old
        """
        if len(seller_skus) > _MOST_SKUS:
            raise ValueError(f"Amazon takes {_MOST_SKUS} SKUs at most.")
        is_one = len(seller_skus) == 1
        reply = self._transport.call(
            _GET,
            query={
                "details": details,
                "granularityType": "Marketplace",
                "granularityId": marketplace_id,
                "marketplaceIds": [marketplace_id],
                "startDateTime": start,
                "sellerSku": seller_skus[0] if is_one else None,
                "sellerSkus": None if is_one else seller_skus,
                "nextToken": next_token,
            },
        )
        payload = expect(reply.payload, dict, "payload", _GET, reply)
        return InventoryPage(
            objects(
                payload.get("inventorySummaries"),
                "payload.inventorySummaries",
                _GET,
                reply,
            ),
            # It stands beside the payload.
            read_token(reply.body.get("pagination"), "nextToken"),
            reply.answered_at,
        )

    def pages(self, marketplace_id: str, **filters) -> Iterator[InventoryPage]:
        """Yield all pages; arguments as for ``page``.

        Whatever is done with a page must be done within the token's 30 seconds.
        """
        first = filters.pop("next_token", None)

        def fetch(token):
            return self.page(marketplace_id, next_token=token, **filters)

        return pages(fetch, first)
