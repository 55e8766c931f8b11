"""A thin HTTP client for tests: signs in, sends, and looks behind the curtain."""

from __future__ import annotations

from datetime import datetime

import requests

ALL_DATA = (
    "BUYER,RECIPIENT,PROCEEDS,EXPENSE,PROMOTION,CANCELLATION,FULFILLMENT,PACKAGES,"
    "TAX,PAYMENT,FULFILLMENT_ORDERS"
)
ORDERS = "/orders/2026-01-01/orders"
ORDERS_V0 = "/orders/v0/orders"
LONG_AGO = "2020-01-01T00:00:00Z"


class AmazonClient:
    """A session with a simulator."""

    def __init__(self, url: str):
        self.url = url
        self.http = requests.Session()
        self.token = None
        self.seller = None

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.http.close()

    # The control interface

    def sim(self, path: str, method: str = "GET", **options):
        """Call ``/_sim/…`` and return the JSON."""
        reply = self.http.request(method, f"{self.url}/_sim/{path}", **options)
        assert reply.ok, reply.text
        return reply.json()

    def credentials(self, region: str) -> dict:
        """Return the credentials of the seller of a region."""
        sellers = self.sim("credentials")["sellers"]
        return next(seller for seller in sellers if seller["region"] == region)

    def fault(self, kind: str, **conditions) -> None:
        """Add a fault rule."""
        self.sim("faults", "POST", json={"kind": kind, **conditions})

    def advance(self, seconds: float) -> None:
        """Move the clock ahead."""
        self.sim("clock", "POST", json={"advance": seconds})

    def configure(self, **settings) -> None:
        """Change settings."""
        self.sim("settings", "POST", json=settings)

    def act(self, order_id: str, action: str, **details) -> dict:
        """Let something happen to an order; return its truth."""
        body = {"action": action, **details}
        return self.sim(f"orders/{order_id}", "POST", json=body)

    def truths(self, **filters) -> list[dict]:
        """Return truth records, payloads included, of the signed-in seller."""
        if self.seller:
            filters.setdefault("seller_id", self.seller["seller_id"])
        return self.sim("orders", params={"payloads": 1, **filters})["orders"]

    def log(self, **filters) -> list[dict]:
        """Return request log entries."""
        return self.sim("requests", params=filters)["requests"]

    # Login with Amazon

    def lwa(self, **form):
        """Post a form to the token endpoint."""
        return self.http.post(f"{self.url}/auth/o2/token", data=form)

    def refresh(self, seller: dict, **changes):
        """Use a refresh token."""
        form = {
            "grant_type": "refresh_token",
            "refresh_token": seller["refresh_token"],
            "client_id": seller["client_id"],
            "client_secret": seller["client_secret"],
        }
        return self.lwa(**{**form, **changes})

    def sign_in(self, region: str) -> None:
        """Get an access token for the seller of a region."""
        self.seller = self.credentials(region)
        reply = self.refresh(self.seller)
        assert reply.status_code == 200, reply.text
        self.token = reply.json()["access_token"]

    # The Selling Partner API

    def call(self, method: str, path: str, token=None, headers=None, **options):
        """Call an operation with the access token."""
        sent = {"x-amz-access-token": token or self.token, **(headers or {})}
        return self.http.request(
            method, f"{self.url}{path}", headers=sent, timeout=60, **options
        )

    def get(self, path: str, token=None, headers=None, **query):
        """Send a GET; keyword arguments are query parameters."""
        return self.call("GET", path, token, headers, params=query)

    def search(self, **query):
        """Call searchOrders for all orders unless `query` says otherwise."""
        if not {"createdAfter", "lastUpdatedAfter"} & query.keys():
            query["lastUpdatedAfter"] = LONG_AGO
        return self.get(ORDERS, **query)

    def search_all(self, **query) -> list[dict]:
        """Page through searchOrders."""
        orders, reply = [], self.search(**query)
        while True:
            assert reply.status_code == 200, reply.text
            body = reply.json()
            orders += body["orders"]
            token = body.get("pagination", {}).get("nextToken")
            if token is None:
                return orders
            reply = self.search(**query, paginationToken=token)

    def restricted(self, path: str, *elements: str) -> str:
        """Return a restricted data token for GET on `path`."""
        resource = {"method": "GET", "path": path}
        if elements:
            resource["dataElements"] = list(elements)
        reply = self.call(
            "POST",
            "/tokens/2021-03-01/restrictedDataToken",
            json={"restrictedResources": [resource]},
        )
        assert reply.status_code == 200, reply.text
        return reply.json()["restrictedDataToken"]


def errors(reply) -> dict:
    """Return the first error of an SP-API envelope."""
    assert set(reply.json()) == {"errors"}
    return reply.json()["errors"][0]


def moment(text: str) -> datetime:
    """Read one of Amazon's times."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
