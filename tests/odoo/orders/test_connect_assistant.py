"""Connecting a store, from the application to shadow or live."""

import logging
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.acorn_amazon_connector.mappers.order_census import CENSUS_REPORT
from odoo.addons.acorn_amazon_connector.models.acorn_amazon_preflight_line import (
    WRITES,
)
from odoo.addons.acorn_amazon_connector.tests.common import MANAGER_GROUP

from simulator import ThreadedSimulator
from tests.odoo.common import SimulatorCommon, needs_simulator

CONTROLLER = "odoo.addons.acorn_amazon_connector.controllers.main"
TASK = "odoo.addons.acorn_amazon_connector.models.acorn_amazon_task"


@needs_simulator
@tagged("standard", "post_install")
class TestConnectAssistant(SimulatorCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._create_user("connecting_manager", MANAGER_GROUP)

    def setUp(self):
        super().setUp()
        self.seller = self.simulator.seller("eu")
        self.application = self._create_simulated_application("eu")
        self.wizard = self._start()

    def _start(self, **values):
        return (
            self.env["acorn.amazon.connect.wizard"]
            .with_user(self.manager)
            .create(
                {
                    "name": "Fernhollow Europe",
                    "application_id": self.application.id,
                    "marketplace_id": self._marketplace("de").id,
                    **values,
                }
            )
        )

    def _open_consent(self):
        action = self.wizard.action_open_consent()
        self.assertEqual(action["type"], "ir.actions.act_url")
        return action["url"]

    def _come_back(self, response):
        """Follow Amazon's redirect in the manager's browser."""
        location = response.headers["Location"]
        self.assertTrue(location.startswith(self.base_url()))
        self.authenticate("connecting_manager", "connecting_manager")
        answer = self.url_open(
            location.removeprefix(self.base_url()), allow_redirects=False
        )
        self.wizard.invalidate_recordset()
        self.wizard.store_id.invalidate_recordset()
        return answer

    def _authorise(self):
        self.wizard.action_next()
        consent = self.simulator.consent(self._open_consent(), self.seller["seller_id"])
        return self._come_back(consent)

    def _create_products(self):
        """The seller's product master, as far as it is known."""
        products = {}
        for item in self.simulator.control("catalog")["items"]:
            if item["known"] and item["seller_id"] == self.seller["seller_id"]:
                products[item["sku"]] = {
                    "name": item["title"],
                    "default_code": item["sku"],
                    "is_storable": True,
                }
        self.env["product.product"].create(list(products.values()))
        return set(products)

    def _run_tasks(self):
        """Let the scheduled action work until nothing is due."""
        cron = self.env.ref("acorn_amazon_connector.ir_cron_run_remote_tasks")
        rounds = 0
        while self.env["acorn.amazon.task"]._count_due("remote"):
            with self.enter_registry_test_mode():
                self.assertIs(cron.method_direct_trigger(), True)
            self.env.invalidate_all()
            rounds += 1
            self.assertLess(rounds, 20)

    def test_from_the_application_to_the_running_store(self):
        # A3, A9, A10, A11, A20
        known = self._create_products()
        self.assertEqual(self.wizard.step, "application")
        answer = self._authorise()
        self.assertEqual(answer.status_code, 303)
        self.assertEqual(answer.headers["Referrer-Policy"], "no-referrer")
        self.assertTrue(
            answer.headers["Location"].endswith(
                f"/odoo/amazon-connect/{self.wizard.id}"
            )
        )
        store = self.wizard.store_id
        self.assertEqual(store.state, "authorised")
        self.assertEqual(store.seller_id, self.seller["seller_id"])

        self.assertEqual(self.wizard.step, "preflight")
        self.wizard.action_check_permissions()
        states = {line.operation: line.state for line in store.preflight_ids}
        untested = {name for name, state in states.items() if state == "untested"}
        # What changes something at Amazon is not tried.
        self.assertEqual(untested, WRITES)
        self.assertEqual(set(states.values()), {"allowed", "untested"})
        self.assertFalse(self.wizard.has_missing_role)

        self.wizard.action_next()
        self.assertEqual(self.wizard.step, "participations")
        participations = self.wizard.participation_ids
        self.assertEqual(
            set(participations.marketplace_id.mapped("amazon_id")),
            set(self.seller["marketplace_ids"]),
        )
        france = participations.filtered(
            lambda p: p.marketplace_id == self._marketplace("fr")
        )
        france.active = False

        self.wizard.action_next()
        self.assertEqual(self.wizard.step, "products")
        germany = participations.filtered(
            lambda p: p.marketplace_id == self._marketplace("de")
        )
        self.assertEqual(germany.tax_id.amount, 19)
        self.assertTrue(germany.tax_id.price_include)
        self.assertEqual(germany.pricelist_id.currency_id.name, "EUR")

        self.assertEqual(self.wizard.listings_state, "none")
        self.simulator.control("requests", method="DELETE")
        self.wizard.action_read_listings()
        self.assertEqual(self.wizard.listings_state, "reading")
        self.assertFalse(self.simulator.requests(), "the button itself asks nothing")
        self._run_tasks()
        self.assertTrue(self.wizard.listings_complete)
        self.assertEqual(self.wizard.listings_state, "done")
        listings = store.listing_ids
        self.assertGreater(len(listings), 20, "more than one page")
        for listing in listings:
            self.assertEqual(bool(listing.product_id), listing.sku in known)
        self.assertTrue(self.wizard.unmatched_count)
        asked = self.simulator.requests(operation="searchListingsItems")
        self.assertNotIn(
            self._marketplace("fr").amazon_id,
            {m for request in asked for m in request["query"]["marketplaceIds"]},
        )

        self.wizard.action_next()
        self.assertEqual(self.wizard.step, "start")
        self.wizard.action_next()
        self.assertEqual(self.wizard.step, "done")
        self.assertEqual(store.state, "shadow")
        self.assertEqual(store.import_from, self.wizard.import_from)
        self.assertTrue(store.task_ids)

    def test_it_can_be_left_and_resumed(self):
        # A10
        self._authorise()
        self.assertEqual(self.wizard.step, "preflight")
        self.env.invalidate_all()
        store = self.wizard.store_id.with_user(self.manager)
        action = store.action_connect()
        self.assertEqual(action["res_id"], self.wizard.id)
        self.assertEqual(self.wizard.step, "preflight")

    def test_a_revoked_store_is_reconnected_by_the_same_seller(self):
        # A22
        self._authorise()
        store = self.wizard.store_id
        store.action_shadow()
        self.simulator.control(
            "lwa", {"action": "revoke", "seller_id": self.seller["seller_id"]}
        )
        self.simulator.control(
            "lwa", {"action": "expire_tokens", "seller_id": self.seller["seller_id"]}
        )
        with self.assertRaisesRegex(UserError, "Authorise the store again"):
            self.wizard.action_check_permissions()
        store.sudo()._require_reauthorization("revoked")
        self.assertEqual(
            store.with_user(self.manager).action_connect()["res_id"], self.wizard.id
        )
        self.assertEqual(self.wizard.step, "authorise")
        consent = self.simulator.consent(self._open_consent(), self.seller["seller_id"])
        self.assertEqual(self._come_back(consent).status_code, 303)
        self.assertEqual(store.state, "shadow")
        self.wizard.action_check_permissions()

    # A22: a worker that began before the consent may end after it.
    def test_a_late_refusal_does_not_undo_a_new_authorisation(self):
        store = self._create_connected_store("de", application=self.application)
        good = self.seller["refresh_token"]
        store.refresh_token = "Atzr|of-before"

        def run(job, task):
            client = task.store_id._get_client()
            task.store_id.refresh_token = good
            task.env.cr.commit()
            return client.sellers.participations()

        store._run_before_start("listings")
        task = store.task_ids
        job = type(self.env["acorn.amazon.job.listings"])
        with patch.object(job, "_run", run), mute_logger(TASK):
            self._run_tasks()
        self.assertEqual(store.state, "authorised")
        self.assertFalse(store.incident_ids)
        self.assertTrue(task.last_success)

    # A22
    def test_a_refusal_of_the_present_authorisation_stops_the_store(self):
        store = self._create_connected_store("de", application=self.application)
        store.refresh_token = "Atzr|revoked"

        def run(job, task):
            return task.store_id._get_client().sellers.participations()

        store._run_before_start("listings")
        job = type(self.env["acorn.amazon.job.listings"])
        with patch.object(job, "_run", run), mute_logger(TASK):
            self._run_tasks()
        self.assertEqual(store.state, "reauthorise")
        self.assertEqual(store.incident_ids.mapped("code"), ["reauthorise"])

    @mute_logger(CONTROLLER)
    def test_another_seller_cannot_take_over_a_store(self):
        # A10
        self._authorise()
        other = self.simulator.seller("na")["seller_id"]
        self.wizard.step = "authorise"
        answer = self._come_back(self.simulator.consent(self._open_consent(), other))
        self.assertEqual(answer.status_code, 400)
        self.assertIn(other, answer.text)
        self.assertEqual(self.wizard.store_id.seller_id, self.seller["seller_id"])

    @mute_logger(CONTROLLER)
    def test_a_code_is_good_once(self):
        # A10
        self.wizard.action_next()
        seller_id = self.seller["seller_id"]
        first = self.simulator.consent(self._open_consent(), seller_id)
        code = parse_qs(urlsplit(first.headers["Location"]).query)["spapi_oauth_code"]
        self.assertEqual(self._come_back(first).status_code, 303)
        self.wizard.step = "authorise"
        again = self.simulator.consent(self._open_consent(), seller_id)
        location = again.headers["Location"]
        fresh = parse_qs(urlsplit(location).query)["spapi_oauth_code"]
        again.headers["Location"] = location.replace(fresh[0], code[0])
        answer = self._come_back(again)
        self.assertEqual(answer.status_code, 400)
        self.assertIn("refused the authorisation code", answer.text)
        self.assertNotIn(code[0], answer.text)

    def test_the_answer_of_the_consent_page_comes_twice(self):
        # A10: reloaded, or fetched ahead by the browser
        self.wizard.action_next()
        consent = self.simulator.consent(self._open_consent(), self.seller["seller_id"])
        first = self._come_back(consent)
        self.assertEqual(self.wizard.step, "preflight")
        self.simulator.control("requests", method="DELETE")
        second = self._come_back(consent)
        self.assertEqual(second.status_code, 303)
        self.assertEqual(second.headers["Location"], first.headers["Location"])
        self.assertEqual(second.headers["Referrer-Policy"], "no-referrer")
        self.assertFalse(self.simulator.requests(), "the code is not sent again")
        self.assertEqual(self.wizard.step, "preflight")
        self.assertEqual(self.wizard.store_id.state, "authorised")

    @mute_logger(CONTROLLER)
    def test_a_consent_that_could_not_be_finished(self):
        # A10, A13
        self.wizard.action_next()
        consent = self.simulator.consent(self._open_consent(), self.seller["seller_id"])
        url, self.application.simulator_url = self.simulator.url, "http://127.0.0.1:9"
        answer = self._come_back(consent)
        self.assertEqual(answer.status_code, 400)
        self.assertIn("could not be reached", answer.text)
        self.assertIn("Amazon&#39;s consent page again", answer.text)
        # What is reloaded sends no code that may have been used.
        self.application.simulator_url = url
        self.simulator.control("requests", method="DELETE")
        answer = self._come_back(consent)
        self.assertEqual(answer.status_code, 400)
        self.assertIn("Amazon&#39;s consent page again", answer.text)
        self.assertIn(f"/odoo/amazon-connect/{self.wizard.id}", answer.text)
        self.assertFalse(self.simulator.requests())
        self.assertEqual(self.wizard.store_id.state, "draft")
        consent = self.simulator.consent(self._open_consent(), self.seller["seller_id"])
        self.assertEqual(self._come_back(consent).status_code, 303)

    def test_the_seller_may_say_no(self):
        self.wizard.action_next()
        answer = self.simulator.consent(
            self._open_consent(), self.seller["seller_id"], decision="cancel"
        )
        self.assertNotIn("Location", answer.headers)
        self.assertEqual(self.wizard.store_id.state, "draft")
        with self.assertRaises(UserError):
            self.wizard.action_next()

    def test_a_pasted_refresh_token_is_checked_first(self):
        # A10
        self.wizard.action_next()
        with self.assertRaises(UserError):
            self.wizard.action_check_token()
        self.wizard.write(
            {"seller_id": self.seller["seller_id"], "refresh_token": "Atzr|wrong"}
        )
        self.assertFalse(self.wizard.refresh_token)
        with self.assertRaisesRegex(UserError, "Authorise the store again"):
            self.wizard.action_check_token()
        self.assertEqual(self.wizard.store_id.state, "draft")
        self.wizard.refresh_token = self.seller["refresh_token"]
        self.wizard.action_check_token()
        self.assertEqual(self.wizard.store_id.state, "authorised")
        self.assertEqual(self.wizard.step, "preflight")
        self.assertFalse(self.wizard._get_secret("refresh_token"))

    def test_a_wrong_client_secret_is_explained(self):
        # A13
        self.application.client_secret = "amzn1.oa2-cs.v1.wrong"
        self.wizard.action_next()
        self.wizard.write(
            {
                "seller_id": self.seller["seller_id"],
                "refresh_token": self.seller["refresh_token"],
            }
        )
        with self.assertRaisesRegex(UserError, "client id and secret"):
            self.wizard.action_check_token()

    def test_a_missing_role_is_named(self):
        # A11, A20
        self._authorise()
        self.simulator.fault("access_denied", operation="orders.searchOrders")
        self.simulator.fault("unavailable", operation="listings.searchListingsItems")
        self.wizard.action_check_permissions()
        lines = {line.operation: line for line in self.wizard.preflight_ids}
        denied = lines["orders.searchOrders"]
        self.assertEqual(denied.state, "denied")
        self.assertIn("Inventory and Order Tracking", denied.roles)
        self.assertIn("Seller Central", denied.advice)
        self.assertTrue(denied.request_id)
        self.assertEqual(lines["listings.searchListingsItems"].state, "failed")
        self.assertEqual(lines["orders.getOrder"].state, "allowed")
        self.assertTrue(self.wizard.has_missing_role)
        self.simulator.heal()
        self.wizard.action_check_permissions()
        self.assertFalse(self.wizard.has_missing_role)
        self.assertFalse(denied.error_text)

    # A11, A15, A20: the list of orders needs a role of its own; asking costs none.
    def test_the_role_that_is_missing_for_the_census(self):
        self._authorise()
        self.simulator.fault(
            "access_denied",
            operation="reports.getReports",
            query={"reportTypes": CENSUS_REPORT},
        )
        self.wizard.action_check_permissions()
        lines = {line.operation: line for line in self.wizard.preflight_ids}
        line = lines["reports.createReport"]
        self.assertEqual(line.state, "denied")
        self.assertIn("Inventory and Order Tracking", line.roles)
        self.assertNotIn("Finance and Accounting", line.roles)
        self.assertEqual(lines["reports.getReports"].state, "allowed")
        self.assertFalse(self.wizard.has_missing_role)
        self.simulator.heal()
        self.wizard.action_check_permissions()
        self.assertEqual(line.state, "allowed")
        self.assertFalse(self.simulator.requests(operation="reports.createReport"))

    # A11: of what is not tried, the last real call tells.
    def test_permission_to_write(self):
        self._authorise()
        self.wizard.action_check_permissions()
        line = self.wizard.preflight_ids.filtered(
            lambda line: line.operation == "ordersV0.confirmShipment"
        )
        self.assertIn("Not tried", line.advice)
        for status, state in ((204, "allowed"), (403, "denied"), (503, "denied")):
            self.env["acorn.amazon.call"].create(
                {
                    "store_id": self.wizard.store_id.id,
                    "operation": line.operation,
                    "called_at": fields.Datetime.now(),
                    "status": status,
                    "request_id": f"R-{status}",
                }
            )
            self.wizard.action_check_permissions()
            self.assertEqual(line.state, state)
        self.assertEqual(line.request_id, "R-403")
        self.assertIn("Seller Central", line.advice)
        self.assertFalse(self.wizard.has_missing_role)

    # A11: the older interface needs two roles; who has one is told the other.
    def test_the_role_that_is_missing_for_buyer_data(self):
        self._authorise()
        shipping = "Direct-to-Consumer Shipping (Restricted)"
        tax = "Tax Invoicing (Restricted), Tax Remittance (Restricted)"
        plain = ["Inventory and Order Tracking", "Product Listing"]
        for roles, missing in (
            ([*plain, shipping], tax),
            ([*plain, "Tax Remittance (Restricted)"], shipping),
            (plain, f"{shipping}\n{tax}"),
        ):
            self.simulator.control(
                "applications",
                {"application_id": self.seller["application_id"], "roles": roles},
            )
            self.wizard.action_check_permissions()
            line = self.wizard.preflight_ids.filtered(
                lambda line: line.operation == "tokens.createRestrictedDataToken"
            )
            self.assertEqual((line.state, line.roles), ("denied", missing))
            self.assertFalse(self.wizard.has_missing_role)

    def test_reading_the_listings_goes_on_where_it_stopped(self):
        # A21, A24
        self._authorise()
        self.wizard.action_check_permissions()
        self.wizard.action_next()
        self.wizard.participation_ids.filtered(
            lambda p: p.marketplace_id != self._marketplace("de")
        ).active = False
        self.wizard.action_next()
        store = self.wizard.store_id
        self.simulator.fault("unavailable", operation="searchListingsItems", after=1)
        self.wizard.action_read_listings()
        with mute_logger(TASK):
            self._run_tasks()
        first_page = set(store.listing_ids.mapped("sku"))
        self.assertEqual(len(first_page), 20, "the first page is kept")
        self.assertFalse(self.wizard.listings_complete)
        self.assertEqual(self.wizard.listings_state, "failed")
        self.assertIn("503", self.wizard.listings_error)
        with self.assertRaisesRegex(UserError, "not all read"):
            self.wizard.action_next()
        self.simulator.heal()
        self.simulator.control("requests", method="DELETE")
        self.wizard.action_read_listings()
        self._run_tasks()
        self.assertTrue(self.wizard.listings_complete)
        self.assertFalse(self.wizard.listings_error)
        self.assertGreater(set(store.listing_ids.mapped("sku")), first_page)
        first = self.simulator.requests(operation="searchListingsItems")[0]
        self.assertIn("pageToken", first["query"])

    def test_only_the_listings_are_read_before_the_start(self):
        # A10, A11
        self._authorise()
        store = self.wizard.store_id
        self.env["acorn.amazon.participation"]._refresh(
            store, store._get_client().sellers.participations()
        )
        store.action_shadow()
        store.sudo().state = "authorised"
        self.simulator.control("requests", method="DELETE")
        store.task_ids.action_run_now()
        self._run_tasks()
        asked = {request["operation"] for request in self.simulator.requests()}
        self.assertEqual(asked, {"listings.searchListingsItems"})

    def test_a_flow_that_is_switched_off_is_not_waited_for(self):
        self._authorise()
        self.env.ref("acorn_amazon_connector.flow_listings").active = False
        with self.assertRaisesRegex(UserError, "switched off"):
            self.wizard.action_read_listings()

    def test_catalogues_beyond_amazons_thousand_are_read_whole(self):
        # A24
        with (
            patch("simulator.handlers.listings.REACHABLE", 40),
            ThreadedSimulator(world="demo", seed=1, size=1) as simulator,
        ):
            self.application.simulator_url = simulator.url
            store = self._create_connected_store("de", application=self.application)
            participation = self.env["acorn.amazon.participation"].create(
                {
                    "store_id": store.id,
                    "marketplace_id": self._marketplace("de").id,
                    "is_participating": True,
                }
            )
            store._run_before_start("listings")
            self._run_tasks()
            self.assertTrue(participation.listings_read_at)
            total = len(set(store.listing_ids.mapped("sku")))
            self.assertGreater(total, 40)
            page = store._get_client().listings.search(
                store.seller_id, [participation.marketplace_id.amazon_id]
            )
            self.assertEqual(total, page.total)

    def test_no_secret_appears_in_any_log(self):
        # A27
        messages = []

        class Keep(logging.Handler):
            def emit(self, record):
                messages.append(record.getMessage())

        handler = Keep(level=logging.DEBUG)
        root = logging.getLogger()
        level = root.level
        root.addHandler(handler)
        root.setLevel(logging.DEBUG)
        # Every SQL statement of Odoo passes there, values included.
        sql = logging.getLogger("odoo.sql_db")
        sql_level = sql.level
        sql.setLevel(logging.INFO)
        try:
            self._authorise()
            self.wizard.action_check_permissions()
        finally:
            root.removeHandler(handler)
            root.setLevel(level)
            sql.setLevel(sql_level)
        text = "\n".join(messages)
        self.assertTrue(text)
        self.assertNotIn(self.seller["client_secret"], text)
        self.assertNotIn("Atzr|", text)
        self.assertNotIn("Atza|", text)
        calls = self.env["acorn.amazon.call"].search([])
        kept = str(calls.read(["path", "request_body", "response_body"]))
        for word in (self.seller["client_secret"], "Atzr|", "Atza|"):
            self.assertNotIn(word, kept)
