"""Listings changed at Amazon, seen through the simulator (A2, A4)."""

import pytest

from acorn_amazon_connector.mappers.stock import quantity_patches, read_quantities
from acorn_amazon_connector.services import errors
from acorn_amazon_connector.services.api.listings import count_together

BOTH = ("attributes", "fulfillmentAvailability")


@pytest.fixture
def seller_id(amazon):
    return amazon.seller()["seller_id"]


@pytest.fixture
def listing(amazon, seller_id):
    """A SKU of our own warehouse that is on sale."""
    rows = amazon.sim("stock", seller_id=seller_id)["stock"]
    return next(row for row in rows if row["quantity"] > 2)


@pytest.fixture
def marketplaces(amazon):
    return amazon.seller()["marketplace_ids"][:1]


def stock(amazon, seller_id, sku):
    (row,) = amazon.sim("stock", seller_id=seller_id, sku=sku)["stock"]
    return row["quantity"]


def test_a_quantity_is_published_and_the_rest_stays(
    amazon, client, seller_id, listing, marketplaces
):  # A2
    sku = listing["sku"]
    lead = {"fulfillment_channel_code": "DEFAULT", "lead_time_to_ship_max_days": 4}
    patch = {"op": "merge", "path": "/attributes/fulfillment_availability"}
    before = client.listings.patch(
        seller_id, sku, marketplaces, "PRODUCT", [{**patch, "value": [lead]}]
    )
    answer = client.listings.patch(
        seller_id, sku, marketplaces, "PRODUCT", quantity_patches(7)
    )
    assert before.is_accepted and answer.is_accepted and answer.request_id
    assert answer.submission_id != before.submission_id
    assert stock(amazon, seller_id, sku) == 7
    found = read_quantities(client.listings.get(seller_id, sku, marketplaces, BOTH))
    assert (found.quantity, found.lead_time_days) == (7, 4)
    assert "DEFAULT" in found.channels


def test_nothing_to_sell(amazon, client, seller_id, listing, marketplaces):  # A2
    sku = listing["sku"]
    client.listings.patch(seller_id, sku, marketplaces, "PRODUCT", quantity_patches(0))
    assert stock(amazon, seller_id, sku) == 0
    sale = {"seller_id": seller_id, "sku": sku}
    assert amazon.sim("buy", sale)["accepted"] in (0, [])


def test_a_preview_changes_nothing(amazon, client, seller_id, listing, marketplaces):
    sku = listing["sku"]
    answer = client.listings.patch(
        seller_id,
        sku,
        marketplaces,
        "PRODUCT",
        quantity_patches(listing["quantity"] + 5),
        mode="VALIDATION_PREVIEW",
    )
    assert (answer.status, answer.is_accepted) == ("VALID", True)
    assert stock(amazon, seller_id, sku) == listing["quantity"]


def test_a_refusal_is_no_exception_and_no_success(
    amazon, client, seller_id, listing, marketplaces
):  # A4, A13
    answer = client.listings.patch(
        seller_id,
        listing["sku"],
        marketplaces,
        "PRODUCT",
        [{"op": "merge", "path": "/attributes/no_such_thing", "value": [{"value": 1}]}],
    )
    assert (answer.status, answer.is_accepted) == ("INVALID", False)
    issue = answer.issues[0]
    assert issue.severity == "ERROR" and issue.code and issue.message
    assert stock(amazon, seller_id, listing["sku"]) == listing["quantity"]


def test_a_lost_answer_of_a_write_may_be_repeated(
    amazon, client, seller_id, listing, marketplaces
):  # A13
    sku = listing["sku"]
    call = (seller_id, sku, marketplaces, "PRODUCT", quantity_patches(3))
    amazon.fault("cut_body", operation="listings.patchListingsItem", times=1)
    with pytest.raises(errors.TransportError):
        client.listings.patch(*call)
    assert stock(amazon, seller_id, sku) == 3
    assert client.listings.patch(*call).is_accepted
    assert stock(amazon, seller_id, sku) == 3


def test_a_listing_is_removed_and_created_again(
    amazon, client, seller_id, listing, marketplaces
):  # A4
    sku = listing["sku"]
    item = client.listings.get(seller_id, sku, marketplaces, ("summaries", *BOTH))
    assert client.listings.delete(seller_id, sku, marketplaces).is_accepted
    with pytest.raises(errors.NotFoundError):
        client.listings.get(seller_id, sku, marketplaces)
    place = {"marketplace_id": marketplaces[0]}
    offer = {
        name: item["attributes"][name]
        for name in ("purchasable_offer", "fulfillment_availability")
    }
    offer["merchant_suggested_asin"] = [
        {"value": item["summaries"][0]["asin"], **place}
    ]
    call = (seller_id, sku, marketplaces, "PRODUCT", "LISTING_OFFER_ONLY")
    answer = client.listings.put(*call, offer, issue_locale="de_DE")
    missing = {name for issue in answer.issues for name in issue.attribute_names}
    assert not answer.is_accepted and missing == {"condition_type"}
    offer["condition_type"] = [{"value": "new_new", **place}]
    answer = client.listings.put(*call, offer)
    assert answer.is_accepted, answer.issues
    assert client.listings.get(seller_id, sku, marketplaces)["sku"] == sku


@pytest.fixture
def comma_sku(client, seller_id, listing, marketplaces):
    """A SKU with a comma, for the product of another one."""
    call = (seller_id, listing["sku"], marketplaces)
    item = client.listings.get(*call, ("summaries", *BOTH))
    attributes = {
        name: item["attributes"][name]
        for name in ("purchasable_offer", "fulfillment_availability")
    }
    asin = {"value": item["summaries"][0]["asin"], "marketplace_id": marketplaces[0]}
    attributes["merchant_suggested_asin"] = [asin]
    attributes["condition_type"] = [
        {"value": "new_new", "marketplace_id": marketplaces[0]}
    ]
    answer = client.listings.put(
        seller_id, "MUG,RED", marketplaces, "PRODUCT", "LISTING_OFFER_ONLY", attributes
    )
    assert answer.is_accepted, answer.issues
    return "MUG,RED"


def found(page):
    return [item["sku"] for item in page.items]


def test_a_sku_with_a_comma_is_found(
    amazon, client, seller_id, listing, marketplaces, comma_sku
):  # A2, A4
    place = (seller_id, marketplaces)
    page = client.listings.find(*place, [comma_sku], included_data=BOTH)
    assert found(page) == [comma_sku] and page.answered_at
    assert read_quantities(page.items[0]).quantity is not None
    (asked,) = amazon.requests(operation="listings.getListingsItem")[-1:]
    assert asked["status"] == 200
    page = client.listings.find(*place, [listing["sku"], listing["sku"]])
    assert found(page) == [listing["sku"]]
    assert found(client.listings.find(*place, ["NO,SUCH"])) == []


def test_a_sku_with_a_comma_is_never_asked_for_among_others(
    client, seller_id, listing, marketplaces, comma_sku
):  # A2, A4
    before = [comma_sku, listing["sku"]]
    with pytest.raises(ValueError):
        client.listings.find(seller_id, marketplaces, before)
    with pytest.raises(errors.RequestError):
        client.listings.search(
            seller_id, marketplaces, identifiers=before, identifiers_type="SKU"
        )


@pytest.mark.parametrize(
    ("skus", "count"),
    [
        ([], 0),
        (["A"], 1),
        (["A", "B", "C,D", "E"], 2),
        (["C,D", "E"], 1),
        (["C,D", "E,F"], 1),
        ([str(number) for number in range(25)], 20),
        ([*map(str, range(20)), "C,D"], 20),
    ],
)
def test_how_many_skus_one_call_asks_for(skus, count):  # A21
    assert count_together(skus) == count
