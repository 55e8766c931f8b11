"""Connect every seller of a simulated world to Odoo, as a person would.

Everything goes through the door a user has: Odoo's external API, the connect
assistant, and the consent page, which is read and answered like a browser does.
"""

import argparse
import html.parser
import sys
import time
import urllib.parse
from dataclasses import dataclass, field

from tools.console import Failure, say
from tools.http import Client
from tools.odoo_api import Odoo

WIZARD = "acorn.amazon.connect.wizard"
IMPORT_FROM = "2000-01-01 00:00:00"
LISTINGS_SECONDS = 300


@dataclass
class Form(html.parser.HTMLParser):
    """The form of a page, with what its fields hold before anybody types.

    :param dict values: field name to value; of radio buttons the marked one.
    :param dict choices: name of each radio group to its values.
    """

    values: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self):
        super().__init__()

    def handle_starttag(self, tag, attrs):
        """Note one field."""
        attributes = dict(attrs)
        name, value = attributes.get("name"), attributes.get("value") or ""
        if tag != "input" or not name:
            return
        kind = attributes.get("type")
        if kind == "radio":
            self.choices.setdefault(name, []).append(value)
        if kind not in {"radio", "checkbox"} or "checked" in attributes:
            self.values[name] = value


def give_consent(odoo: Odoo, url: str, seller_id: str) -> str:
    """Open Amazon's consent page, choose the seller, tick the box, confirm.

    :param Odoo odoo: the user's session, which the redirect comes back to.
    :param str url: address that the assistant opened.
    :param str seller_id: who agrees.
    :return: the address where the browser ends.
    :raise Failure: when a page refuses.
    """
    with odoo.open(url) as page:
        form = Form()
        form.feed(page.read().decode())
    if seller_id not in form.choices.get("selling_partner_id", ()):
        raise Failure(f"The consent page does not offer the seller {seller_id}.")
    answers = {
        **form.values,
        "selling_partner_id": seller_id,
        "confirm": "yes",
        "decision": "confirm",
    }
    body = urllib.parse.urlencode(answers).encode()
    with odoo.open(url, body, "application/x-www-form-urlencoded") as page:
        return page.geturl()


def create_products(odoo: Odoo, catalog: list[dict]) -> dict[str, int]:
    """Create the seller's own product master, the way an ERP already has it.

    :param list catalog: items of ``/_sim/catalog``.
    :return: SKU to product id.
    """
    values: dict[str, dict] = {}
    barcodes: set[str] = set()
    for item in catalog:
        if not item["known"] or item["sku"] in values:
            continue
        barcode = item["barcode"] if item["barcode"] not in barcodes else ""
        barcodes.add(barcode)
        values[item["sku"]] = {
            "name": item["title"],
            "default_code": item["sku"],
            "barcode": barcode or False,
            "list_price": float(item["price"]),
            "weight": float(item["weight"]),
            "type": "consu",
            "is_storable": True,
            "tracking": item["tracking"],
        }
    ids = odoo.create("product.product", list(values.values()))
    return dict(zip(values, ids, strict=True))


def put_on_stock(odoo: Odoo, catalog: list[dict], products: dict[str, int]) -> None:
    """Count the quantities of the product master into the warehouse."""
    location = odoo.search_read("stock.warehouse", [], ["lot_stock_id"], limit=1)
    place = location[0]["lot_stock_id"][0]
    wanted: dict[str, dict] = {}
    for item in catalog:
        if item["sku"] in products and item["fulfillment_channel"] == "MERCHANT":
            wanted.setdefault(item["sku"], item)
    tracked = [sku for sku, item in wanted.items() if item["tracking"] != "none"]
    lots = odoo.create(
        "stock.lot",
        [{"name": f"{sku}-L1", "product_id": products[sku]} for sku in tracked],
    )
    lot_of = dict(zip(tracked, lots, strict=True))
    quants = odoo.create(
        "stock.quant",
        [
            {
                "product_id": products[sku],
                "location_id": place,
                "inventory_quantity": float(item["quantity"]),
                **({"lot_id": lot_of[sku]} if sku in lot_of else {}),
            }
            for sku, item in wanted.items()
        ],
        context={"inventory_mode": True},
    )
    odoo.call("stock.quant", "action_apply_inventory", quants)


def register_application(odoo: Odoo, simulator: Client, application: dict) -> int:
    """Enter the simulated LWA application, and register Odoo's address there.

    :param dict application: one of ``applications`` in ``/_sim/credentials``.
    :return: id of the application in Odoo.
    """
    created = odoo.create(
        "acorn.amazon.application",
        [
            {
                "name": application["name"] or "Amazon simulator",
                "environment": "simulator",
                "authorization": "oauth",
                "application_id": application["application_id"],
                "client_id": application["client_id"],
                "client_secret": application["client_secret"],
                "is_draft": application["is_draft"],
                "simulator_url": simulator.url,
            }
        ],
    )
    read = odoo.call(
        "acorn.amazon.application", "read", created, fields=["redirect_uri"]
    )
    simulator.post(
        "/_sim/applications",
        {
            "application_id": application["application_id"],
            "redirect_uris": [read[0]["redirect_uri"]],
        },
    )
    return created[0]


class Assistant:
    """One run of the connect assistant.

    :param Odoo odoo: session of the user.
    :param int wizard: id of the record.
    """

    def __init__(self, odoo: Odoo, wizard: int):
        self.odoo, self.wizard = odoo, wizard

    def press(self, button: str):
        """Press a button and return the action it answers with."""
        return self.odoo.call(WIZARD, button, [self.wizard])

    def read(self, *names: str) -> dict:
        """Return fields of the assistant."""
        return self.odoo.call(WIZARD, "read", [self.wizard], fields=list(names))[0]

    def write(self, **values) -> None:
        """Fill in fields of the assistant."""
        self.odoo.write(WIZARD, [self.wizard], values)

    def expect(self, step: str) -> None:
        """Fail unless the assistant is at a step."""
        now = self.read("step")["step"]
        if now != step:
            raise Failure(f"The assistant is at “{now}”, expected “{step}”.")


def read_listings(assistant: Assistant) -> None:
    """Let the server read the listings and wait for it.

    :raise Failure: when it does not come to an end.
    """
    assistant.press("action_read_listings")
    until = time.monotonic() + LISTINGS_SECONDS
    while not assistant.read("listings_complete")["listings_complete"]:
        if time.monotonic() > until:
            error = assistant.read("listings_error")["listings_error"]
            raise Failure(f"The listings are not read. {error or ''}".strip())
        time.sleep(1)


def authorise_seller(odoo: Odoo, seller: dict, application: int) -> Assistant:
    """Begin the assistant for a seller and give its consent.

    :param dict seller: one of ``sellers`` in ``/_sim/credentials``.
    :param int application: id of the application in Odoo.
    :return: the assistant, after Amazon's consent page.
    """
    home = odoo.search_read(
        "acorn.amazon.marketplace",
        [["amazon_id", "=", seller["marketplace_ids"][0]]],
        ["name"],
    )[0]
    wizard = odoo.create(
        WIZARD,
        [
            {
                "name": seller["store_name"],
                "application_id": application,
                "marketplace_id": home["id"],
            }
        ],
    )[0]
    assistant = Assistant(odoo, wizard)
    assistant.press("action_next")
    assistant.expect("authorise")
    action = assistant.press("action_open_consent")
    give_consent(odoo, action["url"], seller["seller_id"])
    assistant.expect("preflight")
    return assistant


def connect_seller(odoo: Odoo, seller: dict, application: int, mode: str) -> int:
    """Walk one seller through the assistant, from application to start.

    :param dict seller: one of ``sellers`` in ``/_sim/credentials``.
    :param int application: id of the application in Odoo.
    :param str mode: "live" or "shadow".
    :return: id of the store.
    """
    assistant = authorise_seller(odoo, seller, application)
    assistant.press("action_check_permissions")
    assistant.press("action_next")
    assistant.expect("participations")
    assistant.press("action_next")
    assistant.expect("products")
    read_listings(assistant)
    assistant.press("action_match_products")
    assistant.press("action_next")
    assistant.write(mode=mode, import_from=IMPORT_FROM)
    assistant.expect("start")
    assistant.press("action_next")
    assistant.expect("done")
    return assistant.read("store_id")["store_id"][0]


def connect(odoo: Odoo, simulator: Client, mode: str = "live") -> list[int]:
    """Set up products, stock, application and one store per seller.

    :param Odoo odoo: session of an administrator.
    :param Client simulator: the simulator.
    :param str mode: "live" or "shadow".
    :return: ids of the stores.
    :raise Failure: when a step is refused.
    """
    odoo.call("ir.config_parameter", "set_param", key="web.base.url", value=odoo.url)
    catalog = simulator.get("/_sim/catalog")["items"]
    products = create_products(odoo, catalog)
    put_on_stock(odoo, catalog, products)
    say(f"    {len(products)} products in Odoo, counted into stock")
    credentials = simulator.get("/_sim/credentials")
    applications = {
        application["application_id"]: register_application(
            odoo, simulator, application
        )
        for application in credentials["applications"]
    }
    stores = []
    for seller in credentials["sellers"]:
        application = applications[seller["application_id"]]
        stores.append(connect_seller(odoo, seller, application, mode))
        say(f"    {seller['store_name']} ({seller['region'].upper()}) is {mode}")
    return stores


def main(arguments: list[str]) -> int:
    """Connect to an Odoo that runs already, unless it has a store.

    :return: the exit code.
    """
    parser = argparse.ArgumentParser("demo_connect")
    parser.add_argument("--odoo", required=True, help="address of Odoo")
    parser.add_argument("--database", required=True)
    parser.add_argument("--simulator", required=True, help="address of the simulator")
    parser.add_argument("--login", default="admin")
    parser.add_argument("--password", default="admin")
    parser.add_argument("--mode", choices=["live", "shadow"], default="live")
    given = parser.parse_args(arguments)
    try:
        odoo = Odoo(given.odoo, given.database, given.login, given.password)
        if odoo.count("acorn.amazon.store", []):
            say("A store is connected already.")
            return 0
        connect(odoo, Client(given.simulator), given.mode)
    except Failure as failure:
        say(str(failure))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
