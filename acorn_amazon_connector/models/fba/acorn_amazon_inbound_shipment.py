import base64

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...mappers.inbound import OWN_CARRIER, count_items, read_tracking
from ..words import in_words

EDITABLE = {"transport_option_id", "window_option_id", "box_ids"}
LEFT = ("SHIPPED", "IN_TRANSIT", "DELIVERED", "CHECKED_IN", "RECEIVING", "CLOSED")
OVER = ("CLOSED", "CANCELLED", "DELETED", "ABANDONED")


class AcornAmazonInboundShipment(models.Model):
    """The part of a plan that goes to one of Amazon's warehouses (A31)."""

    _name = "acorn.amazon.inbound.shipment"
    _description = "Amazon Inbound Shipment"
    _order = "plan_id, id"

    plan_id = fields.Many2one(
        "acorn.amazon.inbound.plan", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="plan_id.company_id", store=True, index=True)
    plan_state = fields.Selection(related="plan_id.state")
    amazon_id = fields.Char("Id at Amazon", required=True)
    confirmation_id = fields.Char(
        "Shipment", index="btree_not_null", help="As it is on the labels."
    )
    name = fields.Char("Name in Seller Central")
    center = fields.Char("Fulfilment Centre")
    address = fields.Char("Goes To")
    status = fields.Char()
    status_text = fields.Char("Amazon's Status", compute="_compute_status_text")
    units = fields.Json("Contents")
    unit_count = fields.Integer("Units")
    received_count = fields.Integer(
        "Units Received",
        compute="_compute_received",
        help="By Amazon's ledger, which books them in Odoo too.",
    )
    box_ids = fields.One2many("acorn.amazon.inbound.box", "shipment_id", "Box List")
    box_count = fields.Integer("Boxes", compute="_compute_box_count")
    option_ids = fields.One2many("acorn.amazon.inbound.option", "shipment_id")
    transport_option_id = fields.Many2one(
        "acorn.amazon.inbound.option",
        "Transport",
        domain="[('shipment_id', '=', id), ('kind', '=', 'transport')]",
    )
    needs_window = fields.Boolean(related="transport_option_id.needs_window")
    is_own_carrier = fields.Boolean(compute="_compute_is_own_carrier")
    window_option_id = fields.Many2one(
        "acorn.amazon.inbound.option",
        "Arrives",
        domain="[('shipment_id', '=', id), ('kind', '=', 'window'), "
        "('status', '!=', 'BLOCKED')]",
        help="Needed when you send with a carrier of your own.",
    )
    tracking = fields.Char("Tracking Numbers")
    label_id = fields.Many2one("ir.attachment", "Labels", copy=False)

    _amazon_uniq = models.Constraint(
        "UNIQUE(plan_id, amazon_id)", "This shipment is here already."
    )

    @api.depends("confirmation_id", "name")
    def _compute_display_name(self):
        for shipment in self:
            shipment.display_name = shipment.confirmation_id or shipment.name

    @api.depends("status")
    @api.depends_context("lang")
    def _compute_status_text(self):
        for shipment in self:
            shipment.status_text = in_words(self.env, shipment.status)

    @api.depends("box_ids")
    def _compute_box_count(self):
        for shipment in self:
            shipment.box_count = len(shipment.box_ids)

    @api.depends("transport_option_id")
    def _compute_is_own_carrier(self):
        for shipment in self:
            option = shipment.transport_option_id
            shipment.is_own_carrier = option.solution == OWN_CARRIER

    def _compute_received(self):
        rows = self.env["acorn.amazon.fba.event"]._read_group(
            [
                ("store_id", "in", self.plan_id.store_id.ids),
                ("kind", "=", "receipt"),
                ("reference", "in", [s.confirmation_id for s in self if s]),
            ],
            ["store_id", "reference"],
            ["quantity:sum"],
        )
        units = {(store, reference): total for store, reference, total in rows}
        for shipment in self:
            key = shipment.plan_id.store_id, shipment.confirmation_id
            shipment.received_count = units.get(key, 0)

    def write(self, vals):
        """Override: people choose how it travels, the rest is Amazon's."""
        if not self.env.su:
            if set(vals) - EDITABLE:
                raise UserError(self.env._("Only Amazon changes its shipments."))
            late = any(shipment.plan_id.state != "transport" for shipment in self)
            if late and set(vals) - {"box_ids"}:
                raise UserError(self.env._("The transport was decided already."))
            if set(vals) - {"box_ids"}:
                self.plan_id._reopen_transport()
        return super().write(vals)

    # === ACTION METHODS === #

    def action_open_labels(self):
        """Open the labels of the boxes, to print them (again)."""
        self.ensure_one()
        self.check_access("read")
        attachment = self.sudo().label_id
        if not attachment:
            raise UserError(self.env._("The labels are not here yet."))
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{attachment.id}?download=true",
            "target": "new",
        }

    # === RECORDING === #

    @api.model
    def _record(self, plan, payload, items, boxes):
        """Keep a shipment as Amazon lists it.

        :param payload: answer of ``getShipment``
        :param items: of ``listShipmentItems``, None = as they were
        :param boxes: of ``listShipmentBoxes``, None = as they were
        """
        shipment = self.search(
            [("plan_id", "=", plan.id), ("amazon_id", "=", payload["shipmentId"])]
        )
        vals = self._prepare_vals(payload)
        if items is not None:
            vals["units"] = count_items(items)
            vals["unit_count"] = sum(vals["units"].values())
        if shipment:
            shipment.write(vals)
        else:
            shipment = self.create(
                {"plan_id": plan.id, "amazon_id": payload["shipmentId"], **vals}
            )
        if boxes is not None:
            shipment._bind_boxes(boxes)
        shipment._record_tracking(read_tracking(payload))
        return shipment

    def _prepare_vals(self, payload):
        destination = payload.get("destination") or {}
        address = destination.get("address") or {}
        parts = [address.get(n) for n in ("addressLine1", "postalCode", "city")]
        parts.append(address.get("countryCode"))
        return {
            "confirmation_id": payload.get("shipmentConfirmationId"),
            "name": payload.get("name"),
            "center": destination.get("warehouseId"),
            "address": ", ".join(part for part in parts if part),
            "status": payload.get("status"),
        }

    def _bind_boxes(self, entries):
        """Give our boxes the numbers that Amazon has for them.

        Amazon lists each box by itself; boxes alike that were entered in one line
        become a line each. A box that we do not recognise is added as it is.
        """
        plan = self.plan_id
        known = plan.box_ids.mapped("amazon_box_id")
        for entry in entries:
            number = entry.get("boxId") or entry.get("packageId")
            if number in known:
                continue
            box = self._find_box(count_items(entry.get("items") or []), entry)
            box.write({"amazon_box_id": number, "shipment_id": self.id})

    def _find_box(self, units, entry):
        plan = self.plan_id
        weight = (entry.get("weight") or {}).get("value")
        free = plan.box_ids.filtered(
            lambda box: not box.amazon_box_id and box._count_units() == units
        )
        box = (
            free.filtered(lambda b: weight and abs(b.weight - weight) < 0.02)[:1]
            or free[:1]
        )
        if not box:
            items = {item._get_value().key: item for item in plan.item_ids}
            return plan.box_ids.create(
                {
                    "plan_id": plan.id,
                    "weight": weight or 0.0,
                    "line_ids": [
                        (0, 0, {"item_id": items[key].id, "quantity": count})
                        for key, count in units.items()
                        if key in items and count
                    ],
                }
            )
        if box.count > 1:
            rest = box.count - 1
            box.count = 1
            box.copy({"count": rest, "amazon_box_id": False, "shipment_id": False})
        return box

    def _record_tracking(self, numbers):
        for box in self.box_ids:
            number = numbers.get(box.amazon_box_id)
            if number and box.tracking != number:
                box.tracking = number
        shown = dict.fromkeys(
            [*filter(None, self.box_ids.mapped("tracking")), *numbers.values()]
        )
        self.tracking = ", ".join(shown) or False

    def _keep_labels(self, data):
        """Attach the labels to the transfer, or to the plan without one.

        :param bytes data: a PDF, or what a thermal printer takes
        """
        plan = self.plan_id
        record = plan.picking_id or plan
        is_pdf = data.startswith(b"%PDF")
        old = self.label_id
        self.label_id = self.env["ir.attachment"].create(
            {
                "name": f"{self.confirmation_id}.{'pdf' if is_pdf else 'bin'}",
                "datas": base64.b64encode(data),
                "mimetype": "application/pdf" if is_pdf else "application/octet-stream",
                "res_model": record._name,
                "res_id": record.id,
            }
        )
        old.unlink()
