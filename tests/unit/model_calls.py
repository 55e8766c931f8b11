"""One call of each operation, with everything a caller can say, and its answer."""

from datetime import date, datetime, timezone

from acorn_amazon_connector.mappers.shipment import Package, confirmation_body
from acorn_amazon_connector.mappers.stock import quantity_patches

SELLER = ("A1SELLER", "A/B 1", ["A1PA6795UKMFR9"])
SINCE = datetime(2026, 11, 1, tzinfo=timezone.utc)
OPERATION_ID = "12345678-1234-1234-1234-123456789012"
PLAN = "wf1234abcd-1234-abcd-5678-1234abcd5678"
SHIPMENT = "sh1234abcd-1234-abcd-5678-1234abcd5678"
OPTION = "pl1234abcd-1234-abcd-5678-1234abcd5678"
DONE = {"operationId": OPERATION_ID}
INBOUND_ADDRESS = {
    "name": "Acorn",
    "addressLine1": "Street 1",
    "city": "Berlin",
    "countryCode": "DE",
    "postalCode": "10115",
    "phoneNumber": "030",
}
BOX = {
    "contentInformationSource": "BOX_CONTENT_PROVIDED",
    "dimensions": {"height": 1, "length": 1, "width": 1, "unitOfMeasurement": "CM"},
    "quantity": 1,
    "weight": {"unit": "KG", "value": 1},
}
INBOUND = {
    "createInboundPlan": (
        {"inboundPlanId": PLAN, **DONE},
        lambda inbound: inbound.create_plan(
            {
                "destinationMarketplaces": ["A1PA6795UKMFR9"],
                "sourceAddress": INBOUND_ADDRESS,
                "items": [
                    {
                        "labelOwner": "SELLER",
                        "msku": "A",
                        "prepOwner": "NONE",
                        "quantity": 1,
                    }
                ],
                "name": "WH/OUT/1",
            }
        ),
    ),
    "getInboundOperationStatus": (
        {"operation": "createInboundPlan", "operationStatus": "SUCCESS"},
        lambda inbound: inbound.operation(OPERATION_ID),
    ),
    "listInboundPlans": (
        {"inboundPlans": []},
        lambda inbound: list(inbound.plans("ACTIVE")),
    ),
    "getInboundPlan": ({}, lambda inbound: inbound.plan(PLAN)),
    "cancelInboundPlan": (DONE, lambda inbound: inbound.cancel_plan(PLAN)),
    "listInboundPlanItems": ({"items": []}, lambda inbound: inbound.items(PLAN)),
    "generatePackingOptions": (
        DONE,
        lambda inbound: inbound.generate_packing_options(PLAN),
    ),
    "listPackingOptions": (
        {"packingOptions": []},
        lambda inbound: inbound.packing_options(PLAN),
    ),
    "listPackingGroupItems": (
        {"items": []},
        lambda inbound: inbound.packing_group_items(PLAN, OPTION),
    ),
    "confirmPackingOption": (
        DONE,
        lambda inbound: inbound.confirm_packing_option(PLAN, OPTION),
    ),
    "setPackingInformation": (
        DONE,
        lambda inbound: inbound.set_packing_information(
            PLAN, [{"packingGroupId": OPTION, "boxes": [BOX]}]
        ),
    ),
    "generatePlacementOptions": (
        DONE,
        lambda inbound: inbound.generate_placement_options(PLAN),
    ),
    "listPlacementOptions": (
        {"placementOptions": []},
        lambda inbound: inbound.placement_options(PLAN),
    ),
    "confirmPlacementOption": (
        DONE,
        lambda inbound: inbound.confirm_placement_option(PLAN, OPTION),
    ),
    "getShipment": ({}, lambda inbound: inbound.shipment(PLAN, SHIPMENT)),
    "listShipmentItems": (
        {"items": []},
        lambda inbound: inbound.shipment_items(PLAN, SHIPMENT),
    ),
    "listShipmentBoxes": (
        {"boxes": []},
        lambda inbound: inbound.shipment_boxes(PLAN, SHIPMENT),
    ),
    "generateTransportationOptions": (
        DONE,
        lambda inbound: inbound.generate_transportation_options(
            PLAN,
            OPTION,
            [
                {
                    "readyToShipWindow": {"start": "2026-12-01T08:00Z"},
                    "shipmentId": SHIPMENT,
                }
            ],
        ),
    ),
    "listTransportationOptions": (
        {"transportationOptions": []},
        lambda inbound: inbound.transportation_options(
            PLAN, placement_option_id=OPTION, shipment_id=SHIPMENT
        ),
    ),
    "confirmTransportationOptions": (
        DONE,
        lambda inbound: inbound.confirm_transportation_options(
            PLAN, [{"shipmentId": SHIPMENT, "transportationOptionId": OPTION}]
        ),
    ),
    "generateDeliveryWindowOptions": (
        DONE,
        lambda inbound: inbound.generate_delivery_window_options(PLAN, SHIPMENT),
    ),
    "listDeliveryWindowOptions": (
        {"deliveryWindowOptions": []},
        lambda inbound: inbound.delivery_window_options(PLAN, SHIPMENT),
    ),
    "confirmDeliveryWindowOptions": (
        DONE,
        lambda inbound: inbound.confirm_delivery_window_option(PLAN, SHIPMENT, OPTION),
    ),
    "updateShipmentTrackingDetails": (
        DONE,
        lambda inbound: inbound.update_tracking(
            PLAN,
            SHIPMENT,
            {
                "spdTrackingDetail": {
                    "spdTrackingItems": [{"boxId": "1", "trackingId": "2"}]
                }
            },
        ),
    ),
    "createMarketplaceItemLabels": (
        {"documentDownloads": []},
        lambda inbound: inbound.item_labels(
            {
                "labelType": "STANDARD_FORMAT",
                "marketplaceId": "A1PA6795UKMFR9",
                "mskuQuantities": [{"msku": "A", "quantity": 2}],
                "pageType": "A4_21",
                "localeCode": "de_DE",
            }
        ),
    ),
    "listPrepDetails": (
        {"mskuPrepDetails": []},
        lambda inbound: inbound.prep_details("A1PA6795UKMFR9", ["A", "B"]),
    ),
    "setPrepDetails": (
        DONE,
        lambda inbound: inbound.set_prep_details(
            "A1PA6795UKMFR9",
            [{"msku": "A", "prepCategory": "NONE", "prepTypes": ["ITEM_NO_PREP"]}],
        ),
    ),
}
DETAILS = {
    "AmazonOrderId": "123-1234567-1234567",
    "ItemList": [{"OrderItemId": "1", "Quantity": 1}],
    "ShipFromAddress": {
        "Name": "Acorn",
        "AddressLine1": "Street 1",
        "City": "Berlin",
        "CountryCode": "DE",
        "Email": "a@example.com",
        "Phone": "030",
        "PostalCode": "10115",
    },
    "PackageDimensions": {"Length": 1, "Width": 1, "Height": 1, "Unit": "centimeters"},
    "Weight": {"Value": 500, "Unit": "g"},
    "ShippingServiceOptions": {
        "DeliveryExperience": "DeliveryConfirmationWithoutSignature",
        "CarrierWillPickUp": False,
    },
}
MCF_ADDRESS = {
    "name": "Buyer",
    "addressLine1": "Street 2",
    "postalCode": "10115",
    "countryCode": "DE",
}
MCF_ITEM = {"sellerSku": "A", "sellerFulfillmentOrderItemId": "1", "quantity": 1}
RDT = {"restrictedDataToken": "Atz.sprdt|x", "expiresIn": 3600}
FEED = {"feedId": "1", "feedType": "JSON_LISTINGS_FEED", "processingStatus": "DONE"}
ALL = ("buyerInfo", "shippingAddress")
CALLS = {
    "orders search": (
        "orders",
        {"orders": []},
        lambda client: client.orders.search(
            last_updated_after=SINCE,
            last_updated_before=SINCE,
            fulfillment_statuses=["UNSHIPPED", "SHIPPED"],
            marketplace_ids=["A1PA6795UKMFR9", "A13V1IB3VIYZZH"],
            fulfilled_by=["MERCHANT"],
            max_results_per_page=100,
            pagination_token="next",
        ),
    ),
    "orders created": (
        "orders",
        {"orders": []},
        lambda client: client.orders.search(created_after=SINCE),
    ),
    "order": ("orders", {"order": {}}, lambda client: client.orders.get("1-2-3")),
    "v0 search": (
        "ordersV0",
        {"payload": {"Orders": []}},
        lambda client: client.orders_v0.search(
            marketplace_ids=["ATVPDKIKX0DER"],
            last_updated_after=SINCE,
            order_statuses=["Unshipped"],
            fulfillment_channels=["MFN"],
            max_results_per_page=100,
        ),
    ),
    "v0 order": (
        "ordersV0",
        {"payload": {}},
        lambda client: client.orders_v0.get("1-2-3"),
    ),
    "v0 items": (
        "ordersV0",
        {"payload": {"OrderItems": []}},
        lambda client: client.orders_v0.items("1-2-3"),
    ),
    "participations": (
        "sellers",
        {"payload": []},
        lambda client: client.sellers.participations(),
    ),
    "token": (
        "tokens",
        RDT,
        lambda client: client.tokens.create(
            [
                {
                    "method": "GET",
                    "path": "/orders/v0/orders/{orderId}",
                    "dataElements": ["buyerInfo"],
                }
            ],
            "amzn1.sellerapps.app.1",
        ),
    ),
    "listings search": (
        "listings",
        {"items": []},
        lambda client: client.listings.search(
            "A1SELLER",
            ["A1PA6795UKMFR9"],
            identifiers=["A", "B"],
            identifiers_type="SKU",
            created_after=SINCE,
            last_updated_after=SINCE,
            sort_by="createdDate",
            sort_order="ASC",
            page_token="next",
            issue_locale="de_DE",
        ),
    ),
    "listing": (
        "listings",
        {"sku": "A"},
        lambda client: client.listings.get("A1SELLER", "A/B", ["A1PA6795UKMFR9"]),
    ),
    "listing patch": (
        "listings",
        {"sku": "A", "status": "ACCEPTED", "submissionId": "1"},
        lambda client: client.listings.patch(
            *SELLER,
            "PRODUCT",
            quantity_patches(5, date(2026, 12, 24)),
            mode="VALIDATION_PREVIEW",
            issue_locale="de_DE",
        ),
    ),
    "listing put": (
        "listings",
        {"sku": "A", "status": "ACCEPTED", "submissionId": "1"},
        lambda client: client.listings.put(
            *SELLER,
            "LUGGAGE",
            "LISTING",
            {"item_name": [{"value": "Bag", "language_tag": "de_DE"}]},
        ),
    ),
    "listing delete": (
        "listings",
        {"sku": "A", "status": "ACCEPTED", "submissionId": "1"},
        lambda client: client.listings.delete(*SELLER, issue_locale="de_DE"),
    ),
    "shipment": (
        "ordersV0",
        b"",
        lambda client: client.orders_v0.confirm_shipment(
            "1-2-3",
            confirmation_body(
                "A1VC38T7YXB528",
                Package(
                    1,
                    "Other",
                    "Bote",
                    "Standard",
                    "A 1",
                    SINCE,
                    (("11", 2, ("AZ:1",)), ("12", 1, ())),
                ),
                cod_collection_method="DirectPayment",
            ),
        ),
    ),
    "feed document": (
        "feeds",
        {"feedDocumentId": "1", "url": "https://example.com/x"},
        lambda client: client.feeds.create_document("text/xml; charset=UTF-8"),
    ),
    "feed create": (
        "feeds",
        {"feedId": "1"},
        lambda client: client.feeds.create(
            "JSON_LISTINGS_FEED", ["A1PA6795UKMFR9"], "doc", {"custom": "true"}
        ),
    ),
    "feed": ("feeds", FEED, lambda client: client.feeds.get("1")),
    "feed cancel": ("feeds", b"", lambda client: client.feeds.cancel("1")),
    "feeds": (
        "feeds",
        {"feeds": [FEED]},
        lambda client: client.feeds.search(
            feed_types=["JSON_LISTINGS_FEED"],
            marketplace_ids=["A1PA6795UKMFR9"],
            processing_statuses=["DONE", "FATAL"],
            created_since=SINCE,
            created_until=SINCE,
            page_size=100,
        ),
    ),
    "inventory": (
        "fbaInventory",
        {"payload": {"inventorySummaries": []}},
        lambda client: client.fba_inventory.page(
            "A1PA6795UKMFR9", start=SINCE, next_token="next"
        ),
    ),
    "inventory of SKUs": (
        "fbaInventory",
        {"payload": {"inventorySummaries": []}},
        lambda client: client.fba_inventory.page(
            "A1PA6795UKMFR9", seller_skus=["A", "B"], details=False
        ),
    ),
    "product types": (
        "definitions",
        {"productTypes": []},
        lambda client: client.definitions.search(
            ["A1PA6795UKMFR9"],
            keywords=["bag"],
            locale="de_DE",
            search_locale="de_DE",
        ),
    ),
    "product types of a title": (
        "definitions",
        {"productTypes": []},
        lambda client: client.definitions.search(["A1PA6795UKMFR9"], item_name="A bag"),
    ),
    "product type": (
        "definitions",
        {"schema": {}},
        lambda client: client.definitions.get(
            "LUGGAGE",
            ["A1PA6795UKMFR9"],
            seller_id="A1SELLER",
            requirements="LISTING",
            requirements_enforced="ENFORCED",
            locale="de_DE",
            version="LATEST",
            parentage_level="CHILD",
        ),
    ),
    "catalogue of barcodes": (
        "catalog",
        {"items": []},
        lambda client: client.catalog.search(
            "A1PA6795UKMFR9",
            identifiers=["4006381333931"],
            identifiers_type="EAN",
            seller_id="A1SELLER",
            locale="de_DE",
        ),
    ),
    "catalogue of words": (
        "catalog",
        {"items": []},
        lambda client: client.catalog.search(
            "A1PA6795UKMFR9",
            keywords=["bag"],
            brand_names=["Acorn"],
            classification_ids=["1"],
            page_token="next",
            keywords_locale="de_DE",
        ),
    ),
    "catalogue item": (
        "catalog",
        {"asin": "B000000001"},
        lambda client: client.catalog.get(
            "B000000001", ["A1PA6795UKMFR9"], locale="de_DE"
        ),
    ),
    "restrictions": (
        "restrictions",
        {"restrictions": []},
        lambda client: client.restrictions.get(
            "A1SELLER",
            "B000000001",
            ["A1PA6795UKMFR9"],
            condition_type="new_new",
            product_type="LUGGAGE",
            reason_locale="de_DE",
        ),
    ),
    "rates": (
        "merchantFulfillment",
        {"payload": {"ShippingServiceList": []}},
        lambda client: client.merchant_fulfillment.eligible_services(
            DETAILS, {"CarrierWillPickUp": "ShipperWillDropOff"}
        ),
    ),
    "rate inputs": (
        "merchantFulfillment",
        {"payload": {}},
        lambda client: client.merchant_fulfillment.additional_inputs(
            DETAILS["AmazonOrderId"], "UPS", DETAILS["ShipFromAddress"]
        ),
    ),
    "outbound preview": (
        "fulfillmentOutbound",
        {"payload": {"fulfillmentPreviews": []}},
        lambda client: client.fulfillment_outbound.preview(
            {"address": MCF_ADDRESS, "items": [MCF_ITEM]}
        ),
    ),
    "outbound create": (
        "fulfillmentOutbound",
        {},
        lambda client: client.fulfillment_outbound.create(
            {
                "sellerFulfillmentOrderId": "S1",
                "displayableOrderId": "S1",
                "displayableOrderDate": "2026-11-21T08:00:00Z",
                "displayableOrderComment": "Thank you",
                "shippingSpeedCategory": "Standard",
                "destinationAddress": MCF_ADDRESS,
                "items": [MCF_ITEM],
            }
        ),
    ),
    "outbound order": (
        "fulfillmentOutbound",
        {"payload": {}},
        lambda client: client.fulfillment_outbound.get("S/1"),
    ),
    "outbound orders": (
        "fulfillmentOutbound",
        {"payload": {"fulfillmentOrders": []}},
        lambda client: client.fulfillment_outbound.page(since=SINCE, next_token="next"),
    ),
    "outbound update": (
        "fulfillmentOutbound",
        {},
        lambda client: client.fulfillment_outbound.update(
            "S1", {"fulfillmentAction": "Ship"}
        ),
    ),
    "outbound cancel": (
        "fulfillmentOutbound",
        {},
        lambda client: client.fulfillment_outbound.cancel("S1"),
    ),
    "outbound tracking": (
        "fulfillmentOutbound",
        {"payload": {}},
        lambda client: client.fulfillment_outbound.package_tracking(1),
    ),
    "report create": (
        "reports",
        {"reportId": "1"},
        lambda client: client.reports.create_report(
            "GET_MERCHANT_LISTINGS_ALL_DATA",
            ["A1PA6795UKMFR9"],
            start=SINCE,
            end=SINCE,
            options={"custom": "true"},
        ),
    ),
    "report": (
        "reports",
        {"processingStatus": "DONE"},
        lambda client: client.reports.get("1"),
    ),
    "reports": (
        "reports",
        {"reports": []},
        lambda client: client.reports.search(
            report_types=["GET_MERCHANT_LISTINGS_ALL_DATA"],
            processing_statuses=["DONE"],
            marketplace_ids=["A1PA6795UKMFR9"],
            created_since=SINCE,
            created_until=SINCE,
            page_size=100,
        ),
    ),
    "reports next": (
        "reports",
        {"reports": []},
        lambda client: client.reports.search(next_token_value="next"),
    ),
    "document": (
        "reports",
        {"url": "https://example.com/x"},
        lambda client: client.reports.document("amzn1.spdoc.1"),
    ),
}
RESTRICTED = {
    "v0 search": (
        "/orders/v0/orders",
        {"payload": {"Orders": []}},
        lambda client: client.orders_v0.search(
            marketplace_ids=["A"], created_after=SINCE, data_elements=ALL
        ),
    ),
    "v0 order": (
        "/orders/v0/orders/{orderId}",
        {"payload": {}},
        lambda client: client.orders_v0.get("1-2-3", ALL),
    ),
    "v0 items": (
        "/orders/v0/orders/{orderId}/orderItems",
        {"payload": {"OrderItems": []}},
        lambda client: client.orders_v0.items("1-2-3", ("buyerInfo",)),
    ),
    "v0 address": (
        "/orders/v0/orders/{orderId}/address",
        {"payload": {}},
        lambda client: client.orders_v0.address("1-2-3"),
    ),
    "v0 buyer": (
        "/orders/v0/orders/{orderId}/buyerInfo",
        {"payload": {}},
        lambda client: client.orders_v0.buyer_info("1-2-3"),
    ),
    "document": (
        "/reports/2021-06-30/documents/amzn1.spdoc.1",
        {"url": "https://example.com/x"},
        lambda client: client.reports.document("amzn1.spdoc.1", restricted=True),
    ),
    "label buy": (
        "/mfn/v0/shipments",
        {"payload": {}},
        lambda client: client.merchant_fulfillment.create_shipment(
            DETAILS, "UPS", offer_id="offer", with_packing_slip=True
        ),
    ),
    "label": (
        "/mfn/v0/shipments/{shipmentId}",
        {"payload": {}},
        lambda client: client.merchant_fulfillment.get("1"),
    ),
    "label cancel": (
        "/mfn/v0/shipments/{shipmentId}",
        {"payload": {}},
        lambda client: client.merchant_fulfillment.cancel("1"),
    ),
}
RESTRICTED_FAMILIES = {"document": "reports", "v0": "ordersV0"}
