"""The state of the consent redirect cannot be forged, kept or passed on (A10)."""

import base64
import json

import pytest
from hypothesis import given, strategies as st
from jose import jwt

from acorn_amazon_connector.services.oauth_state import (
    AUDIENCE,
    StateError,
    sign,
    verify,
)

KEY = "k" * 32


def encode(part):
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def test_a_state_comes_back(clock):
    token = sign({"uid": 2, "store": 7, "nonce": "n1"}, KEY, clock)
    claims = verify(token, KEY, clock, uid=2, store=7)
    assert (claims["uid"], claims["store"], claims["nonce"]) == (2, 7, "n1")
    assert claims["aud"] == AUDIENCE


def test_each_state_has_a_nonce_of_its_own(clock):
    tokens = {sign({"uid": 2, "store": 7}, KEY, clock) for _number in range(5)}
    nonces = {verify(token, KEY, clock)["nonce"] for token in tokens}
    assert len(nonces) == 5 and all(len(nonce) >= 32 for nonce in nonces)


@pytest.mark.parametrize("expected", [{"uid": 3}, {"store": 8}, {"uid": "2"}])
def test_a_state_of_someone_else(clock, expected):
    token = sign({"uid": 2, "store": 7}, KEY, clock)
    with pytest.raises(StateError):
        verify(token, KEY, clock, **expected)


def test_too_old_and_from_the_future(clock):
    token = sign({"uid": 2, "store": 7}, KEY, clock)
    clock.advance(599)
    verify(token, KEY, clock)
    clock.advance(1)
    with pytest.raises(StateError):
        verify(token, KEY, clock)
    clock.advance(-660)
    with pytest.raises(StateError):
        verify(token, KEY, clock)


def test_another_key(clock):
    token = sign({"uid": 2, "store": 7}, KEY, clock)
    with pytest.raises(StateError):
        verify(token, "x" * 32, clock)


def claims(clock, **changes):
    now = int(clock().timestamp())
    return {
        "uid": 2,
        "store": 7,
        "nonce": "n",
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + 60,
        **changes,
    }


@pytest.mark.parametrize(
    "change",
    [
        {"aud": "someone-else"},
        {"aud": None},
        {"nonce": ""},
        {"exp": "later"},
        {"iat": None},
        {"exp": 0},
    ],
)
def test_signed_by_us_but_not_for_this(clock, change):
    token = jwt.encode(claims(clock, **change), KEY, algorithm="HS256")
    with pytest.raises(StateError):
        verify(token, KEY, clock)


@pytest.mark.parametrize("missing", ["uid", "store", "nonce", "aud", "exp", "iat"])
def test_every_claim_is_needed(clock, missing):
    content = claims(clock)
    del content[missing]
    token = jwt.encode(content, KEY, algorithm="HS256")
    with pytest.raises(StateError):
        verify(token, KEY, clock)


def test_other_algorithms_are_refused(clock):
    content = claims(clock)
    with pytest.raises(StateError):
        verify(jwt.encode(content, KEY, algorithm="HS512"), KEY, clock)
    unsigned = f"{encode({'alg': 'none', 'typ': 'JWT'})}.{encode(content)}."
    with pytest.raises(StateError):
        verify(unsigned, KEY, clock)


@given(text=st.text() | st.none() | st.binary() | st.integers())
def test_anything_else_is_a_state_error(text):
    with pytest.raises(StateError):
        verify(text, KEY, lambda: None)


@given(position=st.integers(min_value=0), letter=st.sampled_from("AZaz09-_."))
def test_no_letter_can_be_changed(position, letter):
    from unit_support import FakeClock

    clock = FakeClock()
    token = sign({"uid": 2, "store": 7, "nonce": "n"}, KEY, clock)
    position %= len(token)
    changed = token[:position] + letter + token[position + 1 :]
    try:
        assert verify(changed, KEY, clock) == verify(token, KEY, clock)
    except StateError:
        assert changed != token


@pytest.mark.parametrize("claim", ["uid", "store"])
def test_a_state_must_be_bound(clock, claim):
    content = {"uid": 2, "store": 7}
    del content[claim]
    with pytest.raises(ValueError):
        sign(content, KEY, clock)


def test_a_short_key_is_refused(clock):
    with pytest.raises(ValueError):
        sign({"uid": 2, "store": 7}, "short", clock)
    with pytest.raises(ValueError):
        verify("x", "short", clock)
