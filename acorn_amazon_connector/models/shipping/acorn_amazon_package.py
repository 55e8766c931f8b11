from datetime import timedelta, timezone

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ...mappers import shipment
from ..words import in_words

STATES = [
    ("waiting", "Waiting for Tracking"),
    ("to_send", "To Send"),
    ("sending", "Sending"),
    ("confirmed", "Confirmed"),
    ("refused", "Refused"),
    ("not_needed", "Not Needed"),
]
CLOCK_MARGIN = timedelta(minutes=1)
# What a person may correct; the rest belongs to the connector.
EDITABLE = {
    "carrier_id",
    "carrier_name",
    "shipping_method",
    "tracking_number",
    "ship_date",
}


class AcornAmazonPackage(models.Model):
    """One parcel of an Amazon order that has left, and what Amazon knows of it (A1).

    A parcel keeps its number within the order for ever. The same number sent again
    edits the parcel at Amazon, so that repeating a call, for a correction or after a
    crash, never ships anything twice.
    """

    _name = "acorn.amazon.package"
    _description = "Amazon Shipment"
    _order = "ship_date desc, id desc"

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
    picking_id = fields.Many2one(
        "stock.picking", string="Delivery", readonly=True, index="btree_not_null"
    )
    parcel_id = fields.Many2one("stock.package", readonly=True)
    reference = fields.Integer(
        string="Number at Amazon",
        required=True,
        readonly=True,
        aggregator=None,
        help="Number of the parcel within the order. It never changes.",
    )
    item_ids = fields.One2many("acorn.amazon.package.item", "package_id", readonly=True)
    unit_count = fields.Integer("Units", compute="_compute_unit_count")
    content = fields.Char(compute="_compute_unit_count")
    carrier_id = fields.Many2one("acorn.amazon.carrier", string="Amazon Carrier")
    carrier_needs_name = fields.Boolean(related="carrier_id.needs_name")
    carrier_name = fields.Char(
        help="Shown to the buyer when the Amazon carrier is Other."
    )
    shipping_method = fields.Char(
        string="Service", help="The carrier's product, such as Ground or Express."
    )
    tracking_number = fields.Char()
    ship_date = fields.Datetime(string="Shipped On", required=True)
    ship_by = fields.Datetime(related="order_id.acorn_amazon_ship_by", store=True)
    is_late = fields.Boolean(compute="_compute_is_late")
    state = fields.Selection(
        STATES, required=True, default="waiting", readonly=True, index=True
    )
    reason_code = fields.Char(readonly=True)
    amazon_message = fields.Text(string="Amazon's Answer", readonly=True)
    request_id = fields.Char(string="RequestId", readonly=True)
    dismiss_reason = fields.Char(string="Why Not Needed", readonly=True)
    attempts = fields.Integer(readonly=True, aggregator=None)
    last_sent_at = fields.Datetime(string="Last Sent", readonly=True)
    confirmed_at = fields.Datetime(string="Confirmed On", readonly=True)
    sent_document_id = fields.Many2one("acorn.amazon.exchange", readonly=True)
    feed_id = fields.Many2one(
        "acorn.amazon.package.feed",
        string="Sent With",
        readonly=True,
        index="btree_not_null",
        help="The feed that told Amazon of this parcel and of many others.",
    )
    amazon_status = fields.Char("Amazon's Code", readonly=True)
    amazon_status_text = fields.Char(
        string="On the Way",
        compute="_compute_amazon_status_text",
        help="What the carrier tells Amazon about the parcel, as of the last reading "
        "of the order.",
    )

    _reference_uniq = models.Constraint(
        "UNIQUE(order_id, reference)",
        "Every parcel of an order has a number of its own.",
    )
    _to_send_idx = models.Index(
        "(store_id, attempts, id) WHERE state IN ('to_send', 'sending')"
    )

    # === COMPUTE METHODS === #

    @api.depends("amazon_status")
    @api.depends_context("lang")
    def _compute_amazon_status_text(self):
        for package in self:
            package.amazon_status_text = in_words(self.env, package.amazon_status)

    @api.depends("amazon_order_id", "reference")
    def _compute_display_name(self):
        for package in self:
            package.display_name = f"{package.amazon_order_id}/{package.reference}"

    @api.depends("item_ids.quantity")
    def _compute_unit_count(self):
        for package in self:
            items = package.item_ids
            package.unit_count = sum(items.mapped("quantity"))
            package.content = ", ".join(
                f"{item.quantity} × {item.product_id.display_name}"
                for item in items.filtered("quantity")
            )

    @api.depends("state", "ship_by")
    def _compute_is_late(self):
        now = fields.Datetime.now()
        for package in self:
            is_open = package.state in ("waiting", "to_send", "sending", "refused")
            package.is_late = bool(
                is_open and package.ship_by and package.ship_by < now
            )

    # === CONSTRAINTS === #

    @api.constrains("ship_date")
    def _check_ship_date(self):
        for package in self:
            soonest = package.order_id.date_order
            if package.ship_date < soonest:
                raise ValidationError(
                    self.env._(
                        "%(package)s cannot be shipped before it was ordered.",
                        package=package.display_name,
                    )
                )
            if package.ship_date > max(fields.Datetime.now(), soonest) + timedelta(
                seconds=2
            ):
                raise ValidationError(
                    self.env._(
                        "%(package)s cannot be shipped in the future.",
                        package=package.display_name,
                    )
                )

    # === CRUD METHODS === #

    def write(self, vals):
        """Override to send a parcel again that was corrected."""
        if not self.env.su and vals.keys() - EDITABLE:
            raise AccessError(
                self.env._(
                    "Carrier, service, tracking number and date can be corrected; the "
                    "rest of a shipment follows from the delivery."
                )
            )
        editable = vals.keys() & EDITABLE
        before = {package: [package[name] for name in editable] for package in self}
        result = super().write(vals)
        if self.env.context.get("acorn_amazon_is_new"):
            return result
        corrected = self.filtered(
            lambda package: before[package] != [package[name] for name in editable]
        )
        if corrected:
            corrected.sudo()._evaluate()
        return result

    # === ACTION METHODS === #

    def action_send_again(self):
        """Send parcels to Amazon once more, with the same number."""
        self.check_access("write")
        busy = self.filtered(lambda package: package.state == "sending")
        for package in (self - busy).sudo():
            package.write({"dismiss_reason": False, "reason_code": False})
            package._evaluate(is_wanted=True)
        return True

    def action_dismiss(self):
        """Ask for the reason why Amazon need not know of these parcels."""
        self.check_access("write")
        done = self.filtered(lambda package: package.state == "confirmed")
        if done:
            raise UserError(
                self.env._(
                    "%(packages)s: Amazon knows this shipment already.",
                    packages=", ".join(done.mapped("display_name")),
                )
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Mark as Not Needed"),
            "res_model": "acorn.amazon.package.dismiss",
            "view_mode": "form",
            "target": "new",
            "context": {"default_package_ids": self.ids},
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

    # === BUSINESS METHODS === #

    def _dismiss(self, reason):
        """Amazon need not know of these parcels.

        :param str reason: a person's own words
        """
        self.sudo().write(
            {
                "state": "not_needed",
                "reason_code": "by_hand",
                "dismiss_reason": reason,
            }
        )
        self._settle_incidents()

    def _evaluate(self, is_wanted=False):
        """Decide whether parcels can be sent, wait for something, or are not needed.

        :param bool is_wanted: a person asks for it, so what was set aside counts again
        """
        refused = self.filtered(lambda package: package.state == "refused")
        self._drop_returned()
        for package in self:
            code = package._get_reason_not_needed(is_wanted)
            if code:
                values = {"state": "not_needed", "reason_code": code}
            elif package.state == "not_needed" and not is_wanted:
                continue
            elif code := package._get_reason_to_wait():
                values = {"state": "waiting", "reason_code": code}
            else:
                values = {"state": "to_send", "reason_code": False}
            package.write(values)
        refused._settle_incidents()
        self.filtered(lambda package: package.state == "to_send")._wake_sender()

    def _wake_sender(self):
        """Have the runner look for parcels once this transaction is committed."""
        if self:
            cron = self.env.ref(
                "acorn_amazon_connector.ir_cron_run_remote_tasks",
                raise_if_not_found=False,
            )
            if cron:
                cron.sudo()._trigger()

    def _settle_incidents(self):
        """Close the incident of stores of which Amazon refuses no shipment any more."""
        incidents = self.env["acorn.amazon.incident"]
        for store in self.store_id:
            refused = self.sudo().search_count(
                [("store_id", "=", store.id), ("state", "=", "refused")]
            )
            if not refused:
                incidents._resolve(store, "shipment_refused")

    def _follow_delivery(self):
        """Take carrier and tracking number over from the delivery where they are new.

        What a person has entered on the parcel itself stays.
        """
        for package in self:
            values = package._prepare_shipping_vals()
            empty = {
                name: value
                for name, value in values.items()
                if value and not package[name]
            }
            if empty:
                package.write(empty)

    def _follow_change(self, old):
        """Take over what changed on the delivery, unless a person chose otherwise here.

        :param dict old: what :meth:`_prepare_shipping_vals` said before the change
        """
        new = self._prepare_shipping_vals()
        values = {
            name: value
            for name, value in new.items()
            if (value or False) != (old[name] or False)
            and self._fields[name].convert_to_write(self[name], self)
            in (old[name] or False, False)
        }
        if values:
            self.write(values)

    def _drop_if_settled(self):
        """Amazon says something that makes telling it of this parcel needless."""
        code = self._get_reason_not_needed(is_wanted=True)
        if code:
            self.write({"state": "not_needed", "reason_code": code})
            self._settle_incidents()

    def _prepare_shipping_vals(self):
        """Carrier and tracking number of the delivery in Amazon's words.

        Override point.

        :return: dict of carrier_id, carrier_name, shipping_method, tracking_number
        """
        self.ensure_one()
        method = self.picking_id.carrier_id
        if not method:
            store = self.store_id
            return {
                "carrier_id": store.shipment_carrier_id.id,
                "carrier_name": store.shipment_carrier_name,
                "shipping_method": False,
                "tracking_number": self._get_delivery_tracking(),
            }
        carriers = self.env["acorn.amazon.carrier"]
        country = self.order_id.acorn_amazon_marketplace_id.country_id
        carrier = (
            method.acorn_amazon_carrier_id
            or carriers._find_by_name(method.name, country)
            or carriers._get_other()
        )
        named = method.acorn_amazon_carrier_name
        return {
            "carrier_id": carrier.id,
            "carrier_name": named or (method.name if carrier.needs_name else False),
            "shipping_method": method.acorn_amazon_shipping_method or method.name,
            "tracking_number": self._get_delivery_tracking(),
        }

    def _get_delivery_tracking(self):
        """The tracking number of this parcel among those of its delivery.

        Odoo keeps all numbers of a delivery in one field, with commas: as many numbers
        as parcels are given out in order, one number is that of every parcel.
        """
        picking = self.picking_id
        numbers = [
            number
            for part in (picking.carrier_tracking_ref or "").split(",")
            if (number := part.strip())
        ]
        if len(numbers) < 2:
            return numbers[0] if numbers else False
        parcels = picking.acorn_amazon_package_ids.sorted("reference")
        if len(numbers) == len(parcels):
            return numbers[list(parcels).index(self)]
        return ", ".join(numbers)

    def _get_open_units(self):
        """Units per item that Amazon still waits for, this parcel not counted.

        :return: dict of ``acorn.amazon.package.item`` → units
        """
        self.ensure_one()
        is_shipped = self.order_id.acorn_amazon_status == "SHIPPED"
        others = self.order_id.acorn_amazon_package_ids.filtered(
            lambda package: package.confirmed_at and package != self
        )
        open_units = {}
        for item in self.item_ids:
            line = item.sale_line_id
            ordered = int(line.product_uom_qty)
            told = sum(
                other.quantity
                for other in others.item_ids
                if other.sale_line_id == line
            )
            known = ordered if is_shipped else line.acorn_amazon_shipped_quantity
            open_units[item] = max(0, ordered - max(told, known))
        return open_units

    def _prepare_package(self):
        """This parcel as the mapper takes it.

        :rtype: mappers.shipment.Package
        """
        self.ensure_one()
        # Amazon takes no date from the future, and its clock may be behind ours; nor
        # one from before the order, which it takes to the fraction of a second.
        latest = fields.Datetime.now() - CLOCK_MARGIN
        earliest = self.order_id.date_order + timedelta(seconds=1)
        ship_date = min(self.ship_date, max(latest, earliest))
        return shipment.Package(
            reference=self.reference,
            carrier_code=self.carrier_id.code or "",
            carrier_name=self.carrier_name or None,
            shipping_method=self.shipping_method or None,
            tracking_number=self._get_tracking_to_send(),
            ship_date=ship_date.replace(tzinfo=timezone.utc),
            items=tuple(
                (item.order_item_id, item.quantity, item._get_codes())
                for item in self.item_ids
            ),
        )

    def _get_tracking_to_send(self):
        """The tracking number, or the delivery's own after the time to wait for one."""
        number = shipment.clean_tracking_number(self.tracking_number)
        if number or not self._is_sent_untracked():
            return self.tracking_number or ""
        return (self.picking_id.name or self.display_name).replace(" ", "")

    def _is_sent_untracked(self):
        """Whether the store has waited long enough for a tracking number.

        :rtype: bool
        """
        hours = self.store_id.untracked_hours
        due = self.ship_date + timedelta(hours=hours)
        return bool(hours and not self.tracking_number) and (
            due <= fields.Datetime.now()
        )
