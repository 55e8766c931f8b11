from contextlib import contextmanager
from datetime import datetime, timedelta, timezone

from odoo import api, fields, models, release
from odoo.exceptions import UserError, ValidationError
from odoo.fields import NO_ACCESS
from odoo.tools import hmac

from ..services import oauth_state
from ..services.client import SpApiClient
from ..services.errors import (
    AccessDeniedError,
    InvalidClientError,
    ReauthorizationRequired,
    RequestError,
    ServerError,
    SpApiError,
    ThrottledError,
    TransportError,
)
from ..services.lwa import LwaClient, TokenProvider, grant_key
from ..services.transport import Transport
from ..services.wire import build_session
from .acorn_amazon_marketplace import REGIONS
from .acorn_amazon_token import DatabaseTokenStore
from .guard import check_created, check_written

STATE_SCOPE = "acorn_amazon_connector.oauth_state"
USER_AGENT = (
    f"AcornAmazonConnector/1.0 (Language=Python; Platform=Odoo/{release.series})"
)
# Beside the read-only fields: what an authorisation brings.
OWN_FIELDS = ("seller_id",)
STATES = [
    ("draft", "Draft"),
    ("authorised", "Authorised"),
    ("shadow", "Shadow"),
    ("live", "Live"),
    ("paused", "Paused"),
    ("reauthorise", "Re-authorise"),
]


class StateRepeated(oauth_state.StateError):
    """A consent that was answered already, for example in a page that is reloaded."""

    def __init__(self, store, is_connected):
        super().__init__("The state was used before.")
        self.store = store
        self.is_connected = is_connected


def utc_now():
    """Return the aware UTC time, the clock of the service layer."""
    return datetime.now(timezone.utc)


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
    environment = fields.Selection(related="application_id.environment", store=True)
    region = fields.Selection(REGIONS, required=True, tracking=True)
    home_marketplace_id = fields.Many2one(
        "acorn.amazon.marketplace",
        domain="[('region', '=', region)]",
        help="Where the seller signs in to give consent.",
    )
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
    state_before_refusal = fields.Selection(STATES, copy=False, readonly=True)
    user_id = fields.Many2one(
        "res.users",
        "Owner",
        default=lambda self: self.env.user,
        tracking=True,
        help="Gets the activities and mails when something needs a person.",
    )
    import_from = fields.Datetime(
        help="Orders that changed at Amazon since this moment (UTC) are read, and of"
        " those placed in the two years before it what you still have to ship. Moved"
        " back: the time before is read as well. Moved forward: what is imported stays."
        " Empty: reading begins a day before the store started, and no order that was"
        " read is too old."
    )
    fba_location_id = fields.Many2one(
        "stock.location",
        "FBA Location",
        check_company=True,
        copy=False,
        help="Stock that lies in Amazon's own warehouses.",
    )
    participation_ids = fields.One2many("acorn.amazon.participation", "store_id")
    all_participation_ids = fields.One2many(
        "acorn.amazon.participation", "store_id", context={"active_test": False}
    )
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
        domain += [("product_id", "=", False), ("is_variation_parent", "=", False)]
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

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_environment_is_given(vals)
        model = check_created(self, vals_list, OWN_FIELDS)
        return super(AcornAmazonStore, model).create(vals_list)

    def write(self, vals):
        self._check_environment_is_given(vals)
        check_written(self, vals, OWN_FIELDS)
        if "application_id" in vals:
            self._check_same_environment(vals["application_id"])
        if "region" in vals or "company_id" in vals:
            self._check_not_authorised(vals)
        return super().write(vals)

    def _check_environment_is_given(self, vals):
        """The application decides; Odoo lets a stored related field be written."""
        if "environment" in vals:
            raise UserError(
                self.env._("The environment of a store is that of its application.")
            )

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
        result = super()._store_secrets(encrypted)
        if encrypted.get("refresh_token_encrypted"):
            for store in self.sudo():
                store._become_authorised()
        return result

    # === ACTION METHODS === #

    def action_connect(self):
        """Open the assistant where it was left, or to authorise again."""
        self.ensure_one()
        wizard = self.env["acorn.amazon.connect.wizard"]._get_for_store(self)
        return wizard._get_action()

    def action_authorise_again(self):
        """Open the assistant at the authorisation, for example after a new role.

        The store goes on running meanwhile.
        """
        self.ensure_one()
        wizard = self.env["acorn.amazon.connect.wizard"]._get_for_store(self)
        wizard.step = "authorise"
        return wizard._get_action()

    def action_check_permissions(self):
        self.ensure_one()
        self.check_access("write")
        with self._amazon_errors_for_people():
            self.env["acorn.amazon.preflight.line"]._check_store(self)
        return True

    def action_go_live(self):
        """Start creating orders; everything watched so far is applied (X7)."""
        self.check_access("write")
        self._check_can_run()
        self._check_runs_once()
        self.sudo().write({"state": "live"})
        return True

    def action_shadow(self):
        """Keep reading, create nothing."""
        self.check_access("write")
        self._check_can_run()
        self.sudo().write({"state": "shadow"})
        return True

    def action_pause(self):
        """Stop all flows of the store; what has arrived stays."""
        self.check_access("write")
        for store in self.sudo().filtered(lambda s: s.state in ("shadow", "live")):
            store.write({"state_before_pause": store.state, "state": "paused"})
        return True

    def action_resume(self):
        """Go on as before the pause; what was missed meanwhile is caught up."""
        self.check_access("write")
        self._check_can_run()
        for store in self.filtered(lambda s: s.state == "paused"):
            if store.state_before_pause == "live":
                store._check_runs_once()
            store.sudo().state = store.state_before_pause or "authorised"
        return True

    def action_view_listings(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "acorn_amazon_connector.acorn_amazon_listing_action"
        )
        action["domain"] = [("store_id", "=", self.id)]
        action["context"] = {"default_store_id": self.id}
        return action

    def action_view_unmatched(self):
        action = self.action_view_listings()
        action["context"]["search_default_unmatched"] = True
        return action

    # === BUSINESS METHODS === #

    def _check_can_run(self):
        for store in self:
            if not store.has_refresh_token or store.state in ("draft", "reauthorise"):
                raise UserError(
                    self.env._(
                        "%(name)s is not authorised at Amazon. Press Connect first.",
                        name=store.name,
                    )
                )

    def _find_twins(self):
        """The other stores of the same seller, through other applications.

        :return: stores of any company, archived ones too, with the rights of the system
        """
        self.ensure_one()
        everyone = self.sudo().with_context(active_test=False)
        if not self.seller_id:
            return everyone.browse()
        return everyone.search(
            [
                ("id", "!=", self.id),
                ("seller_id", "=", self.seller_id),
                ("region", "=", self.region),
                ("environment", "=", self.environment),
            ]
        )

    def _find_live_twin(self):
        """The store that imports the orders of the same seller, if there is one."""
        return self._find_twins().filtered(
            lambda store: store.active and store.state == "live"
        )[:1]

    def _check_runs_once(self):
        """Refuse to import a seller's orders twice, through two applications."""
        for store in self:
            twin = store._find_live_twin()
            if twin:
                raise UserError(
                    self.env._(
                        "The orders of seller %(seller)s are imported already, by the"
                        " store %(store)s. Pause that one first: each order would come"
                        " twice.",
                        seller=store.seller_id,
                        store=twin.name,
                    )
                )

    def _become_authorised(self):
        """Go on where the store stood before the authorisation was missing."""
        self.ensure_one()
        self.authorised_on = fields.Datetime.now()
        if self.state == "draft":
            self.state = "authorised"
        elif self.state == "reauthorise":
            state = self.state_before_refusal or "authorised"
            # Meanwhile another store may have taken over the seller's orders.
            successor = state == "live" and self._find_live_twin()
            self.state = "shadow" if successor else state
            if successor:
                self.message_post(
                    body=self.env._(
                        "The store %(store)s imports this seller's orders by now. This"
                        " one only watches, so that no order comes twice.",
                        store=successor.name,
                    )
                )
            self.env["acorn.amazon.incident"]._resolve(self, "reauthorise")
        # The authorisation may be new because the application has more roles.
        self.preflight_ids.learned_at = False
        self._read_open_orders_again()

    def _require_reauthorization(self, details):
        """Stop all flows of the store until the seller grants access again (A22).

        :param str details: Amazon's words, for the person who acts
        """
        self.ensure_one()
        if self.state != "reauthorise":
            self.write({"state_before_refusal": self.state, "state": "reauthorise"})
        self.env["acorn.amazon.incident"]._raise(
            self,
            "reauthorise",
            details=details,
        )

    def _is_present_grant(self, grant):
        """Whether a grant is the one that the store has now (A22).

        :param str grant: of ``services.lwa.grant_key``; None: not known which
        :rtype: bool
        """
        self.ensure_one()
        if grant is None:
            return True
        client_id = self.application_id.sudo().client_id
        return grant == grant_key(client_id, self._get_secret("refresh_token"))

    def _get_lwa_client(self, session):
        """Return the client of Login with Amazon for this store's application.

        :param requests.Session session: the session to send with
        :rtype: LwaClient
        """
        application = self.application_id.sudo()
        return LwaClient(
            session,
            application._get_lwa_url(),
            application.client_id,
            application._get_secret("client_secret"),
            utc_now,
            record=self.env["acorn.amazon.call"]._recorder(self),
        )

    def _get_client(self):
        """Return a client of the Selling Partner API that acts for this store.

        Access tokens come from the cache that all workers share; each call takes
        its turn from the store's budget and leaves a row in the call log.

        :rtype: SpApiClient
        :raise UserError: when the store is not authorised
        """
        endpoint = self.application_id.sudo()._get_endpoint(self.region)
        return SpApiClient(self._get_transport(endpoint))

    def _get_transport(self, endpoint):
        """Return what sends requests with this store's authorisation.

        :param str endpoint: base address; the store's access token goes there
        :rtype: Transport
        :raise UserError: when the store is not authorised
        """
        self.ensure_one()
        refresh_token = self._get_secret("refresh_token")
        if not refresh_token:
            raise UserError(
                self.env._("%(name)s is not authorised at Amazon.", name=self.name)
            )
        session = build_session()
        tokens = TokenProvider(
            self._get_lwa_client(session),
            DatabaseTokenStore(self.env),
            refresh_token,
            utc_now,
        )
        return Transport(
            session,
            endpoint,
            tokens,
            user_agent=USER_AGENT,
            clock=utc_now,
            gate=self.env["acorn.amazon.budget"]._gate(self),
            record=self.env["acorn.amazon.call"]._recorder(self),
        )

    # === CONSENT === #

    def _get_consent_url(self):
        """Return the address of Amazon's consent page, with a state good for once.

        :rtype: str
        :raise UserError: when the home marketplace is not of the store's region
        """
        self.ensure_one()
        marketplace = self.home_marketplace_id
        if marketplace.region != self.region:
            raise UserError(
                self.env._(
                    "%(name)s needs a home marketplace of its own region.",
                    name=self.name,
                )
            )
        expires_at = fields.Datetime.now() + timedelta(
            seconds=oauth_state.LIFETIME_SECONDS
        )
        nonce = self.env["acorn.amazon.oauth.nonce"]._issue(expires_at)
        claims = {"uid": self.env.uid, "store": self.id, "nonce": nonce}
        state = oauth_state.sign(claims, self._get_state_key(), utc_now)
        return self.application_id.sudo()._get_consent_url(marketplace, state)

    @api.model
    def _get_state_key(self):
        return hmac(self.env(su=True), STATE_SCOPE, "key")

    @api.model
    def _accept_state(self, token):
        """Verify and use up the state that Amazon handed back.

        :param str token: the ``state`` parameter
        :return: the store that the current user wanted to authorise
        :rtype: acorn.amazon.store
        :raise StateRepeated: used before; it knows what came of it
        :raise StateError: forged, expired, or another user's
        """
        claims = oauth_state.verify(
            token, self._get_state_key(), utc_now, uid=self.env.uid
        )
        store = self.browse(claims["store"]).exists()
        if not store:
            raise oauth_state.StateError("The store of this state is gone.")
        store.check_access("write")
        nonces = self.env["acorn.amazon.oauth.nonce"]
        if nonces._consume(claims["nonce"]):
            return store
        used_at = nonces._get_used_at(claims["nonce"])
        if not used_at:
            raise oauth_state.StateError("The state is not known or too old.")
        raise StateRepeated(
            store,
            store.has_refresh_token
            and bool(store.authorised_on)
            and store.authorised_on >= used_at,
        )

    def _complete_consent(self, seller_id, code):
        """Exchange Amazon's code for the authorisation and keep it.

        :param str seller_id: the selling partner that agreed
        :param str code: the authorisation code, valid for five minutes
        :raise SpApiError: when Amazon does not accept the code
        :raise UserError: when the seller is not the one expected
        """
        self.ensure_one()
        self._check_seller(seller_id)
        with build_session() as session:
            token = self._get_lwa_client(session).exchange_code(
                code, self.application_id.redirect_uri
            )
        self._authorise(seller_id, token.refresh_token)

    def _authorise(self, seller_id, refresh_token):
        """Keep an authorisation that Amazon has just confirmed."""
        self.ensure_one()
        self.check_access("write")
        self._check_seller(seller_id)
        self.sudo().write({"seller_id": seller_id, "refresh_token": refresh_token})

    def _check_refresh_token(self, refresh_token):
        """Ask Amazon for one access token, to see that the refresh token works.

        :raise SpApiError: when Amazon refuses it
        """
        with build_session() as session:
            self._get_lwa_client(session).refresh(refresh_token)

    def _check_seller(self, seller_id):
        """Refuse another seller on this store, and a second store of one seller."""
        if self.seller_id and self.seller_id != seller_id:
            raise UserError(
                self.env._(
                    "%(store)s belongs to seller %(known)s, but %(other)s was"
                    " authorised. Sign in to Seller Central with the right account,"
                    " or connect a new store.",
                    store=self.name,
                    known=self.seller_id,
                    other=seller_id,
                )
            )
        twin = (
            self.sudo()
            .with_context(active_test=False)
            .search(
                [
                    ("id", "!=", self.id),
                    ("application_id", "=", self.application_id.id),
                    ("region", "=", self.region),
                    ("seller_id", "=", seller_id),
                ],
                limit=1,
            )
        )
        if twin:
            raise UserError(
                self.env._(
                    "Seller %(seller)s is connected already, as store %(store)s. Open"
                    " that store and press Reconnect.",
                    seller=seller_id,
                    store=twin.name,
                )
            )

    # === LISTINGS === #

    def _get_marketplace_ids(self):
        """Return Amazon's ids of the marketplaces to ask about.

        :rtype: list[str]
        """
        self.ensure_one()
        chosen = self.participation_ids.filtered("is_participating").marketplace_id
        return (chosen or self.home_marketplace_id).mapped("amazon_id")

    # === ERRORS === #

    @contextmanager
    def _amazon_errors_for_people(self):
        """Show Amazon's errors, with advice, to the person who pressed a button."""
        try:
            yield
        except SpApiError as exc:
            text = f"{self._get_advice(exc)}\n\n{exc}"
            raise UserError(text) from exc

    @api.model
    def _get_advice(self, exc):
        """Say what a person can do about an error of Amazon.

        :param SpApiError exc: the error
        :rtype: str
        """
        for error_class, advice in self._get_advices():
            if isinstance(exc, error_class):
                return advice
        return self.env._(
            "Amazon answered in an unexpected way. Keep the request id for Amazon's"
            " support and try again."
        )

    @api.model
    def _get_advices(self):
        """Pairs of error class and advice, the most specific first."""
        return [
            (
                InvalidClientError,
                self.env._(
                    "Amazon does not accept the application's client id and secret."
                    " Compare them with the developer console; after a rotation the"
                    " old secret is good for at most seven days."
                ),
            ),
            (
                ReauthorizationRequired,
                self.env._(
                    "Amazon does not accept the authorisation: it was revoked, it"
                    " expired, or it belongs to another application. Authorise the"
                    " store again."
                ),
            ),
            (
                AccessDeniedError,
                self.env._(
                    "Amazon refused this operation. Tick the missing role in Seller"
                    " Central under Apps and Services > Develop Apps > Edit App, then"
                    " authorise the store again; a new role needs a new"
                    " authorisation. Also check that the region is right."
                ),
            ),
            (
                ThrottledError,
                self.env._(
                    "Amazon's rate limit is used up for now. Nothing is lost: try"
                    " again in a moment."
                ),
            ),
            (
                TransportError,
                self.env._(
                    "Amazon could not be reached. Check that this server may open"
                    " HTTPS connections, then try again."
                ),
            ),
            (
                ServerError,
                self.env._(
                    "Amazon's service is temporarily not available. Try again in a few"
                    " minutes."
                ),
            ),
            (
                RequestError,
                self.env._(
                    "Amazon refused the request. The text below is Amazon's own."
                ),
            ),
        ]
