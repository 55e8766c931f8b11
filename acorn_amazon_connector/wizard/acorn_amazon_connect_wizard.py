from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import NO_ACCESS

STEPS = [
    ("application", "Application"),
    ("authorise", "Authorisation"),
    ("preflight", "Permissions"),
    ("participations", "Marketplaces"),
    ("products", "Products"),
    ("start", "Start"),
    ("done", "Done"),
]
STEP_CODES = [code for code, _label in STEPS]
LISTINGS_FLOW = "listings"


class AcornAmazonConnectWizard(models.Model):
    """Connecting a store, step by step.

    A stored record and not a transient one: consent leads out to Amazon and back,
    roles may take days to be granted, and people close their browser.
    """

    _name = "acorn.amazon.connect.wizard"
    _inherit = ["acorn.amazon.wizard.mixin", "acorn.amazon.secret.mixin"]
    _description = "Connect an Amazon Store"
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(
        "Store Name",
        required=True,
        compute="_compute_name",
        store=True,
        readonly=False,
        precompute=True,
        help="How the store is called in Odoo.",
    )
    step = fields.Selection(STEPS, required=True, default="application", readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    user_id = fields.Many2one(
        "res.users", "Owner", required=True, default=lambda self: self.env.user
    )
    application_id = fields.Many2one(
        "acorn.amazon.application",
        check_company=True,
        default=lambda self: self._default_application_id(),
    )
    environment = fields.Selection(related="application_id.environment")
    authorization = fields.Selection(related="application_id.authorization")
    region = fields.Selection(related="marketplace_id.region")
    marketplace_id = fields.Many2one(
        "acorn.amazon.marketplace",
        "Home Marketplace",
        default=lambda self: self._default_marketplace_id(),
        help="Where the seller signs in. The authorisation covers every marketplace of"
        " the same region.",
    )
    store_id = fields.Many2one(
        "acorn.amazon.store", ondelete="cascade", readonly=True, copy=False
    )
    store_state = fields.Selection(related="store_id.state")
    seller_id = fields.Char(
        "Seller ID",
        help="Seller Central > Settings > Account Info > Merchant Token.",
    )
    refresh_token = fields.Char(
        compute="_compute_secret",
        readonly=False,
        exportable=False,
        help="Starts with Atzr|. It is checked with Amazon, then stored encrypted.",
    )
    refresh_token_encrypted = fields.Char(groups=NO_ACCESS, copy=False)
    has_refresh_token = fields.Boolean(related="store_id.has_refresh_token")
    authorised_on = fields.Datetime(related="store_id.authorised_on")
    preflight_ids = fields.One2many(related="store_id.preflight_ids")
    preflight_done = fields.Boolean(compute="_compute_preflight")
    has_missing_role = fields.Boolean(compute="_compute_preflight")
    participation_ids = fields.One2many(
        related="store_id.all_participation_ids", readonly=False
    )
    listing_count = fields.Integer(related="store_id.listing_count")
    unmatched_count = fields.Integer(related="store_id.unmatched_count")
    listings_complete = fields.Boolean(compute="_compute_listings_complete")
    listings_state = fields.Selection(
        [
            ("none", "Not Read Yet"),
            ("reading", "Reading"),
            ("failed", "Failed"),
            ("done", "Read"),
        ],
        compute="_compute_listings_state",
    )
    listings_error = fields.Text("Error", compute="_compute_listings_state")
    keep_no_pii = fields.Boolean(related="store_id.keep_no_pii", readonly=False)
    mode = fields.Selection(
        [("shadow", "Watch first (shadow)"), ("live", "Create orders at once (live)")],
        required=True,
        default="shadow",
    )
    import_from = fields.Datetime(
        "Import Orders From",
        default=lambda self: fields.Datetime.now(),
        help="Orders that changed at Amazon since this moment are read, and of those"
        " placed in the two years before it what you still have to ship. Choose a"
        " moment after the last order you have booked by hand. An order that you have"
        " booked and that carries Amazon's number waits for your decision.",
    )

    # === COMPUTE METHODS === #

    @api.model
    def _default_application_id(self):
        applications = self.env["acorn.amazon.application"].search(
            [("company_id", "in", (False, self.env.company.id))], limit=2
        )
        return applications if len(applications) == 1 else False

    @api.model
    def _default_marketplace_id(self):
        return self.env["acorn.amazon.marketplace"].search(
            [("country_id", "=", self.env.company.country_id.id)], limit=1
        )

    @api.depends("marketplace_id")
    def _compute_name(self):
        for wizard in self:
            if not wizard.store_id:
                marketplace = wizard.marketplace_id.name
                wizard.name = f"Amazon {marketplace}" if marketplace else "Amazon"

    def _get_secret_fields(self):
        return {"refresh_token": "refresh_token_encrypted"}

    @api.depends("preflight_ids.state", "preflight_ids.checked_at")
    def _compute_preflight(self):
        for wizard in self:
            lines = wizard.preflight_ids
            wizard.preflight_done = any(line.checked_at for line in lines)
            wizard.has_missing_role = any(
                line.state == "denied" and line.is_required for line in lines
            )

    @api.depends("participation_ids.listings_read_at", "participation_ids.active")
    def _compute_listings_complete(self):
        for wizard in self:
            wizard.listings_complete = all(
                participation.listings_read_at
                for participation in wizard.participation_ids
                if participation.active and participation.is_participating
            )

    @api.depends(
        "listings_complete",
        "store_id.task_ids.page",
        "store_id.task_ids.next_run",
        "store_id.task_ids.lease_until",
        "store_id.task_ids.last_error",
    )
    def _compute_listings_state(self):
        now = fields.Datetime.now()
        for wizard in self:
            task = wizard.store_id._get_task(LISTINGS_FLOW)
            is_begun = bool(task.page) or bool(task.next_run and task.next_run <= now)
            wizard.listings_error = False
            if task.state == "failing" and task.last_error:
                wizard.listings_state = "failed"
                wizard.listings_error = task.last_error
            elif task.state == "running" or is_begun:
                wizard.listings_state = "reading"
            else:
                wizard.listings_state = "done" if wizard.listings_complete else "none"

    @api.depends("name", "step")
    def _compute_display_name(self):
        for wizard in self:
            wizard.display_name = self.env._("Connect %(name)s", name=wizard.name)

    # === ACTION METHODS === #

    def action_next(self):
        """Finish the current step and open the next one."""
        self.ensure_one()
        finish = getattr(self, f"_finish_{self.step}", None)
        if finish:
            finish()
        self.step = STEP_CODES[STEP_CODES.index(self.step) + 1]
        opening = getattr(self, f"_open_{self.step}", None)
        if opening:
            opening()
        return True

    def action_back(self):
        self.ensure_one()
        position = STEP_CODES.index(self.step)
        self.step = STEP_CODES[max(position - 1, 0)]
        return True

    def action_open_consent(self):
        """Leave for Amazon's consent page; its answer leads back here."""
        self.ensure_one()
        self.check_access("write")
        application = self.application_id
        if not application.application_id:
            raise UserError(
                self.env._(
                    "The application has no application ID (amzn1.sp.solution…). Copy"
                    " it from the developer console, or paste a refresh token."
                )
            )
        url = self.store_id._get_consent_url()
        return {"type": "ir.actions.act_url", "url": url, "target": "self"}

    def action_check_token(self):
        """Ask Amazon whether the pasted refresh token is good, then keep it."""
        self.ensure_one()
        self.check_access("write")
        refresh_token = self._get_secret("refresh_token")
        seller_id = (self.seller_id or "").strip()
        if not refresh_token or not seller_id:
            raise UserError(
                self.env._("Enter the seller ID together with the refresh token.")
            )
        self.store_id._check_seller(seller_id)
        with self.store_id._amazon_errors_for_people():
            self.store_id._check_refresh_token(refresh_token)
        self.store_id._authorise(seller_id, refresh_token)
        self.refresh_token = False
        return self.action_next()

    def action_check_permissions(self):
        self.ensure_one()
        return self.store_id.action_check_permissions()

    def action_fetch_participations(self):
        """Ask Amazon again where the seller may sell."""
        self.ensure_one()
        self.check_access("write")
        with self.store_id._amazon_errors_for_people():
            rows = self.store_id._get_client().sellers.participations()
        self.env["acorn.amazon.participation"]._refresh(self.store_id, rows)
        return True

    def action_read_listings(self):
        """Let the seller's listings be read; it goes on where it stopped."""
        self.ensure_one()
        self.check_access("write")
        self.store_id._run_before_start(LISTINGS_FLOW)
        return True

    def action_refresh(self):
        """Show how far the reading is: the web client reads the record again."""
        self.ensure_one()
        return True

    def action_match_products(self):
        """Try again to find products, after some were added or corrected."""
        self.ensure_one()
        self.store_id.listing_ids._match_products()
        return True

    def action_view_unmatched(self):
        self.ensure_one()
        return self.store_id.action_view_unmatched()

    def action_view_dashboard(self):
        """Open the dashboard in a web client that knows the new currencies."""
        return {"type": "ir.actions.act_url", "url": "/odoo/amazon", "target": "self"}

    def action_view_store(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "acorn.amazon.store",
            "res_id": self.store_id.id,
            "view_mode": "form",
        }

    # === STEPS === #

    def _finish_application(self):
        """Create the store, or bring it in line; from here on it can be resumed."""
        if not self.application_id or not self.marketplace_id:
            raise UserError(self.env._("Choose an application and a marketplace."))
        if not self.application_id.has_client_secret:
            raise UserError(
                self.env._(
                    "The application has no client secret yet. A system administrator"
                    " enters it under Configuration > Applications."
                )
            )
        vals = {
            "name": self.name,
            "application_id": self.application_id.id,
            "region": self.marketplace_id.region,
            "home_marketplace_id": self.marketplace_id.id,
            "company_id": self.company_id.id,
            "user_id": self.user_id.id,
        }
        if self.store_id:
            self.store_id.write(vals)
        else:
            self.store_id = self.env["acorn.amazon.store"].create(vals)

    def _finish_authorise(self):
        if not self.has_refresh_token:
            raise UserError(
                self.env._(
                    "The store is not authorised yet. Give consent on Amazon's page,"
                    " or paste the seller ID and the refresh token."
                )
            )

    def _open_preflight(self):
        self.env["acorn.amazon.preflight.line"]._ensure_lines(self.store_id)

    def _finish_preflight(self):
        if not self.preflight_done:
            raise UserError(self.env._("Press Check Permissions first."))

    def _open_participations(self):
        self.action_fetch_participations()

    def _finish_participations(self):
        """Create the pricelists and taxes that were proposed."""
        chosen = self.participation_ids.filtered(
            lambda p: p.active and p.is_participating
        )
        if not chosen:
            raise UserError(
                self.env._("Choose at least one marketplace where the seller may sell.")
            )
        without_warehouse = chosen.filtered(lambda p: not p.warehouse_id)
        if without_warehouse:
            raise UserError(
                self.env._(
                    "Choose the warehouse that ships for %(names)s.",
                    names=", ".join(without_warehouse.mapped("marketplace_id.name")),
                )
            )
        chosen._create_proposed()

    def _finish_products(self):
        if not self.listings_complete:
            raise UserError(
                self.env._(
                    "Amazon's listings are not all read yet. Press Read Listings, and"
                    " Refresh to see how far it is."
                )
            )

    def _finish_start(self):
        """Let the store run."""
        self.store_id.write({"import_from": self.import_from})
        if self.mode == "live":
            self.store_id.action_go_live()
        else:
            self.store_id.action_shadow()

    # === BUSINESS METHODS === #

    def _consent_given(self):
        """Go on after Amazon's consent page."""
        self.ensure_one()
        self.seller_id = self.store_id.seller_id
        if self.step == "authorise":
            self.action_next()

    @api.model
    def _get_for_store(self, store):
        """Return the assistant of a store, ready to authorise it (again).

        :param store: ``acorn.amazon.store``
        :rtype: acorn.amazon.connect.wizard
        """
        wizard = self.search([("store_id", "=", store.id)], limit=1)
        if not wizard:
            wizard = self.create(
                {
                    "name": store.name,
                    "store_id": store.id,
                    "company_id": store.company_id.id,
                    "application_id": store.application_id.id,
                    "marketplace_id": store.home_marketplace_id.id,
                    "seller_id": store.seller_id,
                    "import_from": store.import_from,
                }
            )
        if store.import_from:
            # It may have been changed since; an old date would bring old orders in.
            wizard.import_from = store.import_from
        if store.state == "reauthorise" or wizard.step == "application":
            wizard.step = "authorise"
        return wizard

    def _get_action(self):
        """Return the action that opens this assistant.

        :rtype: dict
        """
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "acorn_amazon_connector.acorn_amazon_connect_wizard_action"
        )
        return {
            **action,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
