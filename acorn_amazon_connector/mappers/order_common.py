"""What the mappers of both Orders API versions share."""

from dataclasses import replace
from decimal import Decimal

from .errors import BlockedError, PayloadError
from .order_data import FACILITATOR_MODEL, STATUS_UNKNOWN, Address, Window
from .values import Node

# Their money is not final, or no longer matters.
UNSETTLED = frozenset(
    {"CANCELLED", "PENDING", "PENDING_AVAILABILITY", "UNFULFILLABLE", STATUS_UNKNOWN}
)
_COUNTRY_ALIASES = {"UK": "GB", "EL": "GR"}
_FULFILLERS = (None, "MERCHANT", "AMAZON")


def known_fulfiller(word: str | None, path: str) -> str | None:
    """Return who ships an order, ``None`` when Amazon does not say.

    :raise PayloadError: somebody else; whose stock it takes is not to be guessed
    """
    if word not in _FULFILLERS:
        raise PayloadError("unknown", path)
    return word


class Purse:
    """Reads amounts and insists on one currency for the whole order."""

    def __init__(self):
        self._currencies = set()

    def amount(self, node: Node, key: str) -> Decimal | None:
        """Return an amount, ``None`` when it is missing."""
        money = node.money(key)
        if money is None:
            return None
        if money.currency:
            self._currencies.add(money.currency)
        return money.amount

    @property
    def currency(self) -> str | None:
        """Return the currency, ``None`` when there was no money.

        :raise BlockedError: ``mixed_currencies``
        """
        if len(self._currencies) > 1:
            names = sorted(self._currencies)
            raise BlockedError(
                "mixed_currencies",
                f"The order mixes currencies: {', '.join(names)}.",
                {"currencies": names},
            )
        return next(iter(self._currencies), None)


def first(values):
    """Return the first value that is there."""
    return next((value for value in values if value), None)


def pairs(candidates):
    """Return the (name, value) pairs that have a value."""
    return tuple((name, value) for name, value in candidates if value)


def country_code(code):
    """Return the ISO 3166-1 code for the spellings Amazon uses."""
    return _COUNTRY_ALIASES.get(code, code)


def address_or_none(address):
    """Return the address, ``None`` when nothing in it is filled in."""
    return None if address == Address() else address


def window(earliest, latest):
    """Return a window, ``None`` when both ends are open."""
    return Window(earliest, latest) if earliest or latest else None


def check_lines(lines, status, path):
    """Refuse an order whose lines cannot be told apart or are missing.

    :raise PayloadError: an item id twice, or no item in a live order
    """
    if len({line.order_item_id for line in lines}) < len(lines):
        raise PayloadError("the same order item twice", path)
    if not lines and status not in UNSETTLED:
        raise PayloadError("no order item", path)


def order_facilitator(lines):
    """Return who remits the tax of the lines that have such a party."""
    flagged = [line for line in lines if line.facilitator]
    party = first(line.responsible_party for line in flagged)
    return party or (FACILITATOR_MODEL if flagged else None)


def with_charges(lines, balance):
    """Return the lines with their reconciled money."""
    return tuple(
        replace(line, charges=charges, tax_outside_total=outside)
        for line, charges, outside in zip(
            lines, balance.lines, balance.tax_outside, strict=True
        )
    )
