from collections import defaultdict
from datetime import timezone
from decimal import Decimal

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..mappers import buy_shipping
from ..mappers.package import PackageItem
from ..models.shipping.acorn_amazon_label_buying import words_of
from ..models.shipping.delivery_carrier_amazon import EXPERIENCES, FORMATS
from ..models.words import name_day
from ..services.errors import PayloadError, SpApiError

# What Amazon is asked about; other rates belong to a change of it.
PARCEL = (
    "parcel_id",
    "weight",
    "parcel_length",
    "width",
    "height",
    "dimension_unit",
    "experience",
    "pick_up",
    "label_format",
    "arrive_by",
    "insured_value",
)
INCHES = Decimal("2.54")


class AcornAmazonBuyLabel(models.TransientModel):
    """Describe a parcel, compare what Amazon's carriers want, buy a label (A2)."""

    _name = "acorn.amazon.buy.label"
    _inherit = ["acorn.amazon.wizard.mixin"]
    _description = "Buy an Amazon Label"

    picking_id = fields.Many2one("stock.picking", required=True, ondelete="cascade")
    order_id = fields.Many2one(related="picking_id.sale_id")
    amazon_order_id = fields.Char(related="order_id.acorn_amazon_order_id")
    step = fields.Selection(
        [("parcel", "Parcel"), ("inputs", "Questions"), ("done", "Label")],
        default="parcel",
        required=True,
    )
    parcel_id = fields.Many2one("stock.package")
    parcel_ids = fields.Many2many("stock.package", string="Parcels Without Label")
    content = fields.Char(compute="_compute_content")
    sender = fields.Char("Ships From", compute="_compute_sender")
    weight = fields.Float(digits="Stock Weight")
    weight_uom_name = fields.Char(compute="_compute_weight_uom_name")
    parcel_length = fields.Float(string="Length")
    width = fields.Float()
    height = fields.Float()
    dimension_unit = fields.Selection(
        [("centimeters", "cm"), ("inches", "in")], default="centimeters", required=True
    )
    experience = fields.Selection(
        EXPERIENCES,
        string="Delivery Confirmation",
        default=EXPERIENCES[0][0],
        required=True,
    )
    pick_up = fields.Boolean(string="Carrier Picks Up")
    label_format = fields.Selection(FORMATS, default=FORMATS[0][0], required=True)
    promised_until = fields.Datetime(
        related="order_id.acorn_amazon_deliver_by",
        string="Promised Until",
        help="What Amazon has promised the buyer.",
    )
    arrive_by = fields.Datetime(
        string="Must Arrive By",
        help="Amazon then offers only services that arrive in time. Empty: all "
        "services.",
    )
    insured_value = fields.Monetary(
        help="What the parcel is insured for. 0: not insured."
    )
    currency_id = fields.Many2one(related="order_id.currency_id")
    rate_ids = fields.One2many("acorn.amazon.buy.label.rate", "wizard_id")
    rate_id = fields.Many2one("acorn.amazon.buy.label.rate", string="Chosen Rate")
    input_ids = fields.One2many("acorn.amazon.buy.label.input", "wizard_id")
    note = fields.Text(readonly=True)
    details = fields.Json()
    label_id = fields.Many2one("acorn.amazon.label")
    label_state = fields.Selection(related="label_id.state")
    label_explanation = fields.Text(related="label_id.explanation")
    label_carrier = fields.Char(related="label_id.carrier")
    label_service = fields.Char(related="label_id.service")
    label_tracking = fields.Char(related="label_id.tracking_number")
    label_amount = fields.Monetary(
        related="label_id.amount", currency_field="label_currency_id"
    )
    label_currency_id = fields.Many2one(
        related="label_id.currency_id", string="Label Currency"
    )

    # === COMPUTE METHODS === #

    @api.depends("parcel_id")
    def _compute_content(self):
        for wizard in self:
            wizard.content = ", ".join(
                f"{int(units)} × {line.product_id.display_name}"
                for line, (units, _lots) in wizard._get_lines().items()
            )

    @api.depends("picking_id")
    def _compute_sender(self):
        for wizard in self:
            partner = wizard._get_sender_partner()
            wizard.sender = ", ".join(
                text
                for text in (partner.name, partner.street, partner.zip, partner.city)
                if text
            )

    def _compute_weight_uom_name(self):
        names = self.env["product.template"]
        self.weight_uom_name = names._get_weight_uom_name_from_ir_config_parameter()

    @api.onchange(*PARCEL)
    def _onchange_parcel(self):
        """Other parcels have other prices."""
        if self.rate_ids:
            self.rate_ids = [Command.clear()]
            self.note = False

    @api.onchange("parcel_id")
    def _onchange_parcel_id(self):
        self.update(self._prepare_size())

    # === OPENING === #

    @api.model
    def _open_for(self, picking):
        """A wizard that knows what Odoo knows of the parcel.

        :param picking: one ``stock.picking``
        """
        method = picking.carrier_id
        if method.delivery_type != "acorn_amazon":
            method = method._acorn_amazon_find(picking.company_id)
        parcels = picking._acorn_amazon_unlabelled_parcels()
        wizard = self.create(
            {
                "picking_id": picking.id,
                "parcel_id": parcels[:1].id if parcels else False,
                "parcel_ids": [Command.set(parcels.ids if parcels else [])],
                "experience": method.acorn_amazon_experience or EXPERIENCES[0][0],
                "label_format": method.acorn_amazon_label_format or FORMATS[0][0],
                "pick_up": method.acorn_amazon_pick_up,
            }
        )
        wizard.update(wizard._prepare_size())
        return wizard

    def _prepare_size(self):
        """Weight and size as far as Odoo knows them.

        :rtype: dict
        """
        picking = self.picking_id
        parcel = self.parcel_id
        weight = picking.shipping_weight or picking.weight
        if parcel:
            packed = parcel.with_context(picking_id=picking.id)
            weight = parcel.shipping_weight or packed.weight
        method = picking.carrier_id
        if method.delivery_type != "acorn_amazon":
            method = method._acorn_amazon_find(picking.company_id)
        kind = parcel.package_type_id or method.acorn_amazon_package_type_id
        unit = "centimeters"
        if self._get_sender_partner().country_id.code == "US":
            unit = "inches"
        sides = (kind.packaging_length, kind.width, kind.height)
        length, width, height = (self._convert_side(side, unit) for side in sides)
        return {
            "weight": weight,
            "parcel_length": length,
            "width": width,
            "height": height,
            "dimension_unit": unit,
        }

    def _convert_side(self, side, unit):
        names = self.env["product.template"]
        uom = names._get_length_uom_id_from_ir_config_parameter()
        wanted = "uom.product_uom_inch" if unit == "inches" else "uom.product_uom_cm"
        return round(uom._compute_quantity(side, self.env.ref(wanted), round=False), 1)

    def _get_sender_partner(self):
        warehouse = self.picking_id.picking_type_id.warehouse_id
        return warehouse.partner_id or self.picking_id.company_id.partner_id

    def _show(self, step=None):
        """The action that shows this wizard.

        :param str step: where it is, when this transaction does not see it
        """
        titles = {
            "parcel": self.env._("Buy an Amazon Label"),
            "inputs": self.env._("What the Carrier Wants to Know"),
            "done": self.env._("Amazon Label"),
        }
        return {
            "type": "ir.actions.act_window",
            "name": titles[step or self.step],
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    # === WHAT AMAZON IS ASKED === #

    def _get_lines(self):
        """What is in the parcel, order line by order line.

        :return: dict of order line → [units, lots]
        """
        moves = self.picking_id.sudo().move_ids.filtered(
            lambda move: move.state not in ("draft", "cancel") and move.sale_line_id
        )
        parcels, kits = moves._acorn_amazon_get_parcels()
        lines = defaultdict(lambda: [0.0, self.env["stock.lot"]])
        for (_picking, parcel), content in parcels.items():
            if parcel != self.parcel_id:
                continue
            for line, (units, lots) in content.items():
                if line in kits:
                    units = self._count_kits(line)
                lines[line][0] += units
                lines[line][1] |= lots
        return lines

    def _count_kits(self, line):
        """Kits of an order line that are in the parcel, or will be."""
        if self.picking_id.state != "done":
            return line.product_uom_qty - line.qty_delivered
        packages = self.picking_id.sudo().acorn_amazon_package_ids.filtered(
            lambda package: package.parcel_id == self.parcel_id
        )
        items = packages.item_ids.filtered(lambda item: item.sale_line_id == line)
        return sum(items.mapped("quantity"))

    def _get_items(self):
        items = []
        for line, (units, lots) in self._get_lines().items():
            count = int(units + 1e-6)
            if count > 0:
                codes = tuple(lots.mapped("name")[:count])
                items.append(PackageItem(line.acorn_amazon_order_item_id, count, codes))
        if not items:
            raise UserError(
                self.env._(
                    "Nothing of the Amazon order is reserved for this parcel. Check "
                    "the availability of the delivery first."
                )
            )
        return items

    def _get_sender(self):
        """:raise UserError: the warehouse's address is not complete"""
        partner = self._get_sender_partner()
        needed = {
            self.env._("name"): partner.name,
            self.env._("street"): partner.street,
            self.env._("city"): partner.city,
            self.env._("postal code"): partner.zip,
            self.env._("country"): partner.country_id.code,
            self.env._("phone"): partner.phone or self.picking_id.company_id.phone,
            self.env._("e-mail"): partner.email or self.picking_id.company_id.email,
        }
        missing = [label for label, value in needed.items() if not value]
        if missing:
            raise UserError(
                self.env._(
                    "Amazon wants to know where the parcel comes from. Complete the "
                    "address of the warehouse %(partner)s: %(fields)s.",
                    partner=partner.name or "",
                    fields=", ".join(missing),
                )
            )
        name, street, city, postal_code, country, phone, email = needed.values()
        return buy_shipping.Sender(
            name=name[:30],
            address_line1=street[:180],
            address_line2=(partner.street2 or "")[:60] or None,
            city=city[:30],
            state=partner.state_id.code or None,
            postal_code=postal_code[:30],
            country_code=country,
            phone=phone[:30],
            email=email,
        )

    def _get_grams(self):
        names = self.env["product.template"]
        uom = names._get_weight_uom_id_from_ir_config_parameter()
        gram = self.env.ref("uom.product_uom_gram")
        grams = uom._compute_quantity(self.weight, gram, round=False)
        return Decimal(str(round(grams, 1)))

    def _prepare_details(self):
        """``ShipmentRequestDetails`` of the parcel. Override point.

        :raise UserError: what is missing, in words for the warehouse
        :rtype: dict
        """
        self.ensure_one()
        sides = [
            Decimal(str(side)) for side in (self.parcel_length, self.width, self.height)
        ]
        if self.weight <= 0 or min(sides) <= 0:
            raise UserError(
                self.env._("Enter weight, length, width and height of the parcel.")
            )
        arrive_by = self.arrive_by and self.arrive_by.replace(tzinfo=timezone.utc)
        insured = None
        if self.insured_value > 0:
            insured = (Decimal(str(self.insured_value)), self.currency_id.name)
        return buy_shipping.request_details(
            self.amazon_order_id,
            self._get_items(),
            self._get_sender(),
            buy_shipping.Dimensions(*sides, self.dimension_unit),
            self._get_grams(),
            delivery_experience=self.experience,
            carrier_picks_up=self.pick_up,
            arrive_by=arrive_by or None,
            label_format=self.label_format,
            label_text=self.picking_id.name.replace("/", "-")[-14:],
            declared_value=insured,
        )

    def _ask_for_rates(self):
        """What Amazon's carriers offer for the parcel.

        :return: the answer of ``getEligibleShipmentServices``
        :raise UserError: the parcel is not complete
        :raise services.errors.SpApiError: as Amazon answered
        """
        self.picking_id.check_access("write")
        details = self._prepare_details()
        self.picking_id._acorn_amazon_check_label()
        client = self.order_id.sudo().acorn_amazon_store_id._get_client()
        job = self.env["acorn.amazon.job"]
        return job._call(lambda: client.merchant_fulfillment.eligible_services(details))

    # === ACTION METHODS === #

    def action_get_rates(self):
        """Show what Amazon's carriers offer."""
        self.ensure_one()
        try:
            rates = buy_shipping.read_rates(self._ask_for_rates())
        except (SpApiError, PayloadError) as exc:
            raise UserError(
                self.env._("Amazon gives no rates: %(words)s", words=words_of(exc))
            ) from exc
        self.write(
            {
                "details": self._prepare_details(),
                "rate_ids": [Command.clear()]
                + [
                    Command.create(values | {"sequence": place})
                    for place, values in enumerate(self._prepare_rates(rates))
                ],
                "note": False,
            }
        )
        if not rates.rates:
            self.note = self.env._(
                "No carrier offers a label for this parcel. The reasons are below; "
                "change what stands in the way."
            )
        return self._show()

    def _prepare_rates(self, rates):
        lines = []
        for rate in rates.rates:
            currency = self.env["acorn.amazon.label"]._find_currency(rate.currency)
            wanted = self.label_format
            offered = wanted in rate.label_formats or not rate.label_formats
            lines.append(
                {
                    "kind": "offer",
                    "carrier": rate.carrier,
                    "service": rate.name,
                    "service_id": rate.service_id,
                    "offer_id": rate.offer_id,
                    "amount": float(rate.amount),
                    "currency_id": currency.id,
                    "deliver_from": _naive(rate.delivery.earliest),
                    "deliver_until": _naive(rate.delivery.latest),
                    "reason": self._describe_included(rate),
                    "label_formats": ", ".join(rate.label_formats),
                    "label_format": wanted if offered else rate.label_formats[0],
                    "needs_inputs": rate.needs_inputs,
                }
            )
        for service in rates.rejected:
            lines.append(
                {
                    "kind": "rejected",
                    "carrier": service.carrier,
                    "service": service.name,
                    "reason": service.message or service.code,
                }
            )
        for carrier in rates.unavailable_carriers:
            reason = self.env._("Out of order at the moment. Try again later.")
            lines.append({"kind": "away", "carrier": carrier, "reason": reason})
        for carrier in rates.carriers_with_new_terms:
            reason = self.env._(
                "Accept the carrier's terms first: Seller Central > Shipping Settings."
            )
            lines.append({"kind": "terms", "carrier": carrier, "reason": reason})
        return lines

    def _describe_included(self, rate):
        """What the price contains, in words."""
        words = []
        if self.experience != "NoTracking":
            words.append(self.env._("tracked"))
        if "Signature" in self.experience and "Without" not in self.experience:
            words.append(self.env._("signature"))
        if self.insured_value > 0:
            words.append(self.env._("insured"))
        if "CLAIMS_PROTECTED" in rate.benefits:
            words.append(self.env._("claims protected"))
        return ", ".join(words)

    def _choose(self, rate):
        """Buy with this rate, or ask first what the carrier wants to know."""
        self.ensure_one()
        self.picking_id.check_access("write")
        if self.label_id:
            # Pressed twice, or repeated by the server.
            return self._show("done")
        if self._prepare_details() != self.details:
            raise UserError(
                self.env._("The parcel has changed: press Compare Rates again.")
            )
        if rate.needs_inputs and self.step != "inputs":
            self._ask_for_inputs(rate)
            self.write({"step": "inputs", "rate_id": rate.id})
            return self._show()
        return self._buy(rate)

    def _ask_for_inputs(self, rate):
        client = self.order_id.sudo().acorn_amazon_store_id._get_client()
        sender = self.details["ShipFromAddress"]
        job = self.env["acorn.amazon.job"]
        try:
            answer = job._call(
                lambda: client.merchant_fulfillment.additional_inputs(
                    self.amazon_order_id, rate.service_id, sender
                )
            )
            inputs = buy_shipping.read_inputs(answer)
        except (SpApiError, PayloadError) as exc:
            raise UserError(
                self.env._("Amazon gives no answer: %(words)s", words=words_of(exc))
            ) from exc
        self.input_ids = [
            Command.create(
                {
                    "name": asked.name,
                    "text": asked.text or asked.name,
                    "kind": asked.kind,
                    "is_required": asked.is_required,
                    "choices": ", ".join(asked.choices),
                    "pattern": asked.pattern,
                    "asin": asked.asin,
                }
            )
            for asked in inputs
        ]

    def action_back(self):
        """Back to the rates."""
        self.write({"step": "parcel", "input_ids": [Command.clear()], "rate_id": False})
        return self._show()

    def action_answer(self):
        """Buy with the answers to the carrier's questions."""
        self.ensure_one()
        return self._choose(self.rate_id)

    def _buy(self, rate):
        """Buy; what is written meanwhile is written in transactions of its own."""
        details = self._add_answers(self.details)
        details["ShippingServiceOptions"]["LabelFormat"] = rate.label_format
        answers = self.input_ids.filtered(lambda asked: not asked.asin)
        choice = {
            "service_id": rate.service_id,
            "offer_id": rate.offer_id or None,
            "seller_inputs": answers._get_answers(),
        }
        values = self._prepare_label_vals(rate, details)
        self.env["acorn.amazon.label"]._buy(self, values, details, choice)
        return self._show("done")

    def _add_answers(self, details):
        """The details with what the carrier wants to know of single items."""
        asked = self.input_ids.filtered("asin")
        if not asked:
            return details
        asins = self._get_asins()
        for item in details["ItemList"]:
            own = asked.filtered(
                lambda a, item=item: a.asin in asins[item["OrderItemId"]]
            )
            answers = own._get_answers()
            if answers:
                item["ItemLevelSellerInputsList"] = answers
        return details

    def _get_asins(self):
        """:return: dict of Amazon order item → ASINs of its product"""
        lines = self._get_lines()
        store = self.order_id.acorn_amazon_store_id
        return {
            line.acorn_amazon_order_item_id: set(
                self.env["acorn.amazon.listing"]
                .sudo()
                .search(
                    [
                        ("store_id", "=", store.id),
                        ("product_id", "=", line.product_id.id),
                    ]
                )
                .mapped("asin")
            )
            for line in lines
        }

    def _prepare_label_vals(self, rate, details):
        picking = self.picking_id
        order = self.order_id
        sides = (self.parcel_length, self.width, self.height)
        unit = dict(self._fields["dimension_unit"].selection)[self.dimension_unit]
        return {
            "picking_id": picking.id,
            "parcel_id": self.parcel_id.id,
            "order_id": order.id,
            "store_id": order.sudo().acorn_amazon_store_id.id,
            "company_id": picking.company_id.id,
            "carrier": rate.carrier,
            "service": rate.service,
            "service_id": rate.service_id,
            "amount": rate.amount,
            "currency_id": rate.currency_id.id,
            "weight_grams": details["Weight"]["Value"],
            "size": " × ".join(f"{side:g}" for side in sides) + f" {unit}",
            "items": [
                {"id": item["OrderItemId"], "quantity": item["Quantity"]}
                for item in details["ItemList"]
            ],
            "deliver_from": rate.deliver_from,
            "deliver_until": rate.deliver_until,
            "label_format": rate.label_format,
            "user_id": self.env.uid,
        }

    def action_print(self):
        return self.label_id.action_print()

    def action_settle(self):
        return self.label_id.action_settle()


class AcornAmazonBuyLabelRate(models.TransientModel):
    """What a carrier offers for a parcel, or why it does not."""

    _name = "acorn.amazon.buy.label.rate"
    _inherit = ["acorn.amazon.wizard.mixin"]
    _description = "Amazon Shipping Rate"
    _order = "sequence, id"

    wizard_id = fields.Many2one(
        "acorn.amazon.buy.label", required=True, ondelete="cascade"
    )
    sequence = fields.Integer()
    kind = fields.Selection(
        [
            ("offer", "Available"),
            ("rejected", "Not for This Parcel"),
            ("away", "Out of Order"),
            ("terms", "Terms to Accept"),
        ],
        string="Availability",
        required=True,
    )
    carrier = fields.Char()
    service = fields.Char()
    service_id = fields.Char(string="ServiceId")
    offer_id = fields.Char()
    amount = fields.Monetary(string="Price")
    currency_id = fields.Many2one("res.currency")
    deliver_from = fields.Datetime(string="Arrives From")
    deliver_until = fields.Datetime(string="Arrives Until")
    arrives = fields.Char(compute="_compute_arrives")
    is_late = fields.Boolean(compute="_compute_arrives")
    label_formats = fields.Char(string="Formats")
    label_format = fields.Char()
    needs_inputs = fields.Boolean(string="Has Questions")
    reason = fields.Char(string="Details")

    @api.depends("deliver_from", "deliver_until")
    def _compute_arrives(self):
        for rate in self:
            days = [
                name_day(self.env, moment)
                for moment in (rate.deliver_from, rate.deliver_until)
                if moment
            ]
            promised = rate.wizard_id.promised_until
            rate.arrives = " – ".join(dict.fromkeys(days))
            rate.is_late = bool(
                promised and rate.deliver_until and rate.deliver_until > promised
            )

    def action_buy(self):
        """Buy a label with this rate."""
        self.ensure_one()
        if self.kind != "offer":
            raise UserError(self.reason)
        return self.wizard_id._choose(self)


class AcornAmazonBuyLabelInput(models.TransientModel):
    """Something a carrier wants to know before it sells a label."""

    _name = "acorn.amazon.buy.label.input"
    _inherit = ["acorn.amazon.wizard.mixin"]
    _description = "Question of an Amazon Carrier"
    _order = "id"

    wizard_id = fields.Many2one(
        "acorn.amazon.buy.label", required=True, ondelete="cascade"
    )
    name = fields.Char(required=True, readonly=True)
    text = fields.Char(string="Question", readonly=True)
    kind = fields.Char(readonly=True)
    is_required = fields.Boolean(string="Required", readonly=True)
    choices = fields.Char(string="Possible Answers", readonly=True)
    pattern = fields.Char(readonly=True)
    asin = fields.Char("ASIN", readonly=True)
    value = fields.Char("Answer")

    def _get_answers(self):
        """The answers as Amazon takes them.

        :raise UserError: one is missing or of another kind
        :rtype: list[dict]
        """
        answers = []
        for asked in self:
            if not asked.value:
                if asked.is_required:
                    raise UserError(
                        self.env._("Answer first: %(question)s", question=asked.text)
                    )
                continue
            try:
                answers.append(asked._get_answer())
            except ValueError as exc:
                raise UserError(
                    self.env._(
                        "%(answer)s is no possible answer to: %(question)s",
                        answer=asked.value,
                        question=asked.text,
                    )
                ) from exc
        return answers

    def _get_answer(self):
        choices = tuple(self.choices.split(", ")) if self.choices else ()
        asked = buy_shipping.SellerInput(
            self.name, self.text, self.kind, self.is_required, choices, self.pattern
        )
        return buy_shipping.input_answer(asked, self.value)


def _naive(moment):
    if moment is None:
        return False
    return moment.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0)
