"""URL → handler. One line per operation, with Amazon's default usage plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from werkzeug.routing import Map, Rule

from .access import SHIPPING_PII, TAX_PII
from .handlers import (
    buy_shipping as mfn,
    catalog_items,
    consent,
    control,
    definitions,
    documents,
    fba_inventory,
    feeds,
    inbound,
    listings,
    listings_write,
    lwa,
    orders,
    orders_v0 as v0,
    outbound,
    registrations,
    reports,
    restrictions,
    sellers,
    shipment_confirmation,
    stock_control,
    tokens,
)

_FULFILLMENT = "Amazon Fulfillment"
_FINANCE = "Finance and Accounting"
_INVENTORY = "Inventory and Order Tracking"
_LISTING = "Product Listing"
_PRICING = "Pricing"
_INSIGHTS = "Selling Partner Insights"
_BUYER = ("Buyer Communication", "Buyer Solicitation")

ANY = (_FULFILLMENT, _FINANCE, _INVENTORY, _LISTING, _PRICING, _INSIGHTS, *_BUYER)
READS = (*ANY, SHIPPING_PII, *TAX_PII)
ORDER_DATA = (_FULFILLMENT, _FINANCE, _INVENTORY, SHIPPING_PII, *TAX_PII)
LISTINGS = (_LISTING, _INVENTORY)
FEEDS = (_FULFILLMENT, _INVENTORY, _LISTING, _PRICING, SHIPPING_PII, *TAX_PII)
STOCK = (_FULFILLMENT, _LISTING)


@dataclass(frozen=True)
class Operation:
    """One SP-API operation.

    :ivar key: ``family.operationId``
    :ivar rate: tokens per second; ``burst`` = capacity of the bucket
    :ivar roles: any one of these is enough
    :ivar restricted: ``no``, ``pii`` (an RDT adds PII) or ``required``
    :ivar scope: grantless scope, None = a seller's token
    :ivar bare_errors: the model states errors as a list without an envelope
    :ivar tells_rate: every answer has x-amzn-RateLimit-Limit
    """

    key: str
    method: str
    path: str
    rate: float
    burst: float
    roles: tuple[str, ...]
    handler: Callable
    restricted: str = "no"
    scope: str | None = None
    bare_errors: bool = False
    tells_rate: bool = False


_ORDERS = "/orders/2026-01-01/orders"
_ORDERS_V0 = "/orders/v0/orders"
_ORDER_V0 = f"{_ORDERS_V0}/<order_id>"
_LISTING_ITEMS = "/listings/2021-08-01/items/<seller_id>"
_REPORTS = "/reports/2021-06-30/reports"
_REPORT = f"{_REPORTS}/<report_id>"
_REPORT_DOCUMENT = "/reports/2021-06-30/documents/<report_document_id>"
_FBA = "/inbound/fba/2024-03-20"
_PLANS = f"{_FBA}/inboundPlans"
_PLAN = f"{_PLANS}/<plan_id>"
_SHIPMENT = f"{_PLAN}/shipments/<shipment_id>"
_WINDOWS = f"{_SHIPMENT}/deliveryWindowOptions"
_MCF = "/fba/outbound/2020-07-01"
_MCF_ORDERS = f"{_MCF}/fulfillmentOrders"
_MCF_ORDER = f"{_MCF_ORDERS}/<path:reference>"
_MFN = "/mfn/v0/shipments"
_DEFINITIONS = "/definitions/2020-09-01/productTypes"
_CATALOG = "/catalog/2022-04-01/items"
_FEEDS = "/feeds/2021-06-30/feeds"
_FEED_DOCUMENTS = "/feeds/2021-06-30/documents"
_PARTICIPATIONS = "/sellers/v1/marketplaceParticipations"
_REGISTRATIONS = "/registrations/2026-01-01"
_RDT = "/tokens/2021-03-01/restrictedDataToken"


def _family(family: str, roles: tuple[str, ...], *rows) -> list[Operation]:
    """Build operations from (name, method, path, rate, burst, handler, restricted)."""
    return [
        Operation(f"{family}.{name}", method, path, rate, burst, roles, *rest)
        for name, method, path, rate, burst, *rest in rows
    ]


# fmt: off
OPERATIONS = (
    _family(
        "sellers", READS,
        ("getMarketplaceParticipations", "GET", _PARTICIPATIONS, 0.016, 15,
         sellers.get_marketplace_participations),
    )
    + _family(
        "orders", READS,
        ("searchOrders", "GET", _ORDERS, 0.0056, 20, orders.search_orders),
        ("getOrder", "GET", f"{_ORDERS}/<order_id>", 0.5, 30, orders.get_order),
    )
    + _family(
        "ordersV0", READS,
        ("getOrders", "GET", _ORDERS_V0, 0.0167, 20, v0.get_orders, "pii"),
        ("getOrder", "GET", _ORDER_V0, 0.5, 30, v0.get_order, "pii"),
        ("getOrderItems", "GET", f"{_ORDER_V0}/orderItems", 0.5, 30,
         v0.get_order_items, "pii"),
        ("getOrderItemsBuyerInfo", "GET", f"{_ORDER_V0}/orderItems/buyerInfo", 0.5, 30,
         v0.get_order_items_buyer_info, "required"),
        ("getOrderAddress", "GET", f"{_ORDER_V0}/address", 0.5, 30,
         v0.get_order_address, "required"),
        ("getOrderBuyerInfo", "GET", f"{_ORDER_V0}/buyerInfo", 0.5, 30,
         v0.get_order_buyer_info, "required"),
        ("confirmShipment", "POST", f"{_ORDER_V0}/shipmentConfirmation", 2, 10,
         shipment_confirmation.confirm_shipment),
    )
    + _family(
        "tokens", (),
        ("createRestrictedDataToken", "POST", _RDT, 1, 10,
         tokens.create_restricted_data_token),
    )
    + _family(
        "listings", LISTINGS,
        ("searchListingsItems", "GET", _LISTING_ITEMS, 5, 5,
         listings.search_listings_items),
        ("getListingsItem", "GET", f"{_LISTING_ITEMS}/<path:sku>", 5, 10,
         listings.get_listings_item),
        ("putListingsItem", "PUT", f"{_LISTING_ITEMS}/<path:sku>", 5, 10,
         listings_write.put_listings_item),
        ("patchListingsItem", "PATCH", f"{_LISTING_ITEMS}/<path:sku>", 5, 5,
         listings_write.patch_listings_item),
        ("deleteListingsItem", "DELETE", f"{_LISTING_ITEMS}/<path:sku>", 5, 5,
         listings_write.delete_listings_item),
    )
    + _family(
        "definitions", LISTINGS,
        ("searchDefinitionsProductTypes", "GET", _DEFINITIONS, 5, 10,
         definitions.search_definitions_product_types),
        ("getDefinitionsProductType", "GET", f"{_DEFINITIONS}/<product_type>", 5, 10,
         definitions.get_definitions_product_type),
    )
    + _family(
        "catalog", LISTINGS,
        ("searchCatalogItems", "GET", _CATALOG, 2, 2,
         catalog_items.search_catalog_items),
        ("getCatalogItem", "GET", f"{_CATALOG}/<asin>", 2, 2,
         catalog_items.get_catalog_item),
    )
    + _family(
        "restrictions", LISTINGS,
        ("getListingsRestrictions", "GET", "/listings/2021-08-01/restrictions", 5, 10,
         restrictions.get_listings_restrictions, "no", None, True),
    )
    + _family(
        "fbaInventory", STOCK,
        ("getInventorySummaries", "GET", "/fba/inventory/v1/summaries", 2, 2,
         fba_inventory.get_inventory_summaries),
    )
    + _family(
        "merchantFulfillment", (SHIPPING_PII,),
        ("getEligibleShipmentServices", "POST", "/mfn/v0/eligibleShippingServices",
         6, 12, mfn.get_eligible_shipment_services),
        ("getAdditionalSellerInputs", "POST", "/mfn/v0/additionalSellerInputs", 1, 1,
         mfn.get_additional_seller_inputs),
        ("createShipment", "POST", _MFN, 2, 2, mfn.create_shipment, "required"),
        ("getShipment", "GET", f"{_MFN}/<shipment_id>", 1, 1, mfn.get_shipment,
         "required"),
        ("cancelShipment", "DELETE", f"{_MFN}/<shipment_id>", 1, 1,
         mfn.cancel_shipment, "required"),
    )
    + _family(
        "fulfillmentOutbound", (_FULFILLMENT,),
        ("getFulfillmentPreview", "POST", f"{_MCF_ORDERS}/preview", 2, 30,
         outbound.get_fulfillment_preview),
        ("listAllFulfillmentOrders", "GET", _MCF_ORDERS, 2, 30,
         outbound.list_all_fulfillment_orders),
        ("createFulfillmentOrder", "POST", _MCF_ORDERS, 2, 30,
         outbound.create_fulfillment_order),
        ("getPackageTrackingDetails", "GET", f"{_MCF}/tracking", 2, 30,
         outbound.get_package_tracking_details),
        ("getFulfillmentOrder", "GET", _MCF_ORDER, 2, 30,
         outbound.get_fulfillment_order),
        ("updateFulfillmentOrder", "PUT", _MCF_ORDER, 2, 30,
         outbound.update_fulfillment_order),
        ("cancelFulfillmentOrder", "PUT", f"{_MCF_ORDER}/cancel", 2, 30,
         outbound.cancel_fulfillment_order),
    )
    + _family(
        "feeds", FEEDS,
        ("createFeedDocument", "POST", _FEED_DOCUMENTS, 0.5, 15,
         feeds.create_feed_document),
        ("createFeed", "POST", _FEEDS, 0.0083, 15, feeds.create_feed),
        ("getFeeds", "GET", _FEEDS, 0.0222, 10, feeds.get_feeds),
        ("getFeed", "GET", f"{_FEEDS}/<feed_id>", 2, 15, feeds.get_feed),
        ("cancelFeed", "DELETE", f"{_FEEDS}/<feed_id>", 2, 15, feeds.cancel_feed),
        ("getFeedDocument", "GET", f"{_FEED_DOCUMENTS}/<feed_document_id>", 0.0222, 10,
         feeds.get_feed_document),
    )
    + _family(
        "fulfillmentInbound", (_FULFILLMENT,),
        ("listInboundPlans", "GET", _PLANS, 2, 6,
         inbound.list_inbound_plans),
        ("createInboundPlan", "POST", _PLANS, 2, 2,
         inbound.create_inbound_plan),
        ("getInboundPlan", "GET", _PLAN, 2, 6,
         inbound.get_inbound_plan),
        ("listInboundPlanBoxes", "GET", f"{_PLAN}/boxes", 2, 6,
         inbound.list_inbound_plan_boxes),
        ("cancelInboundPlan", "PUT", f"{_PLAN}/cancellation", 2, 2,
         inbound.cancel_inbound_plan),
        ("listInboundPlanItems", "GET", f"{_PLAN}/items", 2, 6,
         inbound.list_inbound_plan_items),
        ("updateInboundPlanName", "PUT", f"{_PLAN}/name", 2, 30,
         inbound.update_inbound_plan_name),
        ("listPackingGroupBoxes", "GET",
         f"{_PLAN}/packingGroups/<group_id>/boxes", 2, 30,
         inbound.list_packing_group_boxes),
        ("listPackingGroupItems", "GET",
         f"{_PLAN}/packingGroups/<group_id>/items", 2, 30,
         inbound.list_packing_group_items),
        ("setPackingInformation", "POST", f"{_PLAN}/packingInformation", 2, 2,
         inbound.set_packing_information),
        ("listPackingOptions", "GET", f"{_PLAN}/packingOptions", 2, 6,
         inbound.list_packing_options),
        ("generatePackingOptions", "POST", f"{_PLAN}/packingOptions", 2, 2,
         inbound.generate_packing_options),
        ("confirmPackingOption", "POST",
         f"{_PLAN}/packingOptions/<option_id>/confirmation", 2, 2,
         inbound.confirm_packing_option),
        ("listPlacementOptions", "GET", f"{_PLAN}/placementOptions", 2, 6,
         inbound.list_placement_options),
        ("generatePlacementOptions", "POST", f"{_PLAN}/placementOptions", 2, 2,
         inbound.generate_placement_options),
        ("confirmPlacementOption", "POST",
         f"{_PLAN}/placementOptions/<option_id>/confirmation", 2, 2,
         inbound.confirm_placement_option),
        ("getShipment", "GET", _SHIPMENT, 2, 6,
         inbound.get_shipment),
        ("listShipmentBoxes", "GET", f"{_SHIPMENT}/boxes", 2, 30,
         inbound.list_shipment_boxes),
        ("listShipmentItems", "GET", f"{_SHIPMENT}/items", 2, 30,
         inbound.list_shipment_items),
        ("updateShipmentName", "PUT", f"{_SHIPMENT}/name", 2, 30,
         inbound.update_shipment_name),
        ("updateShipmentTrackingDetails", "PUT", f"{_SHIPMENT}/trackingDetails", 2, 2,
         inbound.update_shipment_tracking_details),
        ("listDeliveryWindowOptions", "GET", _WINDOWS, 2, 30,
         inbound.list_delivery_window_options),
        ("generateDeliveryWindowOptions", "POST", _WINDOWS, 2, 30,
         inbound.generate_delivery_window_options),
        ("confirmDeliveryWindowOptions", "POST",
         f"{_WINDOWS}/<option_id>/confirmation", 2, 30,
         inbound.confirm_delivery_window_options),
        ("listTransportationOptions", "GET", f"{_PLAN}/transportationOptions", 2, 6,
         inbound.list_transportation_options),
        ("generateTransportationOptions", "POST",
         f"{_PLAN}/transportationOptions", 2, 2,
         inbound.generate_transportation_options),
        ("confirmTransportationOptions", "POST",
         f"{_PLAN}/transportationOptions/confirmation", 2, 2,
         inbound.confirm_transportation_options),
        ("createMarketplaceItemLabels", "POST", f"{_FBA}/items/labels", 2, 30,
         inbound.create_marketplace_item_labels),
        ("listPrepDetails", "GET", f"{_FBA}/items/prepDetails", 2, 30,
         inbound.list_prep_details),
        ("setPrepDetails", "POST", f"{_FBA}/items/prepDetails", 2, 30,
         inbound.set_prep_details),
        ("getInboundOperationStatus", "GET", f"{_FBA}/operations/<operation_id>", 2, 6,
         inbound.get_inbound_operation_status),
    )
    + _family(
        "fulfillmentInboundV0", (_FULFILLMENT,),
        ("getLabels", "GET", "/fba/inbound/v0/shipments/<confirmation_id>/labels",
         2, 30, inbound.get_labels),
    )
    + _family(
        "reports", ORDER_DATA,
        ("createReport", "POST", _REPORTS, 0.0167, 15, reports.create_report),
        ("getReports", "GET", _REPORTS, 0.0222, 10, reports.get_reports),
        ("getReport", "GET", _REPORT, 2, 15, reports.get_report),
        ("cancelReport", "DELETE", _REPORT, 0.0222, 10, reports.cancel_report),
        ("getReportDocument", "GET", _REPORT_DOCUMENT, 0.0167, 15,
         reports.get_report_document),
    )
    + _family(
        "registrations", (),
        ("createDocument", "POST", f"{_REGISTRATIONS}/documents", 1, 30,
         registrations.create_document, "no", None, False, True),
        ("createRegistration", "POST", f"{_REGISTRATIONS}/registrations", 0.5, 20,
         registrations.create_registration, "no", None, False, True),
        ("getRegistrationStatus", "GET", f"{_REGISTRATIONS}/registrations", 1, 20,
         registrations.get_registration_status, "no", None, False, True),
    )
)
# fmt: on

API = Map(
    [
        Rule(
            operation.path,
            methods=[operation.method],
            endpoint=operation,
            merge_slashes=False,
        )
        for operation in OPERATIONS
    ],
    strict_slashes=False,
)

_GET, _POST, _PUT, _DELETE = ("GET",), ("POST",), ("PUT",), ("DELETE",)

PLAIN = Map(
    [
        Rule(path, methods=methods, endpoint=endpoint)
        for path, methods, endpoint in (
            ("/auth/o2/token", _POST, lwa.token),
            ("/apps/authorize/consent", _GET, consent.show),
            ("/apps/authorize/consent", _POST, consent.decide),
            ("/_documents/<document_id>", _GET, documents.download),
            ("/_documents/<document_id>", _PUT, documents.upload),
            ("/_sim", _GET, control.index),
            ("/_sim/reset", _POST, control.reset),
            ("/_sim/seed", _POST, control.seed),
            ("/_sim/clock", _GET + _POST, control.clock),
            ("/_sim/faults", _GET + _POST + _DELETE, control.faults),
            ("/_sim/faults/<int:fault_id>", _DELETE, control.faults),
            ("/_sim/requests", _GET + _DELETE, control.requests),
            ("/_sim/orders", _GET, control.orders),
            ("/_sim/orders/<order_id>", _GET + _POST, control.order),
            ("/_sim/fba", _GET + _POST, fba_inventory.control),
            ("/_sim/inbound", _GET + _POST, inbound.control),
            ("/_sim/shipments", _GET, shipment_confirmation.shipments),
            ("/_sim/labels", _GET, mfn.labels),
            ("/_sim/credentials", _GET, control.credentials),
            ("/_sim/applications", _POST, control.applications),
            ("/_sim/catalog", _GET, control.catalog),
            ("/_sim/buy", _POST, stock_control.buy),
            ("/_sim/buyers", _POST, stock_control.buyers),
            ("/_sim/stock", _GET, stock_control.stock),
            ("/_sim/listings", _POST, stock_control.listings),
            ("/_sim/feeds", _GET, feeds.control),
            ("/_sim/feeds/<feed_id>", _GET + _POST, feeds.control),
            ("/_sim/registrations", _GET, registrations.truth),
            ("/_sim/registrations", _POST, registrations.seed),
            ("/_sim/registrations/developers", _POST, registrations.developers),
            (
                "/_sim/registrations/developers/<developer_id>/keys/<key_id>",
                _DELETE,
                registrations.remove_key,
            ),
            ("/_sim/registrations/settings", _GET + _POST, registrations.settings),
            ("/_sim/registrations/outcomes", _POST, registrations.outcomes),
            ("/_sim/restrictions", _GET + _POST, restrictions.control),
            ("/_sim/lwa", _POST, control.lwa),
            ("/_sim/settings", _GET + _POST, control.settings),
        )
    ],
    strict_slashes=False,
)
