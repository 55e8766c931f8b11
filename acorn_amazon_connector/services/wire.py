"""Send one HTTP request and read the whole reply, within limits.

Shared by the token endpoint, the API and the document store. Everything that
prevents a complete reply is a TransportError; nothing here sleeps, and no
error text contains an address, a header or a body.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from .errors import TransportError
from .redact import get_logger

# At DEBUG urllib3 logs addresses; those of documents are keys.
get_logger("urllib3.connectionpool")

DEFAULT_TIMEOUT = (5, 60)
# The longest a reply may dribble in, in seconds.
_SLOWEST_REPLY = 300
_CHUNK = 65536


@dataclass(frozen=True, slots=True)
class RawReply:
    """A complete reply; ``headers`` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    content: bytes


def build_session(pool_size: int = 10) -> requests.Session:
    """Return a session that repeats failed connects only.

    A request whose bytes may have left is never repeated here: whether that
    is safe is a decision of the caller. Cookies are refused, a session may
    serve several sellers.
    """
    retry = Retry(
        total=2,
        connect=2,
        read=0,
        redirect=0,
        status=0,
        other=0,
        backoff_factor=0,
        respect_retry_after_header=False,
    )
    session = requests.Session()
    adapter = HTTPAdapter(max_retries=retry, pool_maxsize=pool_size)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return session


def send(
    session: requests.Session,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    data: bytes | None = None,
    timeout: tuple[float, float] = DEFAULT_TIMEOUT,
    max_bytes: int,
    operation: str,
) -> RawReply:
    """Send a request and return the complete reply.

    :param timeout: seconds to connect, seconds between two packets
    :param max_bytes: size of the largest reply that is read
    :raise TransportError: no complete reply within the limits
    """
    started = time.perf_counter()
    try:
        response = session.request(
            method,
            url,
            headers=dict(headers),
            data=data,
            timeout=timeout,
            allow_redirects=False,
            stream=True,
            # Without it requests adds credentials it finds in ~/.netrc.
            auth=_no_credentials,
        )
        with response:
            content = _read(response, max_bytes, started, operation)
    except (requests.RequestException, UnicodeError) as exc:
        # The original text shows the address, for a document with its key.
        raise TransportError(_reason(exc), operation=operation) from None
    return RawReply(
        response.status_code,
        {name.lower(): value for name, value in response.headers.items()},
        content,
    )


def elapsed_ms(started: float) -> int:
    """Return the milliseconds since a ``time.perf_counter()``."""
    return round((time.perf_counter() - started) * 1000)


def _no_credentials(request):
    return request


def _read(response, max_bytes, started, operation):
    parts, size = [], 0
    for chunk in response.iter_content(_CHUNK):
        size += len(chunk)
        if size > max_bytes:
            raise TransportError(
                f"The reply is larger than {max_bytes} bytes.",
                operation=operation,
                status=response.status_code,
            )
        if time.perf_counter() - started > _SLOWEST_REPLY:
            raise TransportError(
                f"The reply took longer than {_SLOWEST_REPLY} seconds.",
                operation=operation,
                status=response.status_code,
            )
        parts.append(chunk)
    _check_complete(response, operation)
    return b"".join(parts)


def _check_complete(response, operation):
    """Refuse a body that ended early; urllib3 1.26 does not notice by itself."""
    announced = response.headers.get("content-length", "")
    if announced.isdigit() and response.raw.tell() < int(announced):
        raise TransportError(
            "The reply was cut.", operation=operation, status=response.status_code
        )


def _reason(exc: Exception) -> str:
    """Name what happened, from the exception's classes only."""
    inner: Any = exc.args[0] if exc.args else None
    inner = getattr(inner, "reason", inner)
    names = [type(exc).__name__]
    if isinstance(inner, Exception) and type(inner).__name__ not in names:
        names.append(type(inner).__name__)
    return f"No complete reply ({', '.join(names)})."
