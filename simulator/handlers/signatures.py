"""Signed requests: JSON Web Signatures over method, target and body."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from dataclasses import dataclass
from functools import lru_cache

from jose import jwk, jws
from jose.exceptions import JOSEError

from ..errors import ApiError
from ..exchange import Exchange
from ..state.registrations import Developer

HEADER = "x-registration-signature"
ALGORITHM = "RS256"
LONGEST_LIFE = 300
# How much a clock may be ahead of ours, in seconds.
SKEW = 60


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed, and for which seller."""

    developer: Developer
    subject: str


def _refuse(details: str, code="InvalidSignature") -> ApiError:
    words = {
        "InvalidSignature": "The signature is not valid.",
        "UnknownKey": "The key of the signature is not known.",
        "ReplayedSignature": "The signature was used before.",
    }
    return ApiError(401, code, words[code], details)


def check_signature(exchange: Exchange) -> Signature:
    """Check the signature of a request; it can be used once.

    :raise ApiError: 401 InvalidSignature, UnknownKey or ReplayedSignature
    """
    value = exchange.request.headers.get(HEADER, "")
    if not value:
        raise _refuse(f"{HEADER} is missing.")
    desk = exchange.simulation.registrations
    found = desk.find_key(_key_id(value))
    if found is None or found[0].client_id != exchange.application.client_id:
        raise _refuse("kid", "UnknownKey")
    developer, public_pem = found
    claims = _verified(value, public_pem)
    _check_claims(claims, _expected(exchange, developer))
    _check_times(claims, exchange.at.timestamp())
    if claims["jti"] in desk.seen:
        raise _refuse("jti", "ReplayedSignature")
    desk.seen.add(claims["jti"])
    return Signature(developer, claims["sub"])


def _key_id(value: str) -> str:
    try:
        header = jws.get_unverified_header(value)
    except JOSEError as error:
        raise _refuse("It is no compact JWS.") from error
    if header.get("alg") != ALGORITHM:
        raise _refuse(f"alg must be {ALGORITHM}.")
    if header.get("typ") != "JWT":
        raise _refuse("typ must be JWT.")
    return str(header.get("kid"))


@lru_cache(maxsize=64)
def _key(public_pem: str):
    return jwk.construct(public_pem, ALGORITHM)


def _verified(value: str, public_pem: str) -> dict:
    try:
        payload = jws.verify(value, _key(public_pem), algorithms=[ALGORITHM])
        claims = json.loads(payload)
    except (JOSEError, ValueError) as error:
        raise _refuse("The key did not sign this.") from error
    if not isinstance(claims, dict):
        raise _refuse("The claims are no object.")
    return claims


def _expected(exchange: Exchange, developer: Developer) -> dict[str, str]:
    request = exchange.request
    digest = hashlib.sha256(request.get_data()).digest()
    return {
        "iss": developer.developer_id,
        "aud": request.host_url.rstrip("/"),
        "htm": request.method,
        "htu": request.environ.get("REQUEST_URI") or request.full_path.rstrip("?"),
        "digest": f"sha-256={base64.b64encode(digest).decode()}",
    }


def _check_claims(claims: dict, expected: dict[str, str]) -> None:
    for name, value in expected.items():
        if claims.get(name) != value:
            raise _refuse(f"{name} is not that of the request.")
    for name in ("jti", "sub"):
        if not isinstance(claims.get(name), str) or not claims[name]:
            raise _refuse(f"{name} is missing.")


def _check_times(claims: dict, now: float) -> None:
    issued, expires = (claims.get(name) for name in ("iat", "exp"))
    if type(issued) is not int or type(expires) is not int:
        raise _refuse("iat and exp must be whole seconds.")
    if not 0 < expires - issued <= LONGEST_LIFE:
        raise _refuse(f"It may live {LONGEST_LIFE} seconds at most.")
    # Reviews take days of the simulator's clock, which a test lets pass at once;
    # the clock of the client stays where it is.
    if not any(issued - SKEW <= moment < expires for moment in (now, time.time())):
        raise _refuse("It has expired, or is not valid yet.")
