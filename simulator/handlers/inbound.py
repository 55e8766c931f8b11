"""Fulfillment Inbound 2024-03-20: every write is an operation that takes a while."""

from __future__ import annotations

from collections import Counter
from urllib.parse import unquote

from ..clock import parse_time
from ..errors import ApiError, ControlError, invalid_input, not_found, unauthorized
from ..exchange import Exchange, Reply
from ..labels import draw_pages
from ..marketplaces import MARKETPLACES
from ..paging import digest, seal, unseal
from ..shape import Misshapen, Shape, fields, text
from ..state.fba import pool_of
from ..state.inbound import InboundPlan, InboundRefused, Operation, Shipment
from ..worlds.catalogue import fnsku
from .documents import signed_url
from .inbound_shapes import CREATE, LABELS, PACK, PREPARE, SELECT, TRACK, TRANSPORT
from .inbound_words import (
    box_words,
    item_words,
    packing_words,
    placement_words,
    plan_words,
    shipment_words,
    summary_words,
    transport_words,
    window_words,
)

LABEL_SECONDS = 900
V0_LABEL_SECONDS = 15
PAGE_TYPES = (
    "PackageLabel_Letter_2",
    "PackageLabel_Letter_4",
    "PackageLabel_Letter_6",
    "PackageLabel_Letter_6_CarrierLeft",
    "PackageLabel_A4_2",
    "PackageLabel_A4_4",
    "PackageLabel_Plain_Paper",
    "PackageLabel_Plain_Paper_CarrierBottom",
    "PackageLabel_Thermal",
    "PackageLabel_Thermal_Unified",
    "PackageLabel_Thermal_NonPCP",
    "PackageLabel_Thermal_No_Carrier_Rotation",
)
LABEL_TYPES = ("BARCODE_2D", "UNIQUE", "PALLET")


def create_inbound_plan(exchange: Exchange) -> Reply:
    """Start a plan; its goods are checked while the operation runs."""
    data = _body(exchange, CREATE)
    marketplace_id = _marketplace(exchange, data["destinationMarketplaces"][0])
    _check_items(exchange, data["items"], marketplace_id)
    simulation = exchange.simulation
    now = simulation.clock.now()
    plan, operation = simulation.inbound.create(
        exchange.seller,
        marketplace_id,
        data.get("name") or f"FBA ({now:%m/%d/%Y, %H:%M})",
        data["sourceAddress"],
        data["items"],
    )
    body = {"inboundPlanId": plan.plan_id, "operationId": operation.operation_id}
    return Reply(body, 202)


def get_inbound_operation_status(exchange: Exchange, operation_id: str) -> Reply:
    """Return how far an operation is."""
    operation = exchange.simulation.inbound.operation(
        operation_id, exchange.seller.seller_id
    )
    if operation is None:
        raise not_found()
    return Reply(
        {
            "operation": operation.name,
            "operationId": operation.operation_id,
            "operationProblems": operation.problems,
            "operationStatus": operation.status,
        }
    )


def list_inbound_plans(exchange: Exchange) -> Reply:
    """List plans, the newest change first."""
    query = exchange.query(_wrong)
    status = query.text("status")
    by = query.choice(
        "sortBy", "LAST_UPDATED_TIME", ("LAST_UPDATED_TIME", "CREATION_TIME")
    )
    descending = query.choice("sortOrder", "DESC", ("ASC", "DESC")) == "DESC"
    found = [
        plan
        for plan in exchange.simulation.inbound.plans(exchange.seller.seller_id)
        if status in (None, plan.status)
    ]
    found.sort(
        key=lambda plan: plan.created if by == "CREATION_TIME" else plan.updated,
        reverse=descending,
    )
    return _page(exchange, "inboundPlans", [summary_words(p) for p in found], 10, 30)


def get_inbound_plan(exchange: Exchange, plan_id: str) -> Reply:
    """Return a plan."""
    return Reply(plan_words(_plan(exchange, plan_id)))


def update_inbound_plan_name(exchange: Exchange, plan_id: str) -> Reply:
    """Name a plan."""
    plan = _plan(exchange, plan_id)
    plan.name = _body(exchange, fields({"name": text(1, 40)}))["name"]
    return Reply(None, 204)


def cancel_inbound_plan(exchange: Exchange, plan_id: str) -> Reply:
    """Void a plan."""
    plan, desk = _plan(exchange, plan_id), exchange.simulation.inbound
    return _start(exchange, "cancelInboundPlan", plan, lambda at: desk.cancel(plan))


def list_inbound_plan_items(exchange: Exchange, plan_id: str) -> Reply:
    """List the goods of a plan."""
    plan = _plan(exchange, plan_id)
    return _items(exchange, plan, plan.units(), 1000)


def list_inbound_plan_boxes(exchange: Exchange, plan_id: str) -> Reply:
    """List the boxes of a plan."""
    plan = _plan(exchange, plan_id)
    boxes = [box for group in plan.boxes.values() for box in group]
    if plan.placement:
        boxes = [box for shipment in plan.shipments() for box in shipment.boxes]
    return _boxes(exchange, plan, boxes, 1000)


def generate_packing_options(exchange: Exchange, plan_id: str) -> Reply:
    """Ask how the goods may be grouped."""
    plan, desk = _plan(exchange, plan_id), exchange.simulation.inbound
    return _start(
        exchange,
        "generatePackingOptions",
        plan,
        lambda at: desk.generate_packing(plan, at),
    )


def list_packing_options(exchange: Exchange, plan_id: str) -> Reply:
    """List the ways to group the goods."""
    plan = _plan(exchange, plan_id)
    options = [packing_words(option) for option in plan.packing_options]
    return _page(exchange, "packingOptions", options, 10, 20)


def confirm_packing_option(exchange: Exchange, plan_id: str, option_id: str) -> Reply:
    """Accept a way to group the goods."""
    plan, desk = _plan(exchange, plan_id), exchange.simulation.inbound
    return _start(
        exchange,
        "confirmPackingOption",
        plan,
        lambda at: desk.confirm_packing(plan, option_id),
    )


def list_packing_group_items(exchange: Exchange, plan_id: str, group_id: str) -> Reply:
    """List the goods of a packing group."""
    plan = _plan(exchange, plan_id)
    for option in plan.packing_options:
        if group_id in option.groups:
            return _items(exchange, plan, option.groups[group_id], 100)
    raise not_found()


def list_packing_group_boxes(exchange: Exchange, plan_id: str, group_id: str) -> Reply:
    """List the boxes of a packing group."""
    plan = _plan(exchange, plan_id)
    if not any(group_id in option.groups for option in plan.packing_options):
        raise not_found()
    return _boxes(exchange, plan, plan.boxes.get(group_id, []), 100)


def set_packing_information(exchange: Exchange, plan_id: str) -> Reply:
    """Say what is in which box."""
    data = _body(exchange, PACK)
    plan, desk = _plan(exchange, plan_id), exchange.simulation.inbound
    return _start(
        exchange,
        "setPackingInformation",
        plan,
        lambda at: desk.pack(plan, data["packageGroupings"]),
    )


def generate_placement_options(exchange: Exchange, plan_id: str) -> Reply:
    """Ask to which centres the goods may go."""
    data = _body(exchange, fields({}))
    if data.get("customPlacement"):
        raise _wrong("Custom placement is not available in this marketplace.")
    plan, desk = _plan(exchange, plan_id), exchange.simulation.inbound
    return _start(
        exchange,
        "generatePlacementOptions",
        plan,
        lambda at: desk.generate_placement(plan, at),
    )


def list_placement_options(exchange: Exchange, plan_id: str) -> Reply:
    """List the ways to spread the goods, with what they cost and how long they hold."""
    plan = _plan(exchange, plan_id)
    options = [placement_words(plan, option) for option in plan.placements]
    return _page(exchange, "placementOptions", options, 10, 20)


def confirm_placement_option(exchange: Exchange, plan_id: str, option_id: str) -> Reply:
    """Accept a way to spread the goods."""
    plan, desk = _plan(exchange, plan_id), exchange.simulation.inbound
    return _start(
        exchange,
        "confirmPlacementOption",
        plan,
        lambda at: desk.confirm_placement(plan, option_id),
    )


def get_shipment(exchange: Exchange, plan_id: str, shipment_id: str) -> Reply:
    """Return a shipment of a plan."""
    plan, shipment = _shipment(exchange, plan_id, shipment_id)
    return Reply(shipment_words(plan, shipment))


def update_shipment_name(exchange: Exchange, plan_id: str, shipment_id: str) -> Reply:
    """Name a shipment."""
    _of, shipment = _shipment(exchange, plan_id, shipment_id)
    shipment.name = _body(exchange, fields({"name": text(1, 100)}))["name"]
    return Reply(None, 204)


def list_shipment_items(exchange: Exchange, plan_id: str, shipment_id: str) -> Reply:
    """List the goods of a shipment."""
    plan, shipment = _shipment(exchange, plan_id, shipment_id)
    return _items(exchange, plan, shipment.units, 1000)


def list_shipment_boxes(exchange: Exchange, plan_id: str, shipment_id: str) -> Reply:
    """List the boxes of a shipment."""
    plan, shipment = _shipment(exchange, plan_id, shipment_id)
    return _boxes(exchange, plan, shipment.boxes, 1000)


def generate_transportation_options(exchange: Exchange, plan_id: str) -> Reply:
    """Ask how shipments may be sent."""
    data = _body(exchange, TRANSPORT)
    plan, desk = _plan(exchange, plan_id), exchange.simulation.inbound
    wishes = {
        each["shipmentId"]: each
        for each in data["shipmentTransportationConfigurations"]
    }
    offered = {
        shipment.shipment_id
        for option in plan.placements
        if option.option_id == data["placementOptionId"]
        for shipment in option.shipments
    }
    if not set(wishes) <= offered:
        raise _wrong("A shipment is not of the placement option.")
    for wish in wishes.values():
        try:
            parse_time(wish["readyToShipWindow"]["start"])
        except ValueError as error:
            raise _wrong("readyToShipWindow.start is not a date.") from error
    return _start(
        exchange,
        "generateTransportationOptions",
        plan,
        lambda at: desk.generate_transport(plan, wishes, at),
    )


def list_transportation_options(exchange: Exchange, plan_id: str) -> Reply:
    """List the ways to send shipments (one of placementOptionId and shipmentId)."""
    query, plan = exchange.query(_wrong), _plan(exchange, plan_id)
    placement_id, shipment_id = (
        query.text("placementOptionId"),
        query.text("shipmentId"),
    )
    if bool(placement_id) == bool(shipment_id):
        raise _wrong("Exactly one of placementOptionId and shipmentId is needed.")
    found = [
        each
        for each in plan.transports
        if shipment_id == each.shipment_id
        or getattr(plan.shipment(each.shipment_id), "placement_id", "") == placement_id
    ]
    options = [transport_words(plan, each) for each in found]
    return _page(exchange, "transportationOptions", options, 10, 20)


def confirm_transportation_options(exchange: Exchange, plan_id: str) -> Reply:
    """Accept how every shipment is sent."""
    data = _body(exchange, SELECT)
    plan, desk = _plan(exchange, plan_id), exchange.simulation.inbound
    choices = {
        each["shipmentId"]: each["transportationOptionId"]
        for each in data["transportationSelections"]
    }
    return _start(
        exchange,
        "confirmTransportationOptions",
        plan,
        lambda at: desk.confirm_transport(plan, choices, at),
    )


def generate_delivery_window_options(
    exchange: Exchange, plan_id: str, shipment_id: str
) -> Reply:
    """Ask when a shipment may arrive."""
    plan, shipment = _shipment(exchange, plan_id, shipment_id)
    desk = exchange.simulation.inbound
    return _start(
        exchange,
        "generateDeliveryWindowOptions",
        plan,
        lambda at: desk.generate_windows(shipment, at),
    )


def list_delivery_window_options(
    exchange: Exchange, plan_id: str, shipment_id: str
) -> Reply:
    """List when a shipment may arrive."""
    _of, shipment = _shipment(exchange, plan_id, shipment_id)
    options = [window_words(window) for window in shipment.windows]
    return _page(exchange, "deliveryWindowOptions", options, 10, 100)


def confirm_delivery_window_options(
    exchange: Exchange, plan_id: str, shipment_id: str, option_id: str
) -> Reply:
    """Accept when a shipment arrives."""
    plan, shipment = _shipment(exchange, plan_id, shipment_id)
    desk = exchange.simulation.inbound
    return _start(
        exchange,
        "confirmDeliveryWindowOptions",
        plan,
        lambda at: desk.confirm_window(shipment, option_id, at),
    )


def update_shipment_tracking_details(
    exchange: Exchange, plan_id: str, shipment_id: str
) -> Reply:
    """Name the tracking number of each box; with all of them the goods are shipped."""
    data = _body(exchange, TRACK)
    plan, shipment = _shipment(exchange, plan_id, shipment_id)
    parcels = data["trackingDetails"].get("spdTrackingDetail")
    if parcels is None:
        raise _wrong("spdTrackingDetail is missing: the shipment goes by parcel.")
    numbers = {
        each["boxId"]: each["trackingId"] for each in parcels["spdTrackingItems"]
    }
    desk = exchange.simulation.inbound
    return _start(
        exchange,
        "updateShipmentTrackingDetails",
        plan,
        lambda at: desk.track(plan, shipment, numbers),
    )


def list_prep_details(exchange: Exchange) -> Reply:
    """Tell how SKUs have to be prepared."""
    query = exchange.query(_wrong)
    marketplace_id = _marketplace(exchange, query.text("marketplaceId") or "")
    # What Amazon wants encoded twice arrives encoded once.
    skus = [unquote(sku) for sku in query.list("mskus", most=100)]
    if not skus:
        raise _wrong("mskus is missing.")
    desk, details = exchange.simulation.inbound, []
    for sku in skus:
        _known(exchange, sku, marketplace_id)
        category, types = desk.preparation(exchange.seller.seller_id, sku)
        details.append({"msku": sku, "prepCategory": category, "prepTypes": types})
    return Reply({"mskuPrepDetails": details})


def set_prep_details(exchange: Exchange) -> Reply:
    """Say how SKUs are prepared."""
    data = _body(exchange, PREPARE)
    marketplace_id = _marketplace(exchange, data["marketplaceId"])
    for each in data["mskuPrepDetails"]:
        _known(exchange, each["msku"], marketplace_id)
    desk, seller_id = exchange.simulation.inbound, exchange.seller.seller_id
    operation = desk.start(
        "setPrepDetails",
        seller_id,
        lambda at: desk.prepare(seller_id, data["mskuPrepDetails"]),
    )
    return Reply({"operationId": operation.operation_id}, 202)


def create_marketplace_item_labels(exchange: Exchange) -> Reply:
    """Return an address of a PDF with a label for every unit."""
    data = _body(exchange, LABELS)
    if data["labelType"] == "THERMAL_PRINTING" and not {"height", "width"} <= set(data):
        raise _wrong("Thermal printing needs height and width.")
    marketplace_id = _marketplace(exchange, data["marketplaceId"])
    pages, codes = [], []
    for each in data["mskuQuantities"]:
        stock = _known(exchange, each["msku"], marketplace_id)
        offer = stock.item.offer(marketplace_id)
        label = fnsku(each["msku"])
        title = offer.title if offer else stock.item.title
        pages += [[title[:40], "New", label]] * each["quantity"]
        codes += [label] * each["quantity"]
    document = _keep(exchange, draw_pages(pages, codes))
    return Reply(
        {
            "documentDownloads": [
                {
                    "downloadType": "URL",
                    "uri": signed_url(exchange, document, False, LABEL_SECONDS),
                }
            ]
        }
    )


def get_labels(exchange: Exchange, confirmation_id: str) -> Reply:
    """Return an address of the labels of a shipment's boxes (v0)."""
    query = exchange.query(invalid_input)
    for name, words in (("PageType", PAGE_TYPES), ("LabelType", LABEL_TYPES)):
        if name not in query:
            raise invalid_input(f"{name} is missing.")
        query.choice(name, "", words)
    found = exchange.simulation.inbound.confirmed(
        confirmation_id, exchange.seller.seller_id
    )
    if found is None:
        raise not_found()
    _of, shipment = found
    if shipment.transport is None:
        raise invalid_input("The transport of the shipment is not confirmed.")
    wanted = query.list("PackageLabelsToPrint")
    boxes = [box for box in shipment.boxes if not wanted or box.box_id in wanted]
    start = query.integer("PageStartIndex", 0, 0, 100_000)
    boxes = boxes[start : start + query.integer("PageSize", 1000, 1, 1000)]
    if not boxes:
        raise invalid_input("PackageLabelsToPrint is invalid.")
    pages = [
        [
            f"FBA  {shipment.name}",
            f"Ship to: {shipment.center} ({shipment.country})",
            box.box_id,
            shipment.tracking.get(box.box_id, ""),
            *(f"{sku} x {units}" for sku, units in box.units().items()),
        ]
        for box in boxes
    ]
    document = _keep(exchange, draw_pages(pages, [box.box_id for box in boxes]))
    url = signed_url(exchange, document, False, V0_LABEL_SECONDS)
    return Reply({"payload": {"DownloadURL": url}})


def control(exchange: Exchange) -> Reply:
    """Show inbound plans, or let something happen at Amazon's door.

    GET: ``seller_id`` chooses. POST: ``{shipment_id, action}`` with the id on the
    labels or the one of the plan; ``ship``, ``receive`` (``quantities``: {sku:
    units}, otherwise all) or ``close`` (what is missing will not come).
    """
    desk = exchange.simulation.inbound
    if exchange.request.method == "POST":
        data = exchange.request.get_json(force=True)
        plan, shipment = _any_shipment(desk, data.get("shipment_id"))
        try:
            if data.get("action") == "ship":
                desk.ship(plan, shipment)
            elif data.get("action") == "receive":
                desk.receive(plan, shipment, data.get("quantities"))
            elif data.get("action") == "close":
                desk.close(plan, shipment)
            else:
                raise ControlError("actions: ship, receive, close")
        except InboundRefused as refused:
            raise ControlError(str(refused), 409) from refused
        return Reply(_record(plan))
    seller_id = exchange.request.args.get("seller_id")
    return Reply({"plans": [_record(plan) for plan in desk.plans(seller_id)]})


def _any_shipment(desk, shipment_id) -> tuple[InboundPlan, Shipment]:
    for plan in desk.plans(None):
        for shipment in plan.shipments():
            if shipment_id in (shipment.shipment_id, shipment.confirmation_id):
                return plan, shipment
    raise ControlError(f"no shipment {shipment_id}", 404)


def _record(plan: InboundPlan) -> dict:
    return {
        **plan_words(plan),
        "seller_id": plan.seller_id,
        "units": dict(plan.units()),
        "shipments": [
            {
                **shipment_words(plan, shipment),
                "units": dict(shipment.units),
                "received": dict(shipment.received),
            }
            for shipment in plan.shipments()
        ],
    }


def _wrong(sentence: str) -> ApiError:
    return ApiError(400, "BadRequest", sentence, "")


def _body(exchange: Exchange, shape: Shape) -> dict:
    data = exchange.json(_wrong)
    try:
        shape(data, "body")
    except Misshapen as error:
        raise _wrong(str(error)) from error
    return data


def _start(exchange: Exchange, name: str, plan: InboundPlan, act) -> Reply:
    try:
        operation: Operation = exchange.simulation.inbound.start(
            name, exchange.seller.seller_id, act, plan
        )
    except InboundRefused as refused:
        raise _wrong(str(refused)) from refused
    return Reply({"operationId": operation.operation_id}, 202)


def _marketplace(exchange: Exchange, marketplace_id: str) -> str:
    marketplace = MARKETPLACES.get(marketplace_id)
    if marketplace is None:
        raise _wrong(f"Invalid marketplace id: {marketplace_id}")
    if marketplace.region != exchange.seller.region:
        raise unauthorized()
    return marketplace_id


def _known(exchange: Exchange, sku: str, marketplace_id: str):
    stock = exchange.simulation.fba.find(
        exchange.seller.seller_id, sku, pool_of(marketplace_id)
    )
    if stock is None:
        raise _wrong(f"ERROR: {sku} is not available for inbound shipments.")
    return stock


def _check_items(exchange: Exchange, lines: list[dict], marketplace_id: str) -> None:
    seen = Counter()
    for line in lines:
        sku = line["msku"]
        _known(exchange, sku, marketplace_id)
        seen[sku, line.get("expiration"), line.get("manufacturingLotCode")] += 1
        if line["labelOwner"] == "NONE":
            raise _wrong(
                f"ERROR: {sku} requires labelOwner but NONE was assigned. "
                "Accepted values: [AMAZON, SELLER]"
            )
        desk = exchange.simulation.inbound
        category, _types = desk.preparation(exchange.seller.seller_id, sku)
        owner = line["prepOwner"]
        if category == "NONE" and owner != "NONE":
            raise _wrong(
                f"ERROR: {sku} does not require prepOwner but {owner} was assigned. "
                "Accepted values: [NONE]"
            )
        if category not in ("NONE", "UNKNOWN") and owner == "NONE":
            raise _wrong(
                f"ERROR: {sku} requires prepOwner but NONE was assigned. "
                "Accepted values: [AMAZON, SELLER]"
            )
    if any(count > 1 for count in seen.values()):
        raise _wrong("ERROR: an MSKU is given more than once.")


def _plan(exchange: Exchange, plan_id: str) -> InboundPlan:
    plan = exchange.simulation.inbound.plan(plan_id, exchange.seller.seller_id)
    if plan is None:
        raise not_found()
    return plan


def _shipment(exchange, plan_id, shipment_id) -> tuple[InboundPlan, Shipment]:
    plan = _plan(exchange, plan_id)
    shipment = plan.shipment(shipment_id)
    if shipment is None:
        raise not_found()
    return plan, shipment


def _items(exchange, plan: InboundPlan, units: Counter, most: int) -> Reply:
    rows = []
    for line in plan.lines:
        count = min(units[line["msku"]], line["quantity"])
        if count:
            rows.append(item_words(exchange.simulation, plan, line, count))
            units = units - Counter({line["msku"]: count})
    return _page(exchange, "items", rows, 10, most)


def _boxes(exchange, plan: InboundPlan, boxes: list, most: int) -> Reply:
    rows = [box_words(exchange.simulation, plan, box) for box in boxes]
    return _page(exchange, "boxes", rows, 10, most)


def _page(exchange: Exchange, name: str, rows: list, size: int, most: int) -> Reply:
    query = exchange.query(_wrong)
    size = query.integer("pageSize", size, 1, most)
    key, start = exchange.simulation.page_key, 0
    owner = digest([exchange.seller.seller_id, exchange.path])
    token = query.text("paginationToken")
    if token is not None:
        try:
            data = unseal(key, token)
        except ValueError as error:
            raise _wrong("paginationToken is invalid.") from error
        if data.get("f") != owner:
            raise _wrong("paginationToken is invalid.")
        start = data["s"]
    body = {name: rows[start : start + size]}
    if start + size < len(rows):
        token = seal(key, {"f": owner, "s": start + size})
        body["pagination"] = {"nextToken": token}
    return Reply(body)


def _keep(exchange: Exchange, data: bytes):
    simulation = exchange.simulation
    return simulation.reports.keep(
        exchange.seller.seller_id, data, "application/pdf", simulation.clock.now()
    )
