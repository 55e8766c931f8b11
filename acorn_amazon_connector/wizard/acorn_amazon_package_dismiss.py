from odoo import fields, models


class AcornAmazonPackageDismiss(models.TransientModel):
    """Why Amazon need not know of some parcels."""

    _name = "acorn.amazon.package.dismiss"
    _inherit = ["acorn.amazon.wizard.mixin"]
    _description = "Mark Amazon Shipments as Not Needed"

    package_ids = fields.Many2many(
        "acorn.amazon.package", string="Shipments", required=True
    )
    reason = fields.Char(required=True)

    def action_dismiss(self):
        """Set the parcels aside; the reason stays on them."""
        self.ensure_one()
        self.package_ids.check_access("write")
        self.package_ids._dismiss(self.reason)
        return {"type": "ir.actions.act_window_close"}
