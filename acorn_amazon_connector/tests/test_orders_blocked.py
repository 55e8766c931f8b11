"""Orders that wait for a person, and how they go on (A1, A13, X4)."""

from datetime import datetime
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..mappers.errors import BlockedError
from .common import USER_GROUP
from .order_documents import make_item, make_order, new_order_id
from .orders_common import OrdersCase

IMPORTER = "odoo.addons.acorn_amazon_connector.jobs.acorn_amazon_order_importer"
APPLY_JOB = "odoo.addons.acorn_amazon_connector.jobs.acorn_amazon_job_orders_apply"


@tagged("post_install", "-at_install")
class TestBlockedOrders(OrdersCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = cls._create_user("amazon_user", USER_GROUP)

    # A1: one unknown SKU stops its own order only, and one click goes on.
    def test_an_unknown_sku(self):
        good = make_order(make_item("LAMP"))
        bad = make_order(make_item("LAMP"), make_item("VASE", "20.00"))
        self._receive(bad, good)
        self.assertEqual(self._order(good).state, "sale")
        document = self._documents(bad["orderId"])
        self.assert_blocked(document, "unknown_sku")
        self.assertEqual(document.reason_data["sku"], "VASE")
        self.assertIn("VASE", document.reason)
        vase = self.env["product.product"].create(
            {"name": "Vase", "default_code": "V-1", "is_storable": True}
        )
        self.env["acorn.amazon.listing"].create(
            {
                "store_id": self.store.id,
                "sku": "VASE",
                "fulfillment_channel": "MERCHANT",
                "product_id": vase.id,
            }
        )
        document.with_user(self.user).action_retry()
        self._apply()
        self.assertEqual(document.state, "done", document.reason)
        self.assertEqual(self._order(bad).amount_total, 30.0)
        self.assertFalse(self._incident("blocked_documents"))
        self.assertTrue(self._incident("blocked_documents", state="closed"))

    # All that has to be done is told at once, not one SKU after the other.
    def test_several_unknown_skus(self):
        items = [make_item(sku) for sku in ("VASE", "LAMP", "JUG", "VASE")]
        document = self._receive(make_order(*items))
        self.assert_blocked(document, "unknown_sku")
        self.assertEqual(document.reason_data["skus"], ["VASE", "JUG"])
        self.assertIn("VASE, JUG", document.reason)
        self.assertEqual(document.blocked_sku, "VASE")
        self.mug.default_code = "VASE"
        document.action_retry()
        self._apply()
        self.assertEqual(document.blocked_sku, "JUG")
        self.assertNotIn("VASE", document.reason)

    # The same SKU shipped by the seller and by Amazon may be two products.
    def test_one_sku_in_two_channels(self):
        listings = self.env["acorn.amazon.listing"]
        for channel, product in (("MERCHANT", self.lamp), ("AMAZON", self.mug)):
            listings.create(
                {
                    "store_id": self.store.id,
                    "sku": "DUAL",
                    "fulfillment_channel": channel,
                    "product_id": product.id,
                }
            )
        own = self._import(make_item("DUAL"))
        amazons = self._import(make_item("DUAL"), by="AMAZON", status="SHIPPED")
        self.assertEqual(own.order_line.product_id, self.lamp)
        self.assertEqual(amazons.order_line.product_id, self.mug)

    # Two products with one code: nobody guesses which one to ship.
    def test_an_ambiguous_sku(self):
        self.mug.default_code = "LAMP"
        document = self._receive(make_order(make_item("LAMP")))
        self.assert_blocked(document, "unknown_sku")

    # An order that was blocked and comes again in a newer version is done; its old
    # version does not keep a person busy.
    def test_a_newer_version_of_a_blocked_order(self):
        payload = make_order(make_item("VASE"))
        old = self._receive(payload)
        self.assert_blocked(old, "unknown_sku")
        self.mug.default_code = "VASE"
        newer = payload | {"lastUpdatedTime": "2026-11-20T12:00:00Z"}
        self._receive(newer)
        self.assertTrue(self._order(payload))
        self.assertEqual(old.state, "superseded")
        self.assertFalse(self._incident("blocked_documents"))

    def test_a_newer_version_that_is_cancelled(self):
        payload = make_order(make_item("VASE"))
        old = self._receive(payload)
        newer = make_order(
            make_item("VASE"),
            order_id=payload["orderId"],
            status="CANCELLED",
            updated="2026-11-20T12:00:00Z",
        )
        documents = self._receive(newer)
        self.assertEqual(documents.mapped("state"), ["superseded", "ignored"])
        self.assertEqual(old.state, "superseded")
        self.assertFalse(self._incident("blocked_documents"))

    # An order that is here knows its products, whatever became of their codes.
    def test_a_change_of_an_order_whose_sku_is_gone(self):
        item = make_item("LAMP", "30.00", 3)
        payload = make_order(item)
        self._receive(payload)
        self.lamp.default_code = "LAMP-2027"
        item |= {"quantityOrdered": 1, "_money": ({"ITEM": "10.00"}, None)}
        newer = make_order(
            item, order_id=payload["orderId"], updated="2026-11-20T12:00:00Z"
        )
        document = self._receive(newer)[-1]
        self.assertEqual(document.state, "done", document.reason)
        order = self._order(payload)
        self.assertEqual(order.amount_total, 10.0)
        self.assertEqual(order.order_line.product_id, self.lamp)

    # A SKU that was mapped anew keeps none of Amazon's changes from an open order.
    def test_a_change_of_an_order_whose_sku_is_another_product_now(self):
        item = make_item("LAMP", "30.00", 3)
        payload = make_order(item)
        self._receive(payload)
        self.lamp.default_code = "LAMP-2027"
        self.mug.default_code = "LAMP"
        item |= {"quantityOrdered": 1, "_money": ({"ITEM": "10.00"}, None)}
        item["cancellation"] = {"cancellationRequest": {"requester": "BUYER"}}
        newer = make_order(
            item, order_id=payload["orderId"], updated="2026-11-20T12:00:00Z"
        )
        document = self._receive(newer)[-1]
        self.assertEqual(document.state, "done", document.reason)
        order = self._order(payload)
        line = self._lines(order)
        self.assertEqual(line.product_id, self.lamp)
        self.assertEqual(line.product_uom_qty, 1.0)
        self.assertTrue(order.acorn_amazon_on_hold)

    # A retry of an old version never overwrites the newer one.
    def test_a_retry_of_an_old_version(self):
        item = make_item("LAMP", "30.00", 3)
        payload = make_order(item)
        old = self._receive(payload)
        item |= {"quantityOrdered": 1, "_money": ({"ITEM": "10.00"}, None)}
        newer = make_order(
            item, order_id=payload["orderId"], updated="2026-11-20T12:00:00Z"
        )
        self._receive(newer)
        old.action_retry()
        self._apply()
        self.assertEqual(old.state, "superseded")
        self.assertEqual(self._order(payload).amount_total, 10.0)

    def test_another_currency(self):
        document = self._receive(make_order(make_item("LAMP"), currency="PLN"))
        self.assert_blocked(document, "currency_mismatch")
        self.assertIn("PLN", document.reason)
        self.assertIn("EUR", document.reason)

    def test_a_marketplace_without_settings(self):
        document = self._receive(make_order(make_item("LAMP"), country="FR"))
        self.assert_blocked(document, "marketplace_not_connected")
        rows = [self._participation_row(country) for country in ("de", "gb", "fr")]
        participations = self.env["acorn.amazon.participation"]
        participations._refresh(self.store, rows)._create_proposed()
        document.action_retry()
        self._apply()
        self.assertEqual(document.state, "done")

    # "Switch off to leave this marketplace out of the imports."
    def test_a_marketplace_that_is_switched_off(self):
        self._participation("gb").active = False
        payload = make_order(make_item("LAMP"), country="GB")
        document = self._receive(payload)
        self.assertEqual(document.state, "ignored")
        self.assertEqual(document.reason_code, "marketplace_off")
        self.assertFalse(self._order(payload))
        self.assertFalse(self._incident("blocked_documents"))

    # Once it is here, an order is followed wherever its marketplace went.
    def test_an_order_of_a_marketplace_switched_off_later(self):
        order = self._import(make_item("LAMP"), country="GB")
        self._participation("gb").active = False
        cancelled = make_order(
            make_item("LAMP"),
            country="GB",
            order_id=order.acorn_amazon_order_id,
            status="CANCELLED",
            updated="2026-11-20T12:00:00Z",
        )
        self._receive(cancelled)
        self.assertEqual(order.state, "cancel")

    # A seller who changes the application has two stores; an order comes once.
    def test_an_order_that_another_store_has_imported(self):
        payload = make_order(make_item("LAMP"))
        self._receive(payload)
        self.store.action_pause()
        successor = self._open_store(("de",))
        self._keep(payload, store=successor)
        self._apply()
        document = self._documents(payload["orderId"])[-1]
        self.assertEqual(document.store_id, successor)
        self.assert_blocked(document, "imported_by_other_store", order_count=1)
        # What shall not, and then must not be shipped stays in the first store's
        # warehouse.
        order = self._order(payload)
        self.assertFalse(order.acorn_amazon_on_hold)
        item = make_item("LAMP")
        item["cancellation"] = {"cancellationRequest": {"requester": "BUYER"}}
        options = {"order_id": payload["orderId"], "updated": "2026-11-21T08:00:00Z"}
        self._keep(make_order(item, **options), store=successor)
        self._apply()
        self.assertTrue(order.acorn_amazon_on_hold)
        options["updated"] = "2026-11-21T09:00:00Z"
        self._keep(make_order(item, status="CANCELLED", **options), store=successor)
        self._apply()
        self.assertEqual(order.state, "cancel")
        self.assertEqual(self._documents(payload["orderId"])[-1].state, "done")

    def test_two_stores_of_one_seller_are_never_both_live(self):
        self.store._require_reauthorization("invalid_grant")
        successor = self._open_store(("de",))
        self.store._authorise(self.store.seller_id, "Atzr|again")
        self.assertEqual(successor.state, "live")
        self.assertEqual(self.store.state, "shadow")
        self.assertIn("only watches", self.store.message_ids[0].body)

    def test_amounts_that_are_missing(self):
        payload = make_order(make_item("LAMP", None), proceeds=None)
        self.assert_blocked(self._receive(payload), "no_amounts")

    def test_a_status_that_nobody_knows(self):
        document = self._receive(make_order(make_item("LAMP"), status="TELEPORTED"))
        self.assert_blocked(document, "unknown_status")
        self.assertIn("TELEPORTED", document.reason)

    # A16: the older interface has no field for a tip, only a total that contains it.
    def test_a_tip_in_the_older_interface(self):
        kept = self._receive_older("13.00")
        self.assert_blocked(kept, "totals_do_not_balance")
        self.assertIn("tips", kept.reason)
        self.assertEqual(kept.amazon_total, 13.0)

    # A1, A16: all of it has left, only Amazon waits for the invoice still.
    def test_an_invoice_that_amazon_waits_for(self):
        kept = self._receive_older("10.00", OrderStatus="InvoiceUnconfirmed")
        self.assertEqual(kept.state, "done", kept.reason)
        order = self.env["sale.order"].browse(kept.res_id)
        self.assertEqual(order.acorn_amazon_status, "SHIPPED")
        self.assertEqual(order.delivery_status, "full")

    def _receive_older(self, total, **changes):
        """Apply an order of one lamp, for 10.00, as Orders v0 gives it.

        :param str total: what the order comes to
        :return: its document
        """
        order_id = new_order_id()
        order = {
            "AmazonOrderId": order_id,
            "PurchaseDate": "2026-11-20T09:15:30Z",
            "LastUpdateDate": "2026-11-20T09:15:30Z",
            "OrderStatus": "Unshipped",
            "FulfillmentChannel": "MFN",
            "MarketplaceId": self._marketplace("de").amazon_id,
            "OrderTotal": {"CurrencyCode": "EUR", "Amount": total},
            **changes,
        }
        item = {
            "OrderItemId": "70000000000001",
            "SellerSKU": "LAMP",
            "QuantityOrdered": 1,
            "ItemPrice": {"CurrencyCode": "EUR", "Amount": "10.00"},
        }
        document = (order_id, None, {"order": order, "items": [item]})
        exchanges = self.env["acorn.amazon.exchange"]
        exchanges._keep(self.store, "order_v0", [document])
        self._apply()
        return self._documents(order_id)

    # Owner and clerk need not speak one language: each reads the reason in theirs.
    def test_the_reason_is_in_the_readers_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.store.user_id = self.user
        self.user.lang = "zh_CN"
        cancelled = make_order(make_item("LAMP"), status="CANCELLED")
        document = self._receive(cancelled)
        in_english = document.with_context(lang="en_US").reason
        self.assertEqual(in_english, "Cancelled before it could become an order here.")
        in_chinese = document.with_context(lang="zh_CN").reason
        self.assertTrue(in_chinese)
        self.assertNotEqual(in_chinese, in_english)

    # A reason of somebody else's addon is shown as it was given.
    def test_a_reason_that_has_no_sentence(self):
        importer = type(self.env["acorn.amazon.order.importer"])
        error = BlockedError("age_check", "Ask for the buyer's age.", {})
        with patch.object(importer, "_decide_taxes", side_effect=error):
            document = self._receive(make_order(make_item("LAMP")))
        self.assert_blocked(document, "age_check")
        self.assertEqual(document.reason, "Ask for the buyer's age.")

    # A16: Amazon's shape changes: the document is kept and says where it is odd.
    def test_a_document_of_another_shape(self):
        payload = make_order(make_item("LAMP"))
        payload["orderItems"][0]["quantityOrdered"] = "one"
        good = make_order(make_item("MUG"))
        self._receive(payload, good)
        document = self._documents(payload["orderId"])
        self.assertEqual(document.state, "error")
        self.assertIn("orderItems[0].quantityOrdered", document.reason)
        self.assertEqual(document.currency_id.name, "EUR")
        self.assertEqual(document.amazon_total, 10.0)
        self.assertEqual(document._get_payload(), payload)
        self.assertTrue(self._order(good))

    # An error leaves a trace, and Retry works.
    def test_an_error_of_ours(self):
        bad, good = make_order(make_item("LAMP")), make_order(make_item("MUG"))
        sale_order = type(self.env["sale.order"])
        create = sale_order.create

        def fail_for_lamps(orders, values_list):
            codes = orders.env["product.product"].browse(
                line[2]["product_id"]
                for values in values_list
                for line in values["order_line"]
            )
            if self.lamp in codes:
                raise ZeroDivisionError("a bug")
            return create(orders, values_list)

        with (
            patch.object(sale_order, "create", fail_for_lamps),
            self.assertLogs(IMPORTER, "ERROR"),
        ):
            self._receive(bad, good)
        document = self._documents(bad["orderId"])
        self.assertEqual(document.state, "error")
        self.assertEqual(document.reason_code, "ZeroDivisionError")
        self.assertEqual(document.attempts, 1)
        self.assertTrue(self._incident("blocked_documents"))
        self.assertTrue(self._order(good))
        document.action_retry()
        self._apply()
        self.assertEqual(document.state, "done")
        self.assertEqual(document.attempts, 2)

    # A tax that Odoo refuses to create stops its own order, and leaves nothing.
    def test_a_tax_that_cannot_be_created(self):
        bad = make_order(make_item("LAMP", "105.00", tax="5.00"))
        good = make_order(make_item("MUG"))
        tax_class = type(self.env["account.tax"])
        copy = tax_class.copy
        words = "This tax is not allowed"

        def refuse(tax, default=None):
            copy(tax, default)
            raise UserError(words)

        count = self.env["account.tax"].search_count([])
        with (
            patch.object(tax_class, "copy", refuse),
            self.assertLogs(IMPORTER, "WARNING") as log,
        ):
            self._receive(bad, good)
        # It is for people to mend, not a mistake of ours.
        self.assertEqual([record.levelname for record in log.records], ["WARNING"])
        self.assertTrue(self._order(good))
        document = self._documents(bad["orderId"])
        self.assertEqual(document.state, "error")
        self.assertEqual(document.reason, words)
        self.assertEqual(self.env["account.tax"].search_count([]), count)

    # A mistake in a rule of ours sets one order aside, not the whole store.
    def test_a_mistake_while_deciding(self):
        bad, good = make_order(make_item("LAMP")), make_order(make_item("MUG"))
        importer = type(self.env["acorn.amazon.order.importer"])
        decide = importer._decide_taxes

        def fail_for_lamps(importer, lookups, plan, line, product):
            if product == self.lamp:
                raise KeyError("a rule that nobody tested")
            return decide(importer, lookups, plan, line, product)

        with (
            patch.object(importer, "_decide_taxes", fail_for_lamps),
            self.assertLogs(IMPORTER, "ERROR"),
        ):
            self._receive(bad, good)
        self.assertTrue(self._order(good))
        document = self._documents(bad["orderId"])
        self.assertEqual(document.state, "error")
        document.action_retry()
        self._apply()
        self.assertEqual(document.state, "done")

    # Ten documents, two of them bad: eight are in, whatever the halves look like.
    def test_bad_ones_among_many(self):
        payloads = [make_order(make_item("LAMP")) for _number in range(8)]
        payloads.insert(3, make_order(make_item("VASE")))
        payloads.insert(7, make_order(make_item("LAMP"), total="1.00"))
        self._receive(*payloads)
        states = [self._documents(p["orderId"]).state for p in payloads]
        self.assertEqual(states.count("done"), 8)
        self.assertEqual([states[3], states[7]], ["blocked", "blocked"])

    # A database error in one order must not take the others with it.
    def test_an_order_that_the_database_refuses(self):
        bad, good = make_order(make_item("LAMP")), make_order(make_item("MUG"))
        bad["buyer"]["buyerName"] = "Trigger"
        self.env.cr.execute(
            "ALTER TABLE res_partner ADD CONSTRAINT acorn_test"
            " CHECK (name <> 'Trigger')"
        )
        bad["buyer"]["buyerEmail"] = "trigger@marketplace.amazon.de"
        with mute_logger("odoo.sql_db", IMPORTER):
            self._receive(bad, good)
        self.assertTrue(self._order(good))
        document = self._documents(bad["orderId"])
        self.assertEqual(document.state, "error")
        self.assertTrue(document.reason)

    # A1: what a replacement replaces is known, whatever else is in the batch.
    def test_a_replacement_in_a_batch_that_is_split(self):
        self.env.cr.execute(
            "ALTER TABLE sale_order ADD CONSTRAINT acorn_test"
            " CHECK (client_order_ref <> 'Trigger')"
        )
        first = make_order(make_item("LAMP"), updated="2026-11-20T09:20:00Z")
        bad = make_order(make_item("MUG"), updated="2026-11-20T10:00:00Z")
        bad["buyer"]["buyerPurchaseOrderNumber"] = "Trigger"
        link = {
            "orderId": first["orderId"],
            "associationType": "REPLACEMENT_ORIGINAL_ID",
        }
        second = make_order(
            make_item("LAMP", "0.00"),
            updated="2026-11-20T11:00:00Z",
            associatedOrders=[link],
        )
        with mute_logger("odoo.sql_db", IMPORTER):
            self._receive(first, bad, second)
        self.assertEqual(self._documents(bad["orderId"]).state, "error")
        self.assertTrue(self._order(first))
        self.assertEqual(
            self._order(second).acorn_amazon_original_order_id, self._order(first)
        )

    # X7: watching creates nothing, going live applies what was watched.
    def test_shadow(self):
        self.store.action_shadow()
        payload = make_order(make_item("LAMP", "119.00", tax="19.00"))
        blocked = make_order(make_item("VASE"))
        partners = self.env["res.partner"].search_count([])
        taxes = self.env["account.tax"].search_count([])
        self._receive(payload, blocked)
        document = self._documents(payload["orderId"])
        self.assertEqual(document.state, "shadow")
        self.assertEqual(document.decisions["expected_total"], "119.00")
        self.assertFalse(self._order(payload))
        self.assertEqual(self.env["res.partner"].search_count([]), partners)
        self.assertEqual(self.env["account.tax"].search_count([]), taxes)
        self.store.action_go_live()
        self._apply()
        self.assertEqual(document.state, "done")
        self.assertEqual(self._order(payload).amount_total, 119.0)

    def _watch(self, *payloads):
        """Let a watched store read versions of one order, an hour apart."""
        self.store.action_shadow()
        for hour, payload in enumerate(payloads, start=9):
            version = datetime(2026, 11, 20, hour)
            documents = [(payload["orderId"], version, payload)]
            self.env["acorn.amazon.exchange"]._keep(self.store, "order", documents)
            self._apply()
        return self._documents(payloads[0]["orderId"])

    # X7: what was cancelled while it was watched is never created.
    def test_cancelled_while_it_was_watched(self):
        payload = make_order(make_item("LAMP"), updated="2026-11-20T09:00:00Z")
        cancelled = make_order(
            make_item("LAMP"),
            order_id=payload["orderId"],
            status="CANCELLED",
            updated="2026-11-20T10:00:00Z",
        )
        documents = self._watch(payload, cancelled)
        self.assertEqual(documents.mapped("state"), ["shadow", "ignored"])
        self.store.action_go_live()
        self._apply()
        self.assertFalse(self._order(payload))
        self.assertEqual(documents.mapped("state"), ["superseded", "ignored"])

    # X7: what left while it was watched is not put up for shipping again, however
    # many documents wait.
    def test_shipped_while_it_was_watched(self):
        payload = make_order(make_item("LAMP"), updated="2026-11-20T09:00:00Z")
        shipped = make_order(
            make_item("LAMP", shipped=1),
            order_id=payload["orderId"],
            status="SHIPPED",
            updated="2026-11-20T10:00:00Z",
        )
        self._watch(payload, shipped)
        self.store.action_go_live()
        with patch(f"{APPLY_JOB}.BATCH", 1):
            self._apply()
        order = self._order(payload)
        self.assertEqual(order.acorn_amazon_status, "SHIPPED")
        self.assertEqual(set(order.picking_ids.mapped("state")), {"done"})
        self.assertFalse(self._incident("shipped_elsewhere", order))

    def test_a_waiting_document_is_not_retried(self):
        payload = make_order(make_item("LAMP"))
        self._keep(payload)
        with self.assertRaises(UserError):
            self._documents(payload["orderId"]).action_retry()

    def test_a_stranger_cannot_retry(self):
        document = self._receive(make_order(make_item("VASE")))
        stranger = self._create_user("stranger")
        with self.assertRaises(AccessError):
            document.with_user(stranger).action_retry()

    def test_orders_are_not_deleted(self):
        order = self._import()
        order.action_cancel()
        with self.assertRaises(UserError):
            order.unlink()

    # A copy is another order, not Amazon's.
    def test_a_copy_is_not_amazons(self):
        copy = self._import().copy()
        self.assertFalse(copy.acorn_amazon_order_id)
        self.assertFalse(copy.acorn_amazon_store_id)
        self.assertFalse(any(copy.order_line.mapped("acorn_amazon_charge")))
