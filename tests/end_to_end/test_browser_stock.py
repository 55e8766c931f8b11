"""Counted in the warehouse, shown at Amazon: in the browser, from end to end."""

import pytest
from browser_steps import (
    AMAZON_MANAGER,
    AMAZON_USER,
    STOCK_USER,
    ensure_live_store,
    hire,
    sit_down,
    wait_until,
)
from playwright.sync_api import expect

pytestmark = pytest.mark.journey

COUNTED, HELD_BACK = 37, 2


def _left(odoo, store) -> int:
    """Return how many of the counted units may be offered."""
    product = odoo.call(
        "product.product", "read", [store["product_id"]], fields=["outgoing_qty"]
    )[0]
    return COUNTED - int(product["outgoing_qty"]) - HELD_BACK


def _promised_at_amazon(simulator) -> set[str]:
    """Return the SKUs of orders that Odoo holds units for without a delivery."""
    return {
        sku
        for truth in simulator.get("/_sim/orders")["orders"]
        if truth["status"].startswith("PENDING") or truth["expected"] == "blocked"
        for sku in truth["units"]
    }


@pytest.fixture(scope="module")
def store(odoo, simulator, products):
    """A live store that shows the stock of a single listing, once it is switched on."""
    simulator.post("/_sim/settings", {"plan_multiplier": 100})
    live = ensure_live_store(odoo, simulator)
    mine = [["store_id", "=", live["id"]], ["fulfillment_channel", "=", "MERCHANT"]]
    fields = ["sku", "product_id"]
    untracked = [["product_id.tracking", "=", "none"]]
    found = odoo.search_read("acorn.amazon.listing", mine + untracked, fields)
    promised = _promised_at_amazon(simulator)
    own = (item for item in found if item["sku"] in products.keys() - promised)
    chosen = min(own, key=lambda listing: listing["sku"])
    rest = odoo.search_read("acorn.amazon.listing", mine, ["id"])
    odoo.write(
        "acorn.amazon.listing",
        [listing["id"] for listing in rest if listing["id"] != chosen["id"]],
        {"has_own_stock_rule": True, "stock_policy": "leave"},
    )
    rule = {"has_own_stock_rule": True, "stock_buffer": HELD_BACK}
    odoo.write("acorn.amazon.listing", [chosen["id"]], rule)
    yield {**live, "sku": chosen["sku"], "product_id": chosen["product_id"][0]}
    odoo.write("acorn.amazon.store", [live["id"]], {"stock_mode": "off"})
    simulator.post("/_sim/settings", {"plan_multiplier": 1})


@pytest.fixture(scope="module")
def manager(browser, site, odoo, store, desks):
    hire(odoo, "vera", "Vera Seller", [AMAZON_MANAGER, STOCK_USER])
    desk = sit_down(browser, site, "vera", "vera")
    desks.append(desk)
    return desk


@pytest.fixture(scope="module")
def clerk(browser, site, odoo, store, desks):
    hire(odoo, "wim", "Wim Warehouse", [AMAZON_USER, STOCK_USER])
    desk = sit_down(browser, site, "wim", "wim")
    desks.append(desk)
    return desk


@pytest.fixture(scope="module")
def shown(simulator, store):
    """Tell what buyers can buy of the SKU, on every marketplace."""

    def read() -> set[int]:
        rows = simulator.get(
            "/_sim/stock", seller_id=store["seller_id"], sku=store["sku"]
        )
        return {row["quantity"] for row in rows["stock"]}

    return read


# A2
def test_stock_is_switched_on(manager, odoo, store, shown):
    manager.open(f"amazon-stores/{store['id']}")
    manager.tab("Stock")
    manager.page.get_by_label("Send to Amazon", exact=True).check()
    manager.save()
    free = odoo.call(
        "product.product", "read", [store["product_id"]], fields=["free_qty"]
    )[0]["free_qty"]
    wait_until(
        lambda: shown() == {int(free) - HELD_BACK}, "Amazon shows the free stock"
    )


# A2
def test_count_in_the_warehouse_reaches_amazon(clerk, odoo, store, shown):
    clerk.open("physical-inventory")
    clerk.search(store["sku"])
    row = clerk.page.locator(".o_data_row", has_text=store["sku"]).first
    row.locator("td[name=inventory_quantity]").click()
    row.locator("td[name=inventory_quantity] input").fill(str(COUNTED))
    row.get_by_role("button", name="Apply").click()
    expect(row.locator("td[name=quantity]")).to_have_text(f"{COUNTED}.00")
    left = _left(odoo, store)
    wait_until(lambda: shown() == {left}, "Amazon shows what was counted")


# A2 X9
def test_number_is_explained(clerk, odoo, store):
    clerk.open("amazon-stock")
    clerk.search(store["sku"])
    clerk.page.locator(".o_data_row").first.click()
    clerk.see("Everything that is free and not held back is shown.")
    why = clerk.page.locator("[name=explanation]")
    rows = dict(
        zip(
            why.locator("td:first-child").all_inner_texts(),
            why.locator("td:nth-child(2)").all_inner_texts(),
            strict=True,
        )
    )
    left = _left(odoo, store)
    assert int(rows["On hand"]) == COUNTED
    assert rows["Held back"] == f"−{HELD_BACK}"
    assert int(rows["Amazon should show"]) == left
    why.evaluate("found => found.scrollIntoView({block: 'end'})")
    clerk.picture("stock-why")
    clerk.tab("Sent")
    sent = clerk.page.locator("[name=submission_ids] .o_data_row").first
    expect(sent.locator("[name=quantity]")).to_have_text(str(left))
    expect(sent).to_contain_text("Accepted")


# A2
def test_everything_to_zero_and_back(manager, odoo, store, shown):
    manager.open(f"amazon-stores/{store['id']}")
    manager.tab("Stock")
    manager.press("Everything to 0")
    manager.press("Ok", ".modal")
    manager.see("Every listing of this store is at 0 at Amazon.")
    wait_until(lambda: shown() == {0}, "everything is at 0")
    manager.press("Follow the Stock Again")
    left = _left(odoo, store)
    wait_until(lambda: shown() == {left}, "the stock is back")
    expect(manager.page.get_by_text("Every listing of this store")).to_have_count(0)
