from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import AmazonCase

MODELS = (
    "acorn.amazon.application",
    "acorn.amazon.budget",
    "acorn.amazon.call",
    "acorn.amazon.carrier",
    "acorn.amazon.connect.wizard",
    "acorn.amazon.demand",
    "acorn.amazon.exchange",
    "acorn.amazon.fba.balance",
    "acorn.amazon.fba.event",
    "acorn.amazon.fba.inventory",
    "acorn.amazon.flow",
    "acorn.amazon.inbound.box",
    "acorn.amazon.inbound.box.line",
    "acorn.amazon.inbound.item",
    "acorn.amazon.inbound.option",
    "acorn.amazon.inbound.plan",
    "acorn.amazon.inbound.shipment",
    "acorn.amazon.incident",
    "acorn.amazon.key.rotation",
    "acorn.amazon.label",
    "acorn.amazon.listing",
    "acorn.amazon.listing.issue",
    "acorn.amazon.marketplace",
    "acorn.amazon.oauth.nonce",
    "acorn.amazon.offer",
    "acorn.amazon.outbound",
    "acorn.amazon.package",
    "acorn.amazon.package.feed",
    "acorn.amazon.package.item",
    "acorn.amazon.participation",
    "acorn.amazon.preflight.line",
    "acorn.amazon.price.event",
    "acorn.amazon.product.type",
    "acorn.amazon.publication",
    "acorn.amazon.publication.feed",
    "acorn.amazon.publication.item",
    "acorn.amazon.publication.value",
    "acorn.amazon.stock.event",
    "acorn.amazon.store",
    "acorn.amazon.submission",
    "acorn.amazon.submission.batch",
    "acorn.amazon.task",
    "acorn.amazon.token",
)
# Seen by everybody who may use the app; they belong to no company.
SHARED = {
    "acorn.amazon.carrier",
    "acorn.amazon.flow",
    "acorn.amazon.marketplace",
    "acorn.amazon.product.type",
}
# Seen by nobody at all.
HIDDEN = {
    "acorn.amazon.oauth.nonce",
    "acorn.amazon.price.event",
    "acorn.amazon.stock.event",
    "acorn.amazon.token",
}
# Of the server as a whole.
ADMINISTRATION = {"acorn.amazon.key.rotation"}


@tagged("post_install", "-at_install")
class TestAccess(AmazonCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["acorn.amazon.participation"]._refresh(
            cls.store, [cls._participation_row("de")]
        )
        cls.env["acorn.amazon.listing"].create({"store_id": cls.store.id, "sku": "A"})
        cls.env["acorn.amazon.preflight.line"]._ensure_lines(cls.store)
        cls.env["acorn.amazon.connect.wizard"]._get_for_store(cls.store)
        cls.env["acorn.amazon.exchange"]._keep(
            cls.store, "order", [("305-1", None, {"orderId": "305-1"})]
        )
        cls.env["acorn.amazon.incident"]._raise(cls.store, "other", "Something")
        cls.store.action_shadow()
        cls.application.company_id = cls.env.company

    def test_the_list_of_models_is_complete(self):
        self.assertEqual(
            set(MODELS),
            {
                name
                for name in self.env
                if name.startswith("acorn.amazon.")
                and not self.env[name]._abstract
                and not self.env[name]._transient
            },
        )

    def test_outsiders_see_nothing(self):
        for user in (self.outsider, self.portal):
            for name in MODELS:
                with self.subTest(user=user.login, model=name):
                    with self.assertRaises(AccessError):
                        self.env[name].with_user(user).search([])
                    with self.assertRaises(AccessError):
                        self.env[name].with_user(user).create({})

    def test_another_company_sees_nothing(self):
        for name in MODELS:
            if name in SHARED | HIDDEN | ADMINISTRATION:
                continue
            with self.subTest(name):
                model = self.env[name].with_user(self.other_manager)
                self.assertFalse(model.search([]))

    def test_another_company_cannot_act_on_a_store(self):
        store = self.store.with_user(self.other_manager)
        for method in (
            "action_connect",
            "action_check_permissions",
            "action_go_live",
            "action_pause",
            "action_resume",
        ):
            with self.subTest(method), self.assertRaises(AccessError):
                getattr(store, method)()

    # The assistant of one company starts no work on a store of another.
    def test_another_company_starts_no_reading(self):
        assistant = self.env["acorn.amazon.connect.wizard"].with_user(
            self.other_manager
        )
        with self.assertRaises(AccessError):
            assistant.create(
                {"name": "Mine", "store_id": self.store.id}
            ).action_read_listings()

    def test_a_user_reads_and_a_manager_decides(self):
        store = self.store.with_user(self.user)
        self.assertEqual(store.name, "Test store")
        self.assertTrue(store.participation_ids)
        for method in ("action_connect", "action_check_permissions", "action_pause"):
            with self.subTest(method), self.assertRaises(AccessError):
                getattr(store, method)()
        with self.assertRaises(AccessError):
            store.participation_ids[0].warehouse_id = False
        self.store.with_user(self.manager).action_pause()
        self.assertEqual(self.store.state, "paused")

    def test_the_screens_open_for_users_and_managers(self):
        self.store.participation_ids._create_proposed()
        for user in (self.user, self.manager):
            for name in (
                "acorn.amazon.application",
                "acorn.amazon.listing",
                "acorn.amazon.participation",
                "acorn.amazon.store",
            ):
                record = self.env[name].with_user(user).search([], limit=1)
                with self.subTest(user=user.login, model=name):
                    self.assertTrue(record)
                    Form(record)
        Form(self.env["acorn.amazon.connect.wizard"].with_user(self.manager))

    def test_a_user_binds_a_listing_to_a_product(self):
        product = self.env["product.product"].create({"name": "Thing"})
        listing = self.store.listing_ids.with_user(self.user)
        listing.product_id = product
        self.assertEqual(self.store.listing_ids.match, "manual")

    def test_tokens_and_nonces_belong_to_nobody(self):
        admin = self.env.ref("base.user_admin")
        for name in HIDDEN:
            with self.assertRaises(AccessError):
                self.env[name].with_user(admin).search([])

    def test_a_manager_does_not_create_applications(self):
        with self.assertRaises(AccessError):
            self.env["acorn.amazon.application"].with_user(self.manager).create(
                {"name": "Mine", "client_id": "x", "application_id": "y"}
            )
