"""``/_sim/``: what tests and the demo may see and do behind Amazon's back."""

from __future__ import annotations

from datetime import timedelta

from ..clock import format_time, parse_time
from ..errors import ControlError
from ..exchange import Exchange, Reply
from ..state.faults import KINDS
from ..state.lwa import GRACE_DAYS, SECRET_DAYS, Application


def index(exchange: Exchange) -> Reply:
    """Say what this is and how much there is."""
    simulation = exchange.simulation
    simulation.catch_up()
    world = simulation.world
    return Reply(
        {
            "world": world.name,
            "seed": world.seed,
            "size": world.size,
            "orders": len(simulation.orders),
            "now": format_time(simulation.clock.now()),
            "speed": simulation.clock.speed,
            "fault_kinds": KINDS,
        }
    )


def reset(exchange: Exchange) -> Reply:
    """Build a world anew: ``{world, seed, size, now, speed, entities}``, optional."""
    names = {"world", "seed", "size", "now", "speed", "entities"}
    data = read_json(exchange, names)
    world = exchange.simulation.world
    now = data.get("now")
    exchange.simulation.reset(
        data.get("world", world.name),
        data.get("seed", world.seed),
        data.get("size", world.size if "world" not in data else None),
        parse_time(now) if now else None,
        data.get("speed", 1.0),
        data.get("entities"),
    )
    return index(exchange)


def seed(exchange: Exchange) -> Reply:
    """Add orders.

    ``{count}`` adds orders of the world's own kind; ``{seller_id, orders}`` adds (or
    replaces) complete 2026-01-01 payloads as they are.
    """
    data = read_json(exchange, {"count", "orders", "seller_id"})
    simulation = exchange.simulation
    added = simulation.seed_more(int(data.get("count", 0)))
    if "orders" in data:
        if data.get("seller_id") not in simulation.sellers:
            raise ControlError("seller_id must name a seller of the world")
        added += [
            simulation.seed_payload(data["seller_id"], payload)
            for payload in data["orders"]
        ]
    return Reply({"order_ids": [entry.order_id for entry in added]})


def clock(exchange: Exchange) -> Reply:
    """Read or move the clock: ``{now | advance: seconds, speed}``."""
    simulation = exchange.simulation
    if exchange.request.method == "POST":
        data = read_json(exchange, {"now", "advance", "speed"})
        try:
            if "now" in data:
                simulation.clock.move_to(parse_time(data["now"]))
            if "advance" in data:
                simulation.clock.advance(float(data["advance"]))
            if "speed" in data:
                simulation.clock.set_speed(float(data["speed"]))
        except (TypeError, ValueError) as error:
            raise ControlError(str(error)) from error
    now = simulation.clock.now()
    return Reply({"now": format_time(now), "speed": simulation.clock.speed})


def faults(exchange: Exchange, fault_id: int | None = None) -> Reply:
    """List rules; add one or a list of them; delete one or all."""
    plan = exchange.simulation.faults
    method = exchange.request.method
    if method == "DELETE":
        return Reply({"deleted": plan.remove(fault_id)})
    if method == "POST":
        data = exchange.request.get_json(silent=True)
        rules = data if isinstance(data, list) else [data]
        if not all(isinstance(rule, dict) for rule in rules):
            raise ControlError("a fault is an object with a kind")
        return Reply({"faults": [plan.add(rule).record() for rule in rules]})
    return Reply({"faults": plan.records(), "kinds": KINDS})


def requests(exchange: Exchange) -> Reply:
    """List the log (``operation, path, seller_id, status, since, limit, bodies``).

    DELETE empties the log; the setting ``record_bodies`` makes it keep bodies.
    """
    log = exchange.simulation.log
    if exchange.request.method == "DELETE":
        log.clear()
    args = exchange.request.args
    since, limit = args.get("since", 0, int), args.get("limit", 0, int)
    entries = [entry for entry in log if entry.number > since and _shown(entry, args)]
    bodies = args.get("bodies") in ("1", "true")
    if limit:
        entries = entries[-limit:]
    records = [entry.record(bodies) for entry in entries]
    return Reply({"count": len(records), "requests": records})


def _shown(entry, args) -> bool:
    operation = args.get("operation")
    if operation is not None:
        key = entry.operation or ""
        if operation not in (key, key.split(".")[-1]):
            return False
    if not entry.path.startswith(args.get("path", "")):
        return False
    for name in ("seller_id", "method"):
        if args.get(name) not in (None, getattr(entry, name)):
            return False
    return args.get("status", type=int) in (None, entry.status)


def orders(exchange: Exchange) -> Reply:
    """Return the truth of the orders, those of the world first.

    ``seller_id, status, expected`` filter, ``offset, limit`` cut, ``payloads=1``
    adds the complete 2026-01-01 orders.
    """
    simulation, args = exchange.simulation, exchange.request.args
    with simulation.lock:
        simulation.catch_up()
        entries = [
            entry
            for entry in simulation.orders.entries()
            if args.get("seller_id") in (None, entry.seller_id)
            and args.get("status") in (None, entry.status)
        ]
    offset, limit = args.get("offset", 0, int), args.get("limit", None, int)
    cut = slice(offset, None if limit is None else offset + limit)
    count = len(entries)
    if "expected" in args:
        records = [
            truth
            for truth in _truths(simulation, entries)
            if truth.expected == args["expected"]
        ]
        count, records = len(records), records[cut]
    else:
        records = _truths(simulation, entries[cut])
    with_payload = args.get("payloads") in ("1", "true")
    return Reply(
        {"count": count, "orders": [_truth(each, with_payload) for each in records]}
    )


def _truths(simulation, entries: list):
    """Yield truths, letting other requests in between."""
    for entry in entries:
        with simulation.lock:
            truth = simulation.orders.truth(entry)
        yield truth


def order(exchange: Exchange, order_id: str) -> Reply:
    """Return one order with its payload; POST ``{action, …}`` changes it first.

    ``release`` · ``ship`` (quantities: {order item id: units}, package) · ``cancel``
    (by, reason) · ``request_cancel`` (reason) · ``edit`` (note) · ``touch`` ·
    ``confirm`` (package) · ``withdraw`` (reference) · ``enroll`` (program) ·
    ``track`` (reference, status, detailed_status)
    """
    simulation = exchange.simulation
    simulation.catch_up()
    entry = simulation.orders.get(order_id)
    if entry is None:
        raise ControlError(f"no order {order_id}", 404)
    if exchange.request.method == "POST":
        data = read_json(exchange)
        simulation.act(entry, data.pop("action", None), data)
    return Reply(_truth(simulation.orders.truth(entry), True))


def _truth(truth, with_payload: bool) -> dict:
    record = truth.record()
    if with_payload:
        record["payload"] = truth.payload
    return record


def credentials(exchange: Exchange) -> Reply:
    """Return the credentials of every seller, and of the applications."""
    simulation = exchange.simulation
    simulation.registrations.settle(simulation.clock.now())
    lwa = simulation.lwa
    sellers = []
    for seller in simulation.sellers.values():
        grants = lwa.grants_of(seller.seller_id)
        application = lwa.find_application(seller.application_id)
        sellers.append(
            {
                "seller_id": seller.seller_id,
                "region": seller.region,
                "store_name": seller.store_name,
                "company_name": seller.company_name,
                "marketplace_ids": list(seller.marketplace_ids),
                "vat_numbers": dict(seller.vat_numbers),
                "ship_from": dict(seller.ship_from),
                "legal_entity": dict(seller.legal_entity),
                "application_id": application.application_id,
                "client_id": application.client_id,
                "client_secret": application.current_secret,
                "refresh_token": seller.refresh_token,
                "revoked": all(grant.revoked for grant in grants),
            }
        )
    return Reply(
        {
            "sellers": sellers,
            "applications": [_application(app) for app in lwa.applications.values()],
        }
    )


def _application(application: Application) -> dict:
    return {
        "application_id": application.application_id,
        "client_id": application.client_id,
        "client_secret": application.current_secret,
        "secret_expires_at": format_time(
            application.secrets[application.current_secret]
        ),
        "name": application.name,
        "redirect_uris": list(application.redirect_uris),
        "roles": sorted(application.roles),
        "is_draft": application.is_draft,
    }


def applications(exchange: Exchange) -> Reply:
    """Edit or add an application, as in the developer console.

    ``{application_id | client_id, name, redirect_uris, roles, is_draft}``; with a new
    application_id also ``client_id`` and ``client_secret``.
    """
    fields = {"name", "redirect_uris", "roles", "is_draft"}
    data = read_json(
        exchange, fields | {"application_id", "client_id", "client_secret"}
    )
    lwa = exchange.simulation.lwa
    application = lwa.find_application(
        data.get("application_id") or data.get("client_id")
    )
    if application is None:
        try:
            life = timedelta(days=SECRET_DAYS)
            application = Application(
                data["application_id"],
                data["client_id"],
                {data["client_secret"]: exchange.simulation.clock.now() + life},
            )
        except KeyError as error:
            raise ControlError(f"a new application needs {error}") from error
        lwa.register(application)
    for name in fields & data.keys():
        kind = {"redirect_uris": tuple, "roles": frozenset}.get(name, type(data[name]))
        setattr(application, name, kind(data[name]))
    return Reply(_application(application))


def catalog(exchange: Exchange) -> Reply:
    """Return the seller's own product master (``seller_id``)."""
    seller_id = exchange.request.args.get("seller_id")
    world = exchange.simulation.world
    items = [
        {
            "seller_id": item.seller_id,
            "sku": item.sku,
            "asin": item.asin,
            "barcode": item.barcode,
            "title": item.title,
            "price": item.price,
            "currency": item.currency,
            "weight": item.weight,
            "tracking": item.tracking,
            "fulfillment_channel": item.fulfillment_channel,
            "known": item.known,
            "product_type": item.product_type,
            "brand": item.brand,
            "quantity": item.quantity,
        }
        for item in (*world.catalog, *world.added)
        if seller_id in (None, item.seller_id)
    ]
    return Reply({"count": len(items), "items": items})


def lwa(exchange: Exchange) -> Reply:
    """Let something happen to grants, tokens and secrets.

    ``{action: revoke, seller_id}`` · ``{action: expire_tokens, seller_id?}`` ·
    ``{action: rotate_secret, client_id, grace_seconds?}`` (7 days) ·
    ``{action: expire_secret, client_id}``
    """
    data = read_json(exchange, {"action", "seller_id", "client_id", "grace_seconds"})
    registry = exchange.simulation.lwa
    action = data.get("action")
    if action == "revoke":
        return Reply({"revoked": registry.revoke(data.get("seller_id"))})
    if action == "expire_tokens":
        return Reply({"expired": registry.expire_tokens(data.get("seller_id"))})
    application = registry.find_application(data.get("client_id"))
    if application is None:
        raise ControlError("client_id must name an application")
    if action == "rotate_secret":
        grace = data.get("grace_seconds", GRACE_DAYS * 86_400)
        secret = registry.rotate_secret(application, float(grace))
        return Reply({"client_secret": secret})
    if action == "expire_secret":
        registry.expire_secrets(application)
        return Reply({"expired": len(application.secrets)})
    raise ControlError(f"unknown action: {action}")


def settings(exchange: Exchange) -> Reply:
    """Read or change the settings; see :class:`simulator.state.settings.Settings`."""
    simulation = exchange.simulation
    if exchange.request.method == "POST":
        simulation.configure(read_json(exchange))
    levels = simulation.buckets.levels()
    return Reply({**simulation.settings.record(), "bucket_levels": levels})


def read_json(exchange: Exchange, allowed: set[str] | None = None) -> dict:
    """Return the JSON object of a request to ``/_sim/``.

    :param allowed: the fields it may have; None = any
    :raise ControlError: for another body or field
    """
    data = exchange.request.get_json(force=True, silent=True)
    if data is None and not exchange.request.get_data():
        data = {}
    if not isinstance(data, dict):
        raise ControlError("the body must be a JSON object")
    unknown = set(data) - allowed if allowed is not None else set()
    if unknown:
        raise ControlError(f"unknown fields: {', '.join(sorted(unknown))}")
    return data
