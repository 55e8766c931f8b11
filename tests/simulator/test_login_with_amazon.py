"""Login with Amazon: grants, error bodies, lives of codes, tokens and secrets."""

import pytest

INVALID_GRANT = "The request has an invalid grant parameter : refresh_token"


def test_refresh_grant_answers_as_documented(amazon):  # A22
    reply = amazon.refresh(amazon.seller)
    body = reply.json()
    assert reply.headers["Content-Type"] == "application/json;charset=UTF-8"
    assert reply.headers["Cache-Control"] == "no-store"
    assert reply.headers["x-amzn-RequestId"]
    assert body["access_token"].startswith("Atza|")
    assert len(body["access_token"]) <= 2048
    assert body["token_type"] == "bearer"
    assert body["expires_in"] == 3600
    assert body["refresh_token"] == amazon.seller["refresh_token"]


def test_only_forms_are_understood(amazon):
    seller = amazon.seller
    reply = amazon.http.post(
        f"{amazon.url}/auth/o2/token",
        json={"grant_type": "refresh_token", "refresh_token": seller["refresh_token"]},
    )
    assert reply.status_code == 400
    assert reply.json()["error"] == "unsupported_grant_type"


@pytest.mark.parametrize(
    ("changes", "status", "error", "description"),
    [
        ({"refresh_token": "Atzr|unknown"}, 400, "invalid_grant", INVALID_GRANT),
        (
            {"client_secret": "wrong"},
            401,
            "invalid_client",
            "Client authentication failed",
        ),
        (
            {"client_id": "amzn1.application-oa2-client.none"},
            401,
            "invalid_client",
            "Client authentication failed",
        ),
        (
            {"grant_type": "password"},
            400,
            "unsupported_grant_type",
            "The authorization grant type is not supported by the authorization server",
        ),
        (
            {"refresh_token": ""},
            400,
            "invalid_request",
            "The request is missing a required parameter : refresh_token",
        ),
        ({"scope": "sellingpartnerapi::notifications"}, 400, "invalid_scope", None),
    ],
)
def test_error_bodies(amazon, changes, status, error, description):  # A13
    reply = amazon.refresh(amazon.seller, **changes)
    assert reply.status_code == status
    assert set(reply.json()) == {"error", "error_description"}
    assert reply.json()["error"] == error
    if description:
        assert reply.json()["error_description"] == description


def test_grantless_token_opens_no_seller_data(amazon):
    seller = amazon.seller
    reply = amazon.lwa(
        grant_type="client_credentials",
        scope="sellingpartnerapi::notifications",
        client_id=seller["client_id"],
        client_secret=seller["client_secret"],
    )
    assert reply.status_code == 200
    assert "refresh_token" not in reply.json()
    token = reply.json()["access_token"]
    assert amazon.get("/sellers/v1/marketplaceParticipations", token).status_code == 403


def test_unknown_scope(amazon):
    seller = amazon.seller
    reply = amazon.lwa(
        grant_type="client_credentials",
        scope="sellingpartnerapi::everything",
        client_id=seller["client_id"],
        client_secret=seller["client_secret"],
    )
    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_scope")


def test_revoked_grant(amazon):  # A13
    seller_id = amazon.seller["seller_id"]
    amazon.sim("lwa", "POST", json={"action": "revoke", "seller_id": seller_id})
    reply = amazon.refresh(amazon.seller)
    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_grant")
    refused = amazon.search()
    assert refused.status_code == 403
    assert "revoked, malformed or invalid" in refused.text
    # Other sellers of the same application are not concerned.
    assert amazon.refresh(amazon.credentials("na")).status_code == 200


def test_rotated_secret_dies_after_its_grace(amazon):  # A17
    client_id = amazon.seller["client_id"]
    body = {"action": "rotate_secret", "client_id": client_id, "grace_seconds": 60}
    fresh = amazon.sim("lwa", "POST", json=body)["client_secret"]
    assert amazon.refresh(amazon.seller).status_code == 200
    assert amazon.refresh(amazon.seller, client_secret=fresh).status_code == 200
    amazon.advance(60)
    assert amazon.refresh(amazon.seller).status_code == 401
    assert amazon.refresh(amazon.seller, client_secret=fresh).status_code == 200
    assert amazon.credentials("eu")["client_secret"] == fresh


def test_secret_past_its_last_day_stops_every_call(amazon):  # A17
    client_id = amazon.seller["client_id"]
    amazon.sim("lwa", "POST", json={"action": "expire_secret", "client_id": client_id})
    assert amazon.refresh(amazon.seller).status_code == 401
    reply = amazon.search()
    assert reply.status_code == 403
    assert "The LWA secret token you provided has expired." in reply.text


def test_access_token_ages_out_at_the_clock(amazon):  # A22
    amazon.advance(3599)
    assert amazon.search().status_code == 200
    amazon.advance(1)
    reply = amazon.search()
    assert reply.status_code == 403
    assert "The access token you provided has expired." in reply.text


def test_tokens_can_be_aged_out_by_hand(amazon):
    amazon.sim("lwa", "POST", json={"action": "expire_tokens"})
    assert amazon.search().status_code == 403
    amazon.sign_in("eu")
    assert amazon.search().status_code == 200


def test_the_log_holds_no_secret(amazon):  # A27
    log = str(amazon.log(bodies=1))
    for secret in ("client_secret", "refresh_token"):
        assert amazon.seller[secret] not in log
    assert amazon.token not in log
