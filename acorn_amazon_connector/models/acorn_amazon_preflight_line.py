from odoo import fields, models


class AcornAmazonPreflightLine(models.Model):
    """What Amazon answered when a store tried one operation."""

    _name = "acorn.amazon.preflight.line"
    _description = "Amazon Preflight Line"
    _order = "store_id, sequence, id"

    store_id = fields.Many2one(
        "acorn.amazon.store", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    operation = fields.Char(required=True, readonly=True)
    purpose = fields.Char(readonly=True, translate=True)
    state = fields.Selection(
        [
            ("allowed", "Allowed"),
            ("denied", "Denied"),
            ("failed", "Failed"),
            ("untested", "Untested"),
        ],
        required=True,
        default="untested",
        readonly=True,
    )
    roles = fields.Char(
        readonly=True, help="Roles in Seller Central, one of which allows the call."
    )
    message = fields.Char("What to Do", readonly=True)
    request_id = fields.Char("RequestId", readonly=True)
    checked_at = fields.Datetime(readonly=True)

    _operation_uniq = models.Constraint(
        "UNIQUE(store_id, operation)", "This operation is on the list already."
    )
