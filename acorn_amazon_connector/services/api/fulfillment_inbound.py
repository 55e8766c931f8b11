"""Fulfillment Inbound API 2024-03-20: goods on their way to Amazon.

Every write but labels is asynchronous: it returns the id of an operation, and only
``operation`` tells whether it was done.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..documents import download
from ..operations import OPERATIONS
from ..pagination import pages
from ..transport import Transport
from .common import expect, next_token, objects

_LABELS = OPERATIONS["fulfillmentInboundV0.getLabels"]
# listPrepDetails wants these characters of a SKU percent-encoded twice.
_ENCODED_TWICE = str.maketrans({"%": "%25", "+": "%2B", ",": "%2C"})


class CreatedPlan(NamedTuple):
    """A new plan, which exists once its operation has succeeded."""

    plan_id: str
    operation_id: str


@dataclass(frozen=True, slots=True)
class InboundOperation:
    """How a write ended; ``status`` is SUCCESS, FAILED or IN_PROGRESS.

    ``problems`` have ``code``, ``message`` and ``severity``.
    """

    operation_id: str
    name: str
    status: str
    problems: tuple[dict, ...]


class InboundPage(NamedTuple):
    """A page of whatever was listed."""

    entries: list[dict]
    next_token: str | None


class FulfillmentInboundApi:
    """Plans and their items, packing, placement, transport, windows and labels.

    Lists are read to their end. A write without a reply (TransportError,
    ServerError) may be under way: read the plan before another try.
    """

    def __init__(self, transport: Transport):
        self._transport = transport

    def create_plan(self, body: Mapping[str, Any]) -> CreatedPlan:
        """Create a plan (2 calls/s, burst 2).

        :param body: ``destinationMarketplaces`` (one), ``sourceAddress``, ``items``
            (at most 2,000), ``name``
        """
        reply = self._call("createInboundPlan", body=dict(body))
        operation = OPERATIONS["fulfillmentInbound.createInboundPlan"]
        return CreatedPlan(
            *(
                expect(reply.payload.get(key), str, key, operation, reply)
                for key in ("inboundPlanId", "operationId")
            )
        )

    def operation(self, operation_id: str) -> InboundOperation:
        """Return how a write ended (2 calls/s, burst 6)."""
        key = "getInboundOperationStatus"
        reply = self._call(key, operationId=operation_id)
        operation = OPERATIONS[f"fulfillmentInbound.{key}"]
        status = reply.payload.get("operationStatus")
        problems = reply.payload.get("operationProblems") or []
        return InboundOperation(
            operation_id=operation_id,
            name=str(reply.payload.get("operation") or ""),
            status=expect(status, str, "operationStatus", operation, reply),
            problems=tuple(objects(problems, "operationProblems", operation, reply)),
        )

    def plans(self, status: str | None = None) -> Iterator[dict]:
        """Yield plans, latest change first.

        :param status: ACTIVE, VOIDED or SHIPPED
        """
        query = {
            "status": status,
            "sortBy": "LAST_UPDATED_TIME",
            "sortOrder": "DESC",
        }
        return self._list("listInboundPlans", "inboundPlans", 30, query)

    def plan(self, plan_id: str) -> dict:
        """Return a plan with its ``status``, options and shipments."""
        return self._call("getInboundPlan", inboundPlanId=plan_id).payload

    def cancel_plan(self, plan_id: str) -> str:
        """Cancel a plan; return the id of the operation."""
        return self._write("cancelInboundPlan", inboundPlanId=plan_id)

    def items(self, plan_id: str) -> list[dict]:
        """Return all items of a plan."""
        return self._all("listInboundPlanItems", "items", 1000, inboundPlanId=plan_id)

    def generate_packing_options(self, plan_id: str) -> str:
        """Ask for packing options; return the id of the operation."""
        return self._write("generatePackingOptions", inboundPlanId=plan_id)

    def packing_options(self, plan_id: str) -> list[dict]:
        """Return the packing options, each with its ``packingGroups``."""
        return self._all(
            "listPackingOptions", "packingOptions", 20, inboundPlanId=plan_id
        )

    def packing_group_items(self, plan_id: str, group_id: str) -> list[dict]:
        """Return the items that may share boxes."""
        return self._all(
            "listPackingGroupItems",
            "items",
            100,
            inboundPlanId=plan_id,
            packingGroupId=group_id,
        )

    def confirm_packing_option(self, plan_id: str, option_id: str) -> str:
        """Choose a packing option; return the id of the operation."""
        return self._write(
            "confirmPackingOption", inboundPlanId=plan_id, packingOptionId=option_id
        )

    def set_packing_information(
        self, plan_id: str, groupings: Sequence[Mapping[str, Any]]
    ) -> str:
        """Tell what is in the boxes; return the id of the operation.

        :param groupings: ``packageGroupings``
        """
        body = {"packageGroupings": [dict(one) for one in groupings]}
        return self._write("setPackingInformation", body=body, inboundPlanId=plan_id)

    def generate_placement_options(
        self, plan_id: str, custom: Sequence[Mapping[str, Any]] = ()
    ) -> str:
        """Ask where to send what; return the id of the operation.

        :param custom: ``customPlacement``, only where Amazon allows it
        """
        body = {"customPlacement": [dict(one) for one in custom]} if custom else {}
        return self._write("generatePlacementOptions", body=body, inboundPlanId=plan_id)

    def placement_options(self, plan_id: str) -> list[dict]:
        """Return the placement options with ``fees``, ``expiration``, shipments."""
        return self._all(
            "listPlacementOptions", "placementOptions", 20, inboundPlanId=plan_id
        )

    def confirm_placement_option(self, plan_id: str, option_id: str) -> str:
        """Choose a placement, which may cost; return the id of the operation."""
        return self._write(
            "confirmPlacementOption", inboundPlanId=plan_id, placementOptionId=option_id
        )

    def shipment(self, plan_id: str, shipment_id: str) -> dict:
        """Return a shipment; ``shipmentConfirmationId`` is the number for labels."""
        return self._call("getShipment", **_shipment(plan_id, shipment_id)).payload

    def shipment_items(self, plan_id: str, shipment_id: str) -> list[dict]:
        """Return all items of a shipment."""
        path = _shipment(plan_id, shipment_id)
        return self._all("listShipmentItems", "items", 1000, **path)

    def shipment_boxes(self, plan_id: str, shipment_id: str) -> list[dict]:
        """Return all boxes of a shipment."""
        path = _shipment(plan_id, shipment_id)
        return self._all("listShipmentBoxes", "boxes", 1000, **path)

    def generate_transportation_options(
        self,
        plan_id: str,
        placement_option_id: str,
        configurations: Sequence[Mapping[str, Any]],
    ) -> str:
        """Ask how goods could travel; return the id of the operation.

        :param configurations: ``shipmentTransportationConfigurations``
        """
        body = {
            "placementOptionId": placement_option_id,
            "shipmentTransportationConfigurations": [
                dict(one) for one in configurations
            ],
        }
        return self._write(
            "generateTransportationOptions", body=body, inboundPlanId=plan_id
        )

    def transportation_options(
        self,
        plan_id: str,
        *,
        placement_option_id: str | None = None,
        shipment_id: str | None = None,
    ) -> list[dict]:
        """Return the transport options with carrier, ``quote``, preconditions."""
        query = {"placementOptionId": placement_option_id, "shipmentId": shipment_id}
        return list(
            self._list(
                "listTransportationOptions",
                "transportationOptions",
                20,
                query,
                inboundPlanId=plan_id,
            )
        )

    def confirm_transportation_options(
        self, plan_id: str, selections: Sequence[Mapping[str, Any]]
    ) -> str:
        """Choose transport for all shipments; return the id of the operation.

        :param selections: ``shipmentId`` with ``transportationOptionId``
        """
        body = {"transportationSelections": [dict(one) for one in selections]}
        return self._write(
            "confirmTransportationOptions", body=body, inboundPlanId=plan_id
        )

    def generate_delivery_window_options(self, plan_id: str, shipment_id: str) -> str:
        """Ask when goods may arrive; return the id of the operation."""
        path = _shipment(plan_id, shipment_id)
        return self._write("generateDeliveryWindowOptions", **path)

    def delivery_window_options(self, plan_id: str, shipment_id: str) -> list[dict]:
        """Return the delivery windows."""
        path = _shipment(plan_id, shipment_id)
        key = "listDeliveryWindowOptions"
        return self._all(key, "deliveryWindowOptions", 100, **path)

    def confirm_delivery_window_option(
        self, plan_id: str, shipment_id: str, option_id: str
    ) -> str:
        """Choose a delivery window; return the id of the operation."""
        return self._write(
            "confirmDeliveryWindowOptions",
            **_shipment(plan_id, shipment_id),
            deliveryWindowOptionId=option_id,
        )

    def update_tracking(
        self, plan_id: str, shipment_id: str, details: Mapping[str, Any]
    ) -> str:
        """Tell the carrier's numbers; return the id of the operation.

        :param details: ``spdTrackingDetail`` or ``ltlTrackingDetail``
        """
        body = {"trackingDetails": dict(details)}
        path = _shipment(plan_id, shipment_id)
        return self._write("updateShipmentTrackingDetails", body=body, **path)

    def prep_details(self, marketplace_id: str, skus: Sequence[str]) -> list[dict]:
        """Return how Amazon wants items prepared, at most 100 SKUs."""
        query = {
            "marketplaceId": marketplace_id,
            "mskus": [sku.translate(_ENCODED_TWICE) for sku in skus],
        }
        reply = self._call("listPrepDetails", query=query)
        operation = OPERATIONS["fulfillmentInbound.listPrepDetails"]
        found = reply.payload.get("mskuPrepDetails")
        return objects(found, "mskuPrepDetails", operation, reply)

    def set_prep_details(
        self, marketplace_id: str, details: Sequence[Mapping[str, Any]]
    ) -> str:
        """Tell how items are prepared; return the id of the operation.

        :param details: ``msku``, ``prepCategory``, ``prepTypes``; at most 100
        """
        body = {
            "marketplaceId": marketplace_id,
            "mskuPrepDetails": [dict(one) for one in details],
        }
        return self._write("setPrepDetails", body=body)

    def item_labels(self, body: Mapping[str, Any]) -> list[bytes]:
        """Return the labels of items as documents.

        :param body: ``labelType``, ``marketplaceId``, ``mskuQuantities`` (at most
            100), page and language
        """
        reply = self._call("createMarketplaceItemLabels", body=dict(body))
        operation = OPERATIONS["fulfillmentInbound.createMarketplaceItemLabels"]
        found = reply.payload.get("documentDownloads")
        entries = objects(found, "documentDownloads", operation, reply)
        return [
            self._document(expect(entry.get("uri"), str, "uri", operation, reply))
            for entry in entries
        ]

    def box_labels(
        self,
        shipment_confirmation_id: str,
        page_type: str,
        label_type: str = "UNIQUE",
        *,
        boxes: Sequence[str] = (),
        page_size: int | None = None,
        page_start: int | None = None,
    ) -> bytes:
        """Return the labels of boxes as one document (``getLabels`` v0).

        :param shipment_confirmation_id: of ``shipment``, for example ``FBA15…``
        :param page_type: for example ``PackageLabel_Plain_Paper``
        :param boxes: ids of boxes, none for all
        :param page_size: number of labels, with ``page_start`` from 0
        """
        reply = self._transport.call(
            _LABELS,
            path_params={"shipmentId": shipment_confirmation_id},
            query={
                "PageType": page_type,
                "LabelType": label_type,
                "PackageLabelsToPrint": boxes,
                "PageSize": page_size,
                "PageStartIndex": page_start,
            },
        )
        payload = expect(reply.payload, dict, "payload", _LABELS, reply)
        url = payload.get("DownloadURL")
        return self._document(expect(url, str, "payload.DownloadURL", _LABELS, reply))

    def _document(self, url):
        # It dies after seconds, so it is fetched at once and never kept.
        return download(self._transport.session, url).data()

    def _call(self, name, *, query=None, body=None, **path):
        return self._transport.call(
            OPERATIONS[f"fulfillmentInbound.{name}"],
            path_params=path or None,
            query=query,
            body=body,
        )

    def _write(self, name, *, body=None, **path):
        reply = self._call(name, body=body, **path)
        operation = OPERATIONS[f"fulfillmentInbound.{name}"]
        identifier = reply.payload.get("operationId")
        return expect(identifier, str, "operationId", operation, reply)

    def _all(self, name, key, page_size, **path):
        return list(self._list(name, key, page_size, {}, **path))

    def _list(self, name, key, page_size, query, **path):
        operation = OPERATIONS[f"fulfillmentInbound.{name}"]

        def fetch(token):
            paging = {"pageSize": page_size, "paginationToken": token}
            reply = self._call(name, query={**query, **paging}, **path)
            return InboundPage(
                objects(reply.payload.get(key), key, operation, reply),
                next_token(reply.payload.get("pagination"), "nextToken"),
            )

        return (entry for page in pages(fetch) for entry in page.entries)


def _shipment(plan_id, shipment_id):
    return {"inboundPlanId": plan_id, "shipmentId": shipment_id}
