"""ISO 8601 in UTC, in every spelling Amazon uses (A23)."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, strategies as st

from acorn_amazon_connector.services.timestamps import (
    format_amz_date,
    format_timestamp,
    parse_timestamp,
)

ZONES = st.integers(min_value=-14 * 60, max_value=14 * 60).map(
    lambda minutes: timezone(timedelta(minutes=minutes))
)
MOMENTS = st.datetimes(
    min_value=datetime(1970, 1, 2), max_value=datetime(2200, 1, 1), timezones=ZONES
)


@given(moment=MOMENTS)
def test_any_offset_is_the_same_instant(moment):  # A23
    parsed = parse_timestamp(moment.isoformat())
    assert parsed == moment
    assert parsed.tzinfo is timezone.utc


@given(
    moment=MOMENTS,
    digits=st.integers(min_value=0, max_value=9),
    zone=st.sampled_from(["Z", "z", "+00:00", "-0000", "+00"]),
    separator=st.sampled_from(["T", "t", " "]),
)
def test_any_number_of_digits_of_a_second(moment, digits, zone, separator):
    utc = moment.astimezone(timezone.utc)
    fraction = f"{utc.microsecond:06d}000"[:digits]
    text = utc.strftime(f"%Y-%m-%d{separator}%H:%M:%S")
    text = text.zfill(19) + (f".{fraction}" if digits else "") + zone
    kept = int(fraction[:6].ljust(6, "0")) if digits else 0
    assert parse_timestamp(text) == utc.replace(microsecond=kept)


@given(moment=MOMENTS)
def test_what_is_sent_can_be_read_back(moment):
    text = format_timestamp(moment)
    assert text.endswith("Z") and len(text) == len("2026-11-21T08:00:00.000Z")
    assert abs(parse_timestamp(text) - moment) < timedelta(milliseconds=1)


@given(text=st.text(max_size=40))
def test_anything_else_is_a_value_error(text):
    try:
        assert parse_timestamp(text).tzinfo is timezone.utc
    except ValueError:
        pass


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21",
        "2026-11-21T08:00:00",
        "2026-02-30T08:00:00Z",
        "2026-11-21T08:00:00+25:00",
        "2026-11-21T08:00:00+01:99",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "２０２６-11-21T08:00:00Z",
        "1.569521782042E9",
        "",
    ],
)
def test_refused(text):
    with pytest.raises(ValueError):
        parse_timestamp(text)


def test_a_time_without_a_zone_is_never_sent():
    with pytest.raises(ValueError):
        format_timestamp(datetime(2026, 11, 21))


def test_the_date_header():
    zone = timezone(timedelta(hours=9))
    moment = datetime(2026, 11, 21, 8, 0, 5, tzinfo=zone)
    assert format_amz_date(moment) == "20261120T230005Z"
