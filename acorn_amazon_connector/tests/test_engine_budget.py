"""Amazon's token buckets, shared by everyone who calls (A21, X8)."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ..services.errors import BudgetExhausted
from ..services.operations import OPERATIONS
from .common import AmazonCase

SEARCH = OPERATIONS["orders.searchOrders"]


@tagged("post_install", "-at_install")
class TestBudget(AmazonCase):
    def setUp(self):
        super().setUp()
        self.budgets = self.env["acorn.amazon.budget"]

    def _take(self, times=1, operation=SEARCH):
        """Take tokens as a client does; stop when there is none left.

        :return: (how many were granted, seconds until the next one or None)
        """
        with self.enter_registry_test_mode():
            gate = self.budgets._gate(self.store)
            for granted in range(times):
                try:
                    gate.take(operation)
                except BudgetExhausted as exc:
                    return granted, exc.retry_after
        return times, None

    def _budget(self, operation=SEARCH):
        return self.budgets.search(
            [("store_id", "=", self.store.id), ("operation", "=", operation.key)]
        )

    def _let_pass(self, seconds):
        budget = self._budget()
        budget.refilled_at -= timedelta(seconds=seconds)
        self.env.flush_all()

    # A21: a full bucket at first, then Amazon's rate.
    def test_burst_and_refill(self):
        granted, wait = self._take(30)
        self.assertEqual(granted, SEARCH.burst)
        self.assertAlmostEqual(wait, 1 / SEARCH.rate, delta=5)
        self._let_pass(90)
        granted, wait = self._take()
        self.assertEqual(granted, 0)
        self.assertAlmostEqual(wait, 1 / SEARCH.rate - 90, delta=5)
        self._let_pass(100)
        self.assertEqual(self._take(3)[0], 1)

    def test_a_bucket_never_overflows(self):
        self._take(SEARCH.burst)
        self._let_pass(30 * 24 * 3600)
        self.assertEqual(self._take(100)[0], SEARCH.burst)

    # A21: each seller and each operation has its own.
    def test_buckets_are_apart(self):
        self._take(SEARCH.burst)
        self.assertEqual(self._take(operation=OPERATIONS["orders.getOrder"]), (1, None))
        self.store = self._create_store(
            application=self.application, seller_id="AOTHERSELLER1"
        )
        self.assertEqual(self._take(), (1, None))

    def test_amazons_answer_corrects_the_rate(self):
        self._take()
        with self.enter_registry_test_mode():
            gate = self.budgets._gate(self.store)
            gate.observe(SEARCH, 0.5, False)
        self.assertAlmostEqual(self._budget().rate, 0.5)
        self._take(SEARCH.burst)
        self._let_pass(4)
        self.assertEqual(self._take(10)[0], 2)

    def test_a_refusal_empties_the_bucket(self):
        self._take()
        with self.enter_registry_test_mode():
            self.budgets._gate(self.store).observe(SEARCH, None, True)
        self.assertEqual(self._take()[0], 0)
        budget = self._budget()
        self.assertEqual(budget.throttled_count, 1)
        self.assertTrue(budget.throttled_at)

    # X8: what is left, and when it is full again, on screen.
    def test_what_is_left(self):
        self._take(SEARCH.burst)
        budget = self._budget()
        self.assertAlmostEqual(budget.available, 0, delta=0.1)
        full = (budget.full_at - fields.Datetime.now()).total_seconds()
        self.assertAlmostEqual(full, SEARCH.burst / SEARCH.rate, delta=30)
        self._let_pass(10**6)
        budget.invalidate_recordset()
        self.assertEqual(budget.available, SEARCH.burst)
        self.assertFalse(budget.full_at)

    # A25: Amazon's sandbox allows the same for every operation.
    def test_the_sandbox(self):
        application = self._create_application(
            environment="sandbox", simulator_url=False
        )
        self.store = self._create_store(
            application=application, seller_id="ASANDBOX00001"
        )
        # Five more come in the second that a busy machine may take for it.
        self.assertIn(self._take(30)[0], range(15, 26))
        self.assertEqual(self._budget().burst, 15)
        self.assertAlmostEqual(self._budget().rate, 5.0)
