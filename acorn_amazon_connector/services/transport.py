"""One way to call the Selling Partner API (A13, A21, A22, A26, A29).

Takes a token from the budget, adds the headers, sends, classifies the reply
(by HTTP status first, then by code), renews an expired token once, records
every attempt. It never sleeps: what has to wait is raised with the seconds.
"""

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any, Protocol
from urllib.parse import quote, urlencode

import requests

from .calls import CallRecord, Recorder, ignore_call
from .errors import (
    AccessDeniedError,
    AuthorizationError,
    ConflictError,
    InvalidClientError,
    NotFoundError,
    RequestError,
    ServerError,
    SpApiError,
    ThrottledError,
    TokenExpiredError,
    UnexpectedReplyError,
)
from .operations import OPERATIONS, Operation
from .redact import get_logger, redact_body, scrub_text
from .timestamps import format_amz_date, format_timestamp
from .wire import DEFAULT_TIMEOUT, RawReply, elapsed_ms, send

__all__ = ["CallRecord", "Gate", "OpenGate", "Reply", "Sign", "Tokens", "Transport"]

# Returns more headers of one request: of its operation, target and body's bytes.
Sign = Callable[[Operation, str, bytes | None], Mapping[str, str]]

_logger = get_logger(__name__)

_LONGEST_USER_AGENT = 500
_MAX_BYTES = 32 * 1024 * 1024
_RDT = OPERATIONS["tokens.createRestrictedDataToken"]
_RDT_MARGIN = timedelta(seconds=60)
_TOKEN_TROUBLE = re.compile(
    r"access token you provided (?:has expired|is revoked, malformed or invalid)"
    r"|access token is missing",
    re.IGNORECASE,
)
# A missing role, which Amazon says with 400 where restricted data tokens are made.
_NO_ACCESS = re.compile(r"application do(?:es)? not have access to", re.IGNORECASE)
_SECRET_TROUBLE = re.compile(r"LWA secret", re.IGNORECASE)
_BY_STATUS = {404: NotFoundError, 408: ServerError, 409: ConflictError}


@dataclass(frozen=True, slots=True)
class Reply:
    """A successful reply.

    ``payload`` is the answer without its envelope, ``body`` the whole JSON
    value, ``headers`` have lower-case names.
    """

    status: int
    payload: Any
    headers: Mapping[str, str]
    request_id: str | None
    body: Any

    @property
    def answered_at(self) -> datetime | None:
        """Return when Amazon answered by its own clock, in whole seconds, UTC."""
        try:
            moment = parsedate_to_datetime(self.headers.get("date", ""))
        except ValueError:
            return None
        return moment.astimezone(timezone.utc)


class Gate(Protocol):
    """The budget of calls (A21)."""

    def take(self, operation: Operation) -> None:
        """Take one call, or raise BudgetExhausted with ``retry_after``."""

    def observe(
        self, operation: Operation, rate: float | None, throttled: bool
    ) -> None:
        """Learn from a reply: the rate Amazon announced, or that it said 429."""


class OpenGate:
    """No budget: for single calls a person waits for."""

    def take(self, operation: Operation) -> None:
        """Let every call through."""

    def observe(
        self, operation: Operation, rate: float | None, throttled: bool
    ) -> None:
        """Learn nothing."""


class Tokens(Protocol):
    """Where access tokens come from: see ``lwa.TokenProvider``."""

    def token(self) -> str:
        """Return an access token."""

    def renew(self, stale_value: str | None) -> str:
        """Return another access token than the stale one."""


class Transport:
    """Calls operations of one endpoint for one seller.

    :param session: see ``wire.build_session``
    :param endpoint: base URL of the region
    :param user_agent: at most 500 characters, Amazon refuses longer ones
    :param clock: returns the aware time
    :param record: receives a CallRecord for every attempt
    :param timeout: seconds to connect, seconds between two packets
    :raise ValueError: the user agent cannot be sent
    """

    def __init__(
        self,
        session: requests.Session,
        endpoint: str,
        tokens: Tokens,
        *,
        user_agent: str,
        clock: Callable[[], datetime],
        gate: Gate | None = None,
        record: Recorder = ignore_call,
        timeout: tuple[float, float] = DEFAULT_TIMEOUT,
        max_bytes: int = _MAX_BYTES,
    ):
        usable = user_agent.isascii() and user_agent.isprintable()
        if not 0 < len(user_agent) <= _LONGEST_USER_AGENT or not usable:
            raise ValueError("The user agent must be 1 to 500 ASCII characters.")
        self.session = session
        self.endpoint = endpoint.rstrip("/")
        self.clock = clock
        self._tokens = tokens
        self._user_agent = user_agent
        self._gate = gate or OpenGate()
        self._record = record
        self._timeout = timeout
        self._max_bytes = max_bytes
        self._restricted_tokens = {}

    def call(
        self,
        operation: Operation,
        *,
        path_params: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        restricted_resources: Sequence[Mapping[str, Any]] | None = None,
        sign: Sign | None = None,
    ) -> Reply:
        """Call an operation.

        :param path_params: values of the placeholders of the path
        :param query: lists are joined with commas, which no value may contain, times
            written in UTC, ``None`` left out
        :param body: JSON value
        :param restricted_resources: send a restricted data token for these
            (buyer data of v0 orders, restricted reports) instead
        :param sign: asked for more headers before each attempt, with the operation,
            the target as sent (path and query) and the bytes of the body; those
            of the transport itself stay as they are
        :raise SpApiError: the class says what to do next, see ``errors``
        """
        path = build_path(operation.path, path_params or {})
        query = build_query(query or {})
        target = f"{path}?{query}" if query else path
        data = None if body is None else json.dumps(body).encode()
        self._gate.take(operation)
        try:
            token = self._token_for(restricted_resources)
            return self._attempt(operation, target, data, token, sign)
        except TokenExpiredError:
            self._renew(restricted_resources, token)
        self._gate.take(operation)
        try:
            token = self._token_for(restricted_resources)
            return self._attempt(operation, target, data, token, sign)
        except TokenExpiredError as exc:
            raise AuthorizationError(
                "A fresh access token is refused as well.",
                operation=operation.key,
                status=exc.status,
                code=exc.code,
                request_id=exc.request_id,
                details=exc.details,
            ) from exc

    def _token_for(self, resources):
        if not resources:
            return self._tokens.token()
        key = _resources_key(resources)
        value, expires_at = self._restricted_tokens.get(key, (None, None))
        if value and self.clock() + _RDT_MARGIN < expires_at:
            return value
        value, lifetime = self.create_restricted_token(resources)
        self._restricted_tokens[key] = (
            value,
            self.clock() + timedelta(seconds=lifetime),
        )
        return value

    def _renew(self, resources, stale_value):
        if resources:
            self._restricted_tokens.pop(_resources_key(resources), None)
        else:
            self._tokens.renew(stale_value)

    def create_restricted_token(
        self,
        resources: Sequence[Mapping[str, Any]],
        target_application: str | None = None,
    ) -> tuple[str, int]:
        """Return a restricted data token and its life in seconds.

        ``createRestrictedDataToken`` 2021-03-01; at most 50 resources.
        """
        body = {"restrictedResources": [dict(resource) for resource in resources]}
        if target_application:
            body["targetApplication"] = target_application
        payload = self.call(_RDT, body=body).payload
        # The model has no envelope, an older guide shows one.
        inner = payload.get("payload", payload)
        value = inner.get("restrictedDataToken") if isinstance(inner, dict) else None
        lifetime = inner.get("expiresIn") if isinstance(inner, dict) else None
        sendable = isinstance(value, str) and value.isascii() and value.isprintable()
        if not sendable or not value or not isinstance(lifetime, int):
            raise UnexpectedReplyError(
                "There is no restricted data token.",
                "restrictedDataToken",
                operation=_RDT.key,
            )
        return value, lifetime

    def _attempt(self, operation, target, data, token, sign):
        at, started = self.clock(), time.perf_counter()
        raw, error = None, None
        try:
            raw = self._send(operation, target, data, token, sign)
            return self._read(operation, raw)
        except SpApiError as exc:
            error = exc
            raise
        finally:
            call = CallRecord(
                operation=operation.key,
                method=operation.method,
                path=scrub_text(target),
                status=raw.status if raw else None,
                ms=elapsed_ms(started),
                request_id=_request_id(raw) if raw else None,
                error=type(error).__name__ if error else None,
                request_body=redact_body(data) if error and data else None,
                response_body=redact_body(raw.content) if error and raw else None,
                at=at,
            )
            _logger.debug(
                "%(operation)s %(status)s in %(ms)s ms, request id %(request_id)s",
                {
                    "operation": call.operation,
                    "status": call.status or call.error,
                    "ms": call.ms,
                    "request_id": call.request_id,
                },
            )
            self._record(call)

    def _send(self, operation, target, data, token, sign):
        headers = {
            **(sign(operation, target, data) if sign else {}),
            "accept": "application/json",
            "user-agent": self._user_agent,
            "x-amz-access-token": token,
            "x-amz-date": format_amz_date(self.clock()),
        }
        if data is not None:
            headers["content-type"] = "application/json"
        return send(
            self.session,
            operation.method,
            self.endpoint + target,
            headers=headers,
            data=data,
            timeout=self._timeout,
            max_bytes=self._max_bytes,
            operation=operation.key,
        )

    def _read(self, operation, raw):
        rate = _announced_rate(raw)
        self._gate.observe(operation, rate, raw.status == 429)
        body = _decode(raw)
        if not 200 <= raw.status < 300:
            raise _error(operation, raw, body, rate)
        payload = _payload(operation, raw, body)
        return Reply(raw.status, payload, raw.headers, _request_id(raw), body)


_NO_JSON = object()


def build_path(template: str, values: Mapping[str, str]) -> str:
    """Return a path with its placeholders filled, percent-encoded.

    :raise RequestError: a value that no path can carry
    """
    encoded = {}
    for name, value in values.items():
        text = str(value)
        # An address with such a step is shortened on the way, encoded or not.
        if text in ("", ".", ".."):
            raise RequestError(f"{text!r} cannot be part of an address.", code=name)
        try:
            encoded[name] = quote(text, safe="")
        except UnicodeError as exc:
            raise RequestError(f"{name} is not valid text.", code=name) from exc
    return template.format(**encoded)


def build_query(values: Mapping[str, Any]) -> str:
    """Return a query string; empty values are left out.

    :raise RequestError: a list with a comma in one of its values: Amazon takes it for
        the end of the value, encoded or not
    """
    pairs = []
    for name, value in values.items():
        if isinstance(value, (list, tuple, set, frozenset)):
            value = _join(name, value)
        elif isinstance(value, datetime):
            value = format_timestamp(value)
        elif isinstance(value, bool):
            value = "true" if value else "false"
        if value is not None and value != "":
            pairs.append((name, str(value)))
    return urlencode(pairs, quote_via=quote)


def _join(name, values):
    texts = [str(value) for value in values]
    for text in texts:
        if "," in text:
            raise RequestError(f"{text!r} cannot be asked for in a list.", code=name)
    return ",".join(texts)


def _resources_key(resources):
    return json.dumps(list(map(dict, resources)), sort_keys=True)


def _request_id(raw: RawReply):
    return raw.headers.get("x-amzn-requestid")


def _announced_rate(raw):
    """Return the rate of the usage plan, ``None`` when not (sanely) given."""
    try:
        rate = float(raw.headers.get("x-amzn-ratelimit-limit", ""))
    except ValueError:
        return None
    return rate if 0 < rate < 1e6 else None


def _decode(raw):
    if not raw.content.strip():
        return None
    try:
        return json.loads(raw.content)
    except (ValueError, RecursionError):
        return _NO_JSON


def _payload(operation, raw, body):
    """Return what is in the operation's envelope."""
    facts = {
        "operation": operation.key,
        "status": raw.status,
        "request_id": _request_id(raw),
    }
    if body is _NO_JSON or (body is None and operation.envelope != "none"):
        # Also where a success says nothing: a page of a proxy is not Amazon's word.
        raise ServerError("The reply is not JSON.", **facts)
    if operation.envelope == "none":
        # Some writes say with 200 that they were refused.
        _check_errors(body, facts)
        return None
    if not isinstance(body, dict):
        raise UnexpectedReplyError("The reply is not an object.", "$", **facts)
    if operation.envelope == "bare":
        return body
    if body.get("payload") is None:
        _check_errors(body, facts)
        raise UnexpectedReplyError("The reply has no payload.", "payload", **facts)
    return body["payload"]


def _check_errors(body, facts):
    first = _first_error(body)
    if first:
        raise RequestError(
            first.get("message") or "Amazon refuses the request.",
            code=first.get("code"),
            details=first.get("details"),
            **facts,
        )


def _first_error(body):
    """Return the first entry of the error envelope, texts only."""
    errors = body.get("errors") if isinstance(body, dict) else None
    entry = errors[0] if isinstance(errors, list) and errors else None
    if not isinstance(entry, dict):
        return {}
    return {key: value for key, value in entry.items() if isinstance(value, str)}


def _error(operation, raw, body, rate):
    """Return the error of a reply that is not a success."""
    first = _first_error(body)
    message = first.get("message") or f"Amazon answered {raw.status}."
    details = first.get("details")
    kind = _kind(operation, raw.status, f"{message} {details or ''}")
    retry_after = None
    if kind is ThrottledError:
        retry_after = 1 / (rate or operation.rate)
    return kind(
        message,
        operation=operation.key,
        status=raw.status,
        code=first.get("code"),
        request_id=_request_id(raw),
        retry_after=retry_after,
        details=details,
    )


def _kind(operation, status, text):
    if status == 429:
        return ThrottledError
    if status >= 500 or status < 400:
        # Amazon never redirects; a gateway that does is out of order.
        return ServerError
    if status in (401, 403):
        if _SECRET_TROUBLE.search(text):
            return InvalidClientError
        if status == 401 or _TOKEN_TROUBLE.search(text):
            return TokenExpiredError
        return AccessDeniedError
    if operation is _RDT and status == 400 and _NO_ACCESS.search(text):
        return AccessDeniedError
    return _BY_STATUS.get(status, RequestError)
