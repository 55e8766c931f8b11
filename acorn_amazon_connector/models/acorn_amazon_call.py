from datetime import timedelta, timezone

from odoo import api, fields, models
from odoo.tools import SQL

from ..services.operations import OPERATIONS

# Amazon's data protection policy asks for twelve months of logs.
DEFAULT_RETENTION_DAYS = 365
SUNSET_NOTICE = timedelta(days=180)
CALLS_OF_A_CHECK = 10


class AcornAmazonCall(models.Model):
    """One call to Amazon: status, time, RequestId; on failure both bodies (A26)."""

    _name = "acorn.amazon.call"
    _description = "Amazon Call"
    _order = "id desc"
    _rec_name = "operation"
    _log_access = False

    store_id = fields.Many2one(
        "acorn.amazon.store", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one("res.company", index=True)
    called_at = fields.Datetime(string="Time", required=True, index=True)
    operation = fields.Char(required=True, index=True)
    method = fields.Char()
    path = fields.Char()
    status = fields.Integer(string="HTTP Status", index=True, aggregator=None)
    status_text = fields.Char(string="Answer", compute="_compute_succeeded")
    milliseconds = fields.Integer(aggregator="avg")
    request_id = fields.Char(string="RequestId", index="btree_not_null")
    error = fields.Char(string="Kind of Error")
    request_body = fields.Text(
        groups="acorn_amazon_connector.group_acorn_amazon_manager"
    )
    response_body = fields.Text(
        groups="acorn_amazon_connector.group_acorn_amazon_manager"
    )
    succeeded = fields.Boolean(compute="_compute_succeeded", search="_search_succeeded")
    support_text = fields.Text(
        string="For Amazon Support",
        compute="_compute_support_text",
        help="Everything Amazon's developer support asks for. Contains no secret.",
    )

    @api.depends("status")
    def _compute_succeeded(self):
        for call in self:
            call.succeeded = 200 <= call.status < 300
            call.status_text = self._get_status_text(call.status)

    @api.model
    def _get_status_text(self, status):
        words = {
            0: self.env._("No answer"),
            401: self.env._("401 Token refused"),
            403: self.env._("403 Access refused"),
            404: self.env._("404 Not found"),
            429: self.env._("429 Too many calls"),
        }
        return words.get(status, str(status))

    def _search_succeeded(self, operator, value):
        if operator not in ("=", "!=", "in", "not in"):
            return NotImplemented
        wanted = (value if operator in ("=", "!=") else True in value) == (
            operator in ("=", "in")
        )
        if wanted:
            return [("status", ">=", 200), ("status", "<", 300)]
        return ["|", ("status", "<", 200), ("status", ">=", 300)]

    @api.depends("operation", "request_id", "called_at", "status")
    def _compute_support_text(self):
        for call in self:
            store = call.store_id
            lines = [
                f"Operation: {call.operation}",
                f"Request: {call.method} {call.path}",
                f"Time (UTC): {fields.Datetime.to_string(call.called_at)}",
                f"HTTP status: {call.status or 'no answer'}",
                f"x-amzn-RequestId: {call.request_id or '-'}",
                f"Seller: {store.seller_id or '-'}, region {store.region.upper()}",
                f"Application: {store.application_id.application_id or '-'}",
            ]
            call.support_text = "\n".join(lines)

    @api.model
    def _recorder(self, store):
        """:return: what a client of this store calls after each attempt."""
        return CallRecorder(self.env.registry, store.id)

    @api.model
    def _cron_watch_sunset(self):
        """Open an incident when an operation in use is about to end at Amazon (A16)."""
        now = fields.Datetime.now()
        # A permission check calls an operation once, a flow again and again.
        rows = self._read_group(
            [("called_at", ">", now - timedelta(days=7))],
            ["store_id", "operation"],
            having=[("__count", ">", CALLS_OF_A_CHECK)],
        )
        used = {
            store: []
            for store in self.env["acorn.amazon.store"].search(
                [("state", "in", ("shadow", "live"))]
            )
        }
        for store, key in rows:
            used.setdefault(store, []).append(key)
        incidents = self.env["acorn.amazon.incident"]
        for store, keys in used.items():
            ending = {
                key: OPERATIONS[key].sunset
                for key in keys
                if key in OPERATIONS
                and OPERATIONS[key].sunset
                and OPERATIONS[key].sunset - now.date() < SUNSET_NOTICE
            }
            if not ending:
                incidents._resolve(store, "operation_ends")
                continue
            incidents._raise(
                store,
                "operation_ends",
                details="\n".join(f"{key}: {day}" for key, day in ending.items()),
                data={"date": fields.Date.to_string(min(ending.values()))},
            )

    @api.autovacuum
    def _gc_calls(self):
        days = (
            self.env["ir.config_parameter"]
            .sudo()
            .get_param("acorn_amazon.call_retention_days", DEFAULT_RETENTION_DAYS)
        )
        limit = 10_000
        old = self.search(
            [("called_at", "<", fields.Datetime.now() - timedelta(days=int(days)))],
            limit=limit,
        )
        done = len(old)
        old.unlink()
        return done, int(done == limit)


class CallRecorder:
    """Writes calls with a cursor of its own: a rollback does not erase the evidence."""

    def __init__(self, registry, store_id):
        self._registry = registry
        self._store_id = store_id

    def __call__(self, record):
        """Keep one ``services.transport.CallRecord``, which is already redacted."""
        at = record.at.astimezone(timezone.utc).replace(tzinfo=None)
        with self._registry.cursor() as cr:
            cr.execute(
                SQL(
                    """
                    INSERT INTO acorn_amazon_call
                        (store_id, company_id, called_at, operation, method, path,
                         status, milliseconds, request_id, error,
                         request_body, response_body)
                    SELECT id, company_id, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s
                      FROM acorn_amazon_store WHERE id = %s
                    """,
                    at,
                    record.operation,
                    record.method,
                    record.path,
                    record.status or 0,
                    round(record.ms),
                    record.request_id or None,
                    record.error or None,
                    record.request_body or None,
                    record.response_body or None,
                    self._store_id,
                )
            )
