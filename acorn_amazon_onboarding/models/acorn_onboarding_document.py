import base64
import hashlib
import re
from dataclasses import asdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import NO_ACCESS
from odoo.tools.mimetypes import guess_mimetype

from odoo.addons.acorn_amazon_connector.models.guard import (
    check_created,
    check_written,
)
from odoo.addons.acorn_amazon_connector.services.crypto import KeyringError

from ..mappers.legibility import Problem, find_problems
from . import activities

MIMETYPES = ("application/pdf", "image/jpeg", "image/png")
# What a file is about: it was checked, and sent, as that.
SUBJECT = {"entity_id", "type_id"}
# As the registration interface takes it: ja, zh-CN.
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
MAX_BYTES = 10 * 1024 * 1024
EXPIRY_NOTICE = timedelta(days=60)
# So long before the expiry the new version should be here.
RENEWAL = timedelta(days=14)


class AcornOnboardingDocument(models.Model):
    """One version of one paper of a legal entity, kept encrypted (B6).

    A new version names the one it replaces; only the newest valid version is ever
    offered to Amazon.
    """

    _name = "acorn.onboarding.document"
    _description = "Onboarding Document"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "entity_id, type_id, version desc, id desc"
    _rec_names_search = ["type_id.name", "entity_id.name", "representative_id.name"]

    entity_id = fields.Many2one(
        "res.partner", "Legal Entity", required=True, ondelete="restrict", index=True
    )
    company_id = fields.Many2one(related="entity_id.company_id", store=True, index=True)
    type_id = fields.Many2one(
        "acorn.onboarding.document.type", required=True, ondelete="restrict"
    )
    has_expiry = fields.Boolean(related="type_id.has_expiry")
    is_personal = fields.Boolean(related="type_id.is_personal")
    representative_id = fields.Many2one(
        "acorn.onboarding.representative",
        compute="_compute_representative_id",
        store=True,
        readonly=False,
        precompute=True,
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
    address_on_document = fields.Char(
        help="The company's address exactly as the document spells it."
    )
    issued_on = fields.Date()
    expires_on = fields.Date(tracking=True)
    translation_of_id = fields.Many2one(
        "acorn.onboarding.document",
        domain="[('entity_id', '=', entity_id), ('id', '!=', id)]",
        ondelete="restrict",
    )
    version = fields.Integer(default=1, readonly=True, copy=False)
    previous_id = fields.Many2one(
        "acorn.onboarding.document", "Replaces", copy=False, ondelete="set null"
    )
    next_ids = fields.One2many("acorn.onboarding.document", "previous_id")
    state = fields.Selection(
        [
            ("valid", "Valid"),
            ("expiring", "Expires Soon"),
            ("expired", "Expired"),
            ("replaced", "Replaced"),
            ("erased", "Erased"),
        ],
        compute="_compute_state",
        search="_search_state",
    )
    file = fields.Binary(compute="_compute_file", inverse="_inverse_file")
    file_name = fields.Char(required=True)
    mimetype = fields.Char(readonly=True, copy=False)
    size = fields.Integer("Size (bytes)", readonly=True, copy=False)
    checksum = fields.Char(
        readonly=True,
        copy=False,
        help="SHA-256 of the file: proves which version was sent.",
    )
    body = fields.Binary(attachment=False, groups=NO_ACCESS, copy=False)
    legibility = fields.Selection(
        [("ok", "Legible"), ("poor", "Not Legible")], readonly=True, copy=False
    )
    legibility_findings = fields.Json(readonly=True, copy=False)
    legibility_problem = fields.Text(compute="_compute_legibility_problem")

    # === COMPUTE METHODS === #

    @api.depends("entity_id", "type_id")
    def _compute_representative_id(self):
        """Propose the person where an entity has only one, in whatever roles (B27)."""
        for document in self:
            people = document.entity_id.sudo().acorn_onboarding_representative_ids
            if not document.is_personal:
                document.representative_id = False
            elif document.representative_id not in people:
                first = people[:1]
                is_one = all(other._is_among(first) for other in people - first)
                document.representative_id = first if is_one else False

    @api.depends("type_id", "entity_id", "representative_id", "version", "language")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for document in self:
            owner = document.representative_id or document.entity_id
            words = [document.type_id.name, owner.name]
            if document.language:
                words.append(document.language)
            words.append(f"v{document.version}")
            document.display_name = " · ".join(filter(None, words))

    @api.depends("expires_on", "next_ids", "erased_on")
    def _compute_state(self):
        today = fields.Date.context_today(self)
        for document in self:
            if document.erased_on:
                document.state = "erased"
            elif document.next_ids:
                document.state = "replaced"
            elif document.expires_on and document.expires_on < today:
                document.state = "expired"
            elif document.expires_on and document.expires_on < today + EXPIRY_NOTICE:
                document.state = "expiring"
            else:
                document.state = "valid"

    @api.depends("legibility_findings")
    @api.depends_context("lang")
    def _compute_legibility_problem(self):
        """Say in the reader's language what is wrong with the scan."""
        for document in self:
            document.legibility_problem = "\n".join(
                document._explain_legibility(Problem(**finding))
                for finding in document.legibility_findings or []
            )

    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        kept = fields.Domain("erased_on", "=", False)
        newest = fields.Domain("next_ids", "=", False) & kept
        domains = {
            "erased": ~kept,
            "replaced": fields.Domain("next_ids", "!=", False) & kept,
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
            if document.erased_on:
                continue
            if document.type_id.has_expiry and not document.expires_on:
                raise ValidationError(
                    self.env._(
                        "Enter when %(document)s expires: it is worth nothing without.",
                        document=document.display_name,
                    )
                )
            dates = (document.issued_on, document.expires_on)
            if all(dates) and document.expires_on <= document.issued_on:
                raise ValidationError(
                    self.env._(
                        "%(document)s cannot expire before it was issued.",
                        document=document.display_name,
                    )
                )

    @api.constrains("language")
    def _check_language(self):
        for document in self.filtered("language"):
            if not LANGUAGE.fullmatch(document.language):
                raise ValidationError(
                    self.env._(
                        "Enter the language as a code in small letters: zh for Chinese,"
                        " en for English, ja for Japanese."
                    )
                )

    @api.constrains("type_id", "representative_id")
    def _check_person(self):
        """Whoever asks for their data has to get all of it (B27)."""
        for document in self:
            is_open = document.is_personal and not document.erased_on
            if is_open and not document.representative_id:
                raise ValidationError(
                    self.env._(
                        "Enter whose document it is: %(document)s",
                        document=document.display_name,
                    )
                )

    @api.constrains(
        "entity_id", "representative_id", "translation_of_id", "previous_id"
    )
    def _check_one_entity(self):
        for document in self:
            others = (
                document.representative_id.entity_id
                | document.translation_of_id.entity_id
                | document.previous_id.entity_id
            )
            if others - document.entity_id:
                raise ValidationError(
                    self.env._(
                        "%(document)s mixes papers of two legal entities.",
                        document=document.display_name,
                    )
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        model = check_created(self, vals_list)
        documents = super(AcornOnboardingDocument, model).create(vals_list)
        for document in documents.filtered("previous_id"):
            document.sudo().version = document.previous_id.version + 1
        activities.end(documents.previous_id, "document_expires")
        return documents

    def write(self, vals):
        """Leave alone what proves which file was sent, and what is erased (B6, B27)."""
        check_written(self, vals, ("previous_id",))
        if self.env.su:
            return super().write(vals)
        if erased := self.filtered("erased_on"):
            raise UserError(
                self.env._("%(document)s is erased.", document=erased[0].display_name)
            )
        if not SUBJECT.isdisjoint(vals):
            self._check_has_no_file()
        if "representative_id" in vals:
            self.filtered("representative_id")._check_has_no_file()
        return super().write(vals)

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
        if self.next_ids or self.erased_on or self.legibility == "poor":
            return False
        if not self.checksum:
            return False
        return not self._get_date_problem(day)

    def _get_date_problem(self, day, newest_days=0):
        """Return why Amazon would not take the document's dates, for people.

        :param datetime.date day: the day of the submission
        :param int newest_days: what one marketplace asks instead of the type's value
        :rtype: str
        """
        self.ensure_one()
        ahead = self.type_id.valid_days_ahead
        if self.expires_on and self.expires_on < day:
            return self.env._("expired on %(date)s", date=self.expires_on)
        if self.expires_on and self.expires_on < day + timedelta(days=ahead):
            return self.env._(
                "expires on %(date)s: it has to be valid for another %(days)s days",
                date=self.expires_on,
                days=ahead,
            )
        newest_days = newest_days or self.type_id.newest_days
        if newest_days and not self.issued_on:
            return self.env._("has no date of issue")
        if newest_days and self.issued_on < day - timedelta(days=newest_days):
            return self.env._(
                "was issued on %(date)s: it may be at most %(days)s days old",
                date=self.issued_on,
                days=newest_days,
            )
        return ""

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

    def _check_has_no_file(self):
        """A file, and what it is about, is given once.

        :raise UserError: for the first that has one
        """
        for document in self.filtered("checksum"):
            raise UserError(
                self.env._(
                    "%(document)s is kept as it was sent. Press New Version to replace"
                    " it.",
                    document=document.display_name,
                )
            )

    def _store_content(self, content):
        self.ensure_one()
        self._check_has_no_file()
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
                **self._judge(content, mimetype),
            }
        )

    def _judge(self, content, mimetype):
        """Return whether a reviewer could read a file, and what to do if not (B20)."""
        self.ensure_one()
        problems = find_problems(content, mimetype, self.type_id._get_limits())
        return {
            "legibility": "poor" if problems else "ok",
            "legibility_findings": [asdict(problem) for problem in problems] or False,
        }

    def _explain_legibility(self, problem):
        texts = {
            "damaged": self.env._(
                "The file is damaged. Scan or save the document again."
            ),
            "encrypted": self.env._(
                "The PDF has a password. Save it without one: Amazon cannot open it."
            ),
            "empty": self.env._("The PDF has no page. Save the document again."),
            "blank": self.env._(
                "The page is blank. Check that the right side was scanned."
            ),
            "small": self.env._(
                "The image has only %(pixels)s pixels on its shorter side, %(limit)s"
                " are needed. Scan it again with 300 dpi.",
                pixels=int(problem.value),
                limit=self.type_id.min_pixels,
            ),
            "blurred": self.env._(
                "The image is blurred. Lay the paper flat and scan it, or photograph"
                " it again in good light and hold still."
            ),
            "cut": self.env._(
                "The writing runs over the edge of the image: a part of the page is"
                " missing. Scan the whole page again, with its margins."
            ),
        }
        text = texts[problem.code]
        if not problem.page:
            return text
        return self.env._("Page %(page)s: %(text)s", page=problem.page, text=text)

    @api.model
    def _cron_remind_expiry(self):
        """Ask for renewal before a document or tax registration ends (B6, B19)."""
        limit = fields.Date.context_today(self) + EXPIRY_NOTICE
        self.env["acorn.onboarding.tax.registration"]._remind_expiry(limit)
        for document in self.search(
            [("next_ids", "=", False), ("expires_on", "<=", limit)]
        ):
            activities.ask(
                document,
                "document_expires",
                document.entity_id.user_id or document.create_uid,
                date_deadline=document.expires_on - RENEWAL,
            )
