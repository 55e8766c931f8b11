from odoo import fields
from odoo.tests import TransactionCase, tagged

from .common import AmazonCommon


@tagged("post_install", "-at_install")
class TestCalls(AmazonCommon, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store = cls._create_store()
        cls.store.state = "live"

    def call(self, operation, times):
        return self.env["acorn.amazon.call"].create(
            [
                {
                    "store_id": self.store.id,
                    "company_id": self.store.company_id.id,
                    "called_at": fields.Datetime.now(),
                    "operation": operation,
                    "status": 200,
                }
            ]
            * times
        )

    def warned(self):
        self.env["acorn.amazon.call"]._cron_watch_sunset()
        return self.env["acorn.amazon.incident"].search(
            [
                ("store_id", "=", self.store.id),
                ("code", "=", "operation_ends"),
                ("state", "=", "open"),
            ]
        )

    # A16: who lives on an interface that ends is warned until that is over.
    def test_an_interface_that_ends(self):
        calls = self.call("ordersV0.getOrders", 11)
        self.assertIn("ordersV0.getOrders: 2027-03-27", self.warned().details)
        calls.unlink()
        self.assertFalse(self.warned())

    # A16: a permission check is no use of an interface.
    def test_a_permission_check_warns_nobody(self):
        self.call("ordersV0.getOrders", 2)
        self.call("orders.searchOrders", 50)
        self.assertFalse(self.warned())
