from odoo import api, fields, models
from odoo.exceptions import ValidationError


class AcornAmazonStore(models.Model):
    """Whether and how shipments are confirmed to Amazon, and how many wait."""

    _inherit = "acorn.amazon.store"

    confirm_shipments = fields.Boolean(
        default=True,
        tracking=True,
        help="Validated deliveries are confirmed to Amazon with carrier and tracking "
        "number. Switch it off when another system does that.",
    )
    untracked_hours = fields.Integer(
        string="Confirm Without Tracking After (hours)",
        tracking=True,
        help="A delivery without tracking number is confirmed after so many hours with "
        "its own number instead, such as WH/OUT/00012. 0: it waits until a tracking "
        "number is entered.",
    )
    shipment_carrier_id = fields.Many2one(
        "acorn.amazon.carrier",
        string="Usual Carrier",
        help="For deliveries without shipping method.",
    )
    shipment_carrier_name = fields.Char(
        string="Usual Carrier's Name",
        help="Shown to the buyer when the carrier is Other.",
    )
    shipment_carrier_needs_name = fields.Boolean(
        related="shipment_carrier_id.needs_name"
    )
    shipment_feed_threshold = fields.Integer(
        string="Shipments per Feed",
        default=500,
        help="From so many waiting shipments on, they are sent together as a feed.",
    )
    package_ids = fields.One2many("acorn.amazon.package", "store_id")
    shipments_refused_count = fields.Integer(
        "Shipments Refused", compute="_compute_shipment_counts"
    )
    shipments_waiting_count = fields.Integer(
        "Shipments Without Tracking", compute="_compute_shipment_counts"
    )
    shipments_open_count = fields.Integer(
        "Shipments to Send", compute="_compute_shipment_counts"
    )

    def _compute_shipment_counts(self):
        rows = self.env["acorn.amazon.package"]._read_group(
            [
                ("store_id", "in", self.ids),
                ("state", "in", ("refused", "waiting", "to_send", "sending")),
            ],
            ["store_id", "state"],
            ["__count"],
        )
        counts = {(store, state): count for store, state, count in rows}
        for store in self:
            store.shipments_refused_count = counts.get((store, "refused"), 0)
            store.shipments_waiting_count = counts.get((store, "waiting"), 0)
            store.shipments_open_count = counts.get((store, "to_send"), 0) + counts.get(
                (store, "sending"), 0
            )

    @api.constrains("untracked_hours", "shipment_feed_threshold")
    def _check_shipment_settings(self):
        for store in self:
            if store.shipment_feed_threshold < 1:
                raise ValidationError(self.env._("A feed needs at least one shipment."))
            if store.untracked_hours < 0:
                raise ValidationError(
                    self.env._("The hours without tracking must not be negative.")
                )

    def action_view_shipments(self):
        """Open the store's shipments; the context of the button picks the filter."""
        return self._get_own_action("acorn_amazon_package_action")

    def write(self, vals):
        """Override to send what waited when the store's rules for it change."""
        result = super().write(vals)
        carrier = {"shipment_carrier_id", "shipment_carrier_name"} & vals.keys()
        if carrier or "untracked_hours" in vals:
            self._release_shipments()
        return result

    def _release_shipments(self):
        """Look again at parcels that wait for a carrier or a tracking number."""
        waiting = (
            self.env["acorn.amazon.package"]
            .sudo()
            .search([("store_id", "in", self.ids), ("state", "=", "waiting")])
        )
        waiting._follow_delivery()
        waiting._evaluate()
