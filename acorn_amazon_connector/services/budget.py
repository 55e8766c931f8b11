"""Arithmetic of Amazon's token buckets (A21); storage is somebody else's.

A bucket holds up to ``burst`` tokens and gains ``rate`` tokens a second; each
call takes one. Source: "Usage Plans and Rate Limits".
"""

import math
from dataclasses import dataclass, replace
from datetime import datetime

# A token that is short of 1 by less than this is whole: it absorbs the
# rounding of seconds to the microseconds a datetime can hold.
_EPSILON = 1e-9


@dataclass(frozen=True, slots=True)
class Bucket:
    """The state of one bucket at one moment.

    :param tokens: calls possible at once
    :param updated_at: the moment ``tokens`` was true
    :param rate: tokens gained per second
    :param burst: the most tokens it can hold
    """

    tokens: float
    updated_at: datetime
    rate: float
    burst: float

    def __post_init__(self):
        if not self.rate > 0 or not self.burst >= 1:
            raise ValueError("A bucket needs a rate above 0 and room for one token.")

    @classmethod
    def full(cls, now: datetime, rate: float, burst: float) -> "Bucket":
        """Return an untouched bucket."""
        return cls(float(burst), now, rate, burst)

    def refill(self, now: datetime) -> "Bucket":
        """Return the bucket as it is now.

        A clock that runs backwards gives nothing and takes nothing.
        """
        seconds = (now - self.updated_at).total_seconds()
        if seconds <= 0:
            return self
        tokens = min(self.burst, self.tokens + seconds * self.rate)
        return replace(self, tokens=tokens, updated_at=now)

    def take(self, now: datetime) -> tuple["Bucket", float]:
        """Take one token.

        :return: the new bucket and 0.0, or the refilled bucket and the seconds
            until a token is there (nothing was taken)
        """
        bucket = self.refill(now)
        if bucket.tokens >= 1 - _EPSILON:
            return replace(bucket, tokens=max(0.0, bucket.tokens - 1)), 0.0
        wait = (1 - bucket.tokens) / bucket.rate
        if now < bucket.updated_at:
            wait += (bucket.updated_at - now).total_seconds()
        return bucket, math.ceil(wait * 1e6) / 1e6

    def drain(self, now: datetime) -> "Bucket":
        """Return the bucket after Amazon answered 429: empty from now on."""
        bucket = self.refill(now)
        return replace(bucket, tokens=0.0)

    def with_rate(self, rate: float, now: datetime) -> "Bucket":
        """Return the bucket with the rate Amazon announced, refilled first."""
        return replace(self.refill(now), rate=rate)

    def next_token_at(self, now: datetime) -> float:
        """Return the seconds until a call is possible, 0.0 when it is now."""
        return self.take(now)[1]
