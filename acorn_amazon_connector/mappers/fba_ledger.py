"""What moved stock at Amazon: rows of ``GET_LEDGER_DETAIL_VIEW_DATA`` (A31, X14)."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from ..services.timestamps import parse_timestamp
from .errors import PayloadError
from .values import clean_text

LEDGER_REPORT = "GET_LEDGER_DETAIL_VIEW_DATA"
# Without one of these no row says what happened.
NEEDED_COLUMNS = ("Date", "MSKU", "Event Type", "Quantity")

_KINDS = {
    "receipts": "receipt",
    "shipments": "shipment",
    "customershipments": "shipment",
    "customerreturns": "return",
    "vendorreturns": "removal",
    "whsetransfers": "transfer",
    "warehousetransfers": "transfer",
}
# Letters of adjustments; P and Q are the two halves of a changed condition.
_REASONS = {
    "M": "lost",
    "F": "found",
    "P": "condition",
    "Q": "condition",
    "D": "disposed",
}

_AMERICAN_DAY = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ].*)?")
_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class LedgerEvent:
    """One movement of a SKU in one warehouse.

    ``quantity`` is signed: below 0 stock left. ``event_type`` and ``disposition`` are
    Amazon's words, for example Receipts, Shipments, Adjustments and SELLABLE,
    WAREHOUSE_DAMAGED; ``reason`` is the letter of an adjustment. ``happened_at`` is
    aware UTC, ``None`` where Amazon gives the day only. ``unreconciled`` is what Amazon
    still has to find or to pay for; it changes later on.
    """

    day: date
    happened_at: datetime | None
    sku: str
    fnsku: str | None
    asin: str | None
    title: str | None
    event_type: str
    reference: str | None
    quantity: int
    center: str | None
    disposition: str | None
    reason: str | None
    country: str | None
    reconciled: int
    unreconciled: int


def map_ledger_row(row: Mapping[str, str]) -> LedgerEvent:
    """Return the event of one row.

    :param row: column name → text, see ``Document.rows``
    :raise PayloadError: no SKU, no kind, or a day or number that is none
    """
    return LedgerEvent(
        day=_day(row),
        happened_at=_moment(row),
        sku=_needed(row, "MSKU"),
        fnsku=_text(row, "FNSKU"),
        asin=_text(row, "ASIN"),
        title=_text(row, "Title"),
        event_type=_needed(row, "Event Type"),
        reference=_text(row, "Reference ID"),
        quantity=_number(row, "Quantity", needed=True),
        center=_text(row, "Fulfillment Center"),
        disposition=_text(row, "Disposition"),
        reason=_text(row, "Reason"),
        country=_text(row, "Country"),
        reconciled=_number(row, "Reconciled Quantity"),
        unreconciled=_number(row, "Unreconciled Quantity"),
    )


def identify(events: Iterable[LedgerEvent]) -> Iterator[tuple[str, LedgerEvent]]:
    """Yield events with a key that is the same in every report.

    Amazon gives rows no number. Equal rows of one report are counted, so two units
    that left one by one stay two; what changes later is not part of the key. A report
    must hold whole days, or the count begins anew.
    """
    seen: Counter[str] = Counter()
    for event in events:
        facts = (
            event.day.isoformat(),
            event.happened_at.isoformat() if event.happened_at else None,
            event.sku,
            event.fnsku,
            event.event_type,
            event.reference,
            event.quantity,
            event.center,
            event.disposition,
            event.reason,
            event.country,
        )
        digest = hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:32]
        seen[digest] += 1
        yield f"{digest}-{seen[digest]}", event


def kind_of(event: LedgerEvent) -> str:
    """Return what an event means for stock.

    receipt, shipment, return, removal, transfer, lost, found, condition, disposed,
    adjustment (of any other reason) or other (a word of Amazon's we do not know).
    """
    word = re.sub("[^a-z]", "", event.event_type.lower())
    if word != "adjustments":
        return _KINDS.get(word, "other")
    return _REASONS.get((event.reason or "").upper(), "adjustment")


def _text(row, column):
    return clean_text(row.get(column) or "") or None


def _needed(row, column):
    text = _text(row, column)
    if text is None:
        raise PayloadError("missing", column)
    return text


def _number(row, column, needed=False):
    text = _needed(row, column) if needed else _text(row, column) or "0"
    if not _WHOLE_NUMBER.fullmatch(text):
        raise PayloadError("not a whole number", column)
    return int(text)


def _day(row):
    text = _needed(row, "Date")
    american, iso = _AMERICAN_DAY.fullmatch(text), _ISO_DAY.fullmatch(text)
    if american:
        month, day, year = map(int, american.groups())
    elif iso:
        year, month, day = map(int, iso.groups())
    else:
        raise PayloadError("not a day", "Date")
    try:
        return date(year, month, day)
    except ValueError as exc:
        raise PayloadError("not a day", "Date") from exc


def _moment(row):
    text = _text(row, "Date and Time")
    if text is None:
        return None
    try:
        return parse_timestamp(text)
    except ValueError as exc:
        raise PayloadError(str(exc), "Date and Time") from exc
