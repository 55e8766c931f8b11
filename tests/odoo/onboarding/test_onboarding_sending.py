"""What goes wrong between sending a registration and its decision (B3, B17, B23)."""

import uuid
from collections import Counter
from datetime import timedelta
from pathlib import Path
from resource import getpagesize

import psycopg2

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from tests.odoo.common import needs_simulator
from tests.odoo.onboarding.onboarding import ADDON, DEVELOPER, OnboardingCase

OFFICER = f"{ADDON}.group_acorn_onboarding_officer"
CREATE, STATUS = "createRegistration", "getRegistrationStatus"
LABEL = {"code": "DOCUMENT_ILLEGIBLE", "message": "The licence is blurred."}
VAT = {
    "fr": "FR40303265045",
    "it": "IT00743110157",
    "es": "ES54362315K",
}
# 48 entities on 21 marketplaces are more than a thousand registrations.
ENTITIES, MARKETPLACES = 48, 21
MEGABYTES = 2**20


def memory():
    """Memory that this process holds now, in MB."""
    pages = Path("/proc/self/statm").read_text("ascii").split()[1]
    return int(pages) * getpagesize() / MEGABYTES


@needs_simulator
@tagged("standard", "post_install")
class TestOnboardingSending(OnboardingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for country, number in VAT.items():
            cls.tax(cls.entity, "vat", country, number)

    def submit(self, country="fr"):
        registration = self.registration(country)
        self.assertTrue(registration._submit(), registration.problem_text)
        return registration

    def run_again(self):
        """The task comes back, as it does by itself after a while."""
        self.task.next_run = fields.Datetime.now()
        self.run_sender()

    def poll(self, registration):
        """Time passes until the registration is looked at again."""
        registration.next_poll = fields.Datetime.now()
        self.run_again()

    @property
    def task(self):
        return self.store._get_task("registrations")

    def incidents(self, code):
        return self.env["acorn.amazon.incident"].search(
            [("store_id", "=", self.store.id), ("code", "=", code)]
        )

    def calls(self, operation):
        """What Amazon answered to an operation, oldest first."""
        return [call["status"] for call in self.simulator.requests(operation=operation)]

    # B17, B23: whatever becomes of the answer, Amazon has one registration.
    def test_lost_answer(self):
        for number, kind in enumerate(("lost", "cut", "cut_body", "bad_json"), 1):
            with self.subTest(kind):
                registration = self.submit()
                self.simulator.fault(kind, operation=CREATE, times=1)
                self.run_sender()
                self.assertEqual(registration.state, "queued")
                self.assertEqual(registration.submission_ids.state, "pending")
                self.assertEqual(self.task.state, "failing")
                self.run_again()
                self.assertEqual(registration.state, "submitted")
                self.assertEqual(self.truth()[registration.reference]["submissions"], 1)
                self.assertEqual(len(self.truth()), number)
                self.assertEqual(registration.revision, 1)
                self.assertFalse(self.task.failure_count)
                registration.action_withdraw()
                self.env.flush_all()
        self.assertEqual(len(self.calls(CREATE)), 2 * number)

    # B23, B28: two people do the same at once.
    def test_two_people(self):
        first, second = (self._create_user(name, OFFICER) for name in ("one", "two"))
        registration = self.registration("fr")
        registration.with_user(first).action_submit()
        registration.with_user(second).action_submit()
        self.assertEqual(registration.submitted_by_id, first)
        with (
            self.assertRaises(psycopg2.errors.UniqueViolation),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self.env["acorn.onboarding.registration"].with_user(second).create(
                {
                    "entity_id": self.entity.id,
                    "marketplace_id": registration.marketplace_id.id,
                }
            )
        self.run_sender()
        registration.with_user(second).action_submit()
        self.run_again()
        self.assertEqual(len(self.calls(CREATE)), 1)
        self.assertEqual(self.truth()[registration.reference]["submissions"], 1)

    # B18, B19, B26: a 403 is an incident at once, and nothing is lost.
    def test_not_admitted(self):
        self.admit(allowed=False)
        waiting = self.submit("fr")
        self.run_sender()
        incident = self.incidents("access_denied")
        self.assertEqual(incident.state, "open")
        self.assertIn("NotWhitelisted", incident.details)
        self.assertIn("registrations.createDocument", incident.summary)
        self.assertIn("by hand", incident.advice)
        self.assertEqual(waiting.state, "queued")

        # Whoever cannot wait goes on by hand, as nothing was sent.
        other = self.submit("it")
        other.action_by_hand()
        self.assertEqual((other.state, other.channel), ("ready", "manual"))

        self.admit()
        self.run_again()
        self.assertEqual(waiting.state, "submitted")
        self.assertEqual(incident.state, "closed")
        self.assertEqual(set(self.truth()), {waiting.reference})

    # B18: five failures in a row are an incident; it closes itself.
    def test_five_failures(self):
        registration = self.submit()
        self.simulator.fault("server_error", operation=CREATE, times=5)
        self.run_sender()
        for _number in range(3):
            self.run_again()
        self.assertEqual(self.task.failure_count, 4)
        self.assertFalse(self.incidents("task_failing"))
        with self.assertRaises(UserError):
            # Amazon may have it.
            registration.action_by_hand()
        self.run_again()
        incident = self.incidents("task_failing")
        self.assertEqual(incident.state, "open")
        self.assertIn("5", incident.summary)
        self.run_again()
        self.assertEqual(registration.state, "submitted")
        self.assertEqual(incident.state, "closed")
        self.assertEqual(self.truth()[registration.reference]["submissions"], 1)
        self.assertEqual(self.calls(CREATE), [500] * 5 + [202])

    # B3, B20: what Amazon refuses goes back to the person, all others go on.
    def test_refused(self):
        refused, sent = self.submit("fr"), self.submit("it")
        words = "$.bankAccount.accountNumber: is closed."
        self.simulator.fault("bad_request", operation=CREATE, times=1, details=words)
        self.run_sender()
        self.assertEqual((refused.state, sent.state), ("checked", "submitted"))
        self.assertIn(words, refused.reason_text)
        self.assertIn(words, refused.submission_ids.answer)
        self.assertIn(words, "".join(refused.message_ids.mapped("body")))
        self.assertFalse(self.task.failure_count)

        # The papers of an entity are announced once, not per marketplace.
        papers = len(sent.submission_ids.document_ids)
        self.assertEqual(self.calls("createDocument"), [201] * papers)

        # The same for a paper that is refused.
        self.assertTrue(refused._submit())
        third = self.submit("es")
        self.simulator.fault(
            "bad_request", operation="createDocument", times=1, details="fileName"
        )
        self.run_again()
        self.assertEqual((refused.state, third.state), ("checked", "submitted"))
        self.assertIn("fileName", refused.reason_text)
        answers = self.calls("createDocument")[papers:]
        self.assertEqual(answers, [400] + [200] * papers)

        self.assertTrue(refused._submit())
        self.run_again()
        self.assertEqual((refused.state, refused.revision), ("submitted", 2))
        self.assertEqual(self.truth()[refused.reference]["revision"], 2)

    # B10, B19: keys are changed without an interruption.
    def test_keys(self):
        old = self.developer.key_ids
        self.developer.action_generate_key()
        new = self.developer.key_ids - old
        registration = self.submit("fr")
        self.run_sender()
        incident = self.incidents("access_denied")
        self.assertIn("The key of the signature is not known", incident.details)
        self.assertIn("public half", incident.advice)
        self.assertEqual(registration.state, "queued")

        self.admit()
        self.run_again()
        self.assertEqual(registration.state, "submitted")
        self.assertEqual(incident.state, "closed")
        old.active = False
        self.forget(old)
        self.assertEqual(self.developer._get_key(), new)
        registration = self.submit("it")
        self.run_again()
        self.assertEqual(registration.state, "submitted")

        # Somebody archives the wrong one.
        old.active, new.active = True, False
        registration = self.submit("es")
        self.run_again()
        self.assertEqual(registration.state, "queued")
        self.assertIn("UnknownKey", self.task.last_error)
        new.active = True
        self.run_again()
        self.assertEqual(registration.state, "submitted")

    def forget(self, key):
        path = f"registrations/developers/{DEVELOPER}/keys/{key.kid}"
        self.simulator.control(path, method="DELETE")

    # B3: ever more seldom while nothing happens; the task comes back by itself.
    def test_backoff(self):
        registration = self.submit()
        self.run_sender()
        for minutes in (5, 15, 30, 60, 120, 240, 240):
            wait = registration.next_poll - fields.Datetime.now()
            self.assertAlmostEqual(
                wait, timedelta(minutes=minutes), delta=timedelta(seconds=20)
            )
            pause = self.task.next_run - fields.Datetime.now()
            self.assertAlmostEqual(
                pause, timedelta(minutes=min(minutes, 60)), delta=timedelta(seconds=20)
            )
            self.poll(registration)
        self.assertEqual(self.calls(STATUS), [200] * 7)
        # Something happens: look again soon.
        self.simulator.control(
            "registrations/outcomes",
            {
                "reference": registration.reference,
                "status": "IN_REVIEW",
                "at_once": True,
            },
        )
        self.poll(registration)
        self.assertEqual(
            (registration.state, registration.poll_count), ("in_review", 0)
        )

    # B3, B23: answers that are too old, and decisions that overtake a person.
    def test_out_of_order(self):
        registration = self.submit()
        self.outcome(registration, "ACTION_REQUIRED", [LABEL])
        self.run_sender()
        self.let_review_end(registration)
        self.assertEqual(registration.state, "action_required")
        self.assertTrue(registration._submit())
        self.simulator.fault("repeated_page", operation=STATUS, times=1)
        self.run_again()
        self.poll(registration)
        self.assertEqual(registration.state, "submitted")
        self.assertFalse(registration.reasons)
        self.assertFalse(registration.activity_ids)

        # Amazon asks, a person corrects, and Amazon has approved meanwhile.
        self.outcome(registration, "ACTION_REQUIRED", [LABEL], at_once=True)
        self.poll(registration)
        self.assertEqual(registration.state, "action_required")
        self.assertTrue(registration._submit())
        self.outcome(registration, "APPROVED", at_once=True)
        self.run_again()
        refused = registration.submission_ids[0]
        self.assertIn("NotEditable", refused.answer)
        self.assertEqual((refused.revision, refused.state), (3, "refused"))
        self.assertEqual(registration.state, "approved")
        self.assertFalse(registration.activity_ids)

    # B3, B20: the person reads why the correction was refused, not the older reason.
    def test_correction_refused(self):
        registration = self.submit()
        self.outcome(registration, "ACTION_REQUIRED", [LABEL])
        self.run_sender()
        self.let_review_end(registration)
        self.assertTrue(registration._submit())
        self.simulator.fault("bad_request", operation=CREATE, times=1, details="brand")
        self.run_again()
        self.assertEqual(registration.state, "action_required")
        self.assertIn("brand", registration.reason_text)
        self.assertTrue(registration._submit())
        self.run_again()
        self.assertEqual((registration.state, registration.revision), ("submitted", 3))

    def outcome(self, registration, status, reasons=(), **more):
        self.simulator.control(
            "registrations/outcomes",
            {
                "reference": registration.reference,
                "status": status,
                "reasons": list(reasons),
                **more,
            },
        )

    # B18: longer than usual is an alarm, until Amazon has decided.
    def test_review_overdue(self):
        registration = self.submit()
        self.run_sender()
        days = registration.marketplace_id.acorn_onboarding_review_days
        for late, count in ((0, 0), (1, 1), (2, 1)):
            registration.submitted_on = fields.Datetime.now() - timedelta(
                days=days + late
            )
            self.env["acorn.onboarding.registration"]._cron_watch_reviews()
            self.assertEqual(len(self.incidents("review_overdue")), count)
        incident = self.incidents("review_overdue")
        self.assertEqual((incident.state, incident.occurrences), ("open", 2))
        self.assertIn(registration.display_name, incident.summary)
        self.assertIn(str(days + 2), incident.summary)
        self.assertIn("Seller Support", incident.advice)
        self.assertEqual(incident.action_open_record()["res_id"], registration.id)
        self.outcome(registration, "APPROVED", at_once=True)
        self.poll(registration)
        self.assertEqual((registration.state, incident.state), ("approved", "closed"))

        # By hand and without a store of its own, a person is asked.
        by_hand = self.registration("it")
        by_hand.write({"store_id": False, "channel": "manual"})
        by_hand._set_state(
            "submitted", at=fields.Datetime.now() - timedelta(days=days + 50)
        )
        self.env["acorn.onboarding.registration"]._cron_watch_reviews()
        self.assertIn("longer than usual", by_hand.activity_ids.summary)
        by_hand.action_set_approved()
        self.assertNotIn(
            "longer than usual", "".join(by_hand.activity_ids.mapped("summary"))
        )

    # B10, B19: a key that gets old is renewed in time.
    def test_old_key(self):
        self.developer._cron_remind_keys()
        self.assertFalse(self.developer.activity_ids)
        self.env.cr.execute(
            "UPDATE acorn_onboarding_key SET create_date = %s WHERE id = %s",
            (fields.Datetime.now() - timedelta(days=340), self.developer.key_ids.id),
        )
        self.env.invalidate_all()
        for _day in range(2):
            self.developer._cron_remind_keys()
        activity = self.developer.activity_ids
        self.assertEqual(activity.date_deadline, self.developer.key_expires_on)
        self.developer.action_generate_key()
        self.assertFalse(self.developer.activity_ids)
        self.developer._cron_remind_keys()
        self.assertFalse(self.developer.activity_ids)

    # B15: the sandbox first, then a small trial, then all.
    def test_ladder(self):
        application = self._create_application(
            environment="production", simulator_url=False
        )
        store = self._create_store(
            application=application, acorn_onboarding_entity_id=self.entity.id
        )
        developer = self.developer.create(
            {
                "application_id": application.id,
                "developer_id": "live",
                "endpoint": "https://registrations.amazon.com",
                "trial_limit": 1,
            }
        )
        first, second = (
            self.registration(country, store_id=store.id) for country in ("fr", "it")
        )
        with self.assertRaisesRegex(UserError, "Try the sandbox first"):
            first.action_submit()
        developer.tested_with_id = self.developer
        self.registration("es")._set_state("approved")
        first.action_submit()
        with self.assertRaisesRegex(UserError, "used up"):
            second.action_submit()
        developer.action_confirm_trial()
        second.action_submit()
        self.assertEqual((first.state, second.state), ("queued", "queued"))

    # B15: neither a click nor a store that is exchanged takes a step of the ladder.
    def test_no_way_round_the_ladder(self):
        live = self.developer.create(
            {
                "application_id": self._create_application(
                    environment="production", simulator_url=False
                ).id,
                "developer_id": "live",
                "endpoint": "https://registrations.amazon.com",
                "tested_with_id": self.developer.id,
            }
        )
        store = self._create_store(
            application=live.application_id, acorn_onboarding_entity_id=self.entity.id
        )
        tried = self.submit("fr")
        self.run_sender()
        self.assertEqual(tried.state, "submitted")
        officer = self._create_user("ladder_officer", OFFICER)
        tried = tried.with_user(officer)
        tried.action_by_hand()
        tried.action_set_approved()
        tried.action_by_interface()
        self.assertFalse(live._is_tested())

        returned = self.submit("it")
        self.run_sender()
        returned._set_state("rejected")
        with self.assertRaises(UserError):
            returned.with_user(officer).store_id = store

    # B3, B21: a thousand registrations with the usual budgets.
    def test_a_thousand(self):
        known = {seller["seller_id"] for seller in self.sellers}
        world = {
            "world": "expansion",
            "seed": 1,
            "size": 0,
            "entities": ENTITIES + len(known),
        }
        self.simulator.control("reset", world)
        sellers = self.simulator.control("credentials")["sellers"]
        registrations = self.file([s for s in sellers if s["seller_id"] not in known])
        self.admit()
        self.poll_all(registrations)
        self.assertEqual(set(registrations.mapped("state")), {"submitted"})
        before = memory()
        decisions = [
            {"marketplace_id": place.amazon_id, "status": "IN_REVIEW", "at_once": True}
            for place in registrations.marketplace_id[:5]
        ]
        unlucky = registrations.store_id[0]
        decisions.append(
            {
                "seller_id": unlucky.seller_id,
                "status": "REJECTED",
                "reasons": [LABEL],
                "at_once": True,
            }
        )
        self.simulator.control("registrations/outcomes", decisions)
        self.poll_all(registrations)
        truth = self.truth()
        self.assertEqual(len(truth), len(registrations))
        for registration in registrations:
            entry = truth[registration.reference]
            self.assertEqual(registration.state.upper(), entry["status"])
            self.assertEqual(registration.remote_id, entry["registrationId"])
        self.poll_all(registrations)
        self.assertEqual(
            Counter(registrations.mapped("state")),
            {
                "rejected": MARKETPLACES,
                "in_review": 5 * (ENTITIES - 1),
                "submitted": (MARKETPLACES - 5) * (ENTITIES - 1),
            },
        )
        answers = Counter(self.calls(STATUS))
        self.assertEqual((answers[200], answers[429]), (3 * ENTITIES - 1, 0))
        # B17: every call is in the call log.
        logged = self.env["acorn.amazon.call"].search(
            [("operation", "=", f"registrations.{STATUS}")]
        )
        self.assertEqual(Counter(logged.mapped("status")), answers)
        self.assertLess(memory() - before, 40)

    def file(self, sellers):
        """Registrations of many entities that Amazon took some time ago."""
        places = self.env["acorn.amazon.marketplace"].search([], limit=MARKETPLACES)
        rows = []
        for seller in sellers:
            entity = self.env["res.partner"].create(
                {
                    "name": seller["legal_entity"]["name"],
                    "is_company": True,
                    "acorn_onboarding_is_entity": True,
                }
            )
            store = self._create_home_store(entity, seller)
            rows += [
                {
                    "entity_id": entity.id,
                    "store_id": store.id,
                    "marketplace_id": place.id,
                    "reference": uuid.uuid4().hex,
                }
                for place in places
            ]
        registrations = self.env["acorn.onboarding.registration"].create(rows)
        self.simulator.control(
            "registrations",
            [
                {
                    "seller_id": registration.store_id.seller_id,
                    "marketplace_id": registration.marketplace_id.amazon_id,
                    "reference": registration.reference,
                }
                for registration in registrations
            ],
        )
        truth = self.truth()
        for registration in registrations:
            registration.remote_id = truth[registration.reference]["registrationId"]
        registrations.write({"state": "submitted"})
        self.assertEqual(len(registrations), ENTITIES * MARKETPLACES)
        return registrations.with_context(tracking_disable=True)

    def poll_all(self, registrations):
        now = registrations.next_poll = fields.Datetime.now()
        registrations._wake()
        due = [("state", "=", "submitted"), ("next_poll", "<=", now)]
        # A turn takes ten seconds, in which a busy machine does little.
        for _turn in range(30):
            self.run_sender()
            if not registrations.search_count(due):
                return
        self.fail("The runner does not get on.")
