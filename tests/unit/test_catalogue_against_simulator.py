"""Product types, catalogue and restrictions, seen through the simulator (A4)."""

import jsonschema
import pytest

from acorn_amazon_connector.services import errors

GERMANY = "A1PA6795UKMFR9"


@pytest.fixture
def product(amazon):
    seller_id = amazon.seller()["seller_id"]
    items = amazon.sim("catalog", seller_id=seller_id)
    rows = items.get("catalog") or items.get("items")
    return next(row for row in rows if row["barcode"] and row["asin"])


def test_a_product_type_and_its_schema(amazon, client):  # A4
    types = client.definitions.search([GERMANY], locale="de_DE")
    assert types
    name = types[0]["name"]
    definition = client.definitions.get(
        name,
        [GERMANY],
        seller_id=amazon.seller()["seller_id"],
        requirements="LISTING",
        locale="de_DE",
    )
    assert definition["productType"] == name and definition["propertyGroups"]
    link = definition["schema"]["link"]["resource"]
    schema = client.definitions.schema(link)
    jsonschema.Draft201909Validator.check_schema(schema)
    assert schema["properties"] and schema["required"]
    with pytest.raises(errors.NotFoundError):
        client.definitions.get("NO_SUCH_TYPE", [GERMANY])


def test_a_product_is_found_by_its_barcode(client, product):  # A4
    kind = {12: "UPC", 13: "EAN"}[len(product["barcode"])]
    page = client.catalog.search(
        GERMANY, identifiers=[product["barcode"]], identifiers_type=kind
    )
    assert product["asin"] in [item["asin"] for item in page.items]
    item = client.catalog.get(product["asin"], [GERMANY])
    assert item["asin"] == product["asin"] and item["summaries"]
    with pytest.raises(errors.NotFoundError):
        client.catalog.get("B0NOSUCH00", [GERMANY])


def test_restrictions_name_their_reason(amazon, client, product):  # A4
    seller_id = amazon.seller()["seller_id"]
    found = client.restrictions.get(
        seller_id, "B0NOSUCH00", [GERMANY], condition_type="new_new"
    )
    codes = [reason["reasonCode"] for entry in found for reason in entry["reasons"]]
    assert codes == ["ASIN_NOT_FOUND"]
    for entry in client.restrictions.get(seller_id, product["asin"], [GERMANY]):
        assert entry["marketplaceId"] == GERMANY and entry["reasons"]
