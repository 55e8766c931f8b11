"""An order leaves in two parcels, and Amazon hears of both: in the browser."""

import pytest
from browser_steps import (
    AMAZON_USER,
    STOCK_USER,
    ensure_live_store,
    hire,
    sit_down,
    wait_until,
)
from playwright.sync_api import expect

pytestmark = pytest.mark.journey

TYPO, GOOD = "1Z999AA1012345678", "1Z999AA10123456784"
SCRAWL, SECOND = "1Z999?", "1Z999AA10123456795"
UNITS = 3


@pytest.fixture(scope="module")
def order_id(odoo, simulator, products):
    """An order of three units that a buyer has just placed."""
    store = ensure_live_store(odoo, simulator)
    mine = [
        ["store_id", "=", store["id"]],
        ["fulfillment_channel", "=", "MERCHANT"],
        ["product_id.tracking", "=", "none"],
        ["product_id.free_qty", ">=", UNITS],
    ]
    listing = odoo.search_read("acorn.amazon.listing", mine, ["sku"])[-1]
    purchase = {"seller_id": store["seller_id"], "sku": listing["sku"]}
    bought = simulator.post("/_sim/buy", {**purchase, "quantity": UNITS})
    [accepted] = bought["accepted"]
    simulator.post("/_sim/clock", {"advance": 600})
    sweep = [["store_id", "=", store["id"]], ["flow_id.code", "=", "orders_sweep"]]
    task = odoo.search_read("acorn.amazon.task", sweep, ["id"])[0]["id"]
    odoo.call("acorn.amazon.task", "action_run_now", [task])
    order = [["acorn_amazon_order_id", "=", accepted["order_id"]]]
    wait_until(lambda: odoo.count("sale.order", order), "the order is imported")
    return accepted["order_id"]


@pytest.fixture(scope="module")
def carrier(odoo):
    fee = odoo.create("product.product", [{"name": "Parcel", "type": "service"}])[0]
    method = {"name": "UPS Standard", "product_id": fee, "fixed_price": 0}
    return odoo.create("delivery.carrier", [method])[0]


@pytest.fixture(scope="module")
def clerk(browser, site, odoo, order_id, carrier, desks):
    hire(odoo, "pia", "Pia Packer", [AMAZON_USER, STOCK_USER])
    desk = sit_down(browser, site, "pia", "pia")
    desks.append(desk)
    return desk


@pytest.fixture(scope="module")
def told(simulator, order_id):
    """Tell what Amazon knows: number of the parcel → tracking number and units."""

    def read() -> dict[int, tuple[str, int]]:
        known = simulator.get("/_sim/shipments", order_id=order_id)["shipments"]
        return {
            int(parcel["package_reference_id"]): (
                parcel["tracking_number"],
                sum(item["quantity"] for item in parcel["items"]),
            )
            for parcel in known
        }

    return read


def _open_delivery(clerk, order_id):
    """Open the delivery of the order that is not done yet."""
    clerk.open("deliveries")
    clerk.search(order_id)
    clerk.page.locator(".o_data_row").filter(has_text="Ready").first.click()
    clerk.see(order_id, ".o_form_view")


def _enter_parcel(clerk, tracking):
    clerk.tab("Additional Info")
    clerk.choose("carrier_id", "UPS Standard")
    clerk.type("carrier_tracking_ref", tracking)


# A1 A33
def test_first_parcel_leaves_a_backorder(clerk, order_id, told):
    _open_delivery(clerk, order_id)
    row = clerk.page.locator("[name=move_ids] .o_data_row").first
    row.locator("td[name=quantity]").click()
    row.locator("td[name=quantity] input").fill("1")
    _enter_parcel(clerk, TYPO)
    clerk.press("Validate")
    clerk.press("Create Backorder", ".modal")
    clerk.page.locator("button[name=action_acorn_amazon_packages]").wait_for()
    wait_until(lambda: told() == {1: (TYPO, 1)}, "Amazon knows the first parcel")


# A1 A33
def test_wrong_tracking_number_is_noticed_and_corrected(clerk, told):
    clerk.see(f"{TYPO} does not look like a tracking number of UPS.")
    clerk.page.locator("button[name=action_acorn_amazon_packages]").click()
    clerk.see("Number at Amazon")
    clerk.see(f"{TYPO} does not look like a tracking number of UPS.")
    clerk.type("tracking_number", GOOD)
    clerk.save()
    expect(clerk.page.get_by_text("does not look like")).to_have_count(0)
    wait_until(lambda: told() == {1: (GOOD, 1)}, "Amazon knows the right number")


# A1 A33
def test_second_parcel_waits_for_a_usable_number(clerk, order_id, told):
    _open_delivery(clerk, order_id)
    _enter_parcel(clerk, SCRAWL)
    clerk.press("Validate")
    clerk.see("Not yet confirmed to Amazon.")
    clerk.see("The tracking number has characters that no carrier uses: correct it.")
    assert set(told()) == {1}
    clerk.picture("shipment")
    clerk.tab("Additional Info")
    clerk.type("carrier_tracking_ref", SECOND)
    clerk.save()
    expect(clerk.page.get_by_text("Not yet confirmed")).to_have_count(0)
    wait_until(
        lambda: told() == {1: (GOOD, 1), 2: (SECOND, UNITS - 1)},
        "Amazon knows both parcels",
    )


# A1 B7
def test_both_parcels_are_listed(clerk, order_id):
    clerk.open("amazon-shipments")
    clerk.search(order_id)
    rows = clerk.page.locator(".o_data_row")
    expect(rows).to_have_count(2)
    expect(rows.filter(has_text="Confirmed")).to_have_count(2)
