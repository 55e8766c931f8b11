"""Legal entities open marketplaces over the registration interface (B1–B4, B23)."""

from datetime import date, timedelta

import psycopg2

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.acorn_amazon_connector.tests.common import USER_GROUP

from tests.odoo.common import needs_simulator
from tests.odoo.onboarding.onboarding import ADDON, OnboardingCase, scan

AGREEMENT = f"{ADDON}.activity_agreement"
OFFICER = f"{ADDON}.group_acorn_onboarding_officer"
MANAGER = f"{ADDON}.group_acorn_onboarding_manager"


@needs_simulator
@tagged("standard", "post_install")
class TestOnboarding(OnboardingCase):
    # B1, B2, B14, B23, B30: from a template to a participation.
    def test_from_template_to_participation(self):
        self.tax(self.entity, "vat", "fr", "FR40303265045")
        template = self.env["acorn.onboarding.template"].create(
            {
                "name": "Europe",
                "entity_ids": self.entity.ids,
                "line_ids": [
                    (0, 0, {"marketplace_id": self._marketplace("fr").id}),
                    (0, 0, {"marketplace_id": self._marketplace("it").id}),
                ],
            }
        )
        action = template.action_open_marketplaces()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual((wizard.ready_count, wizard.problem_count), (1, 1))
        ready = wizard.cell_ids.filtered("can_submit").registration_id
        self.assertEqual(ready.marketplace_id, self._marketplace("fr"))
        wizard.action_submit()
        self.assertEqual(ready.state, "queued")

        self.run_sender()
        self.assertEqual(ready.state, "submitted")
        self.assertEqual(self.truth()[ready.reference]["submissions"], 1)

        self.let_review_end(ready)
        self.assertEqual(ready.state, "approved", ready.reason_text)
        participation = self.store.participation_ids.filtered(
            lambda p: p.marketplace_id == ready.marketplace_id
        )
        self.assertTrue(participation.is_participating)

    # B8: what differs from the template is said in words, and can be searched for.
    def test_drift(self):
        places = [self._marketplace("fr"), self._marketplace("it")]
        template = self.env["acorn.onboarding.template"].create(
            {
                "name": "Europe",
                "entity_ids": self.entity.ids,
                "line_ids": [(0, 0, {"marketplace_id": p.id}) for p in places],
                "brand_names": "Qinghe",
            }
        )
        french, italian = template._create_registrations().sorted(
            lambda registration: registration.marketplace_id.name
        )
        self.assertFalse(french.drift)
        french.write({"brand_names": "Other", "selling_plan": "INDIVIDUAL"})
        self.assertEqual(
            french.drift.split("\n"),
            [
                "Brands: Other here, Qinghe in the template",
                "Selling Plan: Individual here, Professional in the template",
            ],
        )
        template.line_ids.filtered(
            lambda line: line.marketplace_id == italian.marketplace_id
        ).unlink()
        self.assertIn("no longer in the template", italian.drift)
        drifting = template.registration_ids.search([("drift", "!=", False)])
        self.assertEqual(drifting, french | italian)
        self.assertEqual(template.drift_count, 2)
        template.entity_ids = self.entities["na"]
        self.assertIn("The entity is no longer in the template.", french.drift)

    # B3, B6, B28: rejected for a paper, mended with a new version, sent once more.
    def test_returned_and_submitted_again(self):
        self.tax(self.entity, "vat", "fr", "FR40303265045")
        registration = self.registration("fr")
        self.simulator.control(
            "registrations/outcomes",
            [
                {
                    "reference": registration.reference,
                    "status": "ACTION_REQUIRED",
                    "reasons": [
                        {
                            "code": "DOCUMENT_ILLEGIBLE",
                            "message": "The licence is blurred.",
                            "documentType": "BUSINESS_LICENSE",
                        }
                    ],
                    "times": 1,
                }
            ],
        )
        registration.action_submit()
        self.run_sender()
        self.let_review_end(registration)
        self.assertEqual(registration.state, "action_required")
        self.assertIn("The licence is blurred.", registration.reason_text)
        self.assertEqual(len(registration.activity_ids), 1)

        old = registration.submission_ids.document_ids.filtered(
            lambda d: d.type_id.code == "BUSINESS_LICENSE"
        )
        values = old.action_new_version()["context"]
        new = (
            self.env["acorn.onboarding.document"]
            .with_context(**values)
            .create(
                {
                    "file": scan("again"),
                    "file_name": "again.png",
                    "name_on_document": old.name_on_document,
                }
            )
        )
        self.assertEqual((new.version, old.state), (2, "replaced"))
        registration.action_submit()
        self.run_sender()
        self.assertEqual(registration.revision, 2)
        self.assertIn(new, registration.submission_ids[0].document_ids)
        self.assertNotIn(old, registration.submission_ids[0].document_ids)
        self.let_review_end(registration)
        self.assertEqual(registration.state, "approved", registration.reason_text)
        self.assertFalse(registration.activity_ids)
        self.assertEqual(len(self.truth()), 1)
        # What was wrong is still known, for whoever asks how often it happens.
        second, first = registration.submission_ids
        self.assertEqual(
            (first.outcome, second.outcome), ("action_required", "approved")
        )
        self.assertEqual(first.reason_id.code, "DOCUMENT_ILLEGIBLE")
        self.assertFalse(second.reason_id)
        self.assertGreater(first.review_days, 0)

    # B7: jobs write the history and tasks in the language of who is responsible.
    def test_history_in_the_readers_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        reason = self.env.ref(f"{ADDON}.reason_document_illegible")
        reason.with_context(lang="zh_CN").name = "资料无法辨认"
        self.tax(self.entity, "vat", "fr", "FR40303265045")
        officer = self._create_user("onboarding_zh", OFFICER)
        officer.lang = "zh_CN"
        registration = self.registration("fr", user_id=officer.id)
        self.simulator.control(
            "registrations/outcomes",
            [
                {
                    "reference": registration.reference,
                    "status": "ACTION_REQUIRED",
                    "reasons": [{"code": reason.code, "message": "Blurred."}],
                    "times": 1,
                }
            ],
        )
        registration.action_submit()
        self.run_sender()
        self.let_review_end(registration)
        self.assertEqual(registration.state, "action_required")
        self.assertIn("资料无法辨认", registration.activity_ids.note)

    # B25: the database and the code refuse another entity's authorisation.
    def test_no_token_of_another_entity(self):
        registration = self.registration("fr")
        with self.assertRaises(ValidationError):
            registration.store_id = self.stores["fe"]
        self.env.invalidate_all()
        with (
            self.assertRaises(psycopg2.errors.ForeignKeyViolation),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(
                "UPDATE acorn_onboarding_registration SET store_id = %s WHERE id = %s",
                (self.stores["fe"].id, registration.id),
            )
        with self.assertRaises(UserError):
            registration._check_own_store(self.stores["fe"])

    # B20: nothing is sent while something is wrong, and everything is said at once.
    def test_findings_block(self):
        registration = self.registration("jp")
        person = self.entity.acorn_onboarding_representative_ids
        person.identity_expires_on = "2027-01-01"
        answer = registration.action_submit()
        blocking = registration.finding_ids.filtered(lambda f: f.severity == "error")
        codes = set(blocking.rule_id.mapped("code"))
        self.assertEqual(codes, {"identity_validity", "documents"})
        for finding in blocking:
            self.assertIn(finding.reason, answer["params"]["message"])
            self.assertTrue(finding.advice)
        self.assertEqual(registration.state, "checked")
        self.assertEqual(self.truth(), {})

    # B24: everybody whom a new agreement concerns is asked, until it is accepted.
    def test_new_agreement(self):
        filed, closed = self.registration("fr"), self.registration("it")
        closed.action_withdraw()
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.application.company_id = False
        far = self._create_store(
            application=self.application,
            company_id=elsewhere.id,
            seller_id="AELSEWHERE",
            acorn_onboarding_entity_id=self.entities["fe"].id,
        )
        far.state = self.store.state = "live"
        manager = self._create_user("onboarding_manager", MANAGER)
        self.agreement.with_user(manager).create(
            {"version": "2027-01", "effective_on": "2027-01-01"}
        )
        for record, count in ((self.store, 1), (filed, 1), (far, 1), (closed, 0)):
            with self.subTest(record=record):
                self.assertEqual(len(record.activity_search([AGREEMENT])), count)

        newest = self.agreement.search([], limit=1)
        self.entity.with_user(manager).acorn_onboarding_agreement_id = newest
        for record, count in ((self.store, 0), (filed, 0), (far, 1)):
            with self.subTest(record=record):
                self.assertEqual(len(record.activity_search([AGREEMENT])), count)

    # B24: what was queued waits from the day on that a new agreement holds.
    def test_store_waits_for_consent(self):
        self.tax(self.entity, "vat", "fr", "FR40303265045")
        filed = self.registration("fr")
        self.assertTrue(filed._submit(), filed.problem_text)
        newest = self.agreement.create(
            {"version": "2026-02", "effective_on": date.today()}
        )
        self.run_sender()
        self.assertEqual((filed.state, self.truth()), ("queued", {}))
        self.assertTrue(self.store.acorn_onboarding_waits_for_consent)
        self.entity.acorn_onboarding_agreement_id = newest
        self.run_sender()
        self.assertEqual(filed.state, "submitted")
        self.assertFalse(self.store.acorn_onboarding_waits_for_consent)

    # B3, B23: what Odoo cannot follow stops no other, and is tried again.
    def test_one_that_cannot_be_followed(self):
        for country, number in (("fr", "FR40303265045"), ("it", "IT00743110157")):
            self.tax(self.entity, "vat", country, number)
        filed, other = self.registration("fr"), self.registration("it")
        for each in (filed, other):
            self.assertTrue(each._submit(), each.problem_text)
        self.run_sender()
        # What the template names is given to another company meanwhile.
        pricelist = self.env["product.pricelist"].create({"name": "Opening"})
        filed.template_id = self.env["acorn.onboarding.template"].create(
            {
                "name": "Prices of somebody else",
                "entity_ids": self.entity.ids,
                "line_ids": [
                    fields.Command.create(
                        {
                            "marketplace_id": filed.marketplace_id.id,
                            "pricelist_id": pricelist.id,
                        }
                    )
                ],
            }
        )
        pricelist.company_id = self.env["res.company"].create({"name": "Elsewhere"})
        self.let_review_end(filed | other)
        self.assertEqual((filed.state, other.state), ("submitted", "approved"))
        task = filed.activity_search([f"{ADDON}.activity_not_followed"])
        self.assertIn("Opening", str(task.note))
        self.assertFalse(self.store._get_task("registrations").failure_count)
        pricelist.company_id = False
        self.let_review_end(filed)
        self.assertEqual(filed.state, "approved")
        self.assertFalse(filed.activity_search([f"{ADDON}.activity_not_followed"]))

    # B15, B20, B26: the ladder and the checks hold whatever the door.
    def test_states_have_actions(self):
        officer = self._create_user("onboarding_officer", OFFICER)
        filed = self.registration("fr").with_user(officer)
        for values in ({"state": "queued"}, {"channel": "manual"}, {"remote_id": "R"}):
            with self.subTest(values), self.assertRaises(AccessError):
                filed.write(values)
        with self.assertRaises(AccessError):
            filed.create(
                {
                    "entity_id": self.entity.id,
                    "marketplace_id": self._marketplace("it").id,
                    "state": "approved",
                }
            )
        self.tax(self.entity, "vat", "fr", "FR40303265045")
        filed.action_check()
        self.assertEqual(filed.state, "ready", filed.problem_text)
        filed.brand_names = "Another"
        self.assertEqual(filed.state, "draft")
        filed.action_check()
        filed.action_submit()
        self.assertEqual(filed.state, "queued")
        filed.action_by_hand()
        filed.action_set_submitted()
        with self.assertRaises(UserError):
            filed.brand_names = "Later"

    # B6, B19: a paper is renewed in time, and nobody is asked for what is done.
    def test_paper_expires(self):
        licence = self.entity.acorn_onboarding_document_ids.filtered(
            lambda d: d.type_id.code == "BUSINESS_LICENSE"
        )
        licence.expires_on = date.today() + timedelta(days=50)
        for _day in range(2):
            licence._cron_remind_expiry()
        self.assertEqual(
            licence.activity_ids.date_deadline, date.today() + timedelta(days=36)
        )
        self.document(self.entity, "licence", previous_id=licence.id)
        self.assertFalse(licence.activity_ids)
        licence._cron_remind_expiry()
        self.assertFalse(licence.activity_ids)

    # B19, B29: so is a tax registration.
    def test_tax_registration_ends(self):
        vat = self.tax(self.entity, "vat", "fr", "FR40303265045")
        vat.valid_until = date.today() + timedelta(days=20)
        for _day in range(2):
            self.env["acorn.onboarding.document"]._cron_remind_expiry()
        task = self.entity.activity_search([f"{ADDON}.activity_tax_expires"])
        self.assertEqual(task.date_deadline, vat.valid_until)
        self.assertIn("FR40303265045", str(task.note))
        vat.valid_until = date.today() + timedelta(days=400)
        self.assertFalse(self.entity.activity_search([f"{ADDON}.activity_tax_expires"]))

    # B30: in a new region a store is prepared; its owner gets the way to it, once.
    def test_consent_is_asked_for_and_given(self):
        filed = self.registration("us")
        filed._set_state("approved")
        store = self.entity.acorn_onboarding_store_ids - self.store
        task = store.activity_search([f"{ADDON}.activity_consent"])
        self.assertIn(f'href="/odoo/amazon-stores/{store.id}"', str(task.note))
        store._become_authorised()
        self.assertFalse(store.activity_search([f"{ADDON}.activity_consent"]))

    # B4: one screen shows every entity on every marketplace, with or without template.
    def test_overview(self):
        self.registration("fr")
        self.registration("ca", self.entities["na"]).action_withdraw()
        user = self._create_user("onboarding_user", USER_GROUP)
        overview = self.env["acorn.onboarding.overview"].with_user(user)
        action = overview._open()
        shown = overview.browse(action["res_id"])
        self.assertEqual(shown.display_name, "Overview")
        matrix = shown.matrix
        names = [column["name"] for column in matrix["columns"]]
        cells = {
            (row["name"], name): cell["label"]
            for row in matrix["rows"]
            for name, cell in zip(names, row["cells"], strict=True)
        }
        self.assertEqual(cells[self.entity.name, "France"], "Draft")
        self.assertEqual(cells[self.entities["na"].name, "Canada"], "Withdrawn")
        self.assertEqual(cells[self.entity.name, "Canada"], "–")

    # B15, B30: what is approved in one environment opens nothing in another.
    def test_environments_are_apart(self):
        sandbox = self._create_store(
            application=self._create_application(
                environment="sandbox", simulator_url=False
            ),
            sequence=1,
            acorn_onboarding_entity_id=self.entity.id,
        )
        # In the stores' own order, the sandbox first.
        self.entity.invalidate_recordset()
        registration = self.registration("fr", store_id=self.store.id)
        registration._set_state("approved")
        self.assertFalse(sandbox.participation_ids)
        self.assertEqual(
            self.store.participation_ids.marketplace_id, registration.marketplace_id
        )
