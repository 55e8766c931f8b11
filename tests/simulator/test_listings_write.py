"""Listings Items: put, patch, delete, and what becomes of them."""

import pytest
from amazon_client import errors
from listing_tools import (
    CA,
    DE,
    FR,
    US,
    accepted,
    availability,
    base,
    full,
    item,
    master,
    patch,
    path,
    price,
    put,
    refused,
    stock,
)


def test_merge_keeps_what_it_does_not_mention(shop):  # A2
    sku = master(shop)["sku"]
    accepted(
        patch(
            shop,
            sku,
            availability("replace", {"quantity": 9, "lead_time_to_ship_max_days": 4}),
        )
    )
    accepted(patch(shop, sku, availability("merge", {"quantity": 7})))
    found = item(shop, sku)
    assert found["attributes"]["fulfillment_availability"] == [
        {
            "fulfillment_channel_code": "DEFAULT",
            "quantity": 7,
            "lead_time_to_ship_max_days": 4,
        }
    ]
    assert found["fulfillmentAvailability"] == [
        {"fulfillmentChannelCode": "DEFAULT", "quantity": 7}
    ]
    accepted(patch(shop, sku, availability("replace", {"quantity": 6})))
    entry = item(shop, sku)["attributes"]["fulfillment_availability"][0]
    assert "lead_time_to_ship_max_days" not in entry


def test_merge_keeps_the_other_channel(shop):
    sku = master(shop, only=False)["sku"]
    accepted(patch(shop, sku, availability("merge", {"quantity": 3})))
    channels = {
        entry["fulfillmentChannelCode"]: entry.get("quantity")
        for entry in item(shop, sku)["fulfillmentAvailability"]
    }
    assert channels == {"DEFAULT": 3, "AMAZON_EU": None}
    accepted(patch(shop, sku, availability("replace", {"quantity": 2})))
    codes = item(shop, sku)["fulfillmentAvailability"]
    assert [entry["fulfillmentChannelCode"] for entry in codes] == ["DEFAULT"]


def test_europe_shares_one_quantity(shop):  # A4
    sku = master(shop)["sku"]
    accepted(patch(shop, sku, availability("merge", {"quantity": 5}), ids=FR))
    assert item(shop, sku, DE)["fulfillmentAvailability"][0]["quantity"] == 5
    (row,) = stock(shop, sku)
    assert (row["marketplace_id"], row["quantity"]) == ("*", 5)


def test_america_has_a_quantity_for_each_marketplace(shop):  # A4
    shop.sign_in("na")
    sku = master(shop)["sku"]
    accepted(patch(shop, sku, availability("merge", {"quantity": 5}), ids=US))
    accepted(patch(shop, sku, availability("merge", {"quantity": 8}), ids=CA))
    assert item(shop, sku, US)["fulfillmentAvailability"][0]["quantity"] == 5
    found = {row["marketplace_id"]: row["quantity"] for row in stock(shop, sku)}
    assert (found[US], found[CA]) == (5, 8)
    both = patch(shop, sku, availability("merge", {"quantity": 1}), ids=f"{US},{CA}")
    accepted(both)
    found = {row["marketplace_id"]: row["quantity"] for row in stock(shop, sku)}
    assert (found[US], found[CA]) == (1, 1)


def test_amazons_own_stock_cannot_be_set(shop):
    sku = master(shop, "AMAZON")["sku"]
    before = item(shop, sku)
    (found,) = refused(patch(shop, sku, availability("merge", {"quantity": 5})))
    assert found["attributeNames"] == ["fulfillment_availability"]
    own = {"fulfillment_channel_code": "AMAZON_EU", "quantity": 5}
    refused(patch(shop, sku, availability("merge", own)))
    assert item(shop, sku) == before


@pytest.mark.parametrize(
    "entry",
    [
        {"quantity": -1},
        {"quantity": 1.5},
        {"quantity": "7"},
        {"quantity": True},
        {"quantity": 1, "fulfillment_channel_code": "WAREHOUSE"},
        {"quantity": 1, "lead_time_to_ship_max_days": 90},
        {"quantity": 1, "restock_date": "soon"},
        {"quantity": 1, "colour": "red"},
    ],
)
def test_wrong_quantities_are_issues(shop, entry):
    sku = master(shop)["sku"]
    before = stock(shop, sku)
    (found, *_) = refused(patch(shop, sku, availability("merge", entry)))
    assert found["attributeNames"] == ["fulfillment_availability"]
    assert found["code"] and found["message"]
    assert found["categories"] == ["INVALID_ATTRIBUTE"]
    assert stock(shop, sku) == before


def test_one_error_stops_the_whole_patch(shop):
    sku = master(shop)["sku"]
    before = item(shop, sku)
    good = availability("merge", {"quantity": 1})
    refused(patch(shop, sku, good, price(-3)))
    assert item(shop, sku) == before


def test_preview_changes_nothing(shop):
    sku = master(shop)["sku"]
    before = item(shop, sku)
    change = availability("merge", {"quantity": 1})
    query = {"mode": "VALIDATION_PREVIEW", "includedData": "issues,identifiers"}
    body = patch(shop, sku, change, **query).json()
    assert (body["status"], body["issues"]) == ("VALID", [])
    asin = before["summaries"][0]["asin"]
    assert body["identifiers"] == [{"marketplaceId": DE, "asin": asin}]
    assert item(shop, sku) == before
    body = patch(shop, sku, price(-1), **query).json()
    assert body["status"] == "INVALID"


def test_price_and_sale(shop):
    sku = master(shop)["sku"]
    accepted(patch(shop, sku, price(19.99)))
    assert item(shop, sku)["offers"][0]["price"]["amount"] == "19.99"
    sale = {
        "schedule": [
            {
                "value_with_tax": 14.5,
                "start_at": "2026-11-20T00:00:00Z",
                "end_at": "2026-11-21T00:00:00Z",
            }
        ]
    }
    accepted(patch(shop, sku, price(19.99, "merge", discounted_price=[sale])))
    assert item(shop, sku)["offers"][0]["price"]["amount"] == "14.50"
    accepted(patch(shop, sku, price(17, "merge")))
    assert item(shop, sku)["offers"][0]["price"]["amount"] == "14.50"
    shop.advance(2 * 86_400)
    shop.sign_in("eu")
    assert item(shop, sku)["offers"][0]["price"]["amount"] == "17.00"
    accepted(patch(shop, sku, price(16, "merge", audience="B2B")))
    offers = item(shop, sku)["offers"]
    assert [(o["offerType"], o["price"]["amount"]) for o in offers] == [
        ("B2C", "17.00"),
        ("B2B", "16.00"),
    ]
    assert item(shop, sku, FR)["offers"][0]["price"]["amount"] != "17.00"


@pytest.mark.parametrize(
    "change",
    [
        price(1.999),
        price("12"),
        price(5, currency="USD"),
        price(5, marketplace_id=FR),
        price(5, minimum_seller_allowed_price=[{"schedule": [{"value_with_tax": 9}]}]),
        {"op": "replace", "path": "/attributes/colour", "value": [{"value": "red"}]},
        {"op": "replace", "path": "/attributes/color/0", "value": [{"value": "red"}]},
        {"op": "replace", "path": "/attributes/item_name", "value": []},
        {"op": "delete", "path": "/attributes/brand"},
    ],
)
def test_refused_patches(shop, change):
    refused(patch(shop, master(shop)["sku"], change, kind="KITCHEN_TOOLS"))


def test_delete_of_an_entry(shop):
    sku = master(shop)["sku"]
    accepted(patch(shop, sku, price(16, "merge", audience="B2B")))
    wanted = [{"marketplace_id": DE, "currency": "EUR", "audience": "B2B"}]
    path_ = "/attributes/purchasable_offer"
    gone = {"op": "delete", "path": path_, "value": wanted}
    accepted(patch(shop, sku, gone))
    assert [offer["offerType"] for offer in item(shop, sku)["offers"]] == ["B2C"]
    accepted(patch(shop, sku, {"op": "delete", "path": path_}))
    assert item(shop, sku)["offers"] == []
    assert item(shop, sku)["summaries"][0]["status"] == ["DISCOVERABLE"]
    assert item(shop, sku, FR)["summaries"][0]["status"][0] == "BUYABLE"


def test_texts_by_language(shop):
    sku = master(shop)["sku"]
    name = {"value": "Kessel", "marketplace_id": DE, "language_tag": "de_DE"}
    change = {"op": "merge", "path": "/attributes/item_name", "value": [name]}
    accepted(patch(shop, sku, change))
    english = {**name, "value": "Kettle", "language_tag": "en_GB"}
    second = {"op": "merge", "path": "/attributes/item_name", "value": [english]}
    refused(patch(shop, sku, second))
    assert item(shop, sku)["attributes"]["item_name"] == [name]
    assert item(shop, sku)["summaries"][0]["itemName"] == "Kessel"
    assert item(shop, sku, FR)["summaries"][0]["itemName"] != "Kessel"


def test_visible_later_but_bought_at_once(shop):
    shop.configure(listing_visible_seconds=60)
    sku = master(shop)["sku"]
    before = item(shop, sku)
    accepted(patch(shop, sku, availability("merge", {"quantity": 2})))
    assert item(shop, sku) == before
    assert stock(shop, sku)[0]["quantity"] == 2
    shop.advance(59)
    assert item(shop, sku) == before
    shop.advance(1)
    after = item(shop, sku)
    assert after["fulfillmentAvailability"][0]["quantity"] == 2
    updated = after["summaries"][0]["lastUpdatedDate"]
    assert updated == "2026-11-20T12:00:00.000Z"


def test_put_makes_a_listing(shop):  # A11
    sku = "NEU/1 +#"
    accepted(put(shop, sku, full()))
    found = item(shop, sku)
    assert found["summaries"][0]["itemName"] == "Thermobecher 400 ml"
    assert found["summaries"][0]["status"] == ["BUYABLE", "DISCOVERABLE"]
    assert found["attributes"]["item_name"][0]["language_tag"] == "de_DE"
    assert found["offers"][0]["price"] == {"currencyCode": "EUR", "amount": "24.99"}
    assert len(found["attributes"]["bullet_point"]) == 2
    reply = shop.get(path(shop, sku), marketplaceIds=FR)
    assert reply.status_code == 404
    newest = shop.get(base(shop), marketplaceIds=DE, pageSize=1).json()["items"]
    assert newest[0]["sku"] == sku
    assert stock(shop, sku)[0]["quantity"] == 12
    owned = shop.sim("catalog", params={"seller_id": shop.seller["seller_id"]})
    assert sku in {entry["sku"] for entry in owned["items"]}


def test_put_replaces_everything(shop):
    accepted(put(shop, "NEW", full(generic_keyword=[{"value": "Becher"}])))
    accepted(put(shop, "NEW", full(color=[{"value": "Sand"}])))
    attributes = item(shop, "NEW")["attributes"]
    assert "generic_keyword" not in attributes
    assert attributes["color"][0]["value"] == "Sand"


def test_put_names_everything_that_is_missing(shop):
    gone = ("brand", "color", "main_product_image_locator", "purchasable_offer")
    found = refused(put(shop, "NEW", full(**dict.fromkeys(gone))))
    assert {each["attributeNames"][0] for each in found} == set(gone)
    assert {each["code"] for each in found} == {"90220"}
    assert {each["categories"][0] for each in found} == {
        "MISSING_ATTRIBUTE",
        "MISSING_IMAGE",
        "MISSING_PRICE",
    }
    assert shop.get(path(shop, "NEW"), marketplaceIds=DE).status_code == 404


@pytest.mark.parametrize(
    "changes",
    [
        {"item_name": [{"value": "x" * 201}]},
        {"item_name": [{"value": 5}]},
        {"item_name": "Becher"},
        {"item_name": [{"value": "Becher", "marketplace_id": FR}]},
        {"bullet_point": [{"value": str(n)} for n in range(11)]},
        {"condition_type": [{"value": "shiny"}]},
        {"main_product_image_locator": [{"media_location": "1.jpg"}]},
        {"externally_assigned_product_identifier": [{"type": "ean", "value": "X"}]},
    ],
)
def test_put_with_wrong_values(shop, changes):
    found = refused(put(shop, "NEW", full(**changes)))
    assert found[0]["attributeNames"] == list(changes)


def test_a_warning_does_not_refuse(shop):
    body = put(shop, "NEW", full(item_name=[{"value": "x" * 160}])).json()
    assert body["status"] == "ACCEPTED"
    (found,) = body["issues"]
    assert (found["severity"], found["attributeNames"]) == ("WARNING", ["item_name"])
    assert item(shop, "NEW")["summaries"][0]["itemName"] == "x" * 160


def test_offer_for_a_product_that_exists(shop):
    known = master(shop)
    offer = {
        name: full()[name]
        for name in ("condition_type", "purchasable_offer", "fulfillment_availability")
    }
    suggested = [{"value": known["asin"]}]
    query = {"mode": "VALIDATION_PREVIEW", "includedData": "identifiers"}
    attributes = {**offer, "merchant_suggested_asin": suggested}
    options = {"kind": "PRODUCT", "requirements": "LISTING_OFFER_ONLY"}
    reply = put(shop, "SECOND", attributes, query=query, **options).json()
    assert reply["identifiers"][0]["asin"] == known["asin"]
    accepted(put(shop, "SECOND", attributes, **options))
    assert item(shop, "SECOND")["summaries"][0]["asin"] == known["asin"]
    attributes["merchant_suggested_asin"] = [{"value": "B000000000"}]
    refused(put(shop, "THIRD", attributes, **options))


def test_variations(shop):
    theme = [{"name": "COLOR"}]
    parent = {
        "parentage_level": [{"value": "parent"}],
        "variation_theme": theme,
    }
    offer = ("condition_type", "purchasable_offer", "fulfillment_availability")
    child = {
        "parentage_level": [{"value": "child"}],
        "variation_theme": theme,
        "child_parent_sku_relationship": [
            {"child_relationship_type": "variation", "parent_sku": "PARENT"}
        ],
    }
    refused(put(shop, "CHILD-1", full(**child)))
    accepted(put(shop, "PARENT", full(**parent, **dict.fromkeys(offer))))
    for place in (1, 2):
        accepted(put(shop, f"CHILD-{place}", full(**child)))
    relation = item(shop, "PARENT")["relationships"][0]["relationships"][0]
    assert relation["childSkus"] == ["CHILD-1", "CHILD-2"]
    assert relation["variationTheme"] == {"attributes": ["color"], "theme": "COLOR"}
    relation = item(shop, "CHILD-1")["relationships"][0]["relationships"][0]
    assert relation["parentSkus"] == ["PARENT"]
    found = shop.get(base(shop), marketplaceIds=DE, variationParentSku="PARENT")
    assert found.json()["numberOfResults"] == 2
    refused(put(shop, "KNIFE", full(**parent), kind="KITCHEN_KNIFE"))


def test_delete(shop):
    sku = master(shop)["sku"]
    reply = shop.call("DELETE", path(shop, sku), params={"marketplaceIds": DE})
    accepted(reply)
    assert shop.get(path(shop, sku), marketplaceIds=DE).status_code == 404
    assert item(shop, sku, FR)["fulfillmentAvailability"][0]["quantity"] > 0
    again = shop.call("DELETE", path(shop, sku), params={"marketplaceIds": DE})
    assert refused(again)[0]["code"] == "13013"


def test_unknown_sku_and_type(shop):
    change = availability("merge", {"quantity": 1})
    assert refused(patch(shop, "NO-SUCH", change))[0]["code"] == "13013"
    sku = master(shop)["sku"]
    found = refused(patch(shop, sku, change, kind="UNICORN"))
    assert "UNICORN" in found[0]["message"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"productType": "PRODUCT"},
        {"productType": "PRODUCT", "patches": []},
        {"patches": [availability("merge", {"quantity": 1})]},
        {"productType": "PRODUCT", "patches": [{"op": "merge"}]},
        {
            "productType": "PRODUCT",
            "patches": [availability("test", {"quantity": 1})],
        },
        {
            "productType": "PRODUCT",
            "patches": [
                {
                    "op": "replace",
                    "path": "/attributes/fulfillment_availability",
                    "value": {"quantity": 1},
                }
            ],
        },
    ],
)
def test_malformed_patches(shop, body):
    sku = master(shop)["sku"]
    reply = shop.call(
        "PATCH", path(shop, sku), json=body, params={"marketplaceIds": DE}
    )
    assert reply.status_code == 400
    assert errors(reply)["code"] == "BAD_REQUEST"


@pytest.mark.parametrize(
    ("ids", "status"),
    [(None, 400), ("NOWHERE", 400), (US, 403), (f"{DE},{FR}", 400)],
)
def test_marketplaces_of_a_put(shop, ids, status):
    assert put(shop, "NEW", full(), ids=ids).status_code == status


def test_more_parameters_are_checked(shop):
    sku = master(shop)["sku"]
    change = availability("merge", {"quantity": 1})
    assert patch(shop, sku, change, mode="TRY").status_code == 400
    assert patch(shop, sku, change, includedData="identifiers").status_code == 400
    other = shop.credentials("na")["seller_id"]
    url = f"/listings/2021-08-01/items/{other}/{sku}"
    body = {"productType": "PRODUCT", "patches": [change]}
    reply = shop.call("PATCH", url, json=body, params={"marketplaceIds": DE})
    assert reply.status_code == 403
    text = shop.call("PATCH", path(shop, sku), data="x", params={"marketplaceIds": DE})
    assert text.status_code == 415


def test_amazons_own_issues(shop):
    sku = master(shop)["sku"]
    problem = {
        "code": "18027",
        "message": "The main image has text.",
        "severity": "ERROR",
        "categories": ["INVALID_IMAGE"],
        "enforcements": {
            "actions": [{"action": "LISTING_SUPPRESSED"}],
            "exemption": {"status": "NOT_EXEMPT"},
        },
    }
    who = {"seller_id": shop.seller["seller_id"], "sku": sku}
    shop.sim("listings", "POST", json={**who, "issues": [problem]})
    found = item(shop, sku)
    assert found["issues"] == [problem]
    assert found["summaries"][0]["status"] == ["DISCOVERABLE"]
    query = {"marketplaceIds": DE, "withIssueSeverity": "ERROR"}
    assert shop.get(base(shop), **query).json()["numberOfResults"] == 1
    sale = shop.sim("buy", "POST", json=who)
    assert sale["refused"][0]["reason"] == "suppressed"
    shop.sim("listings", "POST", json={**who, "issues": []})
    assert item(shop, sku)["summaries"][0]["status"][0] == "BUYABLE"


def test_refusals_and_losses_on_demand(shop):  # X11
    sku = master(shop)["sku"]
    who = {"seller_id": shop.seller["seller_id"], "sku": sku}
    problem = {
        "code": "8541",
        "message": "The SKU does not match the product.",
        "severity": "ERROR",
        "attributeNames": ["brand"],
        "categories": ["INVALID_ATTRIBUTE"],
    }
    shop.sim("listings", "POST", json={**who, "refusal": [problem]})
    change = availability("merge", {"quantity": 3})
    assert refused(patch(shop, sku, change)) == [problem]
    shop.sim("listings", "POST", json={**who, "refusal": [], "losses": 1})
    before = stock(shop, sku)
    accepted(patch(shop, sku, change))
    assert stock(shop, sku) == before
    accepted(patch(shop, sku, change))
    assert stock(shop, sku)[0]["quantity"] == 3


def test_patches_that_count_later(shop):  # X2
    shop.configure(listing_effective_seconds=20)
    sku = master(shop)["sku"]
    first = stock(shop, sku)[0]["quantity"]
    accepted(patch(shop, sku, availability("merge", {"quantity": 3})))
    refused(patch(shop, sku, availability("merge", {"quantity": -3})))
    shop.advance(10)
    accepted(patch(shop, sku, availability("merge", {"quantity": 5})))
    assert stock(shop, sku)[0]["quantity"] == first
    shop.sim("buy", "POST", json={"seller_id": shop.seller["seller_id"], "sku": sku})
    shop.advance(10)
    assert stock(shop, sku)[0]["quantity"] == 3
    shop.advance(60)
    (row,) = stock(shop, sku)
    causes = [(entry["cause"], entry["quantity"]) for entry in row["history"]]
    assert causes == [("sale", first - 1), ("publish", 3), ("publish", 5)]
    assert row["history"][-1]["at"] == "2026-11-20T12:00:30.000Z"


def test_a_comma_ends_a_sku_in_a_search(shop):  # A2, A4
    seller_id = shop.seller["seller_id"]
    skus = ["MUG,RED", "MUG", *(f"S{number}" for number in range(19))]
    shop.sim("listings", "POST", json={"seller_id": seller_id, "skus": skus})

    def search(*some):
        return shop.get(
            base(shop),
            marketplaceIds=DE,
            identifiersType="SKU",
            identifiers=",".join(some),
            pageSize=20,
        )

    def found(*some):
        return {each["sku"] for each in search(*some).json()["items"]}

    # Asked for alone it is found, as are its parts.
    assert found("MUG,RED") == {"MUG,RED", "MUG"}
    assert found("MUG,RED", "S1") == {"MUG", "S1"}
    assert search(*skus[1:]).status_code == 200
    assert search("MUG,RED", *skus[2:]).status_code == 400
    assert item(shop, "MUG,RED")["sku"] == "MUG,RED"
