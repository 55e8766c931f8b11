"""Goods are sent to Amazon's warehouses, step by step (A31)."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from tests.odoo.common import needs_simulator
from tests.odoo.test_fba_stock import FbaCase

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

    def plan(self, units=None, **vals):
        """The plan of a transfer."""
        picking = self.transfer(units or {self.lamp: 6, self.vase: 4})
        action = picking.action_acorn_amazon_send()
        plan = self.env["acorn.amazon.inbound.plan"].browse(action["res_id"])
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
            box.write({"length": 40, "width": 30, "height": 30, "weight": 9.5})
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
        plan = self.plan()
        picking = plan.picking_id
        self.assertEqual(plan.state, "draft")
        self.assertEqual(sum(plan.item_ids.mapped("quantity")), 10)
        self.assertFalse(self.at_amazon())
        self.send(plan)
        self.assertEqual((plan.state, plan.phase), ("packing", False), plan.problem)
        self.assertEqual(len(plan.packing_option_ids), 2)
        self.choose(plan.packing_option_ids)
        self.assertEqual(plan.packing_option_id.status, "ACCEPTED")
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
        self.assertTrue(shipment.label_id.raw.startswith(b"%PDF"))
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
