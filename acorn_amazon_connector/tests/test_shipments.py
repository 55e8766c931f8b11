"""Which parcels Amazon is told of, with what, and why not (A1, A33)."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged

from odoo.addons.base.tests.test_ir_cron import CronMixinCase

from .common import MANAGER_GROUP, USER_GROUP
from .order_documents import make_item, make_order
from .orders_common import FINISHED, OrdersCase

DHL_NUMBER = "00340434161094042557"
REMOTE_CRON = "acorn_amazon_connector.ir_cron_run_remote_tasks"


class ShipmentRulesCase(OrdersCase):
    countries = ("de",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.service = cls.env["product.product"].create(
            {"name": "Shipping", "type": "service"}
        )
        cls.dhl = cls._create_method("DHL Paket International")
        cls.task = cls.store.task_ids.filtered(
            lambda task: task.flow_id.code == "shipments"
        )

    @classmethod
    def _create_method(cls, name, **values):
        return cls.env["delivery.carrier"].create(
            {"name": name, "product_id": cls.service.id, "fixed_price": 0, **values}
        )

    def _carrier(self, name):
        return self.env.ref(f"acorn_amazon_connector.carrier_{name}")

    def _open_picking(self, order):
        return order.picking_ids.filtered(lambda p: p.state not in FINISHED)

    def _ship(self, order, tracking=DHL_NUMBER, method=None, units=None):
        """Validate the open delivery of an order, whole or so many units.

        :return: its parcels
        """
        picking = self._open_picking(order)
        picking.carrier_id = self.dhl if method is None else method
        picking.carrier_tracking_ref = tracking
        for move in picking.move_ids:
            if units is not None:
                move.quantity = units
            move.picked = True
        picking.with_context(skip_backorder=True).button_validate()
        self.assertEqual(picking.state, "done")
        return picking.acorn_amazon_package_ids


@tagged("post_install", "-at_install")
class TestShipments(ShipmentRulesCase, CronMixinCase):
    # === PARCELS === #

    # A1
    def test_a_delivery_becomes_a_parcel(self):
        order = self._import(make_item("LAMP", quantity=3), make_item("MUG"))
        package = self._ship(order)
        self.assertRecordValues(
            package,
            [
                {
                    "order_id": order.id,
                    "store_id": self.store.id,
                    "reference": 1,
                    "carrier_id": self._carrier("dhl").id,
                    "shipping_method": "DHL Paket International",
                    "tracking_number": DHL_NUMBER,
                    "state": "to_send",
                    "unit_count": 4,
                }
            ],
        )
        self.assertEqual(
            {item.order_item_id: item.quantity for item in package.item_ids},
            {
                line.acorn_amazon_order_item_id: line.product_uom_qty
                for line in self._lines(order)
            },
        )
        self.assertFalse(package.warning)
        self.assertEqual(order.acorn_amazon_package_count, 1)

    # A1: validating a delivery writes to no task and calls nobody.
    def test_a_delivery_wakes_the_runner(self):
        order = self._import(make_item("LAMP"))
        self.task.next_run = fields.Datetime.now() + timedelta(minutes=4)
        later = self.task.next_run
        with self.capture_triggers(REMOTE_CRON) as captured:
            self._ship(order)
        self.assertTrue(captured.records)
        self.assertEqual(self.task.next_run, later)
        self.assertEqual(self.task.backlog, 1)
        self.env["acorn.amazon.task"]._make_shipments_due()
        self.assertLessEqual(self.task.next_run, fields.Datetime.now())

    # A21: what waits for Amazon's limit, or after a failure, is not hurried.
    def test_a_delivery_does_not_hurry_a_task_that_waits(self):
        self._ship(self._import(make_item("LAMP")))
        later = fields.Datetime.now() + timedelta(minutes=4)
        for wait in ({"failure_count": 1}, {"parked_until": later}):
            self.task.write({"failure_count": 0, "parked_until": False, **wait})
            self.task.next_run = later
            self.env["acorn.amazon.task"]._make_shipments_due()
            self.assertEqual(self.task.next_run, later)

    # A21: many parcels of one store never keep its orders from being read.
    def test_others_have_their_turn(self):
        tasks = self.env["acorn.amazon.task"]
        self.store.task_ids.next_run = fields.Datetime.now() + timedelta(hours=1)
        for others_wait in (False, True):
            if others_wait:
                sweep = self.store.task_ids.filtered(
                    lambda task: task.flow_id.code == "orders_sweep"
                )
                sweep.next_run = fields.Datetime.now()
            self.task.write({"next_run": fields.Datetime.now(), "lease_until": False})
            claimed = tasks._claim("remote")
            self.assertEqual(claimed, self.task)
            claimed._succeed(finished=False)
            next_one = tasks._claim("remote")
            self.assertEqual(next_one, sweep if others_wait else self.task)

    # A1: several deliveries of one order never share a number.
    def test_numbers_are_never_used_twice(self):
        order = self._import(make_item("LAMP", quantity=3))
        first = self._ship(order, units=1)
        second = self._ship(order, units=1)
        third = self._ship(order)
        packages = first | second | third
        self.assertEqual(packages.mapped("reference"), [1, 2, 3])
        self.assertEqual(packages.mapped("unit_count"), [1, 1, 1])
        third.unlink()
        self.assertEqual(order._acorn_amazon_next_reference(), 4)

    # A1: parcels that another program told Amazon of keep their numbers.
    def test_numbers_that_amazon_knows(self):
        order = self._import(make_item("LAMP"))
        order.acorn_amazon_parcels = [
            {"reference": "7", "tracking": "X", "status": "SHIPPED"},
            {"reference": "abc", "tracking": "Y", "status": "SHIPPED"},
        ]
        self.assertEqual(self._ship(order).reference, 8)

    # A1: however the goods leave.
    def test_moves_that_are_done_one_by_one(self):
        order = self._import(make_item("LAMP"), make_item("MUG"))
        for move in order.picking_ids.move_ids:
            move.picked = True
            move._action_done()
        packages = order.acorn_amazon_package_ids
        self.assertEqual(sorted(packages.mapped("reference")), [1, 2])

    # A1: only the step on which the goods leave counts.
    def test_a_warehouse_in_two_steps(self):
        self.warehouse.delivery_steps = "pick_ship"
        order = self._import(make_item("LAMP", quantity=2))
        self.assertFalse(self._ship(order))
        self.assertEqual(self._ship(order).unit_count, 2)

    # A1: of what Amazon knows no return is told, nor what is sent once more.
    def test_returns(self):
        order = self._import(make_item("LAMP", quantity=2))
        package = self._ship(order)
        package._begin_sending()
        package._record_confirmed("R1")
        for number in range(2):
            picking = order.picking_ids.sorted("id")[-1]
            wizard = Form(
                self.env["stock.return.picking"].with_context(
                    active_id=picking.id, active_model="stock.picking"
                )
            ).save()
            wizard.product_return_moves.quantity = 2
            returned = self.env["stock.picking"].browse(
                wizard.action_create_returns()["res_id"]
            )
            returned.move_ids.picked = True
            returned.button_validate()
            self.assertEqual(returned.state, "done", number)
        self.assertEqual(order.acorn_amazon_package_ids, package)

    # A1: a present on top is not Amazon's business.
    def test_more_than_was_ordered(self):
        order = self._import(make_item("LAMP", quantity=2))
        self.assertEqual(self._ship(order, units=3).unit_count, 2)

    # A1: never more than Amazon still waits for.
    def test_shipped_elsewhere_meanwhile(self):
        order = self._import(make_item("LAMP", quantity=3))
        order._acorn_amazon_note_shipped(
            {self._lines(order).acorn_amazon_order_item_id: 2}
        )
        package = self._ship(order)
        self.assertEqual(package.state, "to_send")
        package._begin_sending()
        self.assertEqual(package.unit_count, 1)
        other = self._import(make_item("LAMP"))
        other.acorn_amazon_status = "SHIPPED"
        self.assertEqual(self._ship(other).reason_code, "shipped_at_amazon")

    # A1: a part that was sent by somebody else's hands is counted with ours.
    def test_our_own_shipment_is_not_somebody_elses(self):
        order = self._import(make_item("LAMP", quantity=2))
        item = self._lines(order).acorn_amazon_order_item_id
        self._ship(order, units=1)
        order._acorn_amazon_check_shipped_elsewhere({item: 1})
        self.assertFalse(self._incident("shipped_elsewhere"))
        order._acorn_amazon_check_shipped_elsewhere({item: 2})
        self.assertTrue(self._incident("shipped_elsewhere", order))

    # A1: replacements cost nothing and are shipped like all others.
    def test_a_replacement(self):
        order = self._import(make_item("LAMP", None))
        self.assertEqual(order.amount_total, 0)
        self.assertEqual(self._ship(order).state, "to_send")

    # A1: units of the Transparency program are told one by one.
    def test_serial_numbers(self):
        vase = self.env["product.product"].create(
            {
                "name": "VASE",
                "default_code": "VASE",
                "is_storable": True,
                "tracking": "serial",
                "acorn_amazon_send_serials": True,
            }
        )
        for name in ("AZ:1", "AZ:2"):
            lot = self.env["stock.lot"].create({"name": name, "product_id": vase.id})
            self.env["stock.quant"]._update_available_quantity(
                vase, self.warehouse.lot_stock_id, 1, lot_id=lot
            )
        package = self._ship(self._import(make_item("VASE", quantity=2)))
        self.assertEqual(set(package.item_ids._get_codes()), {"AZ:1", "AZ:2"})
        body = package._begin_sending()
        item = body["packageDetail"]["orderItems"][0]
        self.assertEqual(set(item["transparencyCodes"]), {"AZ:1", "AZ:2"})
        vase.acorn_amazon_send_serials = False

    # === CARRIERS === #

    # A33
    def test_carriers_are_found_by_name(self):
        carriers = self.env["acorn.amazon.carrier"]
        germany, america = self.env.ref("base.de"), self.env.ref("base.us")
        for text, country, name in (
            ("DHL Paket", germany, "dhl"),
            ("DHL eCommerce", germany, "dhl"),
            ("dhl ecommerce light", america, "dhl_ecommerce"),
            ("UPS® Standard", germany, "ups"),
            ("Upside down", germany, None),
            ("Other", germany, None),
        ):
            with self.subTest(text, country=country.code):
                found = carriers._find_by_name(text, country)
                self.assertEqual(found, self._carrier(name) if name else found.browse())

    # A33
    def test_a_shipping_method_in_amazons_words(self):
        method = self._create_method(
            "The yellow ones",
            acorn_amazon_carrier_id=self._carrier("deutsche_post").id,
            acorn_amazon_shipping_method="Warenpost",
        )
        package = self._ship(self._import(make_item("LAMP")), method=method)
        self.assertEqual(package.carrier_id, self._carrier("deutsche_post"))
        self.assertEqual(package.shipping_method, "Warenpost")

    # A33
    def test_a_carrier_that_amazon_does_not_know(self):
        method = self._create_method("Rosa's Bikes")
        package = self._ship(
            self._import(make_item("LAMP")), method=method, tracking="RB-1"
        )
        self.assertEqual(package.carrier_id, self._carrier("other"))
        self.assertEqual(package.carrier_name, "Rosa's Bikes")
        self.assertEqual(package.state, "to_send")
        package.carrier_name = False
        self.assertEqual(package.reason_code, "carrier_name_missing")
        package.carrier_name = "Rosa"
        self.assertEqual(package.state, "to_send")

    # A33: a delivery without carrier waits and says so, or takes the usual one.
    def test_no_carrier(self):
        none = self.env["delivery.carrier"]
        package = self._ship(self._import(make_item("LAMP")), method=none)
        self.assertEqual(package.state, "waiting")
        self.assertIn("carrier", package.explanation)
        self.store.shipment_carrier_id = self._carrier("gls")
        self.assertEqual(package.state, "to_send")
        self.assertEqual(package.carrier_id, self._carrier("gls"))
        other = self._ship(self._import(make_item("LAMP")), method=none)
        self.assertEqual(other.carrier_id, self._carrier("gls"))

    # === TRACKING === #

    # A33: entered late, on the delivery or on the parcel.
    def test_late_tracking(self):
        order = self._import(make_item("LAMP", quantity=2))
        package = self._ship(order, tracking=False, units=1)
        self.assertEqual(package.state, "waiting")
        self.assertEqual(package.picking_id.acorn_amazon_shipment, "waiting")
        self.assertIn("tracking number", package.picking_id.acorn_amazon_shipment_text)
        package.picking_id.carrier_tracking_ref = DHL_NUMBER
        self.assertEqual(package.tracking_number, DHL_NUMBER)
        self.assertEqual(package.state, "to_send")
        other = self._ship(order, tracking=False)
        other.tracking_number = DHL_NUMBER
        self.assertEqual(other.state, "to_send")
        self.assertEqual(package.reference, 1)

    # A33: what a person chose for one parcel is not overwritten by the delivery.
    def test_a_number_of_its_own(self):
        package = self._ship(self._import(make_item("LAMP")))
        package.tracking_number = "00340434161094042564"
        package.picking_id.carrier_tracking_ref = "00340434161094042571"
        self.assertEqual(package.tracking_number, "00340434161094042564")
        package.picking_id.carrier_id = self._create_method("UPS Standard")
        self.assertEqual(package.carrier_id, self._carrier("ups"))

    # A33: bad numbers never leave the house, doubtful ones are told.
    def test_numbers_that_amazon_would_not_take(self):
        package = self._ship(self._import(make_item("LAMP")), tracking="1, 2")
        self.assertEqual(package.reason_code, "tracking_several")
        package.tracking_number = "<none>"
        self.assertEqual(package.reason_code, "tracking_characters")
        package.tracking_number = "1Z 999"
        self.assertEqual(package.state, "to_send")
        self.assertIn("1Z 999", package.warning)

    # A33: letters without tracking, for sellers who send them.
    def test_without_tracking(self):
        self.store.untracked_hours = 24
        package = self._ship(self._import(make_item("LAMP")), tracking=False)
        packages = self.env["acorn.amazon.package"]
        packages._release_untracked(self.store)
        self.assertEqual(package.state, "waiting")
        with freeze_time(fields.Datetime.now() + timedelta(hours=25)):
            packages._release_untracked(self.store)
            self.assertEqual(package.state, "to_send")
            body = package._begin_sending()
        self.assertEqual(
            body["packageDetail"]["trackingNumber"], package.picking_id.name
        )
        package.tracking_number = DHL_NUMBER
        self.assertEqual(package.state, "to_send")
        with self.assertRaises(ValidationError):
            self.store.untracked_hours = -1

    # A1: Amazon takes no parcel from before the order, nor from the future.
    def test_the_date_of_shipment(self):
        order = self._import(make_item("LAMP"))
        package = self._ship(order)
        self.assertGreater(package.ship_date, order.date_order)
        with self.assertRaises(ValidationError):
            package.ship_date = order.date_order - timedelta(hours=1)
        with self.assertRaises(ValidationError):
            package.ship_date = fields.Datetime.now() + timedelta(hours=1)
        created = (fields.Datetime.now() + timedelta(hours=2)).isoformat() + "Z"
        ahead = self._import(make_item("LAMP"), created=created)
        self.assertGreater(self._ship(ahead).ship_date, ahead.date_order)

    # A1: Odoo's clock may be a little ahead of Amazon's.
    def test_the_date_is_not_in_amazons_future(self):
        with freeze_time(fields.Datetime.now() + timedelta(hours=1)):
            package = self._ship(self._import(make_item("LAMP")))
            told = package._begin_sending()["packageDetail"]["shipDate"]
        self.assertLess(told, package.ship_date.isoformat())

    # === NOT NEEDED === #

    # A1
    def test_ship_plus(self):
        order = self._import(make_item("LAMP"), programs=["FBM_SHIP_PLUS"])
        package = self._ship(order)
        self.assertEqual(package.reason_code, "ship_plus")
        self.assertIn("Ship+", package.explanation)
        package.action_send_again()
        self.assertEqual(package.state, "not_needed")

    # A1: a label bought from Amazon confirms itself.
    def test_a_label_of_amazons(self):
        order = self._import(make_item("LAMP"))
        order.acorn_amazon_parcels = [
            {"reference": "1", "tracking": DHL_NUMBER, "status": "SHIPPED"}
        ]
        package = self._ship(order)
        self.assertEqual(package.reference, 2)
        self.assertEqual(package.reason_code, "label_bought")

    # A1
    def test_another_system_confirms(self):
        self.store.confirm_shipments = False
        package = self._ship(self._import(make_item("LAMP")))
        self.assertEqual(package.reason_code, "switched_off")
        package.tracking_number = "00340434161094042564"
        self.assertEqual(package.state, "not_needed")
        package.action_send_again()
        self.assertEqual(package.state, "to_send")
        # Correcting it counts as wanting it.
        self.store.confirm_shipments = True
        self.assertTrue(self.env[self.task.flow_id.job_model]._has_waiting(self.task))

    # A1: a person decides, and says why.
    def test_marked_by_a_person(self):
        package = self._ship(self._import(make_item("LAMP")))
        action = package.action_dismiss()
        wizard = Form(self.env[action["res_model"]].with_context(**action["context"]))
        wizard.reason = "Confirmed in Seller Central"
        wizard.save().action_dismiss()
        self.assertEqual(package.state, "not_needed")
        self.assertIn("Confirmed in Seller Central", package.explanation)
        package.picking_id.carrier_tracking_ref = "00340434161094042564"
        self.assertEqual(package.state, "not_needed")
        package.action_send_again()
        self.assertEqual(package.state, "to_send")
        package.sudo().write(
            {"state": "confirmed", "confirmed_at": fields.Datetime.now()}
        )
        with self.assertRaises(UserError):
            package.action_dismiss()

    # A1: cancelled at Amazon before it was told.
    def test_cancelled_at_amazon(self):
        payload = make_order(make_item("LAMP"))
        self._receive(payload)
        order = self._order(payload)
        package = self._ship(order, tracking=False)
        payload["fulfillment"] = {
            **payload["fulfillment"],
            "fulfillmentStatus": "CANCELLED",
        }
        payload["lastUpdatedTime"] = "2026-11-21T09:15:30.250Z"
        self._receive(payload)
        self.assertEqual(package.reason_code, "cancelled_at_amazon")

    # A33: what the carrier tells Amazon comes back to the delivery.
    def test_the_way_of_a_parcel(self):
        payload = make_order(make_item("LAMP"))
        self._receive(payload)
        order = self._order(payload)
        package = self._ship(order)
        package.sudo().write(
            {"state": "confirmed", "confirmed_at": fields.Datetime.now()}
        )
        item = payload["orderItems"][0]
        item["fulfillment"] = {"quantityFulfilled": 1, "quantityUnfulfilled": 0}
        payload["fulfillment"]["fulfillmentStatus"] = "SHIPPED"
        payload["lastUpdatedTime"] = "2026-11-21T09:15:30.250Z"
        payload["packages"] = [
            {
                "packageReferenceId": "1",
                "packageStatus": {"status": "SHIPPED", "detailedStatus": "DELIVERED"},
                "trackingNumber": DHL_NUMBER,
                "packageItems": [{"orderItemId": item["orderItemId"], "quantity": 1}],
            }
        ]
        self._receive(payload)
        self.assertEqual(package.amazon_status, "DELIVERED")
        self.assertEqual(package.state, "confirmed")
        self.assertFalse(self._incident("shipped_elsewhere"))

    # === PEOPLE === #

    # A22: the warehouse corrects, but cannot pretend.
    def test_what_a_clerk_may_do(self):
        clerk = self._create_user(
            "clerk", "stock.group_stock_user,base.group_partner_manager"
        )
        order = self._import(make_item("LAMP"))
        picking = self._open_picking(order).with_user(clerk)
        picking.carrier_id = self.dhl
        picking.move_ids.picked = True
        picking.button_validate()
        package = picking.acorn_amazon_package_ids
        self.assertEqual(package.state, "waiting")
        package.tracking_number = DHL_NUMBER
        self.assertEqual(package.state, "to_send")
        for values in ({"state": "confirmed"}, {"request_id": "x"}, {"reference": 5}):
            with self.assertRaises(AccessError):
                package.write(values)
        with self.assertRaises(AccessError):
            package.unlink()
        with Form(picking) as form:
            self.assertEqual(form.acorn_amazon_shipment, "to_send")
        Form(package)
        package.action_dismiss()

    def test_who_sees_shipments(self):
        package = self._ship(self._import(make_item("LAMP")))
        user = self._create_user("amazon_user", USER_GROUP)
        outsider = self._create_user("outsider")
        company = self.env["res.company"].create({"name": "Other company"})
        other = self._create_user("other_manager", MANAGER_GROUP, company)
        self.assertEqual(package.with_user(user).content, "1 × [LAMP] LAMP")
        self.assertFalse(self.env[package._name].with_user(other).search([]))
        with self.assertRaises(AccessError):
            self.env[package._name].with_user(outsider).search([])
        # Orders stay readable for people outside of warehouse and Amazon app.
        seller = self._create_user("seller", "sales_team.group_sale_salesman_all_leads")
        Form(package.order_id.with_user(seller))

    # A14
    def test_refusals_are_counted_and_explained(self):
        package = self._ship(self._import(make_item("LAMP")))
        package.sudo().write(
            {"state": "refused", "amazon_message": "CarrierName is required"}
        )
        self.assertEqual(self.store.shipments_refused_count, 1)
        self.assertIn("CarrierName is required.", package.explanation)
        incident = self.env["acorn.amazon.incident"]._raise(
            self.store, "shipment_refused", "Refused"
        )
        action = incident.action_open_record()
        self.assertEqual(action["res_model"], "acorn.amazon.package")
        self.assertTrue(incident.advice)
        package.carrier_name = "Rosa"
        self.assertEqual(package.state, "to_send")
        self.assertEqual(incident.state, "closed")

    # A8
    def test_a_document_is_kept_once(self):
        package = self._ship(self._import(make_item("LAMP")))
        body = package._begin_sending()
        self.assertEqual(package.state, "sending")
        package._begin_sending()
        document = self._documents(package.display_name)
        self.assertEqual(len(document), 1)
        self.assertEqual(document.attempts, 2)
        self.assertEqual(document._get_payload(), body)
        self.assertEqual(
            document.action_open_record()["res_model"], "acorn.amazon.package"
        )
        with self.assertRaises(UserError):
            document.action_retry()


@tagged("post_install", "-at_install")
class TestKits(ShipmentRulesCase):
    # A1: a kit is sent when it is whole, whatever its parts are.
    def test_a_kit_in_two_deliveries(self):
        self._need_kits()
        kit = self.env["product.product"].create(
            {"name": "SET", "default_code": "SET", "is_storable": True}
        )
        self._make_kit(kit, (self.lamp, 1), (self.mug, 2))
        order = self._import(make_item("SET", quantity=2))
        picking = self._open_picking(order)
        for move in picking.move_ids:
            move.quantity = {self.lamp: 2, self.mug: 2}[move.product_id]
        self.assertEqual(self._ship(order).unit_count, 1)
        last = self._ship(order)
        self.assertEqual(last.unit_count, 1)
        self.assertEqual(last.reference, 2)
        self.assertEqual(
            last.item_ids.order_item_id, self._lines(order).acorn_amazon_order_item_id
        )
