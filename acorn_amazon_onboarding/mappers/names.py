"""Compare names and addresses the way a reviewer does: spelling aside (B20)."""

import difflib
import re
import unicodedata

# What a company is, in the ways that people write it. The longest comes first.
_FORMS = (
    (r"company limited|co limited|co ltd|company ltd", "ltd"),
    (r"limited liability company|l l c", "llc"),
    (r"private limited|pvt ltd|pte ltd", "ltd"),
    (r"limited", "ltd"),
    (r"incorporated", "inc"),
    (r"corporation", "corp"),
    (r"gesellschaft mit beschrankter haftung|g m b h", "gmbh"),
    (r"股份有限公司", "股份公司"),
    (r"有限责任公司|有限公司", "公司"),
    (r"株式会社|\(株\)", "株式会社"),
)
_WORDS = {
    "and": "&",
    "apartment": "apt",
    "avenue": "ave",
    "boulevard": "blvd",
    "building": "bldg",
    "district": "dist",
    "east": "e",
    "floor": "fl",
    "north": "n",
    "number": "no",
    "province": "prov",
    "road": "rd",
    "room": "rm",
    "south": "s",
    "strasse": "str",
    "straße": "str",
    "street": "st",
    "suite": "ste",
    "west": "w",
}
_BREAKS = re.compile(r"[\s.,;:'’`\"()\[\]{}/\\\-_·,。、()]+")


def _fold(text: str) -> str:
    """Return a text without width, case, accents and punctuation."""
    wide = unicodedata.normalize("NFKC", text).casefold()
    plain = "".join(
        char
        for char in unicodedata.normalize("NFKD", wide)
        if not unicodedata.combining(char)
    )
    # Kana and Hangul were taken apart by the accents' removal.
    return _BREAKS.sub(" ", unicodedata.normalize("NFC", plain)).strip()


def normalise_name(text: str) -> str:
    """Return a company's name as it can be compared.

    Knows full-width characters, punctuation, and the ways to write a legal form
    (Co., Ltd., 有限公司, GmbH…).
    """
    folded = f" {_fold(text)} "
    for pattern, form in _FORMS:
        if pattern[0].isascii():
            folded = re.sub(rf"(?<= )(?:{pattern})(?= )", form, folded)
        else:
            folded = re.sub(pattern, form, folded)
    words = [_WORDS.get(word, word) for word in folded.split()]
    return " ".join(words)


def normalise_address(text: str) -> str:
    """Return an address as it can be compared: abbreviations and order aside."""
    words = [_WORDS.get(word, word) for word in _fold(text).split()]
    return " ".join(sorted(words))


def compare_names(one: str, other: str) -> str:
    """Return how two names differ, for people; empty when they mean the same.

    The parts that only one of them has stand in brackets: ``[-old-]{+new+}``.
    """
    if normalise_name(one) == normalise_name(other):
        return ""
    matcher = difflib.SequenceMatcher(a=one, b=other, autojunk=False)
    parts = []
    for kind, from_a, to_a, from_b, to_b in matcher.get_opcodes():
        if kind == "equal":
            parts.append(one[from_a:to_a])
            continue
        if to_a > from_a:
            parts.append(f"[-{one[from_a:to_a]}-]")
        if to_b > from_b:
            parts.append(f"{{+{other[from_b:to_b]}+}}")
    return "".join(parts)
