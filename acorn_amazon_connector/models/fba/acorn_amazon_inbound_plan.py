import uuid
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount

from ...mappers.inbound import LONGEST_NAME, MOST_ITEMS, address_body, plan_body
from ..guard import check_created

STATES = [
    ("draft", "Draft"),
    ("creating", "Creating"),
    ("packing", "Packing"),
    ("placement", "Placement"),
    ("transport", "Transport"),
    ("ready", "Ready to Ship"),
    ("shipped", "Shipped"),
    ("closed", "Closed"),
    ("cancelled", "Cancelled"),
]
PHASES = [
    ("todo", "To Send"),
    ("sending", "Being Sent"),
    ("running", "Amazon Is Working"),
    ("failed", "Needs Attention"),
]
BUSY = ("todo", "sending", "running")
ENDED = ("closed", "cancelled")
# Boxes are filled until they are sent.
EARLY = ("draft", "creating", "packing")
# What a person may write, and until which state.
OPEN = ("draft", "creating", "packing", "placement", "transport", "ready", "shipped")
EDITABLE = {
    "store_id": ("draft",),
    "marketplace_id": ("draft",),
    "warehouse_id": ("draft",),
    "item_ids": ("draft",),
    "box_ids": OPEN,
    "weight_unit": EARLY,
    "size_unit": EARLY,
    "ready_date": ("draft", "creating", "packing", "placement", "transport"),
    "shipment_ids": OPEN,
    "label_page": OPEN,
    "picking_id": ("draft",),
    "user_id": OPEN,
}
LABEL_PAGES = [
    ("PackageLabel_Plain_Paper", "One per Page"),
    ("PackageLabel_A4_2", "A4, Two per Page"),
    ("PackageLabel_A4_4", "A4, Four per Page"),
    ("PackageLabel_Letter_2", "Letter, Two per Page"),
    ("PackageLabel_Letter_6", "Letter, Six per Page"),
    ("PackageLabel_Thermal", "Thermal Printer"),
]


class AcornAmazonInboundPlan(models.Model):
    """Goods that are to be sent to Amazon's warehouses, step by step (A31).

    A person decides: how to pack, where to send, with whom. Between decisions the
    flow talks to Amazon: ``queue`` holds what is to be asked, its first entry is
    ``phase``. See ``acorn_amazon_inbound_plan_steps`` for what happens when.
    """

    _name = "acorn.amazon.inbound.plan"
    _description = "Amazon Inbound Plan"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char("Number", readonly=True, copy=False, default="/")
    reference = fields.Char(
        "Name in Seller Central",
        readonly=True,
        copy=False,
        help="Unique: by it the plan is found again when an answer got lost.",
    )
    store_id = fields.Many2one(
        "acorn.amazon.store",
        required=True,
        ondelete="restrict",
        index=True,
        default=lambda self: self._default_store(),
    )
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    marketplace_id = fields.Many2one(
        "acorn.amazon.marketplace",
        "Send To",
        required=True,
        compute="_compute_marketplace",
        store=True,
        precompute=True,
        readonly=False,
        domain="[('region', '=', region)]",
    )
    region = fields.Selection(related="store_id.region")
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        "Send From",
        required=True,
        check_company=True,
        compute="_compute_warehouse",
        store=True,
        precompute=True,
        readonly=False,
    )
    picking_id = fields.Many2one(
        "stock.picking",
        "Transfer",
        check_company=True,
        index="btree_not_null",
        copy=False,
        ondelete="set null",
    )
    picking_state = fields.Selection(related="picking_id.state", string="Goods")
    user_id = fields.Many2one(
        "res.users", "Responsible", default=lambda self: self.env.user
    )
    state = fields.Selection(
        STATES, required=True, default="draft", readonly=True, tracking=True, copy=False
    )
    amazon_id = fields.Char("Plan at Amazon", readonly=True, copy=False, index=True)
    # === WHAT AMAZON IS ASKED === #
    queue = fields.Json(readonly=True, copy=False)
    phase = fields.Selection(PHASES, "Progress", readonly=True, copy=False, index=True)
    operation_id = fields.Char(readonly=True, copy=False)
    attempted_at = fields.Datetime(readonly=True, copy=False)
    checked_at = fields.Datetime("Amazon Asked", readonly=True, copy=False)
    progress = fields.Char("Now", compute="_compute_progress")
    is_busy = fields.Boolean(compute="_compute_progress")
    problem = fields.Text("Amazon Says", readonly=True, copy=False)
    problem_codes = fields.Char(readonly=True, copy=False)
    advice = fields.Text("What to Do", compute="_compute_advice")
    wants_cancel = fields.Boolean("Cancellation Asked For", readonly=True, copy=False)
    # === WHAT A PERSON DECIDES === #
    item_ids = fields.One2many(
        "acorn.amazon.inbound.item", "plan_id", "Items", copy=True
    )
    box_ids = fields.One2many("acorn.amazon.inbound.box", "plan_id", "Boxes")
    option_ids = fields.One2many(
        "acorn.amazon.inbound.option", "plan_id", readonly=True
    )
    packing_option_ids = fields.One2many(
        "acorn.amazon.inbound.option",
        "plan_id",
        "Packing Options",
        domain=[("kind", "=", "packing")],
        readonly=True,
    )
    placement_option_ids = fields.One2many(
        "acorn.amazon.inbound.option",
        "plan_id",
        "Placement Options",
        domain=[("kind", "=", "placement")],
        readonly=True,
    )
    packing_option_id = fields.Many2one(
        "acorn.amazon.inbound.option", "Packing", readonly=True, copy=False
    )
    placement_option_id = fields.Many2one(
        "acorn.amazon.inbound.option", "Placement", readonly=True, copy=False
    )
    shipment_ids = fields.One2many(
        "acorn.amazon.inbound.shipment", "plan_id", "Shipments"
    )
    weight_unit = fields.Selection(
        [("KG", "kg"), ("LB", "lb")],
        required=True,
        compute="_compute_units",
        store=True,
        precompute=True,
        readonly=False,
    )
    size_unit = fields.Selection(
        [("CM", "cm"), ("IN", "in")],
        required=True,
        compute="_compute_units",
        store=True,
        precompute=True,
        readonly=False,
    )
    ready_date = fields.Date(
        "Ready to Ship On",
        required=True,
        copy=False,
        default=lambda self: fields.Date.context_today(self) + timedelta(days=1),
        help="When the boxes can be picked up, or leave you.",
    )
    label_page = fields.Selection(
        LABEL_PAGES, "Box Labels", required=True, default="PackageLabel_Plain_Paper"
    )
    label_id = fields.Many2one("ir.attachment", "Labels", readonly=True, copy=False)
    item_label_id = fields.Many2one("ir.attachment", readonly=True, copy=False)
    # === FIGURES === #
    unit_count = fields.Integer("Units", compute="_compute_counts")
    unpacked_count = fields.Integer("Units Not Packed Yet", compute="_compute_counts")
    received_count = fields.Integer("Units Received", compute="_compute_received")
    has_own_carrier = fields.Boolean(compute="_compute_transport_cost")
    transport_cost = fields.Float(compute="_compute_transport_cost")
    transport_text = fields.Char("Transport Costs", compute="_compute_transport_cost")
    numbers = fields.Char("Shipments at Amazon", compute="_compute_numbers")
    difference = fields.Text(compute="_compute_difference")

    _name_uniq = models.Constraint("UNIQUE(store_id, reference)", "The name is in use.")
    _active_uniq = models.UniqueIndex(
        "(picking_id) WHERE picking_id IS NOT NULL AND state != 'cancelled'",
        "This transfer has an inbound plan already.",
    )

    @api.model
    def _default_store(self):
        stores = self.env["acorn.amazon.store"]
        if not stores.has_access("read"):
            return stores
        stores = stores.search(
            [("company_id", "in", self.env.companies.ids), ("state", "=", "live")],
            limit=2,
        )
        return stores if len(stores) == 1 else stores.browse()

    # === COMPUTE METHODS === #

    @api.depends("store_id")
    def _compute_marketplace(self):
        for plan in self:
            store = plan.store_id.sudo()
            if plan.marketplace_id.sudo().region != store.region:
                plan.marketplace_id = store.home_marketplace_id

    @api.depends("store_id", "picking_id")
    def _compute_warehouse(self):
        for plan in self:
            company = plan.store_id.sudo().company_id or self.env.company
            warehouses = self.env["stock.warehouse"].search(
                [
                    ("company_id", "=", company.id),
                    ("id", "!=", plan.store_id.sudo().fba_warehouse_id.id),
                ],
                limit=1,
            )
            here = plan.picking_id.location_id.warehouse_id
            plan.warehouse_id = here or plan.warehouse_id or warehouses

    @api.depends("marketplace_id")
    def _compute_units(self):
        for plan in self:
            is_imperial = plan.marketplace_id.sudo().country_id.code == "US"
            plan.weight_unit = "LB" if is_imperial else "KG"
            plan.size_unit = "IN" if is_imperial else "CM"

    @api.depends("item_ids.quantity", "box_ids.line_ids.quantity", "box_ids.count")
    def _compute_counts(self):
        for plan in self:
            packed = sum(box.count * box.unit_count for box in plan.box_ids)
            plan.unit_count = sum(plan.item_ids.mapped("quantity"))
            plan.unpacked_count = plan.unit_count - packed

    @api.depends("shipment_ids.received_count")
    def _compute_received(self):
        for plan in self:
            plan.received_count = sum(plan.shipment_ids.mapped("received_count"))

    @api.depends("shipment_ids.transport_option_id")
    def _compute_transport_cost(self):
        for plan in self:
            chosen = plan.shipment_ids.transport_option_id
            plan.has_own_carrier = any(plan.shipment_ids.mapped("is_own_carrier"))
            plan.transport_cost = sum(chosen.mapped("fee"))
            currency = chosen.currency_id[:1]
            plan.transport_text = (
                format_amount(self.env, plan.transport_cost, currency)
                if currency
                else self.env._("Nothing to Amazon")
            )

    @api.depends("shipment_ids.name")
    def _compute_numbers(self):
        for plan in self:
            names = plan.shipment_ids.mapped("confirmation_id")
            plan.numbers = ", ".join(name for name in names if name)

    @api.depends("item_ids.quantity", "picking_id.move_ids.quantity", "picking_state")
    def _compute_difference(self):
        """What the transfer holds now and the plan does not, or the other way."""
        for plan in self:
            plan.difference = False
            if not plan.picking_id or plan.state in ("draft", "cancelled", "closed"):
                continue
            wanted = plan.item_ids._count_stocked()
            found = plan.picking_id.sudo()._acorn_amazon_count_units()
            different = [
                self.env._(
                    "%(product)s: %(plan)s in the plan, %(transfer)s in the transfer",
                    product=product.display_name,
                    plan=f"{round(wanted.get(product, 0), 2):.15g}",
                    transfer=f"{round(found.get(product, 0), 2):.15g}",
                )
                for product in wanted.keys() | found.keys()
                if product.uom_id.compare(wanted.get(product, 0), found.get(product, 0))
            ]
            plan.difference = "\n".join(sorted(different)) or False

    @api.depends("queue", "phase")
    @api.depends_context("lang")
    def _compute_progress(self):
        words = self._get_step_words()
        for plan in self:
            plan.is_busy = plan.phase in BUSY
            step = plan.queue[0][0] if plan.queue else None
            plan.progress = words.get(step) if plan.phase else False

    @api.depends("problem", "problem_codes", "queue", "state")
    @api.depends_context("lang")
    def _compute_advice(self):
        for plan in self:
            plan.advice = plan._get_advice() if plan.problem else False

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override: a plan has a name of its own in Odoo and at Amazon."""
        model = check_created(self, vals_list)
        plans = super(AcornAmazonInboundPlan, model).create(vals_list)
        for plan in plans.sudo():
            name = f"FBA/{plan.id:05d}"
            shown = " ".join(filter(None, [name, plan.picking_id.name]))
            mark = uuid.uuid4().hex[:8]
            plan.write(
                {
                    "name": name,
                    "reference": f"{shown[: LONGEST_NAME - 9]} {mark}",
                }
            )
        return plans

    def write(self, vals):
        """Override: people write what is theirs to decide, while it still counts."""
        if not self.env.su:
            if {"weight_unit", "size_unit"} & vals.keys():
                self._change_packing()
            for plan in self:
                for name in vals:
                    if name.startswith("message_"):
                        continue
                    if plan.state not in EDITABLE.get(name, ()):
                        raise UserError(
                            self.env._(
                                "%(field)s cannot be changed any more: the plan is "
                                "with Amazon.",
                                field=self._fields[name]._description_string(self.env),
                            )
                        )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        if any(plan.amazon_id or plan.phase for plan in self):
            raise UserError(
                self.env._("Amazon has this plan. Cancel it instead of deleting it.")
            )

    # === PREPARING === #

    def _prepare_body(self):
        """The body of ``createInboundPlan``. Override point.

        :raise UserError: what is missing, in words for the warehouse
        """
        self.ensure_one()
        self._check_items()
        return plan_body(
            self.marketplace_id.sudo().amazon_id,
            self._prepare_source(),
            [item._get_value() for item in self.item_ids],
            self.reference,
        )

    def _check_items(self):
        if not self.item_ids:
            raise UserError(self.env._("Add the items that you send to Amazon."))
        if len(self.item_ids) > MOST_ITEMS:
            raise UserError(
                self.env._("A plan holds %(count)s items at most.", count=MOST_ITEMS)
            )
        empty = self.item_ids.filtered(lambda item: item.quantity < 1)
        if empty:
            raise UserError(
                self.env._(
                    "Enter how many units you send: %(skus)s",
                    skus=", ".join(empty.mapped("sku")),
                )
            )

    def _get_sender(self):
        plan = self.sudo()
        return plan.warehouse_id.partner_id or plan.company_id.partner_id

    def _prepare_source(self):
        """Where the goods come from. Override point."""
        partner = self._get_sender()
        needed = {
            self.env._("name"): partner.name,
            self.env._("street"): partner.street,
            self.env._("city"): partner.city,
            self.env._("postal code"): partner.zip,
            self.env._("country"): partner.country_id.code,
            self.env._("phone number"): partner.phone,
        }
        missing = [label for label, value in needed.items() if not value]
        if missing:
            raise UserError(
                self.env._(
                    "The address of warehouse %(warehouse)s has no %(fields)s. "
                    "Complete the contact %(partner)s.",
                    warehouse=self.sudo().warehouse_id.name,
                    fields=", ".join(missing),
                    partner=partner.display_name or "?",
                )
            )
        return address_body(
            {
                "name": partner.name,
                "companyName": partner.commercial_company_name,
                "addressLine1": partner.street,
                "addressLine2": partner.street2,
                "city": partner.city,
                "stateOrProvinceCode": partner.state_id.code,
                "postalCode": partner.zip,
                "countryCode": partner.country_id.code,
                "phoneNumber": partner.phone,
            }
        )

    def _prepare_contact(self):
        source = self._prepare_source()
        return {"name": source["name"], "phoneNumber": source["phoneNumber"]}

    def _in_own_language(self):
        """This plan in the language of whoever looks after it, for its history."""
        return self.with_context(lang=self.user_id.lang or self.env.lang)

    @api.model
    def _create_from_picking(self, store, picking):
        """A plan for the goods of a transfer to Amazon.

        :param store: ``acorn.amazon.store``
        :param picking: ``stock.picking``
        :raise UserError: what keeps its goods from being sent, product by product
        """
        items = self.env["acorn.amazon.inbound.item"]._prepare_from_picking(
            store, picking
        )
        plan = self.create(
            {
                "store_id": store.id,
                "picking_id": picking.id,
                "item_ids": [(0, 0, vals) for vals in items],
            }
        )
        plan._redirect_picking()
        return plan

    def _redirect_picking(self):
        """Let the goods wait in the inbound location until Amazon receives them."""
        picking = self.picking_id.sudo()
        inbound = self.store_id.sudo()._get_fba_places()["inbound"]
        if picking.location_dest_id == inbound:
            return
        if picking.state == "done":
            raise UserError(
                self.env._(
                    "The goods of %(name)s are in %(place)s already. Return them and "
                    "transfer them to %(inbound)s: what Amazon receives is taken from "
                    "there.",
                    name=picking.name,
                    place=picking.location_dest_id.display_name,
                    inbound=inbound.display_name,
                )
            )
        picking.location_dest_id = inbound
        picking.move_ids.location_dest_id = inbound
        picking.move_line_ids.location_dest_id = inbound
