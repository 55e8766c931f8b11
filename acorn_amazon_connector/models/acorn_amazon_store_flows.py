from odoo import fields, models
from odoo.exceptions import UserError


class AcornAmazonStore(models.Model):
    """What runs for a store, and where the goods of its orders come from."""

    _inherit = "acorn.amazon.store"

    task_ids = fields.One2many("acorn.amazon.task", "store_id")
    incident_ids = fields.One2many(
        "acorn.amazon.incident", "store_id", domain=[("state", "=", "open")]
    )
    live_since = fields.Datetime(copy=False, readonly=True)
    stock_counted_at = fields.Datetime(
        string="Stock Counted On",
        copy=False,
        help="Your stock in Odoo is right from this moment on: goods of orders that "
        "you shipped yourself before it are not deducted again. Empty: the moment the "
        "store went live.",
    )
    fba_warehouse_id = fields.Many2one(
        "stock.warehouse",
        string="FBA Warehouse",
        check_company=True,
        copy=False,
        help="Ships the orders that Amazon fulfils. Created when first needed.",
    )
    shipped_before_location_id = fields.Many2one(
        "stock.location",
        check_company=True,
        copy=False,
        readonly=True,
        help="Virtual place from which goods left before Odoo knew them.",
    )
    keep_no_pii = fields.Boolean(
        string="Keep No Buyer Data",
        help="Orders are booked on one generic buyer per marketplace; names and "
        "addresses of buyers never become contacts.",
    )

    def write(self, vals):
        """Override to start the store's tasks, and to go back when the date does."""
        is_moved = "import_from" in vals
        dates = {store: store.import_from for store in self} if is_moved else {}
        result = super().write(vals)
        if vals.get("state") in ("shadow", "live"):
            self._start_flows()
        for store, date in dates.items():
            store._import_earlier(date)
        return result

    def _import_earlier(self, date):
        """Take up what the import date kept out, if it was moved back or removed.

        What was never read the sweep notices by itself (A1).

        :param date: the date until now, naive UTC, or False
        """
        self.ensure_one()
        if date and self.import_from and self.import_from >= date:
            return
        store = self.sudo()
        store.env["acorn.amazon.exchange"].search(
            [("store_id", "=", store.id), ("reason_code", "=", "before_import_date")]
        )._reset()
        store.env["acorn.amazon.task"]._wake(store, "remote", code="orders_sweep")

    def _start_flows(self):
        """Create the missing tasks, apply what was watched, wake the runners."""
        flows = self.env["acorn.amazon.flow"].search([("active", "=", True)])
        for store in self.sudo():
            missing = flows - store.task_ids.flow_id
            store.task_ids.create(
                [{"store_id": store.id, "flow_id": flow.id} for flow in missing]
            )
            store.task_ids.write(
                {"next_run": fields.Datetime.now(), "parked_until": False}
            )
            if store.state == "live":
                store.live_since = store.live_since or fields.Datetime.now()
                # Later, tasks of both lanes would write these rows at the same time.
                named = store.with_context(lang=store.user_id.lang or self.env.lang)
                for participation in named.participation_ids:
                    participation._get_generic_buyer()
                store._apply_watched()
            store.task_ids._trigger_runners()

    def _run_before_start(self, code):
        """Run a flow for a store that is still being connected, as soon as possible.

        :param str code: of a flow that ``runs_before_start``
        :raise AccessError: the store is not the user's to change
        """
        self.ensure_one()
        self.check_access("write")
        flow = self.env["acorn.amazon.flow"].search(
            [("code", "=", code), ("runs_before_start", "=", True)]
        )
        if not flow:
            raise UserError(
                self.env._("This work is switched off under Configuration > Flows.")
            )
        task = self._get_task(code) or self.sudo().task_ids.create(
            {"store_id": self.id, "flow_id": flow.id}
        )
        task.action_run_now()

    def _get_task(self, code):
        """The store's task of a flow, or none.

        :rtype: acorn.amazon.task
        """
        return self.sudo().task_ids.filtered(lambda task: task.flow_id.code == code)

    def _read_open_orders_again(self):
        """Have what still has to be shipped read once more, with its buyers.

        Amazon does not touch an order when it begins to show more of it.
        """
        self._get_task("orders_sweep").rereads_open = True

    def _apply_watched(self):
        """Documents that were only watched now become orders (X7)."""
        self.ensure_one()
        self.env["acorn.amazon.exchange"].search(
            [("store_id", "=", self.id), ("state", "=", "shadow")]
        )._reset()

    def _lock_for_creating(self):
        """Let one worker at a time create what belongs to the store.

        :raise psycopg2.OperationalError: another has just done it; start over
        """
        query = "SELECT 1 FROM acorn_amazon_store WHERE id = %s FOR NO KEY UPDATE"
        self.env.cr.execute(query, [self.id])

    def _get_fba_warehouse(self):
        """The warehouse that stands for Amazon's own; created when first needed.

        :rtype: stock.warehouse
        """
        self.ensure_one()
        store = self.sudo()
        if not store.fba_warehouse_id:
            store._lock_for_creating()
            warehouses = self.env["stock.warehouse"].sudo()
            warehouse = warehouses.with_context(active_test=False).create(
                {
                    "name": self.env._("Amazon FBA %(store)s", store=store.name),
                    "code": f"FB{store.id:03d}"[:5],
                    "company_id": store.company_id.id,
                    "partner_id": False,
                }
            )
            store.fba_warehouse_id = warehouse
            store.fba_location_id = warehouse.lot_stock_id
        return store.fba_warehouse_id.with_env(self.env)

    def _get_shipped_before_location(self, order):
        """Where the goods of an order come from that left before stock was counted.

        :param order: ``sale.order`` of this store, fulfilled by the seller
        :return: a virtual location, or an empty one when the stock must be deducted
        :rtype: stock.location
        """
        self.ensure_one()
        location = self.env["stock.location"].sudo()
        counted = self.stock_counted_at or self.live_since
        if not counted or order.acorn_amazon_updated_at >= counted:
            return location
        if not self.shipped_before_location_id:
            self._lock_for_creating()
            self.sudo().shipped_before_location_id = location.create(
                {
                    "name": self.env._(
                        "Shipped before Odoo (%(store)s)", store=self.name
                    ),
                    "usage": "inventory",
                    "company_id": self.company_id.id,
                }
            )
        return self.shipped_before_location_id
