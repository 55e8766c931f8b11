from odoo import api, fields, models
from odoo.tools import SQL


class AcornAmazonTask(models.Model):
    """Shipments are sent as soon as a delivery is done."""

    _inherit = "acorn.amazon.task"

    @api.model
    def _make_due(self, lane):
        """Override to look for parcels that wait to be sent."""
        if lane == "remote":
            self._make_shipments_due()
        return super()._make_due(lane)

    @api.model
    def _make_shipments_due(self):
        """Let the task of stores with parcels to send run now.

        Who validates a delivery only wakes the runner: writing to the task there would
        make warehouse and runner wait for each other. Tasks that Amazon made wait, or
        that failed, keep their time.
        """
        self.env.flush_all()
        self.env.execute_query(
            SQL(
                """
                UPDATE acorn_amazon_task SET next_run = %(now)s
                 WHERE id IN (
                    SELECT task.id
                      FROM acorn_amazon_task task
                      JOIN acorn_amazon_flow flow ON flow.id = task.flow_id
                     WHERE flow.code = 'shipments' AND task.next_run > %(now)s
                       AND (task.lease_until IS NULL OR task.lease_until < %(now)s)
                       AND COALESCE(task.failure_count, 0) = 0
                       AND (task.parked_until IS NULL OR task.parked_until <= %(now)s)
                       AND EXISTS (SELECT 1 FROM acorn_amazon_package package
                                    WHERE package.store_id = task.store_id
                                      AND package.state = 'to_send')
                       FOR UPDATE OF task SKIP LOCKED)
             RETURNING id
                """,
                now=fields.Datetime.now(),
            )
        )
        self.invalidate_model(["next_run"])
