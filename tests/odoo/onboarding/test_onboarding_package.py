"""The way by hand: the package for Seller Central, and the state kept by people."""

import base64
import io
import zipfile

import pypdf

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from tests.odoo.common import needs_simulator
from tests.odoo.onboarding.onboarding import ADDON, OnboardingCase, scan

PACKAGE = "/acorn_amazon_onboarding/package"
OFFICER = f"{ADDON}.group_acorn_onboarding_officer"
JAPANESE = "ドングリ商事株式会社"
VAT = "FR40303265045"


@needs_simulator
@tagged("standard", "post_install")
class TestOnboardingPackage(OnboardingCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.officer = cls._create_user("onboarding_officer", OFFICER)
        cls.tax(cls.entity, "vat", "fr", VAT)

    def download(self, *registrations, login="onboarding_officer"):
        """Press the button's address as somebody."""
        self.authenticate(login, login)
        ids = ",".join(str(registration.id) for registration in registrations)
        answer = self.url_open(f"{PACKAGE}/{ids}", allow_redirects=False)
        self.env.invalidate_all()
        return answer

    def end_request(self):
        """Let happen what happens at the end of a click: the history is written."""
        self.env.flush_all()
        self.env.cr.precommit.run()

    def open_zip(self, answer):
        self.assertEqual(answer.status_code, 200, answer.text[:500])
        return zipfile.ZipFile(io.BytesIO(answer.content))

    def read_pdf(self, archive, path):
        """The text as somebody would copy it; line breaks are layout."""
        pages = pypdf.PdfReader(io.BytesIO(archive.read(path))).pages
        return " ".join(" ".join(page.extract_text() for page in pages).split())

    def get_check(self, text, requirement):
        """What the checklist says about a requirement."""
        checklist = text.partition("Checklist")[2]
        return checklist.partition(requirement)[2].partition("Verified On")[0]

    # B26, B6: the package answers every requirement, with the newest papers in clear.
    def test_package(self):
        old = self.entity.acorn_onboarding_document_ids.filtered(
            lambda d: d.type_id.code == "BUSINESS_LICENSE"
        )
        new = self.document(
            self.entity,
            "licence",
            file=scan("renewed"),
            previous_id=old.id,
            language="zh",
        )
        registration = self.registration("fr", channel="manual", brand_names="A & B")
        attachments = self.env["ir.attachment"].search_count([])
        action = registration.with_user(self.officer).action_download_package()
        self.assertEqual(action["url"], f"{PACKAGE}/{registration.id}")

        answer = self.download(registration)
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        self.assertIn("attachment", answer.headers["Content-Disposition"])
        archive = self.open_zip(answer)
        files = {
            "documents/01_business-license_zh_v2.png": "renewed",
            "documents/02_identity_v1.png": "identity",
            "documents/03_bank-letter_v1.png": "bank_letter",
        }
        self.assertEqual(set(archive.namelist()), {"summary.pdf", *files})
        for path, text in files.items():
            self.assertEqual(archive.read(path), base64.b64decode(scan(text)))

        text = self.read_pdf(archive, "summary.pdf")
        marketplace = registration.marketplace_id
        person = self.entity.acorn_onboarding_representative_ids
        for value in (
            marketplace.domain,
            marketplace.seller_central_url,
            self.entity.name,
            self.entity.acorn_onboarding_local_name,
            self.entity.acorn_onboarding_registration_number,
            self.entity.street,
            self.entity.bank_ids.acc_number,
            person.name,
            person.identity_number,
            "A & B",
            VAT,
            *registration._get_requirements("document", "tax").mapped("display_name"),
            *(path.removeprefix("documents/") for path in files),
        ):
            self.assertIn(value, text)

        # B27: what left the system, and by whom, stays written; nothing else does.
        message = registration.message_ids[0]
        self.assertEqual(message.author_id, self.officer.partner_id)
        self.assertIn(new.checksum, message.body)
        self.assertNotIn(old.checksum, message.body)
        self.assertNotIn(person.name, message.body)
        self.assertEqual(self.env["ir.attachment"].search_count([]), attachments)

    # B26: several at once have a folder each; what is missing is plain to see.
    def test_several(self):
        shop = self.entities["fe"]
        shop.acorn_onboarding_local_name = JAPANESE
        shop.phone = shop.email = False
        registrations = [
            self.registration("fr", channel="manual"),
            self.registration("jp", entity=shop, channel="manual"),
        ]
        archive = self.open_zip(self.download(*registrations))
        folders = [name.split("/")[0] for name in archive.namelist()]
        self.assertEqual(len(set(folders)), 2)
        path = f"{folders[-1]}/summary.pdf"
        text = self.read_pdf(archive, path)
        self.assertIn(JAPANESE, text)
        self.assertIn("MISSING", self.get_check(text, "Business licence (ja)"))
        self.assertIn("Phone MISSING", text)
        for registration in registrations:
            self.assertIn("SHA-256", registration.message_ids[0].body)

        self.document(
            shop,
            "licence",
            language="ja",
            translation_of_id=shop.acorn_onboarding_document_ids.filtered(
                lambda d: d.type_id.code == "BUSINESS_LICENSE"
            ).id,
        )
        archive = self.open_zip(self.download(registrations[1]))
        self.assertIn("documents/04_business-license_ja_v1.png", archive.namelist())
        text = self.read_pdf(archive, "summary.pdf")
        answer = self.get_check(text, "Business licence (ja)")
        self.assertIn("04_business-license_ja_v1.png", answer)
        self.assertNotIn("MISSING", answer)

    # B27: personal papers go to officers of the company only.
    def test_refused(self):
        registration = self.registration("fr", channel="manual")
        messages = registration.message_ids
        company = self.env["res.company"].create({"name": "Other company"})
        self._create_user("other_officer", OFFICER, company)
        self._create_user("reader", "acorn_amazon_connector.group_acorn_amazon_user")
        self._create_user("outsider")
        for login in ("other_officer", "reader", "outsider"):
            answer = self.download(registration, login=login)
            self.assertEqual(answer.status_code, 403, login)
        papers = self.entity.acorn_onboarding_document_ids
        self.entity.company_id = company
        self.assertTrue(papers)
        self.assertEqual(self.download(registration).status_code, 403)
        self.entity.company_id = False
        self.authenticate("onboarding_officer", "onboarding_officer")
        for ids in ("", "x", f"{registration.id},", "0", "999999999"):
            answer = self.url_open(f"{PACKAGE}/{ids}")
            self.assertEqual(answer.status_code, 404, ids)
        self.authenticate(None, None)
        answer = self.url_open(f"{PACKAGE}/{registration.id}", allow_redirects=False)
        self.assertIn("/web/login", answer.headers["Location"])
        self.env.invalidate_all()
        self.assertEqual(registration.message_ids, messages)

    # B26, B28: people keep the state; every step stays in the history.
    def test_state_by_hand(self):
        registration = self.registration("fr").with_user(self.officer)
        registration.action_by_hand()
        with self.assertRaises(UserError):
            registration.action_set_submitted()
        answer = registration.action_submit()
        self.assertIn(registration.display_name, answer["params"]["message"])
        self.assertEqual(registration.state, "ready")
        self.assertIn("Submitted by Hand", registration.next_step)

        self.end_request()
        registration.action_set_submitted()
        self.assertEqual(registration.submitted_by_id, self.officer)
        checksums = registration._get_documents().mapped("checksum")
        body = registration.message_ids[0].body
        self.assertTrue(all(checksum in body for checksum in checksums))
        self.end_request()
        registration.action_set_in_review()
        self.end_request()
        action = registration.action_set_action_required()
        reason = self.env.ref(f"{ADDON}.reason_document_illegible")
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.officer)
            .with_context(**action["context"])
            .create({"reason_id": reason.id, "message": "Page 2 is blurred."})
        )
        wizard.action_apply()
        self.assertEqual(registration.state, "action_required")
        self.assertEqual(registration.reason_id, reason)
        self.assertIn("Page 2 is blurred.", registration.reason_text)
        self.assertIn("Page 2 is blurred.", registration.message_ids[0].body)
        self.assertEqual(len(registration.activity_ids), 1)
        self.end_request()

        with self.assertRaises(UserError):
            registration.action_by_interface()
        registration.action_set_submitted()
        self.assertFalse(registration.reasons)
        with self.assertRaises(UserError):
            registration.unlink()
        registration.action_set_approved()
        self.assertFalse(registration.next_step)
        self.assertEqual(
            registration.submission_ids.sorted("revision").mapped("outcome"),
            ["action_required", "approved"],
        )
        self.end_request()
        self.run_sender()
        self.assertEqual(self.truth(), {})
        changes = registration.message_ids.sudo().tracking_value_ids.filtered(
            lambda value: value.field_id.name == "state"
        )
        self.assertLessEqual(
            {"Submitted", "In Review", "Action Required", "Approved"},
            set(changes.mapped("new_value_char")),
        )

    # B26, B30: the first account of a company is connected after the approval.
    def test_approved_before_the_store_is_there(self):
        company = self.env["res.partner"].create(
            {
                "name": "First Steps Ltd.",
                "is_company": True,
                "acorn_onboarding_is_entity": True,
            }
        )
        journal = self.env["account.journal"].create(
            {"name": "France", "code": "FRA", "type": "sale"}
        )
        place = self._marketplace("fr")
        line = {"marketplace_id": place.id, "journal_id": journal.id}
        template = self.env["acorn.onboarding.template"].create(
            {
                "name": "France",
                "entity_ids": company.ids,
                "line_ids": [Command.create(line)],
            }
        )
        registration = template._create_registrations()
        self.assertFalse(registration.store_id)
        registration._set_state("submitted")
        registration.action_set_approved()
        self.assertIn("connects the new seller", registration.activity_ids.note)

        store = self._create_store(
            application=self.application, marketplace=place, seller_id="A1FIRSTSTEPS"
        )
        participation = self.env["acorn.amazon.participation"].create(
            {
                "store_id": store.id,
                "marketplace_id": place.id,
                "is_participating": True,
            }
        )
        participation._propose()
        self.assertNotEqual(participation.journal_id, journal)
        store.acorn_onboarding_entity_id = company
        self.assertEqual(participation.journal_id, journal)

    # B26: from the interface to the hand and back, in every open state; sent once.
    def test_there_and_back(self):
        registration = self.registration("fr")
        registration.action_submit()
        # Not sent yet: out of the queue and in again.
        registration.action_by_hand()
        self.assertEqual(registration.state, "ready")
        registration.action_by_interface()
        registration.action_submit()
        self.run_sender()
        self.assertEqual(registration.state, "submitted")
        reason = [{"code": "OTHER", "message": "Call us."}]
        for state in ("submitted", "in_review", "action_required", "rejected"):
            registration.action_by_hand()
            self.assertFalse(registration.next_poll)
            if state != registration.state:
                registration._set_by_hand(state, reason)
            registration.action_by_interface()
            registration.action_submit()
            self.assertEqual((registration.channel, registration.revision), ("api", 1))
            self.run_sender()
            self.assertIn(registration.state, ("submitted", "in_review"))
        [entry] = self.truth().values()
        self.assertEqual(entry["submissions"], 1)
        self.let_review_end(registration)
        self.assertEqual(registration.state, "approved", registration.reason_text)

    # B13, B26: an interface that comes later takes over what was begun by hand.
    def test_interface_comes_later(self):
        self.developer.unlink()
        registration = self.registration("fr")
        self.assertEqual(registration.channel, "manual")
        developer = self.env["acorn.onboarding.developer"].create(
            {"application_id": self.application.id, "developer_id": "later"}
        )
        self.assertEqual(registration.developer_id, developer)
        self.assertEqual(registration.environment, "simulator")
        registration.action_by_interface()
        self.assertEqual(registration.channel, "api")
