import logging

import requests

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import NO_ACCESS

from ..services.client import SpApiClient
from ..services.lwa import LwaClient, TokenProvider
from ..services.transport import Transport
from .acorn_amazon_application import ENVIRONMENTS
from .acorn_amazon_marketplace import REGIONS
from .acorn_amazon_token import DatabaseTokenStore, token_key

_logger = logging.getLogger(__name__)

STATES = [
    ("draft", "Draft"),
    ("authorised", "Authorised"),
    ("shadow", "Shadow"),
    ("live", "Live"),
    ("paused", "Paused"),
    ("reauthorise", "Re-authorise"),
]


class AcornAmazonStore(models.Model):
    """One seller account in one region, authorised through one application."""

    _name = "acorn.amazon.store"
    _inherit = ["acorn.amazon.secret.mixin", "mail.thread", "mail.activity.mixin"]
    _description = "Amazon Store"
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    application_id = fields.Many2one(
        "acorn.amazon.application",
        required=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
        index=True,
    )
    environment = fields.Selection(
        ENVIRONMENTS, related="application_id.environment", store=True
    )
    region = fields.Selection(REGIONS, required=True, tracking=True)
    seller_id = fields.Char(
        "Seller ID",
        tracking=True,
        copy=False,
        help="Amazon's id of the seller, also called merchant token.",
    )
    refresh_token = fields.Char(
        compute="_compute_secret",
        groups="acorn_amazon_connector.group_acorn_amazon_manager",
        exportable=False,
        readonly=False,
        help="Stored encrypted; it can be replaced but never shown again.",
    )
    refresh_token_encrypted = fields.Char(groups=NO_ACCESS, copy=False)
    has_refresh_token = fields.Boolean(
        "Refresh Token Is Set", compute="_compute_has_refresh_token", compute_sudo=True
    )
    authorised_on = fields.Datetime(copy=False, readonly=True)
    state = fields.Selection(
        STATES, required=True, default="draft", copy=False, readonly=True, tracking=True
    )
    state_before_pause = fields.Selection(STATES, copy=False, readonly=True)
    user_id = fields.Many2one(
        "res.users",
        "Owner",
        default=lambda self: self.env.user,
        tracking=True,
        help="Gets the activities and mails when something needs a person.",
    )
    import_from = fields.Datetime(
        help="Orders placed at Amazon before this moment (UTC) are not imported."
    )
    fba_location_id = fields.Many2one(
        "stock.location",
        "FBA Location",
        check_company=True,
        copy=False,
        help="Stock that lies in Amazon's own warehouses.",
    )
    participation_ids = fields.One2many("acorn.amazon.participation", "store_id")
    listing_ids = fields.One2many("acorn.amazon.listing", "store_id")
    listing_count = fields.Integer(compute="_compute_listing_counts")
    unmatched_count = fields.Integer(
        "Listings Without Product", compute="_compute_listing_counts"
    )
    preflight_ids = fields.One2many("acorn.amazon.preflight.line", "store_id")

    _seller_uniq = models.UniqueIndex(
        "(application_id, seller_id, region) WHERE seller_id IS NOT NULL",
        "This seller account is connected already through the same application.",
    )

    # === COMPUTE METHODS === #

    def _get_secret_fields(self):
        return {"refresh_token": "refresh_token_encrypted"}

    @api.depends("refresh_token_encrypted")
    def _compute_has_refresh_token(self):
        for store in self:
            store.has_refresh_token = bool(store.refresh_token_encrypted)

    @api.depends("listing_ids.product_id")
    def _compute_listing_counts(self):
        listing = self.env["acorn.amazon.listing"]
        domain = [("store_id", "in", self.ids)]
        all_counts = dict(listing._read_group(domain, ["store_id"], ["__count"]))
        domain.append(("product_id", "=", False))
        unmatched = dict(listing._read_group(domain, ["store_id"], ["__count"]))
        for store in self:
            store.listing_count = all_counts.get(store, 0)
            store.unmatched_count = unmatched.get(store, 0)

    # === CONSTRAINTS === #

    @api.constrains("application_id", "company_id")
    def _check_application_company(self):
        for store in self:
            company = store.application_id.company_id
            if company and company != store.company_id:
                raise ValidationError(
                    self.env._(
                        "The application of %(store)s belongs to %(company)s.",
                        store=store.name,
                        company=company.name,
                    )
                )

    # === CRUD METHODS === #

    def write(self, vals):
        if "application_id" in vals:
            self._check_same_environment(vals["application_id"])
        if "region" in vals or "company_id" in vals:
            self._check_not_authorised(vals)
        return super().write(vals)

    def _check_same_environment(self, application_id):
        application = self.env["acorn.amazon.application"].browse(application_id)
        for store in self:
            if application.sudo().environment != store.environment:
                raise UserError(
                    self.env._(
                        "%(name)s cannot change from one environment to another: test"
                        " and production data must never mix. Connect a new store.",
                        name=store.name,
                    )
                )

    def _check_not_authorised(self, vals):
        for store in self:
            changed = vals.get("region", store.region) != store.region or (
                vals.get("company_id", store.company_id.id) != store.company_id.id
            )
            if changed and store.state != "draft":
                raise UserError(
                    self.env._(
                        "%(name)s is authorised: its region and company are fixed."
                        " Connect a new store instead.",
                        name=store.name,
                    )
                )

    def _store_secrets(self, encrypted):
        if encrypted.get("refresh_token_encrypted"):
            encrypted = {**encrypted, "authorised_on": fields.Datetime.now()}
        return super()._store_secrets(encrypted)

    # === BUSINESS METHODS === #

    def _get_client(self):
        """Return a client of the Selling Partner API that acts for this store.

        Access tokens come from the cache that all workers share; each call takes
        its turn from the store's budget and leaves a row in the call log.

        :rtype: SpApiClient
        :raise UserError: when the store is not authorised
        """
        self.ensure_one()
        application = self.application_id.sudo()
        refresh_token = self._get_secret("refresh_token")
        if not refresh_token:
            raise UserError(
                self.env._("%(name)s is not authorised at Amazon.", name=self.name)
            )
        session = requests.Session()
        lwa = self._get_lwa_client(session)
        tokens = TokenProvider(
            lwa,
            DatabaseTokenStore(
                self.env, token_key(application.client_id, refresh_token)
            ),
            refresh_token,
            fields.Datetime.now,
        )
        transport = Transport(
            session,
            application._get_endpoint(self.region),
            tokens,
            gate=self.env["acorn.amazon.budget"]._gate(self),
            record=self.env["acorn.amazon.call"]._recorder(self),
        )
        return SpApiClient(transport)
