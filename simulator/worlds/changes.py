"""What can happen to an order: payload in, changed copy out.

The functions are the transitions of Amazon's state machine for one order. They take
the payload as it is now, so that they also work on orders a test has touched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import datetime
from typing import Any

from .model import Payload
from .render_parts import stamp

OPEN = ("UNSHIPPED", "PARTIALLY_SHIPPED")
WAITING = ("PENDING", "PENDING_AVAILABILITY")
PACKAGE_STATES = (
    "PENDING",
    "IN_TRANSIT",
    "SHIPPED",
    "DELIVERED",
    "CANCELLED",
    "UNDELIVERABLE",
)
ITEM_PROGRAMS = ("TRANSPARENCY", "SUBSCRIBE_AND_SAVE")


class ChangeRefused(ValueError):
    """The order's state does not allow the change."""


def release(payload: Payload, completed: Payload | None = None) -> Payload:
    """Authorise the payment: PENDING becomes UNSHIPPED.

    :param completed: the order with prices and recipient (``World.completed``);
        None keeps what the order has
    :raise ChangeRefused: unless the order is pending
    """
    _require(payload, WAITING, "release")
    changed = deepcopy(completed or payload)
    changed["fulfillment"]["fulfillmentStatus"] = "UNSHIPPED"
    return changed


def ship(
    payload: Payload,
    at: datetime,
    quantities: Mapping[str, int] | None = None,
    package: Mapping[str, Any] | None = None,
) -> Payload:
    """Ship units: the order becomes SHIPPED, or PARTIALLY_SHIPPED.

    :param quantities: units by order item id; None ships everything that is open
    :param package: carrier, shippingService, trackingNumber, packageReferenceId
    :raise ChangeRefused: in another state, or for more units than are open
    """
    _require(payload, OPEN, "ship")
    changed = deepcopy(payload)
    shipped: list[dict[str, Any]] = []
    for item in changed["orderItems"]:
        part = item["fulfillment"]
        open_units = part["quantityUnfulfilled"]
        wanted = open_units
        if quantities is not None:
            wanted = quantities.get(item["orderItemId"], 0)
        if not 0 <= wanted <= open_units:
            raise ChangeRefused(f"{wanted} of {open_units} open units")
        part["quantityFulfilled"] += wanted
        part["quantityUnfulfilled"] -= wanted
        if wanted:
            shipped.append({"orderItemId": item["orderItemId"], "quantity": wanted})
    fulfillment = changed["fulfillment"]
    left = sum(i["fulfillment"]["quantityUnfulfilled"] for i in changed["orderItems"])
    fulfillment["fulfillmentStatus"] = "PARTIALLY_SHIPPED" if left else "SHIPPED"
    if fulfillment.get("fulfilledBy") == "MERCHANT" and shipped:
        packages = changed.setdefault("packages", [])
        packages.append(
            {
                "packageReferenceId": str(len(packages) + 1),
                "createdTime": stamp(at),
                "packageStatus": {"status": "SHIPPED"},
                "shipTime": stamp(at),
                "packageItems": shipped,
            }
            | dict(package or {})
        )
    return changed


def confirm(payload: Payload, package: Mapping[str, Any]) -> Payload:
    """Record a parcel the seller sent; one of the same reference is replaced.

    :param package: complete package of the 2026-01-01 model, with packageItems
    :raise ChangeRefused: in another state, or for more units than are open
    """
    changed = withdraw(payload, package["packageReferenceId"])
    parts = {i["orderItemId"]: i["fulfillment"] for i in changed["orderItems"]}
    for line in package["packageItems"]:
        part = parts.get(line["orderItemId"])
        if part is None or not 0 < line["quantity"] <= part["quantityUnfulfilled"]:
            raise ChangeRefused(f"not open: {line}")
        part["quantityFulfilled"] += line["quantity"]
        part["quantityUnfulfilled"] -= line["quantity"]
    changed.setdefault("packages", []).append(dict(package))
    changed["packages"].sort(key=lambda each: each.get("createdTime", ""))
    _restate(changed)
    return changed


def withdraw(payload: Payload, reference: str) -> Payload:
    """Take back a parcel, if there is one of this reference: its units are open.

    :raise ChangeRefused: when the seller does not ship, or not yet, or not any more
    """
    _require(payload, (*OPEN, "SHIPPED"), "confirm")
    if payload["fulfillment"].get("fulfilledBy") != "MERCHANT":
        raise ChangeRefused("the order is shipped by Amazon")
    changed = deepcopy(payload)
    parts = {i["orderItemId"]: i["fulfillment"] for i in changed["orderItems"]}
    kept = []
    for package in changed.pop("packages", ()):
        if package["packageReferenceId"] != reference:
            kept.append(package)
            continue
        for line in package.get("packageItems", ()):
            parts[line["orderItemId"]]["quantityFulfilled"] -= line["quantity"]
            parts[line["orderItemId"]]["quantityUnfulfilled"] += line["quantity"]
    if kept:
        changed["packages"] = kept
    _restate(changed)
    return changed


def _restate(payload: Payload) -> None:
    """Derive the status of a confirmed order from its units."""
    parts = [item["fulfillment"] for item in payload["orderItems"]]
    status = "UNSHIPPED"
    if any(part["quantityFulfilled"] for part in parts):
        status = "PARTIALLY_SHIPPED"
        if not any(part["quantityUnfulfilled"] for part in parts):
            status = "SHIPPED"
    payload["fulfillment"]["fulfillmentStatus"] = status


def track(
    payload: Payload, reference: str, status: str, detailed_status: str = ""
) -> Payload:
    """Let the carrier move a parcel on.

    :param status: a word of PackageStatus, for example IN_TRANSIT or DELIVERED
    :param detailed_status: for example OUT_FOR_DELIVERY
    :raise ChangeRefused: when there is no such parcel or no such word
    """
    if status not in PACKAGE_STATES:
        raise ChangeRefused(f"states of a package: {', '.join(PACKAGE_STATES)}")
    changed = deepcopy(payload)
    for package in changed.get("packages", ()):
        if package["packageReferenceId"] == reference:
            package["packageStatus"] = {"status": status}
            if detailed_status:
                package["packageStatus"]["detailedStatus"] = detailed_status
            return changed
    raise ChangeRefused(f"no package {reference}")


def name(payload: Payload, alias: str) -> Payload:
    """Note the seller's own id of the order."""
    changed = deepcopy(payload)
    kept = [
        each
        for each in changed.get("orderAliases", ())
        if each["aliasType"] != "SELLER_ORDER_ID"
    ]
    own = {"aliasId": alias, "aliasType": "SELLER_ORDER_ID"}
    changed["orderAliases"] = [*kept, own]
    return changed


def enroll(payload: Payload, program: str) -> Payload:
    """Put the order into a program, for TRANSPARENCY all its items.

    :param program: for example FBM_SHIP_PLUS, TRANSPARENCY
    """
    changed = deepcopy(payload)
    of_items = program in ITEM_PROGRAMS
    for owner in changed["orderItems"] if of_items else [changed]:
        programs = owner.setdefault("programs", [])
        if program not in programs:
            programs.append(program)
    return changed


def cancel(payload: Payload, by: str = "MERCHANT", reason: str = "") -> Payload:
    """Cancel the whole order.

    :param by: BUYER, MERCHANT or AMAZON
    :raise ChangeRefused: once something was shipped
    """
    _require(payload, (*WAITING, "UNSHIPPED"), "cancel")
    changed = deepcopy(payload)
    changed["fulfillment"]["fulfillmentStatus"] = "CANCELLED"
    for item in changed["orderItems"]:
        item["fulfillment"]["quantityUnfulfilled"] = 0
        item.setdefault("cancellation", {})["cancellationExecution"] = {
            "cancelledBy": by,
            "cancelReason": reason or "Order cancelled",
        }
    return changed


def request_cancel(payload: Payload, reason: str = "") -> Payload:
    """Record that the buyer asks to cancel; the state stays as it is.

    :raise ChangeRefused: unless the order waits for its shipment
    """
    _require(payload, ("UNSHIPPED",), "request_cancel")
    changed = deepcopy(payload)
    for item in changed["orderItems"]:
        item.setdefault("cancellation", {})["cancellationRequest"] = {
            "requester": "BUYER",
            "cancelReason": reason or "Changed mind about purchase",
        }
    return changed


def edit(payload: Payload, note: str = "") -> Payload:
    """Correct the delivery address: the buyer adds a line to it.

    :raise ChangeRefused: once something was shipped
    """
    _require(payload, (*WAITING, "UNSHIPPED"), "edit")
    changed = deepcopy(payload)
    address = changed.get("recipient", {}).get("deliveryAddress")
    if address is not None:
        address["addressLine3"] = note or "Leave with the neighbour at no. 4"
    return changed


def touch(payload: Payload) -> Payload:
    """Change nothing but the time of the last update."""
    return deepcopy(payload)


ACTIONS: dict[str, Callable[..., Payload]] = {
    "release": release,
    "ship": ship,
    "confirm": confirm,
    "withdraw": withdraw,
    "track": track,
    "name": name,
    "enroll": enroll,
    "cancel": cancel,
    "request_cancel": request_cancel,
    "edit": edit,
    "touch": touch,
}


def apply(payload: Payload, action: str, at: datetime, **details: Any) -> Payload:
    """Return the order after ``action``, its lastUpdatedTime set to ``at``.

    :param details: the keyword arguments of the action's function
    :raise ChangeRefused: when the state does not allow it, or for unknown actions
    """
    if action not in ACTIONS:
        raise ChangeRefused(f"unknown action {action!r}")
    if action == "ship":
        details["at"] = at
    try:
        changed = ACTIONS[action](payload, **details)
    except TypeError as error:
        raise ChangeRefused(f"{action}: {error}") from error
    changed["lastUpdatedTime"] = stamp(at)
    return changed


def status_of(payload: Payload) -> str:
    """Return the order's fulfillmentStatus."""
    return str(payload["fulfillment"]["fulfillmentStatus"])


def _require(payload: Payload, states: tuple[str, ...], action: str) -> None:
    status = status_of(payload)
    if status not in states:
        raise ChangeRefused(f"{action} is not possible in state {status}")
