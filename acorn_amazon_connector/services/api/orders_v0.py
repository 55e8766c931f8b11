"""Orders API v0: the reads, which end on 2027-03-27, and confirmShipment."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ..operations import OPERATIONS
from ..pagination import pages
from ..transport import Transport
from .common import expect, next_token, objects
from .orders import OrdersPage, read_bound

_SEARCH = OPERATIONS["ordersV0.getOrders"]
_GET = OPERATIONS["ordersV0.getOrder"]
_ITEMS = OPERATIONS["ordersV0.getOrderItems"]
_ADDRESS = OPERATIONS["ordersV0.getOrderAddress"]
_BUYER = OPERATIONS["ordersV0.getOrderBuyerInfo"]
_CONFIRM = OPERATIONS["ordersV0.confirmShipment"]

BUYER_DATA = ("buyerInfo", "shippingAddress", "buyerTaxInformation")
# What items have of it.
_ITEM_DATA = frozenset({"buyerInfo"})


class OrdersV0Api:
    """Orders with their items, address and buyer.

    ``data_elements`` asks for buyer data with a restricted data token; without
    it those fields are missing. Address and buyer operations need one always.
    """

    def __init__(self, transport: Transport):
        self._transport = transport

    def search(
        self,
        *,
        marketplace_ids: Sequence[str],
        created_after: datetime | str | None = None,
        created_before: datetime | str | None = None,
        last_updated_after: datetime | str | None = None,
        last_updated_before: datetime | str | None = None,
        order_statuses: Sequence[str] = (),
        fulfillment_channels: Sequence[str] = (),
        amazon_order_ids: Sequence[str] = (),
        max_results_per_page: int | None = None,
        next_token_value: str | None = None,
        data_elements: Sequence[str] = (),
    ) -> OrdersPage:
        """Return one page of orders without items (0.0167 calls/s, burst 20).

        :param amazon_order_ids: at most 50, instead of a period
        :raise ValueError: neither a period, nor ids, nor a page token
        """
        anchors = (
            created_after,
            last_updated_after,
            amazon_order_ids,
            next_token_value,
        )
        if not any(anchors):
            raise ValueError("Give a period, order ids or a page token.")
        reply = self._transport.call(
            _SEARCH,
            query={
                "MarketplaceIds": marketplace_ids,
                "CreatedAfter": created_after,
                "CreatedBefore": created_before,
                "LastUpdatedAfter": last_updated_after,
                "LastUpdatedBefore": last_updated_before,
                "OrderStatuses": order_statuses,
                "FulfillmentChannels": fulfillment_channels,
                "AmazonOrderIds": amazon_order_ids,
                "MaxResultsPerPage": max_results_per_page,
                "NextToken": next_token_value,
            },
            restricted_resources=_restricted(_SEARCH.path, data_elements),
        )
        payload = expect(reply.payload, dict, "payload", _SEARCH, reply)
        bound = payload.get("LastUpdatedBefore") or payload.get("CreatedBefore")
        return OrdersPage(
            objects(payload.get("Orders"), "payload.Orders", _SEARCH, reply),
            next_token(payload, "NextToken"),
            read_bound(bound),
        )

    def pages(self, **filters) -> Iterator[OrdersPage]:
        """Yield all pages of a search; arguments as for ``search``."""
        start = filters.pop("next_token_value", None)

        def fetch(token):
            return self.search(next_token_value=token, **filters)

        return pages(fetch, start)

    def get(self, order_id: str, data_elements: Sequence[str] = ()) -> dict:
        """Return one order without items (0.5 calls/s, burst 30)."""
        return self._one(_GET, order_id, data_elements)

    def items(self, order_id: str, data_elements: Sequence[str] = ()) -> list[dict]:
        """Return all items of an order, page by page (0.5 calls/s, burst 30).

        :param data_elements: of those, what items have is asked for
        """
        data_elements = [each for each in data_elements if each in _ITEM_DATA]
        return [
            item
            for page in pages(
                lambda token: self._items_page(order_id, token, data_elements)
            )
            for item in page.orders
        ]

    def address(self, order_id: str) -> dict:
        """Return the address of an order: ``ShippingAddress`` and company."""
        return self._one(_ADDRESS, order_id, (), always=True)

    def buyer_info(self, order_id: str) -> dict:
        """Return the buyer of an order."""
        return self._one(_BUYER, order_id, (), always=True)

    def confirm_shipment(self, order_id: str, body: Mapping[str, Any]) -> str | None:
        """Tell Amazon that a package left (2 calls/s, burst 10).

        Without a reply (TransportError, ServerError) the same body may be sent
        again: the same ``packageReferenceId`` edits the package it made.
        Source: ``confirmShipment`` v0.

        :param body: see ``mappers.shipment.confirmation_body``
        :return: Amazon's request id
        :raise RequestError: an order of Amazon's warehouse or of Ship+, more than
            is open, a date or a carrier Amazon does not take
        """
        reply = self._transport.call(
            _CONFIRM, path_params={"orderId": order_id}, body=dict(body)
        )
        return reply.request_id

    def _items_page(self, order_id, token, data_elements):
        reply = self._transport.call(
            _ITEMS,
            path_params={"orderId": order_id},
            query={"NextToken": token},
            restricted_resources=_restricted(_ITEMS.path, data_elements),
        )
        payload = expect(reply.payload, dict, "payload", _ITEMS, reply)
        items = objects(payload.get("OrderItems"), "payload.OrderItems", _ITEMS, reply)
        return OrdersPage(items, next_token(payload, "NextToken"), None)

    def _one(self, operation, order_id, data_elements, always=False):
        reply = self._transport.call(
            operation,
            path_params={"orderId": order_id},
            restricted_resources=_restricted(operation.path, data_elements, always),
        )
        return expect(reply.payload, dict, "payload", operation, reply)


def _restricted(path, data_elements, always=False):
    """Return the resource a restricted data token is asked for, if any.

    The generic path serves all orders, so that one token serves them too.
    """
    if not data_elements and not always:
        return None
    resource = {"method": "GET", "path": path}
    if data_elements:
        resource["dataElements"] = list(data_elements)
    return [resource]
