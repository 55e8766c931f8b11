from odoo import api, fields, models

from .acorn_amazon_package import STATES

READERS = "stock.group_stock_user,acorn_amazon_connector.group_acorn_amazon_user"
SHOWN_FIRST = ("refused", "waiting", "to_send", "sending", "confirmed", "not_needed")


class StockPicking(models.Model):
    """What Amazon knows of a delivery."""

    _inherit = "stock.picking"

    acorn_amazon_package_ids = fields.One2many(
        "acorn.amazon.package",
        "picking_id",
        string="Amazon Shipments",
        groups=READERS,
    )
    acorn_amazon_package_count = fields.Integer(
        compute="_compute_acorn_amazon_shipment", compute_sudo=True
    )
    acorn_amazon_shipment = fields.Selection(
        STATES,
        string="Amazon Shipment",
        compute="_compute_acorn_amazon_shipment",
        compute_sudo=True,
        help="Whether Amazon knows that this delivery is on its way.",
    )
    acorn_amazon_shipment_text = fields.Text(
        compute="_compute_acorn_amazon_shipment", compute_sudo=True
    )
    acorn_amazon_shipment_warning = fields.Text(
        "Warning", compute="_compute_acorn_amazon_shipment", compute_sudo=True
    )

    @api.depends("acorn_amazon_package_ids.state")
    def _compute_acorn_amazon_shipment(self):
        for picking in self:
            packages = picking.acorn_amazon_package_ids
            worst = packages.sorted(lambda p: SHOWN_FIRST.index(p.state))[:1]
            picking.acorn_amazon_package_count = len(packages)
            picking.acorn_amazon_shipment = worst.state
            picking.acorn_amazon_shipment_warning = "\n".join(
                package.warning for package in packages if package.warning
            )
            picking.acorn_amazon_shipment_text = worst.explanation

    def write(self, vals):
        """Override to pass a late or corrected tracking number on to Amazon (A33)."""
        if not vals.keys() & {"carrier_id", "carrier_tracking_ref"}:
            return super().write(vals)
        packages = self.sudo().acorn_amazon_package_ids
        before = {package: package._prepare_shipping_vals() for package in packages}
        result = super().write(vals)
        for package, old in before.items():
            package._follow_change(old)
        return result

    def action_acorn_amazon_packages(self):
        """Open the shipments of this delivery."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "acorn_amazon_connector.acorn_amazon_package_action"
        )
        packages = self.acorn_amazon_package_ids
        if len(packages) == 1:
            return {**action, "views": [(False, "form")], "res_id": packages.id}
        action["domain"] = [("picking_id", "=", self.id)]
        action["context"] = {}
        return action
