from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

STATES = [
    ("buying", "Being Bought"),
    ("unknown", "Unclear"),
    ("bought", "Bought"),
    ("returning", "Being Returned"),
    ("refund_pending", "Refund Pending"),
    ("refunded", "Refunded"),
    ("refund_rejected", "Refund Rejected"),
    ("failed", "Not Bought"),
]
# A parcel has at most one label in these states.
ACTIVE = ("buying", "unknown", "bought", "returning")
# Amazon's ShipmentStatus → ours.
STATUSES = {
    "Purchased": "bought",
    "RefundPending": "refund_pending",
    "RefundApplied": "refunded",
    "RefundRejected": "refund_rejected",
}


class AcornAmazonLabel(models.Model):
    """One label of Amazon Buy Shipping, from the intent to its refund (A2).

    Amazon sells a label with every call that arrives, and has no search for labels:
    the record is committed before the call, and what became of a call without an
    answer is for a person to find out.
    """

    _name = "acorn.amazon.label"
    _description = "Amazon Shipping Label"
    _inherit = ["mail.thread"]
    # What happened at Amazon is not for people to write; they may talk about it.
    _mail_post_access = "read"
    _order = "requested_at desc, id desc"

    picking_id = fields.Many2one(
        "stock.picking",
        string="Delivery",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    parcel_id = fields.Many2one("stock.package", readonly=True)
    order_id = fields.Many2one(
        "sale.order", required=True, readonly=True, index=True, ondelete="restrict"
    )
    amazon_order_id = fields.Char(
        related="order_id.acorn_amazon_order_id", string="Amazon Order", store=True
    )
    store_id = fields.Many2one(
        "acorn.amazon.store", required=True, readonly=True, index=True
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    state = fields.Selection(
        STATES,
        required=True,
        default="buying",
        readonly=True,
        index=True,
        tracking=True,
    )
    carrier = fields.Char(readonly=True)
    service = fields.Char(readonly=True)
    service_id = fields.Char(string="ServiceId", readonly=True)
    shipment_id = fields.Char(string="ShipmentId", readonly=True)
    tracking_number = fields.Char(readonly=True)
    amount = fields.Monetary(string="Price", readonly=True)
    cost = fields.Monetary(
        compute="_compute_cost",
        store=True,
        help="What Amazon charges in the end: nothing once the refund is applied.",
    )
    currency_id = fields.Many2one("res.currency", readonly=True)
    weight_grams = fields.Float(string="Weight (g)", digits=(16, 1), readonly=True)
    size = fields.Char(readonly=True)
    items = fields.Json(readonly=True)
    content = fields.Char(compute="_compute_content")
    deliver_from = fields.Datetime(string="Earliest Delivery", readonly=True)
    deliver_until = fields.Datetime(string="Latest Delivery", readonly=True)
    label_format = fields.Char(readonly=True)
    attachment_id = fields.Many2one("ir.attachment", string="Label", readonly=True)
    request_id = fields.Char(string="RequestId", readonly=True)
    message = fields.Text(string="Amazon's Answer", readonly=True)
    is_applied = fields.Boolean(
        readonly=True, help="The delivery shows what Amazon said last."
    )
    user_id = fields.Many2one("res.users", string="Bought By", readonly=True)
    requested_at = fields.Datetime(readonly=True, default=fields.Datetime.now)
    bought_at = fields.Datetime(string="Bought On", readonly=True)
    returned_at = fields.Datetime(string="Returned On", readonly=True)
    checked_at = fields.Datetime(string="Last Checked", readonly=True)
    explanation = fields.Text(compute="_compute_explanation")

    _active_uniq = models.UniqueIndex(
        "(picking_id, COALESCE(parcel_id, 0))"
        " WHERE state IN ('buying', 'unknown', 'bought', 'returning')",
        "This parcel has a label already, or one whose purchase is unclear.",
    )
    _open_idx = models.Index(
        "(store_id, state) WHERE state IN"
        " ('buying', 'unknown', 'returning', 'refund_pending') OR NOT is_applied"
    )

    # === COMPUTE METHODS === #

    @api.depends("carrier", "service", "picking_id", "tracking_number")
    def _compute_display_name(self):
        for label in self:
            what = label.tracking_number or label.service or label.carrier
            label.display_name = " · ".join(
                text for text in (label.picking_id.name, what) if text
            )

    @api.depends("amount", "state")
    def _compute_cost(self):
        for label in self:
            free = label.state in ("buying", "failed", "refunded")
            label.cost = 0 if free else label.amount

    @api.depends("items")
    def _compute_content(self):
        for label in self:
            names = {
                line.acorn_amazon_order_item_id: line.product_id.display_name
                for line in label.order_id.sudo().order_line
                if line.acorn_amazon_charge == "item"
            }
            label.content = ", ".join(
                f"{item['quantity']} × {names.get(item['id'], item['id'])}"
                for item in label.items or ()
            )

    @api.depends("state", "message", "shipment_id", "attachment_id")
    @api.depends_context("lang")
    def _compute_explanation(self):
        for label in self:
            label.explanation = label._explain()

    def _explain(self):
        """What the state means, and what to do."""
        self.ensure_one()
        if self.state == "unknown":
            return self._explain_unknown()
        if self.state == "bought" and not self.attachment_id:
            if not self.shipment_id:
                return self.env._(
                    "Odoo does not have this label: print it in Seller Central."
                )
            return self.env._("The label file is missing: press Read Again.")
        if self.state == "failed":
            return self.env._(
                "Nothing was bought. %(message)s", message=self.message or ""
            )
        return {
            "buying": self.env._(
                "Amazon was asked for the label, the answer is not here yet. Press "
                "Read Again in some minutes; do not buy another one."
            ),
            "bought": self.message or False,
            "returning": self.env._(
                "Amazon was asked to take the label back; it is asked again until it "
                "answers."
            ),
            "refund_pending": self.env._(
                "The label must not be used any more. The carrier decides on the "
                "refund."
            ),
            "refunded": self.env._("Amazon has given the money back."),
            "refund_rejected": self.env._(
                "The carrier does not give the money back: the time for it was over, "
                "or the parcel is on its way."
            ),
        }[self.state]

    def _explain_unknown(self):
        hint = ""
        strays = self._get_stray_parcels()
        if strays:
            hint = self.env._(
                "Amazon shows a parcel of this order that Odoo does not know, with "
                "the tracking number %(numbers)s: the label was bought.",
                numbers=", ".join(strays),
            )
        return " ".join(
            text
            for text in (
                self.env._(
                    "Amazon gave no clear answer: the label may be bought and charged. "
                    "Open the order in Seller Central, look whether it has a label, "
                    "and press Settle."
                ),
                hint,
            )
            if text
        )

    def _get_stray_parcels(self):
        """Tracking numbers that Amazon shows for the order and Odoo does not know."""
        order = self.order_id.sudo()
        known = set(order.acorn_amazon_label_ids.mapped("tracking_number"))
        known |= set(order.acorn_amazon_package_ids.mapped("tracking_number"))
        return [
            parcel["tracking"]
            for parcel in order.acorn_amazon_parcels or ()
            if parcel.get("tracking") and parcel["tracking"] not in known
        ]

    # === ACTION METHODS === #

    def action_print(self):
        """Open the label for printing; a label for a label printer is downloaded."""
        self.ensure_one()
        attachment = self.attachment_id
        if not attachment:
            raise UserError(self._explain())
        url = f"/web/content/{attachment.id}/{attachment.name}"
        if attachment.mimetype not in ("application/pdf", "image/png"):
            url += "?download=true"
        return {"type": "ir.actions.act_url", "url": url, "target": "new"}

    def action_check(self):
        """Ask Amazon how things stand."""
        self.check_access("read")
        for label in self:
            label._check_now()
        return True

    def action_return(self):
        """Give labels back to Amazon for a refund."""
        self.check_access("read")
        for label in self:
            label._return_now()
        return True

    def action_settle(self):
        """Ask a person what became of a purchase."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Settle the Purchase"),
            "res_model": "acorn.amazon.label.settle",
            "view_mode": "form",
            "target": "new",
            "context": {"default_label_id": self.id},
        }

    def action_open_delivery(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "stock.picking",
            "res_id": self.picking_id.id,
            "view_mode": "form",
        }

    def action_open_order(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "res_id": self.order_id.id,
            "view_mode": "form",
        }

    # === THE DELIVERY === #

    def _apply(self):
        """Bring the delivery and its shipments to what became of the label.

        May be repeated: nothing is written twice.
        """
        for label in self.filtered(lambda label: not label.is_applied):
            if label.state == "bought":
                label._apply_bought()
            elif label.state in ("refund_pending", "refunded", "refund_rejected"):
                label._apply_returned()
            picking = label.picking_id
            picking.carrier_price = label._get_total(picking)
            label.is_applied = True
            picking.acorn_amazon_package_ids._follow_label()

    def _apply_bought(self):
        picking = self.picking_id
        values = {}
        method = self.env["delivery.carrier"]._acorn_amazon_find(self.company_id)
        if method and picking.carrier_id != method:
            values["carrier_id"] = method.id
        numbers = picking._acorn_amazon_tracking_numbers()
        if self.tracking_number and self.tracking_number not in numbers:
            numbers.append(self.tracking_number)
            values["carrier_tracking_ref"] = ",".join(numbers)
        if values:
            picking.write(values)
        if self.attachment_id and self.attachment_id.res_model != "stock.picking":
            self.attachment_id.write(
                {"res_model": "stock.picking", "res_id": picking.id}
            )
            picking.message_post(
                body=self._describe_purchase(), attachment_ids=self.attachment_id.ids
            )
        elif not self.attachment_id:
            picking.message_post(body=self._describe_purchase())

    def _describe_purchase(self):
        return Markup("%s<br/>%s") % (
            self.env._(
                "Amazon label bought: %(service)s, tracking number %(number)s",
                service=self._name_service(),
                number=self.tracking_number or "-",
            ),
            self.env._("Price: %(price)s", price=self._format_amount()),
        )

    def _name_service(self):
        """Carrier and service in few words."""
        carrier, service = self.carrier or "", self.service or ""
        if service.lower().startswith(carrier.lower()):
            return service
        return f"{carrier} {service}".strip()

    def _format_amount(self):
        if not self.currency_id:
            return "-"
        return self.currency_id.format(self.amount)

    def _apply_returned(self):
        picking = self.picking_id
        numbers = picking._acorn_amazon_tracking_numbers()
        if self.tracking_number in numbers:
            numbers.remove(self.tracking_number)
            picking.carrier_tracking_ref = ",".join(numbers) or False
            picking.message_post(
                body=self.env._(
                    "Amazon label %(number)s was returned. Do not use it.",
                    number=self.tracking_number,
                )
            )

    @api.model
    def _get_total(self, picking):
        """What the labels of a delivery cost, in the currency of its order."""
        currency = picking.sale_id.currency_id or picking.company_id.currency_id
        total = 0
        for label in picking.acorn_amazon_label_ids:
            total += label.currency_id._convert(
                label.cost, currency, label.company_id, fields.Date.today()
            )
        return total

    def _settle_incident(self):
        for label in self:
            self.env["acorn.amazon.incident"]._resolve(
                label.store_id, "label_unknown", record=label
            )
