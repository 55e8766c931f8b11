"""The SP-API operations the connector uses: paths, rates, roles, end dates.

Source: Amazon's models of 2026-08 (rate and burst are the defaults of a usage
plan; the real rate of a seller arrives in ``x-amzn-RateLimit-Limit``).
Rows: A16, A20, A21, A28.
"""

from dataclasses import dataclass
from datetime import date

_ORDER_ROLES = (
    "Amazon Fulfillment",
    "Buyer Communication",
    "Buyer Solicitation",
    "Direct-to-Consumer Shipping (Restricted)",
    "Finance and Accounting",
    "Inventory and Order Tracking",
    "Pricing",
    "Product Listing",
    "Selling Partner Insights",
    "Tax Invoicing (Restricted)",
    "Tax Remittance (Restricted)",
)
_LISTING_ROLES = ("Product Listing", "Inventory and Order Tracking")
_FBA_ROLES = ("Amazon Fulfillment",)
_PRODUCT_ROLES = ("Product Listing",)
_SHIPPING_ROLES = (
    "Direct-to-Consumer Shipping (Restricted)",
    "Inventory and Order Tracking",
)
_REPORT_ROLES = (
    "Inventory and Order Tracking",
    "Product Listing",
    "Amazon Fulfillment",
    "Finance and Accounting",
)
# Which of them depends on the type of the feed.
_FEED_ROLES = (
    "Amazon Fulfillment",
    "Direct-to-Consumer Shipping (Restricted)",
    "Inventory and Order Tracking",
    "Pricing",
    "Product Listing",
    "Tax Invoicing (Restricted)",
)
_MCF = "/fulfillmentOrders"
_MCF_ORDER = f"{_MCF}/{{sellerFulfillmentOrderId}}"
_PLAN = "/inboundPlans/{inboundPlanId}"
_TRANSPORT = f"{_PLAN}/transportationOptions"
_INBOUND = f"{_PLAN}/shipments/{{shipmentId}}"
_WINDOWS = f"{_INBOUND}/deliveryWindowOptions"


@dataclass(frozen=True, slots=True)
class Operation:
    """One SP-API operation.

    ``rate`` is in calls per second, ``burst`` the size of the bucket. Any one
    of ``roles`` gives access. ``envelope`` says where the answer is:
    ``payload`` under that key, ``bare`` at top level, ``none`` where a success
    says nothing.
    ``restricted`` operations are refused without a restricted data token;
    ``sunset`` is the day Amazon switches the operation off.
    """

    key: str
    name: str
    method: str
    path: str
    version: str
    rate: float
    burst: int
    roles: tuple[str, ...] = ()
    envelope: str = "bare"
    restricted: bool = False
    sunset: date | None = None


def _family(family, version, prefix, roles, *rows, sunset=None):
    """Return operations of (name, method, path, rate, burst[, envelope[, restricted]]).

    Their key is ``<family>.<name>``, their path follows the prefix.
    """
    return tuple(
        Operation(
            f"{family}.{name}",
            name,
            method,
            prefix + path,
            version,
            rate,
            burst,
            roles,
            *rest,
            sunset=sunset,
        )
        for name, method, path, rate, burst, *rest in rows
    )


_ALL = (
    *_family(
        "orders",
        "2026-01-01",
        "/orders/2026-01-01/orders",
        _ORDER_ROLES,
        ("searchOrders", "GET", "", 0.0056, 20),
        ("getOrder", "GET", "/{orderId}", 0.5, 30),
    ),
    *_family(
        "ordersV0",
        "v0",
        "/orders/v0/orders",
        _ORDER_ROLES,
        ("getOrders", "GET", "", 0.0167, 20, "payload"),
        ("getOrder", "GET", "/{orderId}", 0.5, 30, "payload"),
        ("getOrderItems", "GET", "/{orderId}/orderItems", 0.5, 30, "payload"),
        ("getOrderAddress", "GET", "/{orderId}/address", 0.5, 30, "payload", True),
        ("getOrderBuyerInfo", "GET", "/{orderId}/buyerInfo", 0.5, 30, "payload", True),
        sunset=date(2027, 3, 27),
    ),
    *_family(
        "ordersV0",
        "v0",
        "/orders/v0/orders",
        _SHIPPING_ROLES,
        ("confirmShipment", "POST", "/{orderId}/shipmentConfirmation", 2.0, 10, "none"),
    ),
    *_family(
        "sellers",
        "v1",
        "/sellers/v1",
        ("Selling Partner Insights", *_REPORT_ROLES),
        (
            "getMarketplaceParticipations",
            "GET",
            "/marketplaceParticipations",
            0.016,
            15,
            "payload",
        ),
    ),
    *_family(
        "tokens",
        "2021-03-01",
        "/tokens/2021-03-01",
        (
            "Direct-to-Consumer Shipping (Restricted)",
            "Tax Invoicing (Restricted)",
            "Tax Remittance (Restricted)",
        ),
        ("createRestrictedDataToken", "POST", "/restrictedDataToken", 1.0, 10),
    ),
    *_family(
        "listings",
        "2021-08-01",
        "/listings/2021-08-01/items/{sellerId}",
        _LISTING_ROLES,
        ("searchListingsItems", "GET", "", 5.0, 5),
        ("getListingsItem", "GET", "/{sku}", 5.0, 10),
        ("putListingsItem", "PUT", "/{sku}", 5.0, 10),
        ("patchListingsItem", "PATCH", "/{sku}", 5.0, 5),
        ("deleteListingsItem", "DELETE", "/{sku}", 5.0, 5),
    ),
    *_family(
        "reports",
        "2021-06-30",
        "/reports/2021-06-30",
        _REPORT_ROLES,
        ("createReport", "POST", "/reports", 0.0167, 15),
        ("getReport", "GET", "/reports/{reportId}", 2.0, 15),
        ("getReports", "GET", "/reports", 0.0222, 10),
        ("getReportDocument", "GET", "/documents/{reportDocumentId}", 0.0167, 15),
    ),
    *_family(
        "feeds",
        "2021-06-30",
        "/feeds/2021-06-30",
        _FEED_ROLES,
        ("createFeedDocument", "POST", "/documents", 0.5, 15),
        ("createFeed", "POST", "/feeds", 0.0083, 15),
        ("getFeed", "GET", "/feeds/{feedId}", 2.0, 15),
        ("getFeeds", "GET", "/feeds", 0.0222, 10),
        ("cancelFeed", "DELETE", "/feeds/{feedId}", 2.0, 15, "none"),
        ("getFeedDocument", "GET", "/documents/{feedDocumentId}", 0.0222, 10),
    ),
    *_family(
        "fbaInventory",
        "v1",
        "/fba/inventory/v1",
        ("Amazon Fulfillment", "Product Listing"),
        ("getInventorySummaries", "GET", "/summaries", 2.0, 2, "payload"),
    ),
    *_family(
        "definitions",
        "2020-09-01",
        "/definitions/2020-09-01/productTypes",
        _PRODUCT_ROLES,
        ("searchDefinitionsProductTypes", "GET", "", 5.0, 10),
        ("getDefinitionsProductType", "GET", "/{productType}", 5.0, 10),
    ),
    *_family(
        "catalog",
        "2022-04-01",
        "/catalog/2022-04-01/items",
        _PRODUCT_ROLES,
        ("searchCatalogItems", "GET", "", 2.0, 2),
        ("getCatalogItem", "GET", "/{asin}", 2.0, 2),
    ),
    *_family(
        "restrictions",
        "2021-08-01",
        "/listings/2021-08-01/restrictions",
        _PRODUCT_ROLES,
        ("getListingsRestrictions", "GET", "", 5.0, 10),
    ),
    *_family(
        "merchantFulfillment",
        "v0",
        "/mfn/v0",
        ("Direct-to-Consumer Shipping (Restricted)",),
        (
            "getEligibleShipmentServices",
            "POST",
            "/eligibleShippingServices",
            6.0,
            12,
            "payload",
        ),
        (
            "getAdditionalSellerInputs",
            "POST",
            "/additionalSellerInputs",
            1.0,
            1,
            "payload",
        ),
        ("createShipment", "POST", "/shipments", 2.0, 2, "payload", True),
        ("getShipment", "GET", "/shipments/{shipmentId}", 1.0, 1, "payload", True),
        (
            "cancelShipment",
            "DELETE",
            "/shipments/{shipmentId}",
            1.0,
            1,
            "payload",
            True,
        ),
    ),
    *_family(
        "fulfillmentOutbound",
        "2020-07-01",
        "/fba/outbound/2020-07-01",
        _FBA_ROLES,
        ("getFulfillmentPreview", "POST", f"{_MCF}/preview", 2.0, 30, "payload"),
        ("listAllFulfillmentOrders", "GET", _MCF, 2.0, 30, "payload"),
        ("createFulfillmentOrder", "POST", _MCF, 2.0, 30, "none"),
        ("getFulfillmentOrder", "GET", _MCF_ORDER, 2.0, 30, "payload"),
        ("updateFulfillmentOrder", "PUT", _MCF_ORDER, 2.0, 30, "none"),
        ("cancelFulfillmentOrder", "PUT", f"{_MCF_ORDER}/cancel", 2.0, 30, "none"),
        ("getPackageTrackingDetails", "GET", "/tracking", 2.0, 30, "payload"),
    ),
    *_family(
        "fulfillmentInbound",
        "2024-03-20",
        "/inbound/fba/2024-03-20",
        _FBA_ROLES,
        ("listInboundPlans", "GET", "/inboundPlans", 2.0, 6),
        ("createInboundPlan", "POST", "/inboundPlans", 2.0, 2),
        ("getInboundPlan", "GET", _PLAN, 2.0, 6),
        ("cancelInboundPlan", "PUT", f"{_PLAN}/cancellation", 2.0, 2),
        ("listInboundPlanItems", "GET", f"{_PLAN}/items", 2.0, 6),
        ("setPackingInformation", "POST", f"{_PLAN}/packingInformation", 2.0, 2),
        ("listPackingOptions", "GET", f"{_PLAN}/packingOptions", 2.0, 6),
        ("generatePackingOptions", "POST", f"{_PLAN}/packingOptions", 2.0, 2),
        (
            "confirmPackingOption",
            "POST",
            f"{_PLAN}/packingOptions/{{packingOptionId}}/confirmation",
            2.0,
            2,
        ),
        (
            "listPackingGroupItems",
            "GET",
            f"{_PLAN}/packingGroups/{{packingGroupId}}/items",
            2.0,
            30,
        ),
        ("listPlacementOptions", "GET", f"{_PLAN}/placementOptions", 2.0, 6),
        ("generatePlacementOptions", "POST", f"{_PLAN}/placementOptions", 2.0, 2),
        (
            "confirmPlacementOption",
            "POST",
            f"{_PLAN}/placementOptions/{{placementOptionId}}/confirmation",
            2.0,
            2,
        ),
        ("getShipment", "GET", _INBOUND, 2.0, 6),
        ("listShipmentItems", "GET", f"{_INBOUND}/items", 2.0, 30),
        ("listShipmentBoxes", "GET", f"{_INBOUND}/boxes", 2.0, 30),
        ("listTransportationOptions", "GET", _TRANSPORT, 2.0, 6),
        ("generateTransportationOptions", "POST", _TRANSPORT, 2.0, 2),
        (
            "confirmTransportationOptions",
            "POST",
            f"{_TRANSPORT}/confirmation",
            2.0,
            2,
        ),
        ("listDeliveryWindowOptions", "GET", _WINDOWS, 2.0, 30),
        ("generateDeliveryWindowOptions", "POST", _WINDOWS, 2.0, 30),
        (
            "confirmDeliveryWindowOptions",
            "POST",
            f"{_WINDOWS}/{{deliveryWindowOptionId}}/confirmation",
            2.0,
            30,
        ),
        ("updateShipmentTrackingDetails", "PUT", f"{_INBOUND}/trackingDetails", 2.0, 2),
        ("createMarketplaceItemLabels", "POST", "/items/labels", 2.0, 30),
        # Amazon states no rate for it; that of its sibling.
        ("listPrepDetails", "GET", "/items/prepDetails", 2.0, 30),
        ("setPrepDetails", "POST", "/items/prepDetails", 2.0, 30),
        ("getInboundOperationStatus", "GET", "/operations/{operationId}", 2.0, 6),
    ),
    *_family(
        "fulfillmentInboundV0",
        "v0",
        "/fba/inbound/v0",
        _FBA_ROLES,
        ("getLabels", "GET", "/shipments/{shipmentId}/labels", 2.0, 30, "payload"),
    ),
)

OPERATIONS: dict[str, Operation] = {operation.key: operation for operation in _ALL}
