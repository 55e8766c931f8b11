import logging

import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

PRECOMMIT_KEY = "acorn_amazon_price"
BITE = 20_000


class AcornAmazonPriceEvent(models.Model):
    """A price that changed in Odoo and that no offer has been computed from yet.

    Rows are only ever inserted by the people who change prices, so that they never
    wait for whoever talks to Amazon. An empty column stands for all.
    """

    _name = "acorn.amazon.price.event"
    _description = "Amazon Price Event"
    _log_access = False

    pricelist_id = fields.Integer()
    product_tmpl_id = fields.Integer()

    @api.model
    def _note(self, changes):
        """Remember that prices change in this transaction: one statement at its end.

        :param changes: (id of ``product.pricelist`` or 0, id of ``product.template``
            or 0) pairs
        """
        cr = self.env.cr
        noted = cr.precommit.data.get(PRECOMMIT_KEY)
        if noted is None:
            noted = cr.precommit.data[PRECOMMIT_KEY] = set()
            cr.precommit.add(self._write_noted)
        noted.update(changes)

    def _write_noted(self):
        changes = self.env.cr.precommit.data.pop(PRECOMMIT_KEY, None)
        if not changes:
            return
        cron_id = self.env["ir.model.data"]._xmlid_to_res_id(
            "acorn_amazon_connector.ir_cron_run_remote_tasks"
        )
        pricelists, templates = zip(*sorted(changes), strict=True)
        self.env.cr.execute(
            SQL(
                """
                WITH event AS (
                    INSERT INTO acorn_amazon_price_event (pricelist_id, product_tmpl_id)
                    SELECT * FROM unnest(%(pricelists)s, %(templates)s) AS change
                     WHERE EXISTS (SELECT FROM acorn_amazon_store
                                    WHERE price_mode != 'off')
                    RETURNING id
                )
                INSERT INTO ir_cron_trigger
                    (cron_id, call_at, create_uid, create_date, write_uid, write_date)
                SELECT %(cron)s, %(now)s, %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM event LIMIT 1
                """,
                pricelists=list(pricelists),
                templates=list(templates),
                cron=cron_id,
                now=fields.Datetime.now(),
                uid=self.env.uid,
            )
        )
        if self.env.cr.rowcount:
            self.env.cr.postcommit.add(self.env["ir.cron"]._notifydb)

    @api.model
    def _resolve(self):
        """Mark the offers of all changed prices for a new one.

        :return: number of offers marked
        """
        self.env.flush_all()
        try:
            with self.env.cr.savepoint():
                return self._resolve_bite()
        except psycopg2.OperationalError:
            # Somebody writes to the same offers: the next round sees both.
            _logger.debug("Price events wait for the next round")
            return 0

    def _resolve_bite(self):
        rows = self.env.execute_query(
            SQL(
                """
                DELETE FROM acorn_amazon_price_event
                 WHERE id IN (SELECT id FROM acorn_amazon_price_event
                               ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
                RETURNING pricelist_id, product_tmpl_id
                """,
                BITE,
            )
        )
        if not rows:
            return 0
        offers = self.env["acorn.amazon.offer"]
        marked = 0
        by_pricelist = {}
        for pricelist_id, template_id in set(rows):
            by_pricelist.setdefault(pricelist_id, set()).add(template_id)
        for pricelist_id, template_ids in by_pricelist.items():
            marked += offers._mark_prices(
                self._find_dependent(pricelist_id) if pricelist_id else None,
                None if 0 in template_ids else template_ids,
            )
        return marked

    @api.model
    def _find_dependent(self, pricelist_id):
        """The pricelists whose prices depend on one, itself included.

        :rtype: product.pricelist
        """
        found = newest = self.env["product.pricelist"].browse(pricelist_id)
        items = self.env["product.pricelist.item"].sudo()
        while newest:
            based = items.search([("base_pricelist_id", "in", newest.ids)])
            newest = based.pricelist_id - found
            found |= newest
        return found
