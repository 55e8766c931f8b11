"""Compare names and addresses the way a reviewer does: spelling aside (B20)."""

import difflib
import functools
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
    # Without the brackets that it is written in: (株) and ㈱.
    (r"株式会社|(?<= )株(?= )", "株式会社"),
)
_WORDS = {
    "and": "&",
    "apartment": "apt",
    "avenue": "ave",
    "boulevard": "blvd",
    "building": "bldg",
    "center": "ctr",
    "centre": "ctr",
    "court": "ct",
    "district": "dist",
    "drive": "dr",
    "east": "e",
    "highway": "hwy",
    "industrial": "ind",
    "lane": "ln",
    "floor": "fl",
    "north": "n",
    "number": "no",
    "place": "pl",
    "province": "prov",
    "road": "rd",
    "room": "rm",
    "south": "s",
    "square": "sq",
    "strasse": "str",
    "street": "st",
    "suite": "ste",
    "west": "w",
}
# Words of an address, and of a category's name, that say nothing.
_SILENT = {"no", "#", "&"}
_FILLERS = {"and", "or", "of", "the", "other", "product", "products", "item", "items"}
# They make other letters of kana, and are no accents.
_VOICED = "\u3099\u309a"
_HAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_BREAKS = re.compile(r"[\s.,;:'’`\"()\[\]{}/\\\-_·,。、()]+")


def _fold(text: str) -> str:
    """Return a text without width, case, accents and punctuation."""
    wide = unicodedata.normalize("NFKC", text).casefold()
    plain = "".join(
        char
        for char in unicodedata.normalize("NFKD", wide)
        if char in _VOICED or not unicodedata.combining(char)
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
            folded = re.sub(pattern, f" {form} ", folded)
    words = [_WORDS.get(word, word) for word in folded.split()]
    return " ".join(words)


@functools.lru_cache(4096)
def normalise_address(text: str) -> str:
    """Return an address as it can be compared: abbreviations and order aside."""
    return " ".join(sorted(_split_address(text).values()))


def compare_names(one: str, other: str) -> str:
    """Return how two names differ, for people; empty when they mean the same.

    The parts that only one of them has stand in brackets: ``[-old-]{+new+}``.
    """
    if normalise_name(one) == normalise_name(other):
        return ""
    return "".join(_mark_differences(one, other))


def compare_addresses(one: str, other: str, optional: str = "") -> str:
    """Return how two addresses differ, for people; empty when they mean the same.

    Abbreviations, order and punctuation do not count. What only one of them has
    stands in brackets, as in ``compare_names``. Two scripts cannot be compared.

    :param optional: words that one of them may leave out, such as the postal code
    """
    if one.isascii() != other.isascii() and bool(_HAN.search(one)) != bool(
        _HAN.search(other)
    ):
        return ""
    silent = set(_split_address(optional).values())
    here, there = _split_address(one), _split_address(other)
    if "".join(here.values()) == "".join(there.values()):
        return ""
    missing = [w for w, key in here.items() if key not in {*there.values(), *silent}]
    added = [w for w, key in there.items() if key not in {*here.values(), *silent}]
    parts = [f"[-{' '.join(missing)}-]"] if missing else []
    parts += [f"{{+{' '.join(added)}+}}"] if added else []
    return " ".join(parts)


def is_same_category(one: str, other: str) -> bool:
    """Return whether two names of a category mean the same, or one contains the other.

    Case, accents, plurals and filling words do not count: ``Dietary supplement`` is
    found in ``Vitamins & dietary supplements``.
    """
    here, there = _split_category(one), _split_category(other)
    if not here or not there:
        return False
    if not one.isascii() and not other.isascii():
        short, long = sorted((_fold(one), _fold(other)), key=len)
        return short in long
    return here <= there or there <= here


def _split_category(text: str) -> set[str]:
    words = _fold(text).replace("&", " ").split()
    return {_singular(word) for word in words if word not in _FILLERS}


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    is_plural = word.endswith("s") and not word.endswith("ss")
    return word[:-1] if is_plural and len(word) > 3 else word


def _split_address(text: str) -> dict[str, str]:
    """Return an address's words as people wrote them, with what they stand for."""
    keys = {}
    for word in _BREAKS.split(unicodedata.normalize("NFKC", text)):
        folded = _fold(word)
        key = _WORDS.get(folded, folded)
        key = f"{key[:-7]}str" if key.endswith("strasse") else key
        if key and key not in _SILENT:
            keys[word] = key
    return keys


def _mark_differences(one: str, other: str) -> list[str]:
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
    return parts
