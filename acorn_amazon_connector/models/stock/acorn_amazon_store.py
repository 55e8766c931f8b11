from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class AcornAmazonStore(models.Model):
    """Whether and how a store's stock is shown at Amazon (A2)."""

    _inherit = "acorn.amazon.store"

    stock_mode = fields.Selection(
        [
            ("off", "Off"),
            ("watch", "Watch Only"),
            ("publish", "Send to Amazon"),
        ],
        string="Stock",
        required=True,
        default="off",
        tracking=True,
        copy=False,
        help="Watch Only computes every number and sends none, so that you can compare "
        "them with Amazon's first.",
    )
    stock_emergency = fields.Boolean(
        string="Everything at 0", tracking=True, copy=False, readonly=True
    )
    pending_days = fields.Integer(
        string="Days to Hold Pending Orders",
        default=7,
        help="Units of an order whose payment Amazon has not authorised are held back "
        "for so long.",
    )
    feed_threshold = fields.Integer(
        string="Changes per Feed",
        default=1000,
        help="From so many changed SKUs on, they are sent together as a feed.",
    )
    offer_ids = fields.One2many("acorn.amazon.offer", "store_id")

    @api.constrains("pending_days", "feed_threshold")
    def _check_stock_settings(self):
        for store in self:
            if store.pending_days < 1 or store.feed_threshold < 1:
                raise ValidationError(self.env._("Days and changes must be 1 or more."))

    def write(self, vals):
        """Override to compute all numbers anew when the stock is switched."""
        changed = self.filtered(
            lambda store: (
                "stock_mode" in vals and store.stock_mode != vals["stock_mode"]
            )
        )
        result = super().write(vals)
        if changed:
            changed._restart_stock()
        return result

    def _start_flows(self):
        """Override: whether numbers are sent or only watched depends on the state."""
        result = super()._start_flows()
        self.filtered(lambda store: store.stock_mode != "off")._mark_all_stock()
        return result

    def _restart_stock(self):
        for store in self.sudo():
            if store.stock_mode == "off":
                store.offer_ids.write(
                    {
                        "stock_dirty": False,
                        "stock_unsent": False,
                        "stock_state": "none",
                        "stock_message": False,
                    }
                )
                self.env["acorn.amazon.incident"]._resolve(store, "stock_refused")
            else:
                store._mark_all_stock()

    def _mark_all_stock(self):
        """Have the numbers of all offers computed again.

        The offers are not written to: in an emergency, whoever presses the button must
        not get in conflict with the runner that is sending.
        """
        products = self.sudo().offer_ids.product_id
        self.env["acorn.amazon.stock.event"]._note_products(products)

    def action_stock_to_zero(self):
        """Show 0 for every offer at once, until it is taken back (A2)."""
        self.check_access("write")
        for store in self:
            if store.stock_mode != "publish":
                raise UserError(
                    self.env._(
                        "%(store)s does not send stock to Amazon, so nothing can be "
                        "set to 0 from here.",
                        store=store.name,
                    )
                )
        self.sudo().write({"stock_emergency": True})
        self._mark_all_stock()
        return True

    def action_stock_from_zero(self):
        """Follow the stock again after everything was at 0."""
        self.check_access("write")
        self.sudo().write({"stock_emergency": False})
        self._mark_all_stock()
        return True
