import ipaddress
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import NO_ACCESS

from ..services.marketplaces import REGIONS

LWA_URL = "https://api.amazon.com/auth/o2/token"
LWA_PATH = "/auth/o2/token"
CONSENT_PATH = "/apps/authorize/consent"
CALLBACK_PATH = "/acorn_amazon/oauth/callback"
# Amazon stops every call of an application whose secret is older.
SECRET_LIFETIME = timedelta(days=180)
SECRET_ACTIVITY = "acorn_amazon_connector.mail_activity_type_secret_rotation"
SECRET_REMINDER = timedelta(days=30)
ENVIRONMENTS = [
    ("production", "Production"),
    ("sandbox", "Sandbox"),
    ("simulator", "Simulator"),
]


class AcornAmazonApplication(models.Model):
    """An application registered with Login with Amazon (LWA)."""

    _name = "acorn.amazon.application"
    _inherit = ["acorn.amazon.secret.mixin", "mail.thread", "mail.activity.mixin"]
    _description = "Amazon Application"
    _order = "name, id"

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    environment = fields.Selection(
        ENVIRONMENTS,
        required=True,
        default="production",
        tracking=True,
        help="Production talks to real shops. Sandbox answers Amazon's canned"
        " examples. Simulator is an Amazon on this machine, for tests and training."
        " It cannot change once a store uses the application.",
    )
    authorization = fields.Selection(
        [("oauth", "Consent page"), ("self", "Pasted refresh token")],
        "Authorisation",
        required=True,
        default="oauth",
        help="Public applications are authorised by the seller on Amazon's consent"
        " page. Private applications are authorised in Seller Central or the"
        " developer console, which shows a refresh token to paste here.",
    )
    application_id = fields.Char(
        "Application ID",
        help="Starts with amzn1.sp.solution (older ones: amzn1.sellerapps.app)."
        " Needed for the consent page only.",
    )
    client_id = fields.Char("LWA Client ID", required=True, tracking=True)
    client_secret = fields.Char(
        "LWA Client Secret",
        compute="_compute_secret",
        groups="base.group_system",
        exportable=False,
        readonly=False,
        help="Stored encrypted; it can be replaced but never shown again.",
    )
    client_secret_encrypted = fields.Char(groups=NO_ACCESS, copy=False)
    has_client_secret = fields.Boolean(
        "Secret Is Set",
        compute="_compute_has_client_secret",
        search="_search_has_client_secret",
        compute_sudo=True,
    )
    secret_rotated_on = fields.Date(
        copy=False, tracking=True, help="Day the client secret was last replaced."
    )
    secret_expires_on = fields.Date(compute="_compute_secret_expires_on", store=True)
    is_draft = fields.Boolean(
        "Draft at Amazon",
        help="The application is not published yet: Amazon's consent page then"
        " needs version=beta.",
    )
    simulator_url = fields.Char(
        "Simulator Address",
        help="For example http://127.0.0.1:8070. Only addresses of this machine.",
    )
    redirect_uri = fields.Char("OAuth Redirect URI", compute="_compute_redirect_uri")
    company_id = fields.Many2one(
        "res.company", help="Empty: the application serves every company."
    )
    user_id = fields.Many2one(
        "res.users",
        "Responsible",
        default=lambda self: self.env.user,
        help="Is reminded to rotate the client secret in time.",
    )
    is_secret_expired = fields.Boolean(compute="_compute_is_secret_expired")
    is_redirect_insecure = fields.Boolean(compute="_compute_redirect_uri")
    store_ids = fields.One2many("acorn.amazon.store", "application_id")
    store_count = fields.Integer(compute="_compute_store_count")

    _client_id_uniq = models.Constraint(
        "UNIQUE(environment, client_id)",
        "This LWA client is registered already for this environment.",
    )

    # === COMPUTE METHODS === #

    def _get_secret_fields(self):
        return {"client_secret": "client_secret_encrypted"}

    @api.depends("client_secret_encrypted")
    def _compute_has_client_secret(self):
        for application in self:
            application.has_client_secret = bool(application.client_secret_encrypted)

    def _search_has_client_secret(self, operator, value):
        if operator != "in":
            return NotImplemented
        # Asked with elevated rights: nobody may search the encrypted field itself.
        with_secret = (
            self.sudo()
            .with_context(active_test=False)
            ._search([("client_secret_encrypted", "!=", False)])
        )
        if True in value and False in value:
            return []
        return [("id", "in" if True in value else "not in", with_secret)]

    @api.depends("secret_rotated_on")
    def _compute_secret_expires_on(self):
        for application in self:
            rotated_on = application.secret_rotated_on
            application.secret_expires_on = rotated_on and rotated_on + SECRET_LIFETIME

    @api.depends("secret_expires_on")
    def _compute_is_secret_expired(self):
        today = fields.Date.context_today(self)
        for application in self:
            expires_on = application.secret_expires_on
            application.is_secret_expired = bool(expires_on and expires_on <= today)

    @api.depends("environment")
    def _compute_redirect_uri(self):
        for application in self:
            uri = application.get_base_url() + CALLBACK_PATH
            application.redirect_uri = uri
            application.is_redirect_insecure = (
                application.environment != "simulator"
                and not uri.startswith("https://")
            )

    @api.depends("store_ids")
    def _compute_store_count(self):
        counts = dict(
            self.env["acorn.amazon.store"]._read_group(
                [("application_id", "in", self.ids)], ["application_id"], ["__count"]
            )
        )
        for application in self:
            application.store_count = counts.get(application, 0)

    # === CONSTRAINTS === #

    @api.constrains("environment", "simulator_url")
    def _check_simulator_url(self):
        for application in self:
            if application.environment != "simulator":
                continue
            if not _is_loopback(application.simulator_url):
                raise ValidationError(
                    self.env._(
                        "The simulator address must be http://127.0.0.1:PORT or"
                        " another address of this machine."
                    )
                )

    # === CRUD METHODS === #

    def write(self, vals):
        if "environment" in vals:
            moved = self.filtered(lambda a: a.environment != vals["environment"])
            if moved.sudo().with_context(active_test=False).store_ids:
                raise UserError(
                    self.env._(
                        "The environment is fixed once a store uses the application:"
                        " test and production data must never mix. Create another"
                        " application instead."
                    )
                )
        return super().write(vals)

    def _store_secrets(self, encrypted):
        if encrypted.get("client_secret_encrypted"):
            encrypted = {
                **encrypted,
                "secret_rotated_on": fields.Date.context_today(self),
            }
            self.sudo().activity_feedback([SECRET_ACTIVITY])
        return super()._store_secrets(encrypted)

    # === ACTION METHODS === #

    def action_view_stores(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "acorn.amazon.store",
            "view_mode": "list,form",
            "domain": [("application_id", "=", self.id)],
            "name": self.env._("Stores"),
        }

    # === CRON METHODS === #

    @api.model
    def _cron_remind_secret_rotation(self):
        """Ask for a new client secret before Amazon stops the old one (A17)."""
        limit = fields.Date.context_today(self) + SECRET_REMINDER
        for application in self.search(
            [
                ("environment", "=", "production"),
                ("has_client_secret", "=", True),
                ("secret_expires_on", "<=", limit),
                ("store_ids.state", "!=", "draft"),
            ]
        ):
            application._remind_secret_rotation()

    # === BUSINESS METHODS === #

    def _remind_secret_rotation(self):
        """Open one activity; entering a new secret closes it."""
        self.ensure_one()
        if self.activity_search([SECRET_ACTIVITY]):
            return
        self.activity_schedule(
            SECRET_ACTIVITY,
            date_deadline=self.secret_expires_on,
            user_id=(self.user_id or self.env.ref("base.user_admin")).id,
            note=self.env._(
                "Amazon refuses every call of this application after the date below."
                " Create a new client secret in the developer console and enter it in"
                " the application; the old one works for seven more days."
            ),
        )

    def _check_may_call(self):
        """Keep a neutralised copy from real sellers, whatever secrets it has (A25).

        :raise UserError: the application is a real one and the database a copy
        """
        parameters = self.env["ir.config_parameter"].sudo()
        is_copy = parameters.get_param("database.is_neutralized")
        if is_copy and self.environment == "production":
            raise UserError(
                self.env._(
                    "This database is a neutralised copy: it must not reach a real"
                    " seller, so %(name)s stays unused. In a copy, connect a store"
                    " through an application of the sandbox or the simulator.",
                    name=self.name,
                )
            )

    def _get_endpoint(self, region):
        """Return the base URL of the Selling Partner API.

        Production and sandbox addresses are fixed by the region (A25, A29).

        :param str region: na, eu or fe
        :rtype: str
        :raise UserError: see :meth:`_check_may_call`
        """
        self.ensure_one()
        self._check_may_call()
        if self.environment == "simulator":
            return self._get_simulator_url()
        if self.environment == "sandbox":
            return REGIONS[region].sandbox_endpoint
        return REGIONS[region].endpoint

    def _get_lwa_url(self):
        """Return the URL that issues tokens; every client of Amazon asks for it.

        :rtype: str
        :raise UserError: see :meth:`_check_may_call`
        """
        self.ensure_one()
        self._check_may_call()
        if self.environment == "simulator":
            return self._get_simulator_url() + LWA_PATH
        return LWA_URL

    def _get_consent_url(self, marketplace, state):
        """Return the page where the seller agrees.

        :param marketplace: an ``acorn.amazon.marketplace`` of the store's region
        :param str state: the signed state that Amazon hands back
        :rtype: str
        :raise UserError: see :meth:`_check_may_call`
        """
        self.ensure_one()
        self._check_may_call()
        base = marketplace.seller_central_url
        if self.environment == "simulator":
            base = self._get_simulator_url()
        query = {
            "application_id": self.application_id,
            "state": state,
            "redirect_uri": self.redirect_uri,
        }
        if self.is_draft:
            query["version"] = "beta"
        return f"{base}{CONSENT_PATH}?{urlencode(query)}"

    def _get_simulator_url(self):
        # Checked again at use: a restored or hand-edited row must not turn
        # the simulator into a way to send credentials elsewhere.
        if not _is_loopback(self.simulator_url):
            raise UserError(
                self.env._("%(name)s has no valid simulator address.", name=self.name)
            )
        return self.simulator_url.rstrip("/")


def _is_loopback(url):
    try:
        parts = urlsplit(url or "")
        port = parts.port
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        return False
    if parts.username or parts.password or parts.query or parts.fragment:
        return False
    if parts.path not in ("", "/"):
        return False
    if parts.hostname == "localhost":
        return True
    try:
        return ipaddress.ip_address(parts.hostname).is_loopback
    except ValueError:
        return False
