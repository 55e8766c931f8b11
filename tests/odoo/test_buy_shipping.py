"""Labels bought from Amazon: paid once, printed, returned (A2, A19, A33)."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from tests.odoo.common import needs_simulator
from tests.odoo.test_shipments import ShipmentCase

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
        wizard.write({"length": 30, "width": 20, "height": 15, **values})
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
