"""Listings Items: search and get, pages, identifiers."""

from urllib.parse import quote

import pytest
from amazon_client import errors

DE, FR = "A1PA6795UKMFR9", "A13V1IB3VIYZZH"


@pytest.fixture
def listings(amazon):
    amazon.configure(throttling=False)
    amazon.base = f"/listings/2021-08-01/items/{amazon.seller['seller_id']}"
    return amazon


def search_all(client, **query):
    query.setdefault("marketplaceIds", DE)
    items, body = [], client.get(client.base, **query).json()
    while True:
        items += body["items"]
        token = body.get("pagination", {}).get("nextToken")
        if token is None:
            return items, body["numberOfResults"]
        body = client.get(client.base, **query, pageToken=token).json()


def catalog(client):
    query = {"seller_id": client.seller["seller_id"]}
    return client.sim("catalog", params=query)["items"]


def test_all_pages_hold_every_sku_once(listings):  # A24
    items, count = search_all(listings, pageSize=20)
    skus = [item["sku"] for item in items]
    assert len(skus) == len(set(skus)) == count
    assert set(skus) == {item["sku"] for item in catalog(listings)}


def test_ten_a_page_unless_asked(listings):
    body = listings.get(listings.base, marketplaceIds=DE).json()
    assert len(body["items"]) == 10
    assert set(body["items"][0]) == {"sku", "summaries"}
    second = listings.get(
        listings.base, marketplaceIds=DE, pageToken=body["pagination"]["nextToken"]
    ).json()
    back = listings.get(
        listings.base,
        marketplaceIds=DE,
        pageToken=second["pagination"]["previousToken"],
    ).json()
    assert back["items"] == body["items"]


@pytest.mark.parametrize(
    "query",
    [
        {"marketplaceIds": None},
        {"marketplaceIds": "NOWHERE"},
        {"pageSize": 21},
        {"identifiers": "X"},
        {"identifiersType": "SKU"},
        {"identifiers": "X", "identifiersType": "MPN"},
        {"includedData": "everything"},
        {"pageToken": "made-up"},
        {"sortBy": "price"},
    ],
)
def test_refused_queries(listings, query):
    reply = listings.get(listings.base, **{"marketplaceIds": DE, **query})
    assert reply.status_code == 400
    assert errors(reply)["code"] == "BAD_REQUEST"


def test_page_token_wants_the_same_parameters(listings):  # A24
    body = listings.get(listings.base, marketplaceIds=DE).json()
    token = body["pagination"]["nextToken"]
    other = listings.get(listings.base, marketplaceIds=FR, pageToken=token)
    assert other.status_code == 400


def test_every_dataset(listings):
    data = (
        "summaries,attributes,issues,offers,fulfillmentAvailability,procurement,"
        "relationships,productTypes"
    )
    items, _count = search_all(listings, includedData=data, pageSize=20)
    by_sku = {}
    for entry in catalog(listings):
        by_sku.setdefault(entry["sku"], []).append(entry)
    channels = set()
    for item in items:
        entries = by_sku[item["sku"]]
        assert item["summaries"][0]["asin"] == entries[0]["asin"]
        identifier = item["attributes"]["externally_assigned_product_identifier"][0]
        assert identifier["value"] == entries[0]["barcode"]
        codes = {
            part["fulfillmentChannelCode"] for part in item["fulfillmentAvailability"]
        }
        words = {"MERCHANT": "DEFAULT", "AMAZON": "AMAZON_EU"}
        assert codes == {words[entry["fulfillment_channel"]] for entry in entries}
        channels |= codes
    assert channels == {"DEFAULT", "AMAZON_EU"}


def test_by_identifier(listings):
    entry = catalog(listings)[3]
    for kind, value in (
        ("SKU", entry["sku"]),
        ("ASIN", entry["asin"]),
        ("EAN", entry["barcode"]),
    ):
        items, count = search_all(listings, identifiersType=kind, identifiers=value)
        assert ([item["sku"] for item in items], count) == ([entry["sku"]], 1)


def test_get_one_also_with_odd_letters(listings):
    for entry in catalog(listings):
        path = f"{listings.base}/{quote(entry['sku'], safe='')}"
        reply = listings.get(path, marketplaceIds=f"{DE},{FR}")
        assert reply.json()["sku"] == entry["sku"]
        ids = [part["marketplaceId"] for part in reply.json()["summaries"]]
        assert ids == [DE, FR]


def test_unknown_sku_and_other_seller(listings):
    reply = listings.get(f"{listings.base}/NO-SUCH", marketplaceIds=DE)
    assert (reply.status_code, errors(reply)["code"]) == (404, "NotFound")
    other = listings.credentials("na")["seller_id"]
    path = f"/listings/2021-08-01/items/{other}"
    assert listings.get(path, marketplaceIds=DE).status_code == 403


def test_only_a_thousand_can_be_paged(listings):  # A24
    before = listings.get(listings.base, marketplaceIds=DE).json()["numberOfResults"]
    seller_id = listings.seller["seller_id"]
    body = {"seller_id": seller_id, "count": 1100, "marketplace_ids": [DE]}
    added = listings.sim("listings", "POST", json=body)
    assert (added["count"], added["first"]) == (1100, ["BULK-00001"])
    items, count = search_all(listings, pageSize=20)
    assert (len(items), count) == (1000, before + 1100)
