"""Fulfillment Outbound API 2020-07-01: Amazon ships orders of other channels."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..operations import OPERATIONS
from ..pagination import pages
from ..transport import Transport
from .common import expect, next_token as read_token, objects

_PREVIEW = OPERATIONS["fulfillmentOutbound.getFulfillmentPreview"]
_LIST = OPERATIONS["fulfillmentOutbound.listAllFulfillmentOrders"]
_CREATE = OPERATIONS["fulfillmentOutbound.createFulfillmentOrder"]
_GET = OPERATIONS["fulfillmentOutbound.getFulfillmentOrder"]
_UPDATE = OPERATIONS["fulfillmentOutbound.updateFulfillmentOrder"]
_CANCEL = OPERATIONS["fulfillmentOutbound.cancelFulfillmentOrder"]
_TRACKING = OPERATIONS["fulfillmentOutbound.getPackageTrackingDetails"]


@dataclass(frozen=True, slots=True)
class FulfillmentOrdersPage:
    """A page of fulfilment orders."""

    orders: list[dict]
    next_token: str | None


class FulfillmentOutboundApi:
    """Fulfilment orders, keyed by the seller's own number (at most 40 characters).

    2 calls/s, burst 30 each.
    """

    def __init__(self, transport: Transport):
        self._transport = transport

    def preview(self, body: Mapping[str, Any]) -> list[dict]:
        """Return ``fulfillmentPreviews``: per speed, what it costs and when.

        :param body: at least ``address`` and ``items``
        """
        reply = self._transport.call(_PREVIEW, body=dict(body))
        payload = expect(reply.payload, dict, "payload", _PREVIEW, reply)
        found = payload.get("fulfillmentPreviews") or []
        return objects(found, "payload.fulfillmentPreviews", _PREVIEW, reply)

    def create(  # pylint: disable=method-required-super
        self, body: Mapping[str, Any]
    ) -> str | None:
        """Create a fulfilment order.

        Without a reply (TransportError, ServerError) ask ``get`` for the number
        first: Amazon refuses a number it has.

        :param body: see ``mappers.outbound.fulfillment_order_body``
        :return: Amazon's request id
        """
        return self._transport.call(_CREATE, body=dict(body)).request_id

    def get(self, order_id: str) -> dict:
        """Return ``fulfillmentOrder``, its items, shipments and returns.

        :param order_id: the seller's own number
        :raise NotFoundError: Amazon has no such order
        """
        reply = self._transport.call(_GET, path_params=_path(order_id))
        return expect(reply.payload, dict, "payload", _GET, reply)

    def page(
        self, *, since: datetime | None = None, next_token: str | None = None
    ) -> FulfillmentOrdersPage:
        """Return one page of orders.

        :param since: changed since; Amazon's default is the last 36 hours
        """
        reply = self._transport.call(
            _LIST, query={"queryStartDate": since, "nextToken": next_token}
        )
        payload = expect(reply.payload, dict, "payload", _LIST, reply)
        found = payload.get("fulfillmentOrders") or []
        return FulfillmentOrdersPage(
            objects(found, "payload.fulfillmentOrders", _LIST, reply),
            read_token(payload, "nextToken"),
        )

    def pages(
        self, *, since: datetime | None = None
    ) -> Iterator[FulfillmentOrdersPage]:
        """Yield all pages of orders changed since."""
        return pages(lambda token: self.page(since=since, next_token=token))

    def update(self, order_id: str, body: Mapping[str, Any]) -> None:
        """Change an order that is on hold or not yet processed."""
        self._transport.call(_UPDATE, path_params=_path(order_id), body=dict(body))

    def cancel(self, order_id: str) -> None:
        """Cancel an order that is not yet processed; again does no harm.

        :raise RequestError: it is being shipped
        """
        self._transport.call(_CANCEL, path_params=_path(order_id))

    def package_tracking(self, package_number: int) -> dict:
        """Return where a package is: ``currentStatus``, ``trackingEvents``, …"""
        reply = self._transport.call(_TRACKING, query={"packageNumber": package_number})
        return expect(reply.payload, dict, "payload", _TRACKING, reply)


def _path(order_id):
    return {"sellerFulfillmentOrderId": order_id}
