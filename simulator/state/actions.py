"""The order state machine: what Amazon, the buyer or the seller may do."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import datetime

from ..clock import format_time
from ..errors import ControlError


def touch(truth, payload, options, at):
    """Change nothing but the update time (and what ``patch`` says)."""
    payload.update(options.get("patch", {}))
    return {}


ACTIONS = {"touch": touch}


def apply(truth, action: str, options: dict, at: datetime):
    """Return the truth after `action`, stamped `at`.

    :raise ControlError: for an unknown action or one the state does not allow
    """
    change = ACTIONS.get(action)
    if change is None:
        raise ControlError(f"unknown action: {action}; known: {', '.join(ACTIONS)}")
    payload = copy.deepcopy(truth.payload)
    changes = change(truth, payload, options, at)
    payload["lastUpdatedTime"] = format_time(at)
    return replace(truth, payload=payload, **changes)
