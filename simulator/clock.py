"""The simulator's clock: real time that tests can stop, move and speed up."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from threading import Lock

UTC = timezone.utc


def parse_time(text: str) -> datetime:
    """Read an ISO 8601 time and return it as aware UTC.

    A time without offset is taken as UTC, as Amazon does.

    :param str text: for example ``2026-01-01T00:00:00.000Z``
    :raise ValueError: when the text is no ISO 8601 time
    """
    text = text.strip()
    if text[-1:] in ("Z", "z"):
        text = f"{text[:-1]}+00:00"
    if len(text) > 10 and text[10] == " ":
        # A plus sign that was not percent-encoded arrives as a space.
        raise ValueError(f"not an ISO 8601 time: {text!r}")
    head, dot, tail = text.partition(".")
    if dot:
        digits = len(tail) - len(tail.lstrip("0123456789"))
        text = f"{head}.{tail[:digits][:6]:0<6}{tail[digits:]}"
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC)


def format_time(moment: datetime) -> str:
    """Return the time as Amazon writes it, with milliseconds and ``Z``."""
    moment = moment.astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def format_seconds(moment: datetime) -> str:
    """Return the time without fraction, as the v0 APIs write it."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


class Clock:
    """A clock that runs at `speed` times real time from any starting moment.

    :param datetime start: aware starting moment; None = the real present
    :param float speed: simulated seconds per real second; 0 stands still
    """

    def __init__(self, start: datetime | None = None, speed: float = 1.0):
        self._lock = Lock()
        self.reset(start, speed)

    def reset(self, start: datetime | None = None, speed: float = 1.0) -> None:
        """Start again at `start`."""
        if speed < 0:
            raise ValueError("the clock cannot run backwards")
        with self._lock:
            self._base = start or datetime.now(UTC)
            self._mark = time.monotonic()
            self._speed = speed

    @property
    def speed(self) -> float:
        """Simulated seconds per real second."""
        return self._speed

    def now(self) -> datetime:
        """Return the simulated present as aware UTC."""
        with self._lock:
            return self._read()

    def move_to(self, moment: datetime) -> None:
        """Jump to `moment` and go on at the same speed."""
        with self._lock:
            self._base = moment
            self._mark = time.monotonic()

    def advance(self, seconds: float) -> None:
        """Jump `seconds` ahead."""
        with self._lock:
            self._base = self._read() + timedelta(seconds=seconds)
            self._mark = time.monotonic()

    def set_speed(self, speed: float) -> None:
        """Run at `speed` times real time from now on; 0 stops the clock."""
        if speed < 0:
            raise ValueError("the clock cannot run backwards")
        with self._lock:
            self._base = self._read()
            self._mark = time.monotonic()
            self._speed = speed

    def _read(self) -> datetime:
        passed = (time.monotonic() - self._mark) * self._speed
        return self._base + timedelta(seconds=passed)
