"""A label from Amazon, as the warehouse buys, prints and returns it."""

import re

import pytest
from browser_steps import STOCK_USER, ensure_live_store, hire, sit_down
from playwright.sync_api import expect

DIALOG = ".modal .o_form_view"
WAREHOUSE = {
    "street": "3-5-7 Hoshigaoka",
    "zip": "464-0026",
    "city": "Nagoya",
    "phone": "052 555 0148",
    "email": "warehouse@fernhollow.example",
}


@pytest.fixture(scope="module")
def delivery(odoo, simulator, products):
    """A delivery of an Amazon order that waits to be shipped."""
    store = ensure_live_store(odoo, simulator)
    (warehouse,) = odoo.search_read(
        "stock.warehouse", [["partner_id", "!=", False]], ["partner_id"], limit=1
    )
    (country,) = odoo.search_read("res.country", [["code", "=", "JP"]], ["id"])
    odoo.call(
        "res.partner",
        "write",
        [warehouse["partner_id"][0]],
        vals={**WAREHOUSE, "country_id": country["id"]},
    )
    waiting = [
        ["sale_id.acorn_amazon_store_id", "=", store["id"]],
        ["sale_id.acorn_amazon_fulfilled_by", "=", "MERCHANT"],
        ["sale_id.acorn_amazon_on_hold", "=", False],
        ["picking_type_code", "=", "outgoing"],
        ["state", "=", "assigned"],
    ]
    names = ["name", "acorn_amazon_order_id"]
    return odoo.search_read("stock.picking", waiting, names, limit=1)[0]


@pytest.fixture(scope="module")
def packer(browser, site, odoo, desks):
    # Odoo gives new users the second group; its shipping methods need it.
    hire(odoo, "mio", "Mio Packer", [STOCK_USER, "base.group_partner_manager"])
    desk = sit_down(browser, site, "mio", "mio")
    desks.append(desk)
    return desk


def labels(simulator, delivery):
    order_id = delivery["acorn_amazon_order_id"]
    return simulator.get("/_sim/labels", order_id=order_id)["labels"]


def compare(desk):
    """Say what the parcel is like and ask for rates."""
    desk.press("Buy Label")
    for name, value in (
        ("weight", 1.2),
        ("parcel_length", 30),
        ("width", 20),
        ("height", 8),
    ):
        desk.type(name, str(value), DIALOG)
    desk.press("Compare Rates", ".modal")
    return desk.page.locator(f"{DIALOG} .o_data_row").filter(has_text="Available")


def buy(desk, offer):
    offer.get_by_role("button", name="Buy").click()
    desk.see("Amazon charges it to your seller account", ".modal")
    desk.page.locator(".modal").last.get_by_role("button", name="Buy").click()
    desk.see("The label is bought.", ".modal")


# A2, A33
def test_label_from_the_delivery(packer, simulator, delivery):
    packer.open(f"action-stock.action_picking_tree_outgoing/{delivery['id']}")
    packer.see(delivery["name"])
    offers = compare(packer)
    expect(offers.first).to_be_visible()
    packer.picture("label-rates")
    buy(packer, offers.first)
    (label,) = labels(simulator, delivery)
    assert packer.read("label_tracking", DIALOG) == label["tracking_number"]
    with packer.page.context.expect_page() as opened:
        packer.press("Print Label", ".modal")
    address = re.sub(r"\?.*", "", opened.value.url)
    opened.value.close()
    file = packer.page.request.get(address)
    assert file.body().startswith(b"%PDF-")
    packer.press("Close", ".modal")
    packer.see(label["tracking_number"])
    packer.picture("label-bought")

    packer.press("Return Label")
    packer.press("Return Label", ".modal")
    packer.see("The label must not be used any more.")
    assert [label["status"] for label in labels(simulator, delivery)] == [
        "RefundPending"
    ]
    packer.press("Validate")
    packer.see("ships with a label from Amazon that is not bought yet", ".modal")
    packer.press("Close", ".modal")

    buy(packer, compare(packer).last)
    packer.press("Close", ".modal")
    packer.press("Validate")
    expect(
        packer.page.locator(".o_statusbar_status .o_arrow_button_current")
    ).to_have_text("Done")
    first, second = labels(simulator, delivery)
    assert (first["status"], second["status"]) == ("RefundPending", "Purchased")
    packer.see("Not Needed")
