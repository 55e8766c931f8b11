"""Every world arrives complete, once, and to the minor unit (A1, A3, A15)."""

from collections import Counter

from odoo.tests import tagged

from tests.odoo.common import needs_simulator
from tests.odoo.shop import FINISHED, ShopCase, units

OPEN = "UNSHIPPED"


class WorldQuestions:
    """The same questions to each world."""

    is_imported = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.truth = cls.truths()
        cls.imported = cls.orders()

    def expected(self, *kinds):
        return {
            order_id: truth
            for order_id, truth in self.truth.items()
            if truth["expected"] in kinds
        }

    def pairs(self, status, fulfilled_by="MERCHANT"):
        """Imported orders of a state with their truth; there must be some."""
        found = [
            (order, self.truth[order_id])
            for order_id, order in self.imported.items()
            if self.truth[order_id]["status"] == status
            and self.truth[order_id]["fulfilled_by"] == fulfilled_by
        ]
        self.assertTrue(found, "the world is too small for this question")
        return found

    # A1, A15, A24
    def test_census(self):
        wanted = self.expected("order")
        self.assertEqual(set(wanted) - set(self.imported), set(), "missing")
        self.assertEqual(set(self.imported) - set(wanted), set(), "not expected")

    # A1: what must not become an order says why.
    def test_what_is_no_order_is_told(self):
        for order_id in self.expected("blocked"):
            document = self.documents(order_id)
            self.assertEqual(document.mapped("state"), ["blocked"], order_id)
            self.assertEqual(document.reason_code, "unknown_sku")
        for order_id, truth in self.expected("none").items():
            document = self.documents(order_id)
            self.assertEqual(document.mapped("state"), ["ignored"], truth)
            self.assertTrue(document.reason)
        self.assertFalse(self.documents(state="error"))
        self.assertFalse(self.documents(state="received"))

    # A1: money, to the minor unit, with the tax that Amazon remits itself.
    def test_totals(self):
        for order_id, truth in self.expected("order").items():
            with self.subTest(order_id, scenario=truth["scenario"]):
                self.assert_total(self.imported[order_id], truth)

    def test_units(self):
        for order_id, truth in self.expected("order").items():
            order = self.imported[order_id]
            ordered = Counter()
            for line in order.order_line:
                if line.acorn_amazon_charge == "item":
                    ordered[line.product_id.default_code] += line.product_uom_qty
            self.assertEqual(dict(ordered), truth["units"], truth["scenario"])

    def test_each_charge_is_a_line_of_its_own(self):
        for order_id, truth in self.expected("order").items():
            lines = {
                (line.acorn_amazon_order_item_id, line.acorn_amazon_charge)
                for line in self.imported[order_id].order_line
            }
            for line in truth["lines"]:
                for kind in ("shipping", "gift_wrap", "discount", "shipping_discount"):
                    if float(line[kind] or 0):
                        self.assertIn((line["order_item_id"], kind), lines)

    # A1: goods of open orders are reserved for them.
    def test_deliveries_of_open_orders(self):
        for order, truth in self.pairs(OPEN):
            self.assertEqual(order.state, "sale")
            picking = order.picking_ids
            self.assertEqual(picking.mapped("state"), ["assigned"], truth["scenario"])
            self.assertEqual(picking.location_id, self.warehouse.lot_stock_id)
            self.assertEqual(units(picking.move_ids), truth["units"])
            for move in picking.move_ids:
                self.assertEqual(move.quantity, move.product_uom_qty)
                self.assertFalse(move.picked)

    def test_deliveries_of_shipped_orders(self):
        for order, truth in self.pairs("SHIPPED"):
            self.assertEqual(set(order.picking_ids.mapped("state")), {"done"})
            self.assertEqual(units(order.picking_ids.move_ids), truth["units"])
            self.assertEqual(order.delivery_status, "full")

    def test_deliveries_of_partly_shipped_orders(self):
        for order, truth in self.pairs("PARTIALLY_SHIPPED"):
            shipped, left = Counter(), Counter()
            for line in truth["lines"]:
                shipped[line["sku"]] += line["quantity_shipped"]
                left[line["sku"]] += line["quantity"] - line["quantity_shipped"]
            moves = order.picking_ids.move_ids
            done = moves.filtered(lambda move: move.state == "done")
            rest = moves.filtered(lambda move: move.state not in FINISHED)
            self.assertEqual(units(done), dict(+shipped), truth)
            self.assertEqual(units(rest), dict(+left), truth)
            self.assertEqual(set(rest.mapped("state")), {"assigned"})
            self.assertEqual(rest.location_id, self.warehouse.lot_stock_id)

    # A1, X14: what Amazon shipped left Amazon's stock, in lots where there are lots.
    def test_deliveries_by_amazon(self):
        for order, truth in self.pairs("SHIPPED", "AMAZON"):
            store = order.acorn_amazon_store_id
            moves = order.picking_ids.move_ids
            self.assertEqual(set(moves.mapped("state")), {"done"})
            self.assertEqual(moves.location_id, store.fba_location_id)
            self.assertEqual(units(moves), truth["units"])
            for move in moves:
                tracked = move.product_id.tracking == "lot"
                for line in move.move_line_ids:
                    self.assertEqual(bool(line.lot_id), tracked)

    # X14: the books of each FBA location are what Amazon shipped, no more, no less.
    def test_amazon_stock_went_down_by_what_was_shipped(self):
        for store in self.stores.values():
            wanted = Counter()
            for truth in self.expected("order").values():
                is_theirs = truth["seller_id"] == store.seller_id
                if is_theirs and truth["fulfilled_by"] == "AMAZON":
                    wanted.update(truth["units"])
            quants = self.env["stock.quant"].search(
                [("location_id", "child_of", store.fba_location_id.id)]
            )
            booked = Counter()
            for quant in quants:
                booked[quant.product_id.default_code] -= quant.quantity
            self.assertEqual(dict(booked), {k: v for k, v in wanted.items() if v})

    # A1: goods that left before the stock was counted are not deducted again.
    def test_own_stock_is_untouched_by_the_past(self):
        for product in self.products.values():
            quants = self.env["stock.quant"].search(
                [
                    ("product_id", "=", product.id),
                    ("location_id", "child_of", self.warehouse.lot_stock_id.id),
                ]
            )
            self.assertEqual(sum(quants.mapped("quantity")), self.stock)

    # No Amazon buyer ever gets a mail or a text message from Odoo.
    def test_no_mail_leaves(self):
        buyers = {
            partner.id
            for order in self.imported.values()
            for partner in order.partner_id | order.partner_shipping_id
        }
        mails = self.env["mail.mail"].search([])
        self.assertFalse(buyers & set(mails.recipient_ids.ids))
        notified = self.env["mail.notification"].search([])
        self.assertFalse(buyers & set(notified.res_partner_id.ids))
        followers = self.env["mail.followers"].search(
            [("res_model", "=", "sale.order")]
        )
        self.assertFalse(buyers & set(followers.partner_id.ids))

    # Confirming keeps the moment at which the buyer ordered.
    def test_order_dates(self):
        for order_id, order in self.imported.items():
            payload = self.documents(order_id)[-1]._get_payload()
            created = payload["createdTime"].replace("T", " ")[:19]
            self.assertEqual(str(order.date_order), created)


@needs_simulator
@tagged("standard", "post_install")
class TestDemoWorld(WorldQuestions, ShopCase):
    size = 120


@needs_simulator
@tagged("standard", "post_install")
class TestEuVatWorld(WorldQuestions, ShopCase):
    world = "eu-vat"
    size = 80
    regions = ("eu",)


@needs_simulator
@tagged("standard", "post_install")
class TestUsFacilitatorWorld(WorldQuestions, ShopCase):
    world = "us-facilitator"
    size = 70
    regions = ("na",)


@needs_simulator
@tagged("standard", "post_install")
class TestJapanWorld(WorldQuestions, ShopCase):
    world = "japan"
    size = 65
    regions = ("fe",)


@needs_simulator
@tagged("standard", "post_install")
class TestChaosWorld(WorldQuestions, ShopCase):
    world = "chaos"
    size = 150
