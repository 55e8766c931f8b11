"""Labels bought from Amazon: paid once, printed, returned (A2, A19, A33)."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.acorn_amazon_connector.tests.order_documents import make_item

from tests.odoo.common import needs_simulator
from tests.odoo.goods.test_shipments import ShipmentCase

CREATE = "merchantFulfillment.createShipment"


class LabelCase(ShipmentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouse.partner_id.write(
            {
                "name": "Fernhollow Lager",
                "street": "Industriestraße 48",
                "zip": "34123",
                "city": "Kassel",
                "country_id": cls.env.ref("base.de").id,
                "phone": "0561 123456",
                "email": "lager@example.com",
            }
        )
        for product in cls.products.values():
            product.weight = 0.5
        cls.method = cls.env.ref("acorn_amazon_connector.delivery_carrier_amazon")

    def open_wizard(self, order, **values):
        picking = self.open_picking(order) or order.picking_ids[:1]
        action = picking.action_acorn_amazon_buy_label()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        wizard.write({"parcel_length": 30, "width": 20, "height": 15, **values})
        return wizard

    def rates(self, wizard):
        """Ask for rates; carrier → line of the wizard."""
        with self._test_cursors():
            wizard.action_get_rates()
        return {line.carrier: line for line in wizard.rate_ids}

    def buy(self, order, carrier="DHL", **values):
        """Buy a label as a clerk does.

        :return: the label
        """
        wizard = self.open_wizard(order, **values)
        line = self.rates(wizard)[carrier]
        with self._test_cursors():
            line.action_buy()
        self.assertTrue(wizard.label_id)
        return wizard.label_id

    def press(self, records, name):
        with self._test_cursors():
            return getattr(records, name)()

    def follow(self):
        self.task("eu", "labels").action_run_now()
        self.run_cron("remote")

    def bought(self):
        return [r["status"] for r in self.simulator.requests(operation=CREATE)]


@needs_simulator
@tagged("standard", "post_install")
class TestBuyShipping(LabelCase):
    # A2: rates, label, printed, validated; Amazon is never told a second time.
    def test_a_label_from_the_delivery(self):
        order = self.import_order()
        picking = self.open_picking(order)
        wizard = self.open_wizard(order)
        self.assertEqual(wizard.weight, 1.5)
        lines = self.rates(wizard)
        offers = wizard.rate_ids.filtered(lambda line: line.kind == "offer")
        self.assertEqual(offers.mapped("amount"), sorted(offers.mapped("amount")))
        self.assertEqual(lines["Deutsche Post"].kind, "rejected")
        self.assertIn("1000 g", lines["Deutsche Post"].reason)
        with self._test_cursors():
            lines["DHL"].action_buy()
        label = wizard.label_id
        self.assertEqual((label.state, label.carrier), ("bought", "DHL"))
        self.assertEqual(label.amount, 5.9)
        self.assertEqual(picking.carrier_id, self.method)
        self.assertEqual(picking.carrier_tracking_ref, label.tracking_number)
        self.assertEqual(picking.carrier_price, 5.9)
        self.assertTrue(label.attachment_id.raw.startswith(b"%PDF-"))
        self.assertEqual(label.attachment_id.res_id, picking.id)
        self.assertIn(label.attachment_id, picking.message_ids.attachment_ids)
        self.assertIn("/web/content/", label.action_print()["url"])
        picking.button_validate()
        self.assertEqual(picking.state, "done")
        package = picking.acorn_amazon_package_ids
        self.assertEqual(
            (package.state, package.reason_code), ("not_needed", "label_bought")
        )
        self.send()
        self.assertEqual(self.calls(), 0)
        self.assertEqual(self.bought(), [200])

    # A2: a store that may not call Amazon leaves no purchase behind.
    def test_a_store_that_is_not_authorised(self):
        order = self.import_order()
        wizard = self.open_wizard(order)
        line = self.rates(wizard)["DHL"]
        self.stores["eu"].refresh_token = False
        with self.assertRaises(UserError), self._test_cursors():
            line.action_buy()
        self.assertFalse(order.picking_ids.acorn_amazon_label_ids)

    # A2: the wizard says why a carrier does not offer anything.
    def test_carriers_that_offer_nothing(self):
        order = self.import_order()
        wizard = self.open_wizard(order, parcel_length=0)
        with self.assertRaisesRegex(UserError, "Enter weight, length"):
            self.rates(wizard)
        wizard.write({"parcel_length": 30, "weight": 0})
        with self.assertRaisesRegex(UserError, "Enter weight, length"):
            self.rates(wizard)
        wizard.weight = 1.5
        self.simulator.control(
            "settings",
            {"unavailable_carriers": ["DHL"], "carriers_with_new_terms": ["DPD"]},
        )
        lines = self.rates(wizard)
        kinds = {carrier: line.kind for carrier, line in lines.items()}
        self.assertEqual(
            kinds,
            {
                "UPS": "offer",
                "DHL": "away",
                "DPD": "terms",
                "Deutsche Post": "rejected",
            },
        )
        self.assertIn("Seller Central", lines["DPD"].reason)
        with self.assertRaisesRegex(UserError, "Accept the carrier's terms"):
            lines["DPD"].action_buy()
        wizard.weight = 900
        with self.assertRaisesRegex(UserError, "has changed"):
            lines["UPS"].action_buy()
        self.rates(wizard)
        self.assertNotIn("offer", wizard.rate_ids.mapped("kind"))
        self.assertIn("No carrier offers", wizard.note)
        self.warehouse.partner_id.phone = False
        self.env.company.phone = False
        with self.assertRaisesRegex(UserError, "address of the warehouse.*phone"):
            self.rates(wizard)
        self.assertFalse(self.bought())

    # A2: what a carrier wants to know is asked before anything is paid.
    def test_a_carrier_with_questions(self):
        self.simulator.control("settings", {"carriers_with_questions": ["DHL"]})
        order = self.import_order()
        wizard = self.open_wizard(order)
        line = self.rates(wizard)["DHL"]
        self.assertTrue(line.needs_inputs)
        self.press(line, "action_buy")
        self.assertEqual(wizard.step, "inputs")
        contents, batteries = wizard.input_ids
        self.assertTrue(contents.is_required)
        self.assertTrue(batteries.asin)
        with self.assertRaisesRegex(UserError, "Answer first"):
            self.press(wizard, "action_answer")
        contents.value = "HOUSES"
        with self.assertRaisesRegex(UserError, "no possible answer"):
            self.press(wizard, "action_answer")
        contents.value, batteries.value = "MERCHANDISE", "2"
        self.assertFalse(self.bought())
        self.press(wizard, "action_answer")
        self.assertEqual(wizard.label_id.state, "bought")
        self.assertEqual(self.bought(), [200])

    # A2, A19: Amazon sold the label, its answer got lost. It is never bought twice.
    def test_a_lost_answer(self):
        order = self.import_order()
        picking = self.open_picking(order)
        other_line = self.rates(self.open_wizard(order))["DPD"]
        self.simulator.fault("cut_body", operation="createShipment", times=1)
        label = self.buy(order)
        self.assertEqual(label.state, "unknown")
        self.assertTrue(self.incident("label_unknown", label))
        self.assertEqual(self.bought(), [200])
        picking.carrier_id = self.method
        with self.assertRaisesRegex(UserError, "Open the order in Seller Central"):
            picking.button_validate()
        with self.assertRaisesRegex(UserError, "has a label already"):
            self.press(other_line, "action_buy")
        # The order comes back with a parcel that Odoo does not know.
        self.wait()
        self.sync()
        self.assertFalse(self.incident("shipped_elsewhere", order))
        shipment = self.simulator.control(
            f"shipments?order_id={order.acorn_amazon_order_id}"
        )["shipments"][0]
        label.invalidate_recordset()
        self.assertIn(shipment["tracking_number"], label.explanation)
        settle = self.settle(label, finding="shipment", shipment_id="unknown-one")
        with self.assertRaisesRegex(UserError, "Amazon says"):
            self.press(settle, "action_settle")
        settle.shipment_id = self.labels()[0]["shipment_id"]
        self.press(settle, "action_settle")
        self.assertEqual(label.state, "bought")
        self.assertEqual(label.tracking_number, shipment["tracking_number"])
        self.assertTrue(label.attachment_id.raw.startswith(b"%PDF-"))
        self.assertFalse(self.incident("label_unknown", label))
        self.assertEqual(self.bought(), [200])

    def settle(self, label, **values):
        """Fill in the form that the button opens."""
        action = label.action_settle()
        form = Form(self.env[action["res_model"]].with_context(action["context"]))
        for name, value in values.items():
            setattr(form, name, value)
        return form.save()

    def labels(self):
        return self.simulator.control("labels")["labels"]

    # A2: errors after which nothing can be bought say so; others leave it open.
    def test_what_an_error_means(self):
        order = self.import_order()
        for kind, state in (
            ("bad_request", "failed"),
            ("throttle", "failed"),
            ("access_denied", "failed"),
            ("server_error", "unknown"),
        ):
            with self.subTest(kind):
                self.simulator.fault(kind, operation="createShipment", times=1)
                label = self.buy(order)
                self.assertEqual(label.state, state, label.message)
                if state == "unknown":
                    settle = self.settle(label, finding="none")
                    self.press(settle, "action_settle")
                    self.assertEqual(label.state, "failed")
        # Without the restricted token createShipment was never called.
        self.simulator.fault(
            "server_error", operation="createRestrictedDataToken", times=1
        )
        label = self.buy(order)
        self.assertEqual(label.state, "failed")
        self.assertFalse(self.incident("label_unknown"))
        self.assertFalse(self.labels())
        self.simulator.fault("wrong_shape", operation="createShipment", times=1)
        label = self.buy(order)
        self.assertEqual(label.state, "unknown")
        self.assertEqual(len(self.labels()), 1)

    # A2, A19: a worker that died while buying leaves a question, not a second label.
    def test_a_worker_that_died(self):
        order = self.import_order()
        label = self.buy(order)
        self.env.cr.execute(
            "UPDATE acorn_amazon_label SET state = 'buying', shipment_id = NULL,"
            " requested_at = requested_at - interval '20 minutes' WHERE id = %s",
            [label.id],
        )
        self.env.invalidate_all()
        self.follow()
        self.assertEqual(label.state, "unknown")
        self.press(
            self.settle(label, finding="tracking", tracking_number="JD0001"),
            "action_settle",
        )
        self.assertEqual((label.state, label.tracking_number), ("bought", "JD0001"))

    # A2, A33: returned, refunded, another one bought for the same goods.
    def test_a_returned_label(self):
        self.simulator.control("settings", {"label_refund_seconds": 600})
        order = self.import_order()
        picking = self.open_picking(order)
        label = self.buy(order)
        picking.move_ids.quantity = 2
        with self.assertRaisesRegex(UserError, "labels are for 3 × .*, but 2"):
            picking.button_validate()
        picking.move_ids.quantity = 3
        with self.assertRaisesRegex(UserError, "return the Amazon label first"):
            picking.action_cancel()
        self.simulator.fault("server_error", operation="cancelShipment", times=1)
        with self.assertRaisesRegex(UserError, "asks again by itself"):
            self.press(picking, "action_acorn_amazon_return_label")
        self.assertEqual(label.state, "returning")
        self.follow()
        self.assertEqual(label.state, "refund_pending")
        self.assertFalse(picking.carrier_tracking_ref)
        self.assertEqual(picking.carrier_price, 5.9)
        with self.assertRaisesRegex(UserError, "Press Buy Label"):
            picking.button_validate()
        self.wait(700)
        self.follow()
        self.assertEqual((label.state, label.cost), ("refunded", 0))
        self.assertEqual(picking.carrier_price, 0)
        second = self.buy(order, "DPD")
        self.assertEqual(second.state, "bought")
        self.assertEqual(picking.carrier_tracking_ref, second.tracking_number)
        picking.button_validate()
        self.send()
        self.assertEqual(self.calls(), 0)
        (shipment,) = [
            s for s in self.sent(order).values() if s["status"] != "CANCELLED"
        ]
        self.assertEqual(shipment["tracking_number"], second.tracking_number)

    # A2: a carrier that does not give the money back; Odoo's own cancel button.
    def test_a_refund_that_is_rejected(self):
        self.simulator.control(
            "settings",
            {"label_refund_seconds": 0, "label_refund_outcome": "RefundRejected"},
        )
        order = self.import_order()
        picking = self.open_picking(order)
        label = self.buy(order)
        picking.button_validate()
        package = picking.acorn_amazon_package_ids
        self.assertEqual(package.reason_code, "label_bought")
        self.press(picking, "cancel_shipment")
        self.assertEqual(label.state, "refund_rejected")
        self.assertEqual(label.cost, 5.9)
        self.assertEqual(
            (package.state, package.reason_code), ("waiting", "label_returned")
        )
        self.send()
        self.assertEqual(self.calls(), 0)

    # A2: Odoo's own way: rates on the order, nothing leaves without its label.
    def test_odoos_carrier_flow(self):
        order = self.import_order()
        picking = self.open_picking(order)
        picking.carrier_id = self.method
        self.method.acorn_amazon_package_type_id = self.env[
            "stock.package.type"
        ].create({"name": "Box", "packaging_length": 300, "width": 200, "height": 150})
        with self._test_cursors():
            answer = self.method.rate_shipment(order)
        self.assertTrue(answer["success"], answer)
        with self.assertRaisesRegex(UserError, "Press Buy Label"):
            picking.button_validate()
        self.assertNotEqual(picking.state, "done")
        wizard = self.open_wizard(order)
        self.assertEqual(
            (wizard.parcel_length, wizard.width, wizard.height), (30, 20, 15)
        )
        label = self.buy(order, label_format="ZPL203")
        self.assertTrue(label.attachment_id.raw.startswith(b"^XA"))
        self.assertIn("download=true", label.action_print()["url"])
        self.assertIn("dhl.com", picking.carrier_tracking_url)
        self.assertIn(label.tracking_number, picking.carrier_tracking_url)
        other = self.env["sale.order"].create({"partner_id": order.partner_id.id})
        self.assertFalse(self.method.available_carriers(order.partner_id, other))
        picking.button_validate()
        self.assertEqual(picking.state, "done")

    # A2: only a live store buys, and nothing for a buyer who wants to cancel.
    def test_guards(self):
        order = self.import_order()
        picking = self.open_picking(order)
        wizard = self.open_wizard(order)
        line = self.rates(wizard)["DHL"]
        self.store.state = "paused"
        with self.assertRaisesRegex(UserError, "is not live"):
            self.press(line, "action_buy")
        self.store.state = "live"
        order.acorn_amazon_on_hold = True
        with self.assertRaisesRegex(UserError, "asks to cancel"):
            self.press(line, "action_buy")
        order.acorn_amazon_on_hold = False
        picking.button_validate()
        self.assertFalse(self.bought())
        # Meanwhile Amazon was told the usual way.
        picking.carrier_tracking_ref = "00340434161094042557"
        picking.carrier_id = self.dhl
        self.send()
        self.assertEqual(self.calls(), 1)
        with self.assertRaisesRegex(UserError, "Amazon knows already"):
            self.press(line, "action_buy")
        self.assertFalse(self.bought())

    # A2: two parcels of one delivery get a label each.
    def test_two_parcels(self):
        order = self.import_order(
            make_item(self.sku, "30.00", 3), make_item(self.other_sku, "5.00", 1)
        )
        picking = self.open_picking(order)
        for move_line in picking.move_line_ids:
            move_line.result_package_id = self.env["stock.package"].create({})
        numbers = []
        for _parcel in range(2):
            label = self.buy(order)
            self.assertEqual(label.state, "bought", label.message)
            self.assertTrue(label.parcel_id)
            numbers.append(label.tracking_number)
        self.assertFalse(picking.acorn_amazon_can_buy_label)
        self.assertEqual(picking.carrier_tracking_ref, ",".join(numbers))
        picking.button_validate()
        packages = picking.acorn_amazon_package_ids
        self.assertEqual(packages.mapped("reason_code"), ["label_bought"] * 2)
        self.send()
        self.assertEqual(self.calls(), 0)

    # A2: the label that was bought for loose goods stays theirs when they are packed.
    def test_goods_that_are_packed_after_the_label(self):
        order = self.import_order()
        picking = self.open_picking(order)
        label = self.buy(order)
        self.assertFalse(label.parcel_id)
        picking.move_line_ids.result_package_id = self.env["stock.package"].create({})
        self.assertFalse(picking.acorn_amazon_can_buy_label)
        picking.button_validate()
        self.assertEqual(picking.acorn_amazon_package_ids.reason_code, "label_bought")
        self.send()
        self.assertEqual(self.calls(), 0)

    # A2, A19: a conflict while the answer is written down does not cost the label.
    def test_a_conflict_after_the_purchase(self):
        self.env.cr.execute(
            """
            CREATE SEQUENCE test_conflicts;
            CREATE FUNCTION test_conflict() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF NEW.state = 'bought' AND nextval('test_conflicts') = 1 THEN
                    RAISE EXCEPTION 'somebody else' USING ERRCODE = '40001';
                END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER test_conflict BEFORE UPDATE ON acorn_amazon_label
            FOR EACH ROW EXECUTE FUNCTION test_conflict();
            """
        )
        with mute_logger("odoo.sql_db"):
            label = self.buy(self.import_order())
        self.assertEqual(label.state, "bought")
        self.assertTrue(label.attachment_id.raw)

    # A2, A13: a delivery that nobody may change keeps no other from its label.
    def test_a_delivery_that_cannot_be_changed(self):
        labels = self.buy(self.import_order()) | self.buy(self.import_order())
        first, second = labels.picking_id
        self.env.cr.execute(
            """
            UPDATE acorn_amazon_label SET is_applied = FALSE WHERE id IN %s;
            UPDATE stock_picking SET carrier_price = 0 WHERE id IN %s;
            CREATE FUNCTION test_rule() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'closed for good' USING ERRCODE = 'check_violation';
            END $$;
            CREATE TRIGGER test_rule BEFORE UPDATE ON stock_picking
            FOR EACH ROW WHEN (NEW.id = %s) EXECUTE FUNCTION test_rule();
            """,
            [tuple(labels.ids), tuple(labels.picking_id.ids), first.id],
        )
        self.env.invalidate_all()
        log = "odoo.addons.acorn_amazon_connector.jobs.acorn_amazon_job_labels"
        with self.assertLogs(log, "WARNING"), mute_logger("odoo.sql_db"):
            self.follow()
        self.assertEqual(second.carrier_price, 5.9)
        self.assertEqual(labels.mapped("is_applied"), [False, True])
        self.assertIn("closed for good", labels[0].message)
        # It is tried again in its turn: the runner does not come back for it at once.
        self.assertFalse(self.env["acorn.amazon.task"]._count_due("remote"))
        self.env.cr.execute("DROP TRIGGER test_rule ON stock_picking")
        self.follow()
        self.assertEqual(first.carrier_price, 5.9)

    # A2: a packer buys and settles, but never writes what Amazon said.
    def test_rights(self):
        packer = new_test_user(
            self.env,
            "packer",
            groups="stock.group_stock_user,base.group_partner_manager",
        )
        order = self.import_order()
        picking = self.open_picking(order).with_user(packer)
        action = picking.action_acorn_amazon_buy_label()
        wizard = (
            self.env[action["res_model"]].with_user(packer).browse(action["res_id"])
        )
        wizard.write({"parcel_length": 30, "width": 20, "height": 15})
        line = self.rates(wizard)["UPS"]
        self.press(line, "action_buy")
        label = wizard.label_id
        self.assertEqual((label.state, label.user_id), ("bought", packer))
        self.assertTrue(label.action_print()["url"])
        with self.assertRaises(AccessError):
            label.state = "failed"
        self.press(label, "action_return")
        self.assertEqual(label.state, "refund_pending")
        label.sudo().company_id = self.env["res.company"].create({"name": "Other"})
        label.invalidate_recordset()
        with self.assertRaises(AccessError):
            label.action_check()
