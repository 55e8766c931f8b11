"""What a job or an event leaves to its kind, each kind says (A18)."""

import inspect

from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestHooks(TransactionCase):
    def unanswered(self, model):
        """Names of the methods of a model of which nobody has said what they do.

        :param str model: technical name
        """
        methods = inspect.getmembers(self.registry[model], inspect.isfunction)
        return [
            name
            for name, method in methods
            if "NotImplementedError" in method.__code__.co_names
        ]

    # A18
    def test_every_flow_can_do_its_work(self):
        flows = self.env["acorn.amazon.flow"].with_context(active_test=False)
        for flow in flows.search([]):
            with self.subTest(flow=flow.code):
                self.assertEqual(self.unanswered(flow.job_model), [])

    # A2, A4
    def test_every_event_marks_its_offers(self):
        abstract = "acorn.amazon.offer.event"
        kinds = self.registry[abstract]._inherit_children
        self.assertGreaterEqual(
            kinds, {"acorn.amazon.price.event", "acorn.amazon.stock.event"}
        )
        for kind in kinds:
            with self.subTest(kind=kind):
                self.assertEqual(self.unanswered(kind), [])

    def test_what_is_unanswered_is_found(self):
        self.assertEqual(self.unanswered("acorn.amazon.job"), ["_run"])
        self.assertEqual(self.unanswered("acorn.amazon.offer.event"), ["_mark_offers"])
        self.assertIn("_learn", self.unanswered("acorn.amazon.job.publish"))
        self.assertNotIn("_run", self.unanswered("acorn.amazon.job.publish"))
