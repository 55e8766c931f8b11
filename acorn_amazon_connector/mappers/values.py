"""Read JSON values of known types; anything else is a PayloadError.

Missing and ``null`` are the same. Text is made safe for PostgreSQL: JSON can
carry NUL and half surrogate pairs, a database cannot.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from ..services.timestamps import parse_timestamp
from .errors import PayloadError

# RFC 7159 numbers, with the size of any amount a seller will ever see.
_AMOUNT = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,12})?(?:[eE][+-]?[0-9]{1,2})?")
_LARGEST_AMOUNT = Decimal(10) ** 15
_FINEST_AMOUNT = -12
_LARGEST_INTEGER = 2**31 - 1
_CURRENCY = re.compile(r"[A-Z]{3}")
_SURROGATES = re.compile("[\ud800-\udfff]")
_LONGEST_ID = 256


@dataclass(frozen=True, slots=True)
class Money:
    """An amount and its ISO 4217 currency, ``None`` where Amazon left it out."""

    amount: Decimal
    currency: str | None


def clean_text(value: str) -> str:
    """Return text without NUL, half surrogate pairs and outer blanks."""
    if not value.isascii():
        value = _SURROGATES.sub("\ufffd", value)
    return value.replace("\x00", "").strip()


def read_amount(value: Any, path: str) -> Decimal:
    """Return a decimal number as Amazon writes it, exactly.

    :raise PayloadError: not a finite number of a sane size
    """
    if isinstance(value, float):
        value = repr(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        if abs(value) >= _LARGEST_AMOUNT:
            raise PayloadError("the amount is too large", path)
        value = str(value)
    if not isinstance(value, str) or not _AMOUNT.fullmatch(value):
        raise PayloadError("not a decimal number", path)
    amount = Decimal(value)
    exponent = amount.as_tuple().exponent
    if abs(amount) >= _LARGEST_AMOUNT or exponent < _FINEST_AMOUNT:
        raise PayloadError("the amount is too large or too fine", path)
    # "1E+2" and "-0" would travel into every text we make of it.
    return amount.quantize(Decimal(1)) if exponent > 0 else amount + 0


class Node:
    """A JSON object and where it was found.

    Where that is, is put into words when it is asked for: reading an order makes
    dozens of nodes, and hardly ever an error.
    """

    __slots__ = ("_name", "_parent", "value")

    def __init__(self, value: Any, name: str = "", parent: "Node | None" = None):
        self._name = name
        self._parent = parent
        if not isinstance(value, dict):
            raise PayloadError("not an object", self.path or "$")
        self.value = value

    def __bool__(self):
        return bool(self.value)

    @property
    def path(self) -> str:
        """Return where the object was found, for example ``orderItems[0]``."""
        return self._name if self._parent is None else self._parent.at(self._name)

    def at(self, key: str) -> str:
        """Return the path of a key."""
        path = self.path
        return f"{path}.{key}" if path else key

    def text(self, key: str) -> str | None:
        """Return text, ``None`` when missing or empty."""
        value = self.value.get(key)
        if value is None:
            return None
        if not isinstance(value, str):
            raise PayloadError("not text", self.at(key))
        return clean_text(value) or None

    def identifier(self, key: str) -> str:
        """Return a text that must be there and can be a key."""
        value = self.text(key)
        if value is None:
            raise PayloadError("missing", self.at(key))
        if len(value) > _LONGEST_ID:
            raise PayloadError("too long", self.at(key))
        return value

    def word(self, key: str) -> str | None:
        """Return an enumeration value; unknown words are kept."""
        value = self.text(key)
        return value.upper() if value else None

    def words(self, key: str) -> tuple[str, ...]:
        """Return the texts of a list, empty ones left out."""
        values = self.value.get(key)
        if values is None:
            return ()
        if not isinstance(values, list):
            raise PayloadError("not a list", self.at(key))
        result = []
        for position, value in enumerate(values):
            if not isinstance(value, str):
                raise PayloadError("not text", self.at(f"{key}[{position}]"))
            result.append(clean_text(value))
        return tuple(value for value in result if value)

    def count(self, key: str) -> int | None:
        """Return a number of things: a whole number, 0 or more."""
        value = self.value.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            raise PayloadError("not a whole number", self.at(key))
        if not 0 <= value <= _LARGEST_INTEGER:
            raise PayloadError("out of range", self.at(key))
        return value

    def required_count(self, key: str) -> int:
        """Return a number of things that must be there."""
        value = self.count(key)
        if value is None:
            raise PayloadError("missing", self.at(key))
        return value

    def flag(self, key: str) -> bool:
        """Return a boolean; v0 writes some of them as text."""
        value = self.value.get(key)
        if isinstance(value, str):
            value = {"true": True, "false": False, "": False}.get(value.lower())
            if value is None:
                raise PayloadError("neither true nor false", self.at(key))
        if value is not None and not isinstance(value, bool):
            raise PayloadError("neither true nor false", self.at(key))
        return bool(value)

    def moment(self, key: str) -> datetime | None:
        """Return a time in UTC (A23)."""
        value = self.text(key)
        if value is None:
            return None
        try:
            return parse_timestamp(value)
        except ValueError as exc:
            raise PayloadError(str(exc), self.at(key)) from exc

    def required_moment(self, key: str) -> datetime:
        """Return a time in UTC that must be there."""
        value = self.moment(key)
        if value is None:
            raise PayloadError("missing", self.at(key))
        return value

    def child(self, key: str) -> "Node":
        """Return an object, an empty one when it is missing."""
        value = self.value.get(key)
        return Node({} if value is None else value, key, self)

    def children(self, key: str) -> list["Node"]:
        """Return the objects of a list."""
        values = self.value.get(key)
        if values is None:
            return []
        if not isinstance(values, list):
            raise PayloadError("not a list", self.at(key))
        return [
            Node(value, f"{key}[{position}]", self)
            for position, value in enumerate(values)
        ]

    def money(self, key: str) -> Money | None:
        """Return an amount, ``None`` when it is missing or empty.

        2026-01-01 writes ``amount`` and ``currencyCode``, v0 ``Amount`` and
        ``CurrencyCode``.
        """
        node = self.child(key)
        old = "Amount" in node.value
        amount_key = "Amount" if old else "amount"
        currency_key = "CurrencyCode" if old else "currencyCode"
        amount = node.value.get(amount_key)
        if amount is None or amount == "":
            return None
        currency = node.word(currency_key)
        if currency is not None and not _CURRENCY.fullmatch(currency):
            raise PayloadError("not a currency", node.at(currency_key))
        return Money(read_amount(amount, node.at(amount_key)), currency)
