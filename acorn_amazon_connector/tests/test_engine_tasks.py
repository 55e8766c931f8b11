"""Who runs what, when, and what happens when nobody does (A12, A14)."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from ..models.acorn_amazon_task import LEASE, LeaseLost
from .common import MANAGER_GROUP, USER_GROUP
from .order_documents import make_item, make_order
from .orders_common import OrdersCase

TASK = "odoo.addons.acorn_amazon_connector.models.acorn_amazon_task"


@tagged("post_install", "-at_install")
class TestTasks(OrdersCase):
    countries = ("de",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.owner = cls._create_user("store_owner", MANAGER_GROUP)
        cls.store.user_id = cls.owner
        cls.tasks = cls.env["acorn.amazon.task"]
        # The engine is the same for all flows; three are enough to look at.
        codes = ("orders_sweep", "orders_apply", "listings")
        others = cls.env["acorn.amazon.flow"].search([("code", "not in", codes)])
        cls.tasks.search([("flow_id", "in", others.ids)]).unlink()
        others.active = False
        cls.sweep, cls.apply = (
            cls.store.task_ids.filtered(lambda task, c=code: task.flow_id.code == c)
            for code in ("orders_sweep", "orders_apply")
        )

    def _later(self, **delta):
        """Real seconds do not matter here, Odoo's clock does."""
        return freeze_time(fields.Datetime.now() + timedelta(**delta))

    def _claim_all(self, lane):
        claimed = self.tasks.browse()
        while task := self.tasks._claim(lane):
            claimed |= task
        return claimed

    # A12
    def test_going_live_starts_the_flows(self):
        flows = self.env["acorn.amazon.flow"].search([])
        self.assertEqual(self.store.task_ids.flow_id, flows)
        self.assertEqual(set(self.store.task_ids.mapped("state")), {"waiting"})
        self.assertIn(self.sweep, self._claim_all("remote"))
        self.assertEqual(self._claim_all("local"), self.apply)

    # A19: whoever comes second gets nothing.
    def test_a_task_is_leased_once(self):
        task = self.tasks._claim("local")
        self.assertEqual(task, self.apply)
        self.assertEqual(task.state, "running")
        self.assertFalse(self.tasks._claim("local"))
        self.assertFalse(self.tasks._count_due("local"))

    # A19: a killed worker blocks a store for ten minutes, not for ever.
    def test_a_lease_ends(self):
        first = self.tasks._claim("local")
        with self._later(minutes=9, seconds=30):
            self.assertFalse(self.tasks._claim("local"))
        with self._later(minutes=10, seconds=30):
            self.assertEqual(self.tasks._claim("local"), first)

    def test_a_checkpoint_renews_the_lease(self):
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            task = self.tasks.with_env(self.env(cr=cr))._claim("local")
            with self._later(minutes=9):
                task._checkpoint(processed=50)
                until = fields.Datetime.now() + LEASE
                self.assertEqual(task.lease_until, until.replace(microsecond=0))
            self.assertEqual(task.processed_count, 50)

    # A19: a worker that slept too long gives way to the one that took over.
    def test_a_lost_lease(self):
        sleeper = self.tasks._claim("local")
        with self._later(minutes=11):
            worker = self.tasks._claim("local")
            self.assertEqual(worker, sleeper)
            with self.assertRaises(LeaseLost):
                sleeper._checkpoint()
            with self.assertRaises(LeaseLost):
                sleeper._release(next_run=fields.Datetime.now())
            self.assertEqual(worker.state, "running")
            worker._release(next_run=fields.Datetime.now())
            self.assertEqual(worker.state, "waiting")

    # A11: its products are asked for before there is any order.
    def test_a_store_that_is_being_connected(self):
        self.store.state = "authorised"
        self.assertEqual(self.tasks._count_due("remote"), 1)
        self.assertEqual(self.tasks._claim("remote").flow_id.code, "listings")
        self.assertFalse(self.tasks._count_due("local"))

    def test_stores_that_do_not_run(self):
        for state in ("draft", "paused", "reauthorise"):
            self.store.state = state
            with self.subTest(state):
                self.assertFalse(self.tasks._count_due("remote"))
                self.assertFalse(self.tasks._claim("local"))

    def test_a_store_that_is_watched(self):
        self.sweep.flow_id.runs_in_shadow = False
        self.store.action_shadow()
        claimed = self._claim_all("remote") | self._claim_all("local")
        self.assertNotIn(self.sweep, claimed)
        self.assertIn(self.apply, claimed)

    def test_flows_and_tasks_that_are_switched_off(self):
        self.apply.active = False
        self.assertFalse(self.tasks._claim("local"))
        self.apply.active = True
        self.apply.flow_id.active = False
        self.assertFalse(self.tasks._claim("local"))

    def test_the_most_urgent_comes_first(self):
        other = self._open_store(("de",), seller_id="AOTHERSELLER1")
        late = other.task_ids.filtered(lambda task: task.flow_id == self.apply.flow_id)
        late.next_run = fields.Datetime.now() - timedelta(hours=1)
        self.assertEqual(self.tasks._claim("local"), late)
        self.assertEqual(self.tasks._claim("local"), self.apply)

    # A queue that never ends, such as changed stock, does not keep orders waiting.
    def test_nobody_waits_for_ever(self):
        now = fields.Datetime.now()
        urgent = self.store.task_ids.filtered(lambda t: t.flow_id.code == "listings")
        urgent.flow_id.sequence = 1
        (urgent | self.sweep).next_run = now
        self.env.flush_all()
        for minute in range(4):
            with freeze_time(now + timedelta(minutes=minute)):
                task = self.tasks._claim("remote")
                if task == self.sweep:
                    break
                self.assertEqual(task, urgent)
                task._release(next_run=fields.Datetime.now())
                task._wake(self.store, "remote", code="orders_sweep")
        self.assertEqual(task, self.sweep)
        self.assertGreaterEqual(minute, 2)

    # Of all that waited for too long the most patient comes first, however urgent.
    def test_the_longest_wait_ends_first(self):
        now = fields.Datetime.now()
        urgent = self.store.task_ids.filtered(lambda t: t.flow_id.code == "listings")
        urgent.flow_id.sequence = 1
        urgent.next_run = now - timedelta(minutes=3)
        self.sweep.next_run = now - timedelta(minutes=4)
        self.env.flush_all()
        self.assertEqual(self.tasks._claim("remote"), self.sweep)
        self.assertEqual(self.tasks._claim("remote"), urgent)

    # What does not run, and so stays due, hides nothing that will be due soon.
    def test_the_next_task_wakes_the_lane(self):
        runner = self.env.ref("acorn_amazon_connector.ir_cron_run_remote_tasks")
        watched = self._open_store(("de",), seller_id="AOTHERSELLER1")
        self.sweep.flow_id.runs_in_shadow = False
        watched.action_shadow()
        now = fields.Datetime.now()
        remote = self.tasks.search([("lane", "=", "remote")])
        remote.next_run = now + timedelta(hours=1)
        stuck = watched.task_ids.filtered(lambda t: t.flow_id == self.sweep.flow_id)
        stuck.next_run = now - timedelta(days=1)
        self.sweep.next_run = now + timedelta(seconds=30)
        triggers = self.env["ir.cron.trigger"]
        mine = [("cron_id", "=", runner.id)]
        triggers.search(mine).unlink()
        self.tasks._trigger_next("remote")
        self.assertEqual(triggers.search(mine).call_at, self.sweep.next_run)
        # A worker that died holds its task until the lease ends.
        triggers.search(mine).unlink()
        self.sweep.write({"next_run": now, "lease_until": now + timedelta(minutes=9)})
        self.tasks._trigger_next("remote")
        self.assertEqual(
            triggers.search(mine).call_at, now + timedelta(minutes=9, seconds=1)
        )

    # One seller account through two applications: each order would come twice.
    def test_one_seller_in_two_stores(self):
        twin = self._create_store(
            application=self._create_application(),
            marketplace=self._marketplace("de"),
            name="The same seller",
        )
        self.assertEqual(twin.seller_id, self.store.seller_id)
        with self.assertRaisesRegex(UserError, self.store.name):
            twin.action_go_live()
        twin.action_shadow()
        self.store.action_pause()
        twin.action_go_live()
        with self.assertRaisesRegex(UserError, twin.name):
            self.store.action_resume()
        twin.action_pause()
        self.store.action_resume()
        self.assertEqual(self.store.state, "live")

    # A12: a complete run comes again after the flow's interval.
    def test_the_next_run(self):
        self._apply()
        wait = self.apply.next_run - fields.Datetime.now()
        interval = self.apply.flow_id.interval_minutes * 60
        self.assertAlmostEqual(wait.total_seconds(), interval, delta=15)
        self.assertFalse(self.apply.lease_until)

    # A19: what came in while the task was about to rest is not left for later.
    def test_documents_that_come_at_the_last_moment(self):
        self._apply()
        self.assertGreater(self.apply.next_run, fields.Datetime.now())
        self._keep(make_order(make_item("LAMP")))
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            self.apply.with_env(self.env(cr=cr))._look_again()
        self.assertLessEqual(self.apply.next_run, fields.Datetime.now())

    # A19: a task that runs is not written to by others.
    def test_a_running_task_is_not_woken(self):
        self.apply.next_run = fields.Datetime.now()
        task = self.tasks._claim("local")
        task.next_run = "2030-01-01"
        self.env.flush_all()
        self.tasks._wake(self.store, "local")
        self.assertEqual(str(task.next_run), "2030-01-01 00:00:00")
        task.action_run_now()
        self.assertEqual(str(task.next_run), "2030-01-01 00:00:00")
        task._release()
        self.tasks._wake(self.store, "local")
        self.assertLessEqual(task.next_run, fields.Datetime.now())

    # A14: the dead man's alarm, and its end.
    def test_silence(self):
        self._watch()
        self.assertFalse(self._incident("silent"))
        now = fields.Datetime.now()
        self.store.task_ids.last_success = now
        self.apply.last_success = now - timedelta(minutes=59)
        self._watch()
        self.assertFalse(self._incident("silent"))
        self.apply.last_success = now - timedelta(minutes=61)
        self._watch()
        incident = self._incident("silent", self.apply)
        self.assertEqual(incident.activity_ids.user_id, self.owner)
        self.assertTrue(incident.advice)
        self._watch()
        self.assertEqual(self._incident("silent"), incident)
        self._apply()
        self.assertEqual(incident.state, "closed")

    # A14: also of a flow that never went well since it was created.
    def test_silence_from_the_start(self):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE acorn_amazon_task SET create_date = create_date - interval '2 days'"
            " WHERE id = %s",
            [self.sweep.id],
        )
        self.env.invalidate_all()
        self._watch()
        self.assertTrue(self._incident("silent", self.sweep))

    # A14: a task that waits for budget again and again gets nothing done; one that
    # reads a page or finishes a document each time does.
    def test_silence_of_a_parked_task(self):
        now = fields.Datetime.now()
        self.store.task_ids.last_success = now
        self.sweep.write(
            {
                "last_success": now - timedelta(hours=3),
                "parked_until": now + timedelta(minutes=3),
            }
        )
        self._watch()
        incident = self._incident("silent", self.sweep)
        self.assertTrue(incident)
        for step in ({"page": {"token": "2"}}, {"cursor": now}):
            self.sweep.write(step)
            with self.enter_registry_test_mode(), self.registry.cursor() as cr:
                self.sweep.with_env(self.env(cr=cr))._checkpoint()
            self._watch()
            self.assertEqual(incident.state, "closed")
            self.sweep.last_progress = now - timedelta(minutes=61)
            with self.enter_registry_test_mode(), self.registry.cursor() as cr:
                self.sweep.with_env(self.env(cr=cr))._checkpoint()
            self._watch()
            incident = self._incident("silent", self.sweep)
            self.assertTrue(incident)
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            self.sweep.with_env(self.env(cr=cr))._checkpoint(processed=1)
        self._watch()
        self.assertEqual(incident.state, "closed")

    def test_silence_of_a_store_at_rest(self):
        self.apply.last_success = fields.Datetime.now() - timedelta(days=1)
        self.store.action_pause()
        self._watch()
        self.assertFalse(self._incident("silent"))

    def _watch(self):
        cron = self.env.ref("acorn_amazon_connector.ir_cron_watch_silence")
        with self.enter_registry_test_mode():
            self.assertIs(cron.method_direct_trigger(), True)

    def test_who_may_run_a_task(self):
        self.apply.next_run = "2030-01-01"
        user = self._create_user("amazon_user", USER_GROUP)
        with self.assertRaises(AccessError):
            self.apply.with_user(user).action_run_now()
        self.apply.with_user(self.owner).action_run_now()
        self.assertLessEqual(self.apply.next_run, fields.Datetime.now())

    # A18: a job that breaks is told at once, and the others go on.
    def test_a_job_that_breaks(self):
        other = self._open_store(("de",), seller_id="AOTHERSELLER1")
        task = self._broken_task()
        with self.assertLogs(TASK, "ERROR"):
            self._apply()
        self.assertEqual(task.state, "failing")
        self.assertIn("NotImplementedError", task.last_error)
        self.assertTrue(self._incident("task_failing", task))
        for store in self.store | other:
            done = store.task_ids.filtered(lambda t: t.flow_id == self.apply.flow_id)
            self.assertTrue(done.last_success)

    # A18: neither does a flow whose addon is gone.
    def test_a_job_that_is_missing(self):
        task = self._broken_task()
        task.flow_id.job_model = "acorn.amazon.job.gone"
        with self.assertLogs(TASK, "ERROR"):
            self._apply()
        self.assertIn("acorn.amazon.job.gone", task.last_error)
        self.assertTrue(self.apply.last_success)

    # A18: not even a failure that cannot be written down stops the others.
    def test_a_failure_that_cannot_be_recorded(self):
        other = self._open_store(("de",), seller_id="AOTHERSELLER1")
        task = self._broken_task()
        incidents = type(self.env["acorn.amazon.incident"])

        def refuse(_incidents, store, *_args, **_kwargs):
            raise ValueError(f"no incident of {store.id}")

        with (
            patch.object(incidents, "_raise", refuse),
            self.assertLogs(TASK, "ERROR") as logs,
        ):
            self._apply()
        self.assertIn("no incident", "".join(logs.output))
        self.assertEqual(task.state, "running", "until its lease ends")
        self.assertFalse(task.last_error)
        for store in self.store | other:
            done = store.task_ids.filtered(lambda t: t.flow_id == self.apply.flow_id)
            self.assertTrue(done.last_success)

    # A19: what a worker wrote after its lease is not half of another's work.
    def test_what_is_written_after_the_lease(self):
        task = self._broken_task()

        def run(_job, mine):
            mine.lease_owner = "another worker"
            mine.env.cr.commit()
            mine.store_id.name = "Written too late"
            return True

        job = type(self.env["acorn.amazon.job"])
        with patch.object(job, "_run", run):
            self._apply()
        self.assertEqual(task.lease_owner, "another worker")
        self.assertFalse(task.last_success)
        self.assertNotEqual(self.store.name, "Written too late")

    # A19: neither does its failure count.
    def test_a_failure_after_the_lease(self):
        task = self._broken_task()

        def run(_job, mine):
            mine.lease_owner = "another worker"
            mine.env.cr.commit()
            raise ValueError("Too late")

        job = type(self.env["acorn.amazon.job"])
        with patch.object(job, "_run", run), mute_logger(TASK):
            self._apply()
        self.assertEqual(task.lease_owner, "another worker")
        self.assertFalse(task.failure_count)
        self.assertFalse(self._incident("task_failing", task))

    def _broken_task(self):
        """A task of the local lane whose job only raises, before all others."""
        flow = self.apply.flow_id.copy({"code": "broken", "sequence": 1})
        flow.job_model = "acorn.amazon.job"
        return self.store.task_ids.filtered(lambda t: t.flow_id == flow)
