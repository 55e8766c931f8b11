"""The state of one simulated Amazon: everything a reset starts anew."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from random import Random
from threading import Event, RLock

from ..clock import Clock
from ..worlds import build_world
from . import actions
from .buckets import Buckets
from .faults import FaultPlan
from .log import RequestLog
from .lwa import SECRET_DAYS, Application, LwaRegistry
from .orders import OrderStore


class Simulation:
    """All state, guarded by one lock.

    :param str world: name of a world of ``simulator.worlds``
    :param int seed: same world, seed, size and now give the same orders
    :param size: number of orders; None = the world's default
    :param now: where the clock starts; None = the present
    """

    def __init__(self, world="demo", seed=1, size=None, now=None, speed=1.0):
        self.lock = RLock()
        self.clock = Clock()
        self.log = RequestLog()
        self.buckets = Buckets()
        self._stopping = Event()
        self.reset(world, seed, size, now, speed)

    def reset(
        self,
        world: str = "demo",
        seed: int = 1,
        size: int | None = None,
        now: datetime | None = None,
        speed: float = 1.0,
    ) -> None:
        """Throw everything away and build a world.

        Plans of the buckets and what the log records are settings and stay.
        """
        with self.lock:
            self.clock.reset(now, speed)
            now = self.clock.now().replace(microsecond=0)
            self.world = build_world(world, seed, size, now)
            self.random = Random(f"simulator/{seed}")
            self.page_key = f"{world}/{seed}/{now}".encode()
            self.sellers = {seller.seller_id: seller for seller in self.world.sellers}
            self.lwa = LwaRegistry(self.clock)
            self._register_credentials(now)
            self.orders = OrderStore(self.world)
            self.faults = FaultPlan(self.random)
            self.log.clear()
            self.buckets.clear()
            self._arrived = now
            self._pages: dict[tuple, list] = {}

    def _register_credentials(self, now: datetime) -> None:
        client_ids = {}
        for app in self.world.applications:
            client_ids[app.application_id] = app.client_id
            self.lwa.register(
                Application(
                    app.application_id,
                    app.client_id,
                    {app.client_secret: now + timedelta(days=SECRET_DAYS)},
                    app.name,
                    app.redirect_uris,
                    frozenset(app.roles),
                )
            )
        for seller in self.world.sellers:
            client_id = client_ids[seller.application_id]
            self.lwa.register_grant(seller.refresh_token, client_id, seller.seller_id)

    def catch_up(self) -> None:
        """Let everything happen that the world has planned up to now."""
        now = self.clock.now()
        if now <= self._arrived:
            return
        events = self.world.arrivals(self._arrived, now)
        self._arrived = now
        for event in events:
            if event.action == "new":
                self.orders.add(event.order)
                continue
            entry = self.orders.get(event.order_id)
            if entry is not None:
                self.act(entry, event.action, {}, event.at)

    def act(self, entry, action: str, options: dict, at: datetime | None = None):
        """Change an order at the clock's time, or at a past `at`."""
        truth = self.orders.truth(entry)
        changed = actions.apply(truth, action, options, at or self.clock.now())
        self.orders.change(entry, changed)

    def new_request_id(self) -> str:
        """Return the next request id, from the seed."""
        with self.lock:
            return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def pause(self, seconds: float) -> None:
        """Wait real seconds, or until the server stops."""
        self._stopping.wait(seconds)

    def stop(self) -> None:
        """Wake every request that waits."""
        self._stopping.set()

    def remember_page(self, exchange, body) -> None:
        """Keep the last answer of an operation, to repeat it on demand."""
        self._pages[self._page_owner(exchange)] = body

    def last_page(self, exchange):
        """Return the answer before the present one, or None."""
        return self._pages.get(self._page_owner(exchange))

    @staticmethod
    def _page_owner(exchange) -> tuple:
        seller = exchange.seller.seller_id if exchange.seller else None
        return seller, exchange.operation.key if exchange.operation else exchange.path
