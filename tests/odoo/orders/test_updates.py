"""What becomes of an order that changes at Amazon after it was imported (A1)."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.acorn_amazon_connector.tests.order_documents import (
    make_address,
    make_item,
    make_order,
)

from tests.odoo.common import needs_simulator
from tests.odoo.shop import FINISHED, ShopCase, units


@needs_simulator
@tagged("standard", "post_install")
class TestUpdates(ShopCase):
    regions = ("eu",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sku, cls.other_sku = sorted(
            sku for sku, product in cls.products.items() if product.tracking == "none"
        )[:2]

    def import_order(self, *items, **options):
        """Let a buyer order, and import it.

        :return: (payload, sale order)
        """
        items = items or (make_item(self.sku, "30.00", 3),)
        payload = make_order(*items, **options)
        self.place("eu", payload)
        self.sync()
        order = self.order(payload["orderId"])
        self.assertTrue(order, self.documents(payload["orderId"]).mapped("reason"))
        return payload, order

    def update(self, payload, *items, **options):
        """Replace the order at Amazon by another version, and import that."""
        new = make_order(*items, order_id=payload["orderId"], **options)
        self.place("eu", new)
        self.sync()
        return new

    def do(self, payload, action, **details):
        """Let something happen to the order at Amazon, and import that."""
        self.change(payload["orderId"], action, **details)
        self.sync()

    def deliver(self, order, quantities=None):
        """Ship from Odoo: everything, or SKU → units."""
        picking = order.picking_ids.filtered(lambda p: p.state not in FINISHED)
        for move in picking.move_ids:
            if quantities is not None:
                move.quantity = quantities.get(move.product_id.default_code, 0)
            move.picked = bool(move.quantity)
        picking.with_context(skip_backorder=True).button_validate()
        return picking

    def give_back(self, picking, quantity):
        """Receive a part of a delivery again."""
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=picking.id, active_model="stock.picking")
            .create({})
        )
        wizard.product_return_moves.quantity = quantity
        back = self.env["stock.picking"].browse(
            wizard.action_create_returns()["res_id"]
        )
        back.move_ids.picked = True
        back.button_validate()

    def open_moves(self, order):
        return order.picking_ids.move_ids.filtered(
            lambda move: move.state not in FINISHED
        )

    # === LINES === #

    # A1: what is not ordered any more must not be shipped.
    def test_a_smaller_quantity(self):
        item = make_item(self.sku, "30.00", 3)
        payload, order = self.import_order(item)
        item |= {"quantityOrdered": 2, "_money": ({"ITEM": "20.00"}, None)}
        self.update(payload, item)
        self.assertEqual(order.order_line.product_uom_qty, 2)
        self.assertEqual(order.amount_total, 20.0)
        self.assertEqual(units(self.open_moves(order)), {self.sku: 2})
        product = self.products[self.sku]
        self.assertEqual(product.free_qty, product.qty_available - 2)
        picking = self.deliver(order)
        self.assertEqual(sum(picking.move_ids.mapped("quantity")), 2)

    def test_a_cancelled_item(self):
        kept = make_item(self.sku, "10.00")
        gone = make_item(self.other_sku, "7.50", charges={"SHIPPING": "2.50"})
        payload, order = self.import_order(kept, gone)
        self.assertEqual(order.amount_total, 20.0)
        gone |= {"quantityOrdered": 0, "_money": ({"ITEM": "0.00"}, None)}
        self.update(payload, kept, gone)
        self.assertEqual(order.amount_total, 10.0)
        self.assertEqual(units(self.open_moves(order)), {self.sku: 1})

    def test_an_item_more(self):
        first = make_item(self.sku, "10.00")
        payload, order = self.import_order(first)
        self.update(payload, first, make_item(self.other_sku, "5.00"))
        self.assertEqual(order.amount_total, 15.0)
        self.assertEqual(
            units(self.open_moves(order)), {self.sku: 1, self.other_sku: 1}
        )

    def test_a_smaller_quantity_than_was_shipped(self):
        item = make_item(self.sku, "30.00", 3)
        payload, order = self.import_order(item)
        self.deliver(order)
        item |= {"quantityOrdered": 2, "_money": ({"ITEM": "20.00"}, None)}
        self.update(payload, item)
        # Nothing of what has left is forgotten, and somebody hears of it.
        self.assertEqual(order.order_line.qty_delivered, 3)
        self.assertEqual(order.amount_total, 30.0)
        document = self.documents(payload["orderId"])[-1]
        self.assertEqual(document.state, "blocked")
        self.assertEqual(document.reason_code, "delivered_more")
        self.assertIn(f"[{self.sku}]", document.reason)
        self.assertIn("(3 > 2)", document.reason)
        self.assertEqual(document.action_open_record()["res_id"], order.id)
        self.assertTrue(self.incident("blocked_documents"))
        # It went no further than the door: what comes back is received.
        self.give_back(order.picking_ids, 1)
        document.action_retry()
        self.sync()
        self.assertEqual(document.state, "done")
        self.assertEqual(order.amount_total, 20.0)
        self.assertEqual(order.order_line.product_uom_qty, 2)
        self.assertEqual(order.order_line.qty_delivered, 2)
        self.assertFalse(self.open_moves(order))
        self.assertFalse(self.incident("blocked_documents"))

    # A1: the same where the item is gone altogether.
    def test_a_cancelled_item_that_was_shipped(self):
        kept = make_item(self.sku, "10.00")
        gone = make_item(self.other_sku, "7.50")
        payload, order = self.import_order(kept, gone)
        self.deliver(order)
        self.update(payload, kept)
        document = self.documents(payload["orderId"])[-1]
        self.assertEqual(document.reason_code, "delivered_more")
        self.assertEqual(order.amount_total, 17.5)

    # Amazon's price stays when a person corrects the quantity.
    def test_a_quantity_that_a_person_changes(self):
        _payload, order = self.import_order(make_item(self.sku, "30.00", 3))
        line = order.order_line
        line.product_id.list_price = 99.0
        line.product_uom_qty = 2
        self.assertEqual(line.price_unit, 10.0)
        self.assertEqual(order.amount_total, 20.0)

    # A locked order is Odoo's own setting, not a reason to lose a change.
    def test_a_locked_order(self):
        group = self.env.ref("sale.group_auto_done_setting")
        self.env.ref("base.user_root").group_ids |= group
        self.env.ref("base.group_user").implied_ids |= group
        item = make_item(self.sku, "30.00", 3)
        payload, order = self.import_order(item)
        self.assertTrue(order.locked)
        item |= {"quantityOrdered": 2, "_money": ({"ITEM": "20.00"}, None)}
        self.update(payload, item)
        self.assertEqual(order.amount_total, 20.0)
        self.assertEqual(units(self.open_moves(order)), {self.sku: 2})
        self.assertTrue(order.locked)

    def test_service_charges_that_change(self):
        item = make_item(self.sku, "10.00", charges={"SHIPPING": "4.00"})
        payload, order = self.import_order(item)
        item["_money"] = (
            {"ITEM": "10.00", "SHIPPING": "6.00", "DISCOUNT": "-1.00"},
            None,
        )
        self.update(payload, item)
        self.assertEqual(order.amount_total, 15.0)

    # === ADDRESS === #

    def test_another_address(self):
        payload, order = self.import_order()
        self.do(payload, "edit", note="Hinterhaus")
        self.assertIn("Hinterhaus", order.partner_shipping_id.street2)
        self.assertEqual(order.picking_ids.partner_id, order.partner_shipping_id)
        self.assertEqual(len(order.picking_ids), 1)

    def test_another_address_after_the_goods_have_left(self):
        payload, order = self.import_order()
        self.deliver(order)
        went_to = order.picking_ids.partner_id
        address = make_address(addressLine1="Anderswo 1")
        item = make_item(self.sku, "30.00", 3, item_id=self.item_ids(payload)[0])
        self.update(payload, item, recipient={"deliveryAddress": address})
        self.assertEqual(order.picking_ids.partner_id, went_to)

    def item_ids(self, payload):
        return [item["orderItemId"] for item in payload["orderItems"]]

    # Amazon hides the address some weeks after delivery; ours must not go with it.
    def test_an_address_that_amazon_no_longer_shows(self):
        payload, order = self.import_order()
        address = order.partner_shipping_id
        item = make_item(self.sku, "30.00", 3, item_id=self.item_ids(payload)[0])
        self.update(payload, item, recipient=None, buyer=None)
        self.assertEqual(order.partner_shipping_id, address)
        self.assertEqual(order.partner_id.email, "ada@marketplace.amazon.de")

    # === CANCELLATION === #

    # A1: a buyer's request holds the delivery until a person decides.
    def test_a_request_to_cancel(self):
        payload, order = self.import_order()
        self.do(payload, "request_cancel", reason="Ordered by mistake")
        self.assertTrue(order.acorn_amazon_on_hold)
        self.assertEqual(order.acorn_amazon_cancel_reason, "Ordered by mistake")
        incident = self.incident("cancellation_requested", order)
        self.assertEqual(incident.res_id, order.id)
        with self.assertRaisesRegex(UserError, payload["orderId"]):
            self.deliver(order)
        self.assertNotIn("done", order.picking_ids.mapped("state"))
        order.action_acorn_amazon_release_hold()
        self.assertEqual(incident.state, "closed")
        self.deliver(order)
        self.assertEqual(order.picking_ids.state, "done")

    def test_a_request_that_was_answered_does_not_come_back(self):
        payload, order = self.import_order()
        self.do(payload, "request_cancel")
        order.action_acorn_amazon_release_hold()
        self.do(payload, "touch")
        self.assertFalse(order.acorn_amazon_on_hold)
        self.assertFalse(self.incident("cancellation_requested", order))

    def test_a_request_that_comes_with_the_order(self):
        item = make_item(
            self.sku,
            cancellation={"cancellationRequest": {"requester": "BUYER"}},
        )
        _payload, order = self.import_order(item)
        self.assertTrue(order.acorn_amazon_on_hold)
        with self.assertRaises(UserError):
            self.deliver(order)

    # A batch of the warehouse must not smuggle a held delivery out.
    def test_a_held_delivery_among_others(self):
        held_payload, held = self.import_order()
        _payload, free = self.import_order()
        self.do(held_payload, "request_cancel")
        with self.assertRaises(UserError):
            (held.picking_ids | free.picking_ids).button_validate()

    def test_cancelled_before_it_was_imported(self):
        payload = make_order(make_item(self.sku))
        self.place("eu", payload)
        self.change(payload["orderId"], "cancel")
        self.sync()
        self.assertFalse(self.order(payload["orderId"]))
        document = self.documents(payload["orderId"])
        self.assertEqual(document.state, "ignored")
        self.assertEqual(document.reason_code, "cancelled_before_import")

    def test_cancelled_after_it_was_imported(self):
        product = self.products[self.sku]
        free = product.free_qty
        payload, order = self.import_order()
        self.assertEqual(product.free_qty, free - 3)
        self.do(payload, "cancel", by="BUYER", reason="Found it cheaper")
        self.assertEqual(order.state, "cancel")
        self.assertEqual(order.acorn_amazon_status, "CANCELLED")
        self.assertEqual(order.acorn_amazon_cancel_reason, "Found it cheaper")
        self.assertEqual(set(order.picking_ids.mapped("state")), {"cancel"})
        self.assertEqual(product.free_qty, free)

    def test_a_request_that_amazon_grants(self):
        payload, order = self.import_order()
        self.do(payload, "request_cancel")
        self.do(payload, "cancel", by="BUYER")
        self.assertEqual(order.state, "cancel")
        self.assertFalse(order.acorn_amazon_on_hold)
        self.assertFalse(self.incident("cancellation_requested", order))

    # A1: the goods are away, the money will not come: nothing is lost silently.
    def test_cancelled_after_it_was_shipped(self):
        payload, order = self.import_order()
        self.deliver(order)
        self.do(payload, "cancel", reason="Lost")
        self.assertEqual(order.acorn_amazon_status, "CANCELLED")
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.order_line.qty_delivered, 3)
        self.assertTrue(self.incident("cancelled_after_shipment", order))

    # The tax office still believes the invoice: somebody has to credit it.
    def test_cancelled_after_it_was_invoiced(self):
        payload, order = self.import_order()
        order.order_line.product_id.invoice_policy = "order"
        invoice = order._create_invoices()
        invoice.action_post()
        self.do(payload, "cancel", reason="Not payable")
        self.assertEqual(order.state, "cancel")
        self.assertEqual(invoice.state, "posted")
        incident = self.incident("cancelled_after_invoice", order)
        self.assertIn(invoice.name, incident.details)

    def test_cancelled_with_a_draft_invoice(self):
        payload, order = self.import_order()
        order.order_line.product_id.invoice_policy = "order"
        invoice = order._create_invoices()
        self.do(payload, "cancel")
        self.assertEqual(invoice.state, "cancel")
        self.assertFalse(self.incident("cancelled_after_invoice", order))

    def test_cancelled_after_a_part_was_shipped(self):
        payload, order = self.import_order()
        self.deliver(order, {self.sku: 1})
        self.assertEqual(units(self.open_moves(order)), {self.sku: 2})
        free = self.products[self.sku].free_qty
        self.do(payload, "cancel")
        self.assertTrue(self.incident("cancelled_after_shipment", order))
        # What is still here stays here.
        self.assertFalse(self.open_moves(order))
        self.assertEqual(self.products[self.sku].free_qty, free + 2)
        self.assertEqual(order.order_line.qty_delivered, 1)

    # Picked is not shipped: a warehouse in two steps still has the goods.
    def test_cancelled_after_it_was_picked(self):
        self.warehouse.delivery_steps = "pick_ship"
        payload, order = self.import_order()
        self.assertEqual(len(order.picking_ids), 1)
        self.deliver(order)
        self.assertEqual(len(order.picking_ids), 2)
        self.do(payload, "cancel")
        self.assertFalse(self.open_moves(order))
        self.assertFalse(self.incident("cancelled_after_shipment", order))
        self.assertEqual(order.state, "cancel")

    # === STATES === #

    def test_pending_then_paid(self):
        payload = make_order(make_item(self.sku), status="PENDING", recipient=None)
        self.place("eu", payload)
        self.sync()
        self.assertFalse(self.order(payload["orderId"]))
        self.assertEqual(self.documents(payload["orderId"]).reason_code, "pending")
        self.do(payload, "release")
        self.assertEqual(self.order(payload["orderId"]).state, "sale")

    def test_shipped_by_amazon(self):
        payload = make_order(make_item(self.sku), by="AMAZON")
        self.place("eu", payload)
        self.sync()
        self.assertFalse(self.order(payload["orderId"]))
        self.do(payload, "ship")
        order = self.order(payload["orderId"])
        self.assertEqual(order.delivery_status, "full")
        self.assertEqual(
            order.picking_ids.location_id, self.stores["eu"].fba_location_id
        )

    def test_shipped_somewhere_else(self):
        payload, order = self.import_order()
        self.do(payload, "ship")
        incident = self.incident("shipped_elsewhere", order)
        self.assertTrue(incident)
        self.assertEqual(order.picking_ids.state, "assigned")
        self.deliver(order)
        self.assertEqual(incident.state, "closed")

    def test_shipped_from_odoo(self):
        payload, order = self.import_order()
        self.deliver(order)
        self.do(payload, "ship")
        self.assertEqual(order.acorn_amazon_status, "SHIPPED")
        self.assertFalse(self.incident("shipped_elsewhere", order))
        self.assertEqual(order.order_line.qty_delivered, 3)

    # A replacement costs the buyer nothing and names what it replaces.
    def test_a_replacement(self):
        original, order = self.import_order()
        link = {
            "orderId": original["orderId"],
            "associationType": "REPLACEMENT_ORIGINAL_ID",
        }
        _payload, free = self.import_order(
            make_item(self.sku, None), associatedOrders=[link]
        )
        self.assertEqual(free.amount_total, 0.0)
        self.assertEqual(free.acorn_amazon_original_order_id, order)
        self.assertEqual(units(self.open_moves(free)), {self.sku: 1})

    def test_a_replacement_in_the_same_page_as_its_original(self):
        original = make_order(make_item(self.sku))
        link = {
            "orderId": original["orderId"],
            "associationType": "REPLACEMENT_ORIGINAL_ID",
        }
        replacement = make_order(make_item(self.sku, None), associatedOrders=[link])
        self.place("eu", original, replacement)
        self.sync()
        self.assertEqual(
            self.order(replacement["orderId"]).acorn_amazon_original_order_id,
            self.order(original["orderId"]),
        )

    def test_a_replacement_that_came_before_its_original(self):
        original = make_order(make_item(self.sku))
        link = {
            "orderId": original["orderId"],
            "associationType": "REPLACEMENT_ORIGINAL_ID",
        }
        item = make_item(self.sku, None)
        payload, free = self.import_order(item, associatedOrders=[link])
        self.place("eu", original)
        self.sync()
        self.update(payload, item, associatedOrders=[link])
        order = self.order(original["orderId"])
        self.assertEqual(free.acorn_amazon_original_order_id, order)
        # Less is no news.
        self.update(payload, item)
        self.assertEqual(free.acorn_amazon_original_order_id, order)

    def test_sold_outside_amazon(self):
        payload = make_order(make_item(self.sku), status="SHIPPED", by="AMAZON")
        payload["salesChannel"] = {"channelName": "NON_AMAZON"}
        self.place("eu", payload)
        self.sync()
        self.assertFalse(self.order(payload["orderId"]))
        document = self.documents(payload["orderId"])
        self.assertEqual(document.reason_code, "non_amazon_channel")

    # The customer's own order in Odoo is what counts once a person cancelled it.
    def test_an_order_that_a_person_cancelled(self):
        payload, order = self.import_order()
        order._action_cancel()
        self.do(payload, "touch")
        self.assertEqual(order.state, "cancel")
        self.assertFalse(self.open_moves(order))

    # What was sold before the start is booked by hand already, what is still to be
    # shipped is not.
    def test_placed_before_the_import_starts(self):
        self.stores["eu"].import_from = "2026-11-20 09:00:00"
        before, after = "2026-11-20T08:59:59Z", "2026-11-20T09:00:01Z"
        shipped, to_ship, late = (
            make_order(make_item(self.sku), status=status, created=created)
            for status, created in (
                ("SHIPPED", before),
                ("UNSHIPPED", before),
                ("SHIPPED", after),
            )
        )
        self.place("eu", shipped, to_ship, late)
        self.sync()
        self.assertTrue(self.order(to_ship["orderId"]))
        self.assertTrue(self.order(late["orderId"]))
        self.assertFalse(self.order(shipped["orderId"]))
        self.assertEqual(self.documents(shipped["orderId"]).state, "ignored")

    # Amazon's own dates are kept, those of the goods follow Amazon's promise.
    def test_dates(self):
        fulfillment = {
            "fulfillmentStatus": "UNSHIPPED",
            "fulfilledBy": "MERCHANT",
            "fulfillmentServiceLevel": "SOMETHING_NEW",
            "shipByWindow": {"latestDateTime": "2026-11-23T22:59:59Z"},
            "deliverByWindow": {"latestDateTime": "2026-11-27T22:59:59Z"},
        }
        _payload, order = self.import_order(fulfillment=fulfillment)
        self.assertEqual(str(order.date_order), "2026-11-20 09:15:30")
        self.assertEqual(str(order.commitment_date), "2026-11-23 22:59:59")
        self.assertEqual(str(order.acorn_amazon_deliver_by), "2026-11-27 22:59:59")

    # === GOODS THAT HAVE LEFT === #

    # A1: shipped after the stock was counted: it went out of our shelves.
    def test_shipped_after_the_stock_was_counted(self):
        product = self.products[self.sku]
        before = product.qty_available
        _payload, order = self.import_order(status="SHIPPED")
        self.assertEqual(order.delivery_status, "full")
        self.assertEqual(product.qty_available, before - 3)

    def test_shipped_before_the_stock_was_counted(self):
        self.stores["eu"].stock_counted_at = "2030-01-01"
        product = self.products[self.sku]
        before = product.qty_available
        _payload, order = self.import_order(status="SHIPPED")
        self.assertEqual(order.delivery_status, "full")
        self.assertEqual(product.qty_available, before)

    # What Amazon knows to be away is away, whether Odoo had it or not.
    def test_shipped_without_stock(self):
        item = make_item(self.sku, "30.00", 1000)
        _payload, order = self.import_order(item, status="SHIPPED")
        self.assertEqual(order.order_line.qty_delivered, 1000)

    def test_shipped_from_a_warehouse_in_two_steps(self):
        self.warehouse.delivery_steps = "pick_ship"
        _payload, order = self.import_order(status="SHIPPED")
        self.assertEqual(set(order.picking_ids.mapped("state")), {"done"})
        self.assertEqual(order.order_line.qty_delivered, 3)

    def test_shipped_before_from_a_warehouse_in_two_steps(self):
        self.warehouse.delivery_steps = "pick_ship"
        self.stores["eu"].stock_counted_at = "2030-01-01"
        product = self.products[self.sku]
        before = product.qty_available
        _payload, order = self.import_order(status="SHIPPED")
        self.assertEqual(order.order_line.qty_delivered, 3)
        self.assertEqual(product.qty_available, before)

    def test_partly_shipped_before_the_stock_was_counted(self):
        self.stores["eu"].stock_counted_at = "2030-01-01"
        product = self.products[self.sku]
        before, free = product.qty_available, product.free_qty
        item = make_item(self.sku, "30.00", 3, shipped=1)
        _payload, order = self.import_order(item, status="PARTIALLY_SHIPPED")
        self.assertEqual(order.order_line.qty_delivered, 1)
        self.assertEqual(product.qty_available, before)
        self.assertEqual(product.free_qty, free - 2)

    def test_partly_shipped_from_a_warehouse_in_two_steps(self):
        self.warehouse.delivery_steps = "pick_ship"
        item = make_item(self.sku, "30.00", 3, shipped=1)
        _payload, order = self.import_order(item, status="PARTIALLY_SHIPPED")
        self.assertEqual(order.order_line.qty_delivered, 1)
        picks = self.open_moves(order).filtered(
            lambda move: move.location_id == self.warehouse.lot_stock_id
        )
        self.assertEqual(units(picks), {self.sku: 2})

    # Amazon's status may lag behind its quantities.
    def test_partly_shipped_with_nothing_left(self):
        item = make_item(self.sku, "30.00", 3, shipped=3)
        _payload, order = self.import_order(item, status="PARTIALLY_SHIPPED")
        self.assertEqual(order.delivery_status, "full")

    def test_partly_shipped_with_nothing_gone(self):
        item = make_item(self.sku, "30.00", 3, shipped=0)
        _payload, order = self.import_order(item, status="PARTIALLY_SHIPPED")
        self.assertEqual(order.picking_ids.mapped("state"), ["assigned"])
        self.assertEqual(units(self.open_moves(order)), {self.sku: 3})

    # A part left from somewhere else: the warehouse must not send it once more
    # without anybody knowing.
    def test_partly_shipped_somewhere_else(self):
        payload, order = self.import_order()
        item_id = self.item_ids(payload)[0]
        self.do(payload, "ship", quantities={item_id: 1})
        self.assertEqual(order.acorn_amazon_status, "PARTIALLY_SHIPPED")
        self.assertTrue(self.incident("shipped_elsewhere", order))

    def test_partly_shipped_from_odoo(self):
        payload, order = self.import_order()
        self.deliver(order, {self.sku: 1})
        self.do(payload, "ship", quantities={self.item_ids(payload)[0]: 1})
        self.assertFalse(self.incident("shipped_elsewhere", order))
        self.assertEqual(units(self.open_moves(order)), {self.sku: 2})

    # === MAILS === #

    # Nothing leaves for buyers: Amazon tells them itself, and forbids others to.
    def test_no_mail_for_a_delivery(self):
        self.env.company.stock_move_email_validation = True
        _payload, order = self.import_order()
        mails = self.env["mail.mail"].search([])
        self.deliver(order)
        self.assertEqual(order.picking_ids.state, "done")
        self.assertEqual(self.env["mail.mail"].search([]), mails)
        sent = order.picking_ids.message_ids.filtered("notified_partner_ids")
        self.assertFalse(sent)

    def test_no_text_message_for_a_delivery(self):
        company = self.env.company
        if "stock_text_confirmation" not in company._fields:
            self.skipTest("no text messages without the module for them")
        company.write(
            {
                "stock_text_confirmation": True,
                "stock_confirmation_type": "sms",
                "has_received_warning_stock_sms": False,
            }
        )
        _payload, order = self.import_order()
        self.deliver(order)
        self.assertEqual(order.picking_ids.state, "done")
        self.assertFalse(self.env["sms.sms"].search([]))
