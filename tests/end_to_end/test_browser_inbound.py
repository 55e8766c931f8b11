"""A warehouse sends goods to Amazon: transfer, plan, boxes, labels."""

import re

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

PLANS = "acorn.amazon.inbound.plan"
CURRENT = ".o_statusbar_status .o_arrow_button_current"
ADDRESS = {
    "street": "Hafenweg 3",
    "zip": "20457",
    "city": "Hamburg",
    "phone": "+49 40 123456",
}


@pytest.fixture(scope="module")
def clerk(browser, site, odoo, products, desks):
    hire(odoo, "ines", "Ines Dock", [AMAZON_USER, STOCK_USER])
    desk = sit_down(browser, site, "ines", "ines")
    desks.append(desk)
    return desk


@pytest.fixture(scope="module")
def transfer(odoo, simulator, products):
    """A transfer of two products to the FBA stock of a live store."""
    simulator.post("/_sim/settings", {"inbound_operation_seconds": 0})
    store = ensure_live_store(odoo, simulator)
    wanted = [
        ["store_id", "=", store["id"]],
        ["fulfillment_channel", "=", "AMAZON"],
        ["product_id.tracking", "=", "none"],
    ]
    model = "acorn.amazon.listing"
    wait_until(lambda: odoo.count(model, wanted) > 1, "listings are read")
    listings = odoo.search_read(model, wanted, ["product_id"], limit=2)
    names = ["lot_stock_id", "int_type_id", "partner_id"]
    home = odoo.search_read("stock.warehouse", [], names, limit=1)[0]
    country = odoo.reference("base.de")
    odoo.call(
        "res.partner",
        "write",
        [home["partner_id"][0]],
        vals={**ADDRESS, "country_id": country},
    )
    source = home["lot_stock_id"][0]
    ids = [listing["product_id"][0] for listing in listings]
    odoo.call(
        "stock.quant",
        "action_apply_inventory",
        odoo.create(
            "stock.quant",
            [
                {"product_id": each, "location_id": source, "inventory_quantity": 50}
                for each in ids
            ],
            context={"inventory_mode": True},
        ),
    )
    place = odoo.search_read(
        "acorn.amazon.store", [["id", "=", store["id"]]], ["fba_location_id"]
    )[0]["fba_location_id"]
    picking = odoo.create(
        "stock.picking",
        [
            {
                "picking_type_id": home["int_type_id"][0],
                "location_id": source,
                "location_dest_id": place[0],
                "move_ids": [
                    [
                        0,
                        0,
                        {
                            "product_id": each,
                            "product_uom_qty": 6,
                            "location_id": source,
                            "location_dest_id": place[0],
                        },
                    ]
                    for each in ids
                ],
            }
        ],
    )
    odoo.call("stock.picking", "action_confirm", picking)
    return picking[0]


@pytest.fixture(scope="module")
def reach(clerk, odoo, transfer):
    """Wait until a plan waits for somebody in a state, and show it."""

    def wait(state):
        here = [["picking_id", "=", transfer], ["state", "=", state]]
        wait_until(lambda: odoo.count(PLANS, [*here, ["phase", "=", False]]), state)
        clerk.press("Refresh")
        clerk.settle()

    return wait


# A31
def test_a_transfer_becomes_a_plan(clerk, transfer, reach):
    clerk.open(f"action-stock.action_picking_tree_all/{transfer}")
    clerk.press("Send to Amazon")
    expect(clerk.page.locator(CURRENT)).to_have_text("Draft")
    expect(clerk.page.locator("[name=item_ids] .o_data_row")).to_have_count(2)
    clerk.picture("inbound-draft")
    clerk.press("Send to Amazon")
    reach("packing")
    clerk.see("Choose how to pack.")
    clerk.picture("inbound-packing")
    clerk.press("Pack Like This")


# A31
def test_boxes_are_filled(clerk, reach, odoo, transfer):
    chosen = [["picking_id", "=", transfer], ["packing_option_id", "!=", False]]
    wait_until(lambda: odoo.count(PLANS, chosen), "packing is chosen")
    reach("packing")
    clerk.see("Enter the boxes")
    clerk.press("Fill Boxes")
    clerk.tab("Boxes")
    clerk.page.locator("[name=box_ids] .o_data_row td[name=name]").click()
    box = ".modal .o_form_view"
    for name, value in (
        ("box_length", 40),
        ("width", 30),
        ("height", 25),
        ("weight", 9),
    ):
        clerk.type(name, str(value), box)
    clerk.picture("inbound-box")
    clerk.press("Save", ".modal")
    clerk.press("Send Boxes")


# A31: nothing that costs money goes without somebody who sees the fee.
def test_placement_and_transport_are_chosen(clerk, reach):
    reach("placement")
    clerk.see("Choose where to send the goods.")
    clerk.see(re.compile(r"7[01] h"))
    clerk.picture("inbound-placement")
    row = clerk.page.locator("[name=placement_option_ids] .o_data_row").first
    row.get_by_role("button", name="Confirm").click()
    clerk.see("Amazon charges the fee that this line shows.", ".modal")
    clerk.press("Ok", ".modal")
    reach("transport")
    clerk.page.locator("td[name=transport_option_id]").click()
    _select(clerk, "transport_option_id", "Amazon's partner")
    clerk.page.locator("h1").filter(visible=True).first.click()
    clerk.see("To Amazon you pay:")
    clerk.picture("inbound-transport")
    clerk.press("Confirm Transport")
    clerk.press("Ok", ".modal")


def _select(desk, name, text):
    box = desk.field(name).locator("input, select").first
    if box.evaluate("found => found.tagName") == "SELECT":
        label = box.locator("option", has_text=text).first.inner_text()
        box.select_option(label=label)
        return
    box.click()
    desk.page.locator(".o_select_menu_item", has_text=text).first.click()


# A31
def test_labels_are_printed_from_the_transfer(clerk, reach, odoo, transfer):
    reach("ready")
    clerk.see("Put the labels on the boxes")
    clerk.see(re.compile("FBA15"))
    clerk.picture("inbound-ready")
    clerk.page.locator("button[name=action_open_picking]").click()
    clerk.see("On the way to Amazon:")
    clerk.picture("inbound-transfer")
    with clerk.page.expect_popup() as popup, clerk.page.expect_download():
        clerk.press("Print Labels")
    popup.value.close()
    clerk.press("Validate")
    expect(clerk.page.locator(CURRENT)).to_have_text("Done")
    here = [["picking_id", "=", transfer], ["state", "=", "shipped"]]
    assert odoo.count(PLANS, here)
    clerk.open("amazon-inbound")
    clerk.picture("inbound-list")
