"""Token buckets: one per seller, application and operation."""

from __future__ import annotations

from datetime import datetime

from ..errors import quota_exceeded


class Buckets:
    """Amazon's usage plans, at the simulator's clock.

    :ivar enabled: False lets every call through
    :ivar multiplier: factor on every rate and burst ("dynamic" plans)
    :ivar plans: per operation key, (rate per second, burst) instead of Amazon's
        default
    """

    def __init__(self):
        self.enabled = True
        self.multiplier = 1.0
        self.plans: dict[str, tuple[float, float]] = {}
        self._levels: dict[tuple, tuple[float, datetime]] = {}

    def plan(self, operation) -> tuple[float, float]:
        """Return (tokens per second, capacity) in force for an operation."""
        default = (operation.rate, operation.burst)
        rate, burst = self.plans.get(operation.key, default)
        return rate * self.multiplier, max(1.0, burst * self.multiplier)

    def take(self, seller_id, client_id, operation, now: datetime) -> None:
        """Take one token.

        :raise ApiError: 429 QuotaExceeded when the bucket is empty
        """
        if not self.enabled:
            return
        rate, burst = self.plan(operation)
        key = (seller_id, client_id, operation.key)
        level, since = self._levels.get(key, (burst, now))
        level = min(burst, level + max(0.0, (now - since).total_seconds()) * rate)
        if level < 1.0:
            self._levels[key] = (level, now)
            raise quota_exceeded()
        self._levels[key] = (level - 1.0, now)

    def levels(self) -> dict[str, float]:
        """Return what was left in each bucket at its last call."""
        return {"|".join(map(str, key)): lv for key, (lv, _) in self._levels.items()}

    def clear(self) -> None:
        """Fill every bucket."""
        self._levels.clear()
