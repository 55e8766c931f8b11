"""Legal entities with papers, and a developer that the simulated Amazon admits."""

import base64
import io
from datetime import date, timedelta

from PIL import Image, ImageDraw

from odoo import fields
from odoo.tests import TransactionCase

from tests.odoo.common import SIMULATOR_URL, Simulator, SimulatorCommon

ADDON = "acorn_amazon_onboarding"
AGREEMENT = "2026-01"
DEVELOPER = "dev-onboarding-1"


def scan(text="BUSINESS LICENCE", size=(900, 1200), cut=0):
    """A page that a reviewer can read: a PNG, base64.

    :param cut: so many of its upper pixels were not scanned
    """
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    for line in range(20, size[1], 24):
        draw.text((40, line), f"{text} {line} " * (size[0] // 150), fill="black")
    stream = io.BytesIO()
    image.crop((0, cut, *size)).save(stream, "PNG")
    return base64.b64encode(stream.getvalue())


class OnboardingCase(SimulatorCommon, TransactionCase):
    """Entities of the world *expansion* with authorised home stores."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.simulator = Simulator(SIMULATOR_URL)
        cls.simulator.reset("expansion", 0)
        cls.sellers = cls.simulator.control("credentials")["sellers"]
        cls.application = cls._create_simulated_application("eu")
        cls.agreement = cls.env["acorn.onboarding.agreement"].create(
            {"version": AGREEMENT, "effective_on": "2026-01-01"}
        )
        cls.developer = cls.env["acorn.onboarding.developer"].create(
            {"application_id": cls.application.id, "developer_id": DEVELOPER}
        )
        cls.developer.action_generate_key()
        cls.stores = {}
        cls.entities = {
            seller["region"]: cls._create_entity(seller) for seller in cls.sellers
        }
        cls.entity = cls.entities["eu"]
        cls.store = cls.stores["eu"]

    def setUp(self):
        # Odoo forgets what the last test did; so does Amazon.
        super(SimulatorCommon, self).setUp()
        self.simulator.reset("expansion", 0)
        self.admit()
        self.addCleanup(self.simulator.heal)

    @classmethod
    def admit(cls, allowed=True):
        """Tell Amazon the developer's public keys."""
        keys = cls.developer.key_ids.filtered("active")
        cls.simulator.control(
            "registrations/developers",
            {
                "developer_id": DEVELOPER,
                "client_id": cls.application.client_id,
                "keys": [{"kid": k.kid, "public_pem": k.public_key} for k in keys],
                "allowed": allowed,
            },
        )

    # === RECORDS === #

    @classmethod
    def _create_entity(cls, seller, **values):
        """A complete legal entity and its home store, authorised."""
        facts = seller["legal_entity"]
        address = facts["address"]
        country = cls.env["res.country"].search(
            [("code", "=", facts["country_code"])], limit=1
        )
        entity = cls.env["res.partner"].create(
            {
                "name": facts["name"],
                "is_company": True,
                "acorn_onboarding_is_entity": True,
                "acorn_onboarding_local_name": facts["name_local"] or False,
                "acorn_onboarding_registration_number": facts["registration_number"],
                "acorn_onboarding_registration_country_id": country.id,
                "acorn_onboarding_agreement_id": cls.agreement.id,
                "street": address["line1"],
                "street2": address.get("line2"),
                "city": address["city"],
                "zip": address["postalCode"],
                "country_id": country.id,
                "phone": "+49 30 123456",
                "email": "office@example.com",
                "bank_ids": [
                    fields.Command.create(
                        {"acc_number": f"DE{facts['registration_number']}"}
                    )
                ],
                "acorn_onboarding_representative_ids": [
                    fields.Command.create(
                        {
                            "name": "Li Wei",
                            "birth_date": "1980-05-01",
                            "nationality_id": country.id,
                            "identity_country_id": country.id,
                            "identity_number": "E12345678",
                            "identity_expires_on": date.today() + timedelta(days=900),
                        }
                    )
                ],
                **values,
            }
        )
        for code, more in (
            ("licence", {"name_on_document": facts["name_local"] or facts["name"]}),
            ("identity", {"expires_on": date.today() + timedelta(days=900)}),
            ("bank_letter", {"issued_on": date.today() - timedelta(days=20)}),
        ):
            cls.document(entity, code, **more)
        cls.stores[seller["region"]] = cls._create_home_store(entity, seller)
        return entity

    @classmethod
    def _create_home_store(cls, entity, seller):
        region = seller["region"]
        country = {"na": "us", "eu": "de", "fe": "jp"}[region]
        return cls._create_store(
            application=cls.application,
            marketplace=cls._marketplace(country),
            name=f"{entity.name} {country}",
            seller_id=seller["seller_id"],
            refresh_token=seller["refresh_token"],
            acorn_onboarding_entity_id=entity.id,
        )

    @classmethod
    def document(cls, entity, code, **values):
        """A paper of an entity."""
        return cls.env["acorn.onboarding.document"].create(
            {
                "entity_id": entity.id,
                "type_id": cls.env.ref(f"{ADDON}.document_type_{code}").id,
                "file": scan(code),
                "file_name": f"{code}.png",
                **values,
            }
        )

    @classmethod
    def tax(cls, entity, scheme, country, number=False, **values):
        """A tax registration of an entity."""
        return cls.env["acorn.onboarding.tax.registration"].create(
            {
                "entity_id": entity.id,
                "scheme_id": cls.env.ref(f"{ADDON}.tax_scheme_{scheme}").id,
                "country_id": cls.env.ref(f"base.{country}").id,
                "number": number,
                **values,
            }
        )

    @classmethod
    def registration(cls, country, entity=None, **values):
        """A registration of an entity on a marketplace."""
        return cls.env["acorn.onboarding.registration"].create(
            {
                "entity_id": (entity or cls.entity).id,
                "marketplace_id": cls._marketplace(country).id,
                **values,
            }
        )

    # === WHAT HAPPENS === #

    @classmethod
    def run_sender(cls):
        """Let the runner do what is due."""
        cron = cls.env.ref("acorn_amazon_connector.ir_cron_run_remote_tasks")
        with cls._test_cursors():
            answer = cron.method_direct_trigger()
        assert answer is True, answer

    @classmethod
    def let_review_end(cls, registrations):
        """Let Amazon decide, and look at what it decided."""
        cls.simulator.control("clock", {"advance": 200_000})
        registrations.next_poll = fields.Datetime.now()
        registrations._wake()
        cls.run_sender()

    def truth(self):
        """What Amazon has, by reference."""
        entries = self.simulator.control("registrations")["registrations"]
        return {entry["reference"]: entry for entry in entries}
