"""Merchant Fulfillment API v0: labels bought from Amazon (Buy Shipping)."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..operations import OPERATIONS
from ..transport import Transport
from .common import expect

_SERVICES = OPERATIONS["merchantFulfillment.getEligibleShipmentServices"]
_INPUTS = OPERATIONS["merchantFulfillment.getAdditionalSellerInputs"]
_CREATE = OPERATIONS["merchantFulfillment.createShipment"]
_GET = OPERATIONS["merchantFulfillment.getShipment"]
_CANCEL = OPERATIONS["merchantFulfillment.cancelShipment"]


class MerchantFulfillmentApi:
    """Ask for rates, buy a label, fetch it again, hand it back.

    Whatever shows the buyer's address asks for a restricted data token. A label
    bought here confirms the shipment by itself.

    :ivar request_id: RequestId of the last answer
    """

    def __init__(self, transport: Transport):
        self._transport = transport
        self.request_id: str | None = None

    def eligible_services(
        self,
        details: Mapping[str, Any],
        offering_filter: Mapping[str, Any] | None = None,
    ) -> dict:
        """Return ``ShippingServiceList`` and why others are missing.

        6 calls/s, burst 12.

        :param details: ``ShipmentRequestDetails``, see
            ``mappers.buy_shipping.request_details``
        """
        body = {"ShipmentRequestDetails": dict(details)}
        if offering_filter:
            body["ShippingOfferingFilter"] = dict(offering_filter)
        return self._payload(_SERVICES, body=body)

    def additional_inputs(
        self, order_id: str, service_id: str, ship_from: Mapping[str, Any]
    ) -> dict:
        """Return what a service wants to know besides (1 call/s, burst 1)."""
        body = {
            "OrderId": order_id,
            "ShippingServiceId": service_id,
            "ShipFromAddress": dict(ship_from),
        }
        return self._payload(_INPUTS, body=body)

    def create_shipment(
        self,
        details: Mapping[str, Any],
        service_id: str,
        *,
        offer_id: str | None = None,
        hazmat_type: str | None = None,
        with_packing_slip: bool = False,
        seller_inputs: Sequence[Mapping[str, Any]] = (),
    ) -> dict:
        """Buy a label and return the ``Shipment`` with it (2 calls/s, burst 2).

        Every call that arrives buys another label: without a reply
        (TransportError, ServerError) a person must look into Seller Central before
        it is tried again, Amazon has no search for labels.

        :param offer_id: ``ShippingServiceOfferId``, the price that was shown
        :param seller_inputs: ``ShipmentLevelSellerInputsList``
        """
        body: dict[str, Any] = {
            "ShipmentRequestDetails": dict(details),
            "ShippingServiceId": service_id,
        }
        if offer_id:
            body["ShippingServiceOfferId"] = offer_id
        if hazmat_type:
            body["HazmatType"] = hazmat_type
        if with_packing_slip:
            body["LabelFormatOption"] = {"IncludePackingSlipWithLabel": True}
        if seller_inputs:
            body["ShipmentLevelSellerInputsList"] = [dict(one) for one in seller_inputs]
        return self._payload(_CREATE, body=body)

    def get(self, shipment_id: str) -> dict:
        """Return a ``Shipment`` with its label (1 call/s, burst 1)."""
        return self._payload(_GET, path_params={"shipmentId": shipment_id})

    def cancel(self, shipment_id: str) -> dict:
        """Hand a label back and return the ``Shipment`` (1 call/s, burst 1).

        The refund takes its time: ``Status`` becomes RefundPending, then
        RefundApplied or RefundRejected. Sending it again does no harm.
        """
        return self._payload(_CANCEL, path_params={"shipmentId": shipment_id})

    def _payload(self, operation, **call):
        resources = None
        if operation.restricted:
            resources = [{"method": operation.method, "path": operation.path}]
        reply = self._transport.call(operation, restricted_resources=resources, **call)
        self.request_id = reply.request_id
        return expect(reply.payload, dict, "payload", operation, reply)
