import math
from datetime import timedelta

import psycopg2
from babel.dates import format_timedelta

from odoo import api, fields, models
from odoo.tools import SQL, get_lang
from odoo.tools.misc import babel_locale_parse

from ..services.errors import BudgetExhausted
from ..services.operations import OPERATIONS

# Amazon's sandbox allows the same for every operation.
SANDBOX_RATE, SANDBOX_BURST = 5.0, 15
# How often a transaction that lost against another one is tried again.
# Seconds: a call that overtakes the one before it finds Amazon's bucket emptier.
NETWORK_JITTER = 0.02
CONFLICTS = 100


class AcornAmazonBudget(models.Model):
    """Amazon's token bucket of (application, seller, region, operation) (A21).

    Shared by all workers and nodes: a token is taken with one ``UPDATE`` in a short
    transaction of its own, before the call is made.
    """

    _name = "acorn.amazon.budget"
    _description = "Amazon Rate Budget"
    _order = "store_id, operation"
    _rec_name = "operation"

    store_id = fields.Many2one(
        "acorn.amazon.store", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    operation = fields.Char(required=True, readonly=True)
    rate = fields.Float(
        string="Calls per Second", digits=(16, 6), required=True, readonly=True
    )
    burst = fields.Integer(required=True, readonly=True)
    tokens = fields.Float(string="Tokens at Last Use", readonly=True)
    refilled_at = fields.Datetime(string="Last Use", readonly=True)
    throttled_at = fields.Datetime(string="Last Refused by Amazon", readonly=True)
    throttled_count = fields.Integer(string="Times Refused", readonly=True)
    available = fields.Float(
        string="Calls Available Now", compute="_compute_available", digits=(16, 1)
    )
    refill_text = fields.Char(string="Refilled", compute="_compute_refill_text")
    full_at = fields.Datetime(string="Full Again At", compute="_compute_available")

    _store_operation_uniq = models.Constraint(
        "UNIQUE(store_id, operation)", "One budget per store and operation."
    )

    @api.depends("tokens", "refilled_at", "rate", "burst")
    def _compute_available(self):
        now = fields.Datetime.now()
        for budget in self:
            elapsed = (now - budget.refilled_at).total_seconds()
            tokens = min(budget.burst, budget.tokens + max(elapsed, 0) * budget.rate)
            budget.available = tokens
            missing = budget.burst - tokens
            budget.full_at = (
                now + timedelta(seconds=math.ceil(missing / budget.rate))
                if missing > 0 and budget.rate
                else False
            )

    @api.depends("rate")
    @api.depends_context("lang")
    def _compute_refill_text(self):
        locale = babel_locale_parse(get_lang(self.env).code)
        for budget in self:
            if budget.rate >= 1:
                budget.refill_text = self.env._(
                    "%(calls)s per second", calls=f"{budget.rate:g}"
                )
                continue
            seconds = timedelta(seconds=1 / budget.rate) if budget.rate else None
            budget.refill_text = seconds and self.env._(
                "one every %(time)s",
                time=format_timedelta(seconds, threshold=1.5, locale=locale),
            )

    @api.model
    def _gate(self, store):
        """:return: the gate that a client of this store asks before each call."""
        return StoreGate(self.env.registry, store.id, store.environment)

    @api.model
    def _seconds_for(self, store, operation, calls):
        """Seconds until so many calls can have been made, 0 when they can be now."""
        budget = self.search(
            [("store_id", "=", store.id), ("operation", "=", operation)], limit=1
        )
        spec = OPERATIONS[operation]
        available = budget.available if budget else spec.burst
        rate = budget.rate or spec.rate
        return max(0.0, (calls - available) / rate) if rate else 0.0


class StoreGate:
    """Takes tokens from the database for one store.

    Amazon counts per seller, application and region; that is exactly one store.
    """

    def __init__(self, registry, store_id, environment):
        self._registry = registry
        self._store_id = store_id
        self._environment = environment

    def _limits(self, operation):
        if self._environment == "sandbox":
            return SANDBOX_RATE, SANDBOX_BURST
        return operation.rate, operation.burst

    def take(self, operation):
        """Take one token.

        :param operation: ``services.operations.Operation``
        :raise BudgetExhausted: when none is left; ``retry_after`` is in seconds
        """
        wait = self._in_own_transaction(lambda cr: self._take(cr, operation))
        if wait is not None:
            raise BudgetExhausted(
                f"Amazon's rate limit for {operation.name} is used up for now",
                operation=operation.key,
                retry_after=wait,
            )

    def _in_own_transaction(self, work):
        """Do something in a short transaction, again when another one was faster.

        A transaction of Odoo cannot write what changed since it began, not even when
        it only waits for its turn; the next one can.

        :param work: takes a cursor
        """
        for _attempt in range(CONFLICTS):
            try:
                with self._registry.cursor() as cr:
                    return work(cr)
            except psycopg2.errors.SerializationFailure as exc:
                conflict = exc
        raise conflict

    def _take(self, cr, operation):
        """:return: None when a token was taken, else the seconds until there is one"""
        rate, burst = self._limits(operation)
        cr.execute(
            SQL(
                """
                INSERT INTO acorn_amazon_budget AS budget
                    (store_id, company_id, operation, rate, burst, tokens,
                     refilled_at, throttled_count)
                SELECT id, company_id, %(operation)s, %(rate)s, %(burst)s,
                       %(burst)s - 1, clock_timestamp() AT TIME ZONE 'UTC', 0
                  FROM acorn_amazon_store WHERE id = %(store)s
                ON CONFLICT (store_id, operation) DO UPDATE
                   SET tokens = LEAST(budget.burst, budget.tokens + budget.rate
                         * GREATEST(0, EXTRACT(EPOCH FROM
                           clock_timestamp() AT TIME ZONE 'UTC'
                           - budget.refilled_at))) - 1,
                       refilled_at = clock_timestamp() AT TIME ZONE 'UTC'
                 WHERE LEAST(budget.burst, budget.tokens + budget.rate
                         * GREATEST(0, EXTRACT(EPOCH FROM
                           clock_timestamp() AT TIME ZONE 'UTC'
                           - budget.refilled_at))) >= 1
                RETURNING id
                """,
                operation=operation.key,
                rate=rate,
                burst=burst,
                store=self._store_id,
            ),
            log_exceptions=False,
        )
        if cr.fetchone():
            return None
        return self._seconds_until_token(cr, operation.key)

    def _seconds_until_token(self, cr, operation_key):
        cr.execute(
            SQL(
                """
                SELECT (1 - tokens) / NULLIF(rate, 0)
                       - EXTRACT(EPOCH FROM
                         clock_timestamp() AT TIME ZONE 'UTC' - refilled_at)
                  FROM acorn_amazon_budget
                 WHERE store_id = %s AND operation = %s
                """,
                self._store_id,
                operation_key,
            )
        )
        row = cr.fetchone()
        return max(0.02, float(row[0] or 0) + NETWORK_JITTER) if row else 60.0

    def observe(self, operation, rate, throttled):
        """Learn from Amazon's answer: its stated rate, or that the bucket is empty.

        :param operation: ``services.operations.Operation``
        :param float rate: calls per second of ``x-amzn-RateLimit-Limit``, or None
        :param bool throttled: Amazon answered 429
        """
        if throttled:
            change = SQL(
                "tokens = LEAST(tokens, 0),"
                " refilled_at = clock_timestamp() AT TIME ZONE 'UTC',"
                " throttled_at = clock_timestamp() AT TIME ZONE 'UTC',"
                " throttled_count = throttled_count + 1"
            )
        elif rate:
            change = SQL("rate = %s", rate)
        else:
            return
        query = SQL(
            "UPDATE acorn_amazon_budget SET %s WHERE store_id = %s"
            " AND operation = %s AND (%s OR rate IS DISTINCT FROM %s)",
            change,
            self._store_id,
            operation.key,
            bool(throttled),
            rate,
        )
        self._in_own_transaction(lambda cr: cr.execute(query, log_exceptions=False))
