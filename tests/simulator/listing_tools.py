"""Writing listings in tests, and looking at what became of them."""

from urllib.parse import quote

DE, FR = "A1PA6795UKMFR9", "A13V1IB3VIYZZH"
US, CA = "ATVPDKIKX0DER", "A2EUQ1WTGCTBG2"
EVERYTHING = (
    "summaries,attributes,issues,offers,fulfillmentAvailability,procurement,"
    "relationships,productTypes"
)


def base(client):
    return f"/listings/2021-08-01/items/{client.seller['seller_id']}"


def path(client, sku):
    return f"{base(client)}/{quote(sku, safe='')}"


def master(client, channel="MERCHANT", only=True):
    """Return a SKU of the seller's own, fulfilled in one channel only."""
    query = {"seller_id": client.seller["seller_id"]}
    items = [e for e in client.sim("catalog", params=query)["items"] if e["known"]]
    channels = {}
    for item in items:
        channels.setdefault(item["sku"], set()).add(item["fulfillment_channel"])
    wanted = {channel} if only else {"MERCHANT", "AMAZON"}
    return next(item for item in items if channels[item["sku"]] == wanted)


def patch(client, sku, *patches, kind="PRODUCT", ids=DE, **query):
    body = {"productType": kind, "patches": list(patches)}
    query["marketplaceIds"] = ids
    return client.call("PATCH", path(client, sku), json=body, params=query)


def availability(op, *entries):
    return {
        "op": op,
        "path": "/attributes/fulfillment_availability",
        "value": [{"fulfillment_channel_code": "DEFAULT", **e} for e in entries],
    }


def price(value, op="replace", **extra):
    offer = {
        "marketplace_id": DE,
        "currency": "EUR",
        "our_price": [{"schedule": [{"value_with_tax": value}]}],
        **extra,
    }
    return {"op": op, "path": "/attributes/purchasable_offer", "value": [offer]}


def item(client, sku, ids=DE, data=EVERYTHING):
    reply = client.get(path(client, sku), marketplaceIds=ids, includedData=data)
    assert reply.status_code == 200, reply.text
    return reply.json()


def stock(client, sku):
    query = {"seller_id": client.seller["seller_id"], "sku": sku}
    return client.sim("stock", params=query)["stock"]


def accepted(reply):
    assert reply.status_code == 200, reply.text
    body = reply.json()
    assert body["status"] == "ACCEPTED", body
    assert body["issues"] == []
    return body


def refused(reply):
    assert reply.status_code == 200, reply.text
    body = reply.json()
    assert body["status"] == "INVALID"
    found = [each for each in body["issues"] if each["severity"] == "ERROR"]
    assert found
    return found


def full(**changes):
    """Attributes of a complete new listing in Germany."""
    attributes = {
        "item_name": [{"value": "Thermobecher 400 ml"}],
        "brand": [{"value": "Fernhollow"}],
        "externally_assigned_product_identifier": [
            {"type": "ean", "value": "2990000000015"}
        ],
        "product_description": [{"value": "Hält warm."}],
        "bullet_point": [{"value": "Edelstahl"}, {"value": "400 ml"}],
        "country_of_origin": [{"value": "DE"}],
        "color": [{"value": "Tannengrün"}],
        "main_product_image_locator": [
            {"media_location": "https://img.example.com/1.jpg"}
        ],
        "condition_type": [{"value": "new_new"}],
        "purchasable_offer": price(24.99)["value"],
        "fulfillment_availability": [
            {
                "fulfillment_channel_code": "DEFAULT",
                "quantity": 12,
                "lead_time_to_ship_max_days": 2,
            }
        ],
        **changes,
    }
    return {name: entries for name, entries in attributes.items() if entries}


def put(client, sku, attributes, kind="DRINKING_CUP", ids=DE, **extra):
    query = extra.pop("query", {})
    body = {"productType": kind, "attributes": attributes, **extra}
    return client.call(
        "PUT", path(client, sku), json=body, params={"marketplaceIds": ids, **query}
    )
