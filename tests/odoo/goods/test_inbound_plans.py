"""Goods are sent to Amazon's warehouses, step by step (A31)."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from odoo.addons.acorn_amazon_connector.tests.common import USER_GROUP

from tests.odoo.common import needs_simulator
from tests.odoo.goods.test_fba_stock import FbaCase

CREATE = "fulfillmentInbound.createInboundPlan"
TASK_LOG = "odoo.addons.acorn_amazon_connector.models.acorn_amazon_task"
ADDRESS = {
    "name": "Fernhollow Lager",
    "street": "Hafenweg 3",
    "zip": "20457",
    "city": "Hamburg",
    "phone": "+49 40 123456",
}


@needs_simulator
@tagged("standard", "post_install")
class TestInboundPlans(FbaCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        known = sorted({r["sku"] for r in cls.stocks() if r["pool"] == "EU"})
        cls.skus = [s for s in known if s in cls.products][:2]
        cls.lamp, cls.vase = (cls.products[sku] for sku in cls.skus)
        cls.product = cls.lamp
        cls.env["acorn.amazon.listing"].create(
            [
                {
                    "store_id": cls.store.id,
                    "sku": sku,
                    "fulfillment_channel": "AMAZON",
                    "product_id": cls.products[sku].id,
                }
                for sku in cls.skus
            ]
        )
        country = cls.env.ref("base.de").id
        cls.warehouse.partner_id = cls.env["res.partner"].create(
            {**ADDRESS, "country_id": country}
        )
        cls.inbound = cls.store._get_fba_places()["inbound"]

    def setUp(self):
        super().setUp()
        self.simulator.control("settings", {"inbound_operation_seconds": 0})

    # === WHAT PEOPLE DO === #

    def transfer(self, units, place=None):
        """A transfer to Amazon, reserved.

        :param units: dict product → units
        """
        place = place or self.inbound
        source = self.warehouse.lot_stock_id
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.int_type_id.id,
                "location_id": source.id,
                "location_dest_id": place.id,
                "move_ids": [
                    (
                        0,
                        0,
                        {
                            "product_id": product.id,
                            "product_uom_qty": count,
                            "product_uom": product.uom_id.id,
                            "location_id": source.id,
                            "location_dest_id": place.id,
                        },
                    )
                    for product, count in units.items()
                ],
            }
        )
        picking.action_confirm()
        picking.action_assign()
        return picking

    def plan(self, units=None, user=None, **vals):
        """The plan of a transfer."""
        picking = self.transfer(units or {self.lamp: 6, self.vase: 4})
        picking = picking.with_user(user) if user else picking
        action = picking.action_acorn_amazon_send()
        plan = picking.env["acorn.amazon.inbound.plan"].browse(action["res_id"])
        plan.write(vals)
        return plan

    def run_inbound(self):
        self.task("eu", "fba_inbound").action_run_now()
        self.run_cron("remote")

    def send(self, plan):
        plan.action_send()
        self.run_inbound()

    def choose(self, options, number=0):
        option = options[number]
        option.with_context(acorn_amazon_fee_shown=option.fee).action_confirm()
        self.run_inbound()

    def pack(self, plan):
        """All in boxes, as a clerk would."""
        if plan.unpacked_count:
            plan.action_fill_boxes()
        for box in plan.box_ids:
            box.write({"box_length": 40, "width": 30, "height": 30, "weight": 9.5})
        plan.action_send_boxes()
        self.run_inbound()

    def place_goods(self, plan, number=0):
        self.send(plan)
        if plan.packing_option_ids and not plan.packing_option_id:
            self.choose(plan.packing_option_ids)
        self.pack(plan)
        self.choose(plan.placement_option_ids, number)

    def choose_transport(self, plan, solution):
        for shipment in plan.shipment_ids:
            shipment.transport_option_id = shipment.option_ids.filtered(
                lambda option: option.solution == solution
            )
        seen = {"acorn_amazon_fee_shown": plan.transport_cost}
        plan.with_context(**seen).action_confirm_transport()
        self.run_inbound()

    def at_amazon(self):
        query = f"inbound?seller_id={self.store.seller_id}"
        return self.simulator.control(query)["plans"]

    def asked(self, operation=CREATE):
        return [r["status"] for r in self.simulator.requests(operation=operation)]

    # === THE WHOLE WAY === #

    # A31: transfer → plan → boxes → placement → transport → labels → received.
    def test_the_whole_way(self):
        self.follow()
        stock = self.booked()
        worker = self._create_user("worker", "stock.group_stock_user")
        plan = self.plan(user=worker)
        Form(plan)
        picking = plan.picking_id
        self.assertEqual(plan.state, "draft")
        self.assertEqual(sum(plan.item_ids.mapped("quantity")), 10)
        self.assertFalse(self.at_amazon())
        self.send(plan)
        self.assertEqual((plan.state, plan.phase), ("packing", False), plan.problem)
        self.assertEqual(len(plan.packing_option_ids), 2)
        self.choose(plan.packing_option_ids)
        self.assertEqual(plan.packing_option_id.status, "ACCEPTED")
        plan.action_get_product_labels()
        self.run_inbound()
        self.assertIn("/web/content/", plan.action_get_product_labels()["url"])
        with self.assertRaisesRegex(UserError, "of 6 units are in boxes"):
            plan.action_send_boxes()
        self.pack(plan)
        self.assertEqual((plan.state, plan.phase), ("placement", False), plan.problem)
        dear = plan.placement_option_ids[0]
        self.assertEqual((dear.fee, dear.currency_id.name), (3.0, "EUR"))
        self.assertRegex(dear.time_left, "7[0-9] h")
        # Nothing that costs money goes without somebody who saw the fee.
        with self.assertRaisesRegex(UserError, "3.0"):
            dear.action_confirm()
        self.choose(plan.placement_option_ids)
        self.assertEqual((plan.state, plan.phase), ("transport", False), plan.problem)
        shipment = plan.shipment_ids
        self.assertRegex(shipment.confirmation_id, "^FBA15")
        self.assertIn(shipment.confirmation_id, picking.acorn_amazon_inbound_state)
        shipment.transport_option_id = shipment.option_ids.filtered(
            lambda option: option.solution == "AMAZON_PARTNERED_CARRIER"
        )
        with self.assertRaisesRegex(UserError, "6.9"):
            plan.action_confirm_transport()
        self.choose_transport(plan, "AMAZON_PARTNERED_CARRIER")
        self.assertEqual((plan.state, plan.phase), ("ready", False), plan.problem)
        Form(plan)
        self.assertTrue(shipment.sudo().label_id.raw.startswith(b"%PDF"))
        self.assertEqual(shipment.label_id.res_id, picking.id)
        self.assertIn(str(plan.label_id.id), plan.action_print_labels()["url"])
        self.assertTrue(shipment.tracking)
        self.assertEqual(picking.carrier_tracking_ref, shipment.tracking)
        picking.button_validate()
        self.assertEqual((picking.state, plan.state), ("done", "shipped"))
        self.assertEqual(self.booked("inbound"), 6)
        self.receive(shipment)
        self.read_fba()
        self.assertEqual(self.booked(), stock + 6)
        self.assertEqual(self.booked("inbound"), 0)
        self.assertEqual(shipment.received_count, 10)
        plan.action_refresh()
        self.run_inbound()
        self.assertEqual((shipment.status, plan.state), ("CLOSED", "closed"))
        self.assert_equal_to_amazon()

    def receive(self, shipment):
        self.simulator.control(
            "inbound", {"shipment_id": shipment.confirmation_id, "action": "receive"}
        )
        self.wait(30)

    # A31: with a carrier of one's own, its days and numbers are told to Amazon.
    def test_own_carrier_by_way_of_several_shipments(self):
        plan = self.plan({self.lamp: 6})
        plan.box_ids.create(
            {
                "plan_id": plan.id,
                "count": 3,
                "box_length": 40,
                "width": 30,
                "height": 30,
                "weight": 9,
                "line_ids": [(0, 0, {"item_id": plan.item_ids.id, "quantity": 2})],
            }
        )
        self.place_goods(plan, number=1)
        self.assertEqual(plan.state, "transport", plan.problem)
        # One SKU leaves nothing to choose; the free placement splits the goods.
        self.assertEqual(len(plan.shipment_ids), 2)
        self.assertEqual(sorted(plan.shipment_ids.mapped("box_count")), [1, 2])
        self.assertEqual(plan.box_ids.mapped("count"), [1, 1, 1])
        self.assertTrue(all(plan.shipment_ids.mapped("window_option_id")))
        self.choose_transport(plan, "USE_YOUR_OWN_CARRIER")
        self.assertEqual((plan.state, plan.problem), ("ready", False))
        self.assertEqual(len(plan.shipment_ids.label_id), 2)
        self.assertNotIn(plan.label_id, plan.shipment_ids.label_id)
        with self.assertRaisesRegex(UserError, "tracking numbers of"):
            plan.action_send_tracking()
        plan.picking_id.carrier_tracking_ref = "ONE, TWO, THREE"
        plan.picking_id.button_validate()
        self.assertEqual(plan.state, "shipped")
        self.run_inbound()
        self.assertEqual(set(plan.shipment_ids.mapped("status")), {"SHIPPED"})
        self.assertEqual(set(plan.box_ids.mapped("tracking")), {"ONE", "TWO", "THREE"})
        with self.assertRaisesRegex(UserError, "have left"):
            plan.action_cancel()

    # A31: Odoo's packages become boxes, in the units of Amazon's country.
    def test_packages_become_boxes(self):
        kind = self.env["stock.package.type"].create(
            {"name": "Carton", "packaging_length": 400, "width": 300, "height": 254}
        )
        package = self.env["stock.package"].create(
            {"name": "PACK1", "package_type_id": kind.id, "shipping_weight": 7.5}
        )
        picking = self.transfer({self.lamp: 6})
        picking.move_line_ids.result_package_id = package
        action = picking.action_acorn_amazon_send()
        plan = self.env["acorn.amazon.inbound.plan"].browse(action["res_id"])
        self.send(plan)
        box = plan.box_ids
        self.assertEqual((box.name, box.contents), ("PACK1", f"6 × {self.skus[0]}"))
        size = (box.box_length, box.width, box.height, box.weight)
        self.assertEqual(size, (40.0, 30.0, 25.4, 7.5))
        plan.sudo().write({"weight_unit": "LB", "size_unit": "IN"})
        vals = box._prepare_from_package(plan, package, {plan.item_ids: 6})
        self.assertAlmostEqual(vals["height"], 10.0)
        self.assertAlmostEqual(vals["weight"], 16.53, 2)

    # A31: what is missing is told in words, before Amazon is asked.
    def test_what_is_missing(self):
        strange = self.env["product.product"].create(
            [
                {"name": "No listing", "is_storable": True},
                {
                    "name": "By weight",
                    "is_storable": True,
                    "uom_id": self.env.ref("uom.product_uom_kgm").id,
                },
            ]
        )
        self.env["acorn.amazon.listing"].create(
            {
                "store_id": self.store.id,
                "sku": "KG",
                "fulfillment_channel": "AMAZON",
                "product_id": strange[1].id,
            }
        )
        picking = self.transfer(dict.fromkeys(strange, 2) | {self.lamp: 1.5})
        with self.assertRaises(UserError) as caught:
            picking.action_acorn_amazon_send()
        text = str(caught.exception)
        self.assertIn("No listing has no FBA listing", text)
        self.assertIn("By weight is counted in kg", text)
        self.assertIn("whole units only, not 1.5", text)
        plan = self.plan()
        self.warehouse.partner_id.write({"phone": False, "zip": False})
        with self.assertRaisesRegex(UserError, "no postal code, phone number"):
            plan.action_send()
        self.assertFalse(self.asked())

    # A31: goods in the FBA stock itself would be there twice when Amazon has them.
    def test_a_transfer_to_the_wrong_place(self):
        picking = self.transfer({self.lamp: 1}, self.store.fba_location_id)
        picking.action_acorn_amazon_send()
        self.assertEqual(picking.location_dest_id, self.inbound)
        self.assertEqual(picking.move_line_ids.location_dest_id, self.inbound)
        elsewhere = self.transfer({self.lamp: 1}, self.warehouse.lot_stock_id)
        self.assertFalse(elsewhere.acorn_amazon_can_send)
        with self.assertRaisesRegex(UserError, "does not go to the FBA stock"):
            elsewhere.action_acorn_amazon_send()

    # === FAULTS === #

    # A31: an answer that got lost never makes a second plan.
    def test_a_lost_answer(self):
        plan = self.plan()
        self.simulator.fault("cut_body", operation="createInboundPlan", times=1)
        plan.action_send()
        with self.assertLogs(TASK_LOG, "WARNING"):
            self.run_inbound()
        self.assertEqual((plan.phase, plan.amazon_id), ("sending", False))
        self.run_inbound()
        self.assertEqual((plan.state, plan.problem), ("packing", False))
        self.assertEqual(len(self.at_amazon()), 1)
        self.assertEqual(self.at_amazon()[0]["name"], plan.reference)

    # A31: what never arrived is sent again, but not before Amazon could list it.
    def test_a_plan_that_never_arrived(self):
        plan = self.plan()
        self.simulator.fault("unavailable", operation="createInboundPlan", times=1)
        plan.action_send()
        with self.assertLogs(TASK_LOG, "WARNING"):
            self.run_inbound()
        self.run_inbound()
        self.assertEqual(plan.phase, "sending")
        self.assertFalse(self.at_amazon())
        plan.attempted_at = fields.Datetime.now() - timedelta(minutes=5)
        self.run_inbound()
        self.assertEqual((plan.state, plan.problem), ("packing", False))
        self.assertEqual(len(self.at_amazon()), 1)

    # A31: nor is it, when the answer to the second try gets lost as well.
    def test_two_lost_answers(self):
        plan = self.plan()
        self.simulator.fault("cut", operation="createInboundPlan", times=1)
        plan.action_send()
        with self.assertLogs(TASK_LOG, "WARNING"):
            self.run_inbound()
        plan.attempted_at = fields.Datetime.now() - timedelta(minutes=5)
        self.simulator.fault("lost", operation="createInboundPlan", times=1)
        with self.assertLogs(TASK_LOG, "WARNING"):
            self.run_inbound()
        self.assertEqual((plan.phase, plan.amazon_id), ("sending", False))
        # Amazon has it now, but lists what it listed before.
        self.simulator.fault("repeated_page", operation="listInboundPlans", times=1)
        self.run_inbound()
        self.assertEqual((plan.phase, plan.amazon_id), ("sending", False))
        self.run_inbound()
        self.assertEqual((plan.state, plan.problem), ("packing", False))
        self.assertEqual(len(self.at_amazon()), 1)
        self.assertEqual(len(self.asked()), 2)

    # A31: what Amazon may have is looked for, whatever has become of the plan.
    def test_a_lost_answer_and_a_changed_address(self):
        plan = self.plan()
        self.simulator.fault("cut_body", operation="createInboundPlan", times=1)
        plan.action_send()
        with self.assertLogs(TASK_LOG, "WARNING"):
            self.run_inbound()
        self.warehouse.partner_id.zip = False
        self.run_inbound()
        [known] = self.at_amazon()
        self.assertEqual(
            (plan.state, plan.amazon_id), ("packing", known["inboundPlanId"])
        )

    # A31: Odoo's boxes are those that Amazon was told of.
    def test_boxes_are_not_changed_while_they_are_sent(self):
        clerk = self._create_user("packer", f"{USER_GROUP},stock.group_stock_user")
        plan = self.plan({self.lamp: 4}).with_user(clerk)
        self.send(plan)
        self.simulator.control(
            "settings",
            {
                "inbound_operation_seconds": 60,
                "inbound_failures": ["generatePlacementOptions"],
            },
        )
        self.pack(plan)
        self.assertEqual((plan.state, plan.phase), ("packing", "running"))
        box = plan.box_ids
        changes = (
            lambda: box.write({"weight": 3}),
            lambda: box.line_ids.write({"quantity": 1}),
            lambda: box.line_ids.unlink(),
            lambda: box.create({"plan_id": plan.id}),
            lambda: plan.write({"weight_unit": "LB"}),
        )
        for number, change in enumerate(changes):
            with self.subTest(number):
                with self.assertRaises(UserError) as refused:
                    change()
                self.assertIn("Wait a moment", str(refused.exception))
        # What is corrected afterwards is sent again with the next try.
        self.wait(61)
        self.simulator.control("settings", {"inbound_operation_seconds": 0})
        self.run_inbound()
        self.assertEqual((plan.state, plan.phase), ("packing", "failed"))
        box.weight = 3
        self.simulator.control("settings", {"inbound_failures": []})
        plan.action_retry()
        self.run_inbound()
        self.assertEqual((plan.state, plan.problem), ("placement", False))
        told = self.asked("fulfillmentInbound.setPackingInformation")
        self.assertEqual(len(told), 2)

    # A31: a fee is paid once, whatever becomes of the answer.
    def test_a_lost_confirmation(self):
        plan = self.plan({self.lamp: 4})
        self.send(plan)
        self.pack(plan)
        self.simulator.fault("cut_body", operation="confirmPlacementOption", times=1)
        with self.assertLogs(TASK_LOG, "WARNING"):
            self.choose(plan.placement_option_ids)
        self.assertEqual(plan.phase, "sending")
        self.run_inbound()
        self.assertEqual((plan.state, plan.problem), ("transport", False))
        self.simulator.fault(
            "cut_body", operation="confirmTransportationOptions", times=1
        )
        with self.assertLogs(TASK_LOG, "WARNING"):
            self.choose_transport(plan, "AMAZON_PARTNERED_CARRIER")
        self.run_inbound()
        self.assertEqual((plan.state, plan.problem), ("ready", False))
        for operation in ("confirmPlacementOption", "confirmTransportationOptions"):
            asked = self.asked(f"fulfillmentInbound.{operation}")
            self.assertEqual(len(asked), 1, operation)

    # A31: another operation of the plan is under way: it is waited for.
    def test_two_operations_at_once(self):
        plan = self.plan({self.lamp: 4})
        self.send(plan)
        self.pack(plan)
        self.simulator.control("settings", {"inbound_operation_seconds": 60})
        self.simulator.fault("cut_body", operation="confirmPlacementOption", times=1)
        with self.assertLogs(TASK_LOG, "WARNING"):
            self.choose(plan.placement_option_ids)
        self.run_inbound()
        self.assertEqual((plan.phase, plan.problem), ("sending", False))
        self.wait(61)
        self.simulator.control("settings", {"inbound_operation_seconds": 0})
        self.run_inbound()
        self.assertEqual((plan.state, plan.problem), ("transport", False))

    # A31: operations take their time; the next run goes on where the last one was.
    def test_amazon_takes_its_time(self):
        self.simulator.control("settings", {"inbound_operation_seconds": 60})
        plan = self.plan()
        self.send(plan)
        self.assertEqual((plan.state, plan.phase), ("creating", "running"))
        self.assertTrue(plan.is_busy)
        with self.assertRaisesRegex(UserError, "Creating the plan"):
            plan.action_send()
        task = self.task("eu", "fba_inbound")
        self.assertLess(task.next_run, fields.Datetime.now() + timedelta(minutes=1))
        plan.action_cancel()
        self.assertTrue(plan.wants_cancel)
        self.wait(61)
        self.run_inbound()
        self.wait(61)
        self.run_inbound()
        self.assertEqual((plan.state, plan.phase), ("cancelled", False))
        self.assertEqual([p["status"] for p in self.at_amazon()], ["VOIDED"])

    # A31: how goods are prepared is asked once, in words, and told to Amazon.
    def test_preparation_is_missing(self):
        self.simulator.control("settings", {"inbound_prep_unknown": [self.skus[0]]})
        plan = self.plan()
        self.send(plan)
        self.assertEqual((plan.state, plan.phase), ("draft", False))
        self.assertIn(self.skus[0], plan.problem)
        self.assertIn("Preparation", plan.advice)
        self.assertTrue(self.incident("inbound_refused"))
        plan.item_ids.filtered(
            lambda item: item.sku == self.skus[0]
        ).prep_category = "FRAGILE"
        self.send(plan)
        self.assertEqual((plan.state, plan.problem), ("packing", False))
        self.assertEqual(plan.item_ids[0].prep_owner, "SELLER")
        self.run_inbound()
        self.assertFalse(self.incident("inbound_refused"))

    # A31: Amazon's words are shown, and the step is repeated.
    def test_an_operation_that_fails(self):
        plan = self.plan({self.lamp: 4})
        self.simulator.control(
            "settings", {"inbound_failures": ["generatePlacementOptions"]}
        )
        other = self.plan({self.vase: 1})
        self.send(plan)
        self.pack(plan)
        self.assertEqual((plan.state, plan.phase), ("packing", "failed"))
        self.assertIn("could not be completed", plan.problem)
        # One plan that stopped keeps no other from going on.
        self.send(other)
        self.assertEqual(other.state, "packing")
        self.simulator.control("settings", {"inbound_failures": []})
        plan.action_retry()
        self.run_inbound()
        self.assertEqual((plan.state, plan.problem), ("placement", False))
        # The boxes are judged by Amazon too.
        other.action_fill_boxes()
        other.box_ids.write({"box_length": 40, "width": 30, "height": 30, "weight": 40})
        other.action_send_boxes()
        self.run_inbound()
        self.assertIn("22.68 kg", other.problem)
        other.box_ids.weight = 4
        other.action_send_boxes()
        self.run_inbound()
        self.assertEqual((other.state, other.problem), ("placement", False))

    # A31: an option lives 72 hours; an expired one is never paid for blindly.
    def test_a_placement_that_expired(self):
        plan = self.plan({self.lamp: 4})
        self.send(plan)
        self.pack(plan)
        old = plan.placement_option_ids.mapped("amazon_id")
        self.wait(73 * 3600)
        self.choose(plan.placement_option_ids)
        self.assertEqual((plan.state, plan.phase), ("placement", False))
        new = plan.placement_option_ids
        self.assertFalse(set(old) & set(new.mapped("amazon_id")))
        self.assertFalse(plan.placement_option_id)
        # Odoo knows by itself when the time is over.
        new.expires_at = fields.Datetime.now() - timedelta(minutes=1)
        self.assertEqual(new[0].time_left, "Expired")
        answer = new[0].action_confirm()
        self.assertIn("new options", answer["params"]["message"])
        self.run_inbound()
        self.choose(plan.placement_option_ids)
        self.assertEqual(plan.state, "transport", plan.problem)

    # A31: cancelled here or there, the plan says so; what has left is not cancelled.
    def test_cancelled(self):
        plan = self.plan({self.lamp: 4})
        picking = plan.picking_id
        self.place_goods(plan)
        with self.assertRaisesRegex(UserError, "Cancel the inbound plan"):
            picking.action_cancel()
        plan.action_cancel()
        self.run_inbound()
        self.assertEqual(plan.state, "cancelled")
        self.assertTrue(picking.acorn_amazon_can_send)
        again = self.env["acorn.amazon.inbound.plan"].browse(
            picking.action_acorn_amazon_send()["res_id"]
        )
        self.place_goods(again)
        self.choose_transport(again, "AMAZON_PARTNERED_CARRIER")
        self.simulator.control(
            "inbound",
            {"shipment_id": again.shipment_ids.confirmation_id, "action": "ship"},
        )
        again.action_cancel()
        self.run_inbound()
        self.assertEqual(again.state, "ready")
        self.assertIn("SHIPPED", again.problem)
        elsewhere = self.plan({self.vase: 2})
        self.send(elsewhere)
        with self._test_cursors():
            client = self.store._get_client()
            client.fulfillment_inbound.cancel_plan(elsewhere.amazon_id)
        elsewhere.action_refresh()
        self.run_inbound()
        self.assertEqual(elsewhere.state, "cancelled")

    # A31: what a person has confirmed is what is paid for.
    def test_the_transport_is_not_changed_after_it_was_confirmed(self):
        clerk = self._create_user("packer", f"{USER_GROUP},stock.group_stock_user")
        plan = self.plan({self.lamp: 4})
        self.place_goods(plan)
        shipment = plan.shipment_ids.with_user(clerk)
        cheap, dear = shipment.option_ids.filtered(
            lambda option: option.kind == "transport"
        ).sorted("fee")[:2]
        shipment.transport_option_id = cheap
        confirm = plan.with_user(clerk).with_context(acorn_amazon_fee_shown=cheap.fee)
        window = plan.shipment_ids.window_option_id
        if cheap.needs_window:
            self.assertTrue(window)
        self.simulator.control(
            "settings", {"inbound_failures": ["confirmTransportationOptions"]}
        )
        confirm.action_confirm_transport()
        with self.assertRaisesRegex(UserError, "Wait a moment"):
            shipment.transport_option_id = dear
        self.run_inbound()
        self.assertEqual(plan.phase, "failed")
        # Another choice is another fee, which nobody has confirmed yet.
        shipment.transport_option_id = dear
        with self.assertRaisesRegex(UserError, "nothing to try again"):
            plan.with_user(clerk).action_retry()
        self.simulator.control("settings", {"inbound_failures": []})
        plan.with_user(clerk).with_context(
            acorn_amazon_fee_shown=dear.fee
        ).action_confirm_transport()
        self.run_inbound()
        self.assertEqual((plan.state, plan.problem), ("ready", False))

    # A13, A31: a plan that Amazon does not tell of keeps no other from being followed.
    def test_a_plan_that_cannot_be_followed(self):
        plans = self.plan({self.lamp: 4}) | self.plan({self.vase: 2})
        for plan in plans:
            self.send(plan)
        plans.checked_at = False
        self.simulator.fault("bad_request", operation="getInboundPlan", times=1)
        with self.assertLogs(TASK_LOG, "WARNING"):
            self.run_inbound()
        self.assertTrue(all(plans.mapped("checked_at")))

    # === PEOPLE === #

    # A19: what Amazon is asked, and what it has answered, comes from nobody's program.
    def test_what_only_the_connector_writes(self):
        clerk = self._create_user("rpc", f"{USER_GROUP},stock.group_stock_user")
        plan = self.plan({self.lamp: 4}).with_user(clerk)
        plans, items, boxes = plan, plan.item_ids, plan.box_ids
        own = {"store_id": self.store.id}
        hidden = {
            "state": "packing",
            "queue": [["create", None]],
            "phase": "todo",
            "amazon_id": "wf1234",
            "reference": "Mine",
        }
        for name, value in hidden.items():
            with self.subTest(name):
                with self.assertRaises(AccessError):
                    plans.create({**own, name: value})
                made = plans.with_context(**{f"default_{name}": value}).create(own)
                self.assertNotEqual(made[name], value)
        result = plans.load(
            ["store_id/.id", "state"], [[str(self.store.id), "packing"]]
        )
        self.assertFalse(result["ids"])
        with self.assertRaises(AccessError):
            items.write({"sku": "ANOTHER"})
        with self.assertRaises(AccessError):
            boxes.create({"plan_id": plan.id, "amazon_box_id": "FBA1U000001"})
        draft = plan.copy()
        self.send(plan)
        self.assertEqual((plan.state, draft.state), ("packing", "draft"))
        self.assertEqual(plan.copy().state, "draft")
        vase = self.store.listing_ids.filtered(lambda r: r.product_id == self.vase)
        with self.assertRaises(UserError):
            items.create({"plan_id": plan.id, "listing_id": vase[:1].id})
        with self.assertRaises(UserError):
            draft.item_ids.plan_id = plan

    # A19, A31: a clerk does it all by screen, without rights on Amazon's figures.
    def test_a_clerk_by_hand(self):
        groups = f"{USER_GROUP},stock.group_stock_user"
        clerk = self._create_user("clerk", groups)
        plans = self.env["acorn.amazon.inbound.plan"].with_user(clerk)
        listings = self.store.listing_ids.filtered(lambda l: l.sku in self.skus)
        with Form(plans) as form:
            form.store_id = self.store
            for listing in listings:
                with form.item_ids.new() as item:
                    item.listing_id = listing
                    item.quantity = 3
        plan = form.save()
        self.assertEqual(plan.warehouse_id, self.warehouse)
        plan.action_create_transfer()
        self.assertEqual(plan.picking_id.location_dest_id, self.inbound)
        self.send(plan)
        self.choose(plan.packing_option_ids)
        plan.action_fill_boxes()
        with Form(plan.box_ids) as form:
            form.box_length, form.width, form.height, form.weight = 40, 30, 20, 8
        plan.action_send_boxes()
        self.run_inbound()
        for name, value in (("state", "ready"), ("amazon_id", "X")):
            with self.assertRaises(UserError):
                plan[name] = value
        with self.assertRaises(UserError):
            plan.box_ids.weight = 1
        with self.assertRaises(AccessError):
            plan.placement_option_ids.fee = 0
        with self.assertRaises(UserError):
            plan.item_ids[0].quantity = 1
        self.choose(plan.placement_option_ids)
        with self.assertRaises(UserError):
            plan.shipment_ids.confirmation_id = "MINE"
        self.choose_transport(plan, "AMAZON_PARTNERED_CARRIER")
        Form(plan)
        self.assertEqual(plan.state, "ready", plan.problem)
        self.assertTrue(plan.picking_id.acorn_amazon_inbound_ready)
        self.assertIn("/web/content/", plan.shipment_ids.action_open_labels()["url"])
        plan.picking_id.button_validate()
        self.assertEqual(plan.state, "shipped")
        self.store.action_pause()
        other = plans.create({"store_id": self.store.id})
        with self.assertRaisesRegex(UserError, "not live"):
            other.action_send()
        other.unlink()
        with self.assertRaisesRegex(UserError, "Cancel it instead"):
            plan.unlink()
