import base64
import hashlib
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import NO_ACCESS
from odoo.tools.mimetypes import guess_mimetype

from odoo.addons.acorn_amazon_connector.services.crypto import KeyringError

MIMETYPES = ("application/pdf", "image/jpeg", "image/png")
MAX_BYTES = 10 * 1024 * 1024
EXPIRY_NOTICE = timedelta(days=60)


class AcornOnboardingDocument(models.Model):
    """One version of one paper of a legal entity, kept encrypted (B6).

    A new version names the one it replaces; only the newest valid version is ever
    offered to Amazon.
    """

    _name = "acorn.onboarding.document"
    _description = "Onboarding Document"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "entity_id, type_id, version desc, id desc"

    name = fields.Char(compute="_compute_name", store=True)
    entity_id = fields.Many2one(
        "res.partner", "Legal Entity", required=True, ondelete="restrict", index=True
    )
    company_id = fields.Many2one(related="entity_id.company_id", store=True, index=True)
    type_id = fields.Many2one(
        "acorn.onboarding.document.type", required=True, ondelete="restrict"
    )
    has_expiry = fields.Boolean(related="type_id.has_expiry")
    representative_id = fields.Many2one(
        "acorn.onboarding.representative",
        domain="[('entity_id', '=', entity_id)]",
        ondelete="restrict",
        help="The person whom the document is about.",
    )
    country_id = fields.Many2one(
        "res.country", help="The country whose office issued it."
    )
    language = fields.Char(help="Language code of the document, such as en, zh or ja.")
    name_on_document = fields.Char(
        help="The company's name exactly as the document spells it."
    )
    issued_on = fields.Date()
    expires_on = fields.Date(tracking=True)
    translation_of_id = fields.Many2one(
        "acorn.onboarding.document",
        domain="[('entity_id', '=', entity_id), ('id', '!=', id)]",
        ondelete="restrict",
    )
    version = fields.Integer(default=1, readonly=True)
    previous_id = fields.Many2one(
        "acorn.onboarding.document", "Replaces", readonly=True, ondelete="set null"
    )
    next_ids = fields.One2many("acorn.onboarding.document", "previous_id")
    state = fields.Selection(
        [
            ("valid", "Valid"),
            ("expiring", "Expires Soon"),
            ("expired", "Expired"),
            ("replaced", "Replaced"),
        ],
        compute="_compute_state",
        search="_search_state",
    )
    file = fields.Binary(compute="_compute_file", inverse="_inverse_file")
    file_name = fields.Char(required=True)
    mimetype = fields.Char(readonly=True)
    size = fields.Integer("Size (bytes)", readonly=True)
    checksum = fields.Char(
        readonly=True, help="SHA-256 of the file: proves which version was sent."
    )
    body = fields.Binary(attachment=False, groups=NO_ACCESS, copy=False)
    legibility = fields.Selection(
        [("ok", "Legible"), ("poor", "Not Legible")], readonly=True, copy=False
    )
    legibility_problem = fields.Text(readonly=True, copy=False)

    # === COMPUTE METHODS === #

    @api.depends("type_id", "entity_id", "representative_id", "version", "language")
    def _compute_name(self):
        for document in self:
            owner = document.representative_id or document.entity_id
            words = [document.type_id.name, owner.display_name]
            if document.language:
                words.append(document.language)
            document.name = f"{' · '.join(filter(None, words))} · v{document.version}"

    @api.depends("expires_on", "next_ids")
    def _compute_state(self):
        today = fields.Date.context_today(self)
        for document in self:
            if document.next_ids:
                document.state = "replaced"
            elif document.expires_on and document.expires_on < today:
                document.state = "expired"
            elif document.expires_on and document.expires_on < today + EXPIRY_NOTICE:
                document.state = "expiring"
            else:
                document.state = "valid"

    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        newest = fields.Domain("next_ids", "=", False)
        domains = {
            "replaced": ~newest,
            "expired": newest & fields.Domain("expires_on", "<", today),
            "expiring": newest
            & fields.Domain("expires_on", ">=", today)
            & fields.Domain("expires_on", "<", today + EXPIRY_NOTICE),
            "valid": newest
            & (
                fields.Domain("expires_on", "=", False)
                | fields.Domain("expires_on", ">=", today + EXPIRY_NOTICE)
            ),
        }
        return fields.Domain.OR(domains[state] for state in value if state in domains)

    @api.depends("checksum")
    def _compute_file(self):
        for document in self:
            content = document._get_content()
            document.file = base64.b64encode(content) if content else False

    def _inverse_file(self):
        for document in self:
            document._store_content(base64.b64decode(document.file or b""))

    # === CONSTRAINTS === #

    @api.constrains("type_id", "expires_on", "issued_on")
    def _check_dates(self):
        for document in self:
            if document.type_id.has_expiry and not document.expires_on:
                raise ValidationError(
                    self.env._(
                        "Enter when %(document)s expires: it is worth nothing without.",
                        document=document.name,
                    )
                )
            dates = (document.issued_on, document.expires_on)
            if all(dates) and document.expires_on <= document.issued_on:
                raise ValidationError(
                    self.env._(
                        "%(document)s cannot expire before it was issued.",
                        document=document.name,
                    )
                )

    @api.constrains("entity_id", "representative_id", "translation_of_id")
    def _check_one_entity(self):
        for document in self:
            others = (
                document.representative_id.entity_id
                | document.translation_of_id.entity_id
            )
            if others - document.entity_id:
                raise ValidationError(
                    self.env._(
                        "%(document)s mixes papers of two legal entities.",
                        document=document.name,
                    )
                )

    # === ACTION METHODS === #

    def action_new_version(self):
        """Open the form of the version that replaces this one."""
        self.ensure_one()
        newest = self._get_newest()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New Version"),
            "res_model": self._name,
            "view_mode": "form",
            "context": {
                "default_entity_id": newest.entity_id.id,
                "default_type_id": newest.type_id.id,
                "default_representative_id": newest.representative_id.id,
                "default_country_id": newest.country_id.id,
                "default_language": newest.language,
                "default_translation_of_id": newest.translation_of_id.id,
                "default_previous_id": newest.id,
                "default_version": newest.version + 1,
            },
        }

    # === BUSINESS METHODS === #

    def _get_newest(self):
        self.ensure_one()
        newest = self
        while newest.next_ids:
            newest = newest.next_ids[0]
        return newest

    def _is_usable(self, day):
        """Return whether Amazon would take this version on a day (B6, B20).

        :param datetime.date day: the day of the submission
        :rtype: bool
        """
        self.ensure_one()
        if self.next_ids or self.legibility == "poor" or not self.checksum:
            return False
        ahead = timedelta(days=self.type_id.valid_days_ahead)
        if self.expires_on and self.expires_on < day + ahead:
            return False
        youngest = timedelta(days=self.type_id.newest_days)
        return not (
            youngest and (not self.issued_on or self.issued_on < day - youngest)
        )

    def _get_content(self):
        """Return the file in clear.

        :rtype: bytes
        :raise UserError: when this server lacks the key that it was encrypted with
        """
        self.ensure_one()
        body = self.sudo().with_context(bin_size=False).body
        if not body:
            return b""
        try:
            return self.env["acorn.amazon.keyring"]._decrypt(body)
        except KeyringError as exc:
            raise UserError(str(exc)) from exc

    def _store_content(self, content):
        self.ensure_one()
        if self.checksum:
            raise UserError(
                self.env._(
                    "%(document)s is kept as it was sent. Press New Version to replace"
                    " it.",
                    document=self.name,
                )
            )
        mimetype = guess_mimetype(content)
        if mimetype not in MIMETYPES:
            raise UserError(
                self.env._("Amazon takes PDF, JPEG and PNG files. Convert this one.")
            )
        if len(content) > MAX_BYTES:
            raise UserError(
                self.env._("The file is larger than 10 MB. Make it smaller.")
            )
        try:
            token = self.env["acorn.amazon.keyring"]._encrypt(content)
        except KeyringError as exc:
            raise UserError(str(exc)) from exc
        self.sudo().write(
            {
                "body": token,
                "checksum": hashlib.sha256(content).hexdigest(),
                "mimetype": mimetype,
                "size": len(content),
            }
        )

    @api.model
    def _cron_remind_expiry(self):
        """Ask for a new version before a document expires (B6, B19)."""
        limit = fields.Date.context_today(self) + EXPIRY_NOTICE
        activity_type = "acorn_amazon_onboarding.activity_document_expires"
        for document in self.search(
            [("next_ids", "=", False), ("expires_on", "<=", limit)]
        ):
            if document.activity_search([activity_type]):
                continue
            document.activity_schedule(
                activity_type,
                date_deadline=document.expires_on - relativedelta(days=14),
                user_id=(document.entity_id.user_id or document.create_uid).id,
            )
