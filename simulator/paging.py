"""Page tokens: opaque, tamper-proof, carrying where the next page starts."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json


def seal(key: bytes, data: dict) -> str:
    """Return an opaque token for `data`."""
    body = json.dumps(data, separators=(",", ":"), sort_keys=True).encode()
    mark = hmac.new(key, body, hashlib.sha256).digest()[:12]
    return base64.urlsafe_b64encode(mark + body).decode()


def unseal(key: bytes, token: str) -> dict:
    """Return the data of a token made by :func:`seal`.

    :raise ValueError: when the token was not made with this key
    """
    try:
        raw = base64.urlsafe_b64decode(token.encode())
    except ValueError as error:
        raise ValueError("not a page token") from error
    mark, body = raw[:12], raw[12:]
    good = hmac.new(key, body, hashlib.sha256).digest()[:12]
    if not hmac.compare_digest(mark, good):
        raise ValueError("not a page token")
    return json.loads(body)


def digest(data) -> str:
    """Return a short fingerprint of JSON data."""
    body = json.dumps(data, sort_keys=True, default=str).encode()
    return hashlib.sha256(body).hexdigest()[:16]
