"""Amazon says no: a role is missing, or the seller withdrew the consent."""

import pytest
from assistant_steps import open_consent_page
from browser_steps import (
    ensure_live_store,
    find_seller,
    give_consent,
    sit_down,
    wait_until,
)
from playwright.sync_api import expect

pytestmark = pytest.mark.journey

STORES = "acorn.amazon.store"
APPLICATION = {
    "application_id": "amzn1.sp.solution.0e5c8f3e-0001-4a6b-9f5e-5d1c0a7b2f10",
    "client_id": "amzn1.application-oa2-client.0e5c8f3e00014a6b9f5e5d1c0a7b2f10",
    "client_secret": "amzn1.oa2-cs.v1.made-up-for-this-test",
    "name": "Warehouse helper",
    "roles": [
        "Amazon Fulfillment",
        "Direct-to-Consumer Shipping (Restricted)",
        "Selling Partner Insights",
        "Tax Invoicing (Restricted)",
    ],
}


@pytest.fixture(scope="module")
def seller(simulator):
    return find_seller(simulator, "eu")


@pytest.fixture(scope="module")
def store(odoo, simulator, products):
    return ensure_live_store(odoo, simulator)


@pytest.fixture(scope="module")
def application(odoo, simulator):
    """An application that lacks the role for listings."""
    created = odoo.create(
        "acorn.amazon.application",
        [
            {
                **{name: APPLICATION[name] for name in APPLICATION if name != "roles"},
                "environment": "simulator",
                "simulator_url": simulator.url,
            }
        ],
    )
    read = odoo.call(
        "acorn.amazon.application", "read", created, fields=["redirect_uri"]
    )
    simulator.post(
        "/_sim/applications",
        {**APPLICATION, "redirect_uris": [read[0]["redirect_uri"]]},
    )
    return created[0]


@pytest.fixture(scope="module")
def admin(browser, site, desks):
    desk = sit_down(browser, site, "admin", "admin")
    desks.append(desk)
    return desk


# A11
def test_missing_role_is_named(admin, application, seller):
    admin.open("amazon")
    admin.press("Connect a Store")
    admin.choose("application_id", APPLICATION["name"])
    admin.choose("marketplace_id", "Germany")
    admin.press("Continue")
    open_consent_page(admin)
    give_consent(admin, seller)
    admin.press("Check Permissions")
    admin.see("A required operation is refused.")
    rows = admin.page.locator(".o_data_row", has_text="Refused")
    # The second one is for publishing listings, which one need not do.
    expect(rows).to_have_count(2)
    expect(rows.last).to_contain_text("definitions.searchDefinitionsProductTypes")
    refused = rows.first
    expect(refused).to_contain_text("listings.searchListingsItems")
    expect(refused).to_contain_text("Product Listing, Inventory and Order Tracking")
    expect(refused).to_contain_text("tick one role of each line named here")
    admin.picture("wizard-role")


# A10 A11
def test_unfinished_connection_goes_on_after_the_role_is_granted(
    admin, application, simulator, seller
):
    simulator.post(
        "/_sim/applications",
        {
            "application_id": APPLICATION["application_id"],
            "roles": [*APPLICATION["roles"], "Product Listing"],
        },
    )
    admin.open("amazon")
    card = admin.page.locator(".o_kanban_record", has_text="Amazon Germany")
    card.get_by_role("button", name="Continue Connecting").click()
    admin.see("Does Amazon allow what is needed?")
    admin.press("Back")
    open_consent_page(admin)
    give_consent(admin, seller)
    admin.press("Check Again")
    expect(admin.page.locator(".o_data_row", has_text="Refused")).to_have_count(0)
    expect(admin.page.locator(".o_data_row", has_text="Allowed")).to_have_count(13)


# A14
def test_withdrawn_consent_is_reported_and_given_again(
    admin, odoo, simulator, store, seller
):
    simulator.post("/_sim/lwa", {"action": "revoke", "seller_id": store["seller_id"]})
    admin.open("amazon-tasks")
    name = admin.page.get_by_text(store["name"], exact=True)
    row = admin.page.locator(".o_data_row", has_text="Read changed orders")
    row = row.filter(has=name)
    row.get_by_role("button", name="Run Now").click()
    mine = ["id", "=", store["id"]]
    wait_until(
        lambda: odoo.count("acorn.amazon.store", [mine, ["state", "=", "reauthorise"]]),
        "the withdrawal is noticed",
    )
    admin.open("amazon")
    card = admin.page.locator(".o_kanban_record", has=name)
    expect(card).to_contain_text("Incidents")
    card.get_by_role("button", name="Reconnect").click()
    open_consent_page(admin)
    give_consent(admin, store)
    wait_until(
        lambda: odoo.count(STORES, [mine, ["state", "=", "live"]]),
        "the store is live again",
    )
    admin.open("amazon")
    expect(card).to_contain_text("Live")
    expect(card).not_to_contain_text("Reconnect")
    admin.picture("dashboard")
