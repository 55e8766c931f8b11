"""Amazon's own SDK (PyPI amzn-sp-api) works against the simulator (X5)."""

import gzip
import logging
from datetime import datetime, timedelta, timezone

import pytest
import requests
from amazon_client import ALL_DATA
from listing_tools import DE, full, master
from simulated_time import NOW
from test_feeds import JSON, document, message

SDK = pytest.importorskip("spapi", reason="Amazon's SDK amzn-sp-api is not installed")

# Importing the SDK configures the root logger; tests want it as it was.
logging.getLogger().setLevel(logging.WARNING)

MODELS = "spapi.models"
LONG_AGO = datetime(2020, 1, 1, tzinfo=timezone.utc)
BY_DATE = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"


@pytest.fixture
def sdk(amazon):
    """Return a function that makes one of the SDK's API classes ready to call."""
    seller = amazon.seller
    config = SDK.SPAPIConfig(
        client_id=seller["client_id"],
        client_secret=seller["client_secret"],
        refresh_token=seller["refresh_token"],
    )
    client = SDK.SPAPIClient(
        config, oauth_endpoint=f"{amazon.url}/auth/o2/token", endpoint=amazon.url
    )
    return lambda api: getattr(SDK, api)(client.api_client)


def test_token_and_participations(sdk, amazon):
    reply = sdk("SellersApi").get_marketplace_participations()
    ids = {
        entry.marketplace.id
        for entry in reply.payload
        if entry.participation.is_participating
    }
    assert set(amazon.seller["marketplace_ids"]) <= ids
    grants = [e for e in amazon.log(path="/auth/o2/token") if e["status"] == 200]
    assert grants


def test_search_with_pages(sdk, amazon):  # A24
    api, orders, token = sdk("SearchOrdersApi"), [], {}
    while True:
        page = api.search_orders(
            last_updated_after=LONG_AGO,
            max_results_per_page=25,
            included_data=ALL_DATA.split(","),
            **token,
        )
        orders += page.orders
        if page.pagination is None or page.pagination.next_token is None:
            break
        token = {"pagination_token": page.pagination.next_token}
    truths = {truth["order_id"]: truth for truth in amazon.truths()}
    assert {order.order_id for order in orders} == set(truths)
    assert len(orders) == len(truths) > 25
    for order in orders:
        truth = truths[order.order_id]
        assert order.fulfillment.fulfillment_status == truth["status"]
        total = order.proceeds and order.proceeds.grand_total.amount
        assert total == truth["grand_total"]
        assert len(order.order_items) == len(truth["lines"])
    assert page.last_updated_before == NOW - timedelta(minutes=2)


def test_get_order(sdk, amazon):
    truth = amazon.truths(status="SHIPPED")[0]
    reply = sdk("GetOrderApi").get_order(
        truth["order_id"], included_data=["FULFILLMENT", "RECIPIENT"]
    )
    address = truth["payload"]["recipient"]["deliveryAddress"]
    assert reply.order.recipient.delivery_address.city == address["city"]
    assert reply.order.proceeds is None


def test_orders_v0(sdk, amazon):  # A16
    reply = sdk("OrdersV0Api").get_orders(
        marketplace_ids=amazon.seller["marketplace_ids"],
        created_after="2020-01-01T00:00:00Z",
    )
    order_id = reply.payload.orders[0].amazon_order_id
    items = sdk("OrdersV0Api").get_order_items(order_id)
    assert items.payload.amazon_order_id == order_id
    assert items.payload.order_items


def test_confirm_shipment(sdk, amazon):  # A2
    from spapi.models.orders_v0 import ConfirmShipmentRequest

    truth = next(
        each
        for each in amazon.truths(status="UNSHIPPED")
        if each["fulfilled_by"] == "MERCHANT"
    )
    request = ConfirmShipmentRequest(
        marketplace_id=truth["marketplace_id"],
        package_detail={
            "packageReferenceId": "1",
            "carrierCode": "DHL",
            "trackingNumber": "00340434161094015902",
            "shipDate": "2026-11-20T12:00:00Z",
            "orderItems": [
                {"orderItemId": each["order_item_id"], "quantity": each["quantity"]}
                for each in truth["lines"]
            ],
        },
    )
    api = sdk("OrdersV0Api")
    api.confirm_shipment(truth["order_id"], request)
    order = api.get_order(truth["order_id"]).payload
    assert order.order_status == "Shipped"
    request.package_detail["packageReferenceId"] = "2"
    with pytest.raises(SDK.ApiException) as caught:
        api.confirm_shipment(truth["order_id"], request)
    assert caught.value.status == 400


def test_fba_inventory(sdk, amazon):  # A31
    api = sdk("FbaInventoryApi")
    german, token, skus = "A1PA6795UKMFR9", {}, []
    amazon.configure(inventory_page_size=10)
    while True:
        page = api.get_inventory_summaries(
            "Marketplace", german, [german], details=True, **token
        )
        for entry in page.payload.inventory_summaries:
            skus.append(entry.seller_sku)
            assert entry.inventory_details.fulfillable_quantity >= 0
        if page.pagination is None or page.pagination.next_token is None:
            break
        token = {"next_token": page.pagination.next_token}
        amazon.advance(1)
    assert len(skus) == len(set(skus)) > 10
    page = api.get_inventory_summaries(
        "Marketplace", german, [german], seller_skus=skus[:2]
    )
    found = [entry.seller_sku for entry in page.payload.inventory_summaries]
    assert found == skus[:2]


def test_fulfillment_outbound(sdk, amazon):  # A37
    from spapi.models.fulfillment_outbound_v2020_07_01 import (
        Address,
        CreateFulfillmentOrderItem,
        CreateFulfillmentOrderRequest,
    )

    stock = amazon.sim("fba", params={"seller_id": amazon.seller["seller_id"]})
    sku = next(
        e["sku"] for e in stock["stock"] if e["fulfillable"] and e["pool"] == "EU"
    )
    api = sdk("FbaOutboundApi")
    item = CreateFulfillmentOrderItem(
        seller_sku=sku, seller_fulfillment_order_item_id="1", quantity=1
    )
    request = CreateFulfillmentOrderRequest(
        seller_fulfillment_order_id="SO1",
        displayable_order_id="SO1",
        displayable_order_date=NOW,
        displayable_order_comment="Thanks",
        shipping_speed_category="Standard",
        destination_address=Address(
            name="Ada", address_line1="Weg 1", postal_code="34117", country_code="DE"
        ),
        items=[item],
    )
    api.create_fulfillment_order(request)
    order = api.get_fulfillment_order("SO1").payload
    assert order.fulfillment_order.fulfillment_order_status == "Received"
    assert len(api.list_all_fulfillment_orders().payload.fulfillment_orders) == 1
    api.cancel_fulfillment_order("SO1")
    order = api.get_fulfillment_order("SO1").payload
    assert order.fulfillment_order.fulfillment_order_status == "Cancelled"


def test_buy_shipping(sdk, amazon):  # A2
    from spapi.models.merchant_fulfillment_v0 import (
        Address,
        GetEligibleShipmentServicesRequest,
        Item,
        PackageDimensions,
        ShipmentRequestDetails,
        ShippingServiceOptions,
        Weight,
    )

    truth = next(
        each
        for each in amazon.truths(status="UNSHIPPED")
        if each["fulfilled_by"] == "MERCHANT"
    )
    details = ShipmentRequestDetails(
        amazon_order_id=truth["order_id"],
        item_list=[
            Item(order_item_id=each["order_item_id"], quantity=each["quantity"])
            for each in truth["lines"]
        ],
        ship_from_address=Address(
            name="Lager",
            address_line1="Industriestraße 48",
            email="lager@example.com",
            city="Kassel",
            postal_code="34123",
            country_code="DE",
            phone="0561 123456",
        ),
        package_dimensions=PackageDimensions(
            length=30, width=20, height=10, unit="centimeters"
        ),
        weight=Weight(value=900, unit="g"),
        shipping_service_options=ShippingServiceOptions(
            delivery_experience="DeliveryConfirmationWithoutSignature",
            carrier_will_pick_up=False,
        ),
    )
    request = GetEligibleShipmentServicesRequest(shipment_request_details=details)
    reply = sdk("MerchantFulfillmentApi").get_eligible_shipment_services(request)
    services = reply.payload.shipping_service_list
    assert {each.carrier_name for each in services} == {"DHL", "DPD", "UPS"}
    assert all(each.rate.currency_code == "EUR" for each in services)


def test_inbound_plan(sdk, amazon):  # A31
    from spapi.models.fulfillment_inbound_v2024_03_20 import (
        AddressInput,
        CreateInboundPlanRequest,
        ItemInput,
    )

    stock = amazon.sim("fba", params={"seller_id": amazon.seller["seller_id"]})
    item = ItemInput(
        msku=stock["stock"][0]["sku"],
        quantity=3,
        label_owner="SELLER",
        prep_owner="NONE",
    )
    source = AddressInput(
        name="Lager",
        address_line1="Industriestraße 48",
        city="Kassel",
        country_code="DE",
        postal_code="34123",
        phone_number="0561 123456",
    )
    request = CreateInboundPlanRequest(
        destination_marketplaces=["A1PA6795UKMFR9"],
        items=[item],
        source_address=source,
        name="November",
    )
    api = sdk("FbaInboundApi")
    started = api.create_inbound_plan(request)
    state = api.get_inbound_operation_status(started.operation_id)
    assert state.operation_status == "IN_PROGRESS"
    amazon.advance(5)
    state = api.get_inbound_operation_status(started.operation_id)
    assert state.operation_status == "SUCCESS"
    plan = api.get_inbound_plan(started.inbound_plan_id)
    assert (plan.name, plan.status) == ("November", "ACTIVE")
    items = api.list_inbound_plan_items(started.inbound_plan_id).items
    assert [(each.msku, each.quantity) for each in items] == [(item.msku, 3)]


def test_listings(sdk, amazon):
    api, seller = sdk("ListingsApi"), amazon.seller["seller_id"]
    found = api.search_listings_items(seller, ["A1PA6795UKMFR9"], page_size=20)
    assert len(found.items) == 20
    sku = found.items[0].sku
    item = api.get_listings_item(seller, sku, ["A1PA6795UKMFR9"])
    assert item.sku == sku


def test_report(sdk, amazon):
    api = sdk("ReportsApi")
    from spapi.models.reports_v2021_06_30 import CreateReportSpecification

    order = CreateReportSpecification(
        report_type=BY_DATE,
        marketplace_ids=amazon.seller["marketplace_ids"],
        data_start_time=NOW - timedelta(days=20),
        data_end_time=NOW,
    )
    report_id = api.create_report(order).report_id
    assert api.get_report(report_id).processing_status == "IN_QUEUE"
    amazon.advance(60)
    report = api.get_report(report_id)
    assert report.processing_status == "DONE"
    place = api.get_report_document(report.report_document_id)
    assert place.compression_algorithm == "GZIP"
    text = gzip.decompress(requests.get(place.url, timeout=60).content)
    assert text.startswith(b"amazon-order-id\t")
    assert len(text.splitlines()) > len(amazon.truths())


def test_restricted_token(sdk):
    from spapi.models.tokens_v2021_03_01 import (
        CreateRestrictedDataTokenRequest,
        RestrictedResource,
    )

    resource = RestrictedResource(
        method="GET", path="/orders/v0/orders", data_elements=["buyerInfo"]
    )
    request = CreateRestrictedDataTokenRequest(restricted_resources=[resource])
    reply = sdk("TokensApi").create_restricted_data_token(request)
    assert reply.restricted_data_token.startswith("Atz.sprdt|")


def test_errors_arrive_as_the_sdk_expects_them(sdk, amazon):  # A13
    amazon.fault("throttle", operation="searchOrders", times=1)
    with pytest.raises(SDK.ApiException) as caught:
        sdk("SearchOrdersApi").search_orders(created_after=LONG_AGO)
    assert caught.value.status == 429
    assert "QuotaExceeded" in str(caught.value.body)
    with pytest.raises(SDK.ApiException) as caught:
        sdk("GetOrderApi").get_order("000-0000000-0000000")
    assert caught.value.status == 404


def test_listing_changes(sdk, amazon):  # A2, A11
    from spapi.models.listings_items_v2021_08_01 import (
        ListingsItemPatchRequest,
        ListingsItemPutRequest,
        PatchOperation,
    )

    api, seller, market = sdk("ListingsApi"), amazon.seller["seller_id"], DE
    sku = master(amazon)["sku"]
    quantity = {"fulfillment_channel_code": "DEFAULT", "quantity": 4}
    change = PatchOperation(
        op="merge", path="/attributes/fulfillment_availability", value=[quantity]
    )
    body = ListingsItemPatchRequest(product_type="PRODUCT", patches=[change])
    reply = api.patch_listings_item(seller, sku, [market], body)
    assert (reply.sku, reply.status, reply.issues) == (sku, "ACCEPTED", [])
    shown = api.get_listings_item(
        seller, sku, [market], included_data=["fulfillmentAvailability"]
    )
    assert shown.fulfillment_availability[0].quantity == 4
    attributes = full(brand=None)
    body = ListingsItemPutRequest(product_type="DRINKING_CUP", attributes=attributes)
    reply = api.put_listings_item(seller, "NEW/1", [market], body)
    assert reply.status == "INVALID"
    assert reply.issues[0].severity == "ERROR"
    assert reply.issues[0].attribute_names == ["brand"]
    body = ListingsItemPutRequest(product_type="DRINKING_CUP", attributes=full())
    assert api.put_listings_item(seller, "NEW/1", [market], body).status == "ACCEPTED"
    preview = api.patch_listings_item(
        seller,
        "NEW/1",
        [market],
        ListingsItemPatchRequest(product_type="PRODUCT", patches=[change]),
        mode="VALIDATION_PREVIEW",
    )
    assert preview.status == "VALID"
    gone = api.delete_listings_item(seller, "NEW/1", [market])
    assert gone.status == "ACCEPTED"


def test_feed(sdk, amazon):
    from spapi.models.feeds_v2021_06_30 import (
        CreateFeedDocumentSpecification,
        CreateFeedSpecification,
    )

    api, sku = sdk("FeedsApi"), master(amazon)["sku"]
    place = api.create_feed_document(CreateFeedDocumentSpecification(content_type=JSON))
    data = document(amazon, message(1, sku))
    requests.put(
        place.url, data=data, headers={"Content-Type": JSON}, timeout=60
    ).raise_for_status()
    feed_id = api.create_feed(
        CreateFeedSpecification(
            feed_type="JSON_LISTINGS_FEED",
            marketplace_ids=[DE],
            input_feed_document_id=place.feed_document_id,
        )
    ).feed_id
    assert api.get_feed(feed_id).processing_status == "IN_QUEUE"
    amazon.advance(60)
    feed = api.get_feed(feed_id)
    assert feed.processing_status == "DONE"
    result = api.get_feed_document(feed.result_feed_document_id)
    report = requests.get(result.url, timeout=60).json()
    assert report["summary"]["messagesAccepted"] == 1
    listed = api.get_feeds(feed_types=["JSON_LISTINGS_FEED"])
    assert [each.feed_id for each in listed.feeds] == [feed_id]


def test_definitions_catalog_and_restrictions(sdk, amazon):  # A11
    api = sdk("DefinitionsApi")
    found = api.search_definitions_product_types([DE], keywords=["luggage"])
    assert [kind.name for kind in found.product_types] == ["LUGGAGE"]
    kind = api.get_definitions_product_type("LUGGAGE", [DE])
    schema = requests.get(kind.var_schema.link.resource, timeout=60).json()
    assert "item_name" in schema["properties"]
    known = master(amazon)
    items = sdk("CatalogApi").search_catalog_items(
        [DE], identifiers=[known["barcode"]], identifiers_type="EAN"
    )
    assert items.items[0].asin == known["asin"]
    reply = sdk("ListingsRestrictionsApi").get_listings_restrictions(
        known["asin"], amazon.seller["seller_id"], [DE]
    )
    assert reply.restrictions == []
