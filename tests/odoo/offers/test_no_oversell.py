"""Whatever happens in whatever order: no unit is offered that is not there (X2)."""

from hypothesis import Phase, given, settings, strategies as st

from odoo import Command
from odoo.tests import tagged

from tests.odoo.common import needs_simulator
from tests.odoo.examples import FEW
from tests.odoo.offers.stock_shop import PATCH, StockShopCase

UNITS = st.integers(1, 12)
STEPS = st.one_of(
    st.tuples(st.just("buy"), UNITS, st.sampled_from(["UNSHIPPED", "PENDING"])),
    st.tuples(st.just("receive"), UNITS),
    st.tuples(st.just("lose"), UNITS),
    st.tuples(st.just("sell elsewhere"), UNITS),
    st.tuples(st.just("cancel elsewhere")),
    st.tuples(st.just("ship")),
    st.tuples(st.just("read orders")),
    st.tuples(st.just("cancel pending")),
    st.tuples(st.just("authorise pending")),
    st.tuples(st.just("fault"), st.sampled_from(["cut", "unavailable", "throttle"])),
    st.tuples(st.just("wait"), st.sampled_from([5, 130, 1000])),
    st.tuples(st.just("publish")),
)
# Each example goes on where the last one ended: a shop is never new either.
DAYS = settings(FEW, max_examples=9, phases=[Phase.explicit, Phase.generate])


@needs_simulator
@tagged("standard", "post_install")
class TestNoOversell(StockShopCase):
    """One SKU in Europe, where one quantity is for all marketplaces."""

    regions = ("eu",)
    stock = 20.0

    def setUp(self):
        super().setUp()
        self.sku = self.managed_skus()[0]
        self.product = self.products[self.sku]
        # Units that are, or were, in the warehouse and not promised to others.
        self.existing = 20
        self.elsewhere = self.env["sale.order"]
        self.pending = []
        self.publications = 0

    # X2, A2
    @DAYS
    @given(steps=st.lists(STEPS, min_size=8, max_size=25))
    def test_any_order_of_events(self, steps):
        for name, *details in [*steps, ("publish",)]:
            getattr(self, "do_" + name.replace(" ", "_"))(*details)
            self.assert_explained()

    def tearDown(self):
        self.assertGreater(self.publications, 15, "nothing was really tried")
        super().tearDown()

    # === WHAT HAPPENS === #

    def do_buy(self, units, status):
        answer = self.buy(self.sku, quantity=units, status=status)
        if status == "PENDING":
            self.pending += [sale["order_id"] for sale in answer["accepted"]]

    def do_receive(self, units):
        self.receive(self.sku, units)
        self.existing += units

    def do_lose(self, units):
        """Units break; those that nobody waits for, as far as Odoo knows."""
        units = min(units, int(self.free()))
        if units > 0:
            self.receive(self.sku, -units)
            self.existing -= units

    def do_sell_elsewhere(self, units):
        units = min(units, int(self.free()))
        if units <= 0:
            return
        line = {"product_id": self.product.id, "product_uom_qty": units}
        partner = self.env["res.partner"].create({"name": "Walk-in"})
        order = self.env["sale.order"].create(
            {"partner_id": partner.id, "order_line": [Command.create(line)]}
        )
        order.action_confirm()
        self.elsewhere |= order
        self.existing -= units

    def do_cancel_elsewhere(self):
        order = self.elsewhere[:1]
        if order:
            self.existing += int(order.order_line.product_uom_qty)
            order._action_cancel()
            self.elsewhere -= order

    def do_ship(self):
        pickings = self.env["stock.picking"].search(
            [("acorn_amazon_order_id", "!=", False), ("state", "=", "assigned")],
            limit=1,
        )
        pickings.button_validate()

    def do_read_orders(self):
        self.sync()

    def do_cancel_pending(self):
        if self.pending:
            self.simulator.control(f"orders/{self.pending.pop()}", {"action": "cancel"})

    def do_authorise_pending(self):
        if self.pending:
            self.simulator.control(
                f"orders/{self.pending.pop()}", {"action": "release"}
            )

    def do_fault(self, kind):
        self.simulator.fault(kind, operation=PATCH, times=1)

    def do_wait(self, seconds):
        self.wait(seconds)

    def do_publish(self):
        before = len(self.history())
        self.simulator.heal()
        self.task("eu", "stock_publish").action_run_now()
        self.publish()
        published = [
            entry for entry in self.history()[before:] if entry["cause"] == "publish"
        ]
        self.publications += 1
        if published:
            # Nobody bought in between: what is shown now was just sent.
            self.assertLessEqual(
                self.at_amazon(self.sku, "*") + self.owed(),
                max(self.existing, self.owed()),
                self.story(),
            )

    # === WHAT MUST HOLD === #

    def assert_explained(self):
        """Nothing negative is ever shown."""
        self.assertGreaterEqual(self.at_amazon(self.sku, "*"), 0)

    def history(self):
        [row] = self.rows(self.sku)
        return row["history"]

    def story(self):
        """Everything that led to the number, for whoever reads a failure."""
        offer = self.offer(self.sku)
        demand = self.env["acorn.amazon.demand"].search([])
        rows = demand.read(["order_id", "units", "status", "placed_at", "is_settled"])
        return (
            f"{offer.calculation}\nread: {offer.amazon_quantity_at} {offer.sold_log}\n"
            f"known: {rows[-12:]}\nAmazon: {self.history()[-14:]}\n"
            f"horizon: {self.task('eu').cursor}"
        )

    def owed(self):
        """Units that Amazon sold and that were not cancelled, by Amazon's truth."""
        [row] = self.rows(self.sku)
        return row["accepted"]["total"] - row["accepted"]["cancelled"]

    def free(self):
        """What Odoo lets a clerk give to somebody else."""
        product = self.product.with_context(warehouse_id=self.warehouse.id)
        product.invalidate_recordset(["free_qty"])
        return product.free_qty
