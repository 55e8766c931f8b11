"""What a screen says to a Chinese reader: nothing that has a translation in English."""

import functools
import re
from dataclasses import dataclass
from pathlib import Path

import polib
from browser import Desk

from tools.paths import ADDON, LOCAL, ROOT

# How often a screen is read until it is drawn.
LOOKS = 20
# Amazon's own words, which are values on the screen.
VALUES = {"Prime"}
PLACEHOLDER = re.compile(r"%\(\w+\)s")
TAG = re.compile(r"<[^>]*>|\s*\n\s*")
HINT = re.compile(r'(?:title|placeholder)="([^"]*)"')
# Everything a person can read: text, what fields hold, hints in empty ones, tooltips.
READ = """
() => {
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    // The chatter quotes what was said in somebody else's language.
    const quoted = (element) => element.closest(".o-mail-Thread");
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        if (node.parentElement.checkVisibility() && !quoted(node.parentElement)) {
            found.push(node.textContent);
        }
    }
    for (const element of document.body.querySelectorAll("*")) {
        if (element.checkVisibility() && !quoted(element)) {
            for (const name of ["placeholder", "title", "data-tooltip"]) {
                found.push(element.getAttribute(name) || "");
            }
            // Choices and the names of linked records are shown as an input's value.
            if (element.matches("input:not([type]), input[type=text], textarea")) {
                found.push(element.value);
            }
        }
    }
    return found;
}
"""


def _words(text: str) -> str:
    return " ".join(text.split())


def _pieces(text: str) -> set[str]:
    """Split a message at its tags and placeholders, as the screen shows it."""
    texts = [*TAG.split(text), *HINT.findall(text)]
    return {_words(piece) for piece in texts} - {""}


def _sentence(message: str) -> re.Pattern | None:
    """Return what a message with placeholders looks like when they are filled."""
    parts = [re.escape(_words(part)) for part in PLACEHOLDER.split(message)]
    if len(parts) == 1 or not re.search(r"[a-z]{4}", "".join(parts)):
        return None
    return re.compile(r"\s?.+\s?".join(parts), re.DOTALL)


@dataclass(frozen=True)
class Words:
    """What is said in both languages.

    :param set english: pieces of the messages that have a translation.
    :param list sentences: patterns of the messages with placeholders.
    :param set chinese: pieces of the translations.
    """

    english: set[str]
    sentences: list[re.Pattern]
    chinese: set[str]

    def is_english(self, text: str) -> bool:
        """Tell whether a text of the screen should have been translated."""
        return text in self.english or any(
            sentence.fullmatch(text) for sentence in self.sentences
        )


def _file(folder: Path) -> polib.POFile:
    return polib.pofile(str(folder / "i18n" / "zh_CN.po"))


def read_translations(*addons: str) -> Words:
    """Return what addons say, from their lists of translations."""
    entries = [entry for addon in addons for entry in _file(ROOT / addon)]
    chinese = {piece for entry in entries for piece in _pieces(entry.msgstr)}
    english = {piece for entry in entries for piece in _pieces(entry.msgid)}
    letters = re.compile(r"[A-Za-z]{2}")
    return Words(
        {piece for piece in english - chinese - VALUES if letters.search(piece)},
        [found for entry in entries if (found := _sentence(entry.msgid))],
        chinese,
    )


def check(desk, translations, least: int) -> None:
    """Fail when a screen shows an English message, or hardly any Chinese one.

    On a busy machine a screen may be empty for a moment although nothing is loaded.
    """
    for _look in range(LOOKS):
        desk.settle()
        seen = {_words(text) for text in desk.page.evaluate(READ)} - {""}
        found = seen & translations.chinese
        if len(found) >= least:
            break
        desk.page.wait_for_timeout(500)
    english = sorted(text for text in seen if translations.is_english(text))
    assert english == [], f"in English on {desk.page.url}"
    assert len(found) >= least, f"hardly any Chinese on {desk.page.url}"


@functools.cache
def _labels() -> dict[str, str]:
    """Return what the connector says, and what Odoo's own dialogs say."""
    web = LOCAL / "odoo" / "odoo" / "addons" / "web"
    return {
        _words(entry.msgid): _words(entry.msgstr)
        for folder in (web, ROOT / ADDON)
        for entry in _file(folder)
    }


class ChineseDesk(Desk):
    """The browser of somebody who reads Chinese, and reads every screen."""

    def say(self, english: str, **values) -> str:
        """Return the Chinese text; what has none is a value, and stays."""
        return super().say(_labels().get(_words(english), english), **values)

    def show(self, screen: str) -> None:
        """Read a screen: nothing on it is left in English."""
        self.read_screen(8)

    def read_screen(self, least: int) -> None:
        """Fail when something is left in English.

        :param int least: how many Chinese texts there are at least.
        """
        check(self, _connector(), least)


@functools.cache
def _connector() -> Words:
    return read_translations(ADDON)
