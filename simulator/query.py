"""Typed reading of query parameters, with the calling API's own 400."""

from __future__ import annotations

from collections.abc import Callable, Container
from datetime import datetime

from .clock import parse_time
from .errors import ApiError


class Query:
    """The query parameters of one request.

    :param args: multi-dict of the request
    :param wrong: builds the API family's 400 from a details sentence
    """

    def __init__(self, args, wrong: Callable[[str], ApiError]):
        self._args = args
        self._wrong = wrong

    def __contains__(self, name: str) -> bool:
        return name in self._args

    def names(self) -> set[str]:
        """Return the names of all parameters sent."""
        return set(self._args)

    def text(self, name: str) -> str | None:
        """Return a single value, or None."""
        values = self._args.getlist(name)
        if len(values) > 1:
            raise self._wrong(f"{name} is given more than once.")
        return values[0] if values else None

    def list(
        self, name: str, allowed: Container[str] | None = None, most: int | None = None
    ) -> list[str]:
        """Return the values of a list, comma separated or repeated."""
        values = [
            part.strip()
            for value in self._args.getlist(name)
            for part in value.split(",")
            if part.strip()
        ]
        if name in self._args and not values:
            raise self._wrong(f"{name} is empty.")
        if most is not None and len(values) > most:
            raise self._wrong(f"{name} has more than {most} values.")
        for value in values:
            if allowed is not None and value not in allowed:
                raise self._wrong(f"{name} has an invalid value: {value}")
        return values

    def raw(self, name: str) -> list[str]:
        """Return the values as they were sent, commas and all."""
        return self._args.getlist(name)

    def time(self, name: str) -> datetime | None:
        """Return an ISO 8601 time as aware UTC, or None."""
        value = self.text(name)
        if value is None:
            return None
        try:
            return parse_time(value)
        except ValueError as error:
            raise self._wrong(f"{name} is not an ISO 8601 date: {value}") from error

    def integer(self, name: str, default: int, low: int, high: int) -> int:
        """Return a whole number between `low` and `high`."""
        value = self.text(name)
        if value is None:
            return default
        if not value.isdigit() or not low <= int(value) <= high:
            raise self._wrong(f"{name} must be between {low} and {high}.")
        return int(value)

    def choice(self, name: str, default: str, allowed: Container[str]) -> str:
        """Return one of `allowed`."""
        value = self.text(name)
        if value is None:
            return default
        if value not in allowed:
            raise self._wrong(f"{name} has an invalid value: {value}")
        return value

    def flag(self, name: str) -> bool:
        """Return a boolean written ``true`` or ``false``; absent is false."""
        # Amazon's own SDK writes True.
        words = ("true", "false", "True", "False")
        return self.choice(name, "false", words).lower() == "true"
