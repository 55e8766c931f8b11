"""The whole way in Chinese: nothing that has a translation shows in English.

A person connects a store, sees its orders and mends a document; then every other screen
of that store is read.
"""

import pytest
from assistant_steps import (
    accept_marketplaces,
    begin,
    check_permissions,
    choose_marketplace,
    go_live,
    look_at_unmatched,
    name_store,
    open_consent_page,
    open_dashboard,
    read_listings,
    register_application,
    return_with_consent,
    start_watching,
)
from browser_steps import (
    AMAZON_MANAGER,
    STOCK_USER,
    SYSTEM,
    connect_store,
    find_seller,
    hire,
    map_sku,
    wait_until,
)
from chinese import ChineseDesk
from playwright.sync_api import expect

from tools.odoo_api import Odoo

# Still listed at Amazon; the product goes by another reference by now.
OLD_SKU, PRODUCT = "FH-MUG-2023-OLD", "FH-MUG-PIN"
# The English journey has taken the one that the world begins with.
APPLICATION = {
    "application_id": "amzn1.sp.solution.5b1f1c52-0002-4a6b-9f5e-5d1c0a7b2f11",
    "client_id": "amzn1.application-oa2-client.5b1f1c5200024a6b9f5e5d1c0a7b2f11",
    "client_secret": "amzn1.oa2-cs.v1.made-up-for-the-chinese-test",
    "name": "仓库助手",
}


@pytest.fixture(scope="module")
def seller(simulator, products):
    """A seller with an order of a SKU that is no product's reference."""
    seller = find_seller(simulator, "fe")
    mine = {"seller_id": seller["seller_id"]}
    to_ship = simulator.get("/_sim/orders", **mine, status="UNSHIPPED", payloads=1)
    payload = to_ship["orders"][0]["payload"]
    payload["orderItems"][0]["product"]["sellerSku"] = OLD_SKU
    simulator.post("/_sim/seed", {**mine, "orders": [payload]})
    return seller


@pytest.fixture(scope="module")
def truths(simulator, seller):
    """What Amazon knows about the seller's orders before anything happens."""
    return simulator.get("/_sim/orders", seller_id=seller["seller_id"])["orders"]


@pytest.fixture(scope="module")
def mei(browser, site, odoo, desks):
    """A Chinese administrator who works in the warehouse as well."""
    known = [["code", "=", "zh_CN"], ["active", "in", [True, False]]]
    lang = odoo.search_read("res.lang", known, ["id"])[0]["id"]
    words = {"lang_ids": [[6, 0, [lang]]], "overwrite": True}
    wizard = odoo.create("base.language.install", [words])
    odoo.call("base.language.install", "lang_install", wizard)
    hire(odoo, "mei", "Mei Lin", [SYSTEM, AMAZON_MANAGER, STOCK_USER], "zh_CN")
    desk = ChineseDesk(browser, site.odoo_url, "mei", "mei")
    desks.append(desk)
    return desk


@pytest.fixture
def store(site, odoo, simulator, seller, mei):
    """The store that she has connected; connected over the API when she has not."""
    live = [["seller_id", "=", seller["seller_id"]], ["state", "=", "live"]]
    stores = odoo.search_read("acorn.amazon.store", live, ["name", "seller_id"])
    if stores:
        return stores[0]
    return connect_store(
        Odoo(site.odoo_url, site.database, "mei", "mei"), simulator, "fe"
    )


# A9 B7
@pytest.mark.journey
def test_application_is_registered_in_chinese(mei, simulator):
    mei.open("amazon")
    begin(mei)
    mei.read_screen(15)
    roles = simulator.get("/_sim/credentials")["applications"][0]["roles"]
    register_application(mei, simulator, {**APPLICATION, "roles": roles}, "订单连接器")


# A3 A10 B7
@pytest.mark.journey
def test_seller_consents_in_chinese(mei, seller):
    choose_marketplace(mei, "Japan", "Far East")
    name_store(mei, "樱花商店")
    open_consent_page(mei)
    return_with_consent(mei, seller)
    mei.read_screen(12)


# A11 B7
@pytest.mark.journey
def test_permissions_are_checked_in_chinese(mei):
    check_permissions(mei)
    accept_marketplaces(mei)
    mei.read_screen(12)


# A11 B7
@pytest.mark.journey
def test_products_are_matched_in_chinese(mei):
    read_listings(mei)
    look_at_unmatched(mei, OLD_SKU)


# X7 B7
@pytest.mark.journey
def test_store_goes_live_in_chinese(mei, odoo, seller, truths):
    wanted = sum(OLD_SKU not in truth["units"] for truth in truths)
    start_watching(mei)
    mei.read_screen(12)
    mine = ["store_id.seller_id", "=", seller["seller_id"]]
    watched = [mine, ["state", "=", "shadow"], ["outcome", "=", "create"]]
    wait_until(
        lambda: odoo.count("acorn.amazon.exchange", watched) == wanted,
        "documents are watched",
    )
    open_dashboard(mei)
    mei.read_screen(12)
    mei.press("Review and Go Live")
    mei.page.locator(".o_group_header").first.click()
    mei.page.locator(".o_group_header", has_text=mei.say("New Order")).first.click()
    mei.read_screen(12)
    go_live(mei)
    mine = [["acorn_amazon_store_id.seller_id", "=", seller["seller_id"]]]
    wait_until(lambda: odoo.count("sale.order", mine) == wanted, "orders are created")
    mei.open("amazon")
    mei.see("Need a decision")
    mei.read_screen(12)


# B7
@pytest.mark.journey
def test_document_is_mapped_and_retried_in_chinese(mei, odoo, truths):
    [truth] = [truth for truth in truths if OLD_SKU in truth["units"]]
    map_sku(mei, truth["order_id"], OLD_SKU, PRODUCT)
    mine = [["acorn_amazon_order_id", "=", truth["order_id"]]]
    wait_until(lambda: odoo.count("sale.order", mine), "it becomes an order")
    mei.open("amazon")
    card = mei.page.locator(".o_kanban_record", has_text="樱花商店")
    expect(card).not_to_contain_text(mei.say("Need a decision"))


def open_own(desk, store, menu: str) -> None:
    """Choose from the menu of the store's card.

    :param str menu: in English.
    """
    desk.open("amazon")
    card = desk.page.locator(".o_kanban_record", has_text=store["name"])
    card.hover()
    card.locator(".o_dropdown_kanban button").click()
    desk.page.get_by_role("menuitem", name=desk.say(menu), exact=True).last.click()
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
def test_screens_are_chinese(mei, store, path, least):
    mei.open(path)
    mei.read_screen(least)


# B7
def test_orders_are_chinese(mei, store):
    open_own(mei, store, "Orders")
    mei.read_screen(12)
    mei.page.locator(".o_data_row td[name=acorn_amazon_order_id]").first.click()
    mei.page.wait_for_selector(".o_form_view [name=order_line]")
    mei.read_screen(8)
    mei.tab("Amazon")
    mei.read_screen(15)


# B7
def test_documents_are_chinese(mei, store):
    open_own(mei, store, "Documents")
    mei.read_screen(10)
    mei.page.locator(
        ".o_data_row td[name=state]", has_text=mei.say("Done")
    ).first.click()
    mei.tab("Explanation")
    mei.page.wait_for_selector(".o_form_view [name=decisions_text]")
    mei.read_screen(20)


# B7
def test_store_is_chinese(mei, store):
    mei.open(f"amazon-stores/{store['id']}")
    mei.read_screen(20)
    for page in mei.page.get_by_role("tab").all():
        page.click()
        mei.read_screen(20)


# B7 X9
@pytest.mark.parametrize(
    ("path", "mode", "state"),
    [
        ("amazon-stock", "stock_mode", "stock_state"),
        ("amazon-prices", "price_mode", "price_state"),
    ],
)
def test_numbers_are_explained_in_chinese(mei, odoo, store, path, mode, state):
    odoo.write("acorn.amazon.store", [store["id"]], {mode: "watch"})
    watched = [["store_id", "=", store["id"]], [state, "=", "watched"]]
    wait_until(lambda: odoo.count("acorn.amazon.offer", watched), "they are computed")
    mei.open(path)
    mei.read_screen(8)
    mei.page.locator(".o_data_row td[name=sku]").first.click()
    mei.page.wait_for_selector(".o_form_view [name$=explanation]")
    mei.read_screen(15)
    odoo.write("acorn.amazon.store", [store["id"]], {mode: "off"})


# B7 A4
def test_publication_is_chinese(mei, odoo, store):
    wares = {"name": "Thing", "default_code": "THING", "is_storable": True}
    product = odoo.create("product.product", [wares])[0]
    wanted = {"store_id": store["id"], "product_ids": [[6, 0, [product]]]}
    publication = odoo.create("acorn.amazon.publication", [wanted])[0]
    mei.open(f"amazon-publish/{publication}")
    mei.read_screen(15)
    mei.press("Check")
    told = [["id", "=", publication], ["message", "!=", False]]
    wait_until(lambda: odoo.count("acorn.amazon.publication", told), "it is checked")
    mei.page.reload()
    mei.page.wait_for_selector(".o_form_view [name=message]")
    mei.read_screen(15)
