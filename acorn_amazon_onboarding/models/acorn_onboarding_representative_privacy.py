import json
import re

from markupsafe import Markup, escape

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_datetime

from ..mappers.package import (
    PackageFile,
    Row,
    Section,
    Summary,
    build_archive,
    document_path,
    package_name,
)
from .acorn_onboarding_registration_package import MAX_PACKAGES, OFFICER, PERSON

PERSONAL_DATA_PATH = "/acorn_amazon_onboarding/personal_data"
MASK = "***"


class AcornOnboardingRepresentative(models.Model):
    """What a person may ask for: everything about them, or that it is erased (B27)."""

    _inherit = "acorn.onboarding.representative"

    document_ids = fields.One2many("acorn.onboarding.document", "representative_id")

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_only_unsent(self):
        """Who was sent is still named in requests and history: erasing reaches both."""
        for person in self:
            if any(person._get_submissions().mapped("has_body")):
                raise UserError(
                    self.env._(
                        "%(person)s was sent to Amazon. A manager presses Erase for"
                        " Good.",
                        person=person.display_name,
                    )
                )

    # === ACTION METHODS === #

    def action_export_personal_data(self):
        """Download everything about a person."""
        self._check_may_export()
        return {
            "type": "ir.actions.act_url",
            "url": f"{PERSONAL_DATA_PATH}/{','.join(map(str, self.ids))}",
            "target": "download",
        }

    def action_erase(self):
        """Open the window in which a manager erases a person for good."""
        return self.env["acorn.onboarding.erase"]._open(people=self)

    # === WHO === #

    def _with_other_roles(self):
        """Return these and what else is about the same people.

        A director of three companies is entered three times: with the same identity
        document, or the same name and date of birth.
        """

        births = [day for day in self.mapped("birth_date") if day]
        similar = self.search(
            [
                "|",
                ("identity_country_id", "in", self.identity_country_id.ids),
                ("birth_date", "in", births),
            ]
        )
        return self | similar.filtered(lambda person: person._is_among(self))

    def _is_among(self, people):
        """Whether a person is one of some people.

        :rtype: bool
        """
        keys = self._get_identity_keys()
        return any(not keys.isdisjoint(other._get_identity_keys()) for other in people)

    def _get_identity_keys(self):
        """Return what no two people have in common.

        :rtype: set
        """
        self.ensure_one()
        number = "".join(filter(str.isalnum, self.identity_number or ""))
        document = (self.identity_country_id, number.casefold())
        birth = (" ".join((self.name or "").casefold().split()), self.birth_date)
        return {key for key in (document, birth) if all(key)}

    # === EXPORT === #

    def _check_may_export(self):
        """Only officers, and only what they may read.

        :raise AccessError: for everybody else, and for another company's people
        :raise UserError: for too many at once
        """
        if not self.env.user.has_group(OFFICER):
            raise AccessError(
                self.env._("Only onboarding officers export personal data.")
            )
        self.check_access("read")
        self.document_ids.check_access("read")
        if len(self) > MAX_PACKAGES:
            raise UserError(
                self.env._("Choose at most %(count)s people.", count=MAX_PACKAGES)
            )

    def _export_personal_data(self):
        """Return everything about a person as an archive, and note that it left.

        ``personal-data.pdf`` tells people, ``personal-data.json`` tells programs what
        is kept and to whom it was sent; beside them lie the files. The archive is made
        in memory; nothing is stored in clear.

        :return: file name and content
        :rtype: tuple[str, bytes]
        """
        people = self._with_other_roles()
        people._check_may_export()
        today = fields.Date.context_today(self).isoformat()
        folders = {
            person: person._get_document_paths(f"{number:02}")
            for number, person in enumerate(people, 1)
        }
        data = {
            "exported_on": today,
            "person": [p._prepare_personal_data(folders[p]) for p in people],
        }
        text = json.dumps(data, ensure_ascii=False, indent=2)
        summary = people._prepare_personal_summary(folders)
        files = [
            PackageFile("personal-data.pdf", people._draw_summary(summary)),
            PackageFile("personal-data.json", text.encode()),
            *(
                PackageFile(path, document._get_content())
                for paths in folders.values()
                for document, path in paths.items()
            ),
        ]
        for entity in people.entity_id:
            entity.message_post(
                body=self.env._("Everything about a representative was exported.")
            )
        name = package_name(self.env._("Personal data"), today)
        return f"{name}.zip", build_archive([("", files)])

    def _get_document_paths(self, folder):
        """Return where the person's files lie in the archive.

        :rtype: dict
        """
        self.ensure_one()
        documents = self.document_ids.sorted("id")
        return {
            document: f"{folder}/"
            + document_path(
                number,
                document.type_id.code,
                document.language or "",
                document.version,
                document.mimetype,
            )
            for number, document in enumerate(documents, 1)
        }

    def _prepare_personal_data(self, paths):
        """Return what is kept about a person in one company, as a JSON value.

        :param dict paths: of the person's documents
        """
        self.ensure_one()
        selection = {
            name: dict(self._fields[name]._description_selection(self.env))
            for name in ("role", "identity_type")
        }
        return {
            "company": self.entity_id.name,
            "role": selection["role"][self.role],
            "full_name": self.name,
            "nationality": self.nationality_id.code,
            "date_of_birth": _day(self.birth_date),
            "identity_document": {
                "type": selection["identity_type"][self.identity_type],
                "number": self.identity_number or None,
                "country": self.identity_country_id.code,
                "expires_on": _day(self.identity_expires_on),
            },
            "entered_on": _moment(self.create_date),
            "entered_by": self.create_uid.name,
            "files": [
                {
                    "file": path,
                    "type": document.type_id.name,
                    "version": document.version,
                    "language": document.language or None,
                    "issued_on": _day(document.issued_on),
                    "expires_on": _day(document.expires_on),
                    "sha256": document.checksum,
                    "uploaded_on": _moment(document.create_date),
                    "uploaded_by": document.create_uid.name,
                    "kept_until": _day(document.retained_until),
                }
                for document, path in paths.items()
            ],
            "sent": [
                {
                    "to": "Amazon",
                    "marketplace": submission.registration_id.marketplace_id.name,
                    "revision": submission.revision,
                    "sent_on": _moment(submission.sent_on),
                    "sent_by": submission.sent_by_id.name or None,
                    "request_id": submission.request_id or None,
                    "files": [
                        paths[document]
                        for document in submission.document_ids
                        if document in paths
                    ],
                }
                for submission in self._get_submissions()
                if submission.sent_on
            ],
        }

    def _prepare_personal_summary(self, folders):
        """Return what the PDF says: for each company the data, files and submissions.

        :param dict folders: for each person the paths of the documents
        """
        footer = self.env._(
            "Confidential. Downloaded by %(user)s on %(date)s.",
            user=self.env.user.name,
            date=format_datetime(self.env, fields.Datetime.now()),
        )
        sections = []
        for person in self:
            name = person.entity_id.name
            sections.append(
                Section(
                    name, (person._row(person, "role"), *person._rows(person, PERSON))
                )
            )
            rows = [
                Row(document.display_name, path)
                for document, path in folders[person].items()
            ]
            sections.append(Section(self.env._("Files"), tuple(rows)))
            rows = [
                Row(format_datetime(self.env, sent.sent_on), sent.display_name)
                for sent in person._get_submissions().filtered("sent_on")
            ]
            sections.append(Section(self.env._("Sent to Amazon"), tuple(rows)))
        return Summary(
            title=self.env._("Personal data"),
            subtitle=", ".join(dict.fromkeys(self.mapped("name"))),
            sections=tuple(sections),
            checks=None,
            words=self._prepare_words(footer),
        )

    def _get_submissions(self):
        """Return what was sent of the person's company."""
        self.ensure_one()
        registrations = self.entity_id.sudo().acorn_onboarding_registration_ids
        return registrations.submission_ids.sorted("id")

    # === ERASURE === #

    def _erase_into(self, erasure):
        """Erase people of one entity: papers, requests, names in the history.

        :param erasure: ``acorn.onboarding.erasure`` of their entity, that notes it
        """
        entity = self.entity_id
        registrations = entity.acorn_onboarding_registration_ids
        words = set().union(*(person._get_words() for person in self))
        roles = dict(self._fields["role"]._description_selection(self.env))
        registrations.submission_ids._erase_body(erasure)
        self.document_ids._erase_into(erasure)
        for person in self:
            erasure._note("person", roles[person.role])
        self.env["acorn.onboarding.finding"].sudo().search(
            [("res_model", "=", self._name), ("res_id", "in", self.ids)]
        ).unlink()
        # What Amazon is looking at is not checked again.
        named = re.compile("|".join(map(_as_word, words)))
        registrations.finding_ids.filtered(
            lambda finding: named.search(finding.reason)
        ).unlink()
        self.unlink()
        count = self._mask(words, entity, registrations)
        if count:
            erasure._note("text", self.env._("Names masked: %(count)s", count=count))

    def _get_words(self):
        """Return what names a person: the name, in either order, and the number.

        :rtype: set[str]
        """
        self.ensure_one()
        turned = " ".join(reversed(self.name.split()))
        texts = (self.name, turned, self.identity_number)
        return {text.strip() for text in texts if text and text.strip()}

    def _mask(self, words, entity, registrations):
        """Mask names and numbers in what people and Amazon have written.

        :param set[str] words: what must not be read any more
        :return: number of texts
        """
        words = words | {str(escape(word)) for word in words}
        pattern = re.compile("|".join(map(_as_word, words)))
        count = 0
        for model, place, names in _list_places(entity, registrations):
            records = self.env[model].sudo().with_context(active_test=False)
            for name in names:
                holds = Domain.OR(Domain(name, "ilike", word) for word in words)
                for record in records.search(Domain(place) & holds):
                    before = str(record[name])
                    after = pattern.sub(MASK, before)
                    if after != before:
                        is_html = record._fields[name].type == "html"
                        record[name] = Markup(after) if is_html else after
                        count += 1
        for registration in registrations.filtered("reasons"):
            before = json.dumps(registration.reasons, ensure_ascii=False)
            after = pattern.sub(MASK, before)
            if after != before:
                registration.reasons = json.loads(after)
                count += 1
        return count


def _list_places(entity, registrations):
    """Yield where names may stand: a model, a domain of its records, and fields."""
    stores = entity.acorn_onboarding_store_ids | registrations.store_id
    at = [("store_id", "in", stores.ids)]
    incidents = entity.env["acorn.amazon.incident"].search(at)
    for records in (entity, registrations, stores, incidents):
        on = [("model", "=", records._name), ("res_id", "in", records.ids)]
        about = [("res_model", "=", records._name), ("res_id", "in", records.ids)]
        yield "mail.message", on, ("subject", "body")
        yield "mail.mail", on, ("body_html",)
        yield "mail.activity", about, ("summary", "note", "feedback")
        yield "ir.attachment", about, ("name",)
    own = [("registration_id", "in", registrations.ids)]
    yield "acorn.onboarding.submission", own, ("answer",)
    yield "acorn.amazon.call", at, ("request_body", "response_body")
    yield "acorn.amazon.incident", at, ("details",)
    yield "acorn.amazon.task", at, ("last_error",)


def _as_word(text):
    """Return a pattern of a text that is no part of another Latin word or number."""
    before = r"(?<![A-Za-z0-9])" if text[0].isascii() else ""
    after = r"(?![A-Za-z0-9])" if text[-1].isascii() else ""
    # A single word may be an everyday one in small letters: May, Rose.
    case = "" if text.isalpha() else "i"
    return f"{before}(?{case}:{re.escape(text)}){after}"


def _day(value):
    return value.isoformat() if value else None


def _moment(value):
    return f"{value.isoformat()}Z" if value else None
