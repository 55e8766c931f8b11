from datetime import date, timedelta

from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, tagged

from .common import APPLICATION_ID, AmazonCase

ENDPOINTS = {
    "na": "sellingpartnerapi-na.amazon.com",
    "eu": "sellingpartnerapi-eu.amazon.com",
    "fe": "sellingpartnerapi-fe.amazon.com",
}


@tagged("post_install", "-at_install")
class TestApplication(AmazonCase):
    def test_addresses_are_fixed_by_region(self):
        # A25, A29
        production = self._create_application(
            environment="production", simulator_url="http://127.0.0.1:8070"
        )
        sandbox = self._create_application(
            environment="sandbox", simulator_url="http://127.0.0.1:8070"
        )
        for region, host in ENDPOINTS.items():
            self.assertEqual(production._get_endpoint(region), f"https://{host}")
            self.assertEqual(sandbox._get_endpoint(region), f"https://sandbox.{host}")
        for application in (production, sandbox):
            self.assertEqual(
                application._get_lwa_url(), "https://api.amazon.com/auth/o2/token"
            )

    def test_the_simulator_is_one_address_for_everything(self):
        # A25
        application = self._create_application(simulator_url="http://[::1]:8070/")
        self.assertEqual(application._get_endpoint("eu"), "http://[::1]:8070")
        self.assertEqual(application._get_lwa_url(), "http://[::1]:8070/auth/o2/token")
        url = application._get_consent_url(self._marketplace("de"), "signed")
        self.assertTrue(url.startswith("http://[::1]:8070/apps/authorize/consent?"))

    def test_the_simulator_stays_on_this_machine(self):
        # A25
        for address in (
            "http://127.0.0.1:8070",
            "http://localhost:8070",
            "http://127.9.9.9",
            "https://[::1]:1",
        ):
            self.application.simulator_url = address
        for address in (
            False,
            "",
            "127.0.0.1:8070",
            "http://192.168.0.1:8070",
            "http://example.com",
            "http://127.0.0.1@example.com",
            "http://user:pass@127.0.0.1",
            "http://127.0.0.1.example.com",
            "http://127.0.0.1:99999",
            "http://127.0.0.1:x",
            "file:///etc/passwd",
            "http://127.0.0.1/?next=http://example.com",
            "http://localhost.example.com",
            "http://0.0.0.0:8070",
        ):
            with self.subTest(address), self.assertRaises(ValidationError):
                self.application.simulator_url = address

    def test_an_address_changed_behind_our_back_is_refused(self):
        # A25
        self.env.cr.execute(
            "UPDATE acorn_amazon_application SET simulator_url = 'http://example.com'"
            " WHERE id = %s",
            [self.application.id],
        )
        self.application.invalidate_recordset()
        with self.assertRaises(UserError):
            self.application._get_endpoint("eu")

    def test_a_neutralised_database_reaches_no_real_seller(self):
        # A25: also when somebody enters the secrets again
        application = self._create_application(
            environment="production", simulator_url=False
        )
        store = self._create_store(application=application, seller_id="AREAL")
        self.env["ir.config_parameter"].set_param("database.is_neutralized", "true")
        seen = store.with_user(self.manager)
        for call in (
            seen.action_check_permissions,
            seen._get_client,
            seen._get_consent_url,
            lambda: seen._check_refresh_token("Atzr|again"),
            lambda: seen._complete_consent("AREAL", "code"),
            lambda: seen._get_transport("https://sellingpartnerapi-eu.amazon.com"),
        ):
            with self.assertRaisesRegex(UserError, "copy.*sandbox or the simulator"):
                call()

    def test_a_neutralised_database_keeps_its_sandbox_and_simulator(self):
        # A25
        self.env["ir.config_parameter"].set_param("database.is_neutralized", "true")
        sandbox = self._create_application(environment="sandbox", simulator_url=False)
        for application in (sandbox, self.application):
            self.assertTrue(application._get_endpoint("eu"))
            self.assertTrue(application._get_lwa_url())
            self.assertTrue(application._get_consent_url(self._marketplace("de"), "s"))

    def test_the_environment_of_a_used_application_is_fixed(self):
        # A25
        with self.assertRaises(UserError):
            self.application.environment = "production"
        self.store.active = False
        with self.assertRaises(UserError):
            self.application.environment = "production"
        unused = self._create_application()
        unused.environment = "production"
        self.assertEqual(unused.environment, "production")

    def test_consent_address(self):
        # A10
        application = self._create_application(environment="production")
        url = application._get_consent_url(self._marketplace("us"), "a.b+c")
        self.assertTrue(
            url.startswith("https://sellercentral.amazon.com/apps/authorize/consent?")
        )
        self.assertIn(f"application_id={APPLICATION_ID}", url)
        self.assertIn("state=a.b%2Bc", url)
        self.assertIn("redirect_uri=http", url)
        self.assertNotIn("version=beta", url)
        application.is_draft = True
        url = application._get_consent_url(self._marketplace("de"), "s")
        self.assertIn("version=beta", url)
        self.assertTrue(url.startswith("https://sellercentral-europe.amazon.com/"))

    def test_the_redirect_address_is_shown_for_copying(self):
        # A9
        self.env["ir.config_parameter"].set_param("web.base.url", "https://erp.example")
        self.assertEqual(
            self.application.redirect_uri,
            "https://erp.example/acorn_amazon/oauth/callback",
        )

    def test_a_new_secret_restarts_its_180_days(self):
        # A17
        with freeze_time("2026-03-01 12:00:00"):
            self.application.client_secret = "rotated"
        self.assertEqual(self.application.secret_rotated_on, date(2026, 3, 1))
        self.assertEqual(self.application.secret_expires_on, date(2026, 8, 28))

    def test_a_secret_that_runs_out_is_announced_once(self):
        # A17
        application = self._create_application(
            environment="production", simulator_url=False
        )
        self._create_store(application=application, seller_id="ALIVE")
        run = self.env["acorn.amazon.application"]._cron_remind_secret_rotation
        run()
        self.assertFalse(application.activity_ids)
        with freeze_time(application.secret_expires_on - timedelta(days=20)):
            run()
            run()
            activity = application.activity_ids
            self.assertEqual(len(activity), 1)
            self.assertEqual(activity.date_deadline, application.secret_expires_on)
            self.assertEqual(activity.user_id, application.user_id)
            self.assertFalse(self.application.activity_ids, "only real applications")
            application.client_secret = "rotated"
            self.assertFalse(application.activity_ids)
            run()
            self.assertFalse(application.activity_ids)

    def test_https_is_asked_for_outside_the_simulator(self):
        # A9
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("web.base.url", "http://erp.example")
        production = self._create_application(
            environment="production", simulator_url=False
        )
        self.assertTrue(production.is_redirect_insecure)
        self.assertFalse(self.application.is_redirect_insecure)
        parameters.set_param("web.base.url", "https://erp.example")
        production.invalidate_recordset()
        self.assertFalse(production.is_redirect_insecure)

    def test_applications_are_found_by_whether_their_secret_is_set(self):
        without = self._create_application(client_secret=False)
        applications = self.env["acorn.amazon.application"]
        self.assertIn(without, applications.search([("has_client_secret", "=", False)]))
        found = applications.with_user(self.manager).search(
            [("has_client_secret", "=", True)]
        )
        self.assertIn(self.application, found)
        self.assertNotIn(without, found)

    def test_all_marketplaces_are_there(self):
        # A3, A29
        marketplaces = self.env["acorn.amazon.marketplace"].search([])
        self.assertEqual(len(marketplaces), 23)
        self.assertEqual(
            {r: len(m) for r, m in marketplaces.grouped("region").items()},
            {"na": 4, "eu": 16, "fe": 3},
        )
        germany = self._marketplace("de")
        self.assertEqual(germany.amazon_id, "A1PA6795UKMFR9")
        self.assertEqual(germany.currency_id.name, "EUR")
        self.assertTrue(germany.price_includes_tax)
        self.assertEqual(germany.standard_tax_rate, 19)
        self.assertFalse(self._marketplace("us").price_includes_tax)
        self.assertEqual(self._marketplace("gb").country_id.code, "GB")
        self.env["acorn.amazon.marketplace"]._load_table()
        self.assertEqual(self.env["acorn.amazon.marketplace"].search_count([]), 23)
