"""The request log: what clients really sent and what they got."""

from __future__ import annotations

import json
import zlib
from collections import deque
from dataclasses import dataclass, field
from typing import Any

SECRET_FIELDS = frozenset(
    {
        "access_token",
        "client_secret",
        "code",
        "refresh_token",
        "restrictedDataToken",
        "spapi_oauth_code",
    }
)
SECRET_HEADERS = frozenset(
    {"authorization", "cookie", "x-amz-access-token", "x-registration-signature"}
)
MASK = "***"


@dataclass
class LogEntry:
    """One finished exchange; bodies are kept compressed."""

    number: int
    request_id: str
    at: str
    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    status: int | None
    ms: float
    operation: str | None = None
    seller_id: str | None = None
    client_id: str | None = None
    region: str | None = None
    restricted: bool = False
    faults: list[str] = field(default_factory=list)
    response_headers: dict[str, str] = field(default_factory=dict)
    request_body: bytes | None = field(default=None, repr=False)
    response_body: bytes | None = field(default=None, repr=False)

    def size(self) -> int:
        """Return the bytes its bodies hold."""
        return len(self.request_body or b"") + len(self.response_body or b"")

    def record(self, bodies: bool = False) -> dict[str, Any]:
        """Return the entry ready for JSON."""
        record = {
            key: value for key, value in vars(self).items() if not key.endswith("_body")
        }
        if bodies:
            record["request_body"] = _unpack(self.request_body)
            record["response_body"] = _unpack(self.response_body)
        return record


class RequestLog:
    """The last exchanges, with bodies as long as they fit.

    :ivar bool record_bodies: whether bodies are kept at all
    """

    def __init__(self, length: int = 20_000, body_bytes: int = 64 * 2**20):
        self.record_bodies = False
        self._entries: deque[LogEntry] = deque(maxlen=length)
        self._with_bodies: deque[LogEntry] = deque()
        self._held = 0
        self._budget = body_bytes
        self._count = 0

    def __iter__(self):
        return iter(list(self._entries))

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
        self._with_bodies.clear()
        self._held = 0

    def add(self, *, request_body: bytes, response_body: bytes, **values) -> LogEntry:
        """Append an exchange; secrets are masked before anything is kept."""
        self._count += 1
        entry = LogEntry(number=self._count, **values)
        if self.record_bodies:
            entry.request_body = _pack(request_body)
            entry.response_body = _pack(response_body)
            self._with_bodies.append(entry)
            self._held += entry.size()
            while self._held > self._budget:
                oldest = self._with_bodies.popleft()
                self._held -= oldest.size()
                oldest.request_body = oldest.response_body = None
        self._entries.append(entry)
        return entry


def mask_headers(headers) -> dict[str, str]:
    """Return headers with secret values masked."""
    return {
        name: MASK if name.lower() in SECRET_HEADERS else value
        for name, value in headers.items()
    }


def mask_fields(data: dict) -> dict:
    """Return a flat JSON object or form with secret values masked."""
    return {
        key: ([MASK] if isinstance(value, list) else MASK)
        if key in SECRET_FIELDS
        else value
        for key, value in data.items()
    }


def mask_body(body: bytes) -> bytes:
    """Mask secrets in a JSON body; other bodies pass unchanged."""
    if not any(name.encode() in body for name in SECRET_FIELDS):
        return body
    try:
        data = json.loads(body)
    except ValueError:
        return body
    return json.dumps(mask_fields(data)).encode() if isinstance(data, dict) else body


def _pack(body: bytes) -> bytes | None:
    return zlib.compress(mask_body(body), 1) if body else None


def _unpack(packed: bytes | None):
    if packed is None:
        return None
    text = zlib.decompress(packed).decode("utf-8", "replace")
    try:
        return json.loads(text)
    except ValueError:
        return text
