"""What Amazon would reject is found before, with reason and record (B9, B20)."""

import base64
import io
from contextlib import contextmanager
from datetime import date, timedelta
from inspect import signature

from lxml import etree
from pypdf import PdfWriter

from odoo.exceptions import ValidationError
from odoo.tests import TransactionCase, tagged

from tests.odoo.common import needs_simulator
from tests.odoo.onboarding.onboarding import ADDON, OnboardingCase, scan

MARKETPLACES = [
    *("us", "ca", "mx", "br"),
    *("gb", "de", "fr", "it", "es", "nl", "se", "pl", "be", "ie", "tr"),
    *("jp", "au", "sg", "ae", "sa", "in"),
]
FRENCH = "FR40303265045"


def days(number):
    return date.today() + timedelta(days=number)


def blank_pdf(password=""):
    """A PDF without anything on its page, base64."""
    writer = PdfWriter()
    writer.add_blank_page(595, 842)
    if password:
        writer.encrypt(password)
    stream = io.BytesIO()
    writer.write(stream)
    return base64.b64encode(stream.getvalue())


@needs_simulator
@tagged("standard", "post_install")
class TestOnboardingChecks(OnboardingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        entity = cls.entity
        cls.papers = {
            paper.type_id.code: paper for paper in entity.acorn_onboarding_document_ids
        }
        cls.papers["ADDRESS_PROOF"] = cls.document(
            entity, "address_proof", issued_on=days(-20)
        )
        cls.vat = cls.tax(entity, "vat", "fr", FRENCH)
        cls.tax(entity, "eori", "de", "DE1234567")
        cls.person = entity.acorn_onboarding_representative_ids
        owner = {"role": "BENEFICIAL_OWNER", "identity_number": "E12345678"}
        cls.person.copy(owner)
        cls.filed = cls.registration("fr")

    @contextmanager
    def broken(self, name):
        """Let a test break something, and mend it afterwards."""
        with self.subTest(name), self.env.cr.savepoint() as savepoint:
            yield
            savepoint.rollback()
        self.env.invalidate_all()

    def findings(self, registration=None):
        registration = registration or self.filed
        registration.action_check()
        return registration.finding_ids

    def assertFinds(self, code, text, record=None, severity="error"):
        finding = self.findings()
        self.assertEqual(
            finding.rule_id.mapped("code"), [code], finding.mapped("reason")
        )
        self.assertEqual(len(finding), 1, finding.mapped("reason"))
        self.assertIn(text, finding.reason)
        self.assertEqual(finding.severity, severity)
        self.assertTrue(finding.advice)
        action = finding.action_open_record()
        opened = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(opened, record or self.entity)
        form = etree.fromstring(opened.get_view(*action["views"][0])["arch"])
        field = form.find(f".//field[@name='{finding.field_name}']")
        self.assertIsNotNone(field, finding.field_name)
        for page in field.xpath("ancestor::page"):
            self.assertEqual(page.get("autofocus"), "autofocus")
        self.assertEqual(
            self.filed.state, "checked" if severity == "error" else "ready"
        )

    # B20: a complete registration has no finding at all; each defect has exactly one.
    def test_entity(self):
        entity, person = self.entity, self.person
        self.assertEqual(self.findings().mapped("reason"), [])
        self.assertEqual(self.filed.state, "ready")
        with self.broken("incomplete"):
            entity.zip = False
            self.assertFinds("entity_data", "Postal code is missing")
        with self.broken("no licence number"):
            entity.acorn_onboarding_registration_number = False
            self.assertFinds("entity_data", "Business Registration Number is missing")
        with self.broken("no passport number"):
            owner = entity.acorn_onboarding_representative_ids - person
            owner.identity_number = False
            self.assertFinds("entity_data", "Identity Number is missing", owner)
        with self.broken("by hand only"):
            entity.phone = False
            self.assertFinds("entity_data", "Phone", severity="warning")
        with self.broken("birth date"):
            person[:1].birth_date = False
            self.assertFinds("entity_data", "Birth Date", person[:1], "warning")
        with self.broken("nobody copied the name"):
            licence = self.papers["BUSINESS_LICENSE"]
            licence.name_on_document = False
            self.assertFinds("licence_name", "nobody has copied", licence, "warning")
        with self.broken("identity"):
            person.identity_expires_on = days(100)
            self.assertFinds("identity_validity", str(days(100)), person)
        with self.broken("nobody acts"):
            person.role = "CONTACT"
            self.assertFinds("representatives", "No legal representative")
        with self.broken("no owner"):
            person.entity_id.acorn_onboarding_representative_ids[1:].unlink()
            self.assertFinds("representatives", "Beneficial Owner", severity="warning")
        with self.broken("holder"):
            entity.bank_ids.acc_holder_name = "Somebody Else"
            account = entity.bank_ids
            self.assertFinds("bank_account", "by “Somebody Else”", account, "warning")
        with self.broken("holder in other letters"):
            entity.bank_ids.acc_holder_name = entity.name.upper()
            self.assertFalse(self.findings())
        with self.broken("bank abroad"):
            bank = self.env["res.bank"].create(
                {"name": "B", "country": self.env.ref("base.us").id}
            )
            entity.bank_ids.bank_id = bank
            account = entity.bank_ids
            self.assertFinds("bank_account", "in US", account, "warning")
        with self.broken("twice"):
            other = self.entities["na"]
            other.write(
                {
                    "acorn_onboarding_registration_number": " "
                    + entity.acorn_onboarding_registration_number.lower(),
                    "acorn_onboarding_registration_country_id": (
                        entity.acorn_onboarding_registration_country_id.id
                    ),
                }
            )
            filed = self.registration("fr", other)
            self.assertFinds("duplicate_business", other.name, filed)
            filed.action_withdraw()
            self.assertFalse(self.findings())
        with self.broken("agreement"):
            entity.acorn_onboarding_agreement_id = False
            self.assertFinds("agreement", "has not accepted")
        with self.broken("agreement accepted before it holds"):
            entity.acorn_onboarding_agreement_id = self.agreement.create(
                {"version": "announced", "effective_on": days(30)}
            )
            self.assertFalse(self.findings())
        with self.broken("agreement that holds no longer"):
            self.agreement.create({"version": "new", "effective_on": days(0)})
            self.assertFinds("agreement", "has not accepted")

    # B6, B20: missing, expired, too old and unreadable are told apart.
    def test_documents(self):
        papers, letter = self.papers, self.papers["BANK_LETTER"]
        with self.broken("missing"):
            letter.unlink()
            self.assertFinds("documents", "Bank letter is missing")
        with self.broken("too old"):
            letter.issued_on = days(-200)
            text = f"was issued on {days(-200)}: it may be at most 180 days old"
            self.assertFinds("documents", text, letter)
        with self.broken("undated"):
            letter.issued_on = False
            self.assertFinds("documents", "has no date of issue", letter)
        with self.broken("expired"):
            papers["IDENTITY"].expires_on = days(-3)
            self.assertFinds("documents", f"expired on {days(-3)}", papers["IDENTITY"])
        with self.broken("expires soon"):
            papers["IDENTITY"].expires_on = days(90)
            self.assertFinds("documents", "another 180 days", papers["IDENTITY"])
        with self.broken("a passport for each person"):
            other = self.entity.acorn_onboarding_representative_ids - self.person
            both = papers["IDENTITY"] | self.document(
                self.entity,
                "identity",
                representative_id=other.id,
                expires_on=days(900),
            )
            self.assertFalse(self.findings())
            self.assertLessEqual(both, self.filed._get_documents())
        with self.broken("somebody without a passport"):
            other.write({"name": "Wang Fang", "identity_number": "E99999999"})
            self.assertFinds("documents", "of Beneficial Owner", severity="warning")
            other.role = "CONTACT"
            self.assertEqual(self.findings().rule_id.code, "representatives")
        with self.broken("uploaded anew, not as a version"):
            papers["BUSINESS_LICENSE"].version = 3
            new = self.document(self.entity, "licence")
            sent = self.filed._get_documents()
            self.assertIn(new, sent)
            self.assertNotIn(papers["BUSINESS_LICENSE"], sent)
        with self.broken("optional"):
            papers["ADDRESS_PROOF"].unlink()
            self.assertFinds("documents", "Proof of address", severity="warning")
            finding = self.filed.finding_ids
            self.assertTrue(finding.requirement_id.is_optional)
            self.assertIn("sell.amazon.it", finding.link)
        with self.broken("name"):
            papers["BUSINESS_LICENSE"].name_on_document = "Other Trading Ltd"
            self.assertFinds(
                "licence_name",
                "“Other Trading Ltd” is",
                papers["BUSINESS_LICENSE"],
                "warning",
            )
        with self.broken("address"):
            papers["BUSINESS_LICENSE"].address_on_document = "7 Elm Street, Elsewhere"
            self.assertFinds(
                "document_address", "Elm", papers["BUSINESS_LICENSE"], "warning"
            )
        with self.broken("the same address"):
            entity = self.entity
            parts = (entity.zip, entity.city, entity.street, entity.street2)
            address = ", ".join(filter(None, parts)).upper()
            papers["BUSINESS_LICENSE"].address_on_document = address
            self.assertFalse(self.findings())
        with self.broken("language in words"):
            for text in ("中文", "ZH", "Chinese"):
                with self.assertRaises(ValidationError):
                    papers["BUSINESS_LICENSE"].language = text
        with self.broken("language with its country"):
            japanese = self.registration("jp")
            needed = japanese._get_requirements("language")
            self.assertFalse(japanese._find_documents(needed))
            licence = papers["BUSINESS_LICENSE"]
            translation = self.document(
                self.entity, "licence", language="ja-JP", translation_of_id=licence.id
            )
            self.assertEqual(japanese._find_documents(needed), translation)
        with self.broken("language"):
            licence = papers["BUSINESS_LICENSE"]
            licence.language = "pl"
            self.assertFinds("document_language", "pl", licence, "warning")
            self.document(
                self.entity, "licence", language="en", translation_of_id=licence.id
            )
            self.assertFalse(self.findings())

    # B20: what was uploaded is looked at, and the person learns what to do.
    def test_legibility(self):
        old = self.papers["BUSINESS_LICENSE"]
        cases = (
            (scan(size=(400, 560)), "a.png", "only 400 pixels"),
            (blank_pdf(), "a.pdf", "Page 1: The page is blank"),
            (blank_pdf("secret"), "a.pdf", "has a password"),
            (scan(cut=25), "a.png", "runs over the edge"),
        )
        for file, name, text in cases:
            with self.broken(text):
                new = self.document(
                    self.entity,
                    "licence",
                    file=file,
                    file_name=name,
                    previous_id=old.id,
                )
                self.assertEqual(new.legibility, "poor")
                self.assertIn(text, new.legibility_problem)
                self.assertFinds("legibility", text, new)
        self.assertEqual((old.legibility, old.legibility_problem), ("ok", ""))
        with self.broken("thresholds are data"):
            old.type_id.write({"min_pixels": 300, "max_cut_strokes": 0})
            for file in (cases[0][0], cases[-1][0]):
                new = self.document(
                    self.entity, "licence", file=file, previous_id=old.id
                )
                self.assertEqual(new.legibility, "ok", new.legibility_problem)

    # B20, B29: numbers are right for their country; a shared number is taken.
    def test_taxes(self):
        vat = self.vat
        with self.broken("missing"):
            vat.unlink()
            self.assertFinds("tax_data", "VAT number for France is missing")
        with self.broken("expired"):
            vat.valid_until = days(-1)
            self.assertFinds("tax_data", f"expired on {days(-1)}", vat)
        with self.broken("check digit"):
            vat.number = "FR41303265045"
            self.assertFinds("tax_numbers", "check digit", vat)
        with self.broken("other country"):
            vat.number = "DE136695976"
            self.assertFinds("tax_numbers", "begins with DE", vat)
        with self.broken("form"):
            eori = self.entity.acorn_onboarding_tax_ids - vat
            eori.number = "123"
            self.assertFinds("tax_numbers", "DE123456789012345", eori)
        # Scheme, country, a right number, a wrong one.
        table = (
            ("vat", "de", "DE 136 695 976", "136695978"),
            ("vat", "gr", "EL094259216", "GR094259217"),
            ("vat", "gb", "GB980780684", "FR980780684"),
            ("vat", "gb", "XI 980 7806 84", "XI802311781"),
            ("vat", "nl", "NL004495445B01", "NL123456789B90"),
            ("vat", "es", "ESB58378431", "B64717839"),
            ("vat", "ie", "IE6433435F", "IE6433435E"),
            ("gst_hst", "ca", "123456782 RT0001", "123456782"),
            ("rfc", "mx", "GODE561231GR8", "GODE561331GR8"),
            ("cnpj", "br", "16.727.230/0001-97", "16727230000198"),
            ("abn", "au", "83 914 571 673", "99999999999"),
            ("gstin", "in", "27AAPFU0939F1ZV", "27AAPFU0939F1ZO"),
            ("pan", "in", "AAPFU0939F", "AAPFU0939"),
            ("jct", "jp", "T5835678256246", "T2835678256246"),
            ("vkn", "tr", "4540536920", "4540536921"),
            ("trn", "ae", "100 1234 5670 0003", "10012345670000"),
            ("trn", "sa", "300123456700003", "SA30012345670"),
        )
        for scheme, code, right, wrong in table:
            country = {"gb": "uk"}.get(code, code)
            with self.broken(f"{scheme} {code}"):
                tax = self.tax(self.entities["fe"], scheme, country, right)
                self.assertEqual(tax._get_number_problem(), "", right)
                tax.number = wrong
                self.assertTrue(tax._get_number_problem(), wrong)
        with self.broken("pattern"), self.assertRaises(ValidationError):
            self.env.ref(f"{ADDON}.tax_scheme_trn").pattern = "(unfinished"

    # B9: categories and brands are looked at before anything is listed.
    def test_goods(self):
        filed = self.filed
        with self.broken("category"):
            filed.category_names = "Seafood knives, Medical device, home"
            self.assertFinds("restricted_category", "Medical device", filed, "warning")
        with self.broken("harmless"):
            filed.category_names = "Kitchen, Toys"
            self.assertFalse(self.findings())
        with self.broken("another marketplace"):
            filed = self.registration("tr", category_names="Toys")
            codes = self.findings(filed).rule_id.mapped("code")
            self.assertIn("restricted_category", codes)
        with self.broken("brand"):
            filed = self.filed
            filed.brand_names = "Qinghe"
            self.assertFinds("brand_papers", "Qinghe", severity="warning")
            self.document(self.entity, "brand_certificate")
            self.assertFalse(self.findings())

    # B7, B20: whoever presses the button, everybody reads why in their own language.
    def test_reasons_in_the_readers_language(self):
        self.assertIn("zh_CN", dict(self.env["res.lang"].get_installed()))
        self.papers["BANK_LETTER"].issued_on = days(-400)
        self.entity.zip = False
        for lang in ("en_US", "zh_CN"):
            with self.subTest(pressed_by=lang):
                self.filed.with_context(lang=lang).action_check()
                for reader, paper in (("en_US", "Bank letter"), ("zh_CN", "银行证明")):
                    filed = self.filed.with_context(lang=reader)
                    self.assertEqual(len(filed.finding_ids), 2)
                    self.assertIn(paper, filed.problem_text)
                    entity = self.entity.with_context(lang=reader)
                    self.assertIn(paper, entity.acorn_onboarding_problem_text)

    # B7, B20: a country is the same one in every language.
    def test_addresses_in_several_languages(self):
        entity = self.entity
        licence = self.papers["BUSINESS_LICENSE"]
        for lang in ("en_US", "zh_CN"):
            country = entity.with_context(lang=lang).country_id.name
            parts = (entity.street, entity.street2, entity.city, entity.zip, country)
            licence.address_on_document = ", ".join(filter(None, parts))
            with self.subTest(lang):
                self.assertFalse(self.findings().mapped("reason"))

    # B9: what one marketplace asks is data: stricter dates, optional numbers.
    def test_other_marketplaces(self):
        self.papers["BANK_LETTER"].issued_on = days(-120)
        filed = self.registration("br")
        reasons = {f.reason: f.severity for f in self.findings(filed)}
        text = f"Bank letter was issued on {days(-120)}: it may be at most 92 days old."
        self.assertEqual(reasons.get(text), "error", reasons)
        self.assertEqual(reasons.get("CNPJ (Brazil) for Brazil is missing."), "error")
        filed = self.registration("mx")
        self.assertEqual(
            [(f.reason, f.severity) for f in self.findings(filed)],
            [("RFC (Mexico) for Mexico is missing.", "warning")],
        )
        self.assertEqual(filed.state, "ready")


@tagged("standard", "post_install")
class TestOnboardingData(TransactionCase):
    # B9: every marketplace says what it asks for, where that is written, and when read.
    def test_requirements(self):
        for code in MARKETPLACES:
            marketplace = self.env.ref(f"acorn_amazon_connector.marketplace_{code}")
            asked = marketplace.acorn_onboarding_requirement_ids
            with self.subTest(code):
                documents = asked.filtered(lambda r: r.kind == "document")
                needed = {"BUSINESS_LICENSE", "IDENTITY", "BANK_LETTER"}
                self.assertLessEqual(
                    needed, set(documents.mapped("document_type_id.code"))
                )
                self.assertIn("category", asked.mapped("kind"))
                self.assertTrue(all(asked.mapped("source")))
                self.assertTrue(all(asked.mapped("checked_on")))
                self.assertGreater(marketplace.acorn_onboarding_review_days, 0)
        asked = self.env["acorn.onboarding.requirement"].search([])
        for requirement in asked:
            with self.subTest(requirement.display_name):
                self.assertTrue(requirement.display_name)
                self.assertRegex(requirement.link or "https://", "^https?://")
                if requirement.source.endswith("a third party"):
                    self.assertTrue(requirement.to_confirm)

    # B20: numbers are checked by modules that exist, and the examples pass.
    def test_validators(self):
        taxes = self.env["acorn.onboarding.tax.registration"]
        asked = self.env["acorn.onboarding.requirement"].search([("kind", "=", "tax")])
        for requirement in asked:
            scheme = requirement.tax_scheme_id
            country = requirement.marketplace_id.country_id
            with self.subTest(requirement.marketplace_id.name, scheme=scheme.code):
                if scheme.validator:
                    self.assertTrue(scheme._get_validator(country), scheme.validator)
                tax = taxes.new(
                    {
                        "scheme_id": scheme.id,
                        "country_id": country.id,
                        "number": scheme.example,
                    }
                )
                self.assertEqual(tax._get_number_problem(), "")

    # B20: a rule is one record and at most one method; a method has its record.
    def test_rules(self):
        rules = self.env["acorn.onboarding.rule"].search([])
        checker = self.env["acorn.onboarding.checker"]
        # Odoo has such methods, too; those of this checker take a registration.
        methods = {
            name.removeprefix("_check_")
            for name in dir(type(checker))
            if name.startswith("_check_")
            and callable(getattr(checker, name))
            and "registration" in signature(getattr(checker, name)).parameters
        }
        self.assertEqual(methods - set(rules.mapped("code")), set())
        for rule in rules:
            self.assertTrue(rule.problem_domain or rule.code in methods, rule.code)
            self.assertTrue(rule.advice)
