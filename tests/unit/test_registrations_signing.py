"""Keys of a developer, and what a signature says (B10)."""

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jose import jwk, jws
from registration_support import key_pair

from odoo.addons.acorn_amazon_onboarding.services.signing import (
    RequestSigner,
    generate_key_pair,
    import_private_key,
)

TARGET = "/registrations/2026-01-01/registrations?references=R-1%2CR-2"


def pem_of(key, password=None):
    encryption = serialization.NoEncryption()
    if password:
        encryption = serialization.BestAvailableEncryption(password)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
    )


@pytest.fixture
def pair():
    return key_pair()


@pytest.fixture
def signer(pair, clock):
    return RequestSigner("dev-1", pair.kid, pair.private_pem, clock)


def read(headers, key):
    (value,) = headers.values()
    claims = jws.verify(value, key, algorithms=["RS256"])
    return jws.get_unverified_header(value), jws.json.loads(claims)


def sign(signer, body=b'{"a":1}'):
    return signer.headers(
        "POST", TARGET, body, seller_id="A1B2C3", audience="https://host"
    )


def test_what_a_signature_says(signer, pair, clock):  # B10
    headers = sign(signer)
    assert list(headers) == ["x-registration-signature"]
    header, claims = read(headers, pair.public_pem)
    assert header == {"alg": "RS256", "typ": "JWT", "kid": pair.kid}
    now = int(clock().timestamp())
    digest = base64.b64encode(hashlib.sha256(b'{"a":1}').digest()).decode()
    jti = claims.pop("jti")
    assert claims == {
        "iss": "dev-1",
        "sub": "A1B2C3",
        "aud": "https://host",
        "iat": now,
        "exp": now + 300,
        "htm": "POST",
        "htu": TARGET,
        "digest": f"sha-256={digest}",
    }
    assert read(sign(signer), pair.public_pem)[1]["jti"] != jti


def test_no_body_is_an_empty_one(signer, pair):  # B10
    digests = {
        read(sign(signer, body), pair.public_pem)[1]["digest"] for body in (None, b"")
    }
    assert digests == {"sha-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="}


def test_the_private_key_is_not_shown(signer, pair):  # B10
    secret = pair.private_pem.splitlines()[5]
    assert secret not in repr(pair) + repr(signer) + str(vars(signer))


def test_new_keys(clock):  # B10
    made = generate_key_pair()
    key = serialization.load_pem_private_key(made.private_pem.encode(), None)
    assert key.key_size >= 2048
    signer = RequestSigner("dev-1", made.kid, made.private_pem, clock)
    assert read(sign(signer), made.public_pem)[0]["kid"] == made.kid


def test_a_key_has_the_same_name_wherever_it_comes_from(pair):  # B10
    again = import_private_key(pair.private_pem.encode())
    assert (again.kid, again.public_pem) == (pair.kid, pair.public_pem)
    key = serialization.load_pem_private_key(pair.private_pem.encode(), None)
    old_form = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    assert import_private_key(old_form.decode()).kid == pair.kid
    # The thumbprint of RFC 7638, section 3.
    known = jwk.construct(pair.public_pem, "RS256").to_dict()
    text = f'{{"e":"{known["e"]}","kty":"RSA","n":"{known["n"]}"}}'
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
    assert pair.kid == digest.decode().rstrip("=")


def small_key():
    # A library may refuse to make one so small.
    return pem_of(rsa.generate_private_key(public_exponent=65537, key_size=1024))


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda pair: "", "no private key in PEM form"),
        (lambda pair: "hello", "no private key in PEM form"),
        (lambda pair: pair.public_pem, "a public key"),
        (lambda pair: pair.private_pem[:300], "Is it complete?"),
        (lambda pair: small_key(), "1024 bits, at least 2048"),
        (
            lambda pair: pem_of(
                serialization.load_pem_private_key(pair.private_pem.encode(), None),
                b"secret",
            ),
            "protected by a password",
        ),
        (lambda pair: pem_of(ec.generate_private_key(ec.SECP256R1())), "RSA key"),
    ],
    ids=["empty", "text", "public", "cut", "small", "password", "curve"],
)
def test_keys_that_cannot_be_used(pair, clock, make, words):  # B10
    pem = make(pair)
    with pytest.raises(ValueError, match=words) as caught:
        import_private_key(pem)
    assert caught.value.__cause__ is None
    with pytest.raises(ValueError, match=words):
        RequestSigner("dev-1", "kid", pem, clock)
