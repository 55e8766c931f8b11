import logging
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

# Changes are taken over in bites, so that a big import does not hold them all.
BITE = 20_000
LOOK_AGAIN = timedelta(minutes=1)


class AcornAmazonOfferEvent(models.AbstractModel):
    """Something changed in Odoo that no offer has been computed from yet.

    Rows are only ever inserted by the people and jobs that change things, so that they
    never wait for, or conflict with, whoever talks to Amazon (A2).

    ``_kind`` begins the name of the store's ``…_mode``, ``_noted`` names the columns
    that say what changed.
    """

    _name = "acorn.amazon.offer.event"
    _description = "Amazon Offer Event"

    _kind = None
    _noted = ()

    @api.model
    def _note(self, changes):
        """Remember what changes in this transaction.

        One statement per transaction, at its end, whatever it does in between. It
        wakes the runner unless a change waits already: whoever noted that one did.

        :param changes: tuples of ids, as in ``_noted``
        """
        cr = self.env.cr
        noted = cr.precommit.data.get(self._name)
        if noted is None:
            noted = cr.precommit.data[self._name] = set()
            cr.precommit.add(self._write_noted)
        noted.update(changes)

    def _write_noted(self):
        changes = self.env.cr.precommit.data.pop(self._name, None)
        if not changes:
            return
        cron_id = self.env["ir.model.data"]._xmlid_to_res_id(
            "acorn_amazon_connector.ir_cron_run_remote_tasks"
        )
        columns = zip(*sorted(changes), strict=True)
        self.env.cr.execute(
            SQL(
                """
                WITH waiting AS (
                    SELECT FROM %(table)s LIMIT 1
                ), event AS (
                    INSERT INTO %(table)s (%(noted)s)
                    SELECT * FROM unnest(%(columns)s) AS change
                     WHERE EXISTS (SELECT FROM acorn_amazon_store
                                    WHERE %(mode)s != 'off')
                    RETURNING id
                )
                INSERT INTO ir_cron_trigger
                    (cron_id, call_at, create_uid, create_date, write_uid, write_date)
                SELECT %(cron)s, %(now)s, %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM event WHERE NOT EXISTS (SELECT FROM waiting) LIMIT 1
                """,
                table=SQL.identifier(self._table),
                noted=self._get_noted(),
                columns=SQL(", ").join(SQL("%s", list(ids)) for ids in columns),
                mode=SQL.identifier(f"{self._kind}_mode"),
                cron=cron_id,
                now=fields.Datetime.now(),
                uid=self.env.uid,
            )
        )
        if self.env.cr.rowcount:
            self.env.cr.postcommit.add(self.env["ir.cron"]._notifydb)

    def _get_noted(self):
        return SQL(", ").join(map(SQL.identifier, self._noted))

    @api.model
    def _resolve(self):
        """Have the values of all offers computed again that the changes are about.

        :return: number of offers marked
        """
        self.env.flush_all()
        try:
            with self.env.cr.savepoint():
                return self._resolve_bite()
        except psycopg2.OperationalError:
            # Somebody writes to the same offers: the next round sees both.
            _logger.debug("%s: wait for the next round", self._name)
            return 0

    def _resolve_bite(self):
        rows = self.env.execute_query(
            SQL(
                """
                DELETE FROM %(table)s
                 WHERE id IN (SELECT id FROM %(table)s
                               ORDER BY id LIMIT %(bite)s FOR UPDATE SKIP LOCKED)
                RETURNING %(noted)s
                """,
                table=SQL.identifier(self._table),
                bite=BITE,
                noted=self._get_noted(),
            )
        )
        if not rows:
            return 0
        # What is noted while these are taken wakes nobody: look again soon.
        self.env.ref("acorn_amazon_connector.ir_cron_run_remote_tasks")._trigger(
            at=fields.Datetime.now() + LOOK_AGAIN
        )
        return self._mark_offers(set(rows))

    @api.model
    def _mark_offers(self, changes):
        """Mark the offers that changes are about.

        :param set changes: tuples of ids, as in ``_noted``
        :return: number of offers marked
        """
        raise NotImplementedError
