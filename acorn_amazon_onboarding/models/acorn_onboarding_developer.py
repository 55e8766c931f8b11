from datetime import timedelta
from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..services.signing import generate_key_pair
from . import activities

HOSTS = (".amazon.com", ".amazonaws.com", ".amazonservices.com", ".api.amazon.com")
KEY_LIFE = timedelta(days=365)
KEY_NOTICE = timedelta(days=30)


class AcornOnboardingDeveloper(models.Model):
    """What Amazon gave the developer for opening marketplaces: address, id, keys.

    One per application; sandbox, production and simulator are different applications
    and so different developers (B10, B12, B13, B15, A25).
    """

    _name = "acorn.onboarding.developer"
    _description = "Registration Developer"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "acorn.onboarding.summary.mixin",
    ]
    _rec_name = "application_id"

    application_id = fields.Many2one(
        "acorn.amazon.application", required=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        related="application_id.company_id", store=True, index=True
    )
    environment = fields.Selection(related="application_id.environment", store=True)
    developer_id = fields.Char("Developer ID", required=True, tracking=True)
    endpoint = fields.Char(
        tracking=True,
        help="The address that Amazon names after it has approved the access. Without"
        " one every marketplace is opened by hand.",
    )
    key_ids = fields.One2many("acorn.onboarding.key", "developer_id")
    key_expires_on = fields.Date("Renew the Key By", compute="_compute_key_expires_on")
    use_case = fields.Text(tracking=True)
    monthly_volume = fields.Integer("Calls per Month", tracking=True)
    data_security = fields.Text(
        "Data Security Answers",
        tracking=True,
        help="What was declared to Amazon about the protection of personal data.",
    )
    access_granted_on = fields.Date(tracking=True)
    trial_limit = fields.Integer(
        "Size of the Trial",
        default=3,
        required=True,
        tracking=True,
        help="So many registrations may be sent before a manager confirms the trial.",
    )
    trial_confirmed_by_id = fields.Many2one("res.users", readonly=True, tracking=True)
    trial_confirmed_on = fields.Datetime(readonly=True)
    tested_with_id = fields.Many2one(
        "acorn.onboarding.developer",
        domain="[('environment', '!=', 'production')]",
        help="The sandbox or simulator where registrations were tried first.",
    )

    _application_uniq = models.Constraint(
        "UNIQUE(application_id)", "This application has a developer already."
    )

    @api.depends("key_ids.active")
    def _compute_key_expires_on(self):
        for developer in self:
            key = developer.key_ids._get_newest()
            developer.key_expires_on = key and (key.create_date + KEY_LIFE).date()

    @api.constrains("endpoint", "application_id")
    def _check_endpoint(self):
        for developer in self.filtered("endpoint"):
            developer._get_endpoint()

    # === ACTION METHODS === #

    def action_generate_key(self):
        """Make a new key pair; older keys stay until they are archived (B10, B19)."""
        self.ensure_one()
        self.check_access("write")
        pair = generate_key_pair()
        self._add_key(pair)
        activities.end(self, "key_expires")
        return True

    def action_import_key(self):
        """Open the window that takes a key pair made elsewhere (B10)."""
        self.ensure_one()
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import Key"),
            "res_model": "acorn.onboarding.import.key",
            "view_mode": "form",
            "target": "new",
            "context": {"default_developer_id": self.id},
        }

    def action_confirm_trial(self):
        """Allow more registrations than the trial had (B15)."""
        self.check_access("write")
        self.write(
            {
                "trial_confirmed_by_id": self.env.user.id,
                "trial_confirmed_on": fields.Datetime.now(),
            }
        )
        return True

    # === BUSINESS METHODS === #

    @api.model
    def _cron_remind_keys(self):
        """Ask for a new key before the one that signs gets too old (B10, B19)."""
        limit = fields.Date.context_today(self) + KEY_NOTICE
        for developer in self.search([("application_id.active", "=", True)]):
            expires_on = developer.key_expires_on
            if expires_on and expires_on <= limit:
                activities.ask(
                    developer,
                    "key_expires",
                    developer.create_uid,
                    date_deadline=expires_on,
                )

    def _add_key(self, pair):
        """Keep a key pair: ``services.signing.KeyPair``."""
        self.ensure_one()
        return (
            self.env["acorn.onboarding.key"]
            .sudo()
            .create(
                {
                    "developer_id": self.id,
                    "kid": pair.kid,
                    "public_key": pair.public_pem,
                    "private_key": pair.private_pem,
                }
            )
        )

    def _get_key(self):
        """Return the key that signs now.

        :raise UserError: when there is none
        """
        self.ensure_one()
        key = self.sudo().key_ids._get_newest()
        if not key:
            raise UserError(
                self.env._(
                    "%(developer)s has no key. Press New Key and give Amazon the public"
                    " half.",
                    developer=self.display_name,
                )
            )
        return key

    def _get_endpoint(self):
        """Return the base address, checked again at use.

        Tokens and signatures go there, so only Amazon's own hosts are taken, and for a
        simulator only this machine.

        :rtype: str
        :raise ValidationError: an address of somebody else
        """
        self.ensure_one()
        application = self.application_id.sudo()
        if application.environment == "simulator":
            return application._get_simulator_url()
        parts = urlsplit(self.endpoint or "")
        host = f".{parts.hostname or ''}"
        if parts.scheme != "https" or not host.endswith(HOSTS) or parts.username:
            raise ValidationError(
                self.env._(
                    "%(endpoint)s is no https address of Amazon. Copy it from Amazon's"
                    " answer to your application for access.",
                    endpoint=self.endpoint or "",
                )
            )
        return self.endpoint.rstrip("/")

    def _is_tested(self):
        """Whether registrations were approved in a sandbox or simulator (B15)."""
        self.ensure_one()
        return bool(
            self.env["acorn.onboarding.registration"]
            .sudo()
            .search_count(
                [
                    ("developer_id", "=", self.tested_with_id.id),
                    ("developer_id", "!=", False),
                    ("channel", "=", "api"),
                    ("state", "=", "approved"),
                ],
                limit=1,
            )
        )

    def _is_trial_used_up(self):
        """Whether as many were sent, or wait, as may be before somebody confirms (B15).

        Whoever submits at the same time waits here, and starts over with what the first
        one has committed: a lock alone would leave them counting an old snapshot.

        :rtype: bool
        """
        self.ensure_one()
        if self.trial_confirmed_on:
            return False
        query = SQL(
            "UPDATE %s SET trial_limit = trial_limit WHERE id = %s",
            SQL.identifier(self._table),
            self.id,
        )
        self.env.cr.execute(query, log_exceptions=False)
        taken = (
            self.env["acorn.onboarding.registration"]
            .sudo()
            .search_count(
                [
                    ("developer_id", "=", self.id),
                    "|",
                    ("submission_ids.channel", "=", "api"),
                    ("state", "=", "queued"),
                ]
            )
        )
        return taken >= self.trial_limit
