"""Products with variants become listings at Amazon: in the browser."""

import pytest
from browser_steps import (
    AMAZON_MANAGER,
    DIALOG,
    STOCK_USER,
    ensure_live_store,
    hire,
    sit_down,
    wait_until,
)
from playwright.sync_api import expect

pytestmark = pytest.mark.journey

SKUS = {"ENC-RED": "4006381333931", "ENC-BLUE": "4006381333948"}
GROUP = "ENC"
COUNTRY = "country_of_origin.value"
PUT = "putListingsItem"
ADMIN = "base.user_admin"


@pytest.fixture(scope="module")
def store(odoo, simulator, products):
    simulator.post("/_sim/settings", {"plan_multiplier": 100})
    live = ensure_live_store(odoo, simulator)
    # Amazon's words come in the language of the store's owner.
    odoo.write("acorn.amazon.store", [live["id"]], {"user_id": odoo.reference(ADMIN)})
    yield live
    simulator.post("/_sim/settings", {"plan_multiplier": 1})


@pytest.fixture(scope="module")
def template(odoo, store):
    """A product in two colours, as the master data has it, with a price."""
    mine = [["store_id", "=", store["id"]]]
    places = odoo.search_read("acorn.amazon.participation", mine, ["pricelist_id"])
    rule = {"compute_price": "fixed", "fixed_price": 2250, "applied_on": "3_global"}
    odoo.create(
        "product.pricelist.item",
        [{**rule, "pricelist_id": place["pricelist_id"][0]} for place in places],
    )
    colours = [[0, 0, {"name": name}] for name in ("Red", "Blue")]
    colour = odoo.create(
        "product.attribute", [{"name": "Colour", "value_ids": colours}]
    )[0]
    values = odoo.search_read(
        "product.attribute.value", [["attribute_id", "=", colour]], ["id"]
    )
    chosen = [[6, 0, [value["id"] for value in values]]]
    line = {"attribute_id": colour, "value_ids": chosen}
    template = odoo.create(
        "product.template",
        [
            {
                "name": "Enamel Drinking Cup",
                "is_storable": True,
                "taxes_id": [[6, 0, []]],
                "description_sale": "A light cup for the garden.",
                "acorn_amazon_brand": "Fernhollow",
                "acorn_amazon_bullet_points": "Light\nHolds 300 ml",
                "acorn_amazon_image_urls": "https://images.example.org/cup.jpg",
                "attribute_line_ids": [[0, 0, line]],
            }
        ],
    )[0]
    mine = [["product_tmpl_id", "=", template]]
    variants = odoo.search_read("product.product", mine, ["id"])
    for variant, (sku, barcode) in zip(variants, SKUS.items(), strict=True):
        codes = {"default_code": sku, "barcode": barcode}
        odoo.write("product.product", [variant["id"]], codes)
    return template


@pytest.fixture(scope="module")
def seller(browser, site, odoo, template, desks):
    hire(odoo, "lea", "Lea Listing", [AMAZON_MANAGER, STOCK_USER])
    desk = sit_down(browser, site, "lea", "lea")
    desks.append(desk)
    return desk


@pytest.fixture(scope="module")
def states(odoo):
    """Tell how far publication and listings are: SKU → state, "" for the whole."""

    def read() -> dict[str, str]:
        whole = odoo.search_read("acorn.amazon.publication", [], ["state"], limit=1)
        items = odoo.search_read("acorn.amazon.publication.item", [], ["sku", "state"])
        return {"": whole[0]["state"]} | {item["sku"]: item["state"] for item in items}

    return read


def _press_and_wait(seller, button, states, state):
    """Press a button whose work is done in the background, and reload the page."""
    seller.press(button)
    seller.settle()
    wait_until(lambda: states()[""] == state, f"the publication is {state}")
    seller.page.reload()
    seller.see("Enamel Drinking Cup", ".o_form_view")
    seller.settle()


def _send_and_follow(seller, odoo, simulator, store, states):
    seller.press("Send to Amazon")
    seller.press("Ok", ".modal")
    wait_until(lambda: states()[""] in ("sent", "done"), "the listings are sent")
    simulator.post("/_sim/clock", {"advance": 60})
    follow = [["store_id", "=", store["id"]], ["flow_id.code", "=", "publications"]]
    task = odoo.search_read("acorn.amazon.task", follow, ["id"])[0]["id"]
    odoo.call("acorn.amazon.task", "action_run_now", [task])
    wait_until(lambda: states()[""] == "done", "Amazon shows the listings")
    seller.page.reload()
    seller.settle()


def _state_of(seller, sku):
    row = seller.page.locator("[name=item_ids] .o_data_row").filter(
        has=seller.page.get_by_text(sku, exact=True)
    )
    return row.locator("td[name=state]")


# A4
def test_publication_starts_from_the_product(seller, template, states):
    seller.open(f"action-stock.product_template_action_product/{template}")
    seller.page.locator(".o_cp_action_menus button").first.click()
    seller.page.get_by_role("menuitem", name="Publish on Amazon").click()
    seller.see("ENC-BLUE")
    _press_and_wait(seller, "Check", states, "checked")
    seller.see("Some listings are not in order yet.")
    assert seller.read("product_type_id").startswith("Drinking Cup")
    seller.tab("Listings")
    expect(_state_of(seller, GROUP)).to_have_text("Incomplete")
    seller.see("Country of Origin is missing.")
    seller.picture("publish")


# A4
def test_spreadsheet_names_the_wrong_row(seller, states):
    seller.press("Fill In from a Spreadsheet")
    rows = [f"SKU,{COUNTRY}", *(f"{sku},CN" for sku in (GROUP, *SKUS)), "ENC-GREY,CN"]
    chooser = seller.page.locator(f"{DIALOG} [name=data] input[type=file]")
    _upload(chooser, rows)
    seller.press("Take Over", ".modal")
    seller.see("Cells that cannot be read: 1. Nothing was taken over.", ".modal")
    seller.see("No listing has the SKU ENC-GREY.", ".modal")
    _upload(chooser, rows[:-1])
    seller.press("Take Over", ".modal")
    expect(seller.page.locator(".modal")).to_have_count(0)
    seller.settle()


def _upload(chooser, rows):
    content = "\n".join(rows).encode()
    chooser.set_input_files(
        {"name": "values.csv", "mimeType": "text/csv", "buffer": content}
    )


# A4
def test_refusal_is_shown_and_sent_again(seller, odoo, simulator, store, states):
    seller.page.reload()
    seller.see("Enamel Drinking Cup", ".o_form_view")
    _press_and_wait(seller, "Check", states, "checked")
    assert seller.read("ready_count") == "3"
    path = f"/listings/2021-08-01/items/{store['seller_id']}/ENC-BLUE"
    fault = {"kind": "bad_request", "operation": PUT, "path": path, "times": 1}
    simulator.post("/_sim/faults", fault)
    _send_and_follow(seller, odoo, simulator, store, states)
    seller.tab("Listings")
    expect(_state_of(seller, "ENC-RED")).to_have_text("On Sale")
    expect(_state_of(seller, "ENC-BLUE")).to_have_text("Refused")
    seller.see("Invalid Input")
    _press_and_wait(seller, "Check Again", states, "checked")
    _send_and_follow(seller, odoo, simulator, store, states)
    seller.tab("Listings")
    for sku in (GROUP, *SKUS):
        expect(_state_of(seller, sku)).to_have_text("On Sale")


# A4
def test_amazon_has_the_variants(simulator, store):
    for sku in SKUS:
        shown = simulator.get("/_sim/stock", seller_id=store["seller_id"], sku=sku)
        assert shown["stock"], f"{sku} cannot be bought"
