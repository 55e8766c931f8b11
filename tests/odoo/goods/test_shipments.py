"""What leaves the warehouse is what Amazon shows its buyers (A1, A33)."""

import logging
import random
from collections import Counter

from odoo.tests import tagged

from odoo.addons.acorn_amazon_connector.tests.order_documents import (
    make_item,
    make_order,
)

from tests.odoo.common import needs_simulator
from tests.odoo.shop import FINISHED, ShopCase

TASK = "odoo.addons.acorn_amazon_connector.models.acorn_amazon_task"
CONFIRM = "ordersV0.confirmShipment"


class ShipmentCase(ShopCase):
    regions = ("eu",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store = cls.stores["eu"]
        cls.sku, cls.other_sku = sorted(
            sku for sku, product in cls.products.items() if product.tracking == "none"
        )[:2]
        product = cls.env["product.product"].create(
            {"name": "Shipping", "type": "service"}
        )
        cls.dhl, cls.local_courier = cls.env["delivery.carrier"].create(
            [
                {"name": name, "product_id": product.id, "fixed_price": 0}
                for name in ("DHL", "Rosa's Bikes")
            ]
        )

    def import_order(self, *items, **options):
        """Let a buyer order, and import it.

        :return: sale order
        """
        payload = make_order(*(items or [make_item(self.sku, "30.00", 3)]), **options)
        self.place("eu", payload)
        self.sync()
        order = self.order(payload["orderId"])
        self.assertTrue(order, self.documents(payload["orderId"]).mapped("reason"))
        return order

    def open_picking(self, order):
        return order.picking_ids.filtered(lambda p: p.state not in FINISHED)

    def ship(self, order, tracking="00340434161094042557", carrier=None, units=None):
        """Validate the open delivery of an order, whole or SKU → units.

        :return: the delivery
        """
        picking = self.open_picking(order)
        picking.carrier_id = self.dhl if carrier is None else carrier
        picking.carrier_tracking_ref = tracking
        for move in picking.move_ids:
            if units is not None:
                move.quantity = units.get(move.product_id.default_code, 0)
            move.picked = bool(move.quantity)
        picking.with_context(skip_backorder=True).button_validate()
        self.assertEqual(picking.state, "done")
        return picking

    def send(self):
        """Let the runner send what waits, as the cron would in time."""
        self.task("eu", "shipments").action_run_now()
        self.run_cron("remote")

    def sent(self, order):
        """What Amazon has taken of an order, by the number of the parcel."""
        query = f"shipments?order_id={order.acorn_amazon_order_id}"
        shipments = self.simulator.control(query)["shipments"]
        return {int(s["package_reference_id"]): s for s in shipments}

    def refusals(self, order):
        """Words of the simulator for what it has refused."""
        query = f"shipments?order_id={order.acorn_amazon_order_id}"
        refused = self.simulator.control(query)["refused"]
        return [refusal["reason"] for refusal in refused]

    def units_sent(self, order):
        """SKU → units that Amazon has been told of."""
        units = Counter()
        for shipment in self.sent(order).values():
            for item in shipment["items"]:
                units[item["sku"]] += item["quantity"]
        return dict(units)

    def assert_told(self, order):
        """Amazon knows exactly what has left, parcel by parcel."""
        delivered = {
            line.product_id.default_code: int(line.qty_delivered)
            for line in order.order_line
            if line.acorn_amazon_charge == "item" and line.qty_delivered
        }
        self.assertEqual(self.units_sent(order), delivered)
        sent = self.sent(order)
        packages = order.acorn_amazon_package_ids
        self.assertEqual(set(packages.mapped("state")), {"confirmed"})
        self.assertEqual(
            {
                package.reference: (package.tracking_number, package.carrier_id.code)
                for package in packages
            },
            {
                number: (shipment["tracking_number"], shipment["carrier_code"])
                for number, shipment in sent.items()
            },
        )

    def confirm_elsewhere(self, order, units):
        """Confirm some units in Seller Central, and read the order again."""
        item_id = order.order_line.acorn_amazon_order_item_id
        self.change(
            order.acorn_amazon_order_id,
            "confirm",
            package={
                "packageReferenceId": "9",
                "createdTime": self.simulator.control("clock")["now"],
                "packageStatus": {"status": "SHIPPED"},
                "carrier": "DHL",
                "trackingNumber": "00340434161094049999",
                "packageItems": [{"orderItemId": item_id, "quantity": units}],
            },
        )
        self.sync()
        self.assertEqual(order.acorn_amazon_status, "PARTIALLY_SHIPPED")

    def calls(self):
        return len(self.simulator.requests(operation=CONFIRM))


@needs_simulator
@tagged("standard", "post_install")
class TestShipments(ShipmentCase):
    # A1, A33: the whole way, and nothing comes back as a surprise.
    def test_a_delivery_is_confirmed(self):
        order = self.import_order()
        picking = self.ship(order)
        package = picking.acorn_amazon_package_ids
        self.assertEqual(package.state, "to_send")
        self.assertEqual(package.reference, 1)
        self.assertEqual(self.calls(), 0)
        self.run_cron("remote")
        self.assertEqual(package.state, "confirmed")
        self.assertTrue(package.request_id)
        self.assert_told(order)
        shipment = self.sent(order)[1]
        self.assertEqual(shipment["request_id"], package.request_id)
        self.assertEqual(shipment["shipping_method"], "DHL")
        self.wait()
        self.sync()
        self.assertEqual(order.acorn_amazon_status, "SHIPPED")
        self.assertFalse(self.incident("shipped_elsewhere"))
        self.assertEqual(order.order_line.qty_delivered, 3)
        self.assertEqual(package.amazon_status, "SHIPPED")
        self.assertEqual(len(order.acorn_amazon_package_ids), 1)
        self.assertEqual(self.calls(), 1)

    # A8: what was said to Amazon is kept word by word.
    def test_the_document_is_kept(self):
        order = self.import_order()
        self.ship(order)
        self.send()
        document = self.documents(
            f"{order.acorn_amazon_order_id}/1", kind="shipment_confirmation"
        )
        self.assertEqual(document.direction, "out")
        self.assertEqual(document.outcome, "shipment_sent")
        detail = document._get_payload()["packageDetail"]
        self.assertEqual(detail["packageReferenceId"], "1")
        self.assertEqual(detail["carrierCode"], "DHL")
        self.assertEqual(detail["orderItems"][0]["quantity"], 3)

    # A1: each parcel has its own number, its content and its tracking number.
    def test_two_parcels(self):
        order = self.import_order(
            make_item(self.sku, "30.00", 3), make_item(self.other_sku, "5.00")
        )
        picking = self.open_picking(order)
        first, second = picking.move_ids
        first.move_line_ids.quantity = 2
        first.move_line_ids.action_put_in_pack()
        rest = picking.move_line_ids.create(
            {
                **first._prepare_move_line_vals(quantity=1),
                "picking_id": picking.id,
                "move_id": first.id,
            }
        )
        (rest | second.move_line_ids).action_put_in_pack()
        self.ship(order, "00340434161094042557, 00340434161094042564")
        packages = picking.acorn_amazon_package_ids.sorted("reference")
        self.assertEqual(packages.mapped("unit_count"), [2, 2])
        self.assertEqual(len(packages.parcel_id), 2)
        self.send()
        self.assert_told(order)
        self.assertEqual(
            packages.mapped("tracking_number"),
            ["00340434161094042557", "00340434161094042564"],
        )
        self.wait()
        self.sync()
        self.assertEqual(order.acorn_amazon_status, "SHIPPED")

    # A1: what stays behind is open at Amazon, until it leaves as well.
    def test_a_part_and_its_backorder(self):
        order = self.import_order()
        self.ship(order, "00340434161094042557", units={self.sku: 1})
        self.send()
        self.assert_told(order)
        self.wait()
        self.sync()
        self.assertEqual(order.acorn_amazon_status, "PARTIALLY_SHIPPED")
        self.assertFalse(self.incident("shipped_elsewhere"))
        self.ship(order, "00340434161094042564")
        self.send()
        self.assertEqual(order.acorn_amazon_package_ids.mapped("reference"), [2, 1])
        self.assert_told(order)
        self.wait()
        self.sync()
        self.assertEqual(order.acorn_amazon_status, "SHIPPED")

    # A33: the label comes later than the goods leave.
    def test_late_tracking(self):
        order = self.import_order()
        picking = self.ship(order, tracking=False)
        package = picking.acorn_amazon_package_ids
        self.assertEqual(package.state, "waiting")
        self.assertEqual(picking.acorn_amazon_shipment, "waiting")
        self.send()
        self.assertEqual(self.calls(), 0)
        picking.carrier_tracking_ref = "00340434161094042557"
        self.assertEqual(package.state, "to_send")
        self.run_cron("remote")
        self.assert_told(order)

    # A33: a wrong number is corrected where the warehouse works.
    def test_a_correction(self):
        order = self.import_order()
        picking = self.ship(order)
        self.send()
        self.wait()
        self.sync()
        picking.carrier_tracking_ref = "00340434161094042564"
        self.run_cron("remote")
        self.assert_told(order)
        self.assertEqual(self.sent(order)[1]["edits"], 1)
        picking.acorn_amazon_package_ids.write(
            {
                "carrier_id": self.env.ref("acorn_amazon_connector.carrier_ups").id,
                "tracking_number": "1Z999AA10123456784",
            }
        )
        self.run_cron("remote")
        self.assert_told(order)
        self.assertEqual(self.sent(order)[1]["edits"], 2)
        self.wait()
        self.sync()
        self.assertEqual(order.acorn_amazon_package_ids.state, "confirmed")

    # A33: a carrier that Amazon does not know is named.
    def test_another_carrier(self):
        order = self.import_order()
        self.ship(order, "RB-17", carrier=self.local_courier)
        self.send()
        self.assert_told(order)
        shipment = self.sent(order)[1]
        self.assertEqual(shipment["carrier_code"], "Other")
        self.assertEqual(shipment["carrier_name"], "Rosa's Bikes")

    # A1: Amazon's own shipments are not ours to confirm.
    def test_amazons_own_orders(self):
        item = make_item(self.sku, "10.00", shipped=1)
        order = self.import_order(item, by="AMAZON", status="SHIPPED")
        self.assertEqual(order.delivery_status, "full")
        self.assertFalse(order.acorn_amazon_package_ids)
        self.send()
        self.assertEqual(self.calls(), 0)

    # A1: what was shipped before it was imported is known to Amazon.
    def test_shipped_before_it_was_imported(self):
        order = self.import_order(
            make_item(self.sku, "30.00", 3, shipped=3), status="SHIPPED"
        )
        self.assertEqual(order.delivery_status, "full")
        self.assertFalse(order.acorn_amazon_package_ids)

    # A1: an order that Amazon labels itself is left alone; one that it labels only
    # now is refused with Amazon's words, and no longer needed when it comes again.
    def test_ship_plus(self):
        known = self.import_order(programs=["FBM_SHIP_PLUS"])
        package = self.ship(known).acorn_amazon_package_ids
        self.assertEqual(package.state, "not_needed")
        self.assertIn("Ship+", package.explanation)
        order = self.import_order()
        self.change(order.acorn_amazon_order_id, "enroll", program="FBM_SHIP_PLUS")
        picking = self.ship(order)
        self.send()
        package = picking.acorn_amazon_package_ids
        self.assertEqual(package.state, "refused")
        self.assertIn("Ship+", package.amazon_message)
        self.assertIn("Ship+", picking.acorn_amazon_shipment_text)
        self.assertEqual(self.refusals(order), ["ship_plus"])
        incident = self.incident("shipment_refused")
        self.assertIn(package.display_name, incident.details)
        self.assertEqual(self.store.shipments_refused_count, 1)
        document = self.documents(package.display_name)
        self.assertEqual(document.outcome, "shipment_refused")
        self.assertFalse(self.incident("blocked_documents"))
        self.wait()
        self.sync()
        self.assertEqual(package.state, "not_needed")
        self.assertEqual(incident.state, "closed")
        self.assertFalse(self.refusals(known))

    # A14: a refusal stops nobody else, and is over when it is corrected.
    def test_one_refusal_among_others(self):
        orders = [self.import_order(make_item(self.sku)) for _number in range(3)]
        for order in orders:
            self.ship(order)
        # Amazon refuses the second for a reason of its own.
        self.simulator.fault("bad_request", operation=CONFIRM, after=1, times=1)
        self.send()
        states = [order.acorn_amazon_package_ids.state for order in orders]
        self.assertEqual(states, ["confirmed", "refused", "confirmed"])
        incident = self.incident("shipment_refused")
        self.assertTrue(incident)
        orders[1].acorn_amazon_package_ids.action_send_again()
        self.run_cron("remote")
        for order in orders:
            self.assert_told(order)
        self.assertEqual(incident.state, "closed")

    # A13: nothing is lost while Amazon is down, and everything goes out after.
    def test_amazon_is_down(self):
        orders = [self.import_order(make_item(self.sku)) for _number in range(2)]
        task = self.task("eu", "shipments")
        for order in orders:
            self.ship(order)
        for kind, options in (
            ("unavailable", {}),
            ("cut", {}),
            ("html", {"status": 502}),
            # The page of a proxy is not Amazon's word, whatever its status.
            ("intercepted", {"status": 200}),
        ):
            with self.subTest(kind):
                self.simulator.fault(kind, operation=CONFIRM, **options)
                with self.assertLogs(TASK, "WARNING"):
                    self.send()
                self.assertEqual(task.state, "failing")
                for order in orders:
                    self.assertEqual(order.acorn_amazon_package_ids.state, "to_send")
                # Who ships more meanwhile does not shorten the wait.
                before = self.calls()
                self.run_cron("remote")
                self.assertEqual(self.calls(), before)
                self.simulator.heal()
        self.send()
        for order in orders:
            self.assert_told(order)
            self.assertEqual(order.acorn_amazon_package_ids.reference, 1)

    # A21: too many calls are no failure.
    def test_amazon_is_busy(self):
        order = self.import_order()
        package = self.ship(order).acorn_amazon_package_ids
        self.simulator.fault("throttle", operation=CONFIRM)
        self.send()
        task = self.task("eu", "shipments")
        # Not its state: the wait may be over by now.
        self.assertTrue(task.parked_until)
        self.assertFalse(task.failure_count)
        self.assertEqual(package.state, "to_send")
        self.simulator.heal()
        self.send()
        self.assert_told(order)

    # A1, A21: what is confirmed elsewhere meanwhile is not confirmed once more.
    def test_confirmed_elsewhere_while_amazon_is_busy(self):
        order = self.import_order()
        package = self.ship(order).acorn_amazon_package_ids
        self.simulator.fault("throttle", operation=CONFIRM)
        self.send()
        self.confirm_elsewhere(order, 2)
        self.simulator.heal()
        self.send()
        self.assertEqual((package.state, package.item_ids.quantity), ("confirmed", 1))
        self.assertFalse(self.refusals(order))

    # A19: the answer is lost, not the shipment; asking again ships nothing twice.
    def test_a_lost_answer(self):
        order = self.import_order()
        self.ship(order)
        # A gateway answers instead of Amazon, which has served the call.
        self.simulator.fault("html", operation=CONFIRM, status=502, times=1)
        with self.assertLogs(TASK, "WARNING"):
            self.send()
        self.assertTrue(self.sent(order))
        self.assertEqual(order.acorn_amazon_package_ids.state, "to_send")
        self.send()
        self.assert_told(order)
        self.assertEqual(self.units_sent(order), {self.sku: 3})

    # A19: a worker dies between the call and its record.
    def test_a_crash_before_the_answer_is_recorded(self):
        order = self.import_order()
        package = self.ship(order).acorn_amazon_package_ids
        self.send()
        # As the database was before the answer was recorded.
        package.sudo().write({"state": "sending", "confirmed_at": False})
        self.wait()
        self.task("eu").action_run_now()
        self.run_cron("remote")
        self.apply()
        self.assertEqual(order.acorn_amazon_status, "SHIPPED")
        self.assertEqual(package.state, "sending")
        self.send()
        self.assert_told(order)
        self.assertEqual(self.sent(order)[1]["edits"], 1)
        self.assertEqual(package.attempts, 2)
        self.assertFalse(self.incident("shipped_elsewhere"))

    # X7: a watched store says nothing to Amazon; what waits goes out when it is live.
    def test_only_a_live_store_sends(self):
        order = self.import_order()
        self.ship(order)
        for stop in (self.store.action_shadow, self.store.action_pause):
            stop()
            self.send()
            self.assertEqual(self.calls(), 0)
        self.store.action_resume()
        self.store.action_go_live()
        self.store.confirm_shipments = False
        self.send()
        self.assertEqual(self.calls(), 0)
        self.store.confirm_shipments = True
        self.send()
        self.assert_told(order)

    # A1: cancelled at Amazon while the parcel waits for its number.
    def test_cancelled_meanwhile(self):
        order = self.import_order()
        package = self.ship(order, tracking=False).acorn_amazon_package_ids
        self.change(order.acorn_amazon_order_id, "cancel")
        self.sync()
        self.assertEqual(package.state, "not_needed")
        self.assertEqual(package.reason_code, "cancelled_at_amazon")

    # A1: somebody confirmed it in Seller Central; its numbers are not ours to take.
    def test_confirmed_in_seller_central(self):
        order = self.import_order()
        self.confirm_elsewhere(order, 2)
        package = self.ship(order).acorn_amazon_package_ids
        self.assertEqual(package.reference, 10)
        self.send()
        self.assertEqual(package.state, "confirmed")
        self.assertEqual(package.item_ids.quantity, 1)
        self.assertFalse(self.refusals(order))

    # A21: many at once keep Amazon's pace.
    def test_faster_than_amazon_allows(self):
        self.simulator.control("settings", {"throttling": True})
        self.addCleanup(self.simulator.control, "settings", {"throttling": False})
        payloads = [make_order(make_item(self.sku)) for _number in range(14)]
        self.place("eu", *payloads)
        self.sync()
        for payload in payloads:
            self.ship(self.order(payload["orderId"]))
        for _round in range(10):
            self.send()
            if not self.task("eu", "shipments").backlog:
                break
        for payload in payloads:
            self.assert_told(self.order(payload["orderId"]))
        log = self.simulator.requests(operation=CONFIRM)
        statuses = [call["status"] for call in log]
        self.assertLessEqual(set(statuses), {204, 429})
        # Two clocks and a network lie between our count and Amazon's.
        self.assertLessEqual(statuses.count(429), 2)


@needs_simulator
@tagged("standard", "post_install")
class TestAnyMixture(ShipmentCase):
    def deliver_some(self, dice, order):
        """Ship a part or all of what is open, in one parcel or two."""
        picking = self.open_picking(order)
        if not picking:
            return
        units = {
            move.product_id.default_code: dice.randint(0, int(move.product_uom_qty))
            for move in picking.move_ids
        }
        if not any(units.values()):
            units = None
        tracking = dice.choice([False, self.new_number(dice), self.new_number(dice)])
        self.ship(order, tracking, units=units)

    def new_number(self, dice):
        return f"0034043416109{dice.randint(0, 9999999):07d}"

    def correct_some(self, dice, orders):
        pickings = orders.picking_ids.filtered(lambda p: p.state == "done")
        if pickings:
            picking = dice.choice(list(pickings))
            picking.carrier_tracking_ref = self.new_number(dice)

    def disturb(self, dice):
        kind = dice.choice(["unavailable", "html", "cut", "throttle"])
        options = {"status": 502} if kind == "html" else {}
        self.simulator.fault(kind, operation=CONFIRM, probability=0.3, **options)

    # A1, A13, A19: whatever goes wrong in between, in the end Amazon knows exactly what
    # has left, and nothing twice.
    def test_any_mixture_of_deliveries_corrections_and_faults(self):
        logging.getLogger(TASK).setLevel(logging.CRITICAL)
        self.addCleanup(logging.getLogger(TASK).setLevel, logging.NOTSET)
        for seed in range(3):
            with self.subTest(seed=seed):
                dice = random.Random(seed)
                payloads = [
                    make_order(
                        make_item(self.sku, "30.00", dice.randint(1, 4)),
                        make_item(self.other_sku, "5.00", dice.randint(1, 3)),
                    )
                    for _number in range(4)
                ]
                self.place("eu", *payloads)
                self.sync()
                orders = self.env["sale.order"].union(
                    *(self.order(payload["orderId"]) for payload in payloads)
                )
                self.disturb(dice)
                for _step in range(10):
                    self.deliver_some(dice, dice.choice(list(orders)))
                    self.correct_some(dice, orders)
                    self.send()
                    if dice.random() < 0.3:
                        self.wait()
                        self.sync()
                self.simulator.heal()
                self.finish(dice, orders)

    def finish(self, dice, orders):
        packages = orders.acorn_amazon_package_ids
        # Otherwise nothing was mixed.
        self.assertGreater(len(packages), len(orders))
        self.assertGreater(max(packages.mapped("attempts")), 1)
        for package in packages.filtered(lambda p: p.state == "waiting"):
            package.tracking_number = self.new_number(dice)
        self.send()
        for order in orders.filtered("acorn_amazon_package_ids"):
            self.assert_told(order)
            self.assertFalse(self.refusals(order))
        self.wait()
        self.sync()
        self.assertFalse(self.incident("shipped_elsewhere"))
        for order in orders:
            is_done = order.delivery_status == "full"
            self.assertEqual(order.acorn_amazon_status == "SHIPPED", is_done)
