import os
import tempfile
import threading
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from unittest.mock import patch

from cryptography.fernet import Fernet

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import file_open, mute_logger

from ..models.acorn_amazon_token import DatabaseTokenStore
from ..services.crypto import Keyring, KeyringError
from ..services.lwa import AccessToken
from .common import CLIENT_SECRET, REFRESH_TOKEN, AmazonCase

KEYRING = "odoo.addons.acorn_amazon_connector.models.acorn_amazon_keyring"
WORKERS = 4
SECRETS = (
    ("application", "client_secret", CLIENT_SECRET),
    ("store", "refresh_token", REFRESH_TOKEN),
)


@tagged("post_install", "-at_install")
class TestSecrets(AmazonCase):
    # A27
    def test_a_secret_is_never_read_back(self):
        for attribute, name, clear in SECRETS:
            record = getattr(self, attribute)
            with self.subTest(name):
                self.assertFalse(record[name])
                self.assertTrue(record[f"has_{name}"])
                self.assertEqual(record._get_secret(name), clear)
                self.assertEqual(record.read([name])[0][name], False)
                self.assertEqual(record.export_data([name])["datas"], [[""]])
                self.assertNotIn(clear, str(record.read()))

    def test_saving_in_the_web_client_does_not_answer_the_secret(self):
        for attribute, name, _clear in SECRETS:
            record = getattr(self, attribute)
            with self.subTest(name):
                secret = "brand-new-secret"
                answer = record.web_save({name: secret}, {name: {}, f"has_{name}": {}})
                self.assertFalse(answer[0][name])
                self.assertTrue(answer[0][f"has_{name}"])
                self.assertEqual(record._get_secret(name), secret)

    def test_the_database_holds_no_clear_secret(self):
        for attribute, name, clear in SECRETS:
            record = getattr(self, attribute)
            with self.subTest(name):
                self.env.flush_all()
                self.env.cr.execute(
                    f"SELECT row_to_json(t)::text FROM {record._table} t WHERE id = %s",
                    [record.id],
                )
                self.assertNotIn(clear, self.env.cr.fetchone()[0])

    def test_nobody_reaches_the_encrypted_field(self):
        admin = self.env.ref("base.user_admin")
        for attribute, name, _clear in SECRETS:
            record = getattr(self, attribute).with_user(admin)
            encrypted = f"{name}_encrypted"
            with self.subTest(name):
                self.assertNotIn(encrypted, record.fields_get())
                self.assertNotIn(encrypted, record.read()[0])
                with self.assertRaises(AccessError):
                    record.read([encrypted])
                with self.assertRaises(AccessError):
                    record.write({encrypted: "forged"})
                with self.assertRaises(AccessError):
                    record.search([(encrypted, "!=", False)])

    def test_a_manager_does_not_handle_the_application_secret(self):
        application = self.application.with_user(self.manager)
        self.assertNotIn("client_secret", application.read()[0])
        with self.assertRaises(AccessError):
            application.write({"client_secret": "mine"})
        self.store.with_user(self.manager).write({"refresh_token": "Atzr|new"})
        self.assertEqual(self.store._get_secret("refresh_token"), "Atzr|new")

    def test_a_user_may_not_replace_the_refresh_token(self):
        with self.assertRaises(AccessError):
            self.store.with_user(self.user).write({"refresh_token": "Atzr|mine"})
        self.assertEqual(self.store._get_secret("refresh_token"), REFRESH_TOKEN)

    def test_secrets_leave_no_trace_in_chatter(self):
        self.store.refresh_token = "Atzr|tracked?"
        self.application.client_secret = "tracked?"
        self.env.cr.precommit.run()
        for record in (self.store, self.application):
            text = str(record.message_ids.mapped("body"))
            values = record.message_ids.sudo().tracking_value_ids
            text += str(values.read(["old_value_char", "new_value_char"]))
            self.assertNotIn("tracked?", text)

    def test_duplicating_a_store_does_not_duplicate_its_authorisation(self):
        twin = self.store.copy({"seller_id": False})
        self.assertFalse(twin.has_refresh_token)
        self.assertEqual(twin.state, "draft")

    def test_clearing_a_secret(self):
        self.store.refresh_token = False
        self.assertFalse(self.store.has_refresh_token)
        self.assertEqual(self.store._get_secret("refresh_token"), "")


@tagged("post_install", "-at_install")
class TestKeyRotation(AmazonCase):
    # A17
    def setUp(self):
        super().setUp()
        self.old, self.new = (Fernet.generate_key().decode() for _ in range(2))

    def _use_keys(self, *keys):
        patcher = patch.dict(os.environ, {"ACORN_SECRET_KEYS": ",".join(keys)})
        patcher.start()
        self.addCleanup(patcher.stop)

    def _encrypt_only(self, *columns):
        """Leave alone what other keys of this server have encrypted."""
        keyring = type(self.env["acorn.amazon.keyring"])
        self.enterContext(
            patch.object(keyring, "_get_encrypted_columns", return_value=list(columns))
        )

    def _run_cron(self):
        cron = self.env.ref("acorn_amazon_connector.ir_cron_rotate_keys")
        with self.enter_registry_test_mode():
            self.assertIs(cron.method_direct_trigger(), True)
        self.env.invalidate_all()

    def test_rotation_makes_the_old_key_superfluous(self):
        self._use_keys(self.old)
        self.store.refresh_token = REFRESH_TOKEN
        self.application.client_secret = CLIENT_SECRET
        self._use_keys(self.new, self.old)
        self.assertEqual(self.store._get_secret("refresh_token"), REFRESH_TOKEN)
        self._encrypt_only(
            ("acorn.amazon.store", "refresh_token_encrypted"),
            ("acorn.amazon.application", "client_secret_encrypted"),
        )
        rotation = self.env["acorn.amazon.key.rotation"].create({})
        rotation.action_rotate()
        self.assertEqual(rotation.state, "running")
        self._run_cron()
        self.assertEqual(rotation.state, "done")
        self.assertTrue(rotation.finished_at)
        self.assertGreaterEqual(rotation.count, 2)
        token = self.store.refresh_token_encrypted.encode()
        with self.assertRaises(KeyringError):
            Keyring([self.old]).decrypt(token)
        self._use_keys(self.new)
        self.assertEqual(self.store._get_secret("refresh_token"), REFRESH_TOKEN)
        self.assertEqual(self.application._get_secret("client_secret"), CLIENT_SECRET)

    def test_a_lost_key_is_told_to_the_person(self):
        self._use_keys(self.old)
        self.store.refresh_token = REFRESH_TOKEN
        self._use_keys(self.new)
        with self.assertRaisesRegex(UserError, "does not have"):
            self.store._get_secret("refresh_token")
        self._use_keys("not-a-key")
        with self.assertRaisesRegex(UserError, "key 1"):
            self.store.refresh_token = "Atzr|new"

    # A27: what is entered again works, though the token from before is unreadable.
    def test_a_token_whose_key_is_lost_is_asked_for_again(self):
        foreign = Fernet(Fernet.generate_key()).encrypt(b"Atza|lost").decode()
        until = datetime.now(timezone.utc) + timedelta(hours=1)
        with self.enter_registry_test_mode():
            tokens = DatabaseTokenStore(self.env)
            tokens.set("mine", AccessToken("Atza|mine", until))
            self.assertEqual(tokens.get("mine").value, "Atza|mine")
            self.env.cr.execute(
                "UPDATE acorn_amazon_token SET value_encrypted = %s WHERE key = 'mine'",
                [foreign],
            )
            self.assertIsNone(tokens.get("mine"))

    def test_every_encrypted_column_exists(self):
        for model_name, name in self.env[
            "acorn.amazon.keyring"
        ]._get_encrypted_columns():
            field = self.env[model_name]._fields[name]
            self.assertTrue(field.store and field.column_type, name)

    def test_every_secret_field_is_rotated(self):
        columns = set(self.env["acorn.amazon.keyring"]._get_encrypted_columns())
        for model_name in self.env["acorn.amazon.secret.mixin"]._inherit_children:
            for name in self.env[model_name]._get_secret_fields().values():
                self.assertIn((model_name, name), columns)

    def test_only_a_system_administrator_rotates(self):
        with self.assertRaises(AccessError):
            self.env["acorn.amazon.keyring"].with_user(self.manager)._rotate_all()
        with self.assertRaises(AccessError):
            self.env["acorn.amazon.key.rotation"].with_user(self.manager).create({})

    def test_documents_are_rotated_too(self):
        self._use_keys(self.old)
        documents = self.env["acorn.amazon.exchange"]
        documents._keep(self.store, "order", [("305-1", None, {"orderId": "305-1"})])
        self._use_keys(self.new, self.old)
        self._encrypt_only(("acorn.amazon.exchange", "body"))
        with patch.object(type(self.env["ir.cron"]), "_commit_progress"):
            self.assertEqual(self.env["acorn.amazon.keyring"]._rotate_all(), 1)
        self._use_keys(self.new)
        document = documents.search([("store_id", "=", self.store.id)])
        self.assertEqual(document._get_payload(), {"orderId": "305-1"})

    def test_an_interrupted_rotation_goes_on_where_it_stopped(self):
        self._use_keys(self.old)
        documents = self.env["acorn.amazon.exchange"]
        names = [f"305-{number}" for number in range(5)]
        documents._keep(
            self.store, "order", [(name, None, {"orderId": name}) for name in names]
        )
        self._use_keys(self.new, self.old)
        self._encrypt_only(("acorn.amazon.exchange", "body"))
        self.enterContext(patch(f"{KEYRING}.ROTATION_BATCH", 2))
        rotation = self.env["acorn.amazon.key.rotation"].create({})
        rotation.action_rotate()
        cron = type(self.env["ir.cron"])
        with patch.object(cron, "_commit_progress", side_effect=[60.0, 0, 0]):
            rotation._cron_rotate()
        self.assertEqual((rotation.state, rotation.count), ("running", 2))
        self.assertEqual(rotation._count_remaining(), 3)
        following = self.env["acorn.amazon.key.rotation"].create({})
        self.assertEqual(following.previous_state, "running")
        self.assertEqual(following.previous_count, 2)
        self._run_cron()
        self.assertEqual((rotation.state, rotation.count), ("done", 5))
        self._use_keys(self.new)
        kept = documents.search([("store_id", "=", self.store.id)])
        self.assertEqual({doc._get_payload()["orderId"] for doc in kept}, set(names))

    def test_a_value_whose_key_is_lost_stops_no_rotation(self):
        self._use_keys(Fernet.generate_key().decode())
        self.application.client_secret = CLIENT_SECRET
        self._use_keys(self.old)
        self.store.refresh_token = REFRESH_TOKEN
        self._use_keys(self.new, self.old)
        self._encrypt_only(
            ("acorn.amazon.application", "client_secret_encrypted"),
            ("acorn.amazon.store", "refresh_token_encrypted"),
        )
        rotation = self.env["acorn.amazon.key.rotation"].create({})
        rotation.action_rotate()
        with self.assertLogs(KEYRING, "WARNING"):
            self._run_cron()
        self.assertEqual(rotation.state, "done")
        self.assertTrue(rotation.lost_count)
        self._use_keys(self.new)
        self.assertEqual(self.store._get_secret("refresh_token"), REFRESH_TOKEN)

    def _use_own_key_file(self):
        """Let the server keep its keys in a file of the test; return its path."""
        folder = self.enterContext(tempfile.TemporaryDirectory())
        path = os.path.join(folder, "test.key")
        environ = {n: v for n, v in os.environ.items() if n != "ACORN_SECRET_KEYS"}
        self.enterContext(patch.dict(os.environ, environ, clear=True))
        keyring = type(self.env["acorn.amazon.keyring"])
        self.enterContext(patch.object(keyring, "_get_key_file", return_value=path))
        return path

    # A27: what one worker encrypts with its new key stays readable.
    def test_two_workers_that_add_a_key_at_once(self):
        keyring = self.env["acorn.amazon.keyring"]
        path = self._use_own_key_file()
        keyring._get_keyring()
        first = Path(path).read_text().split()
        start = threading.Barrier(WORKERS)
        replace = os.replace

        def replace_slowly(*paths):
            time.sleep(0.05)
            replace(*paths)

        def add():
            start.wait()
            keyring._add_key()

        self.enterContext(patch("os.replace", replace_slowly))
        threads = [threading.Thread(target=add) for _number in range(WORKERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        keys = Path(path).read_text().split()
        self.assertEqual(len(set(keys)), 1 + WORKERS)
        self.assertEqual(keys[-1:], first)
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)

    def test_the_servers_own_key_file_gets_a_new_key_first(self):
        keyring = self.env["acorn.amazon.keyring"]
        path = self._use_own_key_file()
        token = keyring._encrypt(b"before")
        first = Path(path).read_text().split()
        keyring._add_key()
        keys = Path(path).read_text().split()
        self.assertEqual(keys[1:], first)
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        self.assertEqual(keyring._decrypt(token), b"before")
        self.assertEqual(
            Keyring(keys[:1]).decrypt(keyring._encrypt(b"after")), b"after"
        )


@tagged("post_install", "-at_install")
class TestNeutralize(AmazonCase):
    @mute_logger("odoo.sql_db")
    def test_a_neutralised_database_cannot_reach_a_seller(self):
        application = self._create_application(
            environment="production", simulator_url=False
        )
        live = self._create_store(application=application, seller_id="ALIVE")
        live.action_go_live()
        self.env.flush_all()
        with file_open("acorn_amazon_connector/data/neutralize.sql") as script:
            self.env.cr.execute(script.read())
        self.env.invalidate_all()
        self.assertEqual(live.state, "paused")
        self.assertFalse(live.has_refresh_token)
        self.assertFalse(application.has_client_secret)
        # The simulator is on this machine: a training database keeps working.
        self.assertTrue(self.store.has_refresh_token)
