"""Restricted data tokens: good for their method and path, and nothing else."""

import pytest
from amazon_client import ORDERS, ORDERS_V0, errors

RDT = "/tokens/2021-03-01/restrictedDataToken"
SHIPPING = "Direct-to-Consumer Shipping (Restricted)"


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


def let(amazon, *roles):
    """Give the application these roles and no other."""
    app = amazon.sim("credentials")["applications"][0]
    change = {"application_id": app["application_id"], "roles": list(roles)}
    amazon.sim("applications", "POST", json=change)


def refusal(reply):
    assert reply.status_code == 400
    assert errors(reply)["code"] == "InvalidInput"
    return errors(reply)["message"]


# As Amazon words it: abuzuhri/Amazon-SP-API-CSharp#155.
def test_data_elements_need_the_restricted_role(amazon):  # A20
    let(amazon, SHIPPING, "Product Listing")
    resource = {"method": "GET", "path": ORDERS_V0}
    allowed = ask(amazon, {**resource, "dataElements": ["shippingAddress"]})
    assert allowed.status_code == 200
    elements = ["shippingAddress", "buyerInfo"]
    assert refusal(ask(amazon, {**resource, "dataElements": elements})) == (
        "Application does not have access to one or more requested data elements: "
        "[buyerInfo]"
    )
    let(amazon, "Product Listing")
    denied = ask(amazon, {**resource, "dataElements": elements})
    assert "[shippingAddress, buyerInfo]" in refusal(denied)


# As Amazon words it: jlevers/selling-partner-api#593.
@pytest.mark.parametrize(
    ("part", "role"),
    [
        ("address", SHIPPING),
        ("buyerInfo", "Tax Remittance (Restricted)"),
        ("orderItems/buyerInfo", "Tax Invoicing (Restricted)"),
    ],
)
def test_resources_need_the_restricted_role(amazon, part, role):  # A20
    resource = {"method": "GET", "path": f"{ORDERS_V0}/{{orderId}}/{part}"}
    let(amazon, "Product Listing", role)
    assert ask(amazon, resource).status_code == 200
    let(amazon, "Product Listing")
    assert refusal(ask(amazon, resource)) == (
        "Application do not have access to some or all requested resource"
    )
