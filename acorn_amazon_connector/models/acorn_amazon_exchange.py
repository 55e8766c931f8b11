import hashlib
import json
import zlib
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import NO_ACCESS
from odoo.tools import SQL

from ..mappers.values import clean_text

WAITING_STATES = ("received", "shadow")
RETRY_STATES = ("blocked", "error", "ignored", "done", "shadow")
NO_ID = "(no id)"
LONGEST_ID = 256


def clean_id(value):
    """An external id that can be stored: a document without a good one is kept too.

    :param value: whatever stands where Amazon's id should be
    :rtype: str
    """
    return (clean_text(value)[:LONGEST_ID] if isinstance(value, str) else "") or NO_ID


class AcornAmazonExchange(models.Model):
    """One raw document from or for Amazon, kept before anything is done with it (A8).

    The body is compressed and encrypted. Keeping is idempotent: the same document is
    stored once, whatever page it comes on and however often it is read. What was
    understood, decided and created is recorded beside it (X9), so that any document
    can be applied again after a fix.
    """

    _name = "acorn.amazon.exchange"
    _description = "Amazon Document"
    _order = "id desc"
    _rec_name = "external_id"

    store_id = fields.Many2one(
        "acorn.amazon.store", required=True, ondelete="restrict", index=True
    )
    company_id = fields.Many2one("res.company", required=True, index=True)
    direction = fields.Selection(
        [("in", "From Amazon"), ("out", "To Amazon")], required=True, default="in"
    )
    kind = fields.Selection(
        [("order", "Order (2026-01-01)"), ("order_v0", "Order (v0)")], required=True
    )
    external_id = fields.Char(string="Amazon Id", required=True, index=True)
    version_at = fields.Datetime(
        string="Changed at Amazon",
        help="When Amazon last changed it. An older version never replaces a newer.",
    )
    digest = fields.Char(required=True, readonly=True)
    body = fields.Binary(
        attachment=False, required=True, readonly=True, groups=NO_ACCESS
    )
    body_size = fields.Integer(string="Size (bytes)", readonly=True)
    state = fields.Selection(
        [
            ("received", "Waiting"),
            ("shadow", "Watched Only"),
            ("done", "Done"),
            ("ignored", "Nothing to Do"),
            ("superseded", "Replaced by a Newer One"),
            ("blocked", "Needs a Decision"),
            ("error", "Error"),
        ],
        required=True,
        default="received",
    )
    reason_code = fields.Char(readonly=True, index="btree_not_null")
    message = fields.Text(
        readonly=True,
        help="What Amazon or Odoo said, where the reason has no sentence of its own.",
    )
    reason_data = fields.Json(readonly=True)
    decisions = fields.Json(
        readonly=True, help="Which rule and figure led to each value."
    )
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", readonly=True)
    received_at = fields.Datetime(readonly=True, default=fields.Datetime.now)
    applied_at = fields.Datetime(readonly=True)
    milliseconds = fields.Float(readonly=True, digits=(16, 1))
    attempts = fields.Integer(readonly=True)
    payload_text = fields.Text(
        string="Document",
        compute="_compute_payload_text",
        groups="acorn_amazon_connector.group_acorn_amazon_manager",
    )

    _document_uniq = models.UniqueIndex(
        "(store_id, direction, kind, external_id, digest)",
        "This document is already here.",
    )
    _waiting_idx = models.Index("(store_id, id) WHERE state = 'received'")
    _state_idx = models.Index("(store_id, state)")

    # === COMPUTE METHODS === #

    @api.depends("body")
    def _compute_payload_text(self):
        for exchange in self:
            payload = exchange.sudo()._get_payload() if exchange.id else {}
            text = json.dumps(payload, indent=2, ensure_ascii=False, sort_keys=True)
            exchange.payload_text = text.encode("utf-8", "backslashreplace").decode()

    # === ACTION METHODS === #

    def action_retry(self):
        """Apply these documents again, after what stopped them was fixed.

        Everyone who may see a document may ask for it; it changes nothing by hand.
        """
        self.check_access("read")
        retried = self.filtered(lambda exchange: exchange.state in RETRY_STATES)
        if not retried:
            raise UserError(
                self.env._("These documents are waiting already, or were replaced.")
            )
        retried.sudo()._reset()
        return True

    def action_open_record(self):
        """Open what this document created or changed."""
        self.ensure_one()
        if not self.res_id:
            raise UserError(self.env._("This document has created nothing yet."))
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }

    # === BUSINESS METHODS === #

    @api.model
    def _keep(self, store, kind, documents):
        """Store raw documents; those that are here already stay as they are.

        :param store: ``acorn.amazon.store``
        :param str kind: a value of ``kind``
        :param documents: iterable of (external id, version as naive UTC datetime or
            None, payload)
        :return: number of documents that were new
        """
        keyring = self.env["acorn.amazon.keyring"]
        rows = []
        for external_id, version_at, payload in documents:
            # Amazon cuts long texts, also in the middle of an emoji.
            raw = json.dumps(
                payload, ensure_ascii=False, sort_keys=True, separators=(",", ":")
            ).encode("utf-8", "surrogatepass")
            rows.append(
                SQL(
                    "(%s, %s, 'in', %s, %s, %s, %s, %s, %s, 'received', %s, 0,"
                    " %s, %s, %s, %s)",
                    store.id,
                    store.company_id.id,
                    kind,
                    clean_id(external_id),
                    version_at,
                    hashlib.sha256(raw).hexdigest(),
                    keyring._encrypt(zlib.compress(raw)),
                    len(raw),
                    fields.Datetime.now(),
                    self.env.uid,
                    fields.Datetime.now(),
                    self.env.uid,
                    fields.Datetime.now(),
                )
            )
        if not rows:
            return 0
        new = self.env.execute_query(
            SQL(
                """
                INSERT INTO acorn_amazon_exchange
                    (store_id, company_id, direction, kind, external_id, version_at,
                     digest, body, body_size, state, received_at, attempts,
                     create_uid, create_date, write_uid, write_date)
                VALUES %s
                ON CONFLICT DO NOTHING
                RETURNING id
                """,
                SQL(", ").join(rows),
            )
        )
        return len(new)

    def _get_payload(self):
        """:return: the document as Amazon sent it, decrypted (dict)"""
        self.ensure_one()
        body = self.with_context(bin_size=False).sudo().body
        keyring = self.env["acorn.amazon.keyring"]
        return json.loads(zlib.decompress(keyring._decrypt(bytes(body))))

    def _is_older_than(self, other):
        """Whether Amazon made this version before another one of the same document.

        :rtype: bool
        """
        self.ensure_one()
        if self.version_at and other.version_at:
            return (self.version_at, self.id) < (other.version_at, other.id)
        return self.id < other.id

    @api.model
    def _claim_waiting(self, store, kinds, limit):
        """Lock the oldest waiting documents of a store that no one else works on.

        :param store: ``acorn.amazon.store``
        :param tuple kinds: the kinds of document that the caller can apply
        :param int limit: at most so many
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM acorn_amazon_exchange
                 WHERE store_id = %s AND state = 'received' AND direction = 'in'
                   AND kind IN %s
                 ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
                """,
                store.id,
                kinds,
                limit,
            )
        )
        return self.browse([row[0] for row in rows])

    def _reset(self):
        """Make documents wait again and wake the runner that applies them."""
        self.write(
            {
                "state": "received",
                "reason_code": False,
                "message": False,
                "reason_data": False,
            }
        )
        self.env["acorn.amazon.task"]._wake(self.store_id, "local")

    @api.autovacuum
    def _gc_exchanges(self):
        """Delete documents of finished business after the retention time (X13)."""
        days = (
            self.env["ir.config_parameter"]
            .sudo()
            .get_param("acorn_amazon.exchange_retention_days", 540)
        )
        limit = 1000
        old = self.search(
            [
                ("state", "in", ("done", "ignored", "superseded", "shadow")),
                ("write_date", "<", fields.Datetime.now() - timedelta(days=int(days))),
            ],
            limit=limit,
        )
        done = len(old)
        old.unlink()
        return done, int(done == limit)
