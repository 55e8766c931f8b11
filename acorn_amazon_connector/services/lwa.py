"""Login with Amazon: access tokens, shared by workers and refreshed once (A22).

Source: "Authorizing Selling Partner API applications", the three grants of
``POST /auth/o2/token``.
"""

import hashlib
import json
import re
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlencode

import requests

from .calls import CallRecord, Recorder, ignore_call
from .errors import (
    InvalidClientError,
    ReauthorizationRequired,
    RequestError,
    ServerError,
    SpApiError,
    ThrottledError,
    UnexpectedReplyError,
)
from .redact import redact_body
from .wire import DEFAULT_TIMEOUT, RawReply, elapsed_ms, send

OPERATION = "lwa.token"
_MAX_BYTES = 256 * 1024
# A token is renewed this long before it ends, so that none dies on the way.
_MARGIN = timedelta(seconds=60)
_LONGEST_LIFE = 24 * 3600
# What an HTTP header can carry.
_TOKEN = re.compile(r"[\x21-\x7e]{1,4096}")
# Amazon documents no rate for the token endpoint.
_THROTTLED_SECONDS = 60.0
_SERVER_CODES = frozenset({"server_error", "temporarily_unavailable"})


@dataclass(frozen=True, slots=True)
class AccessToken:
    """An access token; its repr shows the end of its life only."""

    value: str = field(repr=False)
    expires_at: datetime
    refresh_token: str | None = field(default=None, repr=False)

    def is_fresh(self, now: datetime) -> bool:
        """Return whether the token can still be sent."""
        return now + _MARGIN < self.expires_at


class TokenStore(Protocol):
    """Where access tokens are kept for all workers."""

    def get(self, key: str) -> AccessToken | None:
        """Return the token kept under a key, read afresh."""

    def set(self, key: str, token: AccessToken) -> None:
        """Keep a token, visible to all workers at once."""

    def lock(self, key: str) -> AbstractContextManager:
        """Return a lock that one worker of all can hold."""


class MemoryTokenStore:
    """Tokens of one process; thread-safe."""

    def __init__(self):
        self._tokens = {}
        self._locks = {}
        self._guard = threading.Lock()

    def get(self, key: str) -> AccessToken | None:
        """Return the token kept under a key."""
        return self._tokens.get(key)

    def set(self, key: str, token: AccessToken) -> None:
        """Keep a token."""
        self._tokens[key] = token

    @contextmanager
    def lock(self, key: str):
        """Hold the lock of a key."""
        with self._guard:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            yield


class LwaClient:
    """Exchanges codes, refresh tokens and client credentials for tokens.

    :param endpoint: the full address of the token endpoint
    :param clock: returns the aware time
    :param record: receives a CallRecord for every attempt
    """

    def __init__(
        self,
        session: requests.Session,
        endpoint: str,
        client_id: str,
        client_secret: str,
        clock: Callable[[], datetime],
        *,
        record: Recorder = ignore_call,
        timeout: tuple[float, float] = DEFAULT_TIMEOUT,
    ):
        self._session = session
        self._endpoint = endpoint
        self.client_id = client_id
        self._client_secret = client_secret
        self._clock = clock
        self._record = record
        self._timeout = timeout

    def __repr__(self):
        return f"<LwaClient {self._endpoint}>"

    def exchange_code(self, code: str, redirect_uri: str) -> AccessToken:
        """Turn the consent page's code into the first pair of tokens (A10).

        A code lives five minutes and works once.

        :raise ReauthorizationRequired: the code is used, too old or not ours
        :raise UnexpectedReplyError: there is no refresh token
        """
        token = self._request(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": redirect_uri,
            }
        )
        if not token.refresh_token:
            raise UnexpectedReplyError(
                "There is no refresh token.", "refresh_token", operation=OPERATION
            )
        return token

    def refresh(self, refresh_token: str) -> AccessToken:
        """Return a new access token of a seller.

        :raise ReauthorizationRequired: the seller's grant is gone
        """
        return self._request(
            {"grant_type": "refresh_token", "refresh_token": refresh_token}
        )

    def client_credentials(self, scope: str) -> AccessToken:
        """Return an access token of the application itself."""
        return self._request({"grant_type": "client_credentials", "scope": scope})

    def _request(self, form):
        at, started = self._clock(), time.perf_counter()
        reply, error = None, None
        try:
            reply = self._send(form)
            return self._token(reply)
        except SpApiError as exc:
            error = exc
            raise
        finally:
            ms = elapsed_ms(started)
            self._record(self._call(at, ms, reply, error, form["grant_type"]))

    def _send(self, form):
        form = {
            **form,
            "client_id": self.client_id,
            "client_secret": self._client_secret,
        }
        return send(
            self._session,
            "POST",
            self._endpoint,
            headers={
                "Accept": "application/json",
                "Content-Type": "application/x-www-form-urlencoded;charset=UTF-8",
            },
            data=urlencode(form).encode("ascii"),
            timeout=self._timeout,
            max_bytes=_MAX_BYTES,
            operation=OPERATION,
        )

    def _token(self, reply: RawReply):
        body = _decode(reply)
        if reply.status != 200:
            raise _error(reply, body)
        value = body.get("access_token")
        lifetime = body.get("expires_in")
        refresh_token = body.get("refresh_token")
        if not isinstance(value, str) or not _TOKEN.fullmatch(value):
            raise _shape("access_token", reply)
        if isinstance(lifetime, bool) or not isinstance(lifetime, int):
            raise _shape("expires_in", reply)
        if refresh_token is not None and not isinstance(refresh_token, str):
            raise _shape("refresh_token", reply)
        lifetime = max(0, min(lifetime, _LONGEST_LIFE))
        expires_at = self._clock() + timedelta(seconds=lifetime)
        return AccessToken(value, expires_at, refresh_token)

    def _call(self, at, ms, reply, error, grant_type):
        return CallRecord(
            operation=OPERATION,
            method="POST",
            path="/auth/o2/token",
            status=reply.status if reply else None,
            ms=ms,
            request_id=reply.headers.get("x-amzn-requestid") if reply else None,
            error=type(error).__name__ if error else None,
            request_body=f"grant_type={grant_type}" if error else None,
            response_body=redact_body(reply.content) if error and reply else None,
            at=at,
        )


def _decode(reply):
    """Return the body as an object, an empty one of an error without JSON."""
    try:
        body = json.loads(reply.content)
    except (ValueError, RecursionError):
        body = None
    if isinstance(body, dict):
        return body
    if 400 <= reply.status < 500:
        return {}
    raise ServerError(
        "The token endpoint did not answer in JSON.",
        operation=OPERATION,
        status=reply.status,
        request_id=reply.headers.get("x-amzn-requestid"),
    )


def _error(reply, body):
    code = body.get("error")
    code = code if isinstance(code, str) else None
    if reply.status == 429:
        kind = ThrottledError
    elif reply.status >= 500 or reply.status < 400 or code in _SERVER_CODES:
        kind = ServerError
    elif code in ("invalid_grant", "unauthorized_client"):
        kind = ReauthorizationRequired
    elif code == "invalid_client":
        kind = InvalidClientError
    else:
        kind = RequestError
    return kind(
        str(body.get("error_description") or "The token endpoint refuses."),
        operation=OPERATION,
        status=reply.status,
        code=code,
        request_id=reply.headers.get("x-amzn-requestid"),
        retry_after=_THROTTLED_SECONDS if kind is ThrottledError else None,
    )


def _shape(path, reply):
    return UnexpectedReplyError(
        "The token endpoint answered without a usable value.",
        path,
        operation=OPERATION,
        status=reply.status,
    )


def grant_key(client_id: str, refresh_token: str | None, scope: str = "") -> str:
    """Name what an application was granted, without telling it."""
    identity = "\n".join((client_id, refresh_token or "", scope))
    return hashlib.sha256(identity.encode()).hexdigest()


class TokenProvider:
    """Gives the current access token of one seller, or of the application.

    :param refresh_token: the seller's grant
    :param scope: instead of a grant, the scope of grantless operations
    """

    def __init__(
        self,
        lwa: LwaClient,
        store: TokenStore,
        refresh_token: str | None,
        clock: Callable[[], datetime],
        *,
        scope: str | None = None,
    ):
        if bool(refresh_token) == bool(scope):
            raise ValueError("Either a refresh token or a scope is needed.")
        self._lwa = lwa
        self._store = store
        self._refresh_token = refresh_token
        self._scope = scope
        self._clock = clock
        # A new grant or application never meets the token of the old one.
        self._key = grant_key(lwa.client_id, refresh_token, scope or "")

    def token(self) -> str:
        """Return an access token that is fresh enough to be sent."""
        token = self._store.get(self._key)
        if token and token.is_fresh(self._clock()):
            return token.value
        return self.renew(token.value if token else None)

    def renew(self, stale_value: str | None) -> str:
        """Return another token than the stale one.

        Single flight: of all workers that find the token stale, the first
        refreshes it and the others get what it got.
        """
        with self._store.lock(self._key):
            token = self._store.get(self._key)
            fresh = token and token.is_fresh(self._clock())
            if not fresh or token.value == stale_value:
                token = self._fetch()
                self._store.set(self._key, token)
        return token.value

    def _fetch(self):
        if self._scope:
            return self._lwa.client_credentials(self._scope)
        try:
            return self._lwa.refresh(self._refresh_token)
        except ReauthorizationRequired as exc:
            # The seller may have given another one meanwhile.
            exc.grant = self._key
            raise
