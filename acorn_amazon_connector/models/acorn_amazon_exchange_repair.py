from decimal import Decimal, InvalidOperation

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..jobs.order_lookups import KEPT_BY_HAND, OrderLookups

STOPPED_STATES = ("blocked", "error")
BY_HAND = ("booked_by_hand", "cancelled_by_hand")
MANAGER_GROUP = "acorn_amazon_connector.group_acorn_amazon_manager"


class AcornAmazonExchange(models.Model):
    """One click from what stopped a document to the document applied."""

    _inherit = "acorn.amazon.exchange"

    missing_tax_percent = fields.Float(
        string="Missing Tax (%)",
        compute="_compute_missing_tax_percent",
        digits=(6, 3),
        help="The tax rate that Amazon charged and Odoo does not have.",
    )

    @api.depends("reason_code", "reason_data")
    def _compute_missing_tax_percent(self):
        for exchange in self:
            exchange.missing_tax_percent = float(exchange._get_missing_percent() or 0)

    def _get_missing_percent(self):
        """:return: the rate of a missing tax in percent (Decimal), or None"""
        if self.reason_code != "tax_unknown":
            return None
        try:
            return Decimal((self.reason_data or {}).get("percent") or "")
        except InvalidOperation:
            return None

    # === ACTION METHODS === #

    def action_map_sku(self):
        """Ask which product the unknown SKU stands for."""
        self.ensure_one()
        if not self.blocked_sku:
            raise UserError(self.env._("No unknown SKU stops this document."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Map SKU"),
            "res_model": "acorn.amazon.map.sku",
            "view_mode": "form",
            "target": "new",
            "context": {"default_exchange_id": self.id},
        }

    def action_create_tax(self):
        """Create the sales tax that Amazon charged and apply what waited for it."""
        self.ensure_one()
        self._check_manager()
        percent = self._get_missing_percent()
        if percent is None:
            raise UserError(
                self.env._(
                    "Amazon's tax fits no single rate. Create the tax by hand, then "
                    "press Retry."
                )
            )
        self._create_missing_tax(percent)
        waiting = self._find_stopped_alike().filtered(
            lambda exchange: exchange._get_missing_percent() == percent
        )
        return waiting._retry_and_notify()

    def action_keep_by_hand(self):
        """Leave orders to those who booked them by hand; Amazon's are not imported.

        Retry takes it back. What the buyer or Amazon cancels is still told.
        """
        self.check_access("read")
        kept = self.filtered(
            lambda exchange: (
                exchange.state == "blocked" and exchange.reason_code in BY_HAND
            )
        ).sudo()
        if not kept:
            raise UserError(
                self.env._("None of these documents is of an order booked by hand.")
            )
        kept.write(
            {
                "state": "ignored",
                "reason_code": KEPT_BY_HAND,
                "message": False,
                "applied_at": fields.Datetime.now(),
            }
        )
        for store, documents in kept.grouped("store_id").items():
            numbers = documents.mapped("external_id")
            self.env["acorn.amazon.demand"]._settle(store, numbers)
            self.env["acorn.amazon.task"]._wake(store, "local")
        for exchange in kept:
            self.env["sale.order"].sudo().browse(exchange.res_id).message_post(
                body=self.env._(
                    "%(user)s keeps this order instead of Amazon's %(number)s. Nothing"
                    " of Amazon's order is imported: confirm the shipment in Seller"
                    " Central.",
                    user=self.env.user.name,
                    number=exchange.external_id,
                )
            )
        return True

    # === BUSINESS METHODS === #

    def _check_manager(self):
        self.check_access("read")
        if not (self.env.su or self.env.user.has_group(MANAGER_GROUP)):
            raise AccessError(self.env._("Only Amazon managers can do this."))

    def _create_missing_tax(self, percent):
        """Create the tax like the importer would, in the company of the store.

        :param Decimal percent: 8.875 for 8.875 %
        :rtype: account.tax
        """
        store = self.sudo().with_company(self.company_id).store_id
        order = self.env["acorn.amazon.order.importer"]._map(self.sudo())
        lookups = OrderLookups(store, [order])
        participation = lookups.participations.get(order.marketplace_id)
        if not participation:
            raise UserError(
                self.env._("The store has no settings for this marketplace.")
            )
        included = order.price_includes_tax
        if included is None:
            included = participation.price_includes_tax
        return lookups.create_tax(participation, percent, included)

    def _find_stopped_alike(self):
        """Documents of the same store that the same reason stopped."""
        return self.search(
            [
                ("store_id", "=", self.store_id.id),
                ("state", "in", STOPPED_STATES),
                ("reason_code", "=", self.reason_code),
            ]
        )

    def _retry_and_notify(self):
        """Apply documents again, say how many, and close the dialog."""
        self.action_retry()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "Documents that are applied again in a moment: %(count)s",
                    count=len(self),
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    # === SHADOW === #

    def action_store_go_live(self):
        """Go live with the store whose watched documents are on screen (X7)."""
        store = self.env["acorn.amazon.store"].browse(
            self.env.context.get("acorn_amazon_store_id")
        )
        store.action_go_live()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "acorn_amazon_connector.acorn_amazon_dashboard_action"
        )
        return {**action, "target": "main"}
