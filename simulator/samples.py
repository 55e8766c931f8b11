"""Exchanges kept for a judge, whatever a reset forgets.

A model of Amazon judges the keys, the type, the words and the format at one place of
a message, never two places together. An exchange that shows nothing new at any place
of its kind need not be kept: a few hundred stand for all exchanges of a long run.
"""

from __future__ import annotations

import json
import re
import uuid
from collections import defaultdict
from collections.abc import Hashable
from pathlib import Path
from typing import Any

# Environment variable with the folder; without it nothing is kept.
FOLDER = "ACORN_SIMULATOR_SAMPLES"
# What could be one of a model's words, in contrast to a number, a date, a sentence.
_WORD = re.compile(r"[A-Za-z_]+")
_LETTERS = re.compile(r"\w+")


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
        shown = ("query", "request_body", "response_headers", "response_body")
        if self._seen[kind].learn({name: record[name] for name in shown}):
            with self._file.open("a", encoding="utf-8") as file:
                file.write(json.dumps(record, default=repr) + "\n")


class _Place:
    """What one place of a message has held so far."""

    def __init__(self):
        self._looks: set[Hashable] = set()
        self._longest = 0
        self._parts: dict[str, _Place] = defaultdict(_Place)

    def learn(self, value: Any) -> bool:
        """Take a value in; tell whether it or a part of it is anything new."""
        length = len(value) if isinstance(value, (str, list, tuple)) else 0
        look = _look(value)
        new = look not in self._looks or length > self._longest
        self._looks.add(look)
        self._longest = max(length, self._longest)
        for name, part in _parts(value):
            new |= self._parts[name].learn(part)
        return new


def _parts(value: Any):
    if isinstance(value, dict):
        return value.items()
    if isinstance(value, (list, tuple)):
        return (("", part) for part in value)
    return ()


def _look(value: Any) -> Hashable:
    """Return what a model can tell of a value; not of its length and its parts."""
    if isinstance(value, dict):
        return frozenset(value)
    if isinstance(value, str):
        return value if _WORD.fullmatch(value) else _LETTERS.sub("x", value)
    if isinstance(value, (int, float)):
        return type(value), value > 0, value < 0
    return type(value), bool(value)


def _read(sent: bytes) -> Any:
    try:
        return json.loads(sent)
    except ValueError:
        return None
