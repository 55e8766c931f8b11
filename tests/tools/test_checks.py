"""What ``./acorn lint`` finds: secrets, foreign addresses, missing translations."""

import polib
import pytest

from tools import scanning, translations


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("token = 'Atz" + "r|IQEBLjAsAhRmHjNgHpi0U'", "refresh token"),
        ("Atz" + "a|IQEBLjAsAhRmHjNgHpi0U-Dme37rR6CuUpSR", "access token"),
        ("amzn1.oa2-cs" + ".v1." + "0123456789abcdef" * 2, "client secret"),
        ("-----BEGIN RSA PRIVATE " + "KEY-----", "private key"),
        ("https://py" + "pi.org/simple", "package host"),
        ("deb http://deb." + "debian.org/debian sid main", "package host"),
        ("cd /wo" + "rk/main", "path of somebody's machine"),
        ("'/ro" + "ot/x'", "path of somebody's machine"),
    ],
)
def test_what_is_found(text, reason):
    assert list(scanning.find(f"first line\n{text}\n")) == [(2, reason)]


@pytest.mark.parametrize(
    "text",
    [
        "Starts with Atz" + "r|. It is checked with Amazon.",
        "amzn1.oa2-cs" + ".v1.short",
        "tests/wo" + "rk/x, homewo" + "rk/y and https://example.com/wo" + "rk/x",
    ],
)
def test_what_is_not(text):
    assert list(scanning.find(text)) == []


def catalog(path, entries):
    """Write a PO file from source texts to translations."""
    made = polib.POFile()
    made.metadata = {"Content-Type": "text/plain; charset=utf-8"}
    for text, translated in entries.items():
        made.append(polib.POEntry(msgid=text, msgstr=translated))
    made.save(str(path))


@pytest.fixture
def module(tmp_path):
    """Return (exported template, i18n folder) of a module with complete files."""
    texts = {"Order %(name)s": "订单 %(name)s", "Store": "店铺"}
    folder = tmp_path / "some_module" / "i18n"
    folder.mkdir(parents=True)
    catalog(tmp_path / "new.pot", dict.fromkeys(texts, ""))
    catalog(folder / "some_module.pot", dict.fromkeys(texts, ""))
    catalog(folder / "zh_CN.po", texts)
    return tmp_path / "new.pot", folder


def test_complete_translations(module):
    assert translations.faults(*module, "some_module") == []


@pytest.mark.parametrize(
    ("texts", "fault"),
    [
        ({"Order %(name)s": "订单 %(name)s"}, "not translated 'Store'"),
        ({"Order %(name)s": "订单", "Store": "店铺"}, "other placeholders"),
        ({"Order %(name)s": "", "Store": "店铺"}, "not translated 'Order"),
    ],
)
def test_incomplete_translations(module, texts, fault):
    exported, folder = module
    catalog(folder / "zh_CN.po", texts)
    (found,) = translations.faults(exported, folder, "some_module")
    assert fault in found


def test_new_and_obsolete_terms(module):
    exported, folder = module
    catalog(exported, {"Order %(name)s": "", "Listing": ""})
    found = translations.faults(exported, folder, "some_module")
    assert "some_module.pot: lacks 'Listing'" in found
    assert "some_module.pot: obsolete 'Store'" in found
    assert "zh_CN.po: not translated 'Listing'" in found


def test_writing_keeps_what_is_translated(module):
    exported, folder = module
    catalog(exported, {"Order %(name)s": "", "Listing": ""})
    translations.write(exported, folder, "some_module")
    entries = translations.terms(folder / "zh_CN.po")
    assert entries["Order %(name)s"].msgstr == "订单 %(name)s"
    assert entries["Listing"].msgstr == ""
    assert set(translations.terms(folder / "some_module.pot")) == set(entries)
