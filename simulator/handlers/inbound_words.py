"""Inbound plans in the words of Fulfillment Inbound 2024-03-20."""

from __future__ import annotations

from datetime import timedelta

from ..clock import format_time
from ..marketplaces import MARKETPLACES
from ..state.inbound import (
    OWN,
    Box,
    DeliveryWindow,
    InboundPlan,
    PackingOption,
    Placement,
    Shipment,
    Transport,
)
from ..worlds.catalogue import fnsku


def summary_words(plan: InboundPlan) -> dict:
    """Return an InboundPlanSummary."""
    return {
        "createdAt": format_time(plan.created),
        "inboundPlanId": plan.plan_id,
        "lastUpdatedAt": format_time(plan.updated),
        "marketplaceIds": [plan.marketplace_id],
        "name": plan.name,
        "sourceAddress": plan.source,
        "status": plan.status,
    }


def plan_words(plan: InboundPlan) -> dict:
    """Return an InboundPlan."""
    return {
        **summary_words(plan),
        "packingOptions": [
            {"packingOptionId": option.option_id, "status": option.status}
            for option in plan.packing_options
        ],
        "placementOptions": [
            {"placementOptionId": option.option_id, "status": option.status}
            for option in plan.placements
        ],
        "shipments": [
            {"shipmentId": shipment.shipment_id, "status": shipment.status}
            for shipment in plan.shipments()
        ],
    }


def item_words(simulation, plan: InboundPlan, line: dict, quantity: int) -> dict:
    """Return an Item."""
    stock = simulation.inbound.stock(plan, line["msku"])
    _category, types = simulation.inbound.preparation(plan.seller_id, line["msku"])
    owner = line.get("prepOwner", "NONE")
    item = {
        "asin": stock.item.asin,
        "fnsku": fnsku(line["msku"]),
        "labelOwner": line.get("labelOwner", "SELLER"),
        "msku": line["msku"],
        "prepInstructions": [{"prepOwner": owner, "prepType": each} for each in types],
        "quantity": quantity,
    }
    for name in ("expiration", "manufacturingLotCode"):
        if line.get(name):
            item[name] = line[name]
    return item


def box_words(simulation, plan: InboundPlan, box: Box) -> dict:
    """Return a Box."""
    shown = {
        "packageId": box.package_id,
        "quantity": box.quantity,
        "contentInformationSource": box.request["contentInformationSource"],
        "dimensions": box.request["dimensions"],
        "weight": box.request["weight"],
        "items": [
            item_words(simulation, plan, line, line["quantity"])
            for line in box.request.get("items") or ()
        ],
    }
    if box.box_id:
        shown["boxId"] = box.box_id
    return shown


def packing_words(option: PackingOption) -> dict:
    """Return a PackingOption."""
    ways = [
        {"shippingMode": "GROUND_SMALL_PARCEL", "shippingSolution": solution}
        for solution in ("AMAZON_PARTNERED_CARRIER", OWN)
    ]
    return {
        "discounts": [],
        "expiration": format_time(option.expires),
        "fees": [],
        "packingGroups": list(option.groups),
        "packingOptionId": option.option_id,
        "status": option.status,
        "supportedConfigurations": [],
        "supportedShippingConfigurations": ways,
    }


def placement_words(plan: InboundPlan, option: Placement) -> dict:
    """Return a PlacementOption."""
    fees = []
    if option.fee:
        fees = [
            {
                "description": "Placement service fee",
                "target": "Placement Services",
                "type": "FEE",
                "value": _money(plan, option.fee),
            }
        ]
    return {
        "discounts": [],
        "expiration": format_time(option.expires),
        "fees": fees,
        "placementOptionId": option.option_id,
        "shipmentIds": [shipment.shipment_id for shipment in option.shipments],
        "status": option.status,
    }


def shipment_words(plan: InboundPlan, shipment: Shipment) -> dict:
    """Return a Shipment."""
    shown = {
        "shipmentId": shipment.shipment_id,
        "placementOptionId": shipment.placement_id,
        "name": shipment.name,
        "status": shipment.status,
        "source": {"sourceType": "SELLER_FACILITY", "address": plan.source},
        "destination": {"destinationType": "AMAZON_OPTIMIZED"},
    }
    if shipment.confirmation_id is not None:
        shown["destination"] = _destination(shipment)
        shown["shipmentConfirmationId"] = shipment.confirmation_id
        shown["amazonReferenceId"] = shipment.confirmation_id[3:]
    if shipment.contact:
        shown["contactInformation"] = shipment.contact
    if shipment.transport:
        shown["selectedTransportationOptionId"] = shipment.transport.option_id
    if shipment.ready:
        window = {
            "start": format_time(shipment.ready),
            "end": format_time(shipment.ready + timedelta(days=1)),
        }
        shown["dates"] = {"readyToShipWindow": window}
    if shipment.window:
        window = window_words(shipment.window)
        del window["validUntil"]
        shown["selectedDeliveryWindow"] = window
    if shipment.tracking:
        shown["trackingDetails"] = _tracking(shipment)
    return shown


def _destination(shipment: Shipment) -> dict:
    return {
        "destinationType": "AMAZON_WAREHOUSE",
        "warehouseId": shipment.center,
        "address": {
            "name": f"Amazon {shipment.center}",
            "addressLine1": "Amazonweg 1",
            "city": shipment.center,
            "postalCode": "00000",
            "countryCode": shipment.country,
        },
    }


def _tracking(shipment: Shipment) -> dict:
    items = [
        {
            "boxId": box_id,
            "trackingId": tracking,
            "trackingNumberValidationStatus": "VALIDATED",
        }
        for box_id, tracking in shipment.tracking.items()
    ]
    return {"spdTrackingDetail": {"spdTrackingItems": items}}


def transport_words(plan: InboundPlan, option: Transport) -> dict:
    """Return a TransportationOption."""
    code, name = option.carrier
    shown = {
        "carrier": {"alphaCode": code, "name": name},
        "preconditions": ["CONFIRMED_DELIVERY_WINDOW"] if option.cost is None else [],
        "shipmentId": option.shipment_id,
        "shippingMode": "GROUND_SMALL_PARCEL",
        "shippingSolution": option.solution,
        "transportationOptionId": option.option_id,
    }
    if option.cost is not None:
        shown["quote"] = {
            "cost": _money(plan, option.cost),
            "expiration": format_time(option.expires),
        }
    return shown


def window_words(window: DeliveryWindow) -> dict:
    """Return a DeliveryWindowOption."""
    return {
        "availabilityType": window.availability,
        "deliveryWindowOptionId": window.option_id,
        "startDate": format_time(window.start),
        "endDate": format_time(window.end),
        "validUntil": format_time(window.valid_until),
    }


def _money(plan: InboundPlan, amount) -> dict:
    currency = MARKETPLACES[plan.marketplace_id].currency
    amount = round(amount) if currency == "JPY" else amount
    return {"amount": float(amount), "code": currency}
