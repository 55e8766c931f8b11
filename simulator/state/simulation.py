"""The state of one simulated Amazon: everything a reset starts anew."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from threading import Event, RLock

from ..clock import Clock
from ..errors import ControlError
from ..worlds import (
    PROFILES,
    ChangeRefused,
    build_bulk,
    build_world,
    change_order,
    describe_order,
    more_orders,
)
from .buckets import Buckets
from .buy_shipping import BuyShipping
from .buyers import Buyers
from .definitions import DefinitionDesk
from .faults import FaultPlan
from .fba import FbaStock
from .feeds import FeedDesk
from .inbound import InboundDesk
from .listings import ListingDesk, scope_of
from .log import RequestLog
from .lwa import SECRET_DAYS, Application, LwaRegistry
from .orders import OrderStore
from .outbound import OutboundDesk
from .registrations import RegistrationDesk
from .reports import ReportDesk
from .settings import Settings
from .shipments import ShipmentDesk
from .submissions import Submissions


class Simulation:
    """All state, guarded by one lock.

    :param str world: name of a world of ``simulator.worlds``
    :param int seed: same world, seed, size and now give the same orders
    :param size: number of orders; None = the world's default
    :param now: where the clock starts; None = the present
    :param float speed: simulated seconds per real second
    :param entities: number of legal entities of the world expansion
    :param settings: start values of :class:`Settings`
    """

    def __init__(
        self,
        world="demo",
        seed=1,
        size=None,
        now=None,
        speed=1.0,
        entities=None,
        **settings,
    ):
        self.lock = RLock()
        self.clock = Clock()
        self._initial = Settings().changed(settings)
        self._stopping = Event()
        self.lwa = None
        self.reset(world, seed, size, now, speed, entities)

    def reset(
        self,
        world: str = "demo",
        seed: int = 1,
        size: int | None = None,
        now: datetime | None = None,
        speed: float = 1.0,
        entities: int | None = None,
    ) -> None:
        """Build a world and forget everything else.

        Permissions that sellers gave on the consent page stay, so that a connected
        client can load another world; revoked ones do not come back.

        :raise ControlError: for an unknown world
        """
        if world not in PROFILES:
            raise ControlError(f"unknown world: {world}; known: {[*PROFILES]}")
        with self.lock:
            self.clock.reset(now, speed)
            now = self.clock.now().replace(microsecond=0)
            self.world = build_world(world, seed, size, now, entities)
            self.orders = OrderStore(self.world)
            self.settings = replace(self._initial)
            self.random = Random(f"simulator/{seed}")
            self.page_key = f"{world}/{seed}/{now}".encode()
            self.sellers = {seller.seller_id: seller for seller in self.world.sellers}
            former, self.lwa = self.lwa, LwaRegistry(self.clock)
            self._register_credentials(now, former)
            self.buckets = Buckets()
            self.reports = ReportDesk(lambda: self.settings)
            self.shipments = ShipmentDesk(self)
            self.buy_shipping = BuyShipping()
            self.fba = FbaStock(self)
            self.outbound = OutboundDesk(self)
            self.inbound = InboundDesk(self)
            self.listings = ListingDesk(self.world)
            self.submissions = Submissions(
                self.listings,
                Random(f"submissions/{seed}"),
                lambda: self.settings.listing_visible_seconds,
                lambda: self.settings.listing_effective_seconds,
                self._learn,
            )
            self.buyers = Buyers(self)
            self.feeds = FeedDesk(self)
            self.registrations = RegistrationDesk(self, seed)
            self.definitions = DefinitionDesk(lambda: self.settings.definition_release)
            self.faults = FaultPlan(self.random)
            self.log = RequestLog()
            self.log.record_bodies = self.settings.record_bodies
            self._arrived = now
            self._batches = 0
            self._bulk: dict[str, int] = {}
            self._pages: dict[tuple, list] = {}

    def configure(self, values: dict) -> None:
        """Change settings.

        :raise ControlError: for an unknown name or a value of another type
        """
        fresh = self.settings.changed(values)
        if fresh.live and not self.settings.live:
            self._arrived = self.clock.now()
        self.settings = fresh
        self.log.record_bodies = fresh.record_bodies
        self.lwa.token_seconds = fresh.token_seconds

    def plan(self, operation) -> tuple[float, float]:
        """Return (tokens per second, capacity) in force for an operation."""
        default = (operation.rate, operation.burst)
        rate, burst = self.settings.plans.get(operation.key, default)
        factor = self.settings.plan_multiplier
        return rate * factor, max(1.0, burst * factor)

    def _register_credentials(self, now: datetime, former) -> None:
        self.lwa.token_seconds = self.settings.token_seconds
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
        for grant in former.grants.values() if former else ():
            if grant.seller_id in self.sellers and not grant.revoked:
                self.lwa.grants.setdefault(grant.refresh_token, grant)

    def catch_up(self) -> None:
        """Let everything happen that the world has planned up to now."""
        self.outbound.settle()
        now = self.clock.now()
        self.registrations.settle(now)
        self._work_off(now)
        if not self.settings.live or now <= self._arrived:
            return
        events = self.world.arrivals(self._arrived, now)
        self._arrived = now
        for event in events:
            if event.action == "new":
                self.orders.add(event.order)
                continue
            entry = self.orders.get(event.order_id)
            if entry is None:
                continue
            try:
                self._change(entry, event.action, event.at, {})
            except ChangeRefused:
                # A test got there first, for example it cancelled the order.
                continue

    def _work_off(self, now: datetime) -> None:
        """Apply waiting patches and ended feeds, in the order of their times."""
        while True:
            queues = [
                (due, queue)
                for queue in (self.submissions, self.feeds)
                if (due := queue.next_due()) is not None and due <= now
            ]
            if not queues:
                return
            due, queue = min(queues, key=lambda pair: pair[0])
            queue.work(due)

    def document(self, document_id: str):
        """Return a document behind a pre-signed address, None when there is none."""
        now = self.clock.now()
        return (
            self.reports.document(document_id, now)
            or self.feeds.document(document_id, now)
            or self.registrations.document(document_id)
            or self.definitions.document(document_id)
        )

    def act(self, entry, action: str, details: dict) -> None:
        """Let something happen to an order at the clock's time.

        :param str action: a word of ``simulator.worlds.changes.ACTIONS``
        :raise ControlError: 409 when the order's state does not allow it
        """
        try:
            self.change(entry, action, details)
        except ChangeRefused as error:
            raise ControlError(str(error), 409) from error

    def change(self, entry, action: str, details: dict) -> None:
        """Change an order at the clock's time, as :meth:`act` does.

        :raise ChangeRefused: when the order's state does not allow it
        """
        self._change(entry, action, self.clock.now(), details)

    def _change(self, entry, action, at, details) -> None:
        truth = self.orders.truth(entry)
        self.orders.change(
            entry, change_order(self.world, truth, action, at, **details)
        )

    def seed_payload(self, seller_id: str, payload: dict):
        """Add or replace an order given as a complete 2026-01-01 payload."""
        try:
            truth = describe_order(self.world, payload, seller_id)
            entry = self.orders.get(truth.order_id)
            if entry is None:
                return self.orders.add(truth)
            self.orders.change(entry, truth)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ControlError(f"not a complete order: {error!r}") from error
        return entry

    def seed_more(self, count: int) -> list:
        """Add `count` orders of the world's own kind, as if placed until now."""
        self._batches += 1
        now = self.clock.now().replace(microsecond=0)
        return [
            self.orders.add(truth)
            for truth in more_orders(self.world, count, now, self._batches)
        ]

    def add_listings(
        self,
        seller,
        count: int,
        marketplace_ids: list[str] | None = None,
        quantity: int | None = None,
        skus: list[str] | None = None,
    ) -> list:
        """Add synthetic merchant-fulfilled listings, BULK-00001 and so on.

        :param skus: other names for them
        :param marketplace_ids: None = the seller's first marketplace
        :param quantity: units of each; None = a number that differs from SKU to SKU
        :raise ControlError: for a marketplace in which the seller does not sell
        """
        wanted = marketplace_ids or seller.marketplace_ids[:1]
        if not set(wanted) <= set(seller.marketplace_ids):
            raise ControlError("the seller does not sell in all of the marketplaces")
        before = self._bulk.get(seller.seller_id, 0)
        self._bulk[seller.seller_id] = before + count
        items = build_bulk(seller, range(before + 1, before + count + 1), wanted)
        if quantity is not None:
            items = [replace(item, quantity=quantity) for item in items]
        if skus:
            items = [
                replace(item, sku=sku) for item, sku in zip(items, skus, strict=True)
            ]
        self.world.learn(items)
        return self.listings.load(items)

    def _learn(self, listing, source) -> None:
        """Put what a seller lists into its own product master."""
        items = (listing.sold_item(id_, source.at) for id_ in source.marketplace_ids)
        self.world.learn([item for item in items if item is not None][:1])

    def set_quantity(self, listing, marketplace_id: str, quantity: int) -> None:
        """Set a quantity as somebody in Seller Central would.

        :raise ControlError: when the merchant does not fulfil the SKU
        """
        scope, now = scope_of(listing.region, marketplace_id), self.clock.now()
        if listing.live.quantity(scope) is None:
            raise ControlError(f"{listing.sku} is not fulfilled by the merchant", 409)
        changed = listing.live.with_quantity(scope, quantity)
        listing.change(replace(changed, updated=now, shown_at=now))
        listing.record(scope, now, "publish", None, by="Seller Central")

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
