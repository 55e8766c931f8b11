"""What persons may ask for, and how long papers are kept (B27)."""

import io
import json
import zipfile
from collections import Counter
from datetime import date, timedelta

import pypdf

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, freeze_time, tagged

from odoo.addons.acorn_amazon_connector.tests.common import USER_GROUP

from tests.odoo.common import needs_simulator
from tests.odoo.onboarding.onboarding import ADDON, OnboardingCase, scan

PERSONAL_DATA = "/acorn_amazon_onboarding/personal_data"
OFFICER = f"{ADDON}.group_acorn_onboarding_officer"
MANAGER = f"{ADDON}.group_acorn_onboarding_manager"
NAME, NUMBER = "Zhang Qiuyue", "G55667788"
YEARS = timedelta(days=900)


@needs_simulator
@tagged("standard", "post_install")
class TestOnboardingPrivacy(OnboardingCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.officer = cls._create_user("privacy_officer", OFFICER)
        cls.manager = cls._create_user("privacy_manager", MANAGER)
        cls._create_user("privacy_user", USER_GROUP)
        cls.elsewhere = cls.env["res.company"].create({"name": "Elsewhere"})
        cls._create_user("privacy_stranger", MANAGER, cls.elsewhere)
        cls.tax(cls.entity, "vat", "fr", "FR40303265045")
        cls.entity.company_id = cls.env.company
        cls.person = cls.employ(cls.entity)
        cls.passport = cls.document(
            cls.entity,
            "identity",
            representative_id=cls.person.id,
            file=scan("PASSPORT"),
            expires_on=date.today() + YEARS,
        )
        cls.registered = cls.registration("fr")

    @classmethod
    def employ(cls, entity, **values):
        return cls.env["acorn.onboarding.representative"].create(
            {
                "entity_id": entity.id,
                "name": NAME,
                "nationality_id": cls.env.ref("base.cn").id,
                "birth_date": "1988-04-03",
                "identity_country_id": cls.env.ref("base.cn").id,
                "identity_number": NUMBER,
                "identity_expires_on": date.today() + YEARS,
                **values,
            }
        )

    def send(self):
        """The registration is sent over the interface."""
        self.assertTrue(self.registered._submit(), self.registered.problem_text)
        self.run_sender()
        self.assertEqual(self.registered.state, "submitted")
        return self.registered.submission_ids

    def download(self, login="privacy_officer"):
        self.authenticate(login, login)
        return self.url_open(f"{PERSONAL_DATA}/{self.person.id}", allow_redirects=False)

    def erase(self, person, user, reference="DSR-1"):
        """A manager presses the buttons."""
        action = person.with_user(user).action_erase()
        wizard = self.env[action["res_model"]].with_user(user).browse(action["res_id"])
        wizard.request_reference = reference
        shown = wizard.action_erase()
        return self.env[shown["res_model"]].search(shown["domain"])

    def find_in_database(self, *words):
        """Return the columns of the addons, and of messages, that hold a word."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT table_name, column_name FROM information_schema.columns
             WHERE table_schema = 'public'
               AND data_type IN ('character varying', 'text', 'jsonb')
               AND (table_name LIKE 'acorn%%' OR table_name LIKE 'mail%%'
                    OR table_name IN ('res_partner', 'ir_attachment'))
            """
        )
        found = []
        for table, column in self.env.cr.fetchall():
            self.env.cr.execute(
                f'SELECT 1 FROM "{table}" WHERE "{column}"::text ILIKE ANY(%s) LIMIT 1',
                [[f"%{word}%" for word in words]],
            )
            if self.env.cr.rowcount:
                found.append(f"{table}.{column}")
        return found

    # B27: a person gets everything, in a form that other systems read.
    def test_everything_about_a_person(self):
        elsewhere = self.employ(self.entities["na"], name="ZHANG QIUYUE")
        sent = self.send()
        answer = self.download()
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        archive = zipfile.ZipFile(io.BytesIO(answer.content))
        data = json.loads(archive.read("personal-data.json"))
        companies = [entry["company"] for entry in data["person"]]
        self.assertCountEqual(companies, [self.entity.name, elsewhere.entity_id.name])
        entry = data["person"][companies.index(self.entity.name)]
        self.assertEqual(entry["full_name"], NAME)
        self.assertEqual(entry["identity_document"]["number"], NUMBER)
        [file] = entry["files"]
        self.assertEqual(archive.read(file["file"]), self.passport._get_content())
        self.assertEqual(file["sha256"], self.passport.checksum)
        [request] = entry["sent"]
        self.assertEqual(request["request_id"], sent.request_id)
        self.assertEqual(request["files"], [file["file"]])
        self.assertNotIn("Li Wei", json.dumps(data))
        pages = pypdf.PdfReader(io.BytesIO(archive.read("personal-data.pdf"))).pages
        text = " ".join(" ".join(page.extract_text() for page in pages).split())
        for words in (NUMBER, self.entity.name, file["file"], "France · #1"):
            self.assertIn(words, text)
        self.assertIn("exported", str(self.entity.message_ids[0].body))

    def test_who_may_export(self):
        for login in ("privacy_user", "privacy_stranger"):
            with self.subTest(login):
                self.assertIn(self.download(login).status_code, (403, 404))

    # B27: nothing of the person is left, and the evidence says what was erased.
    def test_erasure_of_a_person(self):
        elsewhere = self.employ(self.entities["na"])
        sent = self.send()
        checksum = self.passport.checksum
        self.registered.message_post(body=f"{NAME} says that Zhang Qiuyues is wrong")
        self.registered._set_state(
            "action_required",
            reasons=[
                {
                    "code": "DOCUMENT_ILLEGIBLE",
                    "message": f"Passport of {NAME}: blurred",
                }
            ],
        )
        self.assertTrue(self.find_in_database(NAME))
        with self.assertRaises(AccessError):
            self.person.with_user(self.officer).action_erase()
        evidence = self.erase(self.person | elsewhere, self.manager)

        self.assertFalse((self.person | elsewhere).exists())
        self.assertFalse(self.passport._get_content())
        self.assertEqual(self.passport.state, "erased")
        self.assertNotIn(self.passport, self.registered._get_documents())
        self.assertFalse(sent.has_body)
        self.assertEqual(
            self.registered.reasons[0]["message"], "Passport of ***: blurred"
        )
        masked = self.registered.message_ids.filtered(lambda m: "says" in str(m.body))
        self.assertIn("*** says that Zhang Qiuyues is wrong", str(masked.body))
        masked.unlink()
        self.assertEqual(self.find_in_database(NAME, NUMBER), [])

        self.assertEqual(evidence.entity_id, self.entity | self.entities["na"])
        own = evidence.filtered(lambda e: e.entity_id == self.entity)
        self.assertEqual(own.done_by_id, self.manager)
        self.assertEqual(own.request_reference, "DSR-1")
        [paper] = own.line_ids.filtered(lambda line: line.kind == "document")
        self.assertEqual(paper.checksum, checksum)
        self.assertIn(sent.display_name, paper.used_in)
        kinds = Counter(own.line_ids.mapped("kind"))
        self.assertEqual(kinds, {"document": 1, "request": 1, "person": 1, "text": 1})

    # B27: nor is it in what Odoo and Amazon have written about it, done or failed.
    def test_erasure_reaches_what_was_written(self):
        sent = self.send()
        tasks = self.store.task_ids
        self.registered.user_id = self.officer
        for record in (self.registered, self.passport, self.entity):
            note = f"Ask {NAME.upper()} again"
            record.activity_schedule(
                "mail.mail_activity_data_todo", note=note, user_id=self.officer.id
            ).action_feedback(feedback=f"Qiuyue Zhang said: {NUMBER}")
            record.message_notify(
                subject=NAME, body=note, partner_ids=self.officer.partner_id.ids
            )
            self.env["ir.attachment"].create(
                {"name": f"{NAME}.png", "res_model": record._name, "res_id": record.id}
            )
        sent.answer = f"{NAME.upper()} is unknown"
        tasks.last_error = f"{NAME}: try again"
        self.env["acorn.amazon.incident"]._raise(
            self.store, "task_failing", details=f"{NAME}: try again", record=tasks[:1]
        )
        self.env["acorn.amazon.call"].create(
            {
                "store_id": self.store.id,
                "called_at": fields.Datetime.now(),
                "operation": "registrations.createRegistration",
                "response_body": f"{NUMBER} of {NAME} is wrong",
            }
        )
        self.assertTrue(self.find_in_database(NAME, "Qiuyue Zhang", NUMBER))
        self.erase(self.person, self.manager)
        found = self.find_in_database(NAME, "Qiuyue Zhang", NUMBER)
        self.assertEqual(found, [])
        attached = self.env["ir.attachment"].search(
            [("res_model", "=", self.passport._name)]
        )
        self.assertFalse(attached)

    # B20, B27: what waits for its turn is not sent without the papers.
    def test_erasure_takes_out_of_the_queue(self):
        people = self.entity.acorn_onboarding_representative_ids
        for erased in (people.document_ids, people):
            with self.subTest(erased), self.env.cr.savepoint() as savepoint:
                self.assertTrue(self.registered._submit())
                action = erased.with_user(self.manager).action_erase()
                wizard = self.env[action["res_model"]].browse(action["res_id"])
                wizard.with_user(self.manager).action_erase()
                self.assertEqual(self.registered.state, "checked")
                self.run_sender()
                self.assertEqual(self.truth(), {})
                savepoint.rollback()
            self.env.invalidate_all()

    # B27: the same person in all companies that the manager works for.
    def test_erasure_in_several_companies(self):
        self.entities["na"].company_id = self.elsewhere
        elsewhere = self.employ(self.entities["na"], identity_number="g 5566-7788")
        self.manager.company_ids |= self.elsewhere
        only_here = {"allowed_company_ids": self.env.company.ids}
        people = self.person.with_context(**only_here)
        evidence = self.erase(people, self.manager)
        self.assertEqual(evidence.entity_id, self.entity | self.entities["na"])
        self.assertFalse(elsewhere.exists())

    # B27: who is only deleted could not be found any more when they ask.
    def test_people_who_were_sent_are_erased(self):
        unsent = self.employ(self.entities["na"])
        unsent.with_user(self.officer).unlink()
        self.send()
        other = self.employ(self.entity, name="Wang Fang", identity_number="G1")
        with self.assertRaisesRegex(UserError, "Erase for Good"):
            other.with_user(self.officer).unlink()
        self.erase(other, self.manager)
        self.assertFalse(other.exists())

    # B27: papers are decrypted in memory.
    def test_not_everybody_at_once(self):
        people = self.person.create(
            [
                {
                    "entity_id": self.entity.id,
                    "name": f"Person {number}",
                    "nationality_id": self.env.ref("base.cn").id,
                    "identity_country_id": self.env.ref("base.cn").id,
                    "identity_expires_on": date.today() + YEARS,
                }
                for number in range(21)
            ]
        )
        with self.assertRaisesRegex(UserError, "at most 20"):
            people.with_user(self.officer).action_export_personal_data()

    # B6: nobody makes up, by RPC, what was sent, replaced or erased.
    def test_evidence_is_not_made_up(self):
        sent = self.send()
        documents = self.env["acorn.onboarding.document"].with_user(self.officer)
        values = {
            "entity_id": self.entity.id,
            "type_id": self.passport.type_id.id,
            "representative_id": self.person.id,
            "file_name": "made-up.png",
            "expires_on": date.today() + YEARS,
        }
        for more in (
            {"submission_ids": [fields.Command.link(sent.id)]},
            {"erased_on": fields.Datetime.now()},
            {"erase_on": date.today()},
            {"checksum": "0" * 64},
            {"version": 7},
        ):
            with self.subTest(more), self.assertRaises(AccessError):
                documents.create({**values, **more})
            defaults = {f"default_{name}": value for name, value in more.items()}
            made = documents.with_context(**defaults).create(values)
            for name in more:
                self.assertIn(made[name] or 0, (0, 1))
            made.unlink()
        foreign = self.entities["na"].acorn_onboarding_document_ids[:1]
        with self.assertRaises(ValidationError):
            documents.create({**values, "previous_id": foreign.id})
        people = self.entity.acorn_onboarding_representative_ids - self.person
        again = documents.create({**values, "previous_id": self.passport.id})
        self.assertEqual(again.version, 2)
        copied = self.passport.with_user(self.officer).copy()
        self.assertFalse(copied.checksum or copied.submission_ids)
        for change in (
            {"entity_id": self.entities["na"].id},
            {"type_id": self.env.ref(f"{ADDON}.document_type_licence").id},
            {"representative_id": people.copy().id},
            {"previous_id": False},
        ):
            with self.subTest(change), self.assertRaises(UserError):
                self.passport.with_user(self.officer).write(change)

    # B27: a paper from before people were asked for gets its person later.
    def test_paper_without_a_person(self):
        self.passport.flush_recordset()
        self.env.cr.execute(
            "UPDATE acorn_onboarding_document SET representative_id = NULL"
            " WHERE id = %s",
            [self.passport.id],
        )
        self.env.invalidate_all()
        self.passport.with_user(self.officer).representative_id = self.person
        self.assertIn(self.passport, self.person.document_ids)

    # B6, B27: findings are for all users: they name roles, never people.
    def test_findings_name_nobody(self):
        colleague = self.employ(
            self.entity, name="Xu Meilin", birth_date=False, identity_number="E7654321"
        )
        self.send()
        said = " ".join(self.registered.finding_ids.mapped("reason"))
        self.assertIn("Identity document of Legal Representative", said)
        for person in self.entity.acorn_onboarding_representative_ids:
            self.assertNotIn(person.name, said)
        self.erase(colleague, self.manager)
        self.assertEqual(self.registered.state, "submitted")
        self.assertEqual(self.find_in_database("Xu Meilin"), [])

    def test_evidence_stays(self):
        evidence = self.env["acorn.onboarding.erasure"]._erase(self.passport, "mistake")
        for model in (evidence, evidence.line_ids):
            for change in (lambda m: m.unlink(), lambda m: m.write({})):
                with self.assertRaises(AccessError):
                    change(model.with_user(self.manager))
        with self.assertRaises(UserError):
            self.passport.with_user(self.manager).unlink()
        with self.assertRaises(UserError):
            self.passport.with_user(self.manager).write({"language": "zh"})
        with self.assertRaises(AccessError):
            self.passport.with_user(self.manager).write({"checksum": False})

    # B23, B27: what is being sent may have to be repeated.
    def test_not_while_it_is_sent(self):
        self.registered._submit()
        self.simulator.fault("lost", operation="createRegistration", times=1)
        self.run_sender()
        self.assertEqual(self.registered.submission_ids.state, "pending")
        with self.assertRaisesRegex(UserError, "just being sent"):
            self.erase(self.person, self.manager)

    # B6, B27: that a paper was sent can be shown for ever, whichever way it went.
    def test_sent_papers_stay_on_record(self):
        filed = self.registration("it", channel="manual")
        filed.action_by_hand()
        self.tax(self.entity, "vat", "it", "IT00743110157")
        filed.action_check()
        self.assertEqual(filed.state, "ready", filed.problem_text)
        filed.with_user(self.officer).action_set_submitted()
        sent = filed.submission_ids
        self.assertEqual(sent.channel, "manual")
        self.assertEqual(sent.sent_by_id, self.officer)
        self.assertEqual(sent.document_ids, filed._get_documents())
        with self.assertRaises(UserError):
            self.passport.with_user(self.officer).unlink()
        unsent = self.document(self.entity, "licence")
        unsent.with_user(self.officer).unlink()

    # B27: kept as long as the type says, announced, then erased.
    def test_retention(self):
        sent = self.send()
        documents = self.env["acorn.onboarding.document"]
        activity = f"{ADDON}.activity_document_erased"
        today = date.today()
        self.assertEqual(self.passport.last_used_on, today)

        def on(day):
            with freeze_time(day):
                self.env.invalidate_all()
                documents._cron_erase_old()

        on(today + timedelta(days=400))
        self.assertFalse(self.passport.erase_on, "Amazon has not decided")
        self.registered._set_state("approved", at=fields.Datetime.now())
        on(today + timedelta(days=300))
        self.assertFalse(self.passport.erase_on)
        late = today + timedelta(days=400)
        on(late)
        self.assertEqual(self.passport.erase_on, late + timedelta(days=30))
        self.assertTrue(self.passport.activity_search([activity]))
        self.passport.keep_until = today + timedelta(days=500)
        on(late + timedelta(days=31))
        self.assertFalse(self.passport.erase_on)
        self.assertFalse(self.passport.activity_search([activity]))
        self.assertTrue(self.passport._get_content())
        on(today + timedelta(days=480))
        on(today + timedelta(days=520))
        self.assertEqual(self.passport.state, "erased")
        self.assertFalse(self.passport._get_content())
        self.assertFalse(sent.has_body)
        # A licence is no personal document: it stays until somebody erases it.
        licence = self.entity.acorn_onboarding_document_ids.filtered(
            lambda d: d.type_id.code == "BUSINESS_LICENSE"
        )
        self.assertTrue(licence._get_content())
        [evidence] = self.env["acorn.onboarding.erasure"].search(
            [
                ("entity_id", "=", self.entity.id),
                ("line_ids.checksum", "=", self.passport.checksum),
                ("line_ids.used_in", "!=", False),
            ]
        )
        self.assertEqual(evidence.reason, "retention")
