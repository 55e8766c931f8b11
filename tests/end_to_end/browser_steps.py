"""What people do on several occasions: sign in, connect a store, give consent."""

import time
from collections.abc import Callable

from browser import Desk
from playwright.sync_api import Browser, expect

from tools import demo_connect, serving
from tools.http import Client
from tools.odoo_api import Odoo
from tools.services import World

WORLD = World("demo", seed=2, size=110)
DIALOG = ".modal .o_form_view"
AMAZON_USER = "acorn_amazon_connector.group_acorn_amazon_user"
AMAZON_MANAGER = "acorn_amazon_connector.group_acorn_amazon_manager"
SYSTEM = "base.group_system"
STOCK_USER = "stock.group_stock_user"


def hire(odoo: Odoo, login: str, name: str, groups: list[str], lang: str = "en_US"):
    """Create a user whose password is the login."""
    odoo.create(
        "res.users",
        [
            {
                "name": name,
                "login": login,
                "password": login,
                "lang": lang,
                "tz": "UTC",
                "group_ids": [[6, 0, [odoo.reference(group) for group in groups]]],
            }
        ],
    )


def sit_down(browser: Browser, site: serving.Site, login: str, password: str) -> Desk:
    """Log a person in."""
    return Desk(browser, site.odoo_url, login, password)


def connect_store(odoo: Odoo, simulator: Client, region: str) -> dict:
    """Connect a seller over the API and wait for the first orders.

    :param Odoo odoo: session of the store's owner.
    :return: id, name and seller_id of the store.
    """
    known = simulator.get("/_sim/credentials")["applications"][0]
    mine = [["client_id", "=", known["client_id"]]]
    found = odoo.search_read("acorn.amazon.application", mine, ["id"])
    application = (
        found[0]["id"]
        if found
        else demo_connect.register_application(odoo, simulator, known)
    )
    seller = find_seller(simulator, region)
    store = demo_connect.connect_seller(odoo, seller, application, "live")
    mine = [["acorn_amazon_store_id", "=", store]]
    waiting = [["store_id", "=", store], ["state", "=", "received"]]
    wait_until(
        lambda: (
            odoo.count("sale.order", mine)
            and not odoo.count("acorn.amazon.exchange", waiting)
        ),
        "orders are created",
    )
    return {"id": store, "name": seller["store_name"], "seller_id": seller["seller_id"]}


def ensure_live_store(odoo: Odoo, simulator: Client) -> dict:
    """Return any live store; connect one over the API when there is none."""
    names = ["name", "seller_id"]
    live = [["state", "=", "live"]]
    stores = odoo.search_read("acorn.amazon.store", live, names, limit=1)
    return stores[0] if stores else connect_store(odoo, simulator, "fe")


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 300) -> None:
    """Wait for work that the server does by itself."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"{what}: not within {seconds:.0f} s"
        time.sleep(0.5)


def find_seller(simulator: Client, region: str) -> dict:
    """Return a seller of the simulated world with its credentials."""
    sellers = simulator.get("/_sim/credentials")["sellers"]
    return next(seller for seller in sellers if seller["region"] == region)


def give_consent(desk: Desk, seller: dict) -> None:
    """Agree on Amazon's consent page, which leads back to Odoo."""
    page = desk.page
    page.get_by_label(seller["seller_id"]).check()
    page.get_by_label("I direct Amazon").check()
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator(".o_web_client .o_form_view")).to_be_visible()
    desk.settle()


def map_sku(desk: Desk, order_id: str, sku: str, product: str) -> None:
    """Find the document that waits for a product, choose it and have it tried again.

    :param str order_id: Amazon's number of the order.
    :param str sku: what no product is known for.
    :param str product: internal reference of the product.
    """
    desk.open("amazon")
    desk.follow("Need a decision")
    desk.see(order_id)
    desk.show("documents")
    desk.page.locator(".o_data_row", has_text=order_id).locator(
        "td[name=external_id]"
    ).click()
    desk.see(sku, "[name=reason]")
    desk.press("Map SKU")
    desk.see(
        "Choose the product that buyers get when they order this SKU. The choice is"
        " kept as a listing and holds for all orders to come.",
        DIALOG,
    )
    desk.choose("product_id", product, DIALOG)
    desk.show("map-sku")
    desk.press("Map and Retry", ".modal")
    again = "Documents that are applied again in a moment: %(count)s"
    desk.see(desk.say(again, count=1))
