"""Restricted data tokens: good for their method and path, and nothing else."""

import pytest
from amazon_client import ORDERS, ORDERS_V0, errors

RDT = "/tokens/2021-03-01/restrictedDataToken"


def ask(amazon, *resources):
    return amazon.call("POST", RDT, json={"restrictedResources": list(resources)})


def test_answer(amazon):
    resource = {"method": "GET", "path": ORDERS_V0, "dataElements": ["buyerInfo"]}
    body = ask(amazon, resource).json()
    assert set(body) == {"restrictedDataToken", "expiresIn"}
    assert body["restrictedDataToken"].startswith("Atz.sprdt|")
    assert body["expiresIn"] == 3600


@pytest.mark.parametrize(
    "resources",
    [
        [],
        [{"method": "", "path": f"{ORDERS_V0}/902-1845936-5435065/address"}],
        [{"method": "GET", "path": ORDERS}],
        [{"method": "GET", "path": ORDERS_V0}],
        [{"method": "GET", "path": ORDERS_V0, "dataElements": ["everything"]}],
        [
            {
                "method": "GET",
                "path": f"{ORDERS_V0}/{{orderId}}/address",
                "dataElements": ["shippingAddress"],
            }
        ],
        [{"method": "GET", "path": f"{ORDERS_V0}/1-2-3/address"}] * 51,
    ],
)
def test_refused_requests(amazon, resources):
    reply = ask(amazon, *resources)
    assert reply.status_code == 400
    assert errors(reply)["code"] == "InvalidRequest"


def test_body_must_be_json(amazon):
    assert amazon.call("POST", RDT, data="restrictedResources").status_code == 415


def test_bound_to_its_path(amazon):
    first, second = (truth["order_id"] for truth in amazon.truths()[:2])
    token = amazon.restricted(f"{ORDERS_V0}/{first}/address")
    assert amazon.get(f"{ORDERS_V0}/{first}/address", token).status_code == 200
    for path in (
        f"{ORDERS_V0}/{second}/address",
        f"{ORDERS_V0}/{first}",
        f"{ORDERS_V0}/{first}/buyerInfo",
        ORDERS,
    ):
        reply = amazon.get(path, token, MarketplaceIds="A1PA6795UKMFR9")
        assert reply.status_code == 403
    generic = amazon.restricted(f"{ORDERS_V0}/{{orderId}}/address")
    for order_id in (first, second):
        reply = amazon.get(f"{ORDERS_V0}/{order_id}/address", generic)
        assert reply.status_code == 200


def test_lives_an_hour(amazon):
    order_id = amazon.truths()[0]["order_id"]
    path = f"{ORDERS_V0}/{order_id}/address"
    token = amazon.restricted(path)
    amazon.advance(3600)
    reply = amazon.get(path, token)
    assert reply.status_code == 403
    assert "has expired" in reply.text


def test_needs_the_restricted_role(amazon):  # A20
    app = amazon.sim("credentials")["applications"][0]
    roles = ["Direct-to-Consumer Shipping (Restricted)", "Product Listing"]
    change = {"application_id": app["application_id"], "roles": roles}
    amazon.sim("applications", "POST", json=change)
    resource = {"method": "GET", "path": ORDERS_V0}
    allowed = ask(amazon, {**resource, "dataElements": ["shippingAddress"]})
    assert allowed.status_code == 200
    denied = ask(amazon, {**resource, "dataElements": ["buyerInfo"]})
    assert denied.status_code == 403
    assert "[buyerInfo]" in errors(denied)["details"]
