import logging
import uuid
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL

from ..services.errors import (
    AccessDeniedError,
    AuthorizationError,
    ReauthorizationRequired,
    RequestError,
    ServerError,
    ThrottledError,
    TransportError,
)
from .guard import check_written

_logger = logging.getLogger(__name__)

# Beside the read-only fields: whose work it is, and how far it has come.
OWN_FIELDS = ("store_id", "flow_id", "cursor", "page", "next_run")
LEASE = timedelta(minutes=10)
# Minutes to wait after the first, second… failure in a row; the last one repeats.
BACKOFF_MINUTES = (1, 2, 5, 15, 30, 60)
FAILURES_BEFORE_INCIDENT = 5
# How often the end of a run is written again after a conflict.
RECORD_ATTEMPTS = 5
RESTARTS_BEFORE_FAILURE = 3
# What is due for longer goes before what is more urgent: a queue that never ends
# must not keep orders waiting.
PATIENCE = timedelta(minutes=2)


class LeaseLost(psycopg2.OperationalError):
    """The lease ended too early: what is not committed is another worker's to do."""


class AcornAmazonTask(models.Model):
    """One flow of one store: what it has read, when it runs next, how it went.

    Any number of runners (crons, workers, nodes) may claim tasks at the same time:
    a claim is one ``UPDATE … SKIP LOCKED`` that takes a lease, and a lease that was
    not renewed expires, so that a killed worker never blocks a store (A12, A19).
    """

    _name = "acorn.amazon.task"
    _description = "Amazon Task"
    _order = "store_id, sequence, id"
    _rec_name = "flow_id"

    store_id = fields.Many2one(
        "acorn.amazon.store", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    flow_id = fields.Many2one("acorn.amazon.flow", required=True, ondelete="restrict")
    lane = fields.Selection(related="flow_id.lane", store=True)
    sequence = fields.Integer(related="flow_id.sequence", store=True)
    active = fields.Boolean(default=True)
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("running", "Running"),
            ("parked", "Waiting for Budget"),
            ("failing", "Failing"),
        ],
        compute="_compute_state",
    )
    cursor = fields.Datetime(
        string="Read Up To",
        help="Everything Amazon changed before this moment is already here.",
    )
    read_from = fields.Datetime(
        readonly=True,
        help="Everything Amazon changed since this moment is read, and what still had"
        " to be shipped then.",
    )
    rereads_open = fields.Boolean(
        "Read Open Orders Again",
        readonly=True,
        help="What still has to be shipped is read once more, because Amazon may show"
        " more of it than before.",
    )
    page = fields.Json(
        string="Open Page", help="Where an interrupted reading goes on from."
    )
    next_run = fields.Datetime(default=fields.Datetime.now, index=True)
    lease_until = fields.Datetime(readonly=True)
    lease_owner = fields.Char(readonly=True)
    parked_until = fields.Datetime(readonly=True)
    last_run = fields.Datetime(readonly=True)
    last_success = fields.Datetime(readonly=True)
    last_progress = fields.Datetime(
        readonly=True,
        help="When it last finished a document or a page, also in a run that had to"
        " stop.",
    )
    last_error = fields.Text(readonly=True)
    failure_count = fields.Integer(string="Failures in a Row", readonly=True)
    processed_count = fields.Integer(string="Documents Processed", readonly=True)
    backlog = fields.Integer(
        compute="_compute_backlog", help="Documents known to be waiting."
    )
    eta = fields.Datetime(
        string="Backlog Done At",
        compute="_compute_backlog",
        help="Estimate from Amazon's rate limit, or from the speed of the last run.",
    )
    documents_per_second = fields.Float(readonly=True)

    _store_flow_uniq = models.Constraint(
        "UNIQUE(store_id, flow_id)", "This store already has a task for this flow."
    )

    # === COMPUTE METHODS === #

    @api.depends("lease_until", "parked_until", "failure_count")
    def _compute_state(self):
        now = fields.Datetime.now()
        for task in self:
            if task.lease_until and task.lease_until > now:
                task.state = "running"
            elif task.failure_count:
                task.state = "failing"
            elif task.parked_until and task.parked_until > now:
                task.state = "parked"
            else:
                task.state = "waiting"

    def _compute_backlog(self):
        for task in self:
            job = self.env[task.flow_id.job_model]
            task.backlog, seconds = job._get_backlog(task)
            task.eta = (
                fields.Datetime.now() + timedelta(seconds=seconds)
                if task.backlog and seconds is not None
                else False
            )

    # === CRUD METHODS === #

    def write(self, vals):
        """Override to note progress: a page was turned, or documents were finished.

        People write none of it: orders would be skipped if the cursor was moved.
        """
        check_written(self, vals, OWN_FIELDS)
        if any(vals.get(name) for name in ("page", "cursor", "processed_count")):
            vals = {**vals, "last_progress": fields.Datetime.now()}
        return super().write(vals)

    # === ACTION METHODS === #

    def action_run_now(self):
        """Ask the runners to take these tasks at once."""
        self.check_access("write")
        # What runs is left alone: writing to it would make it start over.
        idle = self.sudo().filtered(lambda task: task.state != "running")
        idle.write({"next_run": fields.Datetime.now(), "parked_until": False})
        self._trigger_runners()
        return True

    # === BUSINESS METHODS === #

    def _trigger_runners(self, at=None):
        """Wake the runner of each task's lane, now or at a time (UTC)."""
        for lane in set(self.mapped("lane")):
            cron = self.env.ref(
                f"acorn_amazon_connector.ir_cron_run_{lane}_tasks",
                raise_if_not_found=False,
            )
            if cron:
                cron.sudo()._trigger(at=at)

    @api.model
    def _wake(self, stores, lane, code=None):
        """Make the idle tasks of a lane due; running ones look again by themselves.

        A row that another transaction changes at this moment belongs to a task that
        starts or ends just now: it looks for waiting work before it rests.

        :param stores: ``acorn.amazon.store``
        :param str lane: a value of ``lane``
        :param str code: only the task of this flow
        """
        domain = [("store_id", "in", stores.ids), ("lane", "=", lane)]
        if code:
            domain.append(("flow_id.code", "=", code))
        tasks = self.search(domain)
        if not tasks:
            return
        # A conflict of what was written before is the caller's to repeat.
        self.env.flush_all()
        now = fields.Datetime.now()
        query = SQL(
            """
            UPDATE acorn_amazon_task SET next_run = %s
             WHERE id IN %s AND (lease_until IS NULL OR lease_until < %s)
               AND (next_run IS NULL OR next_run > %s)
            """,
            now,
            tuple(tasks.ids),
            now,
            now,
        )
        try:
            with self.env.cr.savepoint():
                self.env.cr.execute(query, log_exceptions=False)
        except psycopg2.OperationalError:
            _logger.debug("Tasks %s are being changed elsewhere", tasks.ids)
        tasks.invalidate_recordset(["next_run"])
        tasks._trigger_runners()

    @api.model
    def _from_runnable(self, lane):
        """The end of a query over the tasks of a lane that run, due or not.

        :return: ``FROM`` and ``WHERE``, to be selected from and narrowed
        :rtype: SQL
        """
        return SQL(
            """
              FROM acorn_amazon_task task
              JOIN acorn_amazon_store store ON store.id = task.store_id
              JOIN acorn_amazon_flow flow ON flow.id = task.flow_id
             WHERE task.active AND flow.active AND task.lane = %s
               AND (store.state = 'live'
                    OR (store.state = 'shadow' AND flow.runs_in_shadow)
                    OR (store.state = 'authorised' AND flow.runs_before_start))
            """,
            lane,
        )

    @api.model
    def _due_query(self, lane):
        return SQL(
            """
            SELECT task.id %(runnable)s
               AND task.next_run <= %(now)s
               AND (task.lease_until IS NULL OR task.lease_until < %(now)s)
            """,
            runnable=self._from_runnable(lane),
            now=fields.Datetime.now(),
        )

    @api.model
    def _count_due(self, lane):
        self.env.flush_all()
        query = SQL("SELECT count(*) FROM (%s) due", self._due_query(lane))
        return self.env.execute_query(query)[0][0]

    @api.model
    def _claim(self, lane):
        """Take a lease on the most urgent due task of a lane.

        What has waited for too long comes first, the longest before the others, then
        a store that is being connected: a person looks on.

        :return: the task, or an empty recordset when nothing is due
        """
        self.env.flush_all()
        owner = uuid.uuid4().hex
        now = fields.Datetime.now()
        # A conflict is nothing to report: somebody else was faster.
        self.env.cr.execute(
            SQL(
                """
                UPDATE acorn_amazon_task
                   SET lease_until = %s, lease_owner = %s, last_run = %s
                 WHERE id = (%s ORDER BY LEAST(task.next_run, %s),
                                store.state != 'authorised', task.sequence,
                                task.next_run, task.id
                             LIMIT 1 FOR UPDATE OF task SKIP LOCKED)
             RETURNING id
                """,
                now + LEASE,
                owner,
                now,
                self._due_query(lane),
                now - PATIENCE,
            ),
            log_exceptions=False,
        )
        task = self.browse([row[0] for row in self.env.cr.fetchall()])
        task.invalidate_recordset()
        return task.with_context(acorn_amazon_lease=owner)

    @api.model
    def _cron_run_tasks(self, lane):
        """Run due tasks of a lane until the time that the cron grants is used up.

        :param str lane: ``remote`` (talks to Amazon) or ``local``
        """
        cron = self.env["ir.cron"]
        self._make_due(lane)
        seconds_left = cron._commit_progress(remaining=self._count_due(lane))
        while seconds_left:
            try:
                task = self._claim(lane)
            except psycopg2.OperationalError:
                # Another runner changed the same rows since our snapshot was taken.
                self.env.cr.rollback()
                continue
            if not task:
                cron._commit_progress(remaining=0)
                break
            cron._commit_progress()
            finished = task._with_owner_language()._run()
            seconds_left = cron._commit_progress(1)
            if finished:
                task._look_again()
        self._trigger_next(lane)

    @api.model
    def _make_due(self, lane):
        """Make tasks due whose work was only noted, before a runner looks for due ones.

        Override point for what people do while nobody may wait for a task: they note
        it and wake the runner, and this turns the notes into due tasks.

        :param str lane: the lane of the runner
        """

    @api.model
    def _trigger_next(self, lane):
        """Wake the lane again when its next task becomes due, at once if one is.

        Without it Odoo looks again only at its next full minute.
        """
        self.env.flush_all()
        # What does not run at the moment stays due for ever: it must not hide the rest.
        query = SQL(
            """
            SELECT task.id,
                   GREATEST(task.next_run, task.lease_until + interval '1 second')
                       AS moment
                   %s AND task.next_run IS NOT NULL
             ORDER BY moment LIMIT 1
            """,
            self._from_runnable(lane),
        )
        for task_id, moment in self.env.execute_query(query):
            is_due = moment <= fields.Datetime.now()
            self.browse(task_id)._trigger_runners(at=None if is_due else moment)

    def _checkpoint(self, processed=0):
        """Commit what is done so far and renew the lease.

        :param int processed: documents finished since the last checkpoint
        :return: seconds that remain for this run; 0 means stop
        :raise LeaseLost: when another worker has taken the task over
        """
        self.ensure_one()
        if not self._owns_lease():
            raise LeaseLost(f"task {self.id}")
        vals = {"lease_until": fields.Datetime.now() + LEASE}
        if processed:
            vals["processed_count"] = self.processed_count + processed
        self.write(vals)
        return self.env["ir.cron"]._commit_progress()

    def _with_owner_language(self):
        """Return the task so that what it writes down is in its owner's language."""
        owner = self.store_id.user_id
        # Asked after each commit, so where it is kept, not on the owner's records.
        settings = owner.with_user(owner).context_get() if owner else self.env.context
        return self.with_context(lang=settings.get("lang"))

    def _run(self):
        """Run one leased task and record how it ended. Never raises for a store.

        :return: whether everything there was to do is done
        """
        self.ensure_one()
        company = self.store_id.company_id
        try:
            job = self.env[self.flow_id.job_model].with_company(company)
            finished = job._run(self.with_company(company))
            self._succeed(finished)
            # Here a conflict can still be answered by starting over.
            self.env.flush_all()
        except Exception as exc:  # noqa: BLE001 - one store never stops the others
            self.env.cr.rollback()
            self._record(exc)
            return False
        return bool(finished)

    def _record(self, exc):
        """Write down a run that ended early, whoever else writes at the moment.

        Never raises either: what cannot be recorded comes again after the lease.
        """
        for _attempt in range(RECORD_ATTEMPTS):
            try:
                self._conclude(exc)
                self.env.flush_all()
                return
            except LeaseLost:
                self.env.cr.rollback()
                _logger.info("Task %s is another worker's now", self.id)
                return
            except psycopg2.OperationalError:
                self.env.cr.rollback()
            except Exception:
                self.env.cr.rollback()
                _logger.exception("The end of task %s cannot be recorded", self.id)
                break
        _logger.warning("Task %s waits for its lease to end", self.id)

    def _conclude(self, exc):
        """Decide by the class of an error what becomes of the task."""
        if isinstance(exc, psycopg2.OperationalError):
            self._start_over(exc)
        elif isinstance(exc, ThrottledError):
            self._park(exc)
        elif isinstance(exc, AuthorizationError):
            self._refuse(exc)
        elif isinstance(exc, (TransportError, ServerError, RequestError)):
            self._fail(exc, level=logging.WARNING)
        else:
            _logger.error(
                "Task %s of store %s failed", self.id, self.store_id.id, exc_info=exc
            )
            self._fail(exc, level=None, incident_at_once=True)

    def _look_again(self):
        """Become due at once when work came in while the task was about to rest."""
        if self.env[self.flow_id.job_model]._has_waiting(self):
            self._wake(self.store_id, self.lane, code=self.flow_id.code)
        self.env["ir.cron"]._commit_progress()

    def _succeed(self, finished):
        now = fields.Datetime.now()
        job = self.env[self.flow_id.job_model]
        interval = timedelta(minutes=self.flow_id.interval_minutes)
        if finished:
            pause = job._get_pause(self) or interval
        else:
            pause = job._get_turn(self)
        self._release(next_run=now + pause, parked_until=False)
        if job._has_succeeded(self, finished):
            self._note_success()

    def _note_success(self):
        """Note that the work goes well: the failures before are over."""
        self.write(
            {
                "last_success": fields.Datetime.now(),
                "last_error": False,
                "failure_count": 0,
            }
        )
        incidents = self.env["acorn.amazon.incident"]
        over = ("task_failing", "silent", "access_denied")
        incidents._resolve(self.store_id, *over, record=self)

    def _start_over(self, exc):
        """Repeat in a new transaction: only it sees what others have committed."""
        if self.failure_count >= RESTARTS_BEFORE_FAILURE:
            self._fail(exc, level=logging.WARNING)
            return
        _logger.info("Task %s starts over: %s", self.id, type(exc).__name__)
        self._release(
            next_run=fields.Datetime.now(), failure_count=self.failure_count + 1
        )

    def _park(self, exc):
        """Wait until Amazon's rate limit allows the next call; not a failure."""
        wait = exc.retry_after if exc.retry_after is not None else 60.0
        until = fields.Datetime.now() + timedelta(seconds=int(wait) + 1)
        self._release(next_run=until, parked_until=until)
        self._trigger_runners(at=until)

    def _fail(self, exc, level, incident_at_once=False):
        """Record a failure and come back later, each time a little later.

        An error that knows how long to wait is not asked for sooner.
        """
        failures = self.failure_count + 1
        minutes = BACKOFF_MINUTES[min(failures, len(BACKOFF_MINUTES)) - 1]
        known = getattr(exc, "retry_after", None) or 0
        pause = max(timedelta(minutes=minutes), timedelta(seconds=known))
        text = self._describe(exc)
        self._release(
            next_run=fields.Datetime.now() + pause,
            last_error=text,
            failure_count=failures,
        )
        if level:
            _logger.log(
                level, "Task %s of store %s: %s", self.id, self.store_id.id, text
            )
        if incident_at_once or failures >= FAILURES_BEFORE_INCIDENT:
            self.env["acorn.amazon.incident"]._raise(
                self.store_id,
                "task_failing",
                details=text,
                record=self,
                data={"count": failures},
            )

    def _refuse(self, exc):
        """Amazon refused access: a person must act, repeating it would not help."""
        lost_grant = isinstance(exc, ReauthorizationRequired)
        if lost_grant and not self.store_id._is_present_grant(exc.grant):
            # Meanwhile the seller has given another one.
            self._start_over(exc)
            return
        self._fail(exc, level=logging.WARNING)
        if lost_grant:
            self.store_id._require_reauthorization(self._describe(exc))
            return
        is_named = isinstance(exc, AccessDeniedError) and exc.operation
        self.env["acorn.amazon.incident"]._raise(
            self.store_id,
            "access_denied",
            details=self._describe(exc),
            record=self,
            data={"operation": exc.operation} if is_named else None,
        )

    def _owns_lease(self):
        """Whether this worker still is the one that the task is leased to."""
        return (self.lease_owner or None) == self.env.context.get("acorn_amazon_lease")

    def _release(self, **values):
        """End the lease.

        :raise LeaseLost: it ended by itself and is another worker's now; what is not
            committed must not be
        """
        if not self._owns_lease():
            raise LeaseLost(f"task {self.id}")
        self.write({"lease_until": False, "lease_owner": False, **values})

    @api.model
    def _describe(self, exc):
        """Text of an error for people; Amazon's own words and RequestId included."""
        request_id = getattr(exc, "request_id", None)
        text = str(exc) or type(exc).__name__
        return f"{text} (RequestId {request_id})" if request_id else text

    @api.model
    def _cron_watch_silence(self):
        """Open an incident for stores whose flow gets nothing done for too long (A14).

        Waiting for budget is no excuse: Amazon's limits let a call through within
        minutes, and each page that is read is progress.
        """
        now = fields.Datetime.now()
        incidents = self.env["acorn.amazon.incident"]
        for task in self.search(
            [
                ("store_id.state", "=", "live"),
                ("flow_id.silence_minutes", ">", 0),
                ("flow_id.active", "=", True),
            ]
        ):
            since = max(
                filter(None, (task.last_success, task.last_progress)),
                default=task.create_date,
            )
            if now - since > timedelta(minutes=task.flow_id.silence_minutes):
                incidents._raise(
                    task.store_id,
                    "silent",
                    details=task.last_error or None,
                    record=task,
                    data={"since": fields.Datetime.to_string(since)},
                )
            else:
                incidents._resolve(task.store_id, "silent", record=task)
