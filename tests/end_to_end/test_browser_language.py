"""The screens in Chinese: nothing that has a translation shows in English."""

import re

import polib
import pytest
from browser_steps import (
    AMAZON_MANAGER,
    STOCK_USER,
    ensure_live_store,
    hire,
    sit_down,
)

from tools.paths import ADDON, ROOT

PO = ROOT / ADDON / "i18n" / "zh_CN.po"
TAG = re.compile(r"<[^>]*>|%\(\w+\)s|\s*\n\s*")
HINT = re.compile(r'(?:title|placeholder)="([^"]*)"')
# Everything a person can read: text, hints in empty fields, tooltips.
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


@pytest.fixture(scope="module")
def translations():
    """Pieces of the English messages, and those of the Chinese ones."""
    entries = polib.pofile(str(PO))
    chinese = {piece for entry in entries for piece in _pieces(entry.msgstr)}
    english = {piece for entry in entries for piece in _pieces(entry.msgid)}
    letters = re.compile(r"[A-Za-z]{2}")
    return {piece for piece in english - chinese if letters.search(piece)}, chinese


@pytest.fixture(scope="module")
def store(odoo, simulator, products):
    return ensure_live_store(odoo, simulator)


@pytest.fixture(scope="module")
def mei(browser, site, odoo, store, desks):
    """A manager whose language is Chinese."""
    lang = odoo.search_read(
        "res.lang", [["code", "=", "zh_CN"], ["active", "in", [True, False]]], ["id"]
    )
    wizard = odoo.create(
        "base.language.install",
        [{"lang_ids": [[6, 0, [lang[0]["id"]]]], "overwrite": True}],
    )
    odoo.call("base.language.install", "lang_install", wizard)
    hire(odoo, "mei", "Mei Lin", [AMAZON_MANAGER, STOCK_USER], "zh_CN")
    desk = sit_down(browser, site, "mei", "mei")
    desks.append(desk)
    return desk


def check(desk, translations, least: int) -> None:
    """Fail when a screen shows an English message, or hardly any Chinese one."""
    english, chinese = translations
    desk.settle()
    seen = {_words(text) for text in desk.page.evaluate(READ)} - {""}
    assert sorted(seen & english) == [], f"in English on {desk.page.url}"
    assert len(seen & chinese) >= least, f"hardly any Chinese on {desk.page.url}"


# B7
@pytest.mark.parametrize(
    ("path", "least"),
    [
        ("amazon", 10),
        ("amazon-orders", 12),
        ("amazon-documents", 10),
        ("amazon-incidents", 8),
        ("amazon-tasks", 8),
        ("amazon-calls", 8),
        ("amazon-budgets", 8),
        ("amazon-listings", 8),
        ("amazon-stores", 8),
    ],
)
def test_lists_are_chinese(mei, translations, path, least):
    mei.open(path)
    check(mei, translations, least)


# B7
def test_order_is_chinese(mei, translations):
    mei.open("amazon-orders")
    mei.page.locator(".o_data_row td[name=acorn_amazon_order_id]").first.click()
    mei.page.wait_for_selector(".o_form_view [name=order_line]")
    check(mei, translations, 8)
    mei.tab("亚马逊")
    check(mei, translations, 15)


# B7
def test_document_is_chinese(mei, translations):
    mei.open("amazon-documents")
    mei.page.locator(".o_data_row", has_text="完成").locator(
        "td[name=external_id]"
    ).first.click()
    mei.page.wait_for_selector(".o_form_view [name=decisions_text]")
    check(mei, translations, 20)


# B7
def test_assistant_is_chinese(mei, translations):
    mei.open("amazon")
    mei.page.locator(".o_control_panel button.btn-primary").first.click()
    mei.page.wait_for_selector(".o_form_view [name=step_application]")
    check(mei, translations, 15)


# B7
def test_store_is_chinese(mei, translations, store):
    mei.open(f"amazon-stores/{store['id']}")
    check(mei, translations, 20)
