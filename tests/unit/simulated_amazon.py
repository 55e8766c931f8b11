"""The simulator as seen by a test: its client, and what happens behind its back."""

from datetime import datetime, timezone

import requests
from unit_support import FakeClock

from acorn_amazon_connector.services.client import SpApiClient
from acorn_amazon_connector.services.lwa import (
    LwaClient,
    MemoryTokenStore,
    TokenProvider,
)
from acorn_amazon_connector.services.transport import Transport
from acorn_amazon_connector.services.wire import build_session

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=timezone.utc)
SIZE = 120


class Amazon:
    """What a test may do behind the client's back."""

    def __init__(self, url):
        self.url = url
        self.calls = []
        self.clock = FakeClock()
        self.clock.now = NOW
        self.store = MemoryTokenStore()
        self.session = build_session()

    def sim(self, place, body=None, **params):
        method = "GET" if body is None else "POST"
        reply = requests.request(
            method, f"{self.url}/_sim/{place}", json=body, params=params, timeout=60
        )
        assert reply.ok, reply.text
        return reply.json()

    def seller(self, region="eu"):
        sellers = self.sim("credentials")["sellers"]
        return next(entry for entry in sellers if entry["region"] == region)

    def fault(self, kind, **conditions):
        self.sim("faults", {"kind": kind, **conditions})

    def advance(self, seconds):
        self.sim("clock", {"advance": seconds})
        self.clock.advance(seconds)

    def requests(self, **params):
        return self.sim("requests", **params)["requests"]

    def lwa(self, seller, session=None):
        return LwaClient(
            session or self.session,
            f"{self.url}/auth/o2/token",
            seller["client_id"],
            seller["client_secret"],
            self.clock,
            record=self.calls.append,
            timeout=(30, 30),
        )

    def client(self, region="eu", *, gate=None, timeout=(30, 30), session=None):
        seller = self.seller(region)
        session = session or self.session
        tokens = TokenProvider(
            self.lwa(seller, session), self.store, seller["refresh_token"], self.clock
        )
        transport = Transport(
            session,
            self.url,
            tokens,
            user_agent="AcornTest/1.0 (Language=Python)",
            clock=self.clock,
            gate=gate,
            record=self.calls.append,
            timeout=timeout,
        )
        return SpApiClient(transport)
