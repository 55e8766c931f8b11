"""Amazon ships what was sold elsewhere (A37)."""

from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import tagged

from tests.odoo.common import needs_simulator
from tests.odoo.goods.test_fba_stock import FbaCase

CREATE = "fulfillmentOutbound.createFulfillmentOrder"
GET = "getFulfillmentOrder"
CANCEL = "cancelFulfillmentOrder"
TASK_LOG = "odoo.addons.acorn_amazon_connector.models.acorn_amazon_task"


@needs_simulator
@tagged("standard", "post_install")
class TestFbaOutbound(FbaCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store.mcf = True
        cls.customer = cls.env["res.partner"].create(
            {
                "name": "Nadia Brandt",
                "street": "Hafenweg 3",
                "zip": "20457",
                "city": "Hamburg",
                "country_id": cls.env.ref("base.de").id,
            }
        )

    def sell(self, quantity=2, **partner):
        """Sell over another channel, from Amazon's stock.

        :return: the delivery
        """
        self.customer.write(partner)
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "warehouse_id": self.store._get_fba_warehouse().id,
                "order_line": [
                    (
                        0,
                        0,
                        {"product_id": self.product.id, "product_uom_qty": quantity},
                    )
                ],
            }
        )
        order.action_confirm()
        return order.picking_ids

    def run_outbound(self):
        self.task("eu", "fba_outbound").action_run_now()
        self.run_cron("remote")

    def created(self):
        return [r["status"] for r in self.simulator.requests(operation=CREATE)]

    # A37: the whole way, to the unit in Amazon's ledger.
    def test_amazon_ships_a_delivery(self):
        self.follow()
        stock = self.booked()
        picking = self.sell()
        self.assertEqual(picking.state, "assigned")
        order = picking.acorn_amazon_outbound_ids
        self.assertEqual(order.state, "waiting")
        self.assertFalse(self.created())
        self.run_outbound()
        self.assertEqual(order.state, "sent")
        self.assertEqual(order.amazon_status, "Received")
        with self.assertRaisesRegex(UserError, "Amazon ships"):
            picking.button_validate()
        self.wait(7200)
        self.run_outbound()
        self.assertEqual((order.state, order.amazon_status), ("done", "Complete"))
        self.assertEqual(picking.state, "done")
        self.assertTrue(order.tracking)
        self.assertEqual(picking.carrier_tracking_ref, order.tracking)
        self.assertEqual(self.booked(), stock - 2)
        self.read_fba()
        # Amazon's ledger has it under a number of its own: it is not booked again.
        self.assertRegex(order.amazon_order_id, "^S01-")
        event = self.events(reference=order.amazon_order_id)
        self.assertEqual((event.state, event.quantity), ("order", -2))
        self.assertEqual(self.booked(), stock - 2)
        self.assert_equal_to_amazon()
        self.assertEqual(self.created(), [200])

    # A37: an answer that got lost never ships anything twice.
    def test_a_lost_answer(self):
        picking = self.sell()
        order = picking.acorn_amazon_outbound_ids
        # Amazon has the order; its answer breaks off.
        self.simulator.fault("cut_body", operation="createFulfillmentOrder", times=1)
        with self.assertLogs(
            "odoo.addons.acorn_amazon_connector.models.acorn_amazon_task", "WARNING"
        ):
            self.run_outbound()
        self.assertEqual(order.state, "sending")
        self.run_outbound()
        self.assertEqual(order.state, "sent")
        self.assertEqual(len(self.created()), 1)

    def lose_the_answer(self, kind="cut_body"):
        """Amazon was asked; what it answered is not known."""
        self.simulator.fault(kind, operation="createFulfillmentOrder", times=1)
        with self.assertLogs(
            "odoo.addons.acorn_amazon_connector.models.acorn_amazon_task", "WARNING"
        ):
            self.run_outbound()

    # A13, A37: the page of a proxy is no answer; what never arrived is sent once more.
    def test_a_proxy_that_answers(self):
        picking = self.sell()
        order = picking.acorn_amazon_outbound_ids
        self.lose_the_answer("intercepted")
        self.assertEqual(order.state, "sending")
        self.run_outbound()
        self.assertEqual((order.state, order.amazon_status), ("sent", "Received"))
        order.action_cancel()
        self.simulator.fault("intercepted", operation="cancelFulfillmentOrder", times=1)
        with self.assertLogs(TASK_LOG, "WARNING"):
            self.run_outbound()
        self.assertEqual((order.state, order.wants_cancel), ("sent", True))
        self.run_outbound()
        self.assertEqual((order.state, picking.state), ("cancelled", "cancel"))

    def hide_at_amazon(self, operation, times=1):
        """Amazon does not show an order that it has taken."""
        self.simulator.fault(
            "error",
            operation=operation,
            times=times,
            status=404,
            code="NotFound",
            message="No such order.",
        )

    # A37: what Amazon was too busy to take is not waited for.
    def test_refused_after_amazon_was_busy(self):
        order = self.sell().acorn_amazon_outbound_ids
        create = "createFulfillmentOrder"
        self.simulator.fault("throttle", operation=create)
        self.run_outbound()
        self.assertEqual((order.state, order.attempted_at), ("sending", False))
        self.simulator.heal()
        self.simulator.fault("bad_request", operation=create, times=1)
        self.task("eu", "fba_outbound").parked_until = False
        self.run_outbound()
        self.assertEqual(order.state, "refused")

    # A37: what Amazon may have is looked for, whatever has become of the delivery.
    def test_a_lost_answer_and_a_changed_address(self):
        order = self.sell().acorn_amazon_outbound_ids
        self.lose_the_answer()
        self.customer.zip = False
        self.run_outbound()
        self.assertEqual(order.state, "sent")
        self.assertEqual(len(self.created()), 1)

    # A37: Amazon may list an order some time after it has taken it.
    def test_amazon_does_not_show_the_order_yet(self):
        order = self.sell().acorn_amazon_outbound_ids
        self.hide_at_amazon(GET)
        self.run_outbound()
        self.assertEqual(order.state, "sent")
        self.run_outbound()
        self.assertEqual((order.state, order.amazon_status), ("sent", "Received"))

    # A37: nor may it show what it refuses to take a second time.
    def test_a_lost_answer_that_amazon_shows_late(self):
        order = self.sell().acorn_amazon_outbound_ids
        self.lose_the_answer()
        self.hide_at_amazon(GET)
        self.run_outbound()
        self.assertEqual(order.state, "sent")

    # A37: what Amazon does not have is not ordered only to be cancelled.
    def test_cancelled_before_amazon_had_it(self):
        picking = self.sell()
        order = picking.acorn_amazon_outbound_ids
        self.lose_the_answer("cut")
        self.assertEqual(order.state, "sending")
        order.action_cancel()
        self.run_outbound()
        # It may yet show up.
        self.assertEqual(order.state, "sending")
        self.assertNotEqual(picking.state, "cancel")
        order.attempted_at -= timedelta(hours=2)
        self.run_outbound()
        self.assertEqual((order.state, picking.state), ("cancelled", "cancel"))
        self.assertNotIn(200, self.created())

    # A37: nothing is cancelled here that Amazon ships: it may list an order late.
    def test_cancelled_before_amazon_shows_it(self):
        picking = self.sell()
        order = picking.acorn_amazon_outbound_ids
        self.lose_the_answer()
        order.action_cancel()
        self.hide_at_amazon(CANCEL)
        self.hide_at_amazon(GET)
        self.run_outbound()
        self.assertEqual(order.state, "sending")
        self.assertNotEqual(picking.state, "cancel")
        # Too late to be cancelled once it shows up.
        self.wait(600)
        self.run_outbound()
        self.assertEqual((order.state, order.wants_cancel), ("sent", False))
        self.wait(7200)
        self.run_outbound()
        self.assertEqual((order.state, picking.state), ("done", "done"))
        self.assertEqual(self.created(), [200])

    # A37: what Amazon does not show may be cancelled there all the same.
    def test_cancelled_while_amazon_does_not_show_it(self):
        picking = self.sell()
        order = picking.acorn_amazon_outbound_ids
        self.lose_the_answer()
        order.action_cancel()
        self.hide_at_amazon(GET)
        self.run_outbound()
        self.assertEqual(order.state, "sending")
        self.run_outbound()
        self.assertEqual((order.state, picking.state), ("cancelled", "cancel"))
        self.assertEqual(order.amazon_status, "Cancelled")

    # A37: the last try counts, not the first.
    def test_cancelled_after_a_second_try(self):
        picking = self.sell()
        order = picking.acorn_amazon_outbound_ids
        self.lose_the_answer("cut")
        order.attempted_at -= timedelta(hours=2)
        self.lose_the_answer()
        order.action_cancel()
        self.hide_at_amazon(CANCEL)
        self.hide_at_amazon(GET)
        self.run_outbound()
        self.assertEqual(order.state, "sending")
        self.assertNotEqual(picking.state, "cancel")

    # A37: a number that Amazon has taken is refused, and perhaps not shown yet.
    def test_refused_before_amazon_shows_it(self):
        order = self.sell().acorn_amazon_outbound_ids
        self.lose_the_answer()
        self.hide_at_amazon(GET, times=2)
        self.run_outbound()
        self.assertEqual((order.state, order.message), ("sending", False))
        self.run_outbound()
        self.assertEqual(order.state, "sent")
        self.assertEqual(self.created().count(200), 1)

    # A37: what it never took is refused, once it would be shown.
    def test_refused_after_a_lost_answer(self):
        order = self.sell().acorn_amazon_outbound_ids
        self.lose_the_answer("cut")
        no = {"status": 400, "code": "InvalidInput", "message": "No such SKU."}
        self.simulator.fault("error", operation="createFulfillmentOrder", times=2, **no)
        self.run_outbound()
        self.assertEqual(order.state, "sending")
        order.attempted_at -= timedelta(hours=2)
        self.run_outbound()
        self.assertEqual((order.state, order.message), ("refused", "No such SKU."))

    # A37: Amazon ships units, whatever the delivery counts in.
    def test_a_delivery_in_dozens(self):
        self.follow()
        stock = self.booked()
        place = self.store.fba_location_id
        picking = self.env["stock.picking"].create(
            {
                "partner_id": self.customer.id,
                "picking_type_id": self.store._get_fba_warehouse().out_type_id.id,
                "location_id": place.id,
                "location_dest_id": self.env.ref("stock.stock_location_customers").id,
                "move_ids": [
                    (
                        0,
                        0,
                        {
                            "product_id": self.product.id,
                            "product_uom": self.env.ref("uom.product_uom_dozen").id,
                            "product_uom_qty": 1,
                            "location_id": place.id,
                            "location_dest_id": self.env.ref(
                                "stock.stock_location_customers"
                            ).id,
                        },
                    )
                ],
            }
        )
        picking.action_confirm()
        picking.action_assign()
        order = picking.acorn_amazon_outbound_ids
        self.act("receive", 50)
        self.run_outbound()
        self.wait(7200)
        self.run_outbound()
        self.assertEqual((order.state, picking.state), ("done", "done"))
        self.assertEqual(self.booked(), stock - 12)

    # A13, A37: a delivery that cannot be validated keeps no other from being followed.
    def test_a_delivery_that_cannot_be_validated(self):
        first, second = self.sell(), self.sell()
        orders = first.acorn_amazon_outbound_ids | second.acorn_amazon_outbound_ids
        self.run_outbound()
        # Somebody has put the goods into another delivery.
        moves, elsewhere = first.move_ids, first.copy({"move_ids": False})
        moves.picking_id = elsewhere
        moves.move_line_ids.picking_id = elsewhere
        self.wait(7200)
        self.run_outbound()
        self.assertEqual(orders.mapped("state"), ["sent", "done"])
        self.assertEqual(second.state, "done")
        self.assertIn("empty transfer", orders[0].message)
        self.assertEqual(orders[0].amazon_status, "Complete")
        incident = self.incident("shipped_elsewhere")
        self.assertEqual(incident.res_id, first.id)
        self.assertIn(first.name, incident.summary)
        # Put back, a person validates it; Amazon has nothing against that any more.
        moves.picking_id = first
        moves.move_line_ids.picking_id = first
        moves.write({"quantity": 2, "picked": True})
        first.button_validate()
        self.run_outbound()
        self.assertEqual((orders[0].state, first.state), ("done", "done"))
        self.assertFalse(orders[0].message)
        self.assertEqual(incident.state, "closed")

    # A13, A37: nor does an order that Amazon does not tell of.
    def test_an_order_that_cannot_be_followed(self):
        orders = (self.sell() | self.sell()).acorn_amazon_outbound_ids
        self.run_outbound()
        orders.checked_at = False
        self.simulator.fault("bad_request", operation=GET, times=1)
        with self.assertLogs(TASK_LOG, "WARNING"):
            self.run_outbound()
        self.assertTrue(all(orders.mapped("checked_at")))

    def refuse_to_tell(self, order, status=400, code="InvalidInput"):
        """Amazon refuses to say anything about one order."""
        self.simulator.fault(
            "error",
            operation=GET,
            path=f"/fba/outbound/2020-07-01/fulfillmentOrders/{order.name}",
            status=status,
            code=code,
            message="This order cannot be shown.",
        )

    # A13, A37: an order whose fate cannot be found out keeps no other from being sent.
    def test_a_lost_answer_that_cannot_be_asked_for(self):
        refusals = ((400, "InvalidInput"), (403, "Unauthorized"))
        orders = [self.sell().acorn_amazon_outbound_ids for _refusal in refusals]
        for order, refusal in zip(orders, refusals, strict=True):
            self.lose_the_answer("cut")
            self.refuse_to_tell(order, *refusal)
        other = self.sell().acorn_amazon_outbound_ids
        with self.assertLogs(TASK_LOG, "WARNING") as logs:
            self.run_outbound()
        self.assertEqual([order.state for order in orders], ["sending"] * 2)
        for order in orders:
            self.assertIn("This order cannot be shown.", order.failure)
        self.assertTrue(any(order.name in logs.output[-1] for order in orders))
        # Its own trouble is no missing role.
        self.assertFalse(self.incident("access_denied"))
        self.assertEqual((other.state, other.amazon_status), ("sent", "Received"))
        self.assertFalse(other.failure)
        self.simulator.heal()
        self.run_outbound()
        self.assertEqual([order.state for order in orders], ["sent"] * 2)
        self.assertFalse(orders[0].failure or orders[1].failure)
        self.assertFalse(self.task("eu", "fba_outbound").failure_count)

    # A13, A37: nor does one whose state Amazon refuses to tell.
    def test_an_order_that_amazon_refuses_to_show(self):
        orders = (self.sell() | self.sell()).acorn_amazon_outbound_ids.sorted("id")
        self.run_outbound()
        orders.checked_at = False
        self.refuse_to_tell(orders[0], 403, "Unauthorized")
        self.wait(7200)
        with self.assertLogs(TASK_LOG, "WARNING"):
            self.run_outbound()
        self.assertEqual(orders.mapped("state"), ["sent", "done"])
        self.assertIn("cannot be shown", orders[0].failure)
        self.assertFalse(self.incident("access_denied"))

    # A13, A37: a role that is missing is not asked for order by order.
    def test_a_store_that_is_not_let_in(self):
        orders = (self.sell() | self.sell() | self.sell()).acorn_amazon_outbound_ids
        self.run_outbound()
        self.simulator.fault("access_denied")
        self.simulator.control("requests", method="DELETE")
        with self.assertLogs(TASK_LOG, "WARNING"):
            self.run_outbound()
        asked = self.simulator.requests(operation=f"fulfillmentOutbound.{GET}")
        self.assertEqual(len(asked), 1)
        self.assertTrue(self.incident("access_denied", self.task("eu", "fba_outbound")))
        self.assertFalse(any(orders.mapped("failure")))

    # A37: Amazon does not find numbers again that have blanks or plus signs.
    def test_the_number_of_a_delivery(self):
        picking_type = self.store._get_fba_warehouse().out_type_id
        picking_type.sequence_id.prefix = "Nord Süd+/发货/"
        orders = (self.sell() | self.sell()).acorn_amazon_outbound_ids
        for order in orders:
            self.assertRegex(order.name, r"^Nord-S-d-[A-Za-z0-9-]+$")
            self.assertTrue(order.name.endswith(f"-{order.picking_id.id}"))
        picking_type.sequence_id.prefix = "发货" * 30
        order = self.sell().acorn_amazon_outbound_ids
        self.assertRegex(order.name, "^[A-Za-z0-9-]{1,40}$")
        self.run_outbound()
        self.assertEqual(order.state, "sent")

    # A37: cancelled before Amazon works on it, here and there.
    def test_cancelled_in_time(self):
        picking = self.sell()
        order = picking.acorn_amazon_outbound_ids
        self.run_outbound()
        with self.assertRaisesRegex(UserError, "Cancel at Amazon"):
            picking.action_cancel()
        picking.action_acorn_amazon_cancel_outbound()
        self.run_outbound()
        self.assertEqual((order.state, picking.state), ("cancelled", "cancel"))
        self.assertEqual(order.amazon_status, "Cancelled")

    # A37: too late is too late, and the delivery says so.
    def test_cancelled_too_late(self):
        picking = self.sell()
        order = picking.acorn_amazon_outbound_ids
        self.run_outbound()
        self.wait(600)
        order.action_cancel()
        self.run_outbound()
        self.assertEqual((order.state, order.wants_cancel), ("sent", False))
        self.assertIn("Processing", order.message)
        self.wait(7200)
        self.run_outbound()
        self.assertEqual(picking.state, "done")

    # A37: nothing was sent yet, so nothing is to be asked.
    def test_cancelled_before_it_was_sent(self):
        picking = self.sell()
        order = picking.acorn_amazon_outbound_ids
        picking.sale_id._action_cancel()
        self.assertEqual((order.state, picking.state), ("cancelled", "cancel"))
        self.run_outbound()
        self.assertFalse(self.created())

    # A37: what Amazon cannot ship calls a person, who can send it again.
    def test_not_enough_at_amazon(self):
        picking = self.sell(quantity=240)
        order = picking.acorn_amazon_outbound_ids
        self.run_outbound()
        self.wait(600)
        self.run_outbound()
        self.assertEqual(order.state, "refused")
        self.assertIn("not enough", order.message)
        self.assertTrue(self.incident("outbound_refused"))
        self.assertNotIn(picking.state, ("done", "cancel"))
        self.act("receive", 500)
        order.action_send_again()
        again = picking.acorn_amazon_outbound_ids - order
        self.assertNotEqual(again.name, order.name)
        self.run_outbound()
        self.wait(7200)
        self.run_outbound()
        self.assertEqual((again.state, picking.state), ("done", "done"))
        self.assertFalse(self.incident("outbound_refused"))

    # A37: bad input is told in words, before Amazon is asked.
    def test_bad_addresses_and_products(self):
        order = self.sell(zip=False).acorn_amazon_outbound_ids
        self.run_outbound()
        self.assertEqual(order.state, "refused")
        self.assertIn("postal code", order.message)
        self.customer.zip = "20457"
        self.product = self.env["product.product"].create(
            {"name": "Not at Amazon", "is_storable": True}
        )
        order = self.sell().acorn_amazon_outbound_ids
        self.run_outbound()
        self.assertEqual(order.state, "refused")
        self.assertIn("Not at Amazon", order.message)
        self.assertFalse(self.created())

    # A37: nothing leaves for a store that is not live, or not told to.
    def test_only_where_it_is_switched_on(self):
        self.store.mcf = False
        picking = self.sell()
        self.assertFalse(picking.acorn_amazon_outbound_ids)
        self.store.mcf = True
        picking = self.sell()
        self.store.action_pause()
        self.run_outbound()
        self.assertFalse(self.created())
        self.assertFalse(self.sell().acorn_amazon_outbound_ids)

    # A37, X14: what somebody ordered in Seller Central leaves Odoo's stock once.
    def test_an_order_that_odoo_does_not_know(self):
        self.follow()
        stock = self.booked()
        body = self.sell().acorn_amazon_outbound_ids._prepare_body()
        self.store.mcf = False
        body |= {
            "sellerFulfillmentOrderId": "CONSUMER-1",
            "displayableOrderId": "CONSUMER-1",
        }
        with self._test_cursors():
            self.store._get_client().fulfillment_outbound.create(body)
        self.wait(7200)
        self.read_fba()
        event = self.events(kind="shipment", state="booked")
        self.assertEqual(event.quantity, -2)
        self.assertEqual(self.booked(), stock - 2)
        self.assert_equal_to_amazon()
