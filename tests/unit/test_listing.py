"""Listings from the API and from the report."""

from decimal import Decimal

import pytest

from acorn_amazon_connector.mappers.errors import PayloadError
from acorn_amazon_connector.mappers.listing import (
    Variation,
    map_listing,
    map_listing_row,
    map_listings,
)

ITEM = {
    "sku": "MUG/RED #1",
    "summaries": [
        {
            "marketplaceId": "A1PA6795UKMFR9",
            "asin": "B0ACORN002",
            "productType": "DRINKING_CUP",
            "itemName": "Red mug",
            "status": ["DISCOVERABLE", "BUYABLE"],
            "mainImage": {"link": "https://example.com/mug.jpg"},
        },
        {"marketplaceId": "A13V1IB3VIYZZH", "asin": "B0ACORN002"},
    ],
    "attributes": {
        "externally_assigned_product_identifier": [
            {"type": "asin", "value": "B0ACORN002"},
            {"type": "ean", "value": "4006381333931"},
        ]
    },
    "offers": [{"price": {"currencyCode": "EUR", "amount": "9.99"}}],
    "fulfillmentAvailability": [{"fulfillmentChannelCode": "DEFAULT", "quantity": 12}],
}


def test_a_listing_of_the_api():  # A11
    listing = map_listing(ITEM)
    assert (listing.sku, listing.asin) == ("MUG/RED #1", "B0ACORN002")
    assert (listing.price, listing.currency) == (Decimal("9.99"), "EUR")
    assert (listing.fulfillment_channel, listing.quantity) == ("MERCHANT", 12)
    assert (listing.barcode, listing.status) == ("4006381333931", "BUYABLE")
    assert listing.marketplace_ids == ("A1PA6795UKMFR9", "A13V1IB3VIYZZH")
    assert listing.image_url.endswith("mug.jpg")


def test_stock_at_amazon_has_no_quantity_of_ours():
    fba = {**ITEM, "fulfillmentAvailability": [{"fulfillmentChannelCode": "AMAZON_EU"}]}
    listing = map_listing(fba)
    assert (listing.fulfillment_channel, listing.quantity) == ("AMAZON", None)


def test_a_sku_sold_from_both_stocks_is_two_listings():
    codes = [
        {"fulfillmentChannelCode": "DEFAULT", "quantity": 12},
        {"fulfillmentChannelCode": "AMAZON_EU"},
    ]
    own, amazon = map_listings({**ITEM, "fulfillmentAvailability": codes})
    assert (own.fulfillment_channel, own.quantity) == ("MERCHANT", 12)
    assert (amazon.fulfillment_channel, amazon.quantity) == ("AMAZON", None)
    assert own.sku == amazon.sku
    (only,) = map_listings({"sku": "X"})
    assert (only.fulfillment_channel, only.quantity) == ("MERCHANT", None)


def test_a_bare_listing():
    listing = map_listing({"sku": "X", "productTypes": [{"productType": "LUGGAGE"}]})
    assert listing.product_type == "LUGGAGE"
    assert (listing.asin, listing.price, listing.status) == (None, None, None)
    assert listing.fulfillment_channel == "MERCHANT"


def test_a_row_of_the_report():
    listing = map_listing_row(
        {
            "item-name": "Red mug",
            "seller-sku": "MUG-1",
            "price": "9,99",
            "quantity": "",
            "asin1": "B0ACORN002",
            "product-id": "4006381333931",
            "product-id-type": "4",
            "fulfillment-channel": "AMAZON_EU",
            "status": "Active",
        },
        ("A1PA6795UKMFR9",),
    )
    assert (listing.fulfillment_channel, listing.quantity) == ("AMAZON", None)
    assert (listing.price, listing.barcode) == (Decimal("9.99"), "4006381333931")
    assert listing.marketplace_ids == ("A1PA6795UKMFR9",)


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"seller-sku": " "},
        {"seller-sku": "X", "quantity": "-1"},
        {"seller-sku": "X", "quantity": "1e3"},
        {"seller-sku": "X", "price": "free"},
    ],
)
def test_rows_that_are_none(row):
    with pytest.raises(PayloadError):
        map_listing_row(row)


def family(**relationship):
    entry = {"type": "VARIATION", **relationship}
    theme = {"theme": "COLOR/SIZE", "attributes": ["color", "size"]}
    return {
        **ITEM,
        "attributes": {
            **ITEM["attributes"],
            "color": [{"value": "Red", "language_tag": "en_GB"}],
            "size": [{"value": "M"}],
        },
        "relationships": [
            {
                "marketplaceId": "A1PA6795UKMFR9",
                "relationships": [{"variationTheme": theme, **entry}],
            }
        ],
    }


def test_a_variation():  # A4
    listing = map_listing(family(parentSkus=["MUG"]))
    assert listing.variation == Variation("MUG", (("color", "Red"), ("size", "M")))
    assert not listing.is_variation_parent


def test_a_variation_parent():  # A4
    listing = map_listing(family(childSkus=["MUG-R", "MUG-B"]))
    assert listing.is_variation_parent
    assert listing.variation is None


@pytest.mark.parametrize(
    "payload",
    [
        ITEM,
        {**family(parentSkus=["MUG"]), "attributes": {"color": [{"value": "Red"}]}},
        family(parentSkus=[]),
        # A box of twelve is no variation.
        family(type="PACKAGE_HIERARCHY", parentSkus=["MUG"]),
    ],
)
def test_no_variation(payload):  # A4
    listing = map_listing(payload)
    assert listing.variation is None
    assert not listing.is_variation_parent
