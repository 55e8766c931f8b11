import hashlib
import json
import zlib

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class AcornAmazonExchange(models.Model):
    """Documents for Amazon: what was told of each parcel, word by word (A8)."""

    _inherit = "acorn.amazon.exchange"

    kind = fields.Selection(
        selection_add=[
            ("shipment_confirmation", "Shipment Confirmation"),
            ("label_purchase", "Label Purchase"),
        ],
        ondelete={"shipment_confirmation": "cascade", "label_purchase": "cascade"},
    )

    @api.model
    def _keep_sent(self, store, kind, external_id, payload, record):
        """Store a document for Amazon; the same one again is the same row.

        :param store: ``acorn.amazon.store``
        :param str kind: a value of ``kind``
        :param str external_id: what it is about
        :param payload: JSON value, as it is sent
        :param record: the record it tells of
        :return: the document
        """
        raw = json.dumps(
            payload, ensure_ascii=False, sort_keys=True, separators=(",", ":")
        ).encode()
        now = fields.Datetime.now()
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO acorn_amazon_exchange
                    (store_id, company_id, direction, kind, external_id, digest, body,
                     body_size, state, res_model, res_id, received_at, attempts,
                     create_uid, create_date, write_uid, write_date)
                VALUES (%(store)s, %(company)s, 'out', %(kind)s, %(external_id)s,
                        %(digest)s, %(body)s, %(size)s, 'done', %(model)s, %(id)s,
                        %(now)s, 0, %(uid)s, %(now)s, %(uid)s, %(now)s)
                ON CONFLICT (store_id, direction, kind, external_id, digest)
                DO UPDATE SET write_date = %(now)s
                RETURNING id
                """,
                store=store.id,
                company=store.company_id.id,
                kind=kind,
                external_id=external_id,
                digest=hashlib.sha256(raw).hexdigest(),
                body=self.env["acorn.amazon.keyring"]._encrypt(zlib.compress(raw)),
                size=len(raw),
                model=record._name,
                id=record.id,
                now=now,
                uid=self.env.uid,
            )
        )
        return self.browse(rows[0][0])

    def _note_outcome(self, code, reason=None):
        """Record what became of a document that was sent.

        :param str code: a value of ``outcome``
        :param str reason: Amazon's words
        """
        self.write(
            {
                "reason_code": code,
                "reason": reason,
                "applied_at": fields.Datetime.now(),
                "attempts": self.attempts + (code == "shipment_unanswered"),
            }
        )

    def action_retry(self):
        """Override: what was sent is sent again by the parcel it tells of."""
        sent = self.filtered(lambda exchange: exchange.direction == "out")
        if sent:
            raise UserError(
                self.env._(
                    "Open the shipment and press Send Again: it may have changed since."
                )
            )
        return super().action_retry()
