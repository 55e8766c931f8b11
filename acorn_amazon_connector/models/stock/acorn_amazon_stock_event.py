import logging
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

PRECOMMIT_KEY = "acorn_amazon_stock"
# Changes are taken over in bites, so that a big import does not hold them all.
BITE = 20_000
LOOK_AGAIN = timedelta(minutes=1)


class AcornAmazonStockEvent(models.Model):
    """A product whose free stock changed and that Amazon has not been told of yet.

    Rows are only ever inserted by the people and jobs that move goods, so that they
    never wait for, or conflict with, whoever talks to Amazon (A2).
    """

    _name = "acorn.amazon.stock.event"
    _description = "Amazon Stock Event"
    _log_access = False

    product_id = fields.Integer(required=True)

    @api.model
    def _note(self, product_ids):
        """Remember that the free stock of products changes in this transaction.

        One statement per transaction, at its end, whatever it does in between. It
        wakes the runner unless a change waits already: whoever noted that one did.

        :param product_ids: ids of ``product.product``
        """
        cr = self.env.cr
        noted = cr.precommit.data.get(PRECOMMIT_KEY)
        if noted is None:
            noted = cr.precommit.data[PRECOMMIT_KEY] = set()
            cr.precommit.add(self._write_noted)
        noted.update(product_ids)

    def _write_noted(self):
        product_ids = self.env.cr.precommit.data.pop(PRECOMMIT_KEY, None)
        if not product_ids:
            return
        cron_id = self.env["ir.model.data"]._xmlid_to_res_id(
            "acorn_amazon_connector.ir_cron_run_remote_tasks"
        )
        self.env.cr.execute(
            SQL(
                """
                WITH waiting AS (
                    SELECT FROM acorn_amazon_stock_event LIMIT 1
                ), event AS (
                    INSERT INTO acorn_amazon_stock_event (product_id)
                    SELECT product.id FROM unnest(%(products)s) AS product (id)
                     WHERE EXISTS (SELECT FROM acorn_amazon_store
                                    WHERE stock_mode != 'off')
                    RETURNING id
                )
                INSERT INTO ir_cron_trigger
                    (cron_id, call_at, create_uid, create_date, write_uid, write_date)
                SELECT %(cron)s, %(now)s, %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM event WHERE NOT EXISTS (SELECT FROM waiting) LIMIT 1
                """,
                products=sorted(product_ids),
                cron=cron_id,
                now=fields.Datetime.now(),
                uid=self.env.uid,
            )
        )
        if self.env.cr.rowcount:
            self.env.cr.postcommit.add(self.env["ir.cron"]._notifydb)

    @api.model
    def _resolve(self):
        """Mark the offers of changed products, their kits and parts for a new number.

        :return: number of offers marked
        """
        self.env.flush_all()
        try:
            with self.env.cr.savepoint():
                return self._resolve_bite()
        except psycopg2.OperationalError:
            # Somebody writes to the same offers: the next round sees both.
            _logger.debug("Stock events wait for the next round")
            return 0

    def _resolve_bite(self):
        rows = self.env.execute_query(
            SQL(
                """
                DELETE FROM acorn_amazon_stock_event
                 WHERE id IN (SELECT id FROM acorn_amazon_stock_event
                               ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
                RETURNING product_id
                """,
                BITE,
            )
        )
        if not rows:
            return 0
        # What is noted while these are taken wakes nobody: look again soon.
        self.env.ref("acorn_amazon_connector.ir_cron_run_remote_tasks")._trigger(
            at=fields.Datetime.now() + LOOK_AGAIN
        )
        products = self.env["product.product"].browse({row[0] for row in rows})
        # A sold kit takes its parts, and with them other kits.
        products = products._acorn_amazon_add_parts()._acorn_amazon_add_kits()
        offers = self.env["acorn.amazon.offer"]
        return offers._mark_products(products)
