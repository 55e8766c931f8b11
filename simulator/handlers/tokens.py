"""Tokens 2021-03-01: restricted data tokens."""

from __future__ import annotations

from ..access import fits, sees_buyer, sees_recipient
from ..errors import ApiError, unauthorized
from ..exchange import Exchange, Reply

MOST = 50
METHODS = ("GET", "PUT", "POST", "DELETE")
_ORDER = "/orders/v0/orders/{orderId}"
# Restricted paths, and whether a token for them names data elements.
RESTRICTED = {
    ("GET", "/orders/v0/orders"): True,
    ("GET", _ORDER): True,
    ("GET", f"{_ORDER}/orderItems"): True,
    ("GET", f"{_ORDER}/orderItems/buyerInfo"): False,
    ("GET", f"{_ORDER}/address"): False,
    ("GET", f"{_ORDER}/buyerInfo"): False,
    ("GET", f"{_ORDER}/regulatedInfo"): False,
    ("POST", "/mfn/v0/shipments"): False,
    ("GET", "/mfn/v0/shipments/{shipmentId}"): False,
    ("DELETE", "/mfn/v0/shipments/{shipmentId}"): False,
    ("GET", "/reports/2021-06-30/documents/{reportDocumentId}"): False,
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
    named = [
        with_elements
        for (verb, pattern), with_elements in RESTRICTED.items()
        if verb == method and (path == pattern or fits(pattern, path))
    ]
    if not named:
        raise _wrong(f"{method} {path} is not a restricted operation.")
    elements = resource.get("dataElements", [])
    if not isinstance(elements, list) or any(each not in ELEMENTS for each in elements):
        raise _wrong("Invalid data elements.")
    if bool(elements) != named[0]:
        need = "required" if named[0] else "not allowed"
        raise _wrong(f"Data elements are {need} for {path}.")
    denied = [each for each in elements if not ELEMENTS[each](exchange)]
    if denied:
        raise unauthorized(
            "Application does not have access to one or more requested data elements: "
            f"[{', '.join(denied)}]"
        )


def _wrong(details: str) -> ApiError:
    return ApiError(
        400, "InvalidRequest", "Request is missing or has invalid parameters", details
    )
