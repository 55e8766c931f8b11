"""Shapes of JSON: what a request body must look like, said in a few words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Shape = Callable[[Any, str], None]


class Misshapen(ValueError):
    """A value does not have its shape; the text names the place."""


def text(low: int = 1, high: int = 1024, pattern: str | None = None) -> Shape:
    """Return the shape of a string of `low` to `high` characters."""

    def check(value: Any, where: str) -> None:
        if not isinstance(value, str) or not low <= len(value) <= high:
            raise Misshapen(f"{where} must have {low} to {high} characters.")
        if pattern is not None and not re.fullmatch(pattern, value):
            raise Misshapen(f"{where} has an invalid value.")

    return check


def number(low: float, high: float, whole: bool = False) -> Shape:
    """Return the shape of a number between `low` and `high`."""

    def check(value: Any, where: str) -> None:
        fits = isinstance(value, int if whole else (int, float))
        if not fits or isinstance(value, bool) or not low <= value <= high:
            raise Misshapen(f"{where} must be between {low} and {high}.")

    return check


def one_of(*words: str) -> Shape:
    """Return the shape of one of a few words."""

    def check(value: Any, where: str) -> None:
        if value not in words:
            raise Misshapen(f"{where} must be one of {', '.join(words)}.")

    return check


def many(shape: Shape, low: int = 1, high: int = 10_000) -> Shape:
    """Return the shape of a list."""

    def check(value: Any, where: str) -> None:
        if not isinstance(value, list) or not low <= len(value) <= high:
            raise Misshapen(f"{where} must have {low} to {high} entries.")
        for place, each in enumerate(value):
            shape(each, f"{where}[{place}]")

    return check


def fields(
    needed: Mapping[str, Shape], optional: Mapping[str, Shape] | None = None
) -> Shape:
    """Return the shape of an object; what it does not name may be anything."""
    shapes = {**needed, **(optional or {})}

    def check(value: Any, where: str) -> None:
        if not isinstance(value, dict):
            raise Misshapen(f"{where} must be an object.")
        for name in needed:
            if value.get(name) is None:
                raise Misshapen(f"{where}.{name} is missing.")
        for name, shape in shapes.items():
            if value.get(name) is not None:
                shape(value[name], f"{where}.{name}")

    return check
