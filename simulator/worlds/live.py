"""Orders that change or appear while the simulator runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from . import changes
from .book import Book
from .model import OrderTruth, Payload, World
from .scenarios import PROFILES
from .truth import describe


def describe_order(world: World, payload: Payload, seller_id: str) -> OrderTruth:
    """Return the truth of an order that somebody posts as a payload.

    :param payload: complete order of the 2026-01-01 model
    """
    record = describe(payload, seller_id, world.known_skus(seller_id))
    return replace(record, payload=payload)


def change_order(
    world: World, order: OrderTruth, action: str, at: datetime, **details: Any
) -> OrderTruth:
    """Return the order after ``action`` at ``at``; the given one stays as it is.

    :param action: one of ``changes.ACTIONS``; ``release`` brings the prices and the
        recipient that a pending order hides
    :param details: keyword arguments of the action's function
    :raise changes.ChangeRefused: when the order's state does not allow it
    """
    if action == "release":
        details.setdefault("completed", order.completed)
    payload = changes.apply(order.payload, action, at, **details)
    changed = describe(
        payload,
        order.seller_id,
        world.known_skus(order.seller_id),
        was_importable=order.expected in ("order", "cancelled"),
        scenario=order.scenario,
    )
    completed = order.completed
    if completed and action == "edit":
        completed = changes.apply(completed, action, at, **details)
    return replace(changed, payload=payload, completed=completed)


def more_orders(world: World, count: int, at: datetime, batch: int) -> list[OrderTruth]:
    """Return ``count`` further orders of the same shops, as if built at ``at``.

    :param batch: a number not used before, so that the orders are new ones
    """
    book = Book(
        world.name,
        f"{world.seed}+{batch}",
        count,
        at,
        PROFILES[world.name],
        world.sellers,
        world.catalog,
    )
    return list(book)
