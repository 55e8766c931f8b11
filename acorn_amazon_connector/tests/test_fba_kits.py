"""SKUs that Amazon stores as one unit and Odoo as the parts of a kit (A31, X14)."""

from odoo import Command
from odoo.tests import tagged

from ..mappers.outbound import (
    OutboundLine,
    OutboundOrder,
    OutboundShipment,
    OutboundUnits,
)
from .order_documents import make_item, make_order
from .orders_common import OrdersCase
from .test_fba import ROW

READ_AT = "2026-11-10 00:00:00"


@tagged("post_install", "-at_install")
class TestFbaKits(OrdersCase):
    """SET is one LAMP and two MUGs. At Amazon: 10 SETs and 5 single LAMPs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._need_kits()
        cls.kit = cls.env["product.product"].create(
            {"name": "SET", "default_code": "SET", "type": "consu"}
        )
        cls.bom = cls._make_kit(cls.kit, (cls.lamp, 1), (cls.mug, 2))
        cls.store.write({"fba_read_at": READ_AT})
        cls.places = cls.store._get_fba_places()
        cls.set_row, cls.lamp_row = cls.env["acorn.amazon.fba.inventory"].create(
            [
                cls._row("SET", total=10, fulfillable=10),
                cls._row("LAMP", total=5, fulfillable=5),
            ]
        )

    @classmethod
    def _row(cls, sku, **figures):
        return {
            "store_id": cls.store.id,
            "sku": sku,
            "stock_pool": "EU",
            "read_at": READ_AT,
            **figures,
        }

    def _open(self):
        self.env["acorn.amazon.fba.event"]._open_balances(self.store)

    def _keep_ledger(self, *changes):
        """Keep the rows of a day of the ledger, and book what is to be booked."""
        exchanges = self.env["acorn.amazon.exchange"]
        rows = [{**ROW, "MSKU": "SET", **change} for change in changes]
        name = f"day {exchanges.search_count([('kind', '=', 'fba_ledger')])}"
        exchanges._keep(self.store, "fba_ledger", [(name, None, {"rows": rows})])
        exchange = exchanges.search([("kind", "=", "fba_ledger")], limit=1)
        self.env["acorn.amazon.job.fba.apply"]._keep_day(exchange)
        events = self.env["acorn.amazon.fba.event"]
        waiting = events.search([("state", "=", "waiting")])
        waiting._decide()._book()
        events._settle(self.store)
        return waiting

    def _compare(self):
        self.env["acorn.amazon.fba.balance"]._compare(self.store)
        balances = self.env["acorn.amazon.fba.balance"].search([])
        return {balance.product_id: balance for balance in balances}

    def assert_stock(self, lamps, mugs, place="stock"):
        counts = self.places[place]._acorn_amazon_count(self.lamp | self.mug)
        self.assertEqual(counts.get(self.lamp, 0), lamps)
        self.assertEqual(counts.get(self.mug, 0), mugs)

    # A31: what is in kits and what is single adds up.
    def test_the_opening_balance(self):
        self.set_row.write({"unsellable": 1, "reserved_transfer": 2, "reserved": 2})
        self.set_row.write({"inbound_shipped": 3})
        self._open()
        self.assertEqual(self.set_row.product_id, self.kit)
        self.assert_stock(15, 20)
        self.assert_stock(1, 2, "unsellable")
        self.assert_stock(2, 4, "transfer")
        self.assert_stock(3, 6, "inbound")
        balances = self._compare()
        self.assertEqual(set(balances), {self.lamp, self.mug})
        self.assertEqual(set(self._states(balances)), {"zero"})
        self.assertEqual(balances[self.lamp].sku, "LAMP, SET")
        self.assertEqual(balances[self.lamp].amazon_stock, 15)
        self.assertEqual(balances[self.mug].amazon_stock, 20)

    # A31: a kit whose listing is found later comes on top.
    def test_a_kit_that_is_known_later(self):
        self.kit.default_code = False
        self._open()
        self.assert_stock(5, 0)
        self.env["acorn.amazon.listing"].create(
            {"store_id": self.store.id, "sku": "SET", "product_id": self.kit.id}
        )
        self._open()
        self.assert_stock(15, 20)

    # X14: each event moves all parts of its kit.
    def test_events(self):
        self._open()
        received, lost, damaged = self._keep_ledger(
            {"Quantity": "4"},
            {"Event Type": "Adjustments", "Reason": "M", "Quantity": "-1"},
            {
                "Event Type": "CustomerReturns",
                "Quantity": "2",
                "Disposition": "CUSTOMER_DAMAGED",
            },
        ).sorted("id")
        self.assertEqual(set((received | lost | damaged).mapped("state")), {"booked"})
        self.assertEqual(received.product_id, self.kit)
        self.assertEqual(received.move_ids.product_id, self.lamp | self.mug)
        self.assert_stock(18, 26)
        self.assert_stock(2, 4, "unsellable")

    # X14: what is received was under way, part by part.
    def test_parts_that_were_under_way(self):
        self._open()
        for part, quantity in ((self.lamp, 3), (self.mug, 2)):
            self.env["stock.quant"]._update_available_quantity(
                part, self.places["inbound"], quantity
            )
        self._keep_ledger({"Quantity": "2"})
        self.assert_stock(17, 24)
        self.assert_stock(1, 0, "inbound")

    # X14: the delivery takes the parts, the ledger names the kit: booked once.
    def test_an_order_and_its_shipment(self):
        self._open()
        order = self._import(make_item("SET", quantity=3), **self._fba())
        self.assert_stock(12, 14)
        event = self._keep_ledger(self._shipment(order.acorn_amazon_order_id, -3))
        self.assertEqual(event.state, "order")
        self.assert_stock(12, 14)
        self.set_row.write({"total": 7, "fulfillable": 7})
        self.assertEqual(set(self._states(self._compare())), {"zero"})

    # X14: kits and single parts in one order.
    def test_an_order_of_a_kit_and_its_part(self):
        self._open()
        order = self._import(
            make_item("SET", quantity=2), make_item("LAMP"), **self._fba()
        )
        self.assert_stock(12, 16)
        reference = order.acorn_amazon_order_id
        events = self._keep_ledger(
            self._shipment(reference, -2), self._shipment(reference, -1, MSKU="LAMP")
        )
        self.assertEqual(set(events.mapped("state")), {"order"})
        self.assert_stock(12, 16)

    # X14: an order that never comes is booked part by part, and taken back.
    def test_an_order_that_is_not_here(self):
        self._open()
        reference = "305-1111111-0000001"
        event = self._keep_ledger(self._shipment(reference, -2))
        self.assertEqual(event.state, "order_missing")
        balances = self._compare()
        self.assertEqual(balances[self.lamp].orders_missing, 2)
        self.assertEqual(balances[self.mug].orders_missing, 4)
        self.env.cr.execute(
            "UPDATE acorn_amazon_fba_event SET create_date = '2026-01-01'"
        )
        event.invalidate_recordset()
        event._settle(self.store)
        self.assertEqual(event.state, "booked")
        self.assert_stock(13, 16)
        self._import(make_item("SET", quantity=2), order_id=reference, **self._fba())
        event._settle(self.store)
        self.assertEqual(event.state, "order")
        self.assert_stock(13, 16)

    # A31: a document that waits explains what Amazon has shipped.
    def test_a_document_that_waits(self):
        self._open()
        self._keep(make_order(make_item("SET", quantity=2), **self._fba()))
        balances = self._compare()
        self.assertEqual(balances[self.lamp].orders_missing, 2)
        self.assertEqual(balances[self.mug].orders_missing, 4)

    # A31: a difference is one of parts, and can be booked.
    def test_a_difference(self):
        self._open()
        self.set_row.write({"total": 9, "fulfillable": 9})
        balances = self._compare()
        self.assertEqual(set(self._states(balances)), {"watched"})
        self.assertEqual(balances[self.mug].unexplained, 2)
        events = balances[self.mug].action_view_events()
        self.assertFalse(
            self.env["acorn.amazon.fba.event"].search(events["domain"])
            - self.env["acorn.amazon.fba.event"].search([])
        )
        (balances[self.lamp] | balances[self.mug]).action_correct()
        self.assert_stock(14, 18)
        self.assertEqual(set(self._states(self._compare())), {"zero"})

    # A31: events after Amazon's figure, and those that could not be booked.
    def test_events_that_explain_a_difference(self):
        self._open()
        self._keep_ledger({"Quantity": "1"})
        balances = self._compare()
        self.assertEqual(balances[self.lamp].events_later, 1)
        self.assertEqual(balances[self.mug].events_later, 2)
        event = self.env["acorn.amazon.fba.event"].search([("kind", "=", "receipt")])
        shown = self.env["acorn.amazon.fba.event"].search(
            balances[self.mug].action_view_events()["domain"]
        )
        self.assertIn(event, shown)
        event.state = "error"
        self.assertEqual(self._compare()[self.mug].events_waiting, -2)

    # A31: a kit is sent to Amazon by its SKU; the transfer takes its parts.
    def test_an_inbound_plan(self):
        listing = self.env["acorn.amazon.listing"].create(
            {
                "store_id": self.store.id,
                "sku": "SET",
                "product_id": self.kit.id,
                "fulfillment_channel": "AMAZON",
            }
        )
        plan = self.env["acorn.amazon.inbound.plan"].create(
            {
                "store_id": self.store.id,
                "warehouse_id": self.warehouse.id,
                "item_ids": [Command.create({"listing_id": listing.id, "quantity": 4})],
            }
        )
        plan.action_create_transfer()
        picking = plan.picking_id
        self.assertEqual(
            {move.product_id: move.product_uom_qty for move in picking.move_ids},
            {self.lamp: 4, self.mug: 8},
        )
        plan.sudo().state = "ready"
        self.assertFalse(plan.difference)
        mugs = picking.move_ids.filtered(lambda m: m.product_id == self.mug)
        mugs.write({"quantity": 6, "picked": True})
        self.assertIn("MUG: 8 in the plan, 6 in the transfer", plan.difference)

    # A37: Amazon ships the kit that it holds, not parts that it does not have singly.
    def test_a_kit_of_another_channel(self):
        self._open()
        picking = self._sell({self.kit: 3, self.lamp: 2})
        outbound = picking.acorn_amazon_outbound_ids
        asked = {item.sku: item for item in outbound._prepare_items()}
        self.assertEqual(set(asked), {"SET", "LAMP"})
        self.assertEqual([asked["SET"].quantity, asked["LAMP"].quantity], [3, 2])
        outbound._follow(self._shipped(asked.values(), {"SET": 2, "LAMP": 2}))
        self.assertEqual((outbound.message, picking.state), (False, "done"))
        self.assert_stock(11, 16)
        line = picking.sale_id.order_line.filtered(lambda s: s.product_id == self.kit)
        self.assertEqual(line.qty_delivered, 2)
        rest = picking.backorder_ids.move_ids
        self.assertEqual(
            {move.product_id: move.product_uom_qty for move in rest},
            {self.lamp: 1, self.mug: 2},
        )

    # A37: the rest of what Amazon ships in part waits for a person.
    def test_a_part_of_another_channels_order(self):
        self._open()
        picking = self._sell({self.lamp: 3})
        outbound = picking.acorn_amazon_outbound_ids
        outbound.state = "sent"
        items = outbound._prepare_items()
        self.env.flush_all()
        outbound._follow(self._shipped(items, {"LAMP": 2}))
        self.assertEqual((outbound.message, outbound.state), (False, "done"))
        self.assertEqual(picking.state, "done")
        self.assertEqual(picking.acorn_amazon_outbound_ids, outbound)
        rest = picking.backorder_ids
        self.assertEqual(rest.move_ids.product_uom_qty, 1)
        again = rest.acorn_amazon_outbound_ids
        self.assertEqual(again.state, "refused")
        again.action_send_again()
        self.assertIn("waiting", rest.acorn_amazon_outbound_ids.mapped("state"))

    # A37: a kit that Amazon does not hold is shipped part by part.
    def test_parts_of_another_channel(self):
        self.set_row.unlink()
        self.env["acorn.amazon.fba.inventory"].create(
            self._row("MUG", total=20, fulfillable=20)
        )
        self._open()
        picking = self._sell({self.kit: 2})
        outbound = picking.acorn_amazon_outbound_ids
        asked = {item.sku: item for item in outbound._prepare_items()}
        self.assertEqual([asked["LAMP"].quantity, asked["MUG"].quantity], [2, 4])
        outbound._follow(self._shipped(asked.values(), {"LAMP": 2, "MUG": 4}))
        self.assertEqual(picking.state, "done")
        self.assert_stock(3, 16)

    def _sell(self, units):
        """A delivery of another channel from Amazon's stock."""
        self.store.mcf = True
        order = self.env["sale.order"].create(
            {
                "partner_id": self.env["res.partner"].create({"name": "Nadia"}).id,
                "warehouse_id": self.store._get_fba_warehouse().id,
                "order_line": [
                    Command.create({"product_id": product.id, "product_uom_qty": count})
                    for product, count in units.items()
                ],
            }
        )
        order.action_confirm()
        return order.picking_ids

    def _shipped(self, items, units):
        """What Amazon says of an order of which it has shipped these units."""
        return OutboundOrder(
            "X",
            "CompletePartialled",
            None,
            tuple(OutboundLine(i.item_id, i.sku, i.quantity, 0, 0) for i in items),
            (
                OutboundShipment(
                    "S",
                    "SHIPPED",
                    None,
                    tuple(
                        OutboundUnits(i.item_id, i.sku, units[i.sku], None, None)
                        for i in items
                    ),
                    (),
                ),
            ),
        )

    def _states(self, balances):
        return [balance.state for balance in balances.values()]

    def _fba(self):
        return {
            "by": "AMAZON",
            "status": "SHIPPED",
            "created": "2026-11-20T09:15:30.250Z",
        }

    def _shipment(self, reference, quantity, **changes):
        return {
            "Event Type": "Shipments",
            "Reference ID": reference,
            "Quantity": str(quantity),
            **changes,
        }
