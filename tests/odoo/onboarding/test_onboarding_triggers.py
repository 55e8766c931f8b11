"""Conditions that open marketplaces: tested, fired once, approved (B5, B16)."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.acorn_amazon_connector.tests.common import USER_GROUP

from tests.odoo.common import needs_simulator
from tests.odoo.onboarding.onboarding import ADDON, OnboardingCase

OFFICER = f"{ADDON}.group_acorn_onboarding_officer"
MANAGER = f"{ADDON}.group_acorn_onboarding_manager"


@needs_simulator
@tagged("standard", "post_install")
class TestOnboardingTriggers(OnboardingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tax(cls.entity, "vat", "fr", "FR40303265045")
        cls.user = cls._create_user("trigger_user", USER_GROUP)
        cls.officer = cls._create_user("trigger_officer", OFFICER)
        cls.manager = cls._create_user("trigger_manager", MANAGER)
        cls.today = fields.Date.today()
        cls.category = cls.env["product.category"].create({"name": "Suitcases"})
        cls.child = cls.category.create({"name": "Red", "parent_id": cls.category.id})
        cls.product = cls.env["product.product"].create(
            {"name": "Suitcase", "is_storable": True, "categ_id": cls.child.id}
        )
        cls.template = cls.env["acorn.onboarding.template"].create(
            {
                "name": "France and Italy",
                "entity_ids": cls.entity.ids,
                "line_ids": [
                    (0, 0, {"marketplace_id": cls._marketplace(country).id})
                    for country in ("fr", "it")
                ],
            }
        )

    def trigger(self, *conditions, **values):
        return (
            self.env["acorn.onboarding.trigger"]
            .with_user(self.officer)
            .create(
                {
                    "name": "Europe",
                    "template_id": self.template.id,
                    "user_id": self.manager.id,
                    "condition_ids": [(0, 0, condition) for condition in conditions],
                    **values,
                }
            )
        )

    def run_cron(self):
        cron = self.env.ref(f"{ADDON}.ir_cron_run_triggers")
        with self._test_cursors():
            cron.method_direct_trigger()

    def receive(self, units):
        warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", self.env.company.id)], limit=1
        )
        self.env["stock.quant"]._update_available_quantity(
            self.product, warehouse.lot_stock_id, units
        )

    def sell(self, units, days_ago):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.entity.id,
                "order_line": [
                    (0, 0, {"product_id": self.product.id, "product_uom_qty": units})
                ],
            }
        )
        order.action_confirm()
        order.date_order = fields.Datetime.now() - timedelta(days=days_ago)
        self.env.flush_all()

    def set_rate(self, currency, rate, day):
        """One unit of the company's currency costs so many."""
        self.env["res.currency.rate"].create(
            {
                "currency_id": currency.id,
                "name": day,
                "rate": rate,
                "company_id": self.env.company.id,
            }
        )

    @property
    def registrations(self):
        return self.env["acorn.onboarding.registration"].search(
            [("template_id", "=", self.template.id)]
        )

    # B5, B15, B16: all conditions; a test changes nothing; once; sent by a click.
    def test_from_conditions_to_amazon(self):
        trigger = self.trigger(
            {"kind": "stock", "category_id": self.category.id, "quantity": 50},
            {
                "kind": "sales",
                "product_id": self.product.id,
                "quantity": 10,
                "days": 30,
            },
            {"kind": "date", "date": self.today},
            action="submit",
        )
        self.sell(9, 2)
        self.sell(20, 45)
        self.receive(60)
        self.run_cron()
        self.assertEqual(trigger.state, "waiting")
        lines = trigger.log_ids.details.splitlines()
        self.assertEqual(trigger.log_ids.outcome, "not_met")
        self.assertEqual([line[0] for line in lines], ["✓", "✗", "✓"])
        self.assertIn("at least 50 (now: 60)", lines[0])
        self.assertIn("sold in 30 days: at least 10 (now: 9)", lines[1])

        self.sell(1, 1)
        log = self.env["acorn.onboarding.trigger.log"].browse(
            trigger.action_test()["res_id"]
        )
        self.assertEqual((log.outcome, log.is_test), ("would_fire", True))
        self.assertEqual(log.user_id, self.officer)
        self.assertIn("→ France", log.details)
        self.assertFalse(self.registrations)

        self.run_cron()
        self.run_cron()
        self.assertEqual(trigger.state, "approval")
        self.assertEqual(trigger.log_ids[0].outcome, "fired")
        self.assertEqual(len(trigger.registration_ids), 2)
        self.assertEqual(trigger.activity_ids.user_id, self.manager)
        by_country = {
            r.marketplace_id.country_id.code: r for r in trigger.registration_ids
        }
        self.assertEqual(by_country["FR"].state, "ready")
        self.assertEqual(by_country["IT"].state, "checked")
        self.assertEqual(self.truth(), {})

        with self.assertRaises(AccessError):
            trigger.action_approve()
        answer = trigger.with_user(self.manager).action_approve()
        self.assertIn("→ Italy", answer["params"]["message"])
        self.assertEqual(trigger.state, "fired")
        self.assertEqual(trigger.approved_by_id, self.manager)
        self.assertFalse(trigger.activity_ids)
        self.assertEqual(by_country["FR"].submitted_by_id, self.manager)
        with self.assertRaises(UserError):
            trigger.with_user(self.manager).action_approve()
        self.run_sender()
        self.assertEqual(set(self.truth()), {by_country["FR"].reference})

        # Again only after a reset; what exists is not created twice.
        self.run_cron()
        self.assertEqual(len(self.registrations), 2)
        trigger.action_reset()
        self.run_cron()
        self.assertEqual((trigger.state, trigger.registration_count), ("fired", 0))
        self.assertEqual(len(self.registrations), 2)

    # B5: a rate has to cross its value while the trigger watches.
    def test_exchange_rate(self):
        currency = self.env.company.currency_id
        other = self.env["res.currency"].create(
            {"name": "XKR", "symbol": "k", "rounding": 0.01}
        )
        self.set_rate(other, 10, self.today - timedelta(days=30))
        pair = {
            "kind": "rate",
            "currency_id": currency.id,
            "quote_currency_id": other.id,
        }
        rising = self.trigger({**pair, "direction": "up", "rate": 12}, name="Rises")
        falling = self.trigger({**pair, "direction": "down", "rate": 9}, name="Falls")
        passed = self.trigger({**pair, "direction": "up", "rate": 8}, name="Passed")
        both = rising | falling | passed
        both.sudo().armed_on = self.today - timedelta(days=5)
        self.run_cron()
        self.assertEqual(set(both.mapped("state")), {"waiting"})
        self.assertIn("did not cross", passed.log_ids.details)
        self.assertIn("now: 10", rising.log_ids.details)

        self.set_rate(other, 12, self.today - timedelta(days=2))
        self.run_cron()
        self.assertEqual(both.mapped("state"), ["fired", "waiting", "waiting"])
        # It fell and came back: below the value, the last one counts.
        self.set_rate(other, 8.5, self.today - timedelta(days=1))
        self.run_cron()
        self.assertEqual(both.mapped("state"), ["fired", "fired", "waiting"])
        self.assertIn("now: 8.5", falling.log_ids[0].details)
        # The first one has created the drafts already.
        self.assertEqual(
            (rising.registration_count, falling.registration_count), (2, 0)
        )

    # B5, B16: without a template; what is wrong with one stops no other.
    def test_one_never_stops_another(self):
        tomorrow = self.today + timedelta(days=1)
        due = {"kind": "date", "date": self.today}
        empty = self.trigger(name="A: empty")
        later = self.trigger({"kind": "date", "date": tomorrow}, name="B: later")
        own = self.trigger(
            due,
            name="C: own",
            template_id=False,
            entity_ids=[(6, 0, self.entity.ids)],
            marketplace_ids=[(6, 0, self._marketplace("fr").ids)],
        )
        with mute_logger(f"odoo.addons.{ADDON}.models.acorn_onboarding_trigger"):
            self.run_cron()
        self.assertEqual(empty.log_ids.outcome, "failed")
        self.assertIn("Add a condition", empty.log_ids.details)
        self.assertEqual((later.state, own.state), ("waiting", "fired"))
        self.assertEqual(own.registration_ids.state, "ready")
        self.assertEqual(own.registration_ids.user_id, self.manager)
        self.assertEqual(self.truth(), {})
        with self.assertRaises(ValidationError):
            own.marketplace_ids = False
        with self.assertRaises(ValidationError):
            own.condition_ids = [(0, 0, {"kind": "stock"})]
        with self.assertRaises(ValidationError):
            later.write({"action": "submit", "user_id": self.officer.id})

    # B5, B19: users look, officers keep triggers, other companies see nothing.
    def test_rights(self):
        trigger = self.trigger({"kind": "date", "date": self.today})
        trigger.action_test()
        seen = trigger.with_user(self.user)
        self.assertTrue(seen.condition_ids.summary)
        self.assertTrue(seen.log_ids.details)
        with self.assertRaises(AccessError):
            seen.action_test()
        with self.assertRaises(AccessError):
            seen.action_reset()
        with self.assertRaises(AccessError):
            trigger.log_ids.with_user(self.officer).outcome = "fired"
        for values in ({"state": "approval"}, {"approved_by_id": self.manager.id}):
            with self.assertRaises(AccessError):
                trigger.with_user(self.officer).write(values)
        company = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self._create_user("trigger_stranger", MANAGER, company)
        for model in ("trigger", "trigger.condition", "trigger.log"):
            records = self.env[f"acorn.onboarding.{model}"].with_user(stranger)
            self.assertFalse(records.search([]))
