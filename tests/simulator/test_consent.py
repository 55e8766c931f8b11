"""The consent page of Seller Central, and the code it hands out."""

from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import pytest

BACK = "http://localhost:8069/acorn_amazon/callback?store=4"


class Form(HTMLParser):
    """Collects what a browser would send from a page with one form."""

    def __init__(self, page):
        super().__init__()
        self.fields, self.sellers, self.buttons = {}, [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "input" and attrs["type"] == "hidden":
            self.fields[attrs["name"]] = attrs["value"]
        elif tag == "input" and attrs["type"] == "radio":
            self.sellers.append(attrs["value"])
        elif tag == "button":
            self.buttons.append(attrs["value"])


@pytest.fixture
def page(amazon):
    def load(**query):
        app = amazon.sim("credentials")["applications"][0]
        query.setdefault("application_id", app["application_id"])
        return amazon.http.get(f"{amazon.url}/apps/authorize/consent", params=query)

    return load


def _confirm(amazon, page, **changes):
    form = Form(page.text)
    seller = amazon.seller["seller_id"]
    fields = {**form.fields, "selling_partner_id": seller, "confirm": "yes"}
    return amazon.http.post(
        page.url,
        data={**fields, "decision": "confirm", **changes},
        allow_redirects=False,
    )


def _code(reply):
    return parse_qs(urlsplit(reply.headers["Location"]).query)["spapi_oauth_code"][0]


def _exchange(amazon, code, **changes):
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": BACK,
        "client_id": amazon.seller["client_id"],
        "client_secret": amazon.seller["client_secret"],
    }
    return amazon.lwa(**{**form, **changes})


def test_click_through(amazon, page):  # A10
    shown = page(state="st4te&=", redirect_uri=BACK)
    form = Form(shown.text)
    assert amazon.seller["seller_id"] in form.sellers
    assert form.buttons == ["confirm", "cancel"]
    reply = _confirm(amazon, shown)
    assert reply.status_code == 302
    assert reply.headers["Referrer-Policy"] == "no-referrer"
    assert reply.headers["Location"].startswith("http://localhost:8069/acorn_amazon/")
    query = parse_qs(urlsplit(reply.headers["Location"]).query)
    assert query["store"] == ["4"]
    assert query["state"] == ["st4te&="]
    assert query["selling_partner_id"] == [amazon.seller["seller_id"]]
    tokens = _exchange(amazon, _code(reply)).json()
    assert tokens["refresh_token"] != amazon.seller["refresh_token"]
    assert amazon.get(
        "/sellers/v1/marketplaceParticipations", tokens["access_token"]
    ).ok


def test_permission_survives_another_world(amazon, page):
    reply = _confirm(amazon, page(state="s", redirect_uri=BACK))
    refresh_token = _exchange(amazon, _code(reply)).json()["refresh_token"]
    amazon.sim("reset", "POST", json={"world": "eu-vat", "size": 20})
    assert amazon.refresh(amazon.seller, refresh_token=refresh_token).ok


def test_another_application_has_its_own_permission(amazon, page):
    created = amazon.sim(
        "applications",
        "POST",
        json={
            "application_id": "amzn1.sp.solution.second",
            "client_id": "amzn1.application-oa2-client.second",
            "client_secret": "amzn1.oa2-cs.v1.second",
            "name": "Second <b>",
            "redirect_uris": [BACK],
            "roles": ["Product Listing"],
        },
    )
    shown = page(application_id=created["application_id"], state="s")
    assert "Second &lt;b&gt;" in shown.text
    code = _code(_confirm(amazon, shown))
    # The first application cannot use the code of the second.
    assert _exchange(amazon, code).json()["error"] == "invalid_grant"
    code = _code(_confirm(amazon, page(application_id=created["application_id"])))
    keys = {key: created[key] for key in ("client_id", "client_secret")}
    token = _exchange(amazon, code, **keys).json()["access_token"]
    assert amazon.get("/reports/2021-06-30/reports", token).status_code == 403
    assert amazon.get(
        "/orders/2026-01-01/orders", token, createdAfter="2026-11-01T00:00:00Z"
    ).ok
    first = amazon.refresh(amazon.seller, **keys)
    assert first.json()["error"] == "invalid_grant"


def test_a_code_is_good_once(amazon, page):  # A10
    code = _code(_confirm(amazon, page(state="s", redirect_uri=BACK)))
    assert _exchange(amazon, code).status_code == 200
    again = _exchange(amazon, code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert again.json()["error_description"].endswith(": code")


def test_a_code_lives_five_minutes(amazon, page):  # A10
    first = _code(_confirm(amazon, page(state="s", redirect_uri=BACK)))
    amazon.advance(299)
    assert _exchange(amazon, first).status_code == 200
    second = _code(_confirm(amazon, page(state="s", redirect_uri=BACK)))
    amazon.advance(300)
    assert _exchange(amazon, second).status_code == 400


def test_a_code_is_bound_to_its_redirect_address(amazon, page):
    code = _code(_confirm(amazon, page(state="s", redirect_uri=BACK)))
    reply = _exchange(amazon, code, redirect_uri="http://localhost:8069/other")
    assert reply.json()["error"] == "invalid_grant"


def test_draft_needs_beta(amazon, page):  # A10
    app = amazon.sim("credentials")["applications"][0]
    change = {"application_id": app["application_id"], "is_draft": True}
    amazon.sim("applications", "POST", json=change)
    refused = page(state="s", redirect_uri=BACK)
    assert refused.status_code == 400
    assert "MD1000" in refused.text
    beta = page(state="s", redirect_uri=BACK, version="beta")
    assert _confirm(amazon, beta).status_code == 302


def test_unknown_application(page):
    assert "MD1000" in page(application_id="amzn1.sp.solution.none").text


def test_redirect_address_must_be_registered(amazon, page):  # A9
    assert "MD5101" in page(state="s", redirect_uri="https://evil.example/x").text
    app = amazon.sim("credentials")["applications"][0]
    change = {"application_id": app["application_id"], "redirect_uris": [BACK]}
    amazon.sim("applications", "POST", json=change)
    assert "MD5101" in page(state="s", redirect_uri=f"{BACK}x").text
    # Without redirect_uri the first registered address is used.
    reply = _confirm(amazon, page(state="s"))
    assert reply.headers["Location"].startswith(BACK)


def test_no_code_without_the_tick_or_after_cancel(amazon, page):
    shown = page(state="s", redirect_uri=BACK)
    assert _confirm(amazon, shown, confirm="").status_code == 400
    cancelled = _confirm(amazon, shown, decision="cancel")
    assert cancelled.status_code == 200
    assert "not authorized" in cancelled.text


def test_state_cannot_inject_markup(page):
    shown = page(state='"><script>alert(1)</script>', redirect_uri=BACK)
    assert "<script>" not in shown.text
