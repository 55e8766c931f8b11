"""What each fault does to a request or to its answer."""

from __future__ import annotations

import json

from . import errors
from .errors import ApiError, LwaError
from .exchange import Exchange, Reply
from .handlers.orders import project

HTML_PAGE = """<!DOCTYPE html>
<html><head><title>{status} Error</title></head>
<body><center><h1>{status} Error</h1></center><hr><center>Server</center></body></html>
"""


class Dropped(Exception):
    """The connection is to be dropped, before any answer or amid the body."""

    def __init__(self, reply: Reply | None = None):
        super().__init__("connection dropped")
        self.reply = reply


class Intercepted(Exception):
    """Somebody before Amazon answers in its place."""

    def __init__(self, reply: Reply):
        super().__init__("request intercepted")
        self.reply = reply


def before(exchange: Exchange, fault) -> None:
    """Let a fault strike before the request is served.

    :raise ApiError: for faults that are an error envelope
    :raise LwaError: for ``lwa_error``
    :raise Dropped: for ``timeout`` and ``cut``
    :raise Intercepted: for ``intercepted``
    """
    effect = _BEFORE.get(fault.kind)
    if effect is not None:
        effect(exchange, fault)


def after(exchange: Exchange, fault, reply: Reply) -> Reply:
    """Let a fault spoil the answer of a served request.

    :raise Dropped: for ``lost`` and ``cut_body``
    """
    effect = _AFTER.get(fault.kind)
    if effect is None:
        return reply
    return effect(exchange, fault, reply)


def _raise(build):
    def effect(exchange, fault):
        raise build()

    return effect


def _bad_request(exchange, fault):
    raise errors.invalid_input(fault.details or "Invalid Input")


def _expired_token(exchange, fault):
    if exchange.token is not None:
        exchange.simulation.lwa.expire_token(exchange.token.value)
    raise errors.unauthorized(errors.TOKEN_EXPIRED)


def _error(exchange, fault):
    raise ApiError(
        fault.status or 500,
        fault.code or "InternalFailure",
        fault.message or "An error ordered by a test.",
        fault.details,
    )


def _lwa_error(exchange, fault):
    raise LwaError(
        fault.status or 400,
        fault.code or "invalid_grant",
        fault.message or "The request has an invalid grant parameter : refresh_token",
    )


def _wait(exchange, fault):
    exchange.simulation.pause(1.0 if fault.seconds is None else fault.seconds)


def _timeout(exchange, fault):
    exchange.simulation.pause(65.0 if fault.seconds is None else fault.seconds)
    raise Dropped()


def _cut(exchange, fault):
    raise Dropped()


def _intercepted(exchange, fault):
    raise Intercepted(_page(fault.status or 200))


_BEFORE = {
    "throttle": _raise(errors.quota_exceeded),
    "server_error": _raise(errors.internal_failure),
    "unavailable": _raise(errors.service_unavailable),
    "access_denied": _raise(errors.unauthorized),
    "secret_expired": _raise(lambda: errors.unauthorized(errors.SECRET_EXPIRED)),
    "bad_request": _bad_request,
    "expired_token": _expired_token,
    "error": _error,
    "lwa_error": _lwa_error,
    "slow": _wait,
    "timeout": _timeout,
    "cut": _cut,
    "intercepted": _intercepted,
}


def _lost(exchange, fault, reply):
    exchange.simulation.pause(fault.seconds or 0.0)
    raise Dropped()


def _cut_body(exchange, fault, reply):
    raise Dropped(reply)


def _bad_json(exchange, fault, reply):
    data = reply.data()
    reply.body = data[: max(1, len(data) * 2 // 3)]
    return reply


def _wrong_shape(exchange, fault, reply):
    reply.body = {"message": "OK", "result": [1, 2, 3]}
    return reply


def _empty(exchange, fault, reply):
    reply.body = b""
    return reply


def _html(exchange, fault, reply):
    return _page(fault.status or 503)


def _page(status: int) -> Reply:
    return Reply(HTML_PAGE.format(status=status), status, content_type="text/html")


def _repeated_page(exchange, fault, reply):
    previous = exchange.simulation.last_page(exchange)
    if previous is not None:
        reply.body = previous
    return reply


def _no_items(exchange, fault, reply):
    if isinstance(reply.body, dict) and "items" in reply.body:
        reply.body = {"numberOfResults": 0, "items": []}
    return reply


def _with_orders(reply: Reply, change) -> Reply:
    """Return the reply with `change` applied to its list of orders, if it has one."""
    body = reply.body
    if isinstance(body, dict) and isinstance(body.get("orders"), list):
        reply.body = {**body, "orders": change(body["orders"])}
    elif isinstance(body, dict) and "Orders" in body.get("payload", ()):
        payload = body["payload"]
        changed = {**payload, "Orders": change(payload["Orders"])}
        reply.body = {**body, "payload": changed}
    return reply


def _reordered_page(exchange, fault, reply):
    return _with_orders(reply, lambda orders: orders[::-1])


def _stale_orders(exchange, fault, reply):
    store = exchange.simulation.orders
    included = exchange.query(errors.invalid_input).list("includedData")

    def earlier(order: dict) -> dict:
        entry = store.get(order.get("orderId"))
        if entry is None or entry.previous is None:
            return order
        return project(exchange, entry.previous, included)

    return _with_orders(reply, lambda orders: [earlier(each) for each in orders])


def _no_rate_header(exchange, fault, reply):
    reply.headers.pop("x-amzn-RateLimit-Limit", None)
    return reply


def _wrong_rate(exchange, fault, reply):
    if "x-amzn-RateLimit-Limit" in reply.headers:
        reply.headers["x-amzn-RateLimit-Limit"] = f"{fault.rate or 0.001:g}"
    return reply


def _unknown_keys(exchange, fault, reply):
    reply.body = _with_unknown_keys(json.loads(reply.data()))
    return reply


def _with_unknown_keys(value):
    if isinstance(value, list):
        return [_with_unknown_keys(entry) for entry in value]
    if isinstance(value, dict):
        known = {key: _with_unknown_keys(entry) for key, entry in value.items()}
        return {**known, "xFutureField": {"kind": "NEW", "values": [1, None]}}
    return value


_AFTER = {
    "lost": _lost,
    "cut_body": _cut_body,
    "bad_json": _bad_json,
    "wrong_shape": _wrong_shape,
    "empty": _empty,
    "html": _html,
    "repeated_page": _repeated_page,
    "reordered_page": _reordered_page,
    "no_items": _no_items,
    "stale_orders": _stale_orders,
    "no_rate_header": _no_rate_header,
    "wrong_rate": _wrong_rate,
    "unknown_keys": _unknown_keys,
}

# These touch headers that are set after the answer is made.
HEADER_KINDS = frozenset({"no_rate_header", "wrong_rate"})
