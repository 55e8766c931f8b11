"""Three companies open eight marketplaces: in the browser, from end to end."""

import base64
import hashlib
import io
import re
import time
import zipfile

import pypdf
import pytest
from browser_steps import SYSTEM, hire, sit_down, wait_until
from chinese import check, read_translations
from playwright.sync_api import expect

from tools import demo_connect, demo_entities, serving
from tools.http import Client
from tools.paths import ADDON
from tools.services import World

pytestmark = pytest.mark.journey

ONBOARDING = "acorn_amazon_onboarding"
MANAGER = f"{ONBOARDING}.group_acorn_onboarding_manager"
OFFICER = "acorn_amazon_onboarding.group_acorn_onboarding_officer"
REGISTRATION = "acorn.onboarding.registration"
HOME = {"na": "us", "eu": "de", "fe": "jp"}
# The whole number of cells without the three where a company sells already.
REGISTRATIONS = 21
# Between two questions whether Amazon has decided.
ASK_SECONDS = 2
MATRIX = ".o_acorn_matrix"


@pytest.fixture(scope="module")
def market():
    """Odoo beside an Amazon where three companies sell at home."""
    started = serving.start("marketplaces", World("expansion"))
    yield started
    started.close()


@pytest.fixture(scope="module")
def amazon(market):
    """The control interface of that Amazon."""
    return Client(market.simulator_url)


@pytest.fixture(scope="module")
def office(market):
    """A session of the administrator with that Odoo's API."""
    return market.odoo()


@pytest.fixture(scope="module")
def companies(office, amazon):
    """The companies with their stores and papers; two papers are missing.

    :return: id by the region where they sell.
    """
    connect_stores(office, amazon)
    amazon.post("/_sim/registrations/settings", {"review_seconds": [1, 2]})
    demo_entities.admit_developer(office, amazon)
    created = demo_entities.create_entities(office, amazon)
    first, second, third = created
    italian = [["entity_id", "=", first], ["country_id.code", "=", "IT"]]
    tax = "acorn.onboarding.tax.registration"
    office.call(tax, "unlink", ids_of(office, tax, italian))
    japanese = [["entity_id", "=", second], ["language", "=", "ja"]]
    paper = "acorn.onboarding.document"
    office.call(paper, "unlink", ids_of(office, paper, japanese))
    demo_entities.create_template(office, created, "Eight marketplaces")
    return {"na": first, "eu": second, "fe": third}


@pytest.fixture(scope="module")
def officer(browser, market, office, companies, desks):
    hire(office, "olga", "Olga Officer", [OFFICER])
    desk = sit_down(browser, market, "olga", "olga")
    desks.append(desk)
    return desk


def connect_stores(office, amazon):
    """Connect the home stores; another test shows how a person does that."""
    known = amazon.get("/_sim/credentials")
    application = demo_connect.register_application(
        office, amazon, known["applications"][0]
    )
    for seller in known["sellers"]:
        place = office.reference(
            f"acorn_amazon_connector.marketplace_{HOME[seller['region']]}"
        )
        assistant = demo_connect.authorise_seller(office, seller, application)
        store = assistant.read("store_id")["store_id"][0]
        office.create(
            "acorn.amazon.participation",
            [{"store_id": store, "marketplace_id": place, "is_participating": True}],
        )


def ids_of(office, model, domain):
    return [row["id"] for row in office.search_read(model, domain, ["id"])]


def find(office, entity, country):
    """Return the registration of an entity on a country's marketplace."""
    place = office.reference(f"acorn_amazon_connector.marketplace_{country}")
    mine = [["entity_id", "=", entity], ["marketplace_id", "=", place]]
    return office.search_read(REGISTRATION, mine, ["reference", "state"])[0]


def open_template(desk):
    desk.open("action-acorn_amazon_onboarding.acorn_onboarding_template_action")
    desk.page.locator(".o_data_row", has_text="Eight marketplaces").click()
    desk.press("Open Marketplaces")
    expect(desk.page.locator(MATRIX)).to_be_visible()


def cells(desk, words):
    """Return the cells of the overview with a state."""
    return desk.page.locator(f"{MATRIX} td button", has_text=words)


def decide(office, count, state="approved"):
    """Let Amazon decide until so many registrations have a state."""

    def decided():
        underway = [["state", "in", ["submitted", "in_review"]]]
        waiting = ids_of(office, REGISTRATION, underway)
        if waiting:
            office.call(REGISTRATION, "action_ask_amazon", waiting)
        if office.count(REGISTRATION, [["state", "=", state]]) == count:
            return True
        time.sleep(ASK_SECONDS)
        return False

    wait_until(decided, f"{count} registrations are {state}")


# B1, B2, B20
def test_template_shows_what_is_missing(officer):
    open_template(officer)
    expect(cells(officer, "Ready")).to_have_count(REGISTRATIONS - 2)
    expect(cells(officer, "Needs Correction")).to_have_count(2)
    expect(officer.page.get_by_text("Sells There")).to_have_count(3)
    officer.picture("marketplaces-matrix")


# B20, X9
def test_tax_number_is_entered_where_the_finding_leads(officer, office, companies):
    cells(officer, "Needs Correction").last.click()
    officer.see("VAT number for Italy is missing.")
    officer.page.locator("[name=finding_ids]").get_by_text("Correct").first.click()
    officer.see("VAT number for Italy is missing. (Italy)", ".alert")
    box = "[name=acorn_onboarding_tax_ids]"
    officer.page.locator(box).get_by_text("Add a line").click()
    officer.choose("scheme_id", "VAT number", box)
    officer.choose("country_id", "Italy", box)
    officer.type("number", "IT06344730046", box)
    officer.save()
    officer.picture("marketplaces-entity")
    officer.press("Check Registrations")
    expect(officer.page.locator(".alert")).to_have_count(0)
    assert find(office, companies["na"], "it")["state"] == "ready"


# B6, B20
def test_translation_is_uploaded(officer):
    officer.open("action-acorn_amazon_onboarding.acorn_onboarding_document_action")
    officer.press("New")
    officer.choose("entity_id", "Hangzhou Qinghe")
    officer.choose("type_id", "Business licence")
    officer.type("language", "ja")
    officer.choose("translation_of_id", "Business licence")
    officer.page.locator("[name=file] input[type=file]").set_input_files(
        {
            "name": "licence-ja.pdf",
            "mimeType": "application/pdf",
            "buffer": base64.b64decode(demo_entities.paper("Licence in Japanese")),
        }
    )
    officer.save()
    officer.see("New Version")
    officer.picture("marketplaces-document")


# B1, B3, B14, B23
def test_submitted_together_and_followed(officer, office, amazon, companies):
    returned = find(office, companies["fe"], "gb")
    amazon.post(
        "/_sim/registrations/outcomes",
        [
            {
                "reference": returned["reference"],
                "status": "REJECTED",
                "reasons": [
                    {
                        "code": "TAX_INFORMATION_MISSING",
                        "message": "The number is not in the register yet.",
                    }
                ],
                "times": 1,
            }
        ],
    )
    open_template(officer)
    expect(cells(officer, "Ready")).to_have_count(REGISTRATIONS)
    officer.press("Submit Chosen")
    officer.press("Submit", ".modal")
    expect(officer.page.locator(".o_kanban_view")).to_be_visible()
    decide(office, REGISTRATIONS - 1)
    officer.open("action-acorn_amazon_onboarding.acorn_onboarding_registration_action")
    officer.picture("marketplaces-board")


# B3, B23, B28
def test_rejected_is_submitted_again(officer, office, companies):
    rejected = find(office, companies["fe"], "gb")
    assert rejected["state"] == "rejected"
    officer.page.locator(".o_kanban_record", has_text="United Kingdom").filter(
        has_text="tax"
    ).click()
    officer.see("The number is not in the register yet.", ".alert")
    officer.picture("marketplaces-rejected")
    officer.press("Submit")
    expect(officer.page.locator(".alert-warning")).to_have_count(0)
    decide(office, REGISTRATIONS)
    officer.open(f"{REGISTRATION}/{rejected['id']}")
    officer.tab("Submissions")
    expect(
        officer.page.locator("[name=submission_ids] .o_data_row td[name=revision]")
    ).to_have_text(["2", "1"])


# B30
def test_approved_marketplaces_belong_to_the_stores(office, amazon, companies):
    truth = amazon.get("/_sim/registrations")["registrations"]
    assert len(truth) == REGISTRATIONS
    for region, entity in companies.items():
        stores = [["acorn_onboarding_entity_id", "=", entity], ["region", "=", region]]
        mine = [["store_id", "in", ids_of(office, "acorn.amazon.store", stores)]]
        names = ["marketplace_id", "is_participating", "warehouse_id"]
        found = office.search_read("acorn.amazon.participation", mine, names)
        assert all(row["is_participating"] for row in found)
        home = office.reference(f"acorn_amazon_connector.marketplace_{HOME[region]}")
        opened = [row for row in found if row["marketplace_id"][0] != home]
        assert len(opened) == {"na": 1, "eu": 4, "fe": 0}[region]
        assert all(row["warehouse_id"] for row in opened)


# === BY HAND === #

DUTCH_VAT = "NL004495445B01"


@pytest.fixture(scope="module")
def by_hand(office, companies):
    """A registration for one more marketplace, with all that Amazon asks there."""
    entity = companies["eu"]
    contact = {"phone": "+86 571 8765 4321", "email": "office@qinghe.example"}
    office.write("res.partner", [entity], contact)
    place = office.reference("acorn_amazon_connector.marketplace_nl")
    office.create(
        "acorn.onboarding.tax.registration",
        [
            {
                "entity_id": entity,
                "scheme_id": office.reference("acorn_amazon_onboarding.tax_scheme_vat"),
                "country_id": office.reference("base.nl"),
                "number": DUTCH_VAT,
            }
        ],
    )
    office.create(REGISTRATION, [{"entity_id": entity, "marketplace_id": place}])
    return find(office, entity, "nl")


def checksums_by_type(office, entity):
    """Return the checksums of an entity's papers by the code of their type."""
    kinds = office.search_read("acorn.onboarding.document.type", [], ["code"])
    codes = {row["id"]: row["code"] for row in kinds}
    mine = [["entity_id", "=", entity]]
    found = {}
    for paper in office.search_read(
        "acorn.onboarding.document", mine, ["type_id", "checksum"]
    ):
        code = codes[paper["type_id"][0]].lower().replace("_", "-")
        found.setdefault(code, set()).add(paper["checksum"])
    return found


# B26, B6: what a person types into Seller Central comes out of the browser whole.
def test_package_is_downloaded(officer, office, companies, by_hand, tmp_path):
    officer.open(f"{REGISTRATION}/{by_hand['id']}")
    officer.press("Go On By Hand")
    officer.press("Check")
    officer.see("Download the package, fill in", ".alert")
    with officer.page.expect_download() as waiting:
        officer.press("Download Package")
    waiting.value.save_as(tmp_path / "package.zip")
    with zipfile.ZipFile(tmp_path / "package.zip") as archive:
        assert archive.testzip() is None
        papers = {
            name: hashlib.sha256(archive.read(name)).hexdigest()
            for name in archive.namelist()
            if name != "summary.pdf"
        }
        pages = pypdf.PdfReader(io.BytesIO(archive.read("summary.pdf"))).pages
    text = " ".join(" ".join(page.extract_text() for page in pages).split())
    entity = companies["eu"]
    names = ["name", "acorn_onboarding_local_name"]
    company = office.search_read("res.partner", [["id", "=", entity]], names)[0]
    facts = [company[name] for name in names]
    for fact in (*facts, "Amazon registration: Netherlands", "amazon.nl", DUTCH_VAT):
        assert fact in text
    assert not re.findall(r".{60}MISSING", text)
    in_odoo = checksums_by_type(office, entity)
    kinds = {name: name.split("_")[1] for name in papers}
    assert {"business-license", "identity", "bank-letter"} <= set(kinds.values())
    assert all(checksum in in_odoo[kinds[name]] for name, checksum in papers.items())
    officer.open(f"{REGISTRATION}/{by_hand['id']}")
    officer.see("The package was downloaded", ".o-mail-Chatter")
    officer.picture("marketplaces-by-hand")


# B26, B30: a person keeps the state, and the marketplace belongs to the store.
def test_approved_by_hand(officer, office, amazon, companies, by_hand):
    officer.open(f"{REGISTRATION}/{by_hand['id']}")
    for button, state in (
        ("Submitted by Hand", "Submitted"),
        ("In Review", "In Review"),
        ("Approved", "Approved"),
    ):
        officer.press(button, ".o_statusbar_buttons")
        current = officer.page.locator(".o_statusbar_status .o_arrow_button_current")
        expect(current).to_have_text(state)
    place = office.reference("acorn_amazon_connector.marketplace_nl")
    stores = [["acorn_onboarding_entity_id", "=", companies["eu"]]]
    [opened] = office.search_read(
        "acorn.amazon.participation",
        [
            ["store_id", "in", ids_of(office, "acorn.amazon.store", stores)],
            ["marketplace_id", "=", place],
        ],
        ["is_participating"],
    )
    assert opened["is_participating"]
    assert len(amazon.get("/_sim/registrations")["registrations"]) == REGISTRATIONS
    officer.open("action-acorn_amazon_onboarding.acorn_onboarding_registration_action")
    column = officer.page.locator(".o_kanban_group", has_text="Approved")
    card = column.locator(".o_kanban_record", has_text="Netherlands")
    expect(card).to_contain_text("By Hand")


# B7: the workbench speaks the reader's language, whoever did the work.
def test_screens_are_chinese(browser, market, office, companies, desks):
    hire(office, "mei", "Mei Lin", [SYSTEM, MANAGER], "zh_CN")
    mei = sit_down(browser, market, "mei", "mei")
    desks.append(mei)
    words = read_translations(ADDON, ONBOARDING)
    lists = (
        *("registration", "finding", "template", "trigger", "entity", "document"),
        *("representative", "requirement", "rule", "reason", "document_type"),
        *("tax_scheme", "agreement", "developer", "erasure", "submission_analysis"),
    )
    for name in lists:
        mei.open(f"action-{ONBOARDING}.acorn_onboarding_{name}_action")
        check(mei, words, 4)
    mei.open(f"action-{ONBOARDING}.acorn_onboarding_overview_action")
    expect(cells(mei, "已批准")).to_have_count(REGISTRATIONS + 1)
    check(mei, words, 4)
    mei.picture("marketplaces-overview-zh")
    entity = f"action-{ONBOARDING}.acorn_onboarding_entity_action/{companies['na']}"
    forms = [
        f"{model}/{ids_of(office, model, [])[0]}"
        for model in (
            REGISTRATION,
            *("acorn.onboarding.document", "acorn.onboarding.representative"),
            *("acorn.onboarding.template", "acorn.onboarding.developer"),
        )
    ]
    for path in (entity, *forms):
        mei.open(path)
        check(mei, words, 8)
        for page in mei.page.get_by_role("tab").all():
            page.click()
            check(mei, words, 8)
