"""What is kept of every call to Amazon (A26)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One attempt of one call.

    ``ms`` is its duration, ``error`` the name of the error's class. Bodies
    are kept of failures only, redacted and cut. ``at`` is aware UTC.
    """

    operation: str
    method: str
    path: str
    status: int | None
    ms: int | None
    request_id: str | None
    error: str | None
    request_body: str | None
    response_body: str | None
    at: datetime


Recorder = Callable[[CallRecord], None]


def ignore_call(call: CallRecord) -> None:
    """Keep nothing: for a client nobody watches."""
