"""Exchanges kept for a judge, whatever a reset forgets.

A model of Amazon judges the keys, the type, the words, the format and the limits at
one place of a message, never two places together. An exchange that shows nothing new
at any place of its kind need not be kept: a few hundred stand for all exchanges of a
long run.
"""

from __future__ import annotations

import json
import math
import re
import uuid
from collections import defaultdict
from collections.abc import Hashable
from pathlib import Path
from typing import Any

# Environment variable with the folder; without it nothing is kept.
FOLDER = "ACORN_SIMULATOR_SAMPLES"
# So many different texts at one place are told apart by every character, as many more
# by all but their digits: ids and times have no end, a model's words have.
_MANY = 20
# What could be one of a model's words, in contrast to a number, a date, a sentence.
_WORD = re.compile(r"[A-Za-z_]+")
_LETTERS = re.compile(r"\w+")
_DIGIT = re.compile(r"\d")


class Samples:
    """A file of exchanges, a line of JSON each; every simulator has one of its own.

    :param str folder: where the file is made
    """

    def __init__(self, folder: str):
        self._file = Path(folder, f"{uuid.uuid4()}.jsonl")
        self._seen = defaultdict(_Place)

    def add(self, record: dict[str, Any], sent: bytes, got: Any) -> None:
        """Keep an exchange that shows something new.

        :param record: what the request log says of it
        :param sent: the request's body
        :param got: the answer's body, ready for JSON, or bytes that a fault spoiled
        """
        record = {**record, "request_body": _read(sent), "response_body": got}
        # What a fault has spoiled must not stand for what is good.
        kind = record["operation"], record["status"], *record["faults"]
        shown = {name: record[name] for name in ("query", "request_body")}
        # Of headers only the names are judged; some values are never the same again.
        shown["response_headers"] = dict.fromkeys(record["response_headers"])
        shown["response_body"] = record["response_body"]
        if self._seen[kind].learn(shown):
            with self._file.open("a", encoding="utf-8") as file:
                file.write(json.dumps(record, default=repr) + "\n")


class _Place:
    """What one place of a message has held so far."""

    def __init__(self):
        self._looks: set[Hashable] = set()
        self._least, self._most = math.inf, -math.inf
        self._parts: dict[str, _Place] = defaultdict(_Place)

    def learn(self, value: Any) -> bool:
        """Take a value in; tell whether it or a part of it is anything new."""
        new = self._learn_look(value)
        new |= self._learn_size(_size(value))
        for name, part in _parts(value):
            new |= self._parts[name].learn(part)
        return new

    def _learn_look(self, value: Any) -> bool:
        looks = _looks(value)
        for room, look in enumerate(looks, start=1):
            if look in self._looks:
                return False
            if len(self._looks) < room * _MANY or look == looks[-1]:
                break
        self._looks.add(look)
        return True

    def _learn_size(self, size: float) -> bool:
        within = self._least <= size <= self._most
        self._least, self._most = min(self._least, size), max(self._most, size)
        return not within


def _parts(value: Any):
    if isinstance(value, dict):
        return value.items()
    if isinstance(value, (list, tuple)):
        return (("", part) for part in value)
    return ()


def _looks(value: Any) -> list[Hashable]:
    """Return what a model can tell of a value but its size and its parts.

    :return: the same more and more coarsely, for places with many different values
    """
    if isinstance(value, dict):
        return [frozenset(value)]
    if isinstance(value, str):
        coarse = value if _WORD.fullmatch(value) else _LETTERS.sub("x", value)
        return [value, _DIGIT.sub("0", value), coarse]
    return [(type(value), bool(value))]


def _size(value: Any) -> float:
    """Return what a model may set limits to: a length or a number."""
    if isinstance(value, (int, float)):
        return value
    return len(value) if isinstance(value, (str, list, tuple)) else 0


def _read(sent: bytes) -> Any:
    try:
        return json.loads(sent)
    except ValueError:
        return None
