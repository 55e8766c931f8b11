import logging
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

from jose import jwt

from odoo.tests import HttpCase, freeze_time, tagged
from odoo.tools import mute_logger

from ..models.acorn_amazon_store import utc_now
from ..services import oauth_state
from ..services.oauth_state import StateError
from .common import MANAGER_GROUP, USER_GROUP, AmazonCase, AmazonCommon

CALLBACK = "/acorn_amazon/oauth/callback"
LOGGERS = ("odoo.addons.acorn_amazon_connector.controllers.main", "odoo.http")


def _state_of(url):
    return parse_qs(urlsplit(url).query)["state"][0]


@tagged("post_install", "-at_install")
class TestOauthState(AmazonCase):
    # A10
    def setUp(self):
        super().setUp()
        self.registry_enter_test_mode()
        self.stores = self.env["acorn.amazon.store"].with_user(self.manager)

    def _state(self, user=None):
        return _state_of(self.store.with_user(user or self.manager)._get_consent_url())

    def test_a_state_is_good_once(self):
        state = self._state()
        self.assertEqual(self.stores._accept_state(state), self.store)
        with self.assertRaises(StateError):
            self.stores._accept_state(state)

    def test_another_users_state_is_refused_and_stays_good_for_its_owner(self):
        state = self._state(user=self.env.ref("base.user_admin"))
        with self.assertRaises(StateError):
            self.stores._accept_state(state)
        admin = self.stores.with_user(self.env.ref("base.user_admin"))
        self.assertEqual(admin._accept_state(state), self.store)

    def test_a_state_is_too_old_after_ten_minutes(self):
        state = self._state()
        later = utc_now() + timedelta(seconds=oauth_state.LIFETIME_SECONDS + 1)
        with freeze_time(later.replace(tzinfo=None)), self.assertRaises(StateError):
            self.stores._accept_state(state)

    def test_a_forged_state_is_refused(self):
        claims = {"uid": self.manager.id, "store": self.store.id, "nonce": "n"}
        foreign = oauth_state.sign(claims, "k" * 64, utc_now)
        unsigned = jwt.get_unverified_claims(self._state())
        head, _dot, _rest = foreign.partition(".")
        for state in (
            "",
            "nonsense",
            foreign,
            f"{head}.{self._state().split('.')[1]}.",
            jwt.encode(unsigned, "k" * 64, algorithm="HS256"),
        ):
            with self.subTest(state[:20]), self.assertRaises(StateError):
                self.stores._accept_state(state)

    def test_a_signed_state_with_a_nonce_never_given_is_refused(self):
        claims = {"uid": self.manager.id, "store": self.store.id, "nonce": "invented"}
        state = oauth_state.sign(claims, self.store._get_state_key(), utc_now)
        with self.assertRaises(StateError):
            self.stores._accept_state(state)

    def test_the_nonce_is_not_stored_in_clear(self):
        nonce = jwt.get_unverified_claims(self._state())["nonce"]
        stored = self.env["acorn.amazon.oauth.nonce"].search([]).mapped("digest")
        self.assertTrue(stored)
        self.assertNotIn(nonce, stored)


@tagged("post_install", "-at_install")
class TestOauthCallback(AmazonCommon, HttpCase):
    # A10
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store = cls._create_store(seller_id=False, refresh_token=False)
        cls.manager = cls._create_user("oauth_manager", MANAGER_GROUP)
        cls.user = cls._create_user("oauth_user", USER_GROUP)

    def _call_back(self, **params):
        return self.url_open(f"{CALLBACK}?{urlencode(params)}", allow_redirects=False)

    def _state(self):
        return _state_of(self.store.with_user(self.manager)._get_consent_url())

    def _assert_refused(self, response, text):
        self.assertEqual(response.status_code, 400)
        self.assertIn(text, response.text)
        self.assertEqual(response.headers["Referrer-Policy"], "no-referrer")
        self.assertEqual(response.headers["Cache-Control"], "no-store")
        self.assertNotIn("Traceback", response.text)
        self.store.invalidate_recordset()
        self.assertFalse(self.store.has_refresh_token)

    def test_an_anonymous_visitor_is_sent_to_the_login(self):
        response = self._call_back(state=self._state(), spapi_oauth_code="c")
        self.assertEqual(response.status_code, 303)
        self.assertIn("/web/login", response.headers["Location"])

    @mute_logger(*LOGGERS)
    def test_a_forged_state_gets_a_clear_page(self):
        self.authenticate("oauth_manager", "oauth_manager")
        response = self._call_back(
            state="forged", spapi_oauth_code="code", selling_partner_id="ASELLER"
        )
        self._assert_refused(response, "cannot be accepted")

    @mute_logger(*LOGGERS)
    def test_another_user_cannot_finish_a_consent(self):
        state = self._state()
        self.authenticate("oauth_user", "oauth_user")
        response = self._call_back(
            state=state, spapi_oauth_code="code", selling_partner_id="ASELLER"
        )
        self._assert_refused(response, "cannot be accepted")

    @mute_logger(*LOGGERS)
    def test_a_refused_consent_leads_back_to_the_assistant(self):
        self.authenticate("oauth_manager", "oauth_manager")
        response = self._call_back(state=self._state(), error="access_denied")
        self._assert_refused(response, "/odoo/amazon-connect/")

    @mute_logger(*LOGGERS)
    def test_a_state_cannot_be_replayed(self):
        self.authenticate("oauth_manager", "oauth_manager")
        state = self._state()
        self._call_back(state=state)
        response = self._call_back(
            state=state, spapi_oauth_code="code", selling_partner_id="ASELLER"
        )
        self._assert_refused(response, "used before")

    @mute_logger(*LOGGERS)
    def test_a_seller_that_is_connected_already(self):
        self._create_store(
            application=self.store.application_id, seller_id="ASELLER", name="Twin"
        )
        self.authenticate("oauth_manager", "oauth_manager")
        response = self._call_back(
            state=self._state(), spapi_oauth_code="code", selling_partner_id="ASELLER"
        )
        self._assert_refused(response, "Twin")

    @mute_logger(*LOGGERS)
    def test_amazon_cannot_be_reached_for_the_code(self):
        self.authenticate("oauth_manager", "oauth_manager")
        response = self._call_back(
            state=self._state(), spapi_oauth_code="code", selling_partner_id="ASELLER"
        )
        self._assert_refused(response, "could not be reached")
        self.assertNotIn("spapi_oauth_code", response.text)

    @mute_logger(*LOGGERS)
    def test_the_access_log_shows_neither_code_nor_state(self):
        # A27: neither of the answer itself nor of the login that may come before it
        state = self._state()
        params = {"state": state, "spapi_oauth_code": "ANsecret", "x": "1 2"}
        address = f"{CALLBACK}?{urlencode(params)}"
        # Odoo gives the name INFO to a level of its own.
        with self.assertLogs("werkzeug", logging.INFO) as logs:
            self.url_open(address)
            self.authenticate("oauth_manager", "oauth_manager")
            self.url_open(address, allow_redirects=False)
            self.url_open("/web/login?other=1")
        lines = [record.getMessage() for record in logs.records]
        shown = "\n".join(lines)
        self.assertNotIn("ANsecret", shown)
        self.assertNotIn(state.split(".")[2][:20], shown)
        self.assertIn(f'"GET {CALLBACK}?*** HTTP/1.1" 400', shown)
        self.assertIn("/web/login?redirect=", shown)
        self.assertIn('"GET /web/login?other=1 HTTP/1.1" 200', shown)

    @mute_logger(*LOGGERS)
    def test_markup_in_parameters_is_not_run(self):
        self.authenticate("oauth_manager", "oauth_manager")
        response = self._call_back(
            state=self._state(),
            spapi_oauth_code="code",
            selling_partner_id="<script>alert(1)</script>",
        )
        self.assertNotIn("<script>alert", response.text)
