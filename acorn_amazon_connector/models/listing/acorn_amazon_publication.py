from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..guard import check_created, check_written

STATES = [
    ("draft", "To Complete"),
    ("checking", "Being Checked"),
    ("checked", "Checked"),
    ("sending", "Being Sent"),
    ("sent", "Waiting for Amazon"),
    ("done", "Done"),
]
CONDITIONS = [
    ("new_new", "New"),
    ("refurbished_refurbished", "Refurbished"),
    ("used_like_new", "Used: Like New"),
    ("used_very_good", "Used: Very Good"),
    ("used_good", "Used: Good"),
    ("used_acceptable", "Used: Acceptable"),
    ("collectible_like_new", "Collectible: Like New"),
    ("collectible_very_good", "Collectible: Very Good"),
    ("collectible_good", "Collectible: Good"),
    ("collectible_acceptable", "Collectible: Acceptable"),
]


class AcornAmazonPublication(models.Model):
    """Products that become listings, from the first draft until buyers see them (A4).

    Nothing is sent before everything was checked: here by Amazon's schema, there by
    Amazon's restrictions and its preview.
    """

    _name = "acorn.amazon.publication"
    _description = "Amazon Publication"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True, readonly=False)
    store_id = fields.Many2one(
        "acorn.amazon.store",
        required=True,
        ondelete="cascade",
        index=True,
        default=lambda self: self._default_store_id(),
    )
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    participation_ids = fields.Many2many(
        "acorn.amazon.participation",
        string="Marketplaces",
        domain="[('store_id', '=', store_id), ('is_participating', '=', True)]",
        compute="_compute_participation_ids",
        store=True,
        readonly=False,
        check_company=True,
    )
    marketplace_ids = fields.Many2many(
        "acorn.amazon.marketplace", compute="_compute_marketplace_ids"
    )
    product_ids = fields.Many2many(
        "product.product", string="Products", check_company=True
    )
    product_type_id = fields.Many2one(
        "acorn.amazon.product.type",
        ondelete="restrict",
        domain="[('requirements', '=', 'LISTING'), "
        "('marketplace_id', 'in', marketplace_ids)]",
        help="Decides which attributes Amazon wants. Empty: Amazon suggests one.",
    )
    condition = fields.Selection(CONDITIONS, required=True, default="new_new")
    brand = fields.Char(help="For products without a brand of their own.")
    fulfillment_channel = fields.Selection(
        [("MERCHANT", "Seller"), ("AMAZON", "Amazon (FBA)")],
        "Fulfilled By",
        required=True,
        default="MERCHANT",
    )
    prefer_existing = fields.Boolean(
        "Offer on Existing Products",
        default=True,
        help="If Amazon knows the barcode, only an offer is made for that product. "
        "Off: your own texts and images are sent as well.",
    )
    with_variations = fields.Boolean(
        "Group Variants",
        default=True,
        help="Variants of one product become one page with a choice.",
    )
    item_ids = fields.One2many("acorn.amazon.publication.item", "publication_id")
    value_ids = fields.One2many("acorn.amazon.publication.value", "publication_id")
    state = fields.Selection(
        STATES, required=True, default="draft", readonly=True, tracking=True, copy=False
    )
    message = fields.Text(readonly=True, copy=False)
    feed_ids = fields.One2many("acorn.amazon.publication.feed", "publication_id")
    ready_count = fields.Integer(compute="_compute_counts", string="Ready to Send")
    problem_count = fields.Integer(compute="_compute_counts", string="With Problems")
    live_count = fields.Integer(compute="_compute_counts", string="On Sale")
    item_count = fields.Integer(compute="_compute_counts", string="Listings")

    # === COMPUTE METHODS === #

    @api.model
    def _default_store_id(self):
        return self.env["acorn.amazon.store"].search(
            [("company_id", "in", self.env.companies.ids), ("state", "=", "live")],
            limit=1,
        )

    @api.depends("product_ids", "store_id.name")
    def _compute_name(self):
        unnamed = self.env._("New publication")
        for publication in self:
            if publication.name not in (False, unnamed):
                continue
            first = publication.product_ids[:1].name or unnamed
            count = len(publication.product_ids)
            publication.name = first if count < 2 else f"{first} (+{count - 1})"

    @api.depends("store_id")
    def _compute_participation_ids(self):
        for publication in self:
            kept = publication.participation_ids.filtered(
                lambda place, p=publication: place.store_id == p.store_id
            )
            active = publication.store_id.participation_ids.filtered("is_participating")
            publication.participation_ids = kept or active[:1]

    @api.depends("participation_ids")
    def _compute_marketplace_ids(self):
        for publication in self:
            publication.marketplace_ids = publication.participation_ids.marketplace_id

    @api.depends("item_ids.state")
    def _compute_counts(self):
        for publication in self:
            states = publication.item_ids.mapped("state")
            publication.item_count = len(states)
            publication.ready_count = states.count("checked")
            publication.live_count = states.count("live")
            publication.problem_count = sum(
                states.count(state) for state in ("incomplete", "restricted", "refused")
            )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override: nothing begins as checked."""
        model = check_created(self, vals_list)
        return super(AcornAmazonPublication, model).create(vals_list)

    def write(self, vals):
        """Override: what was checked must be checked again after a change."""
        check_written(self, vals)
        checked = {
            "participation_ids",
            "product_ids",
            "product_type_id",
            "condition",
            "brand",
            "fulfillment_channel",
            "prefer_existing",
            "with_variations",
            "value_ids",
        }
        result = super().write(vals)
        if not checked.isdisjoint(vals) and "state" not in vals:
            self._reopen()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_if_idle(self):
        if any(p.state in ("sending", "sent") for p in self):
            raise UserError(
                self.env._("Amazon still works on it; delete it when it is done.")
            )

    # === ACTION METHODS === #

    def action_check(self):
        """Have everything checked, without changing anything at Amazon."""
        for publication in self:
            publication._check_ready()
            publication.check_access("write")
        # What is live may be published again, with other texts and images.
        self.sudo().item_ids.filtered(
            lambda item: item.state not in ("feed", "accepted")
        ).write({"state": "draft", "message": False})
        self.sudo().write({"state": "checking", "message": False})
        self._wake_publisher()
        return True

    def action_send(self):
        """Send the listings that were checked; those with problems stay here."""
        self.check_access("write")
        for publication in self:
            if publication.store_id.state != "live":
                raise UserError(
                    self.env._("The store is not live, so nothing is sent to Amazon.")
                )
            if publication.state != "checked" or not publication.ready_count:
                raise UserError(
                    self.env._("Nothing is ready to be sent. Check the listings first.")
                )
        self.sudo().write({"state": "sending", "message": False})
        self._wake_publisher()
        return True

    def action_show_optional(self):
        """Add a row for every attribute that the product type knows."""
        self.ensure_one()
        self.check_access("write")
        if not self.product_type_id.schema:
            raise UserError(
                self.env._(
                    "Check the listings once: Amazon's attributes are read then."
                )
            )
        self.value_ids._add_rows(self, self.product_type_id._get_attributes())
        return True

    def action_view_items(self):
        """Open the listings of this publication."""
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "acorn_amazon_connector.acorn_amazon_publication_item_action"
            ),
            "domain": [("publication_id", "=", self.id)],
            "context": {},
        }

    # === BUSINESS METHODS === #

    def _check_ready(self):
        self.ensure_one()
        if not self.product_ids:
            raise UserError(self.env._("Choose at least one product."))
        if not self.participation_ids:
            raise UserError(self.env._("Choose at least one marketplace."))
        if self.state in ("checking", "sending", "sent"):
            raise UserError(self.env._("This is being worked on. Try again later."))

    def _reopen(self):
        """Back to the draft, as far as nothing is under way."""
        stale = self.filtered(lambda p: p.state in ("checked", "done"))
        stale.sudo().write({"state": "draft"})

    def _wake_publisher(self):
        self.env["acorn.amazon.task"].sudo()._wake(
            self.store_id, "remote", code="publications"
        )

    def _ensure_items(self):
        """Make one listing per product and marketplace, and the parents they need."""
        self.ensure_one()
        wanted = {
            (place, product)
            for place in self.participation_ids
            for product in self.product_ids
        }
        gone = self.item_ids.filtered(
            lambda item: (
                not item.is_parent
                and (item.participation_id, item.product_id) not in wanted
                and not item._is_at_amazon()
            )
        )
        gone.unlink()
        known = {(item.participation_id, item.product_id) for item in self.item_ids}
        self.item_ids.create(
            [
                {
                    "publication_id": self.id,
                    "participation_id": place.id,
                    "product_id": product.id,
                    "sku": product.default_code or False,
                }
                for place in self.participation_ids
                for product in self.product_ids
                if (place, product) not in known
            ]
        )
        for item in self.item_ids.filtered(lambda item: not item._is_at_amazon()):
            if item.product_id and item.sku != item.product_id.default_code:
                item.sku = item.product_id.default_code
        self._ensure_parents()

    def _ensure_parents(self):
        """Give variants of one product a parent where they become one page."""
        for place in self.participation_ids:
            children = self.item_ids.filtered(
                lambda item, p=place: (
                    item.participation_id == p
                    and not item.is_parent
                    and not item.offers_existing
                )
            )
            for template, items in children.grouped(
                lambda item: item.product_id.product_tmpl_id
            ).items():
                has_variants = self.with_variations and len(items) > 1
                theme = has_variants and items._find_theme()
                items.parent_id = theme and self._get_parent(place, template, items)
        parents = self.item_ids.filtered("is_parent")
        (parents - self.item_ids.parent_id).filtered(
            lambda item: not item._is_at_amazon()
        ).unlink()

    def _get_parent(self, place, template, children):
        parent = self.item_ids.filtered(
            lambda item: (
                item.is_parent
                and item.participation_id == place
                and item.template_id == template
            )
        )
        return parent or self.item_ids.create(
            {
                "publication_id": self.id,
                "participation_id": place.id,
                "template_id": template.id,
                "is_parent": True,
                "sku": children._get_parent_sku(),
            }
        )

    @api.model
    def _start(self, products):
        """Start a publication.

        :param products: ``product.product``
        :return: an action that opens it
        """
        publication = self.create({"product_ids": [Command.set(products.ids)]})
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": publication.id,
            "view_mode": "form",
        }
