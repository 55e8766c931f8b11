"""Product types, the catalogue and restrictions (A11)."""

import hashlib
from copy import deepcopy

import pytest
from amazon_client import errors
from jsonschema import Draft201909Validator
from listing_tools import (
    DE,
    FR,
    US,
    accepted,
    full,
    item,
    master,
    put,
    refused,
)

TYPES = "/definitions/2020-09-01/productTypes"
CATALOG = "/catalog/2022-04-01/items"
RESTRICTIONS = "/listings/2021-08-01/restrictions"
EVERYTHING = (
    "attributes,classifications,dimensions,identifiers,images,productTypes,"
    "relationships,salesRanks,summaries,vendorDetails"
)


def definition(client, name, **query):
    reply = client.get(f"{TYPES}/{name}", **{"marketplaceIds": DE, **query})
    assert reply.status_code == 200, reply.text
    return reply.json()


def fetched(client, link):
    data = client.http.get(link["link"]["resource"]).content
    assert hashlib.md5(data).hexdigest() == link["checksum"]
    return client.http.get(link["link"]["resource"]).json()


def schema(client, name, **query):
    return fetched(client, definition(client, name, **query)["schema"])


def complete(attributes):
    """Add the selectors that a schema wants and Amazon would assume."""
    attributes = deepcopy(attributes)
    words = ("item_name", "brand", "product_description", "bullet_point", "color")
    for name, entries in attributes.items():
        for entry in entries:
            if name != "fulfillment_availability":
                entry["marketplace_id"] = DE
            if name in words:
                entry["language_tag"] = "de_DE"
    return attributes


def test_every_type_has_a_definition(shop):
    found = shop.get(TYPES, marketplaceIds=DE).json()["productTypes"]
    assert len(found) > 20
    for kind in found:
        body = definition(shop, kind["name"])
        rules = fetched(shop, body["schema"])
        Draft201909Validator.check_schema(rules)
        grouped = [
            name
            for group in body["propertyGroups"].values()
            for name in group["propertyNames"]
        ]
        assert sorted(grouped) == sorted(rules["properties"])
        assert body["locale"] == "de_DE"
    meta = fetched(shop, body["metaSchema"])
    Draft201909Validator.check_schema(meta)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"brand": None},
        {"color": None},
        {"purchasable_offer": None},
        {"externally_assigned_product_identifier": None},
        {"condition_type": [{"value": "shiny"}]},
        {"item_name": [{"value": "x" * 201}]},
        {"fulfillment_availability": [{"quantity": 3}]},
        {"parentage_level": [{"value": "parent"}]},
        {
            "parentage_level": [{"value": "parent"}],
            "variation_theme": [{"name": "COLOR"}],
            "purchasable_offer": None,
            "externally_assigned_product_identifier": None,
        },
        {"parentage_level": [{"value": "child"}]},
        {"variation_theme": [{"name": "FLAVOR"}]},
        {"unheard_of": [{"value": "x"}]},
    ],
)
def test_schema_and_submission_agree(shop, changes):  # A11
    attributes = complete(full(**changes))
    validator = Draft201909Validator(schema(shop, "DRINKING_CUP"))
    valid = validator.is_valid(attributes)
    query = {"mode": "VALIDATION_PREVIEW"}
    reply = put(shop, "NEW", attributes, query=query).json()
    assert reply["status"] == ("VALID" if valid else "INVALID"), reply


def test_variants_of_a_schema(shop):
    offer = schema(shop, "SHIRT", requirements="LISTING_OFFER_ONLY")
    assert "item_name" not in offer["properties"]
    assert "purchasable_offer" in offer["required"]
    product = schema(shop, "SHIRT", requirements="LISTING_PRODUCT_ONLY")
    assert "purchasable_offer" not in product["properties"]
    free = schema(shop, "SHIRT", requirementsEnforced="NOT_ENFORCED")
    assert not {"required", "allOf"} & set(free)
    parent = schema(shop, "SHIRT", parentageLevel="PARENT")
    assert "variation_theme" in parent["required"]
    assert "purchasable_offer" not in parent["required"]
    theme = parent["properties"]["variation_theme"]["items"]["properties"]["name"]
    assert theme["enum"] == ["COLOR", "SIZE", "SIZE/COLOR"]
    assert "variation_theme" not in schema(shop, "KITCHEN_KNIFE")["properties"]
    french = definition(shop, "SHIRT", marketplaceIds=FR)
    offers = fetched(shop, french["schema"])["properties"]["purchasable_offer"]
    assert offers["items"]["properties"]["marketplace_id"]["enum"] == [FR]


def test_versions(shop):
    first = definition(shop, "SHIRT")
    assert (
        definition(shop, "SHIRT")["schema"]["checksum"] == (first["schema"]["checksum"])
    )
    shop.configure(definition_release=2)
    second = definition(shop, "SHIRT")
    assert second["productTypeVersion"] != first["productTypeVersion"]
    assert second["schema"]["checksum"] != first["schema"]["checksum"]
    old = first["productTypeVersion"]["version"]
    reply = shop.get(f"{TYPES}/SHIRT", marketplaceIds=DE, productTypeVersion=old)
    assert reply.status_code == 404


def test_schema_address_lives_for_a_week(shop):
    link = definition(shop, "SHIRT")["schema"]["link"]["resource"]
    shop.advance(7 * 86_400)
    assert shop.http.get(link).status_code == 200
    shop.advance(1)
    assert shop.http.get(link).status_code == 403


def test_search_of_types(shop):
    def names(**query):
        body = shop.get(TYPES, marketplaceIds=DE, **query).json()
        return {kind["name"] for kind in body["productTypes"]}

    assert names(keywords="luggage") == {"LUGGAGE"}
    assert names(itemName="Foldable Drinking Cup, 300 ml") == {"DRINKING_CUP"}
    assert names(keywords="submarine") == set()
    both = shop.get(TYPES, marketplaceIds=DE, keywords="a", itemName="b")
    assert both.status_code == 400
    assert shop.get(TYPES).status_code == 400
    assert shop.get(TYPES, marketplaceIds=US).status_code == 403
    missing = shop.get(f"{TYPES}/UNICORN", marketplaceIds=DE)
    assert missing.status_code == 404


def search(client, **query):
    reply = client.get(CATALOG, **{"marketplaceIds": DE, **query})
    assert reply.status_code == 200, reply.text
    return reply.json()


def test_catalog_by_identifiers(shop):
    known = master(shop)
    seller_id = shop.seller["seller_id"]
    for query in (
        {"identifiersType": "ASIN", "identifiers": known["asin"]},
        {"identifiersType": "EAN", "identifiers": known["barcode"]},
        {
            "identifiersType": "SKU",
            "identifiers": known["sku"],
            "sellerId": seller_id,
        },
    ):
        body = search(shop, includedData=EVERYTHING, **query)
        assert [each["asin"] for each in body["items"]] == [known["asin"]]
        (found,) = body["items"]
        assert found["summaries"][0]["itemName"] == known["title"]
        identifier = found["identifiers"][0]["identifiers"][0]["identifier"]
        assert identifier == known["barcode"]
        assert "purchasable_offer" not in found["attributes"]
    nothing = search(shop, identifiersType="EAN", identifiers="4006381333931")
    assert nothing == {"numberOfResults": 0, "items": []}


def test_catalog_by_keywords_with_pages(shop):
    body, found = search(shop, keywords="Fernhollow", pageSize=20), []
    assert body["refinements"]["brands"][0]["brandName"] == "Fernhollow"
    while True:
        found += [each["asin"] for each in body["items"]]
        token = body.get("pagination", {}).get("nextToken")
        if token is None:
            break
        body = search(shop, keywords="Fernhollow", pageSize=20, pageToken=token)
    assert len(found) == len(set(found)) == body["numberOfResults"] > 20
    assert search(shop, keywords="Norrvik", brandNames="Norrvik")["numberOfResults"]
    other = shop.get(CATALOG, marketplaceIds=DE, keywords="a", pageToken=token or "x")
    assert other.status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"keywords": "a", "identifiers": "b", "identifiersType": "ASIN"},
        {"identifiers": "b"},
        {"identifiers": "b", "identifiersType": "SKU"},
        {"keywords": "a", "pageSize": 21},
        {"keywords": "a", "marketplaceIds": f"{DE},{FR}"},
        {"keywords": "a", "marketplaceIds": None},
        {"keywords": "a", "includedData": "all"},
    ],
)
def test_wrongsearches(shop, query):
    reply = shop.get(CATALOG, **{"marketplaceIds": DE, **query})
    assert reply.status_code == 400
    assert errors(reply)["code"] == "400"


def test_one_product(shop):
    asin = master(shop)["asin"]
    reply = shop.get(
        f"{CATALOG}/{asin}", marketplaceIds=f"{DE},{FR}", includedData=EVERYTHING
    )
    ids = [each["marketplaceId"] for each in reply.json()["summaries"]]
    assert ids == [DE, FR]
    missing = shop.get(f"{CATALOG}/B000000000", marketplaceIds=DE)
    assert missing.status_code == 404


def restrictions(client, asin, **query):
    query = {"sellerId": client.seller["seller_id"], "marketplaceIds": DE, **query}
    reply = client.get(RESTRICTIONS, asin=asin, **query)
    assert reply.status_code == 200, reply.text
    return reply.json()["restrictions"]


def asin_of(client, keywords):
    return search(client, keywords=keywords)["items"][0]["asin"]


def test_restrictions(shop):
    assert restrictions(shop, master(shop)["asin"]) == []
    (found,) = restrictions(shop, asin_of(shop, "Headlamp,Helioxa"))
    assert found["reasons"][0]["reasonCode"] == "APPROVAL_REQUIRED"
    assert "sellercentral.amazon.de" in found["reasons"][0]["links"][0]["resource"]
    (found,) = restrictions(shop, asin_of(shop, "Lantern,Helioxa"))
    assert found["reasons"][0]["reasonCode"] == "NOT_ELIGIBLE"
    (found,) = restrictions(shop, "B000000000")
    assert found["reasons"][0]["reasonCode"] == "ASIN_NOT_FOUND"
    knife = asin_of(shop, "Santoku")
    assert restrictions(shop, knife, conditionType="new_new") == []
    assert len(restrictions(shop, knife, conditionType="used_good")) == 1
    assert len(restrictions(shop, knife)) == 4
    other = shop.credentials("na")["seller_id"]
    query = {"asin": knife, "marketplaceIds": DE}
    assert shop.get(RESTRICTIONS, sellerId=other, **query).status_code == 403
    wrong = shop.get(RESTRICTIONS, **query)
    assert (wrong.status_code, wrong.json()[0]["code"]) == (400, "BAD_REQUEST")


def test_restricted_products_cannot_be_offered(shop):
    asin = asin_of(shop, "Headlamp,Helioxa")
    offer = {
        name: full()[name]
        for name in ("condition_type", "purchasable_offer", "fulfillment_availability")
    }
    attributes = {**offer, "merchant_suggested_asin": [{"value": asin}]}
    options = {"kind": "HEADLAMP", "requirements": "LISTING_OFFER_ONLY"}
    (found,) = refused(put(shop, "LAMP", attributes, **options))
    assert found["categories"] == ["QUALIFICATION_REQUIRED"]
    shop.sim("restrictions", "POST", json={"asin": asin, "reason": None})
    accepted(put(shop, "LAMP", attributes, **options))
    assert item(shop, "LAMP")["summaries"][0]["asin"] == asin
