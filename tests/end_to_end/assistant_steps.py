"""What a person does to connect a store, in whatever language the screens are.

Each step shows its screen: in English for the guides' sake, see :meth:`Desk.show`; in
Chinese to be read, see ``chinese.py``.
"""

from browser import Desk
from browser_steps import DIALOG, give_consent
from playwright.sync_api import expect

from tools.http import Client


def begin(desk: Desk) -> None:
    """Open the assistant from the dashboard."""
    desk.press("Connect a Store")
    desk.see("Which seller account?")


def register_application(
    desk: Desk, simulator: Client, application: dict, name: str
) -> None:
    """Register an application with the first step's dialog.

    :param dict application: what the developer console shows, as the simulator has it.
    :param str name: what it is called in Odoo.
    """
    field = desk.field("application_id").locator("input")
    field.fill(name)
    desk.page.locator(".o_m2o_dropdown_option_create_edit").click()
    desk.see("How sellers authorise it", DIALOG)
    simulated = desk.page.locator(DIALOG).get_by_label(
        desk.say("Simulator"), exact=True
    )
    simulated.check()
    desk.type("simulator_url", simulator.url, DIALOG)
    for part in ("client_id", "client_secret", "application_id"):
        desk.type(part, application[part], DIALOG)
    desk.show("wizard-application")
    redirect = desk.field("redirect_uri", DIALOG).inner_text().strip()
    assert redirect == f"{desk.url}/acorn_amazon/oauth/callback"
    known = ("application_id", "client_id", "client_secret", "name", "roles")
    simulator.post(
        "/_sim/applications",
        {**{part: application[part] for part in known}, "redirect_uris": [redirect]},
    )
    desk.press("Save", ".modal")
    expect(desk.page.locator(".modal")).to_have_count(0)
    expect(field).to_have_value(name)


def choose_marketplace(desk: Desk, marketplace: str, region: str) -> None:
    """Say where the seller signs in, which decides the region."""
    desk.choose("marketplace_id", desk.say(marketplace))
    expect(desk.field("region")).to_have_text(desk.say(region))


def name_store(desk: Desk, name: str) -> None:
    """Name the store and leave the first step."""
    desk.type("name", name)
    desk.show("wizard-region")
    desk.press("Continue")
    desk.see("May Odoo act for this seller?")
    desk.show("wizard-authorise")


def open_consent_page(desk: Desk) -> None:
    """Leave Odoo for Amazon, whose page is in English for everybody."""
    desk.press("Open Amazon's Consent Page")
    asked = "This application asks for access to your selling account"
    expect(desk.page.get_by_text(asked)).to_be_visible()


def return_with_consent(desk: Desk, seller: dict) -> None:
    """Agree on Amazon's page and see the assistant go on."""
    give_consent(desk, seller)
    desk.see("Does Amazon allow what is needed?")


def check_permissions(desk: Desk) -> None:
    """Try what the roles allow: everything."""
    desk.press("Check Permissions")
    desk.see("Check Again")
    results = desk.page.locator(".o_data_row td[name=state]")
    expect(results.filter(has_text=desk.say("Allowed"))).to_have_count(13)
    # What changes something at Amazon is not tried.
    expect(results.filter(has_text=desk.say("Untested"))).to_have_count(3)
    desk.show("wizard-preflight")
    desk.press("Continue")
    desk.see("What do the orders become in Odoo?")


def accept_marketplaces(desk: Desk) -> None:
    """Take what is proposed for each marketplace."""
    desk.show("wizard-participations")
    desk.press("Continue")
    desk.see("Which product is behind each listing?")


def read_listings(desk: Desk) -> None:
    """Have the listings read, looking now and then how far it is."""
    desk.press("Read Listings")
    again = desk.page.get_by_role("button", name=desk.say("Read Again"))
    for _look in range(300):
        desk.settle()
        if again.is_visible():
            break
        desk.press("Refresh")
        desk.page.wait_for_timeout(1000)
    desk.see("Read Again")
    desk.show("wizard-products")


def look_at_unmatched(desk: Desk, sku: str) -> None:
    """Look at the listings that fit no product, and leave them for later.

    :param str sku: one of them.
    """
    count = int(desk.read("unmatched_count"))
    desk.press("Choose Their Products")
    rows = desk.page.locator(".o_list_view .o_data_row")
    expect(rows).to_have_count(count)
    expect(rows.filter(has_text=sku)).to_have_count(1)
    desk.page.go_back()
    desk.see("Which product is behind each listing?")
    desk.press("Continue")
    desk.see("How should it begin?")


def start_watching(desk: Desk) -> None:
    """Start with watching, as proposed, from long ago."""
    watch = desk.page.get_by_label(desk.say("Watch first (shadow)"))
    expect(watch).to_be_checked()
    desk.pick_time("import_from", "2020-01-01 00:00:00")
    desk.show("wizard-start")
    desk.press("Start")
    desk.see("The store is connected")


def open_dashboard(desk: Desk) -> None:
    """Go on to the dashboard, where the store waits for its review."""
    desk.press("Open the Dashboard")
    desk.see("Review and Go Live")


def go_live(desk: Desk) -> None:
    """End the watching, from the list of what would be created."""
    desk.press("Go Live")
    desk.press("Ok", ".modal")
    desk.see("Live", ".o_kanban_record")
