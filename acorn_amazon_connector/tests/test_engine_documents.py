"""Raw documents: kept once, readable by few, gone in time (A8, A27, X13)."""

import json
import zlib
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import MANAGER_GROUP, USER_GROUP
from .order_documents import make_item, make_order
from .orders_common import OrdersCase


@tagged("post_install", "-at_install")
class TestDocuments(OrdersCase):
    countries = ("de",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = cls._create_user("amazon_user", USER_GROUP)
        cls.manager = cls._create_user("amazon_manager", MANAGER_GROUP)
        cls.admin = cls.env.ref("base.user_admin")

    def _kept(self, payload=None):
        payload = payload or make_order(make_item("LAMP"))
        self._keep(payload)
        return self._documents(payload["orderId"])

    # A8: as Amazon sent it, to the last character.
    def test_a_document_is_kept_as_it_is(self):
        payload = make_order(make_item("LAMP"), note="Größe 🎁 \x00 \ud83d", n=1.10)
        self.assertEqual(self._kept(payload)._get_payload(), payload)

    # A24: kept once, however often it is read and whatever the order of its keys.
    def test_the_same_document_again(self):
        payload = make_order(make_item("LAMP"))
        document = self._kept(payload)
        self._keep(dict(reversed(payload.items())), payload)
        self.assertEqual(self._documents(payload["orderId"]), document)

    def test_two_versions_are_two_documents(self):
        payload = make_order(make_item("LAMP"))
        self._keep(payload, payload | {"lastUpdatedTime": "2026-11-21T00:00:00Z"})
        self.assertEqual(len(self._documents(payload["orderId"])), 2)

    def test_the_same_document_for_two_stores(self):
        other = self._open_store(("de",), seller_id="AOTHERSELLER1")
        payload = make_order(make_item("LAMP"))
        self._keep(payload)
        self._keep(payload, store=other)
        self.assertEqual(len(self._documents(payload["orderId"])), 2)

    # A page is kept whatever is in it.
    def test_documents_without_a_usable_id(self):
        before = self.env["acorn.amazon.exchange"].search([])
        ids = [None, "", 7, ["a"], {"b": 1}, "\x00", "\ud800", "x" * 1000]
        exchanges = self.env["acorn.amazon.exchange"]
        new = exchanges._keep(
            self.store, "order", [(wrong, None, {"orderId": wrong}) for wrong in ids]
        )
        self.assertEqual(new, len(ids))
        documents = exchanges.search([]) - before
        self._apply()
        self.assertEqual(set(documents.mapped("state")), {"error"})
        self.assertTrue(all(documents.mapped("reason")))

    # A27: nothing of a buyer is readable in the database.
    def test_the_database_holds_no_clear_text(self):
        document = self._kept()
        self.env.cr.execute(
            "SELECT body FROM acorn_amazon_exchange WHERE id = %s", [document.id]
        )
        body = bytes(self.env.cr.fetchone()[0])
        for text in (b"Ada Quill", b"Lindenallee", b"LAMP", b"buyer"):
            self.assertNotIn(text, body)
        with self.assertRaises(zlib.error):
            zlib.decompress(body)
        self.env.cr.execute(
            "SELECT row_to_json(e)::text FROM acorn_amazon_exchange e WHERE id = %s",
            [document.id],
        )
        self.assertNotIn("Quill", self.env.cr.fetchone()[0])

    # X9: the decisions that everybody may read name no buyer.
    def test_decisions_name_no_buyer(self):
        document = self._kept()
        self._apply()
        said = json.dumps(document.decisions)
        for text in ("Ada", "Quill", "Lindenallee", "Kassel", "marketplace.amazon"):
            self.assertNotIn(text, said)

    # A27: the text is for managers, the stored body for nobody.
    def test_who_reads_what(self):
        document = self._kept()
        self.assertIn("Ada Quill", document.with_user(self.manager).payload_text)
        with self.assertRaises(AccessError):
            document.with_user(self.user).read(["payload_text"])
        for user in (self.user, self.manager, self.admin):
            with self.subTest(user.login), self.assertRaises(AccessError):
                document.with_user(user).read(["body"])
        fields_seen = document.with_user(self.user).fields_get()
        self.assertNotIn("body", fields_seen)
        self.assertNotIn("payload_text", fields_seen)
        self.user.group_ids |= self.env.ref("base.group_allow_export")
        with self.assertRaises(AccessError):
            document.with_user(self.user).export_data(["payload_text"])
        with self.assertRaises(AccessError):
            document.with_user(self.user).search([("payload_text", "ilike", "Ada")])

    # What happened is evidence: people retry, they do not rewrite.
    def test_nobody_rewrites_a_document(self):
        document = self._kept()
        for user in (self.user, self.manager):
            for values in (
                {"state": "done"},
                {"body": b"eA=="},
                {"external_id": "x"},
                {"res_id": 1},
            ):
                with self.subTest(user.login), self.assertRaises(AccessError):
                    document.with_user(user).write(values)
            with self.assertRaises(AccessError):
                document.with_user(user).unlink()

    # X13: finished business goes after the retention time, open business stays.
    def test_retention(self):
        done, waiting, fresh = (make_order(make_item("LAMP")) for _number in range(3))
        blocked = make_order(make_item("VASE"))
        self._receive(done, blocked, fresh)
        self._keep(waiting)
        old = fields.Datetime.now() - timedelta(days=541)
        aged = [done["orderId"], waiting["orderId"], blocked["orderId"]]
        self.env.cr.execute(
            "UPDATE acorn_amazon_exchange SET write_date = %s"
            " WHERE external_id = ANY(%s)",
            [old, aged],
        )
        self.env.invalidate_all()
        self.env["acorn.amazon.exchange"]._gc_exchanges()
        left = [
            bool(self._documents(payload["orderId"]))
            for payload in (done, waiting, blocked, fresh)
        ]
        self.assertEqual(left, [False, True, True, True])
        self.assertTrue(self._order(done))
