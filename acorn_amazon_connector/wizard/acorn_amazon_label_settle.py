from odoo import fields, models
from odoo.exceptions import UserError

from ..services.errors import SpApiError


class AcornAmazonLabelSettle(models.TransientModel):
    """What a person found out about a purchase without a clear answer (A2)."""

    _name = "acorn.amazon.label.settle"
    _inherit = ["acorn.amazon.wizard.mixin"]
    _description = "Settle an Amazon Label"

    label_id = fields.Many2one("acorn.amazon.label", required=True, ondelete="cascade")
    amazon_order_id = fields.Char(related="label_id.amazon_order_id")
    explanation = fields.Text(related="label_id.explanation")
    finding = fields.Selection(
        [
            ("shipment", "There is a label, and I know its ShipmentId"),
            ("tracking", "There is a label, I know its tracking number only"),
            ("none", "There is no label"),
        ],
        string="In Seller Central",
        required=True,
        default="shipment",
    )
    shipment_id = fields.Char(string="ShipmentId")
    tracking_number = fields.Char()

    def action_settle(self):
        """Bring the label to what was found."""
        self.ensure_one()
        label = self.label_id
        label.check_access("read")
        if label.state != "unknown":
            raise UserError(self.env._("This purchase is settled already."))
        if self.finding == "shipment":
            self._fetch((self.shipment_id or "").strip())
        elif self.finding == "tracking":
            self._take_over((self.tracking_number or "").strip())
        else:
            label._note(
                "failed",
                message=self.env._(
                    "%(user)s found no label in Seller Central.",
                    user=self.env.user.name,
                ),
            )
        return {"type": "ir.actions.act_window_close"}

    def _fetch(self, shipment_id):
        if not shipment_id:
            raise UserError(self.env._("Enter the ShipmentId."))
        try:
            self.label_id._read_from_amazon(shipment_id)
        except SpApiError as exc:
            raise UserError(self.label_id._complain(exc)) from exc

    def _take_over(self, number):
        if not number:
            raise UserError(self.env._("Enter the tracking number."))
        self.label_id._take_over(number)
