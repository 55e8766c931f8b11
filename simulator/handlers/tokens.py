"""Tokens 2021-03-01: restricted data tokens."""

from __future__ import annotations

from ..access import fits, sees_buyer, sees_recipient
from ..errors import ApiError, invalid_input
from ..exchange import Exchange, Reply

MOST = 50
METHODS = ("GET", "PUT", "POST", "DELETE")
_ORDER = "/orders/v0/orders/{orderId}"


def _sees_any(exchange: Exchange) -> bool:
    return sees_recipient(exchange) or sees_buyer(exchange)


# Restricted path → whether the application's roles open it; None where a token names
# data elements instead.
RESTRICTED = {
    ("GET", "/orders/v0/orders"): None,
    ("GET", _ORDER): None,
    ("GET", f"{_ORDER}/orderItems"): None,
    ("GET", f"{_ORDER}/orderItems/buyerInfo"): sees_buyer,
    ("GET", f"{_ORDER}/address"): sees_recipient,
    ("GET", f"{_ORDER}/buyerInfo"): sees_buyer,
    ("GET", f"{_ORDER}/regulatedInfo"): _sees_any,
    ("POST", "/mfn/v0/shipments"): sees_recipient,
    ("GET", "/mfn/v0/shipments/{shipmentId}"): sees_recipient,
    ("DELETE", "/mfn/v0/shipments/{shipmentId}"): sees_recipient,
    ("GET", "/reports/2021-06-30/documents/{reportDocumentId}"): _sees_any,
}
# Data element → whether the application's roles open it.
ELEMENTS = {
    "buyerInfo": sees_buyer,
    "buyerTaxInformation": sees_buyer,
    "shippingAddress": sees_recipient,
}


def create_restricted_data_token(exchange: Exchange) -> Reply:
    """Issue a token for the resources named, and for nothing else."""
    data = exchange.json(_wrong)
    resources = data.get("restrictedResources")
    if not isinstance(resources, list) or not resources:
        raise _wrong("Resource not provided.")
    if len(resources) > MOST:
        raise _wrong(f"More than {MOST} resources.")
    for resource in resources:
        _check(exchange, resource)
    lwa = exchange.simulation.lwa
    token = lwa.issue_restricted(exchange.token, resources)
    return Reply({"restrictedDataToken": token.value, "expiresIn": lwa.token_seconds})


def _check(exchange: Exchange, resource) -> None:
    if not isinstance(resource, dict):
        raise _wrong("Resource not provided.")
    method, path = resource.get("method"), resource.get("path")
    if method not in METHODS or not isinstance(path, str):
        raise _wrong("Resource not provided.")
    openers = [
        opens
        for (verb, pattern), opens in RESTRICTED.items()
        if verb == method and (path == pattern or fits(pattern, path))
    ]
    if not openers:
        raise _wrong(f"{method} {path} is not a restricted operation.")
    opens = openers[0]
    elements = resource.get("dataElements", [])
    if not isinstance(elements, list) or any(each not in ELEMENTS for each in elements):
        raise _wrong("Invalid data elements.")
    if bool(elements) != (opens is None):
        need = "not allowed" if opens else "required"
        raise _wrong(f"Data elements are {need} for {path}.")
    if opens and not opens(exchange):
        raise _refused(
            "Application do not have access to some or all requested resource"
        )
    denied = [each for each in elements if not ELEMENTS[each](exchange)]
    if denied:
        raise _refused(
            "Application does not have access to one or more requested data elements: "
            f"[{', '.join(denied)}]"
        )


def _wrong(details: str) -> ApiError:
    return ApiError(
        400, "InvalidRequest", "Request is missing or has invalid parameters", details
    )


def _refused(message: str) -> ApiError:
    """Return the answer to an application without the role: no 403 here."""
    return invalid_input("", message)
