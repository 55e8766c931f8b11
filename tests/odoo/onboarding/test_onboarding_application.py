"""What was told to Amazon to be given access leaves Odoo as a PDF."""

import io
from datetime import timedelta

import pypdf

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from odoo.addons.acorn_amazon_connector.tests.common import AmazonCommon
from odoo.addons.acorn_amazon_onboarding.services.signing import generate_key_pair

from tests.odoo.onboarding.onboarding import ADDON

MANAGER = f"{ADDON}.group_acorn_onboarding_manager"
OFFICER = f"{ADDON}.group_acorn_onboarding_officer"
USE_CASE = "为三家公司开通站点：Open marketplaces for our own companies."


@tagged("standard", "post_install")
class TestApplicationForAccess(AmazonCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.application = cls._create_application(
            environment="production", simulator_url=False, company_id=cls.env.company.id
        )
        cls.developer = cls.env["acorn.onboarding.developer"].create(
            {
                "application_id": cls.application.id,
                "developer_id": "dev-42",
                "endpoint": "https://registrations.amazon.com",
                "use_case": USE_CASE,
                "monthly_volume": 300,
            }
        )
        cls.manager = cls._create_user("onboarding_manager", MANAGER)
        cls.manager.name = "Mia Manager"

    def download(self, login, number=None):
        self.authenticate(login, login)
        path = f"/{ADDON}/application/{number or self.developer.id}"
        answer = self.url_open(path, allow_redirects=False)
        self.env.invalidate_all()
        return answer

    def end_request(self):
        """Let happen what happens at the end of a click: the history is written."""
        self.env.flush_all()
        self.env.cr.precommit.run()

    def make_key(self, days):
        """A key that is so many days old."""
        self.developer.action_generate_key()
        key = self.developer.key_ids[0]
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE acorn_onboarding_key SET create_date = %s WHERE id = %s",
            (fields.Datetime.now() - timedelta(days=days), key.id),
        )
        self.env.invalidate_all()
        return key

    def read(self, answer):
        """The text as somebody would copy it; line breaks are layout."""
        self.assertEqual(answer.status_code, 200, answer.text[:500])
        pages = pypdf.PdfReader(io.BytesIO(answer.content)).pages
        return " ".join(" ".join(page.extract_text() for page in pages).split())

    # B12: the answers, the keys and every change of the answers are on the paper.
    def test_manager_exports(self):
        old, new = self.make_key(400), self.make_key(10)
        old.active = False
        self.end_request()
        developer = self.developer.with_user(self.manager)
        developer.monthly_volume = 900
        developer.access_granted_on = "2026-03-04"
        self.end_request()
        action = developer.action_export_application()
        self.assertEqual(action["url"], f"/{ADDON}/application/{developer.id}")

        answer = self.download("onboarding_manager")
        self.assertEqual(answer.headers["Content-Type"], "application/pdf")
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        self.assertIn("dev-42", answer.headers["Content-Disposition"])
        text = self.read(answer)
        for value in (
            "dev-42",
            self.application.display_name,
            "Production",
            "https://registrations.amazon.com",
            "March 4, 2026",
            USE_CASE,
            "Calls per Month 900",
            "Data Security Answers MISSING",
            "Mia Manager Calls per Month: 300 → 900",
            "Access Granted On: empty → 2026-03-04",
            f"{old.kid} Created on",
            "400 days old Active No",
            f"{new.kid} Created on",
            "10 days old Active Yes",
        ):
            self.assertIn(value, text)

        # B10: the public halves are complete; of the private ones there is nothing.
        joined = text.replace(" ", "")
        for key in old | new:
            self.assertIn("".join(key.public_key.split()), joined)
            private = key._get_secret("private_key").split("\n")
            lines = [line for line in private if len(line) == 64]
            self.assertGreater(len(lines), 20)
            for line in lines:
                self.assertNotIn(line, joined)
        self.assertNotIn("PRIVATE", text)

    # B12: nobody but managers of the same company.
    def test_refused(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self._create_user("onboarding_officer", OFFICER)
        self._create_user("other_manager", MANAGER, elsewhere)
        self._create_user("outsider")
        for login in ("onboarding_officer", "other_manager", "outsider"):
            self.assertEqual(self.download(login).status_code, 403, login)
        for number in (999999999, 99999999999, "x"):
            answer = self.download("onboarding_manager", number)
            self.assertEqual(answer.status_code, 404, number)
        self.authenticate(None, None)
        answer = self.url_open(
            f"/{ADDON}/application/{self.developer.id}", allow_redirects=False
        )
        self.assertIn("/web/login", answer.headers["Location"])

    # B10, B19: a key pair that was made elsewhere signs; it is never shown again.
    def test_key_is_imported(self):
        own, other = generate_key_pair(), generate_key_pair()
        self.developer.action_generate_key()
        developer = self.developer.with_user(self.manager)
        for text in (own.public_pem, "", own.private_pem[:200]):
            with self.assertRaises(UserError):
                self.import_key(developer, text)
        self.assertEqual(len(self.developer.key_ids), 1)

        wizard = self.import_key(developer, own.private_pem)
        self.assertFalse(wizard.exists())
        key = self.developer._get_key()
        self.assertEqual((key.kid, key.public_key), (own.kid, own.public_pem))
        self.assertEqual(key._get_secret("private_key"), own.private_pem.strip())
        with self.assertRaises(UserError):
            self.import_key(developer, own.private_pem)

        officer = self._create_user("onboarding_officer", OFFICER)
        with self.assertRaises(AccessError):
            self.import_key(self.developer.with_user(officer), other.private_pem)

    def import_key(self, developer, text):
        """Paste a key into the window, as the web client does."""
        action = developer.action_import_key()
        wizard = developer.env[action["res_model"]].with_context(**action["context"])
        wizard = wizard.create({"private_key": text})
        self.assertFalse(wizard.private_key)
        wizard.action_import()
        return wizard
