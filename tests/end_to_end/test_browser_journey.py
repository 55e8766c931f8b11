"""A seller's way from the empty app to shipped orders, in the browser.

The tests follow on each other like the days of a person who sets up the connector
and of a clerk who works with it.
"""

import re
from decimal import Decimal

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
    AMAZON_USER,
    STOCK_USER,
    find_seller,
    hire,
    map_sku,
    sit_down,
    wait_until,
)
from playwright.sync_api import expect

pytestmark = pytest.mark.journey

US = "ATVPDKIKX0DER"


@pytest.fixture(scope="module")
def seller(simulator):
    return find_seller(simulator, "na")


@pytest.fixture(scope="module")
def admin(browser, site, products, desks):
    desk = sit_down(browser, site, "admin", "admin")
    desks.append(desk)
    return desk


@pytest.fixture(scope="module")
def clerk(browser, site, odoo, desks):
    hire(odoo, "nora", "Nora Clerk", [AMAZON_USER, STOCK_USER])
    desk = sit_down(browser, site, "nora", "nora")
    desks.append(desk)
    return desk


@pytest.fixture(scope="module")
def truths(simulator, seller):
    """What Amazon knows about the seller's orders before anything happens."""
    return simulator.get("/_sim/orders", seller_id=seller["seller_id"], payloads=1)[
        "orders"
    ]


@pytest.fixture(scope="module")
def to_ship(truths):
    """Unshipped orders from the United States, the richest first."""
    found = [
        truth
        for truth in truths
        if (truth["status"], truth["fulfilled_by"]) == ("UNSHIPPED", "MERCHANT")
        and truth["marketplace_id"] == US
        and Decimal(truth["grand_total"] or 0)
        and truth["scenario"] != "cancel_requested"
    ]
    assert len(found) >= 2, "the world is too small"
    return sorted(found, key=_richness, reverse=True)


def _richness(truth):
    shipping = any(line["shipping"] for line in truth["lines"])
    return (Decimal(truth["amazon_remitted_tax"]) > 0, len(truth["lines"]), shipping)


def _count(truths, expected):
    return sum(truth["expected"] == expected for truth in truths)


def _money(amount) -> str:
    return f"$ {Decimal(amount):,.2f}"


# B7
def test_empty_app_says_how_to_start(admin):
    admin.page.locator(".o_navbar_apps_menu button").click()
    admin.page.get_by_role("menuitem", name="Amazon", exact=True).click()
    admin.see("Connect your first Amazon store")
    begin(admin)


# A9
def test_application_is_registered(admin, simulator):
    known = simulator.get("/_sim/credentials")["applications"][0]
    register_application(admin, simulator, known, "Our order connector")


# A3
def test_marketplace_decides_the_region(admin):
    choose_marketplace(admin, "Germany", "Europe, Middle East, Africa, India")
    choose_marketplace(admin, "United States", "North America")
    name_store(admin, "Fernhollow")


# A10
def test_seller_consents_on_amazons_page(admin, seller):
    open_consent_page(admin)
    admin.picture("consent")
    return_with_consent(admin, seller)


# A11
def test_permissions_are_all_green(admin):
    check_permissions(admin)


# A3
def test_marketplaces_are_proposed(admin):
    rows = admin.page.locator("[name=participation_ids] .o_data_row")
    expect(rows).to_have_count(3)
    mexico = rows.filter(has_text="Mexico")
    expect(mexico).to_contain_text("pricelist Amazon MXN, tax Amazon MX 16% incl.")
    accept_marketplaces(admin)


# A11
def test_products_are_matched(admin):
    read_listings(admin)
    assert int(admin.read("listing_count")) == 60
    assert int(admin.read("unmatched_count")) == 3
    look_at_unmatched(admin, "7Q-K2XM-R4TD")


# X7
def test_shadow_creates_nothing(admin, odoo, truths):
    start_watching(admin)
    watched = [["state", "=", "shadow"], ["outcome", "=", "create"]]
    wait_until(
        lambda: odoo.count("acorn.amazon.exchange", watched) == _count(truths, "order"),
        "documents are watched",
    )
    open_dashboard(admin)
    assert not odoo.count("sale.order", [["acorn_amazon_order_id", "!=", False]])


# X7
def test_shadow_shows_what_would_be_created(admin, truths):
    admin.press("Review and Go Live")
    for currency in ("CAD", "MXN", "USD"):
        mine = [truth for truth in truths if truth["currency"] == currency]
        ready = [truth for truth in mine if truth["expected"] == "order"]
        total = sum(
            Decimal(truth["grand_total"]) - Decimal(truth["amazon_remitted_tax"])
            for truth in ready
        )
        group = admin.page.locator(".o_group_header", has_text=currency)
        shown = len(ready) + _count(mine, "blocked")
        expect(group).to_contain_text(f"({shown})")
        expect(group).to_contain_text(f"{total:,.2f}")
    admin.page.locator(".o_group_header", has_text="USD").click()
    admin.page.locator(".o_group_header", has_text="New Order").first.click()
    admin.picture("shadow")
    go_live(admin)


# A3 A14
def test_orders_arrive_and_none_is_missing(admin, odoo, truths):
    mine = [["acorn_amazon_order_id", "!=", False]]
    wanted = _count(truths, "order")
    wait_until(lambda: odoo.count("sale.order", mine) == wanted, "orders are created")
    admin.open("amazon")
    card = admin.page.locator(".o_kanban_record", has_text="Fernhollow").first
    expect(card).to_contain_text("Simulator, not the real Amazon")
    expect(card).to_contain_text("to Ship")
    needs = card.locator("div", has_text=re.compile(r"^\s*Need a decision\s*\d+\s*$"))
    expect(needs.last).to_contain_text(str(_count(truths, "blocked")))
    expect(card).not_to_contain_text("Errors")
    admin.open("amazon-orders")
    expect(admin.page.locator(".o_pager_limit")).to_have_text(str(wanted))


# A3 B7
def test_order_equals_amazons(clerk, to_ship):
    truth = to_ship[0]
    clerk.open("amazon-orders")
    clerk.search(truth["order_id"])
    clerk.page.locator(".o_data_row", has_text=truth["order_id"]).click()
    clerk.see(truth["order_id"])
    clerk.settle()
    clerk.picture("order")
    assert clerk.read("partner_id").startswith(truth["payload"]["buyer"]["buyerName"])
    lines = clerk.page.locator("[name=order_line] .o_data_row")
    for line in truth["lines"]:
        row = lines.filter(has_text=f"[{line['sku']}]")
        expect(row).to_contain_text(f"{line['quantity']:.2f}")
        expect(row).to_contain_text(f"{Decimal(line['item']):,.2f}")
    due = Decimal(truth["grand_total"]) - Decimal(truth["amazon_remitted_tax"])
    expect(clerk.page.locator("[name=tax_totals]")).to_contain_text(f"{due:,.2f}")
    clerk.tab("Amazon")
    assert clerk.read("acorn_amazon_grand_total") == _money(truth["grand_total"])
    clerk.see("equal")
    clerk.page.locator("button[name=action_view_delivery]").click()
    expect(
        clerk.page.locator(".o_statusbar_status .o_arrow_button_current")
    ).to_have_text("Ready")


# X9
def test_order_is_explained(clerk, to_ship):
    truth = to_ship[0]
    clerk.open("amazon-documents")
    clerk.search(truth["order_id"])
    clerk.page.locator(".o_data_row", has_text=truth["order_id"]).click()
    clerk.see("A new sales order was created.")
    clerk.see("Amazon's total")
    clerk.see(_money(truth["grand_total"]))
    clerk.see("Amazon collects the tax and pays it to the authorities itself")
    clerk.page.get_by_text("A new sales order was created.").evaluate(
        "found => found.scrollIntoView()"
    )
    clerk.picture("explain")


# B7
def test_blocked_document_is_mapped_and_retried(clerk, odoo, truths, simulator):
    truth = next(truth for truth in truths if truth["expected"] == "blocked")
    sku = next(sku for sku in truth["units"] if sku not in _known_skus(simulator))
    map_sku(clerk, truth["order_id"], sku, "FH-LNT-SND")
    wait_until(
        lambda: odoo.count(
            "sale.order", [["acorn_amazon_order_id", "=", truth["order_id"]]]
        ),
        "the document becomes an order",
    )
    clerk.open("amazon-orders")
    clerk.search(truth["order_id"])
    expect(clerk.page.locator(".o_data_row")).to_have_count(1)
    clerk.open("amazon")
    expect(clerk.page.locator(".o_kanban_record").first).not_to_contain_text(
        "Need a decision"
    )


def _known_skus(simulator):
    items = simulator.get("/_sim/catalog")["items"]
    return {item["sku"] for item in items if item["known"]}


# A14
def test_cancellation_request_holds_the_delivery(
    admin, clerk, odoo, simulator, to_ship
):
    order_id = to_ship[1]["order_id"]
    simulator.post(f"/_sim/orders/{order_id}", {"action": "request_cancel"})
    simulator.post("/_sim/clock", {"advance": 180})
    admin.open("amazon")
    card = admin.page.locator(".o_kanban_record", has_text="Fernhollow").first
    card.hover()
    card.locator(".o_dropdown_kanban button").click()
    admin.page.get_by_role("menuitem", name="Tasks").click()
    row = admin.page.locator(".o_data_row", has_text="Read changed orders")
    row.get_by_role("button", name="Run Now").click()
    held = [["acorn_amazon_order_id", "=", order_id], ["acorn_amazon_on_hold", "=", 1]]
    wait_until(lambda: odoo.count("sale.order", held), "the request arrives")
    clerk.open("amazon")
    clerk.follow("On hold")
    clerk.page.locator(".o_data_row", has_text=order_id).click()
    clerk.see("Buyer asks to cancel.")
    clerk.see("Changed mind about purchase")
    clerk.picture("order-hold")
    clerk.page.locator("button[name=action_view_delivery]").click()
    clerk.see("Do not ship yet.")
    clerk.press("Validate")
    clerk.see(f"The buyer asks to cancel {order_id}.", ".modal")
    clerk.press("Close", ".modal")


# A14
def test_ship_anyway_releases_the_delivery(clerk, odoo, to_ship):
    order_id = to_ship[1]["order_id"]
    clerk.page.go_back()
    clerk.see("Buyer asks to cancel.")
    clerk.press("Ship Anyway")
    expect(clerk.page.get_by_text("Buyer asks to cancel.")).to_have_count(0)
    clerk.see("Ships although the buyer asked to cancel.")
    clerk.page.locator("button[name=action_view_delivery]").click()
    clerk.press("Validate")
    expect(
        clerk.page.locator(".o_statusbar_status .o_arrow_button_current")
    ).to_have_text("Done")
    assert odoo.count(
        "stock.picking",
        [["acorn_amazon_order_id", "=", order_id], ["state", "=", "done"]],
    )
