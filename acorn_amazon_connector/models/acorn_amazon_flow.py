from odoo import api, fields, models


class AcornAmazonFlow(models.Model):
    """A kind of recurring work for a store (A12, A18).

    A new flow is one record of this model plus one job: an abstract model that
    inherits ``acorn.amazon.job`` and is named in ``job_model``.
    """

    _name = "acorn.amazon.flow"
    _description = "Amazon Flow"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    job_model = fields.Char(
        required=True, help="Technical name of the job that does the work."
    )
    lane = fields.Selection(
        [("remote", "Talks to Amazon"), ("local", "Works on kept documents")],
        required=True,
        default="remote",
        help="Each lane has its own runner, so that a slow answer of Amazon never "
        "delays the work on documents that are already here.",
    )
    sequence = fields.Integer(
        default=10, help="Lower runs first when several tasks are due."
    )
    interval_minutes = fields.Integer(
        string="Interval (minutes)",
        required=True,
        default=15,
        help="How long after a complete run the next one starts.",
    )
    silence_minutes = fields.Integer(
        string="Alarm After (minutes)",
        default=60,
        help="An incident is opened when a live store got nothing done for so long. "
        "0 switches the alarm off.",
    )
    runs_in_shadow = fields.Boolean(
        default=True, help="Also runs for stores that are only being watched."
    )
    runs_before_start = fields.Boolean(
        help="The assistant may also run it for a store that is not started yet."
    )
    active = fields.Boolean(default=True)

    _code_uniq = models.Constraint("UNIQUE(code)", "A flow with this code exists.")

    @api.model_create_multi
    def create(self, vals_list):
        """Override to give the stores that are running already the new flow."""
        flows = super().create(vals_list)
        running = self.env["acorn.amazon.store"].search(
            [("state", "in", ("shadow", "live"))]
        )
        running._start_flows()
        return flows
