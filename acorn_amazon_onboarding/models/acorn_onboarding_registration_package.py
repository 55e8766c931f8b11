from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_datetime

from ..mappers.package import (
    Check,
    PackageFile,
    Row,
    Section,
    Summary,
    build_archive,
    document_path,
    package_name,
)

OFFICER = "acorn_amazon_onboarding.group_acorn_onboarding_officer"
PACKAGE_PATH = "/acorn_amazon_onboarding/package"
# Papers are decrypted in memory; more at once would fill a worker's.
MAX_PACKAGES = 20
ADDRESS = (
    ("street", True),
    ("street2", False),
    ("city", True),
    ("state_id", False),
    ("zip", False),
    ("country_id", True),
)
PERSON = (
    ("name", True),
    ("nationality_id", True),
    ("birth_date", True),
    ("identity_type", True),
    ("identity_number", True),
    ("identity_country_id", True),
    ("identity_expires_on", True),
)


class AcornOnboardingRegistration(models.Model):
    _inherit = "acorn.onboarding.registration"

    # === ACTION METHODS === #

    def action_download_package(self):
        """Download all that a person needs to fill in Seller Central (B26)."""
        self._check_may_export()
        return {
            "type": "ir.actions.act_url",
            "url": f"{PACKAGE_PATH}/{','.join(map(str, self.ids))}",
            "target": "download",
        }

    # === EXPORT === #

    def _check_may_export(self):
        """Personal data leaves the system: officers only, and only what they may read.

        :raise AccessError: for everybody else, and for another company's papers
        :raise UserError: for too many at once
        """
        if not self.env.user.has_group(OFFICER):
            raise AccessError(self.env._("Only onboarding officers download packages."))
        self.check_access("read")
        self.entity_id.check_access("read")
        for registration in self:
            registration._get_documents().sudo(False).check_access("read")
        if len(self) > MAX_PACKAGES:
            raise UserError(
                self.env._(
                    "Choose at most %(count)s registrations at once.",
                    count=MAX_PACKAGES,
                )
            )

    def _export_packages(self):
        """Return the packages as one archive, and write down that they left (B26, B27).

        One registration's files lie at the top, several have a folder each. The
        archive is made in memory; the papers in clear are stored nowhere.

        :return: file name and content
        :rtype: tuple[str, bytes]
        """
        self._check_may_export()
        today = fields.Date.context_today(self).isoformat()
        names = [registration._get_package_name() for registration in self]
        is_single = len(self) == 1
        content = build_archive(
            ("" if is_single else name, registration._prepare_package())
            for name, registration in zip(names, self, strict=True)
        )
        name = names[0] if is_single else package_name(self.env._("Packages"))
        return f"{name}_{today}.zip", content

    def _get_package_name(self):
        self.ensure_one()
        country = self.marketplace_id.country_id.code or ""
        return package_name(self.entity_id.sudo().name or "", country, str(self.id))

    def _prepare_package(self):
        """Return the files of one package, and note the download.

        :rtype: list[PackageFile]
        """
        self.ensure_one()
        paths = self._get_document_paths()
        summary = self._draw_summary(self._prepare_summary())
        files = [PackageFile("summary.pdf", summary)]
        files += [
            PackageFile(path, document._get_content())
            for document, path in paths.items()
        ]
        self._note_documents(
            self.env._("The package was downloaded, with these documents:"),
            self.env._("The package was downloaded, without documents."),
        )
        return files

    def _note_documents(self, text, text_without):
        """Write into the history which versions left the system, by checksum.

        The names are those in the package: they tell nothing about a person.
        """
        self.ensure_one()
        paths = self._get_document_paths()
        lines = Markup().join(
            Markup("<li>%s · SHA-256 %s</li>") % (path, document.checksum)
            for document, path in paths.items()
        )
        body = Markup("<p>%s</p>") % (text if paths else text_without)
        self.message_post(body=body + Markup("<ul>%s</ul>") % lines if lines else body)

    def _get_document_paths(self):
        """Return where the newest usable documents lie in the package (B6).

        :rtype: dict
        """
        return {
            document: document_path(
                number,
                document.type_id.code,
                document.language or "",
                document.version,
                document.mimetype,
            )
            for number, document in enumerate(self._get_documents(), 1)
        }

    # === SUMMARY === #

    def _prepare_summary(self):
        """Return what the PDF says, in the order of Seller Central's forms."""
        self.ensure_one()
        entity = self.entity_id.sudo()
        country = entity.acorn_onboarding_registration_country_id or entity.country_id
        return Summary(
            title=self.env._(
                "Amazon registration: %(marketplace)s",
                marketplace=self.marketplace_id.name,
            ),
            subtitle=" · ".join(
                filter(None, (entity.name, entity.acorn_onboarding_local_name))
            ),
            sections=(
                self._prepare_marketplace_section(),
                *self._prepare_business_sections(entity),
                *self._prepare_person_sections(entity),
                self._prepare_bank_section(entity),
                self._prepare_shop_section(entity),
                self._prepare_tax_section(),
                self._prepare_document_section(),
            ),
            checks=self._prepare_checks(),
            words=self._prepare_words(
                self.env._(
                    "Confidential. Downloaded by %(user)s on %(date)s. Delete it when"
                    " the registration is done.",
                    user=self.env.user.name,
                    date=format_datetime(self.env, fields.Datetime.now()),
                )
            ),
            script={"JP": "ja", "KR": "ko"}.get(country.code, "zh"),
        )

    def _prepare_marketplace_section(self):
        marketplace = self.marketplace_id
        rows = [
            self._row(marketplace, name)
            for name in ("name", "domain", "seller_central_url")
        ]
        return Section(self._label(self, "marketplace_id"), tuple(rows))

    def _prepare_business_sections(self, entity):
        names = (
            ("acorn_onboarding_local_name", False),
            ("acorn_onboarding_registration_number", True),
            ("acorn_onboarding_registration_country_id", True),
            ("acorn_onboarding_registered_on", False),
            ("acorn_onboarding_scope", False),
        )
        legal_name = Row(self.env._("Legal name"), entity.name or "", True)
        business = entity.acorn_onboarding_business_address_id
        return (
            Section(
                self.env._("Business information"),
                (legal_name, *self._rows(entity, names)),
            ),
            Section(self.env._("Registered address"), self._rows(entity, ADDRESS)),
            Section(
                self._label(entity, "acorn_onboarding_business_address_id"),
                self._rows(business, ADDRESS) if business else (),
            ),
        )

    def _prepare_person_sections(self, entity):
        people = entity.acorn_onboarding_representative_ids
        contact = Section(
            self.env._("Contact"),
            self._rows(entity, (("phone", True), ("email", True))),
        )
        if not people:
            title = self._label(entity, "acorn_onboarding_representative_ids")
            return contact, Section(title, (Row(title, "", True),))
        return contact, *(
            Section(self._text(person, "role"), self._rows(person, PERSON))
            for person in people
        )

    def _prepare_bank_section(self, entity):
        account = entity.bank_ids[:1]
        holder = account and (account.acc_holder_name or entity.name)
        bank = account.bank_id
        country = bank.country or entity.country_id
        return Section(
            self.env._("Bank account for payments"),
            (
                self._row(account, "acc_holder_name", True, holder),
                self._row(account, "acc_number", True),
                self._row(account, "bank_id", value=bank.name),
                self._row(bank, "bic"),
                self._row(
                    bank, "country", value=self._country(country) if account else ""
                ),
                self._row(account, "currency_id"),
            ),
        )

    def _prepare_shop_section(self, entity):
        brands = self.brand_names or entity.acorn_onboarding_brand_names
        return Section(
            self.env._("Store and brands"),
            (
                self._row(self, "selling_plan", True),
                self._row(self, "brand_names", value=brands),
                self._row(self, "category_names"),
                self._row(entity, "acorn_onboarding_is_business_seller"),
                self._row(entity, "acorn_onboarding_agreement_id"),
            ),
        )

    def _prepare_tax_section(self):
        return Section(
            self.env._("Tax"),
            tuple(
                Row(
                    f"{requirement.display_name} ·"
                    f" {self._country(self.marketplace_id.country_id)}",
                    self._get_answer(requirement, {}),
                    not requirement.is_optional,
                )
                for requirement in self._get_requirements("tax").sorted()
            ),
        )

    def _prepare_document_section(self):
        rows = []
        for document, path in self._get_document_paths().items():
            dates = [
                f"{self._label(document, name)} {self._text(document, name)}"
                for name in ("issued_on", "expires_on")
                if document[name]
            ]
            rows.append(Row(document.type_id.name, "\n".join((path, *dates))))
        return Section(self.env._("Documents"), tuple(rows))

    def _prepare_checks(self):
        """Return the marketplace's requirements, and what answers each."""
        kinds = dict(self.env["acorn.onboarding.requirement"]._fields["kind"].selection)
        paths = self._get_document_paths()
        optional = self.env._("Not given: Amazon asks for it in some cases only.")
        return tuple(
            Check(
                title=requirement.display_name,
                answer=self._get_answer(requirement, paths)
                or (requirement.is_optional and optional)
                or "",
                note=requirement.note or "",
                source=self._get_source(requirement),
            )
            for requirement in self._get_requirements(*kinds).sorted()
        )

    def _get_answer(self, requirement, paths):
        """Return what answers a requirement, empty when nothing does."""
        if requirement.kind == "category":
            return self.env._("Only if you sell in this category.")
        if requirement.kind == "person":
            people = self.entity_id.sudo().acorn_onboarding_representative_ids
            return ", ".join(
                people.filtered(lambda p: p.role == requirement.role).mapped("name")
            )
        if requirement.kind == "tax":
            tax = self._find_tax(requirement, fields.Date.context_today(self))
            return tax.number or (self._text(tax, "status") if tax else "")
        found = self._find_documents(requirement)
        return "\n".join(paths[document].rpartition("/")[2] for document in found)

    def _get_source(self, requirement):
        """Return where a requirement is written, and how sure that is."""
        label = self._label(requirement, "checked_on")
        lines = [
            requirement.source,
            requirement.link or "",
            f"{label} {self._text(requirement, 'checked_on')}",
            requirement.to_confirm and self._label(requirement, "to_confirm"),
        ]
        return "\n".join(filter(None, lines))
