"""Who may see what of legal entities, their people and papers (B6, B19, B25, B27)."""

from odoo import models
from odoo.exceptions import AccessError
from odoo.modules.neutralize import get_neutralization_queries
from odoo.tests import tagged

from odoo.addons.acorn_amazon_connector.tests.common import USER_GROUP

from tests.odoo.common import needs_simulator
from tests.odoo.onboarding.onboarding import ADDON, OnboardingCase

OFFICER = f"{ADDON}.group_acorn_onboarding_officer"
MANAGER = f"{ADDON}.group_acorn_onboarding_manager"
PERSONAL = ("document", "representative", "tax.registration")


@needs_simulator
@tagged("standard", "post_install")
class TestOnboardingSecurity(OnboardingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = cls._create_user("onboarding_user", USER_GROUP)
        cls.officer = cls._create_user("onboarding_officer", OFFICER)
        cls.elsewhere = cls.env["res.company"].create({"name": "Elsewhere"})
        cls.stranger = cls._create_user("onboarding_stranger", MANAGER, cls.elsewhere)
        cls.employee = cls._create_user("onboarding_employee")
        cls.entity.company_id = cls.env.company
        cls.filed = cls.registration("fr")
        cls.filed.action_check()

    def models(self):
        return sorted(
            name
            for name, model in self.registry.items()
            if name.startswith("acorn.onboarding.") and not model._abstract
        )

    def test_outsiders_see_nothing(self):
        for name in self.models():
            for user in (self.employee, self._create_portal()):
                with self.subTest(model=name, user=user.login):
                    self.assertFalse(self.env[name].with_user(user).has_access("read"))

    def _create_portal(self):
        return self.env["res.users"].search(
            [("login", "=", "onboarding_portal")]
        ) or self._create_user("onboarding_portal", "base.group_portal")

    # B6: who only watches the board opens no papers.
    def test_users_see_no_personal_data(self):
        self.assertTrue(self.filed.with_user(self.user).read(["state", "error_count"]))
        for name in PERSONAL:
            with self.subTest(model=name), self.assertRaises(AccessError):
                self.env[f"acorn.onboarding.{name}"].with_user(self.user).search([])
        entity = self.entity.with_user(self.user)
        with self.assertRaises(AccessError):
            entity.read(["acorn_onboarding_document_ids"])
        for user, is_offered in ((self.user, False), (self.officer, True)):
            found = self.env["acorn.onboarding.finding"].with_user(user)
            arch = found.get_view(view_type="list")["arch"]
            self.assertEqual("action_open_record" in arch, is_offered)
        with self.assertRaises(AccessError):
            self.filed.with_user(self.user).action_submit()

    # B6: a window on records of another company shows nothing of them.
    def test_windows_on_another_companys_records(self):
        tried = set()
        for name in self.models():
            model = self.env[name].with_user(self.stranger)
            if not model._transient or not model.has_access("create"):
                continue
            for field, foreign in self._find_references(model):
                with self.subTest(name, field=field), self.assertRaises(AccessError):
                    self.env.invalidate_all()
                    spec = {n: {} for n in model._fields}
                    model.onchange({field: foreign}, [field], spec)
                with self.subTest(name, default=field), self.assertRaises(AccessError):
                    window = model.with_context(**{f"default_{field}": foreign})
                    window.onchange({}, [], spec)
                tried.add((name, field))
        answer = ("acorn.onboarding.answer", "registration_ids")
        cell = ("acorn.onboarding.open.marketplaces.cell", "registration_id")
        self.assertGreaterEqual(tried, {answer, cell})
        with self.assertRaises(AccessError):
            self.env[answer[0]].with_user(self.stranger).create(
                {
                    "registration_ids": [(6, 0, self.filed.ids)],
                    "state": "rejected",
                    "reason_id": self.env["acorn.onboarding.reason"].search([])[:1].id,
                }
            )

    def _find_references(self, model):
        """Fields that hold other records, each with one the stranger may not see."""
        for name, field in model._fields.items():
            wanted = field.type in ("many2one", "many2many") and not field.related
            if not wanted or name in models.LOG_ACCESS_COLUMNS:
                continue
            for record in self.env[field.comodel_name].search([], limit=200):
                if not record.with_user(self.stranger).has_access("read"):
                    single = field.type == "many2one"
                    yield name, record.id if single else [(6, 0, record.ids)]
                    break

    # B24: who accepted an agreement for an entity may do so, and is written down.
    def test_officers_accept_agreements(self):
        agreement = self.agreement.copy({"version": "accepted"})
        values = {"acorn_onboarding_agreement_id": agreement.id}
        seller = self._create_user("onboarding_seller", "base.group_partner_manager")
        with self.assertRaises(AccessError):
            self.entity.with_user(seller).write(values)
        with self.assertRaises(AccessError):
            self.entity.with_user(seller).create({"name": "Another", **values})
        default = {f"default_{name}": value for name, value in values.items()}
        with self.assertRaises(AccessError):
            self.entity.with_user(seller).with_context(**default).create({"name": "B"})
        self.entity.with_user(self.officer).write(values)
        self.env.flush_all()
        self.env.cr.precommit.run()
        [change] = self.entity.message_ids.sudo().tracking_value_ids.filtered(
            lambda value: value.field_id.name == "acorn_onboarding_agreement_id"
        )
        self.assertEqual(change.new_value_char, "accepted")
        self.assertEqual(change.create_uid, self.officer)

    def test_officers_work_and_read_no_secrets(self):
        filed = self.filed.with_user(self.officer)
        filed.action_check()
        person = self.entity.acorn_onboarding_representative_ids
        seen = person.with_user(self.officer)
        self.assertEqual(seen.identity_number, "E12345678")
        with self.assertRaises(AccessError):
            seen.read(["identity_number_encrypted"])
        document = self.entity.acorn_onboarding_document_ids[:1]
        with self.assertRaises(AccessError):
            document.with_user(self.officer).read(["body"])
        with self.assertRaises(AccessError):
            self.env["acorn.onboarding.key"].with_user(self.officer).search([])

    def test_companies_are_apart(self):
        for name in self.models():
            model = self.env[name]
            if "company_id" not in model._fields or not model.search_count([]):
                continue
            with self.subTest(model=name):
                own = model.search([("company_id", "=", self.env.company.id)])
                visible = model.with_user(self.stranger).search([])
                self.assertFalse(visible & own)

    # B6, B27: a copy of the database alone gives nothing away.
    def test_the_database_holds_no_clear_text(self):
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT identity_number_encrypted FROM acorn_onboarding_representative"
        )
        self.assertNotIn("E12345678", str(self.env.cr.fetchall()))
        self.env.cr.execute("SELECT body FROM acorn_onboarding_document")
        for (body,) in self.env.cr.fetchall():
            self.assertTrue(bytes(body).startswith(b"gAAAA"))
        self.env.cr.execute("SELECT private_key_encrypted FROM acorn_onboarding_key")
        self.assertNotIn("PRIVATE", str(self.env.cr.fetchall()))

    # A new key of the server re-encrypts papers and people as well.
    def test_rotation_takes_everything_along(self):
        self.env.flush_all()
        keyring = self.env["acorn.amazon.keyring"]
        document = self.entity.acorn_onboarding_document_ids[:1]
        content = document._get_content()
        for model, column in self.env["acorn.amazon.keyring"]._get_encrypted_columns():
            if model.startswith("acorn.onboarding."):
                with self.subTest(model=model, column=column):
                    _rows, lost = keyring._rotate_batch(model, column, 0)
                    self.assertEqual(lost, 0)
        self.env.invalidate_all()
        self.assertEqual(document._get_content(), content)

    # B10, B19: whoever starts a copy of the database signs for nobody.
    def test_a_neutralised_copy_has_no_keys(self):
        application = self._create_application(
            environment="production", simulator_url=False
        )
        developer = self.developer.create(
            {"application_id": application.id, "developer_id": "dev-live"}
        )
        developer.action_generate_key()
        self.env.flush_all()
        for query in get_neutralization_queries([ADDON]):
            self.env.cr.execute(query)
        self.env.invalidate_all()
        self.assertFalse(developer.key_ids)
        # The simulator is on this machine: a training database keeps working.
        self.assertTrue(self.developer.key_ids)

    # B10: the private half is never shown, whoever asks.
    def test_private_keys_stay_inside(self):
        key = self.developer.key_ids
        with self.assertRaises(AccessError):
            key.with_user(self.env.ref("base.user_admin")).read(["private_key"])
        self.assertIn("BEGIN PRIVATE KEY", key._get_secret("private_key"))
        exported = key.export_data(["kid", "public_key"])["datas"]
        self.assertNotIn("PRIVATE", str(exported))
