from collections import defaultdict

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from .confirmation_batch import ConfirmationBatch

STATUSES = [
    ("PENDING_AVAILABILITY", "Pre-order"),
    ("PENDING", "Pending"),
    ("UNSHIPPED", "Unshipped"),
    ("PARTIALLY_SHIPPED", "Partially Shipped"),
    ("SHIPPED", "Shipped"),
    ("CANCELLED", "Cancelled"),
    ("UNFULFILLABLE", "Unfulfillable"),
]
SHIPPED_ELSEWHERE = "shipped_elsewhere"
# Rounds that a delivery in several steps may take: pick, pack, ship and some more.
MAX_STEPS = 5
SERVICE_LEVELS = [
    ("EXPEDITED", "Expedited"),
    ("FREE_ECONOMY", "Free Economy"),
    ("NEXT_DAY", "Next Day"),
    ("PRIORITY", "Priority"),
    ("SAME_DAY", "Same Day"),
    ("SCHEDULED", "Scheduled"),
    ("SECOND_DAY", "Second Day"),
    ("STANDARD", "Standard"),
]


class SaleOrder(models.Model):
    _inherit = "sale.order"

    acorn_amazon_store_id = fields.Many2one(
        "acorn.amazon.store",
        string="Amazon Store",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    acorn_amazon_participation_id = fields.Many2one(
        "acorn.amazon.participation",
        string="Amazon Participation",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    acorn_amazon_marketplace_id = fields.Many2one(
        related="acorn_amazon_participation_id.marketplace_id",
        string="Amazon Marketplace",
        store=True,
    )
    acorn_amazon_order_id = fields.Char(
        string="Amazon Order", readonly=True, copy=False, index="trigram"
    )
    acorn_amazon_status = fields.Selection(
        STATUSES, string="Amazon Status", readonly=True, copy=False
    )
    acorn_amazon_fulfilled_by = fields.Selection(
        [("MERCHANT", "Seller (FBM)"), ("AMAZON", "Amazon (FBA)")],
        string="Fulfilled By",
        readonly=True,
        copy=False,
    )
    acorn_amazon_service_level = fields.Selection(
        SERVICE_LEVELS, string="Shipping Speed", readonly=True, copy=False
    )
    acorn_amazon_updated_at = fields.Datetime(
        string="Changed at Amazon", readonly=True, copy=False
    )
    acorn_amazon_ship_by = fields.Datetime(
        string="Ship By",
        readonly=True,
        copy=False,
        help="Latest moment at which Amazon counts the shipment as on time.",
    )
    acorn_amazon_deliver_by = fields.Datetime(
        string="Deliver By", readonly=True, copy=False
    )
    acorn_amazon_currency_id = fields.Many2one(
        "res.currency", string="Amazon Currency", readonly=True, copy=False
    )
    acorn_amazon_grand_total = fields.Monetary(
        string="Amazon Total",
        currency_field="acorn_amazon_currency_id",
        readonly=True,
        copy=False,
        help="What the buyer paid, as Amazon states it.",
    )
    acorn_amazon_facilitator_tax = fields.Monetary(
        string="Tax Remitted by Amazon",
        currency_field="acorn_amazon_currency_id",
        readonly=True,
        copy=False,
        help="Tax that Amazon collects and pays to the authorities itself. It is part "
        "of what the buyer paid and never part of your revenue or your tax.",
    )
    acorn_amazon_tax = fields.Monetary(
        string="Tax Stated by Amazon",
        currency_field="acorn_amazon_currency_id",
        readonly=True,
        copy=False,
    )
    acorn_amazon_tax_known = fields.Boolean(
        string="Tax Known", readonly=True, copy=False
    )
    acorn_amazon_rounding = fields.Monetary(
        string="Rounding", compute="_compute_acorn_amazon_totals"
    )
    acorn_amazon_tax_differs = fields.Boolean(
        string="Tax Differs",
        compute="_compute_acorn_amazon_totals",
        help="The total agrees with Amazon, but Odoo's taxes split it differently.",
    )
    acorn_amazon_programs = fields.Char(string="Programs", readonly=True, copy=False)
    acorn_amazon_is_business = fields.Boolean(
        string="Amazon Business", readonly=True, copy=False
    )
    acorn_amazon_is_prime = fields.Boolean(string="Prime", readonly=True, copy=False)
    acorn_amazon_ioss_number = fields.Char(
        string="IOSS Number",
        readonly=True,
        copy=False,
        help="Give it to the carrier: Amazon has paid the import tax.",
    )
    acorn_amazon_original_order_id = fields.Many2one(
        "sale.order",
        string="Replaces",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    acorn_amazon_address_digest = fields.Char(
        string="Amazon Address Digest", readonly=True, copy=False
    )
    acorn_amazon_decided = fields.Json(
        string="Taxes Decided",
        readonly=True,
        copy=False,
        help="Fiscal position and taxes that follow from what Amazon has said.",
    )
    acorn_amazon_on_hold = fields.Boolean(
        string="Buyer Asks to Cancel",
        readonly=True,
        copy=False,
        help="The delivery cannot be validated until someone decides.",
    )
    acorn_amazon_hold_released = fields.Boolean(
        string="Hold Released", readonly=True, copy=False
    )
    acorn_amazon_cancel_reason = fields.Char(
        string="Cancellation Reason", readonly=True, copy=False
    )
    acorn_amazon_document_count = fields.Integer(
        string="Amazon Documents",
        compute="_compute_acorn_amazon_document_count",
        groups="acorn_amazon_connector.group_acorn_amazon_user",
    )

    _acorn_amazon_order_uniq = models.UniqueIndex(
        "(acorn_amazon_store_id, acorn_amazon_order_id)"
        " WHERE acorn_amazon_order_id IS NOT NULL",
        "This Amazon order is already here.",
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "order_line.acorn_amazon_charge",
        "order_line.price_total",
        "amount_tax",
        "acorn_amazon_tax",
        "acorn_amazon_facilitator_tax",
        "acorn_amazon_tax_known",
    )
    def _compute_acorn_amazon_totals(self):
        for order in self:
            order.acorn_amazon_rounding = sum(
                order.order_line.filtered(
                    lambda line: line.acorn_amazon_charge == "rounding"
                ).mapped("price_total")
            )
            owed = order.acorn_amazon_tax - order.acorn_amazon_facilitator_tax
            taxed_lines = len(order.order_line.filtered("tax_ids"))
            tolerance = order.currency_id.rounding * (taxed_lines + 0.5)
            order.acorn_amazon_tax_differs = bool(
                order.acorn_amazon_tax_known
                and abs(owed - order.amount_tax) > tolerance
            )

    def _compute_acorn_amazon_document_count(self):
        counts = dict(
            self.env["acorn.amazon.exchange"]._read_group(
                [("res_model", "=", "sale.order"), ("res_id", "in", self.ids)],
                ["res_id"],
                ["__count"],
            )
        )
        for order in self:
            order.acorn_amazon_document_count = counts.get(order.id, 0)

    # === ACTION METHODS === #

    def action_acorn_amazon_documents(self):
        """Open the raw documents that made this order what it is (X9)."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "acorn_amazon_connector.acorn_amazon_exchange_action"
        )
        action["domain"] = [("res_model", "=", "sale.order"), ("res_id", "=", self.id)]
        action["context"] = {}
        return action

    def action_acorn_amazon_open(self):
        """Open the order in Seller Central."""
        self.ensure_one()
        host = self.acorn_amazon_marketplace_id.seller_central_url
        return {
            "type": "ir.actions.act_url",
            "url": f"{host}/orders-v3/order/{self.acorn_amazon_order_id}",
            "target": "new",
        }

    def action_acorn_amazon_release_hold(self):
        """Ship although the buyer asked to cancel; who decided is on the order."""
        for order in self.filtered("acorn_amazon_on_hold"):
            order.write(
                {"acorn_amazon_on_hold": False, "acorn_amazon_hold_released": True}
            )
            order.message_post(
                body=self.env._("Ships although the buyer asked to cancel.")
            )
            self.env["acorn.amazon.incident"]._resolve(
                order.acorn_amazon_store_id, "cancellation_requested", record=order
            )
        return True

    # === BUSINESS METHODS === #

    def _prepare_confirmation_values(self):
        """Override of `sale` to keep the date on which the buyer ordered."""
        values = super()._prepare_confirmation_values()
        is_batch = self.env.context.get("acorn_amazon_batch")
        if is_batch or all(order.acorn_amazon_order_id for order in self):
            values.pop("date_order", None)
        return values

    def _acorn_amazon_write_changes(self, values):
        """Write only what differs, so that an unchanged order stays untouched."""
        self.ensure_one()
        changes = {
            name: value
            for name, value in values.items()
            if self._fields[name].convert_to_write(self[name], self) != value
            and (self[name] or value)
        }
        if changes:
            self.write(changes)

    def _acorn_amazon_unlock(self):
        """Let Amazon's changes in: Odoo may lock confirmed orders against people."""
        self.filtered("locked").action_unlock()

    def _acorn_amazon_hold(self, reason):
        """Stop the delivery because the buyer asked to cancel; a person decides."""
        for order in self:
            done = order.acorn_amazon_on_hold or order.acorn_amazon_hold_released
            if done or order.delivery_status == "full" or order.state == "cancel":
                continue
            order.write(
                {"acorn_amazon_on_hold": True, "acorn_amazon_cancel_reason": reason}
            )
            self.env["acorn.amazon.incident"]._raise(
                order.acorn_amazon_store_id,
                "cancellation_requested",
                details=reason,
                record=order,
                data={"order": order._acorn_amazon_label()},
            )

    def _acorn_amazon_end_hold(self):
        """What has left need not be stopped any more."""
        for order in self.filtered("acorn_amazon_on_hold"):
            order.acorn_amazon_on_hold = False
            self.env["acorn.amazon.incident"]._resolve(
                order.acorn_amazon_store_id, "cancellation_requested", record=order
            )

    def _acorn_amazon_label(self):
        self.ensure_one()
        return f"{self.name} ({self.acorn_amazon_order_id})"

    def _acorn_amazon_cancel(self, at, cancelled_by, reason):
        """Follow Amazon's cancellation; what has already left needs a person.

        :param datetime at: when Amazon changed the order (naive UTC)
        """
        self.ensure_one()
        incidents = self.env["acorn.amazon.incident"]
        store = self.acorn_amazon_store_id
        is_known = self.acorn_amazon_status == "CANCELLED"
        if is_known and self.state == "cancel":
            return
        self.write(
            {
                "acorn_amazon_status": "CANCELLED",
                "acorn_amazon_updated_at": at,
                "acorn_amazon_cancel_reason": reason or cancelled_by,
                "acorn_amazon_on_hold": False,
            }
        )
        incidents._resolve(store, "cancellation_requested", record=self)
        self._acorn_amazon_check_invoiced()
        if self._acorn_amazon_has_left():
            # What has not left yet must stay; what has left cannot be cancelled.
            open_pickings = self.picking_ids.filtered(
                lambda picking: picking.state not in ("done", "cancel")
            )
            open_pickings.action_cancel()
            # Amazon repeats itself; what a person has settled stays settled.
            if not is_known:
                incidents._raise(
                    store,
                    "cancelled_after_shipment",
                    details=reason,
                    record=self,
                    data={"order": self._acorn_amazon_label()},
                )
            return
        if self.state == "cancel":
            return
        self._acorn_amazon_unlock()
        self._action_cancel()
        why = reason or cancelled_by or "-"
        self.message_post(
            body=Markup("<p>%s</p>")
            % self.env._("Cancelled at Amazon: %(reason)s", reason=why)
        )

    def _acorn_amazon_check_invoiced(self):
        """Tell a person when a cancelled order is in the books already."""
        self.ensure_one()
        posted = self.invoice_ids.filtered(
            lambda invoice: (
                invoice.state == "posted"
                and invoice.move_type == "out_invoice"
                and invoice.payment_state != "reversed"
            )
        )
        if posted:
            self.env["acorn.amazon.incident"]._raise(
                self.acorn_amazon_store_id,
                "cancelled_after_invoice",
                details=", ".join(posted.mapped("name")),
                record=self,
                data={"order": self._acorn_amazon_label()},
            )

    def _acorn_amazon_close_settled(self):
        """Close the incidents of cancelled orders whose goods or money are back."""
        incidents = self.env["acorn.amazon.incident"]
        # Who takes goods back need not see invoices, nor the other way round.
        cancelled = self.sudo().filtered(
            lambda order: (
                order.acorn_amazon_store_id and order.acorn_amazon_status == "CANCELLED"
            )
        )
        for order in cancelled:
            store = order.acorn_amazon_store_id
            is_credited = order._acorn_amazon_is_credited()
            if is_credited:
                incidents._resolve(store, "cancelled_after_invoice", record=order)
            if is_credited or order._acorn_amazon_is_returned():
                incidents._resolve(store, "cancelled_after_shipment", record=order)

    def _acorn_amazon_is_credited(self):
        """Whether credit notes have taken back everything that was invoiced.

        :rtype: bool
        """
        self.ensure_one()
        posted = self.invoice_ids.filtered(lambda move: move.state == "posted")
        owed = sum(posted.mapped("amount_total_signed"))
        has_credit = "out_refund" in posted.mapped("move_type")
        return has_credit and self.company_id.currency_id.compare_amounts(owed, 0) <= 0

    def _acorn_amazon_is_returned(self):
        """Whether everything that went to the buyer has come back.

        :rtype: bool
        """
        self.ensure_one()
        away = defaultdict(float)
        done = self.order_line.move_ids.filtered(lambda move: move.state == "done")
        for move in done:
            if move.location_dest_id.usage == "customer":
                away[move.product_id] += move.product_qty
            if move.location_id.usage == "customer":
                away[move.product_id] -= move.product_qty
        return bool(away) and all(
            product.uom_id.compare(quantity, 0) <= 0
            for product, quantity in away.items()
        )

    def _acorn_amazon_has_left(self):
        """Whether goods are on their way to the buyer; picked is not shipped.

        :rtype: bool
        """
        return any(
            move.state == "done" and move.location_dest_id.usage == "customer"
            for move in self.picking_ids.move_ids
        )

    def _acorn_amazon_find_shipped_elsewhere(self, shipped):
        """The products that Amazon says are shipped while they are still in stock.

        :param dict shipped: Amazon order item id → quantity shipped so far
        :rtype: product.product
        """
        self.ensure_one()
        if all(picking.state in ("done", "cancel") for picking in self.picking_ids):
            return self.env["product.product"]
        return self.order_line.filtered(
            lambda line: (
                line.acorn_amazon_charge == "item"
                and shipped.get(line.acorn_amazon_order_item_id, 0) > line.qty_delivered
            )
        ).product_id

    def _acorn_amazon_check_shipped_elsewhere(self, shipped):
        """Tell a person when Amazon says shipped but the goods are still in stock.

        :param dict shipped: Amazon order item id → quantity shipped so far
        """
        missing = self._acorn_amazon_find_shipped_elsewhere(shipped)
        if missing:
            self.env["acorn.amazon.incident"]._raise(
                self.acorn_amazon_store_id,
                SHIPPED_ELSEWHERE,
                details=", ".join(missing.mapped("display_name")),
                record=self,
                data={"order": self._acorn_amazon_label()},
            )

    def _acorn_amazon_close_shipped_elsewhere(self):
        """Close what was told of orders of which nothing is missing any more."""
        if not self:
            return
        domain = [
            ("code", "=", SHIPPED_ELSEWHERE),
            ("state", "=", "open"),
            ("res_model", "=", self._name),
            ("res_id", "in", self.ids),
        ]
        for incident in self.env["acorn.amazon.incident"].sudo().search(domain):
            order = self.sudo().browse(incident.res_id)
            shipped = order._acorn_amazon_get_shipped()
            if not order._acorn_amazon_find_shipped_elsewhere(shipped):
                incident._close()

    # === DELIVERIES === #

    def _acorn_amazon_confirm(self, shipped):
        """Confirm many new orders at once and reserve all their stock in one go.

        Same result as ``action_confirm`` on each: what Odoo repeats for every order
        (stock rules, reordering rules, chatter, reservation) is done once for all.

        :param shipped: those whose goods have left: nothing is reserved for them
        """
        if not self:
            return
        batch = ConfirmationBatch(self, self - shipped)
        self.with_context(acorn_amazon_batch=batch).action_confirm()
        batch.finish()

    def _acorn_amazon_ship_all(self):
        """Complete all deliveries of orders that Amazon reports as shipped."""
        for _step in range(MAX_STEPS):
            pickings = self.picking_ids.filtered(
                lambda picking: picking.state not in ("done", "cancel")
            )
            if not pickings:
                return
            pickings._acorn_amazon_take_from_right_place()
            pickings._acorn_amazon_complete()

    def _acorn_amazon_ship_partly(self, shipped):
        """Complete what is shipped and leave the rest on a backorder.

        :param dict shipped: Amazon order item id → quantity shipped so far
        """
        self.ensure_one()
        moves = self.picking_ids.move_ids
        # A later step may be planned already: it waits for the first.
        first = moves.filtered(lambda move: not move.move_orig_ids & moves)
        pickings = first.picking_id
        units = first._acorn_amazon_count_shipped(shipped)
        for _step in range(MAX_STEPS):
            pickings = pickings.filtered(
                lambda picking: picking.state not in ("done", "cancel")
            )
            if not pickings:
                return
            done = pickings._acorn_amazon_complete_partly(units)
            # A multi-step warehouse passes on what the step before has moved.
            pickings = done.move_ids.move_dest_ids.picking_id

    @api.ondelete(at_uninstall=False)
    def _unlink_except_amazon(self):
        if any(order.acorn_amazon_order_id for order in self):
            raise UserError(
                self.env._("Orders from Amazon cannot be deleted: cancel them instead.")
            )
