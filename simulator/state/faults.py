"""Faults on demand: which request is to suffer what."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from random import Random
from typing import Any

from ..errors import ControlError

KINDS = {
    "throttle": "429 QuotaExceeded although the bucket has tokens",
    "server_error": "500 InternalFailure",
    "unavailable": "503 ServiceUnavailable",
    "bad_request": "400 InvalidInput for a request that is fine",
    "access_denied": "403 without details: a role is missing",
    "expired_token": "the presented access token ages out now: 403",
    "secret_expired": "403: the LWA secret is past its date",
    "error": "an error envelope with `status`, `code`, `message`, `details`",
    "lwa_error": "the token endpoint answers `status` with `code`, `message`",
    "timeout": "no answer for `seconds` (default 65), then the connection drops",
    "slow": "the right answer after `seconds` (default 1)",
    "cut": "the connection drops before any answer",
    "lost": "the request takes effect, then the connection drops after `seconds`",
    "cut_body": "the connection drops in the middle of the body",
    "bad_json": "200 with JSON that breaks off",
    "wrong_shape": "200 with JSON of another shape",
    "empty": "200 with an empty body",
    "html": "an HTML error page with `status` (default 503)",
    "intercepted": "an HTML page with `status` (default 200) of a proxy: Amazon never "
    "gets the request",
    "repeated_page": "the previous answer to this operation once more",
    "reordered_page": "the orders of the page in reverse",
    "no_items": "the listings of the page are left out, and those after it",
    "stale_orders": "changed orders as they were before their last change",
    "unknown_keys": "keys that no model knows, on every level of the answer",
    "no_rate_header": "the answer without x-amzn-RateLimit-Limit",
    "wrong_rate": "x-amzn-RateLimit-Limit says `rate`; the bucket does not change",
}


@dataclass
class Fault:
    """One rule. Unset conditions match every request.

    :ivar operation: ``orders.searchOrders`` or ``searchOrders``
    :ivar path: beginning of the path, for example ``/auth/o2/token``
    :ivar query: parameters that must contain these values
    :ivar times: how many requests suffer; None = until the rule is deleted
    :ivar after: how many matching requests pass before the first suffers
    :ivar probability: share of the matching requests that suffer (seeded)
    """

    kind: str
    operation: str | None = None
    path: str | None = None
    seller_id: str | None = None
    region: str | None = None
    query: dict[str, str] = field(default_factory=dict)
    times: int | None = None
    after: int = 0
    probability: float = 1.0
    status: int | None = None
    code: str | None = None
    message: str | None = None
    details: str | None = None
    seconds: float | None = None
    rate: float | None = None
    id: int = 0
    seen: int = 0
    hits: int = 0

    def record(self) -> dict[str, Any]:
        """Return the rule and its counters, ready for JSON."""
        return {k: v for k, v in asdict(self).items() if v not in (None, {})}

    def matches(self, exchange) -> bool:
        """Tell whether the conditions fit a request."""
        key = exchange.operation.key if exchange.operation else None
        seller = exchange.seller
        conditions = (
            (self.operation, key and (key, key.split(".")[-1])),
            (self.seller_id, seller and (seller.seller_id,)),
            (self.region, (seller.region if seller else exchange.region,)),
        )
        for wanted, actual in conditions:
            if wanted is not None and wanted not in (actual or ()):
                return False
        if self.path is not None and not exchange.path.startswith(self.path):
            return False
        args = exchange.request.args
        return all(
            value in ",".join(args.getlist(name)).split(",")
            for name, value in self.query.items()
        )


class FaultPlan:
    """The rules in force, tried in the order they were added."""

    def __init__(self, random: Random):
        self._random = random
        self._faults: list[Fault] = []
        self._count = 0

    def add(self, values: dict[str, Any]) -> Fault:
        """Add a rule.

        :raise ControlError: for an unknown kind or field
        """
        try:
            fault = Fault(**values)
        except TypeError as error:
            raise ControlError(f"unknown fault field: {error}") from error
        if fault.kind not in KINDS:
            raise ControlError(f"unknown fault kind: {fault.kind}")
        self._count += 1
        fault.id = self._count
        self._faults.append(fault)
        return fault

    def remove(self, fault_id: int | None = None) -> int:
        """Delete one rule, or all; return how many went."""
        before = len(self._faults)
        self._faults = [
            fault for fault in self._faults if fault_id not in (None, fault.id)
        ]
        return before - len(self._faults)

    def records(self) -> list[dict[str, Any]]:
        """Return all rules with their counters."""
        return [fault.record() for fault in self._faults]

    def take(self, exchange) -> list[Fault]:
        """Return the rules this request suffers, and count them down."""
        suffered = []
        for fault in self._faults:
            if fault.times is not None and fault.hits >= fault.times:
                continue
            if not fault.matches(exchange):
                continue
            fault.seen += 1
            if fault.seen <= fault.after:
                continue
            if fault.probability < 1 and self._random.random() >= fault.probability:
                continue
            fault.hits += 1
            suffered.append(fault)
        return suffered
