"""Token buckets: one per seller, application and operation."""

from __future__ import annotations

from datetime import datetime

from ..errors import quota_exceeded


class Buckets:
    """Amazon's usage plans, at the simulator's clock."""

    def __init__(self):
        self._levels: dict[tuple, tuple[float, datetime]] = {}

    def take(self, key: tuple, plan: tuple[float, float], now: datetime) -> None:
        """Take one token from the bucket `key`.

        :param plan: tokens per second, capacity
        :raise ApiError: 429 QuotaExceeded when the bucket is empty
        """
        rate, burst = plan
        level, since = self._levels.get(key, (burst, now))
        level = min(burst, level + max(0.0, (now - since).total_seconds()) * rate)
        self._levels[key] = (level, now)
        if level < 1.0:
            raise quota_exceeded()
        self._levels[key] = (level - 1.0, now)

    def levels(self) -> dict[str, float]:
        """Return what was left in each bucket after its last call."""
        return {
            " ".join(str(part) for part in key): round(level, 4)
            for key, (level, _since) in self._levels.items()
        }
