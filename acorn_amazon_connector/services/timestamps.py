"""ISO 8601 in UTC, the only time Amazon and we exchange (A23)."""

import re
from datetime import datetime, timedelta, timezone

_ISO_8601 = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
    r"[Tt ](?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})"
    r"(?:[.,](?P<fraction>[0-9]{1,12}))?)?"
    r"(?:(?P<utc>[Zz])|(?P<sign>[+-])(?P<oh>[0-9]{2}):?(?P<om>[0-9]{2})?)"
)


def parse_timestamp(text: str) -> datetime:
    """Read an ISO 8601 date and time with a zone.

    Python 3.10's ``fromisoformat`` knows neither ``Z`` nor three digits of a
    second in all forms Amazon uses. Digits beyond the microsecond are cut.

    :return: aware datetime in UTC
    :raise ValueError: not such a time, without a zone, or out of range
    """
    match = _ISO_8601.fullmatch(text)
    if match is None:
        raise ValueError("not an ISO 8601 date and time with a zone")
    parts = match.groupdict()
    offset = timedelta()
    if parts["sign"]:
        minutes = int(parts["om"] or 0)
        if minutes > 59:
            raise ValueError("the minutes of the offset are out of range")
        offset = timedelta(hours=int(parts["oh"]), minutes=minutes)
        offset = -offset if parts["sign"] == "-" else offset
    try:
        local = datetime(
            int(parts["year"]),
            int(parts["month"]),
            int(parts["day"]),
            int(parts["hour"]),
            int(parts["minute"]),
            int(parts["second"] or 0),
            int((parts["fraction"] or "0").ljust(6, "0")[:6]),
            tzinfo=timezone(offset),
        )
        return local.astimezone(timezone.utc)
    except OverflowError as exc:
        raise ValueError("the time is out of range") from exc


def format_timestamp(moment: datetime) -> str:
    """Write an aware datetime as Amazon reads it: ``2026-11-21T08:00:00.000Z``.

    :raise ValueError: the datetime has no zone
    """
    if moment.tzinfo is None:
        raise ValueError("A time without a zone cannot be sent to Amazon.")
    text = moment.astimezone(timezone.utc).replace(tzinfo=None)
    return text.isoformat(timespec="milliseconds") + "Z"


def format_amz_date(moment: datetime) -> str:
    """Write an aware datetime for the ``x-amz-date`` header."""
    return moment.astimezone(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
