"""The ``state`` of the consent redirect: signed, short-lived, single use (A10).

It binds the answer of Amazon's consent page to the user and the store that
asked for it, so that nobody can slip in another seller's authorisation.
"""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from jose import jwt
from jose.exceptions import JOSEError

ALGORITHM = "HS256"
AUDIENCE = "acorn-amazon-consent"
# Amazon wants the whole consent done within ten minutes.
LIFETIME_SECONDS = 600
_CLOCK_SKEW_SECONDS = 30
_SHORTEST_KEY = 32


class StateError(Exception):
    """The state is forged, too old or meant for someone else."""


def sign(
    claims: Mapping[str, Any],
    key: str,
    clock: Callable[[], datetime],
    *,
    lifetime: int = LIFETIME_SECONDS,
) -> str:
    """Return a signed state.

    :param claims: ``uid`` and ``store`` are required; ``nonce`` is made when
        it is absent
    :param key: at least 32 characters
    :param clock: returns the aware time
    :param lifetime: seconds
    :raise ValueError: a binding claim is missing or the key is too short
    """
    missing = {"uid", "store"} - set(claims)
    if missing:
        raise ValueError(f"The state must name {', '.join(sorted(missing))}.")
    _check_key(key)
    issued_at = int(clock().timestamp())
    payload = {
        "nonce": secrets.token_urlsafe(24),
        **claims,
        "aud": AUDIENCE,
        "iat": issued_at,
        "exp": issued_at + lifetime,
    }
    return jwt.encode(payload, key, algorithm=ALGORITHM)


def verify(
    token: str,
    key: str,
    clock: Callable[[], datetime],
    *,
    uid: int | None = None,
    store: int | None = None,
) -> dict[str, Any]:
    """Return the claims of a state that is ours, in time and for this person.

    The caller still has to spend ``nonce`` so that it works once.

    :param uid: the user who must have asked, when known
    :param store: the store it must be for, when known
    :raise StateError: anything is wrong with it
    """
    _check_key(key)
    try:
        claims = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            # Compared below with the clock we were given.
            options={"verify_exp": False, "verify_iat": False, "leeway": 0},
        )
    except (JOSEError, TypeError, ValueError, AttributeError):
        raise StateError("The state was not signed here.") from None
    _check_claims(claims, clock().timestamp(), {"uid": uid, "store": store})
    return claims


def _check_key(key):
    if len(key) < _SHORTEST_KEY:
        raise ValueError("The key of the state is too short.")


def _check_claims(claims, now, expected):
    required = {"aud", "exp", "iat", "nonce", "store", "uid"}
    if not required <= set(claims) or not claims["nonce"]:
        raise StateError("The state is incomplete.")
    times = (claims["iat"], claims["exp"])
    if not all(isinstance(value, int) for value in times):
        raise StateError("The state is incomplete.")
    if now >= claims["exp"]:
        raise StateError("The state is too old.")
    if claims["iat"] > now + _CLOCK_SKEW_SECONDS:
        raise StateError("The state is from the future.")
    for name, value in expected.items():
        if value is not None and claims[name] != value:
            raise StateError("The state is meant for someone else.")
