from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, new_test_user, tagged

from .common import MANAGER_GROUP, USER_GROUP
from .order_documents import make_item
from .stock_common import StockCase


@tagged("post_install", "-at_install")
class TestStockNumbers(StockCase):
    # A2
    def test_everything_free_is_shown(self):
        self.assertEqual(self.shown(), 100)
        self.assertEqual(self._offer().stock_state, "watched")

    # A2
    def test_receipts_and_losses(self):
        self._stock(self.lamp, 5)
        self.assertEqual(self.shown(), 105)
        self._stock(self.lamp, -105)
        self.assertEqual(self.shown(), 0)
        # Odoo may go below zero; Amazon may not.
        self._stock(self.lamp, -3)
        self.assertEqual(self.shown(), 0)

    # A19: numbers follow from rules; other programs cannot set them either.
    def test_what_only_the_connector_writes(self):
        user = new_test_user(self.env, "rpc_user", groups=USER_GROUP)
        manager = new_test_user(self.env, "rpc_manager", groups=MANAGER_GROUP)
        offer = self._offer()
        vals = {
            "target_quantity": 999,
            "stock_state": "waiting",
            "amazon_quantity": 999,
            "held_prices": {"price": "0.01"},
            "price_change_allowed": True,
            "sku": "ANOTHER",
            "listing_id": self._offer("MUG").listing_id.id,
        }
        for name, value in vals.items():
            with self.subTest(name), self.assertRaises(AccessError):
                offer.with_user(manager).write({name: value})
        offer.with_user(manager).price_floor = 5.0
        listing = offer.listing_id.with_user(user)
        for name, value in (("sku", "ANOTHER"), ("fulfillment_channel", "AMAZON")):
            with self.subTest(name), self.assertRaises(AccessError):
                listing.write({name: value})
        listing.product_id = self.mug
        self.assertEqual(listing.match, "manual")

    # A2
    def test_only_what_changed_is_computed(self):
        before = self._offer("MUG").write_date
        self._stock(self.lamp, 5)
        self.shown()
        self.assertEqual(self._offer("MUG").write_date, before)

    # A2: another channel's order takes units from Amazon, reserved or not.
    def test_sales_of_other_channels(self):
        order = self._sell(self.lamp, 30)
        self.assertEqual(self.shown(), 70)
        order.picking_ids.do_unreserve()
        self.assertEqual(self.shown(), 70)
        order.picking_ids.action_assign()
        order.picking_ids.button_validate()
        self.assertEqual(self.shown(), 70)

    # A2
    def test_promises_beyond_the_stock(self):
        self._sell(self.lamp, 130)
        self.assertEqual(self.shown(), 0)
        self._stock(self.lamp, 40)
        self.assertEqual(self.shown(), 10)

    # A2
    def test_cancelled_sale(self):
        order = self._sell(self.lamp, 30)
        self.assertEqual(self.shown(), 70)
        order._action_cancel()
        self.assertEqual(self.shown(), 100)

    # A2
    def test_moves_inside_the_warehouse(self):
        self.warehouse.delivery_steps = "pick_ship"
        order = self._sell(self.lamp, 30)
        self.assertEqual(self.shown(), 70)
        pick = order.picking_ids.filtered(lambda p: p.state == "assigned")
        pick.button_validate()
        self.assertEqual(self.shown(), 70)

    # A2
    def test_other_warehouses_are_not_offered(self):
        other = self.env["stock.warehouse"].create({"name": "Other", "code": "OTH"})
        self._stock(self.lamp, 50, other.lot_stock_id)
        self.assertEqual(self.shown(), 100)

    # A2
    def test_rule_of_the_marketplace(self):
        participations = self.store.participation_ids
        participations.write({"stock_buffer": 10, "stock_ratio": 0.5})
        self.assertEqual(self.shown(), 40)
        participations.stock_cap = 15
        self.assertEqual(self.shown(), 15)
        participations.stock_policy = "zero"
        self.assertEqual(self.shown(), 0)
        participations.stock_policy = "leave"
        self._compute()
        self.assertEqual(self._offer().stock_state, "none")

    # A2
    def test_rule_of_a_listing(self):
        self.store.participation_ids.stock_buffer = 10
        listing = self._offer().listing_id
        listing.write({"has_own_stock_rule": True, "stock_buffer": 1})
        self.assertEqual(self.shown("LAMP"), 99)
        self.assertEqual(self.shown("MUG"), 90)

    # A2
    def test_rule_with_an_end(self):
        end = fields.Datetime.now() - timedelta(seconds=1)
        self.store.participation_ids.stock_until = end
        self.assertEqual(self.shown(), 0)

    # A2: the end comes by itself.
    def test_time_runs_out(self):
        now = fields.Datetime.now()
        self.store.participation_ids.stock_until = now + timedelta(minutes=5)
        self.assertEqual(self.shown(), 100)
        task = self.store.task_ids.filtered(
            lambda task: task.flow_id.code == "stock_publish"
        )
        with freeze_time(now + timedelta(minutes=16)):
            task.action_run_now()
            self.assertEqual(self.shown(), 0)

    # A2
    def test_locations_of_a_rule(self):
        shelf = self.env["stock.location"].create(
            {"name": "Amazon shelf", "location_id": self.warehouse.lot_stock_id.id}
        )
        self._stock(self.lamp, 7, shelf)
        self.store.participation_ids.stock_location_ids = shelf
        self.assertEqual(self.shown(), 7)

    # A2: in Europe a quantity belongs to seller and SKU; rules that differ give the
    # smaller number.
    def test_one_quantity_for_europe(self):
        offers = self._offer("LAMP").listing_id.offer_ids
        self.assertEqual(len(offers), 2)
        self.assertEqual(len(offers.quantity_owner_id), 1)
        self._participation("gb").stock_cap = 12
        self.assertEqual(self.shown(), 12)
        self._participation("gb").active = False
        self.assertEqual(self.shown(), 100)

    # A2: the owner's marketplace is switched off, another one takes over.
    def test_owner_of_the_quantity_is_switched_off(self):
        owner = self._offer()
        owner.participation_id.active = False
        self._compute()
        successor = self._offer()
        self.assertNotEqual(successor, owner)
        self.assertTrue(successor.participation_id.active)
        self.assertEqual(successor.target_quantity, 100)

    # A2: Odoo's quantity must not turn an offer of FBA into one of the seller.
    def test_listing_at_amazon_is_never_managed(self):
        listing = self.env["acorn.amazon.listing"].create(
            {
                "store_id": self.store.id,
                "sku": "LAMP",
                "product_id": self.lamp.id,
                "fulfillment_channel": "AMAZON",
            }
        )
        offers = self._create_offers(listing)
        self._stock(self.lamp, 5)
        self._compute()
        self.assertEqual(set(offers.mapped("stock_state")), {"none"})
        self.assertFalse(any(offers.mapped("stock_dirty")))

    # A2
    def test_product_that_odoo_does_not_count(self):
        service = self.env["product.product"].create(
            {"name": "PRINT", "default_code": "PRINT", "type": "consu"}
        )
        self._offer("MUG").listing_id.product_id = service
        self._compute()
        self.assertEqual(self._offer("MUG").stock_state, "none")

    # A2
    def test_two_listings_share_a_product(self):
        self._offer("MUG").listing_id.product_id = self.lamp
        self.assertEqual(self.shown("MUG"), 100)
        halves = self.listings
        halves.write({"has_own_stock_rule": True, "stock_ratio": 0.5})
        self.assertEqual(self.shown("LAMP") + self.shown("MUG"), 100)

    # A2
    def test_emergency(self):
        self.store.stock_mode = "publish"
        self.store.action_stock_to_zero()
        self.store.stock_mode = "watch"
        self.assertEqual(self.shown(), 0)
        self.store.action_stock_from_zero()
        self.assertEqual(self.shown(), 100)

    # A2
    def test_emergency_needs_a_store_that_sends(self):
        with self.assertRaisesRegex(UserError, "does not send stock"):
            self.store.action_stock_to_zero()

    def test_wrong_rules_are_refused(self):
        participation = self.store.participation_ids[0]
        for vals in ({"stock_ratio": 1.5}, {"stock_buffer": -1}, {"stock_cap": -1}):
            with self.assertRaises(ValidationError):
                participation.write(vals)

    # X9
    def test_explanation(self):
        self.store.participation_ids.write({"stock_buffer": 4, "stock_ratio": 0.5})
        self._sell(self.lamp, 30)
        self.shown()
        text = self._offer().explanation
        for part in ("On hand", "Promised to others", "50%", "Held back", "31"):
            self.assertIn(part, text)

    def test_users_see_and_managers_decide(self):
        user = new_test_user(self.env, "clerk", groups=USER_GROUP)
        manager = new_test_user(self.env, "boss", groups=MANAGER_GROUP)
        offer = self._offer()
        self.assertTrue(offer.with_user(user).explanation)
        with self.assertRaises(AccessError):
            offer.with_user(user).action_publish_stock()
        with self.assertRaises(AccessError):
            self.store.with_user(user).action_stock_to_zero()
        self.store.stock_mode = "publish"
        self.assertTrue(self.store.with_user(manager).action_stock_to_zero())

    def test_forms_open(self):
        for record in (
            self._offer().listing_id,
            self.store.participation_ids[0],
            self.store,
        ):
            with Form(record):
                pass

    # === WHAT AMAZON SOLD === #

    # A2: an order whose payment is pending holds its units back.
    def test_pending_order(self):
        payload = self._read("PENDING", 10)
        self.assertEqual(self.shown(), 90)
        self.assertFalse(self._order(payload))

    # A2
    def test_pending_order_is_cancelled(self):
        payload = self._read("PENDING", 10)
        self._read("CANCELLED", 10, payload)
        self.assertEqual(self.shown(), 100)

    # A2
    def test_pending_order_becomes_an_order(self):
        payload = self._read("PENDING", 10)
        payload = self._read("UNSHIPPED", 10, payload)
        self.assertEqual(self.shown(), 90)
        self._apply()
        order = self._order(payload)
        self.assertEqual(self.shown(), 90)
        order.picking_ids.button_validate()
        self.assertEqual(self.shown(), 90)

    # A2
    def test_pending_order_that_never_ends(self):
        self._read("PENDING", 10)
        self.env["acorn.amazon.demand"].search([]).write(
            {"placed_at": fields.Datetime.now() - timedelta(days=8)}
        )
        self.store._mark_all_stock()
        self.assertEqual(self.shown(), 100)
        self.store.pending_days = 9
        self.store._mark_all_stock()
        self.assertEqual(self.shown(), 90)

    # A2: an order that waits for a person still is an order.
    def test_blocked_order(self):
        payload = self._learn(make_item("LAMP", quantity=10), make_item("UNKNOWN"))
        self._apply()
        self.assertFalse(self._order(payload))
        self.assertEqual(self.shown(), 90)

    # A2: orders that Odoo will never ship hold nothing back.
    def test_ignored_order(self):
        channel = {"channelName": "NON_AMAZON", "marketplaceId": "A1PA6795UKMFR9"}
        payload = self._learn(make_item("LAMP", quantity=10), salesChannel=channel)
        self.assertEqual(self.shown(), 90)
        self._apply()
        self.assertEqual(self.shown(), 100)
        # Read again on a page with other orders, it says nothing new.
        self.env["acorn.amazon.demand"]._learn(self.store, [payload])
        self.assertEqual(self.shown(), 100)

    # A2
    def test_older_document_changes_nothing(self):
        payload = self._read("UNSHIPPED", 10)
        item_id = payload["orderItems"][0]["orderItemId"]
        self._learn(
            make_item("LAMP", quantity=99, item_id=item_id),
            order_id=payload["orderId"],
            updated="2020-01-01T00:00:00Z",
        )
        self.assertEqual(self.shown(), 90)

    # A2
    def test_documents_that_cannot_be_read_are_left_to_the_importer(self):
        demand = self.env["acorn.amazon.demand"]
        demand._learn(self.store, [None, {}, [], {"orderId": 3}, {"orderItems": "x"}])
        self.assertFalse(demand.search([]))

    def _read(self, status, units, before=None):
        """A document of an order of LAMP arrives; ``before`` is an earlier one."""
        same = {}
        if before:
            same["order_id"] = before["orderId"]
        item_id = before and before["orderItems"][0]["orderItemId"]
        item = make_item(
            "LAMP", quantity=units, **({"item_id": item_id} if item_id else {})
        )
        return self._learn(item, status=status, **same)
