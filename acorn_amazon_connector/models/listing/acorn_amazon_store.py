from odoo import fields, models


class AcornAmazonStore(models.Model):
    """Whether and how a store's prices are sent to Amazon."""

    _inherit = "acorn.amazon.store"

    price_mode = fields.Selection(
        [
            ("off", "Off"),
            ("watch", "Watch Only"),
            ("publish", "Send to Amazon"),
        ],
        string="Prices",
        required=True,
        default="off",
        tracking=True,
        copy=False,
        help="Watch Only computes every price and sends none, so that you can compare "
        "them with Amazon's first.",
    )

    publication_feed_threshold = fields.Integer(
        string="Listings per Feed",
        default=50,
        help="From so many new listings of a marketplace on, they are sent together as "
        "a feed.",
    )

    def write(self, vals):
        """Override to compute all prices anew when they are switched."""
        changed = self.filtered(
            lambda store: (
                "price_mode" in vals and store.price_mode != vals["price_mode"]
            )
        )
        result = super().write(vals)
        if changed:
            changed._restart_prices()
        return result

    def _start_flows(self):
        """Override: whether prices are sent or only watched depends on the state."""
        result = super()._start_flows()
        self._mark_all_prices()
        return result

    def _restart_prices(self):
        for store in self.sudo():
            if store.price_mode == "off":
                store.offer_ids.write(
                    {
                        "price_dirty": False,
                        "price_unsent": False,
                        "price_state": "none",
                        "price_message": False,
                    }
                )
                self.env["acorn.amazon.incident"]._resolve(store, "price_refused")
            else:
                store._mark_all_prices()

    def _mark_all_prices(self):
        """Have the prices of all offers computed again."""
        self.sudo().offer_ids._mark_price()

    def action_recompute_prices(self):
        """Compute all prices anew and send those that differ."""
        self.check_access("write")
        self._mark_all_prices()
        return True
