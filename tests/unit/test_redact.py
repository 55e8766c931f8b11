"""Nothing secret or personal reaches a log or a record (A26, A27)."""

import json
import logging

import pytest
from hypothesis import given, strategies as st
from order_payloads import rich_order_2026, rich_order_v0

from acorn_amazon_connector.services.redact import (
    get_logger,
    redact,
    redact_body,
    scrub_text,
)

SECRETS = [
    "Atza|IwEBIA-abc_123",
    "Atzr|IwEBIB.xyz",
    "Atc|MQEBI",
    "Atz.sprdt|ODMwMTk",
    "amzn1.oa2-cs.v1.0123456789abcdef",
]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("frame", ["{}", "x={}&y=1", '"{}"', "token {} refused."])
def test_tokens_inside_any_text(secret, frame):
    assert secret not in scrub_text(frame.format(secret))


@pytest.mark.parametrize(
    "text",
    [
        "client_secret=hunter2&x=1",
        '{"client_secret": "hunter2"}',
        '{\\"refresh_token\\": \\"hunter2\\"}',
        "X-Amz-Signature=hunter2",
        "x-amz-access-token: hunter2",
        "Authorization: Bearer hunter2",
        "password=hunter2",
    ],
)
def test_named_secrets_inside_any_text(text):
    assert "hunter2" not in scrub_text(text)


def test_addresses_inside_any_text():
    assert "marketplace" not in scrub_text("mail of ab-1+x@marketplace.amazon.co.uk!")


def leaves(value):
    if isinstance(value, dict):
        for inner in value.values():
            yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    else:
        yield value


@pytest.mark.parametrize(
    "document", [rich_order_2026(), list(rich_order_v0())], ids=["2026", "v0"]
)
def test_no_buyer_is_left_in_an_order(document):
    text = json.dumps(redact(document), ensure_ascii=False)
    for personal in (
        "Łucja",
        "Żak",
        "Długa",
        "31-147",
        "+48",
        "marketplace.amazon",
        "PL676",
        "PO-9",
        "najlepszego",
        "Jo Field",
        "Pine",
        "78701",
        "PO-10",
        "Enjoy!",
        "Acme",
        "DE123456789",
    ):
        assert personal not in text
    assert "LAMP-OAK" in text and "305-1112223-3334445" in text


def test_error_codes_stay_readable():
    body = {"errors": [{"code": "InvalidInput", "message": "no"}], "code": "ANsecret"}
    assert redact(body)["errors"][0]["code"] == "InvalidInput"
    assert redact(body)["code"] == "***"


def test_bodies_are_cut_and_never_fail():
    assert redact_body(None) == ""
    assert redact_body(b"\xff\xfe<html>").endswith("<html>")
    assert len(redact_body({"a": "x" * 9000})) == 4000
    assert redact_body(b"[" * 100_000).startswith("[")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4)
    ),
)


@given(value=JSON, secret=st.sampled_from(SECRETS))
def test_no_place_hides_a_token(value, secret):
    document = {"a": [value, {"b": secret}], "refresh_token": secret, "x": [secret]}
    assert secret not in repr(redact(document))
    assert secret not in redact_body(document)


def test_log_arguments_are_masked(caplog):
    logger = get_logger("acorn_amazon_connector.test_redact")
    caplog.set_level(logging.DEBUG)
    logger.info("sent %(body)s", {"body": {"refresh_token": "Atzr|x", "a": 1}})
    logger.info("got %s and %d", "Atza|y", 5)
    logger.info("plain")
    assert "Atzr" not in caplog.text and "Atza" not in caplog.text
    assert "5" in caplog.text and "plain" in caplog.text
    assert get_logger("acorn_amazon_connector.test_redact").filters == logger.filters
    assert len(logger.filters) == 1
