from odoo.exceptions import UserError
from odoo.tests import tagged

from ..services.errors import (
    AccessDeniedError,
    BudgetExhausted,
    InvalidClientError,
    ReauthorizationRequired,
    ServerError,
    SpApiError,
    TransportError,
)
from .common import AmazonCase


@tagged("post_install", "-at_install")
class TestStore(AmazonCase):
    def test_a_store_never_changes_its_environment(self):
        # A25
        production = self._create_application(
            environment="production", simulator_url=False
        )
        with self.assertRaises(UserError):
            self.store.application_id = production
        self.assertEqual(self.store.environment, "simulator")
        with self.assertRaises(UserError):
            self.store.environment = "production"
        with self.assertRaises(UserError):
            self._create_store(environment="production", seller_id="AOTHER")
        other_simulator = self._create_application()
        self.store.application_id = other_simulator
        self.assertEqual(self.store.application_id, other_simulator)

    def test_region_and_company_are_fixed_once_authorised(self):
        with self.assertRaises(UserError):
            self.store.region = "na"
        with self.assertRaises(UserError):
            self.store.company_id = self.other_company
        draft = self._create_store(refresh_token=False, seller_id=False)
        draft.region = "na"
        self.assertEqual(draft.region, "na")

    def test_an_application_of_another_company_is_refused(self):
        application = self._create_application(company_id=self.other_company.id)
        with self.assertRaises(UserError):
            self._create_store(application=application)

    def test_one_store_per_seller_and_application(self):
        twin = self._create_store(
            application=self.application, seller_id=False, refresh_token=False
        )
        with self.assertRaisesRegex(UserError, self.store.name):
            twin._check_seller(self.store.seller_id)

    def test_another_seller_is_not_accepted_for_a_store(self):
        # A10
        with self.assertRaisesRegex(UserError, "AOTHER"):
            self.store._authorise("AOTHER", "Atzr|other")

    def test_an_authorisation_makes_a_store_ready(self):
        # A10
        store = self._create_store(seller_id=False, refresh_token=False)
        self.assertEqual(store.state, "draft")
        with self.assertRaises(UserError):
            store.action_go_live()
        store._authorise("ANEWSELLER", "Atzr|new")
        self.assertEqual(store.state, "authorised")
        self.assertTrue(store.authorised_on)
        store.action_shadow()
        self.assertEqual(store.state, "shadow")
        store.action_go_live()
        self.assertEqual(store.state, "live")

    def test_pause_and_resume(self):
        self.store.action_shadow()
        self.store.action_pause()
        self.assertEqual(self.store.state, "paused")
        self.store.action_pause()
        self.store.action_resume()
        self.assertEqual(self.store.state, "shadow")

    def test_a_revoked_grant_stops_the_store_until_it_is_authorised_again(self):
        # A22
        self.store.action_go_live()
        self.store._require_reauthorization("invalid_grant")
        self.store._require_reauthorization("invalid_grant")
        self.assertEqual(self.store.state, "reauthorise")
        incident = self.store.incident_ids.filtered(lambda i: i.code == "reauthorise")
        self.assertEqual(len(incident), 1)
        with self.assertRaises(UserError):
            self.store.action_go_live()
        self.store._authorise(self.store.seller_id, "Atzr|again")
        self.assertEqual(self.store.state, "live")
        self.assertEqual(incident.state, "closed")

    def test_a_paused_store_stays_paused_when_it_is_authorised_again(self):
        self.store.action_shadow()
        self.store.action_pause()
        self.store._require_reauthorization("invalid_grant")
        self.store._authorise(self.store.seller_id, "Atzr|again")
        self.assertEqual(self.store.state, "paused")
        self.store.action_resume()
        self.assertEqual(self.store.state, "shadow")

    def test_a_store_without_authorisation_has_no_client(self):
        store = self._create_store(seller_id=False, refresh_token=False)
        with self.assertRaisesRegex(UserError, "not authorised"):
            store._get_client()

    def test_every_error_of_amazon_becomes_advice(self):
        # A13
        texts = set()
        for error_class in (
            SpApiError,
            TransportError,
            ServerError,
            BudgetExhausted,
            AccessDeniedError,
            InvalidClientError,
            ReauthorizationRequired,
        ):
            with self.subTest(error_class.__name__):
                with (
                    self.assertRaises(UserError) as caught,
                    self.store._amazon_errors_for_people(),
                ):
                    raise error_class("Amazon's words", request_id="req-1")
                self.assertIn("Amazon's words", str(caught.exception))
                self.assertIn("req-1", str(caught.exception))
                texts.add(str(caught.exception).partition("\n")[0])
        self.assertEqual(len(texts), 7)
