from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import AmazonCase

MODELS = (
    "acorn.amazon.application",
    "acorn.amazon.budget",
    "acorn.amazon.call",
    "acorn.amazon.carrier",
    "acorn.amazon.census",
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
        cls.env["acorn.amazon.census"].create({"store_id": cls.store.id})
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

    # A19: read-only is more than how a screen looks.
    def test_what_only_the_connector_writes(self):
        task = self.store.task_ids[:1]
        batch = self.env["acorn.amazon.submission.batch"].create(
            {"store_id": self.store.id, "origin": "stock"}
        )
        publication = self.env["acorn.amazon.publication"].create(
            {"store_id": self.store.id}
        )
        item = self.env["acorn.amazon.publication.item"].create(
            {
                "publication_id": publication.id,
                "participation_id": self.store.participation_ids[:1].id,
            }
        )
        for record, values in (
            (self.store, {"state": "live"}),
            (self.store, {"state_before_pause": "live"}),
            (self.store, {"state_before_refusal": "live"}),
            (self.store, {"seller_id": "ASOMEBODYELSE"}),
            (self.store, {"live_since": "2020-01-01"}),
            (self.store, {"stock_emergency": True}),
            (self.store, {"task_ids": [(1, task.id, {"cursor": "2030-01-01"})]}),
            (task, {"cursor": "2030-01-01"}),
            (task, {"page": {"token": "x"}}),
            (task, {"next_run": "2030-01-01"}),
            (task, {"lease_until": False}),
            (task, {"flow_id": task.flow_id.id}),
            (batch, {"feed_id": "1"}),
            (batch, {"submission_ids": [(5,)]}),
            (publication, {"state": "checked"}),
            (publication, {"item_ids": [(1, item.id, {"state": "checked"})]}),
            (item, {"state": "accepted"}),
            (item, {"amazon_submission_id": "1"}),
        ):
            seen = record.with_user(self.manager)
            with (
                self.subTest(record._name, values=values),
                self.assertRaises(AccessError),
            ):
                seen.write(values)
        task.with_user(self.manager).active = False

    # A19
    def test_a_store_begins_as_a_draft(self):
        values = {
            "name": "By hand",
            "application_id": self.application.id,
            "region": "eu",
        }
        stores = self.env["acorn.amazon.store"].with_user(self.manager)
        for more in ({"state": "live"}, {"seller_id": "AMINE"}):
            with self.subTest(more), self.assertRaises(AccessError):
                stores.create({**values, **more})
        store = stores.with_context(default_state="live", default_seller_id="AMINE")
        store = store.create(values)
        self.assertEqual((store.state, store.seller_id), ("draft", False))
        # Odoo's import of what people decide.
        columns = ["name", "application_id/.id", "region", "pending_days"]
        row = ["Imported", str(self.application.id), "eu", "9"]
        result = stores.load(columns, [row])
        self.assertTrue(result["ids"], result["messages"])
        result = stores.load([*columns, "state"], [[*row, "live"]])
        self.assertFalse(result["ids"])

    # A19: the buttons go on to write what people may not.
    def test_a_manager_leads_a_store_through_its_states(self):
        store = self.store.with_user(self.manager)
        store.action_go_live()
        store.action_pause()
        store.action_resume()
        self.assertEqual(store.state, "live")
        store.action_shadow()
        store.stock_mode = "publish"
        store.action_stock_to_zero()
        self.assertTrue(store.stock_emergency)
        store.action_stock_from_zero()
        self.assertFalse(store.stock_emergency)
        store._authorise(store.seller_id, "Atzr|again")
        self.assertEqual(store.state, "shadow")
        with self.assertRaises(AccessError):
            self.store.with_user(self.user).action_go_live()
        with self.assertRaises(AccessError):
            self.store.with_user(self.user).action_shadow()
        with self.assertRaises(AccessError):
            self.store.with_user(self.user)._authorise(store.seller_id, "Atzr|mine")

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
