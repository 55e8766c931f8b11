"""Legal entities with papers and tax numbers, and a developer that Amazon admits."""

import base64
import datetime

from tools.http import Client
from tools.odoo_api import Odoo

ADDON = "acorn_amazon_onboarding"
DEVELOPER = "dev-acorn"
AGREEMENT = "2026-01"
MARKETPLACES = ("us", "ca", "gb", "de", "fr", "it", "es", "jp")
PEOPLE = ("Li Wei", "Chen Jing", "Wang Fang")
# One number for each of three entities; all have right check digits.
TAX_NUMBERS = {
    "gb": ("vat", ("540659790", "585905204", "845534862")),
    "de": ("vat", ("DE945807302", "DE224538323", "DE185089414")),
    "fr": ("vat", ("FR78747349520", "FR78714161940", "FR38593165517")),
    "it": ("vat", ("IT06344730046", "IT85867720030", "IT17963980051")),
    "es": ("vat", ("ESN4638740C", "ESN1784108A", "ESN1369636D")),
    "ca": ("gst_hst", ("235628146RT0001", "522877109RT0001", "865912984RT0001")),
}


def day(offset: int) -> str:
    """Return a date so many days from today."""
    return f"{datetime.date.today() + datetime.timedelta(days=offset):%Y-%m-%d}"


def paper(title: str) -> str:
    """Return a page of text as PDF, base64."""
    text = ["BT /F1 12 Tf 60 780 Td 22 TL"]
    for number in range(1, 32):
        text.append(f"({number:02}  {title}, clause {number} of this paper) Tj T*")
    stream = "\n".join([*text, "ET"])
    box = "/MediaBox [0 0 595 842]"
    parts = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R {box} /Contents 4 0 R /Resources 6 0 R >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        "<< /Font << /F1 5 0 R >> >>",
    ]
    page, places = "%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(page))
        page += f"{number} 0 obj\n{part}\nendobj\n"
    start = len(page)
    page += f"xref\n0 {len(parts) + 1}\n0000000000 65535 f \n"
    page += "".join(f"{place:010} 00000 n \n" for place in places)
    page += f"trailer << /Size {len(parts) + 1} /Root 1 0 R >>\n"
    page += f"startxref\n{start}\n%%EOF\n"
    return base64.b64encode(page.encode()).decode()


def admit_developer(odoo: Odoo, simulator: Client) -> None:
    """Make a key pair for the store's application, and tell Amazon its public half."""
    application = odoo.search_read(
        "acorn.amazon.application", [], ["client_id"], limit=1
    )[0]
    developer = odoo.create(
        "acorn.onboarding.developer",
        [{"application_id": application["id"], "developer_id": DEVELOPER}],
    )
    odoo.call("acorn.onboarding.developer", "action_generate_key", developer)
    keys = odoo.search_read("acorn.onboarding.key", [], ["kid", "public_key"])
    simulator.post(
        "/_sim/registrations/developers",
        {
            "developer_id": DEVELOPER,
            "client_id": application["client_id"],
            "keys": [
                {"kid": key["kid"], "public_pem": key["public_key"]} for key in keys
            ],
            "allowed": True,
        },
    )


def create_paper(odoo: Odoo, entity: int, code: str, **values) -> int:
    """Upload one paper of an entity.

    :param str code: external name of its type, such as "licence".
    """
    title = code.replace("_", " ").capitalize()
    return odoo.create(
        "acorn.onboarding.document",
        [
            {
                "entity_id": entity,
                "type_id": odoo.reference(f"{ADDON}.document_type_{code}"),
                "file": paper(title),
                "file_name": f"{code}.pdf",
                **values,
            }
        ],
    )[0]


def create_tax(odoo: Odoo, entity: int, place: int, country: str) -> None:
    """Enter the tax registration that a marketplace asks for."""
    scheme, numbers = TAX_NUMBERS[country]
    odoo.create(
        "acorn.onboarding.tax.registration",
        [
            {
                "entity_id": entity,
                "scheme_id": odoo.reference(f"{ADDON}.tax_scheme_{scheme}"),
                "country_id": odoo.reference(
                    f"base.{'uk' if country == 'gb' else country}"
                ),
                "number": numbers[place],
            }
        ],
    )


def create_further_taxes(odoo: Odoo, entity: int, place: int) -> None:
    """Enter the US tax interview and the numbers for customs."""
    others = [
        {"scheme": "us_interview", "country": "us", "status": "valid"},
        {"scheme": "eori", "country": "de", "number": f"DE12345678901234{place}"},
        {"scheme": "eori", "country": "uk", "number": f"GB12345678900{place}"},
    ]
    odoo.create(
        "acorn.onboarding.tax.registration",
        [
            {
                "entity_id": entity,
                "scheme_id": odoo.reference(f"{ADDON}.tax_scheme_{tax.pop('scheme')}"),
                "country_id": odoo.reference(f"base.{tax.pop('country')}"),
                **tax,
            }
            for tax in others
        ],
    )


def create_translation(odoo: Odoo, entity: int) -> None:
    """Upload the Japanese translation of the licence."""
    kind = odoo.reference(f"{ADDON}.document_type_licence")
    mine = [["entity_id", "=", entity], ["type_id", "=", kind]]
    licence = odoo.search_read("acorn.onboarding.document", mine, ["id"], limit=1)
    create_paper(
        odoo, entity, "licence", language="ja", translation_of_id=licence[0]["id"]
    )


def person(country: int, place: int, role: str) -> dict:
    """Return who represents or owns the company."""
    return {
        "name": PEOPLE[place],
        "role": role,
        "nationality_id": country,
        "birth_date": f"198{place}-03-14",
        "identity_country_id": country,
        "identity_number": f"E1234567{place}",
        "identity_expires_on": day(1500),
    }


def create_entity(odoo: Odoo, facts: dict, place: int) -> int:
    """Enter one company as its business register knows it, with people and papers.

    :param dict facts: ``legal_entity`` of a seller in ``/_sim/credentials``.
    :param int place: which of the three it is.
    """
    address = facts["address"]
    china = odoo.reference("base.cn")
    entity = odoo.create(
        "res.partner",
        [
            {
                "name": facts["name"],
                "is_company": True,
                "acorn_onboarding_is_entity": True,
                "acorn_onboarding_local_name": facts["name_local"],
                "acorn_onboarding_registration_number": facts["registration_number"],
                "acorn_onboarding_registration_country_id": china,
                "acorn_onboarding_registered_on": "2015-05-20",
                "acorn_onboarding_scope": "Design, sale and export of consumer goods",
                "acorn_onboarding_brand_names": facts["name"].split()[1],
                "street": address["line1"],
                "street2": address.get("line2", ""),
                "city": address["city"],
                "zip": address["postalCode"],
                "country_id": china,
                "phone": f"+86 571 8800 120{place}",
                "email": f"office{place}@example.com",
                "bank_ids": [
                    [0, 0, {"acc_number": f"6222 0210 0101 23{place}0 456"}],
                ],
                "acorn_onboarding_representative_ids": [
                    [0, 0, person(china, place, role)]
                    for role in ("LEGAL_REPRESENTATIVE", "BENEFICIAL_OWNER")
                ],
            }
        ],
    )[0]
    create_paper(
        odoo, entity, "licence", language="zh", name_on_document=facts["name_local"]
    )
    create_paper(odoo, entity, "identity", expires_on=day(1500))
    create_paper(odoo, entity, "bank_letter", issued_on=day(-20))
    create_paper(odoo, entity, "address_proof", issued_on=day(-30))
    create_further_taxes(odoo, entity, place)
    for country in TAX_NUMBERS:
        create_tax(odoo, entity, place, country)
    create_translation(odoo, entity)
    return entity


def create_entities(odoo: Odoo, simulator: Client) -> list[int]:
    """Enter every company of the world and choose it on its store.

    :return: their ids, in the order of the simulator's sellers.
    """
    agreement = odoo.create(
        "acorn.onboarding.agreement",
        [{"version": AGREEMENT, "effective_on": "2026-01-01"}],
    )[0]
    entities = []
    for place, seller in enumerate(simulator.get("/_sim/credentials")["sellers"]):
        entity = create_entity(odoo, seller["legal_entity"], place)
        accepted = {"acorn_onboarding_agreement_id": agreement}
        odoo.write("res.partner", [entity], accepted)
        mine = [["seller_id", "=", seller["seller_id"]]]
        store = odoo.search_read("acorn.amazon.store", mine, ["id"])[0]["id"]
        odoo.write(
            "acorn.amazon.store", [store], {"acorn_onboarding_entity_id": entity}
        )
        entities.append(entity)
    return entities


def marketplaces(odoo: Odoo) -> dict[str, int]:
    """Return the ids of the marketplaces by country."""
    return {
        country: odoo.reference(f"acorn_amazon_connector.marketplace_{country}")
        for country in MARKETPLACES
    }


def create_template(odoo: Odoo, entities: list[int], name: str) -> int:
    """Make a template of all entities and all eight marketplaces."""
    warehouse = odoo.search_read("stock.warehouse", [], ["id"], limit=1)[0]["id"]
    lines = [
        {"marketplace_id": marketplace, "warehouse_id": warehouse, "sequence": turn}
        for turn, marketplace in enumerate(marketplaces(odoo).values(), 1)
    ]
    return odoo.create(
        "acorn.onboarding.template",
        [
            {
                "name": name,
                "entity_ids": [[6, 0, entities]],
                "line_ids": [[0, 0, line] for line in lines],
            }
        ],
    )[0]
