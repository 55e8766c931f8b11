from collections import Counter
from itertools import chain

from odoo import api, fields, models
from odoo.exceptions import UserError

from .acorn_amazon_label import ACTIVE

READERS = "stock.group_stock_user,acorn_amazon_connector.group_acorn_amazon_user"


class StockPicking(models.Model):
    """Labels that Amazon sells for a delivery (A2)."""

    _inherit = "stock.picking"

    acorn_amazon_label_ids = fields.One2many(
        "acorn.amazon.label", "picking_id", string="Amazon Labels", groups=READERS
    )
    acorn_amazon_label_count = fields.Integer(
        compute="_compute_acorn_amazon_label", compute_sudo=True
    )
    acorn_amazon_label_state = fields.Selection(
        selection=lambda self: (
            self.env["acorn.amazon.label"]._fields["state"].selection
        ),
        string="Amazon Label",
        compute="_compute_acorn_amazon_label",
        compute_sudo=True,
    )
    acorn_amazon_label_text = fields.Char(
        compute="_compute_acorn_amazon_label", compute_sudo=True
    )
    acorn_amazon_can_buy_label = fields.Boolean(
        compute="_compute_acorn_amazon_can_buy_label", compute_sudo=True
    )

    @api.depends("acorn_amazon_label_ids.state")
    def _compute_acorn_amazon_label(self):
        for picking in self:
            labels = picking.acorn_amazon_label_ids
            shown = picking._acorn_amazon_get_shown_label()
            picking.acorn_amazon_label_count = len(labels)
            picking.acorn_amazon_label_state = shown.state
            words = [
                shown and shown._name_service(),
                shown.tracking_number,
                shown.amount and shown._format_amount(),
                shown.explanation,
            ]
            picking.acorn_amazon_label_text = " · ".join(w for w in words if w)

    def _acorn_amazon_get_shown_label(self):
        """The label a person has to look at first."""
        labels = self.acorn_amazon_label_ids
        for state in ("unknown", "buying", "returning", "bought"):
            found = labels.filtered(lambda label, state=state: label.state == state)
            if found:
                return found[:1]
        return labels[:1]

    @api.depends("state", "acorn_amazon_label_ids.state", "sale_id.acorn_amazon_status")
    def _compute_acorn_amazon_can_buy_label(self):
        for picking in self:
            picking.acorn_amazon_can_buy_label = (
                picking.picking_type_code == "outgoing"
                and picking.state not in ("draft", "cancel")
                and picking.sale_id._acorn_amazon_takes_labels()
                and not picking.acorn_amazon_package_ids.filtered("confirmed_at")
                and picking._acorn_amazon_unlabelled_parcels() is not None
            )

    def _acorn_amazon_unlabelled_parcels(self):
        """Parcels that still need a label.

        :return: ``stock.package``, empty for goods that are not packed; None when
            everything has one
        """
        self.ensure_one()
        parcels = self.env["stock.package"]
        for line in self.move_line_ids:
            outer = line.result_package_id
            while outer.parent_package_id:
                outer = outer.parent_package_id
            parcels |= outer
        loose = not all(line.result_package_id for line in self.move_line_ids)
        labels = self.acorn_amazon_label_ids.filtered(lambda la: la.state in ACTIVE)
        if not parcels or loose:
            taken = any(not label.parcel_id for label in labels)
            left = parcels - labels.parcel_id
            return None if taken and not left else left
        left = parcels - labels.parcel_id
        contents, _kits = self.sudo().move_ids._acorn_amazon_get_parcels()
        units = Counter()
        for (_picking, parcel), lines in contents.items():
            if parcel in left:
                for line, (count, _lots) in lines.items():
                    units[line.acorn_amazon_order_item_id] += count
        if self._acorn_amazon_get_loose_label(units):
            return None
        return left or None

    def _acorn_amazon_get_loose_label(self, units):
        """The label that was bought before goods were packed, if it is for all of them.

        :param Counter units: Amazon order item → units in parcels that have no label
        :rtype: acorn.amazon.label (may be empty)
        """
        label = self.acorn_amazon_label_ids.filtered(
            lambda la: la.state in ACTIVE and not la.parcel_id
        )
        bought = Counter()
        for item in label.items or ():
            bought[item["id"]] += item["quantity"]
        return label if units <= bought else label.browse()

    def _acorn_amazon_tracking_numbers(self):
        return [
            number
            for part in (self.carrier_tracking_ref or "").split(",")
            if (number := part.strip())
        ]

    # === GUARDS === #

    def _acorn_amazon_check_store(self, store):
        """:raise UserError: this store does not write to Amazon"""
        if store.sudo().state != "live":
            raise UserError(
                self.env._(
                    "The store %(store)s is not live: nothing is bought or returned "
                    "at Amazon.",
                    store=store.sudo().name,
                )
            )

    def _acorn_amazon_check_label(self):
        """:raise UserError: no label may be bought for this delivery"""
        self.ensure_one()
        order = self.sale_id.sudo()
        if not order._acorn_amazon_takes_labels():
            raise UserError(
                self.env._(
                    "Amazon sells labels for its own orders only, and only for "
                    "those that you ship yourself."
                )
            )
        self._acorn_amazon_check_store(order.acorn_amazon_store_id)
        if order.acorn_amazon_on_hold:
            raise UserError(
                self.env._(
                    "The buyer asks to cancel %(order)s. Decide on the order first.",
                    order=order.acorn_amazon_order_id,
                )
            )
        if self.state in ("draft", "cancel"):
            raise UserError(self.env._("This delivery is not to be shipped."))

    def _acorn_amazon_need_label(self):
        """:raise UserError: goods would leave without the label they need"""
        for picking in self:
            labels = picking.sudo().acorn_amazon_label_ids
            if labels.filtered(lambda label: label.state in ("bought", "returning")):
                continue
            unclear = labels.filtered(lambda label: label.state in ACTIVE)[:1]
            if unclear:
                raise UserError(
                    self.env._(
                        "%(delivery)s: %(reason)s",
                        delivery=picking.name,
                        reason=unclear._explain(),
                    )
                )
            raise UserError(
                self.env._(
                    "%(delivery)s ships with a label from Amazon that is not bought "
                    "yet. Press Buy Label, or choose another carrier.",
                    delivery=picking.name,
                )
            )

    def _acorn_amazon_check_units(self):
        """What leaves is what the labels are for; kits are left to the packer.

        :raise UserError: Amazon tells the buyer something else than is shipped
        """
        labels = self.sudo().acorn_amazon_label_ids.filtered(
            lambda label: label.state in ("bought", "returning")
        )
        if not labels:
            return
        labelled, shipped = Counter(), Counter()
        for item in chain.from_iterable(label.items or () for label in labels):
            labelled[item["id"]] += item["quantity"]
        moves = self.move_ids.filtered(lambda m: m.state not in ("done", "cancel"))
        for move in moves.filtered("picked") or moves:
            line = move.sale_line_id.sudo()
            if move.product_id == line.product_id:
                shipped[line] += move.product_uom._compute_quantity(
                    move.quantity, line.product_uom_id, round=False
                )
        for line, units in shipped.items():
            expected = labelled[line.acorn_amazon_order_item_id]
            if int(units + 1e-6) != expected:
                raise UserError(
                    self.env._(
                        "The Amazon labels are for %(expected)s × %(product)s, but "
                        "%(units)s are shipped. Buy a label for the rest, or return "
                        "the label and buy another one.",
                        expected=expected,
                        product=line.product_id.display_name,
                        units=int(units + 1e-6),
                    )
                )

    # === FLOW === #

    def button_validate(self):
        """Override of `stock`: the label comes first, the goods after it."""
        self.filtered(
            lambda picking: (
                picking.carrier_id.delivery_type == "acorn_amazon"
                and picking.picking_type_code == "outgoing"
                and picking.sale_id.acorn_amazon_order_id
            )
        )._acorn_amazon_need_label()
        for picking in self:
            picking._acorn_amazon_check_units()
        return super().button_validate()

    def action_cancel(self):
        """Override of `stock`: a paid label is returned before its delivery goes."""
        kept = self.sudo().acorn_amazon_label_ids.filtered(
            lambda label: label.state in ACTIVE
        )
        paid = kept.filtered(lambda la: la.order_id.acorn_amazon_status != "CANCELLED")
        if paid:
            raise UserError(
                self.env._(
                    "%(names)s: return the Amazon label first, so that it is refunded.",
                    names=", ".join(paid.picking_id.mapped("name")),
                )
            )
        for label in kept:
            label.picking_id.message_post(
                body=self.env._(
                    "The order was cancelled at Amazon. Return the label %(number)s, "
                    "so that it is refunded.",
                    number=label.tracking_number or "",
                )
            )
        return super().action_cancel()

    def cancel_shipment(self):
        """Override of `stock_delivery`: labels are returned one by one."""
        ours = self.filtered(lambda p: p.carrier_id.delivery_type == "acorn_amazon")
        for picking in ours:
            picking.carrier_id.cancel_shipment(picking)
        return super(StockPicking, self - ours).cancel_shipment()

    # === ACTION METHODS === #

    def action_acorn_amazon_buy_label(self):
        """Compare Amazon's rates and buy a label."""
        self.ensure_one()
        self.check_access("write")
        self._acorn_amazon_check_label()
        wizard = self.env["acorn.amazon.buy.label"]._open_for(self)
        return wizard._show()

    def action_acorn_amazon_print_label(self):
        """Print the label, or show the labels when there are several."""
        self.ensure_one()
        labels = self.acorn_amazon_label_ids.filtered(lambda la: la.state == "bought")
        if len(labels) == 1:
            return labels.action_print()
        return self.action_acorn_amazon_labels()

    def action_acorn_amazon_return_label(self):
        """Return the label, or show the labels when there are several."""
        self.ensure_one()
        labels = self.acorn_amazon_label_ids.filtered(lambda la: la.state in ACTIVE)
        if len(labels) == 1:
            labels.action_return()
            return True
        return self.action_acorn_amazon_labels()

    def action_acorn_amazon_settle_label(self):
        """Settle the purchase that is unclear."""
        self.ensure_one()
        return self._acorn_amazon_get_shown_label().action_settle()

    def action_acorn_amazon_labels(self):
        """Open the labels of this delivery."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "acorn_amazon_connector.acorn_amazon_label_action"
        )
        action["domain"] = [("picking_id", "=", self.id)]
        action["context"] = {}
        return action
