"""Access tokens are shared by all workers and refreshed once."""

import threading

from odoo.tests import TransactionCase, tagged

from odoo.addons.acorn_amazon_connector.models.acorn_amazon_store import utc_now
from odoo.addons.acorn_amazon_connector.models.acorn_amazon_token import (
    DatabaseTokenStore,
)
from odoo.addons.acorn_amazon_connector.services.lwa import LwaClient, TokenProvider
from odoo.addons.acorn_amazon_connector.services.wire import build_session

from tests.odoo.common import SimulatorCommon, needs_simulator

WORKERS = 6
TOKEN_PATH = "/auth/o2/token"


@needs_simulator
@tagged("standard", "post_install")
class TestSharedTokens(SimulatorCommon, TransactionCase):
    # A22
    def setUp(self):
        super().setUp()
        self.seller = self.simulator.seller("eu")
        self.addCleanup(self._forget_tokens)
        self._forget_tokens()

    def _forget_tokens(self):
        # The store writes with cursors of its own: nothing rolls it back.
        with self.registry.cursor() as cr:
            cr.execute("DELETE FROM acorn_amazon_token")

    def _provider(self):
        lwa = LwaClient(
            build_session(),
            self.simulator.url + TOKEN_PATH,
            self.seller["client_id"],
            self.seller["client_secret"],
            utc_now,
        )
        store = DatabaseTokenStore(self.env)
        return TokenProvider(lwa, store, self.seller["refresh_token"], utc_now)

    def _run_at_once(self, call):
        """Call in as many threads as there are workers; return what they got."""
        start = threading.Barrier(WORKERS)
        providers = [self._provider() for _ in range(WORKERS)]
        values = []

        def work(provider):
            start.wait()
            values.append(call(provider))

        threads = [threading.Thread(target=work, args=(p,)) for p in providers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        return values

    def test_many_workers_refresh_once(self):
        values = self._run_at_once(lambda provider: provider.token())
        self.assertEqual(len(values), WORKERS)
        self.assertEqual(len(set(values)), 1)
        self.assertEqual(len(self.simulator.requests(path=TOKEN_PATH)), 1)

    def test_many_workers_replace_a_stale_token_once(self):
        stale = self._provider().token()
        self.simulator.control("requests", method="DELETE")
        values = self._run_at_once(lambda provider: provider.renew(stale))
        self.assertEqual(len(set(values)), 1)
        self.assertNotIn(stale, values)
        self.assertEqual(len(self.simulator.requests(path=TOKEN_PATH)), 1)

    def test_the_token_is_stored_encrypted(self):
        value = self._provider().token()
        with self.registry.cursor() as cr:
            cr.execute("SELECT value_encrypted, key FROM acorn_amazon_token")
            rows = cr.fetchall()
        self.assertEqual(len(rows), 1)
        self.assertNotIn(value, str(rows))
        self.assertNotIn(self.seller["refresh_token"], str(rows))


@needs_simulator
@tagged("standard", "post_install")
class TestStoreClient(SimulatorCommon, TransactionCase):
    def setUp(self):
        super().setUp()
        self.store = self._create_connected_store("de")
        self.registry_enter_test_mode()

    def test_two_clients_of_a_store_share_a_token(self):
        # A22
        for _ in range(2):
            self.assertTrue(self.store._get_client().sellers.participations())
        self.assertEqual(len(self.simulator.requests(path=TOKEN_PATH)), 1)

    def test_an_expired_token_is_replaced_on_the_way(self):
        # A13, A22
        self.store._get_client().sellers.participations()
        self.simulator.control(
            "lwa", {"action": "expire_tokens", "seller_id": self.store.seller_id}
        )
        self.assertTrue(self.store._get_client().sellers.participations())
        self.assertEqual(len(self.simulator.requests(path=TOKEN_PATH)), 2)

    def test_a_new_authorisation_never_meets_the_old_token(self):
        # A22
        self.store._get_client().sellers.participations()
        self.store.refresh_token = "the-token-of-somebody-else"
        with self.assertRaises(Exception) as caught:
            self.store._get_client().sellers.participations()
        self.assertEqual(type(caught.exception).__name__, "ReauthorizationRequired")

    def test_every_call_is_logged_with_its_request_id(self):
        # A26
        self.store._get_client().sellers.participations()
        calls = self.env["acorn.amazon.call"].search(
            [("store_id", "=", self.store.id)], order="id"
        )
        self.assertEqual(
            calls.mapped("operation"),
            ["lwa.token", "sellers.getMarketplaceParticipations"],
        )
        self.assertTrue(calls[1].request_id)
        self.assertEqual(calls[1].status, 200)
