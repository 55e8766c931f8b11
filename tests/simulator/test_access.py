"""Who may call what: tokens, user agent, roles, regions."""

import pytest
from amazon_client import LONG_AGO, ORDERS, AmazonClient, errors

PARTICIPATIONS = "/sellers/v1/marketplaceParticipations"
DENIED = "Access to requested resource is denied."


def test_every_answer_has_a_request_id(amazon):  # A26
    replies = [
        amazon.get(PARTICIPATIONS),
        amazon.get(PARTICIPATIONS, token="garbage"),
        amazon.get("/nowhere"),
        amazon.search(createdAfter="never"),
        amazon.refresh(amazon.seller, client_secret="wrong"),
        amazon.http.get(f"{amazon.url}/_documents/none"),
    ]
    ids = [reply.headers["x-amzn-RequestId"] for reply in replies]
    assert len(set(ids)) == len(ids)
    assert {entry["request_id"] for entry in amazon.log()} >= set(ids)


@pytest.mark.parametrize(
    ("token", "details"),
    [
        ("", "Access token is missing in the request header."),
        ("Atza|no", "The access token you provided is revoked, malformed or invalid."),
    ],
)
def test_bad_token(amazon, token, details):  # A13
    headers = {"x-amz-access-token": token}
    reply = amazon.http.get(f"{amazon.url}{PARTICIPATIONS}", headers=headers)
    assert reply.status_code == 403
    assert errors(reply) == {
        "code": "Unauthorized",
        "message": DENIED,
        "details": details,
    }
    assert "x-amzn-RateLimit-Limit" not in reply.headers


@pytest.mark.parametrize("agent", [None, "", "x" * 501])
def test_user_agent_is_mandatory_and_short(amazon, agent):
    reply = amazon.get(PARTICIPATIONS, headers={"User-Agent": agent})
    # requests drops a header whose value is None, urllib3 then sends its own name.
    assert reply.status_code == (200 if agent is None else 400)


def test_missing_role_is_a_403_without_details(amazon):  # A20
    app = amazon.sim("credentials")["applications"][0]
    change = {"application_id": app["application_id"], "roles": ["Pricing"]}
    amazon.sim("applications", "POST", json=change)
    assert amazon.search().status_code == 200
    listings = f"/listings/2021-08-01/items/{amazon.seller['seller_id']}"
    for reply in (
        amazon.get(listings, marketplaceIds="A1PA6795UKMFR9"),
        amazon.get("/reports/2021-06-30/reports", reportTypes="X"),
    ):
        assert reply.status_code == 403
        assert errors(reply)["details"] == ""


def test_wrong_region_is_a_403(amazon):  # A29
    assert amazon.get(f"/eu{PARTICIPATIONS}").status_code == 200
    assert amazon.get(f"/na{PARTICIPATIONS}").status_code == 403
    assert amazon.search(marketplaceIds="ATVPDKIKX0DER").status_code == 403
    assert amazon.search(marketplaceIds="NOT-A-MARKET").status_code == 400


def test_a_region_serves_its_own_tokens(simulator):  # A29
    with AmazonClient(simulator.url) as client:
        client.sign_in("fe")
        assert client.get(f"/fe{ORDERS}", createdAfter=LONG_AGO).status_code == 200


def test_unknown_path_looks_like_a_missing_role(amazon):
    reply = amazon.get("/orders/2031-01-01/orders")
    assert (reply.status_code, errors(reply)["details"]) == (403, "")
    assert amazon.call("PUT", ORDERS).status_code == 403


def test_participations(amazon):  # A29
    payload = amazon.get(PARTICIPATIONS).json()["payload"]
    active = {
        entry["marketplace"]["id"]
        for entry in payload
        if entry["participation"]["isParticipating"]
    }
    # One of them is no store front, as in real accounts.
    assert active - set(amazon.seller["marketplace_ids"]) == {"A38D8NSA03LJTC"}
    assert set(amazon.seller["marketplace_ids"]) < active
    germany = next(e for e in payload if e["marketplace"]["countryCode"] == "DE")
    assert germany["marketplace"] == {
        "id": "A1PA6795UKMFR9",
        "name": "Amazon.de",
        "countryCode": "DE",
        "defaultCurrencyCode": "EUR",
        "defaultLanguageCode": "de_DE",
        "domainName": "www.amazon.de",
    }
    assert germany["storeName"] == amazon.seller["store_name"]
    inactive = [e for e in payload if not e["participation"]["isParticipating"]]
    assert inactive
