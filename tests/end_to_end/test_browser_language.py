"""The screens in Chinese: nothing that has a translation shows in English."""

import pytest
from browser_steps import (
    AMAZON_MANAGER,
    STOCK_USER,
    SYSTEM,
    connect_store,
    hire,
    sit_down,
    wait_until,
)
from chinese import check, read_translations

from tools.odoo_api import Odoo
from tools.paths import ADDON


@pytest.fixture(scope="module")
def translations():
    return read_translations(ADDON)


@pytest.fixture(scope="module")
def store(site, odoo, simulator, products):
    """A live store that belongs to a Chinese administrator."""
    known = [["code", "=", "zh_CN"], ["active", "in", [True, False]]]
    lang = odoo.search_read("res.lang", known, ["id"])[0]["id"]
    words = {"lang_ids": [[6, 0, [lang]]], "overwrite": True}
    wizard = odoo.create("base.language.install", [words])
    odoo.call("base.language.install", "lang_install", wizard)
    hire(odoo, "mei", "Mei Lin", [SYSTEM, AMAZON_MANAGER, STOCK_USER], "zh_CN")
    mei = Odoo(site.odoo_url, site.database, "mei", "mei")
    return connect_store(mei, simulator, "fe")


@pytest.fixture(scope="module")
def mei(browser, site, store, desks):
    desk = sit_down(browser, site, "mei", "mei")
    desks.append(desk)
    return desk


def open_own(desk, store, menu: str) -> None:
    """Choose from the menu of the store's card."""
    desk.open("amazon")
    card = desk.page.locator(".o_kanban_record", has_text=store["name"])
    card.hover()
    card.locator(".o_dropdown_kanban button").click()
    desk.page.get_by_role("menuitem", name=menu, exact=True).last.click()
    desk.page.wait_for_selector(".o_list_view .o_data_row")


# B7
@pytest.mark.parametrize(
    ("path", "least"),
    [
        ("amazon", 10),
        ("amazon-tasks", 8),
        ("amazon-budgets", 8),
        ("amazon-listings", 8),
        ("amazon-stores", 8),
        ("amazon-publish", 5),
        ("amazon-shipments", 5),
        ("amazon-sent", 5),
        ("amazon-issues", 5),
        ("amazon-fba-compared", 5),
        ("amazon-fba-figures", 5),
        ("amazon-fba-events", 5),
        ("amazon-multi-channel", 5),
        ("amazon-inbound", 5),
        ("amazon-inbound/new", 5),
        ("amazon-labels", 5),
    ],
)
def test_screens_are_chinese(mei, translations, path, least):
    mei.open(path)
    check(mei, translations, least)


# B7
def test_orders_are_chinese(mei, translations, store):
    open_own(mei, store, "订单")
    check(mei, translations, 12)
    mei.page.locator(".o_data_row td[name=acorn_amazon_order_id]").first.click()
    mei.page.wait_for_selector(".o_form_view [name=order_line]")
    check(mei, translations, 8)
    mei.tab("亚马逊")
    check(mei, translations, 15)


# B7
def test_documents_are_chinese(mei, translations, store):
    open_own(mei, store, "单据")
    check(mei, translations, 10)
    mei.page.locator(".o_data_row td[name=state]", has_text="已完成").first.click()
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
    for page in mei.page.get_by_role("tab").all():
        page.click()
        check(mei, translations, 20)


# B7 X9
@pytest.mark.parametrize(
    ("path", "mode", "state"),
    [
        ("amazon-stock", "stock_mode", "stock_state"),
        ("amazon-prices", "price_mode", "price_state"),
    ],
)
def test_numbers_are_explained_in_chinese(
    mei, odoo, translations, store, path, mode, state
):
    odoo.write("acorn.amazon.store", [store["id"]], {mode: "watch"})
    watched = [["store_id", "=", store["id"]], [state, "=", "watched"]]
    wait_until(lambda: odoo.count("acorn.amazon.offer", watched), "they are computed")
    mei.open(path)
    check(mei, translations, 8)
    mei.page.locator(".o_data_row td[name=sku]").first.click()
    mei.page.wait_for_selector(".o_form_view [name$=explanation]")
    check(mei, translations, 15)
    odoo.write("acorn.amazon.store", [store["id"]], {mode: "off"})


# B7 A4
def test_publication_is_chinese(mei, odoo, translations, store):
    wares = {"name": "Thing", "default_code": "THING", "is_storable": True}
    product = odoo.create("product.product", [wares])[0]
    wanted = {"store_id": store["id"], "product_ids": [[6, 0, [product]]]}
    publication = odoo.create("acorn.amazon.publication", [wanted])[0]
    mei.open(f"amazon-publish/{publication}")
    check(mei, translations, 15)
    mei.press("检查")
    idle = [["id", "=", publication], ["state", "!=", "checking"]]
    wait_until(lambda: odoo.count("acorn.amazon.publication", idle), "it is checked")
    mei.page.reload()
    mei.page.wait_for_selector(".o_form_view [name=message]")
    check(mei, translations, 15)
