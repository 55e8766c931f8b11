"""Keys of a developer, and the signature of a request (B10).

A request carries a compact JWS (RFC 7515), RS256 only, over who asks, for whom,
method, target and body. It lives five minutes and is used once.
"""

import base64
import hashlib
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jose import jwk, jws
from jose.utils import base64url_encode

HEADER = "x-registration-signature"
ALGORITHM = "RS256"
LIFE = 300
SMALLEST_KEY = 2048
_NEW_KEY = 3072


@dataclass(frozen=True, slots=True)
class KeyPair:
    """An RSA key pair; ``kid`` is the key's thumbprint (RFC 7638)."""

    kid: str
    private_pem: str = field(repr=False)
    public_pem: str


def generate_key_pair() -> KeyPair:
    """Return a new key pair."""
    return _pair(rsa.generate_private_key(public_exponent=65537, key_size=_NEW_KEY))


def import_private_key(pem: str | bytes) -> KeyPair:
    """Return the key pair of a private key in PEM form.

    :raise ValueError: a person can read why it cannot be used
    """
    return _pair(_load(pem))


class RequestSigner:
    """Signs the requests of one developer.

    :param clock: returns the aware time
    :raise ValueError: see ``import_private_key``
    """

    def __init__(
        self,
        developer_id: str,
        kid: str,
        private_pem: str | bytes,
        clock: Callable[[], datetime],
    ):
        self.developer_id = developer_id
        self.kid = kid
        self._key = jwk.construct(_load(private_pem), ALGORITHM)
        self._clock = clock

    def __repr__(self):
        return f"RequestSigner({self.developer_id!r}, {self.kid!r})"

    def headers(
        self,
        method: str,
        target: str,
        body: bytes | None,
        *,
        seller_id: str,
        audience: str,
    ) -> dict[str, str]:
        """Return the signature of one request; every call gives another one.

        :param target: path with query, as sent
        :param audience: origin of the endpoint, such as ``https://host``
        """
        now = int(self._clock().timestamp())
        digest = hashlib.sha256(body or b"").digest()
        claims = {
            "iss": self.developer_id,
            "sub": seller_id,
            "aud": audience,
            "iat": now,
            "exp": now + LIFE,
            "jti": str(uuid.uuid4()),
            "htm": method,
            "htu": target,
            "digest": f"sha-256={base64.b64encode(digest).decode()}",
        }
        value = jws.sign(
            claims, self._key, headers={"kid": self.kid}, algorithm=ALGORITHM
        )
        return {HEADER: value}


@lru_cache(maxsize=8)
def _load(pem) -> rsa.RSAPrivateKey:
    # Kept, as the check of a key takes longer than the call that it signs.
    data = pem.encode() if isinstance(pem, str) else pem
    if b"PRIVATE KEY" not in data:
        kind = "a public key" if b"PUBLIC KEY" in data else "no private key in PEM form"
        raise ValueError(f"This is {kind}. Paste the private key in PEM form.")
    try:
        key = serialization.load_pem_private_key(data, password=None)
    except TypeError:
        raise ValueError(
            "The key is protected by a password. Remove the password first."
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        # The original text may show parts of the key.
        raise ValueError("The key cannot be read. Is it complete?") from None
    is_rsa = isinstance(key, rsa.RSAPrivateKey)
    if not is_rsa:
        raise ValueError("An RSA key is needed, this is another kind of key.")
    if key.key_size < SMALLEST_KEY:
        raise ValueError(
            f"The key has {key.key_size} bits, at least {SMALLEST_KEY} are needed."
        )
    return key


def _pair(key) -> KeyPair:
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return KeyPair(_thumbprint(public), private.decode(), public.decode())


def _thumbprint(public_pem) -> str:
    known = jwk.construct(public_pem, ALGORITHM).to_dict()
    needed = {name: known[name] for name in ("e", "kty", "n")}
    text = json.dumps(needed, sort_keys=True, separators=(",", ":"))
    return base64url_encode(hashlib.sha256(text.encode()).digest()).decode()
