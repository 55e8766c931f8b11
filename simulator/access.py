"""Who may call what: access tokens, roles, regions, restricted data tokens."""

from __future__ import annotations

import re
from urllib.parse import unquote

from .errors import TOKEN_INVALID, TOKEN_MISSING, invalid_input, unauthorized
from .exchange import Exchange

SHIPPING_PII = "Direct-to-Consumer Shipping (Restricted)"
TAX_PII = ("Tax Invoicing (Restricted)", "Tax Remittance (Restricted)")
LONGEST_AGENT = 500


def identify(exchange: Exchange) -> None:
    """Find the application and seller behind the access token.

    :raise ApiError: 400 for the user agent, 403 for the token
    """
    agent = exchange.request.headers.get("User-Agent", "")
    if not agent.strip() or len(agent) > LONGEST_AGENT:
        raise invalid_input("The User-Agent header is missing or too long.")
    value = exchange.request.headers.get("x-amz-access-token", "")
    if not value:
        raise unauthorized(TOKEN_MISSING)
    token = exchange.simulation.lwa.judge(value)
    exchange.token = token
    exchange.application = exchange.simulation.lwa.applications[token.client_id]
    if token.seller_id is not None:
        exchange.seller = exchange.simulation.sellers[token.seller_id]


def authorise(exchange: Exchange) -> None:
    """Check that the caller may call the operation.

    :raise ApiError: 403, without details where Amazon gives none
    """
    operation, token = exchange.operation, exchange.token
    if token.scope is not None:
        if operation.scope != token.scope:
            raise unauthorized()
        return
    if operation.scope is not None or exchange.seller is None:
        raise unauthorized()
    if exchange.region not in (None, exchange.seller.region):
        raise unauthorized()
    if token.restricted:
        if find_resource(exchange) is None:
            raise unauthorized(TOKEN_INVALID)
    elif operation.restricted == "required":
        raise unauthorized()
    if operation.roles and not exchange.application.roles.intersection(operation.roles):
        raise unauthorized()


def find_resource(exchange: Exchange) -> dict | None:
    """Return the resource of a restricted token that fits method and path."""
    for resource in exchange.token.resources:
        if resource["method"] != exchange.request.method:
            continue
        if fits(resource["path"], exchange.path):
            return resource
    return None


def fits(pattern: str, path: str) -> bool:
    """Tell whether a path is the specific or generic `pattern` of a resource.

    >>> fits("/orders/v0/orders/{orderId}", "/orders/v0/orders/902-1-2")
    True
    """
    parts = re.split(r"\{[^/{}]+\}", unquote(pattern.partition("?")[0]))
    return bool(re.fullmatch("[^/]+".join(map(re.escape, parts)), path))


def data_elements(exchange: Exchange) -> frozenset[str]:
    """Return the PII this call may see (v0: only through a restricted token)."""
    if exchange.token is None or not exchange.token.restricted:
        return frozenset()
    resource = find_resource(exchange) or {}
    return frozenset(resource.get("dataElements") or ())


def sees_recipient(exchange: Exchange) -> bool:
    """Whether the application's roles open names and addresses."""
    return SHIPPING_PII in exchange.application.roles


def sees_buyer(exchange: Exchange) -> bool:
    """Whether the application's roles open who bought, and their tax numbers."""
    return bool(exchange.application.roles.intersection(TAX_PII))
