"""The flow that docs/adding-a-flow.md builds does what the page says."""

import importlib.util
import re
import tempfile
from pathlib import Path

from lxml import etree

from odoo.orm.model_classes import add_to_registry
from odoo.tests import tagged

from tests.odoo.common import needs_simulator
from tests.odoo.shop import ShopCase

PAGE = Path(__file__).resolve().parents[3] / "docs" / "adding-a-flow.md"
MODULE = "odoo.addons.acorn_amazon_connector.models.job_marketplaces"
OPERATION = "sellers.getMarketplaceParticipations"


def example(language):
    """The first code block of a language on the page."""
    text = PAGE.read_text(encoding="utf-8")
    block = rf"^```{language}\n(.*?)^```$"
    return re.search(block, text, re.MULTILINE | re.DOTALL)[1]


@needs_simulator
@tagged("standard", "post_install")
class TestDocumentedFlow(ShopCase):
    # A18
    regions = ("na",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._load_job()
        cls.flow = cls.env["acorn.amazon.flow"].create(cls._read_record())
        store = cls.stores["na"]
        # What the page tells people to do with stores that run already.
        store.action_pause()
        store.action_resume()
        cls.watch = store.task_ids.filtered(lambda task: task.flow_id == cls.flow)

    @classmethod
    def _load_job(cls):
        """Put the job of the page into the registry, as installing its addon would."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "job_marketplaces.py")
            path.write_text(example("python"), encoding="utf-8")
            # Odoo reads from a module's name to which addon its models belong.
            spec = importlib.util.spec_from_file_location(MODULE, path)
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
        job = module.AmazonJobMarketplaces
        definitions = type(job)._module_to_models__["acorn_amazon_connector"]
        definitions.remove(job)
        add_to_registry(cls.registry, job)
        cls.registry._setup_models__(cls.cr, [job._name])
        cls.addClassCleanup(cls._unload_job, job._name)

    @classmethod
    def _unload_job(cls, name):
        for parent in ("acorn.amazon.job", "base"):
            cls.registry[parent]._inherit_children.discard(name)
        del cls.registry.models[name]
        cls.registry._setup_models__(cls.cr, [])

    @classmethod
    def _read_record(cls):
        record = etree.fromstring(example("xml").encode()).find("record")
        return {field.get("name"): field.text for field in record.iter("field")}

    def _run(self):
        self.watch.action_run_now()
        self.run_cron("remote")

    def test_stores_get_a_task_that_runs(self):
        self.assertEqual(len(self.watch), 1)
        self.assertEqual(self.watch.lane, "remote")
        participations = self.stores["na"].all_participation_ids
        gone = participations[:1]
        count = len(participations)
        gone.unlink()
        self._run()
        self.assertTrue(self.watch.last_success)
        self.assertFalse(self.watch.last_error)
        self.assertEqual(len(self.stores["na"].all_participation_ids), count)
        self.assertGreater(self.watch.next_run, self.watch.last_success)

    def test_a_missing_role_and_an_empty_budget_end_as_the_page_says(self):
        self.simulator.fault("access_denied", operation=OPERATION, times=1)
        self._run()
        self.assertEqual(self.watch.failure_count, 1)
        self.assertTrue(self.incident("access_denied", self.watch))
        self.simulator.fault("throttle", operation=OPERATION, times=1)
        self._run()
        self.assertTrue(self.watch.parked_until)
        self.assertEqual(self.watch.failure_count, 1)
        self._run()
        self.assertFalse(self.incident("access_denied", self.watch))
        self.assertFalse(self.watch.failure_count)

    def test_suspended_listings_open_an_incident_that_closes_itself(self):
        participation = self.stores["na"].participation_ids[:1]
        job = self.env["acorn.amazon.job.marketplaces"]
        participation.has_suspended_listings = True
        job._report_suspended(self.watch, participation)
        incident = self.incident("other", self.watch)
        self.assertIn(participation.marketplace_id.name, incident.details)
        self._run()
        self.assertEqual(incident.state, "closed")
