"""Goods that come back before, or after, Amazon is told that they left (A1)."""

from datetime import timedelta

from odoo import Command, fields
from odoo.tests import Form, freeze_time, tagged

from ..services.errors import (
    AccessDeniedError,
    ReauthorizationRequired,
    ThrottledError,
    TransportError,
)
from .order_documents import make_item, make_order
from .test_shipments import DHL_NUMBER, ShipmentRulesCase

OTHER_NUMBER = "00340434161094042564"
CONFIRM = "ordersV0.confirmShipment"


class ReturnsCase(ShipmentRulesCase):
    def _return(self, picking, *units, **values):
        """Take goods of a delivery back, or send once more what came back.

        :param units: of each product, all moves alike where one number is given
        :return: the transfer, done
        """
        return self._finish(self._plan_return(picking, *units, **values))

    def _plan_return(self, picking, *units, **values):
        wizard = Form(
            self.env["stock.return.picking"].with_context(
                active_id=picking.id, active_model="stock.picking"
            )
        ).save()
        lines = wizard.product_return_moves
        for line, quantity in zip(lines, units * len(lines), strict=False):
            line.write({"quantity": quantity, **values})
        return self.env["stock.picking"].browse(
            wizard.action_create_returns()["res_id"]
        )

    def _finish(self, picking):
        picking.move_ids.picked = True
        picking.button_validate()
        self.assertEqual(picking.state, "done")
        return picking

    def _create_vase(self):
        """A product whose serial numbers Amazon wants, AZ:1 and AZ:2 in stock."""
        vase = self.env["product.product"].create(
            {
                "name": "VASE",
                "default_code": "VASE",
                "is_storable": True,
                "tracking": "serial",
                "acorn_amazon_send_serials": True,
            }
        )
        lots = self.env["stock.lot"].create(
            [{"name": name, "product_id": vase.id} for name in ("AZ:1", "AZ:2")]
        )
        for lot in lots:
            self.env["stock.quant"]._update_available_quantity(
                vase, self.warehouse.lot_stock_id, 1, lot_id=lot
            )
        return vase

    def _ship_again(self, returned, units):
        """Send what came back once more, with another tracking number.

        :return: the transfer, done
        """
        again = self._return(returned, units)
        again.write({"carrier_id": self.dhl.id, "carrier_tracking_ref": OTHER_NUMBER})
        return again

    def _refuse(self, package):
        package._record_refused("25028", "Invalid tracking number", None)

    def _ship_in_boxes(self, order, *units):
        """Deliver one product in boxes of so many units, without tracking numbers.

        :return: the parcels
        """
        picking = self._open_picking(order)
        line = picking.move_line_ids
        for number, quantity in enumerate(units):
            box = self.env["stock.package"].create({"name": f"B{number}"})
            values = {"quantity": quantity, "result_package_id": box.id}
            if number:
                line.copy(values)
            else:
                line.write(values)
        packages = self._ship(order, tracking=False).sorted("reference")
        self.assertEqual(packages.mapped("unit_count"), list(units))
        return packages

    def _told(self, package):
        """What Amazon is told of a parcel now.

        :return: units of each item, or None
        """
        body = package._begin_sending()
        items = body and body["packageDetail"]["orderItems"]
        return items and [item["quantity"] for item in items]


@tagged("post_install", "-at_install")
class TestShipmentsReturned(ReturnsCase):
    # A1: the buyer is not charged for what lies on the shelf.
    def test_validated_by_mistake(self):
        self.store.untracked_hours = 24
        order = self._import(make_item("LAMP", quantity=2))
        package = self._ship(order, tracking=False)
        self._return(package.picking_id, 2)
        self.assertEqual(
            (package.state, package.reason_code), ("not_needed", "returned")
        )
        self.assertIn("came back", package.explanation)
        with freeze_time(fields.Datetime.now() + timedelta(hours=25)):
            self.env["acorn.amazon.package"]._release_untracked(self.store)
            self.assertIsNone(self._told(package))
        # Neither a late number nor a person's wish makes them leave.
        package.picking_id.carrier_tracking_ref = DHL_NUMBER
        package.action_send_again()
        self.assertEqual(package.reason_code, "returned")

    # A1: nor is the delivery forgotten that follows.
    def test_shipped_again(self):
        order = self._import(make_item("LAMP", quantity=2))
        package = self._ship(order, tracking=False)
        returned = self._return(package.picking_id, 2)
        again = self._return(returned, 2)
        new = again.acorn_amazon_package_ids
        self.assertEqual((new.reference, new.unit_count), (2, 2))
        again.write({"carrier_id": self.dhl.id, "carrier_tracking_ref": DHL_NUMBER})
        self.assertEqual((new.state, package.state), ("to_send", "not_needed"))
        self.assertEqual(self._told(new), [2])
        # Back once more, and out once more: Amazon knows this one.
        self._return(self._return(again, 2), 2)
        self.assertEqual(order.acorn_amazon_package_ids, package | new)
        self.assertEqual(new.unit_count, 2)

    # A1: what came back in part is told in part, the rest with its own parcel.
    def test_a_part_comes_back(self):
        order = self._import(make_item("LAMP", quantity=2), make_item("MUG"))
        package = self._ship(order, tracking=False)
        returned = self._return(package.picking_id, 1, 1)
        self.assertEqual((package.state, package.unit_count), ("waiting", 1))
        package.picking_id.carrier_tracking_ref = DHL_NUMBER
        self.assertEqual(self._told(package), [1])
        again = self._return(returned, 1)
        self.assertEqual(again.acorn_amazon_package_ids.unit_count, 2)

    # A1: it is on its way to Amazon: nobody knows whether it is there already.
    def test_returned_while_it_is_told(self):
        order = self._import(make_item("LAMP", quantity=2))
        package = self._ship(order)
        package._begin_sending()
        self._return(package.picking_id, 2)
        self.assertEqual((package.state, package.unit_count), ("sending", 2))
        self.assertEqual(package.item_ids.returned_quantity, 2)
        self.assertEqual(self._told(package), [2])
        package._record_confirmed("R1")
        self.assertEqual((package.state, package.unit_count), ("confirmed", 2))

    # A1: Amazon did not take it: it is not told any more.
    def test_returned_while_amazon_refuses_it(self):
        package = self._ship(self._import(make_item("LAMP", quantity=2)))
        package._begin_sending()
        self._return(package.picking_id, 2)
        package._record_refused("InvalidInput", "No such carrier", "R1")
        self.assertEqual(package.reason_code, "returned")
        self.assertFalse(self._incident("shipment_refused"))

    # A1, A17: nor where Amazon did not let us in, or nobody got as far as Amazon.
    def test_returned_after_the_door_was_shut(self):
        for error in (
            AccessDeniedError("Role missing", operation=CONFIRM, status=403),
            ReauthorizationRequired("Consent is gone", operation="lwa.token"),
            TransportError("No connection", operation="lwa.token"),
        ):
            with self.subTest(type(error).__name__):
                package = self._ship(self._import(make_item("LAMP", quantity=2)))
                package._begin_sending()
                package._record_postponed(error)
                self._return(package.picking_id, 2)
                self.assertEqual(package.reason_code, "returned")
                self.assertIsNone(self._told(package))

    # A1: without an answer Amazon may have taken it.
    def test_returned_after_a_lost_answer(self):
        package = self._ship(self._import(make_item("LAMP", quantity=2)))
        package._begin_sending()
        package._record_postponed(TransportError("Cut", operation=CONFIRM))
        self._return(package.picking_id, 2)
        self.assertEqual(self._told(package), [2])

    # A1
    def test_returned_after_amazon_refused_it(self):
        package = self._ship(self._import(make_item("LAMP", quantity=2)))
        package._begin_sending()
        package._record_refused("InvalidInput", "No such carrier", "R1")
        self.assertTrue(self._incident("shipment_refused"))
        self._return(package.picking_id, 1)
        self.assertEqual((package.state, package.unit_count), ("refused", 1))
        package.tracking_number = OTHER_NUMBER
        self.assertEqual(package.state, "to_send")
        self._return(package.picking_id, 1)
        self.assertEqual(package.reason_code, "returned")
        self.assertFalse(self._incident("shipment_refused"))

    # A1: another system confirms; a person cannot have it told any more.
    def test_returned_where_another_system_confirms(self):
        self.store.confirm_shipments = False
        package = self._ship(self._import(make_item("LAMP")))
        self._return(package.picking_id, 1)
        package.action_send_again()
        self.assertEqual(package.reason_code, "returned")

    # A1: of several parcels the one that came back.
    def test_parcels_of_a_delivery(self):
        order = self._import(make_item("LAMP", quantity=3))
        first, second = self._ship_in_boxes(order, 1, 2)
        returned = self._return(first.picking_id, 3)
        self.assertEqual(first.reason_code, "returned")
        self.assertEqual(second.reason_code, "returned")
        again = self._return(returned, 3)
        new = again.acorn_amazon_package_ids
        self.assertEqual(sorted(new.mapped("unit_count")), [1, 2])

    # A1: of two parcels Amazon knows one; what came back is of the other.
    def test_one_parcel_is_told(self):
        order = self._import(make_item("LAMP", quantity=2))
        first = self._ship(order, units=1)
        first._begin_sending()
        first._record_confirmed("R1")
        second = self._ship(order, tracking=False)
        self._return(second.picking_id, 1)
        self.assertEqual((first.state, first.unit_count), ("confirmed", 1))
        self.assertEqual(second.reason_code, "returned")

    # A1: nor is anything taken off another delivery than the one that came back.
    def test_the_told_delivery_comes_back(self):
        order = self._import(make_item("LAMP", quantity=2))
        first = self._ship(order, units=1)
        first._begin_sending()
        first._record_confirmed("R1")
        second = self._ship(order, tracking=False)
        self._return(first.picking_id, 1)
        self.assertEqual((second.state, second.unit_count), ("waiting", 1))
        self.assertEqual((first.state, first.unit_count), ("confirmed", 1))

    # A1: the parcel that came back, not its neighbour.
    def test_one_parcel_comes_back(self):
        order = self._import(make_item("LAMP", quantity=3))
        first, second = self._ship_in_boxes(order, 1, 2)
        boxes = (first | second).parcel_id
        returned = self._plan_return(first.picking_id, 1)
        returned.move_line_ids.package_id = boxes[1]
        self._finish(returned)
        self.assertEqual((first.unit_count, second.unit_count), (1, 1))

    # A1: serial numbers of the Transparency program stay with their units.
    def test_serial_numbers(self):
        lots = self._create_vase().stock_quant_ids.lot_id.sorted("name")
        package = self._ship(
            self._import(make_item("VASE", quantity=2)), tracking=False
        )
        returned = self._plan_return(package.picking_id, 1)
        returned.move_line_ids.lot_id = lots[0]
        self._finish(returned)
        self.assertEqual(package.unit_count, 1)
        self.assertEqual(package.item_ids._get_codes(), ("AZ:2",))

    # A1: a return of the last step; what is picked comes back to the shelf.
    def test_a_warehouse_in_two_steps(self):
        self.warehouse.delivery_steps = "pick_ship"
        order = self._import(make_item("LAMP", quantity=2))
        self._ship(order)
        package = self._ship(order, tracking=False)
        returned = self._return(package.picking_id, 2)
        self.assertEqual(package.reason_code, "returned")
        again = self._return(returned, 2)
        self.assertEqual(again.acorn_amazon_package_ids.unit_count, 2)

    # A1: the order is not to be refunded; the goods are here all the same.
    def test_a_return_without_refund(self):
        package = self._ship(self._import(make_item("LAMP", quantity=2)))
        returned = self._return(package.picking_id, 2, to_refund=False)
        self.assertEqual(package.reason_code, "returned")
        again = self._return(returned, 2, to_refund=False)
        self.assertEqual(again.acorn_amazon_package_ids.unit_count, 2)

    # A1: received by hand, without a word of the delivery it left with.
    def test_a_receipt_by_hand(self):
        order = self._import(make_item("LAMP", quantity=2))
        package = self._ship(order, tracking=False)
        receipt = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.in_type_id.id,
                "location_id": package.picking_id.location_dest_id.id,
                "location_dest_id": self.warehouse.lot_stock_id.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.lamp.id,
                            "product_uom_qty": 1,
                            "location_id": package.picking_id.location_dest_id.id,
                            "location_dest_id": self.warehouse.lot_stock_id.id,
                            "sale_line_id": self._lines(order).id,
                        }
                    )
                ],
            }
        )
        receipt.action_confirm()
        self._finish(receipt)
        self.assertEqual(package.unit_count, 1)

    # A2: the label has told Amazon.
    def test_a_label_was_bought(self):
        order = self._import(make_item("LAMP"))
        order.acorn_amazon_parcels = [
            {"reference": "1", "tracking": DHL_NUMBER, "status": "SHIPPED"}
        ]
        package = self._ship(order)
        returned = self._return(package.picking_id, 1)
        self.assertEqual(package.reason_code, "label_bought")
        self.assertFalse(self._return(returned, 1).acorn_amazon_package_ids)


@tagged("post_install", "-at_install")
class TestShippedAgain(ReturnsCase):
    """Goods that came back and left again while Amazon had their parcel (A1)."""

    # A1: the feed does not take the first parcel; somebody has to tell of the second.
    def test_before_a_feed_refuses(self):
        order = self._import(make_item("LAMP", quantity=2))
        package = self._ship(order)
        self.env["acorn.amazon.package.feed"]._open(package)
        again = self._ship_again(self._return(package.picking_id, 2), 2)
        self.assertFalse(again.acorn_amazon_package_ids)
        self._refuse(package)
        self.assertEqual(package.reason_code, "returned")
        new = again.acorn_amazon_package_ids
        self.assertEqual((new.state, new.reference), ("to_send", 2))
        self.assertEqual(new.tracking_number, OTHER_NUMBER)
        self.assertEqual(self._told(new), [2])
        self.assertFalse(self._incident("shipment_refused"))

    # A1, A21
    def test_before_the_next_try(self):
        order = self._import(make_item("LAMP", quantity=2))
        package = self._ship(order)
        package._begin_sending()
        returned = self._return(package.picking_id, 2)
        package._record_postponed(ThrottledError("Too many", retry_after=60))
        again = self._ship_again(returned, 2)
        self.assertIsNone(self._told(package))
        self.assertEqual(self._told(again.acorn_amazon_package_ids), [2])

    # A1: Amazon takes it: what left in its place is not told once more.
    def test_before_a_feed_takes_it(self):
        order = self._import(make_item("LAMP", quantity=2))
        package = self._ship(order)
        package._begin_sending()
        self._ship_again(self._return(package.picking_id, 2), 2)
        package._record_confirmed(None)
        self.assertEqual(order.acorn_amazon_package_ids, package)

    # A1: only what is with the buyer is told.
    def test_a_part(self):
        order = self._import(make_item("LAMP", quantity=3))
        package = self._ship(order)
        package._begin_sending()
        again = self._ship_again(self._return(package.picking_id, 2), 1)
        self._refuse(package)
        self.assertEqual((package.state, package.unit_count), ("refused", 1))
        self.assertEqual(again.acorn_amazon_package_ids.unit_count, 1)

    # A1
    def test_back_once_more(self):
        order = self._import(make_item("LAMP", quantity=2))
        package = self._ship(order)
        package._begin_sending()
        again = self._ship_again(self._return(package.picking_id, 2), 2)
        self._return(again, 2)
        self._refuse(package)
        self.assertEqual(package.reason_code, "returned")
        self.assertEqual(order.acorn_amazon_package_ids, package)

    # A1: the replacement leaves before the faulty goods are back.
    def test_exchanged(self):
        order = self._import(make_item("LAMP", quantity=2))
        package = self._ship(order, tracking=False)
        replacement = package.picking_id.copy()
        replacement.move_ids.sale_line_id = self._lines(order)
        replacement.action_confirm()
        self._finish(replacement)
        self.assertFalse(replacement.acorn_amazon_package_ids)
        self._return(package.picking_id, 2)
        self.assertEqual(package.reason_code, "returned")
        new = replacement.acorn_amazon_package_ids
        self.assertEqual((new.state, new.unit_count), ("waiting", 2))

    # A1: what the buyer returned long ago, and what another program had shipped.
    def test_beside_other_deliveries(self):
        order = self._import(
            make_item("LAMP", quantity=5, shipped=1), status="PARTIALLY_SHIPPED"
        )
        known = self._ship(order, units=2)
        known._begin_sending()
        known._record_confirmed("R1")
        self._return(known.picking_id, 2)
        package = self._ship(order)
        self.assertEqual(package.unit_count, 2)
        package._begin_sending()
        returned = self._return(package.picking_id, 2)
        again = self._ship_again(returned, 1)
        self._refuse(package)
        self.assertEqual(package.reason_code, "returned")
        new = order.acorn_amazon_package_ids - known - package
        self.assertEqual((new.picking_id, new.unit_count), (again, 1))

    # A1: nor is told again what somebody confirmed in Seller Central.
    def test_confirmed_elsewhere(self):
        item = make_item("LAMP", quantity=3)
        order = self._import(item)
        package = self._ship(order)
        item["fulfillment"] = {"quantityFulfilled": 2, "quantityUnfulfilled": 1}
        self._receive(
            make_order(
                item,
                order_id=order.acorn_amazon_order_id,
                status="PARTIALLY_SHIPPED",
                updated="2026-11-21T09:15:30Z",
            )
        )
        self.assertEqual(self._told(package), [1])
        package._record_postponed(ThrottledError("Too many", retry_after=60))
        self._return(package.picking_id, 1)
        self.assertEqual(package.reason_code, "returned")
        self.assertEqual(order.acorn_amazon_package_ids, package)

    # A1: units of the same delivery that have a parcel keep it, and their numbers.
    def test_serial_numbers(self):
        self._create_vase()
        order = self._import(make_item("VASE", quantity=2))
        package = self._ship(order, units=1)
        package._begin_sending()
        self._return(package.picking_id, 1)
        picking = self._open_picking(order)
        picking.move_ids.quantity = 2
        self._finish(picking)
        first = picking.acorn_amazon_package_ids
        self.assertEqual(first.unit_count, 1)
        self._refuse(package)
        new = picking.acorn_amazon_package_ids - first
        self.assertEqual(new.unit_count, 1)
        codes = [item._get_codes() for item in (first | new).item_ids]
        self.assertCountEqual(sum(codes, ()), ("AZ:1", "AZ:2"))


@tagged("post_install", "-at_install")
class TestKitsReturned(ReturnsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._need_kits()
        cls.kit = cls.env["product.product"].create(
            {"name": "SET", "default_code": "SET", "is_storable": True}
        )
        cls._make_kit(cls.kit, (cls.lamp, 1), (cls.mug, 2))

    # A1: a kit that lost a part is not with the buyer.
    def test_kits(self):
        order = self._import(make_item("SET", quantity=2))
        package = self._ship(order, tracking=False)
        self.assertEqual(package.unit_count, 2)
        by_product = {
            move.product_id: number
            for number, move in enumerate(package.picking_id.move_ids)
        }
        units = [0, 0]
        units[by_product[self.lamp]] = 1
        returned = self._return(package.picking_id, *units)
        self.assertEqual((package.state, package.unit_count), ("waiting", 1))
        again = self._return(returned, 1)
        self.assertEqual(again.acorn_amazon_package_ids.unit_count, 1)

    # A1
    def test_all_kits(self):
        order = self._import(make_item("SET", quantity=1))
        package = self._ship(order, tracking=False)
        returned = self._return(package.picking_id, 1, 2)
        self.assertEqual(package.reason_code, "returned")
        again = self._return(returned, 1, 2)
        self.assertEqual(again.acorn_amazon_package_ids.unit_count, 1)

    # A1
    def test_shipped_again_while_amazon_had_the_parcel(self):
        order = self._import(make_item("SET", quantity=2))
        package = self._ship(order)
        package._begin_sending()
        by_product = {
            move.product_id: number
            for number, move in enumerate(package.picking_id.move_ids)
        }
        units = [2, 2]
        units[by_product[self.mug]] = 4
        returned = self._return(package.picking_id, *units)
        wizard_units = [move.quantity for move in returned.move_ids]
        again = self._return(returned, *wizard_units)
        self.assertFalse(again.acorn_amazon_package_ids)
        self._refuse(package)
        self.assertEqual(package.reason_code, "returned")
        self.assertEqual(again.acorn_amazon_package_ids.unit_count, 2)
