from odoo import api, fields, models
from odoo.exceptions import UserError

from .acorn_amazon_outbound import ACTIVE

READERS = "stock.group_stock_user,acorn_amazon_connector.group_acorn_amazon_user"


class StockPicking(models.Model):
    """Deliveries of other channels that leave from Amazon's stock (A37)."""

    _inherit = "stock.picking"

    acorn_amazon_outbound_ids = fields.One2many(
        "acorn.amazon.outbound",
        "picking_id",
        string="Amazon Multi-Channel Orders",
        groups=READERS,
    )
    acorn_amazon_outbound_state = fields.Char(
        "Shipped by Amazon",
        compute="_compute_acorn_amazon_outbound",
        compute_sudo=True,
    )
    acorn_amazon_outbound_active = fields.Boolean(
        compute="_compute_acorn_amazon_outbound", compute_sudo=True
    )

    @api.depends_context("lang")
    def _compute_acorn_amazon_outbound(self):
        states = self.env["acorn.amazon.outbound"]._fields["state"]
        words = dict(states._description_selection(self.env))
        for picking in self:
            order = picking.acorn_amazon_outbound_ids[:1]
            text = [words.get(order.state), order.amazon_status_text, order.message]
            picking.acorn_amazon_outbound_state = " · ".join(t for t in text if t)
            is_active = order.state in ACTIVE and not order._has_left()
            picking.acorn_amazon_outbound_active = is_active

    def _acorn_amazon_request_outbound(self):
        """Let Amazon ship these deliveries, where that is switched on."""
        orders = self.env["acorn.amazon.outbound"].sudo()
        stores = self.env["acorn.amazon.store"].sudo()
        for picking in self.sudo():
            store = stores._find_for_outbound(picking)
            active = picking.acorn_amazon_outbound_ids.filtered(
                lambda order: order.state in ACTIVE
            )
            if store and not active:
                orders |= orders._request(store, picking)
        return orders

    def action_acorn_amazon_cancel_outbound(self):
        """Ask Amazon not to ship this delivery."""
        self.ensure_one()
        self.acorn_amazon_outbound_ids[:1].action_cancel()
        return True

    def action_acorn_amazon_open_outbound(self):
        """Open what Amazon was asked for."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "acorn_amazon_connector.acorn_amazon_outbound_action"
        )
        action["domain"] = [("picking_id", "=", self.id)]
        return action

    def button_validate(self):
        """Override of `stock`: Amazon says when the goods have left."""
        told = self.env.context.get("acorn_amazon_shipped")
        stores = self.env["acorn.amazon.store"]
        if not told and stores._is_at_amazon(self.location_id):
            waiting = self.filtered("acorn_amazon_outbound_active")
            if waiting:
                raise UserError(
                    self.env._(
                        "Amazon ships %(names)s. It is validated when Amazon has sent "
                        "it; to ship it yourself, press Cancel at Amazon first.",
                        names=", ".join(waiting.mapped("name")),
                    )
                )
        return super().button_validate()
