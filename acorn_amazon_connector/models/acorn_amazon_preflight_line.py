from datetime import timedelta

from odoo import api, fields, models

from ..mappers.fba_ledger import LEDGER_REPORT
from ..mappers.order_census import CENSUS_REPORT
from ..services.api.orders_v0 import BUYER_DATA
from ..services.errors import (
    AccessDeniedError,
    AuthorizationError,
    InvalidClientError,
    NotFoundError,
    ReauthorizationRequired,
    SpApiError,
    ThrottledError,
)
from ..services.marketplaces import MARKETPLACES
from ..services.operations import OPERATIONS
from .acorn_amazon_store import utc_now

RESTRICTED_TOKEN = "tokens.createRestrictedDataToken"
# Operation of a flow, what it is needed for, whether the connector cannot do without,
# and the method that tries it. Writes are not tried: the first real one tells.
CHECKS = (
    (
        "sellers.getMarketplaceParticipations",
        "marketplaces",
        True,
        "_probe_participations",
    ),
    ("orders.searchOrders", "orders", True, "_probe_search_orders"),
    ("orders.getOrder", "orders", True, "_probe_get_order"),
    ("reports.createReport", "census", False, "_probe_order_report"),
    ("listings.searchListingsItems", "listings", True, "_probe_search_listings"),
    ("ordersV0.confirmShipment", "shipments", False, None),
    ("listings.patchListingsItem", "stock", False, None),
    ("feeds.getFeeds", "feeds", False, "_probe_feeds"),
    (
        "definitions.searchDefinitionsProductTypes",
        "publish",
        False,
        "_probe_product_types",
    ),
    ("merchantFulfillment.createShipment", "labels", False, None),
    ("fbaInventory.getInventorySummaries", "fba", False, "_probe_fba_inventory"),
    ("reports.getReports", "fba", False, "_probe_ledger_report"),
    ("fulfillmentInbound.listInboundPlans", "inbound", False, "_probe_inbound"),
    (
        "fulfillmentOutbound.listAllFulfillmentOrders",
        "outbound",
        False,
        "_probe_outbound",
    ),
    ("ordersV0.getOrders", "older", False, "_probe_orders_v0"),
    (RESTRICTED_TOKEN, "older", False, "_probe_restricted_token"),
)
WRITES = {operation for operation, _purpose, _required, probe in CHECKS if not probe}
TAX_ROLES = ("Tax Invoicing (Restricted)", "Tax Remittance (Restricted)")
# Part of an older order → the roles of which one opens it.
RESTRICTED_ROLES = {
    "shippingAddress": ("Direct-to-Consumer Shipping (Restricted)",),
    "buyerInfo": TAX_ROLES,
    "buyerTaxInformation": TAX_ROLES,
}
# Operation → the roles, any one of which opens the type of report that it is for.
REPORT_ROLES = {
    "reports.createReport": (
        "Inventory and Order Tracking",
        "Amazon Fulfillment",
        "Product Listing",
        "Pricing",
    ),
    "reports.getReports": ("Amazon Fulfillment",),
}
# How long nobody asks again for a part that Amazon has refused.
REFUSAL_PERIOD = timedelta(days=1)
PURPOSES = [
    ("marketplaces", "Marketplaces of the seller"),
    ("orders", "Orders"),
    ("census", "Order census"),
    ("listings", "Listings and their products"),
    ("shipments", "Confirming shipments"),
    ("stock", "Stock and prices at Amazon"),
    ("feeds", "Many changes at once"),
    ("publish", "Publishing listings"),
    ("labels", "Labels from Amazon"),
    ("fba", "Stock in Amazon's warehouses"),
    ("inbound", "Sending goods to Amazon"),
    ("outbound", "Amazon ships other orders"),
    ("older", "Fallback: older orders interface"),
]


class AcornAmazonPreflightLine(models.Model):
    """What Amazon answered when a store tried one operation (A11, A20)."""

    _name = "acorn.amazon.preflight.line"
    _description = "Amazon Permission"
    _order = "store_id, sequence, id"
    _rec_name = "operation"

    store_id = fields.Many2one(
        "acorn.amazon.store", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    operation = fields.Char(required=True, readonly=True)
    purpose = fields.Selection(PURPOSES, "Needed For", readonly=True)
    is_required = fields.Boolean("Required", readonly=True)
    state = fields.Selection(
        [
            ("allowed", "Allowed"),
            ("denied", "Refused"),
            ("failed", "Failed"),
            ("untested", "Untested"),
        ],
        "Result",
        required=True,
        default="untested",
        readonly=True,
    )
    roles = fields.Text(
        compute="_compute_roles", help="Any one of these roles allows the operation."
    )
    refused_roles = fields.Text(
        readonly=True,
        help="What is missing, where Amazon's answer tells more than the operation.",
    )
    withheld = fields.Char(
        "Refused Parts",
        readonly=True,
        help="Parts of orders of the older interface that Amazon refuses.",
    )
    learned_at = fields.Datetime(
        "Refusals Found On",
        readonly=True,
        help="When the reading of orders last found out what Amazon refuses.",
    )
    error_text = fields.Char("Amazon's Answer", readonly=True)
    advice = fields.Text("What to Do", compute="_compute_advice")
    request_id = fields.Char("RequestId", readonly=True)
    checked_at = fields.Datetime("Checked On", readonly=True)

    _operation_uniq = models.Constraint(
        "UNIQUE(store_id, operation)", "This operation is on the list already."
    )

    @api.depends("operation", "refused_roles")
    def _compute_roles(self):
        for line in self:
            operation = OPERATIONS.get(line.operation)
            roles = operation.roles if operation else ()
            roles = REPORT_ROLES.get(line.operation, roles)
            line.roles = line.refused_roles or ", ".join(roles)

    @api.depends("state", "operation", "error_text")
    def _compute_advice(self):
        advice = {
            "denied": self.env._(
                "In Seller Central open Apps and Services > Develop Apps > Edit App,"
                " tick one role of each line named here, then authorise the store"
                " again."
            ),
            "failed": self.env._("Not a question of roles. Check again in a while."),
        }
        for line in self:
            line.advice = advice.get(line.state, "")
            if line.state != "untested":
                continue
            if line.error_text:
                line.advice = self.env._("Check again in a moment.")
            elif line.operation in WRITES:
                line.advice = self.env._("Not tried: the first real call tells.")

    # === BUSINESS METHODS === #

    @api.model
    def _ensure_lines(self, store):
        """Give a store one line per operation that its flows use.

        :rtype: acorn.amazon.preflight.line
        """
        lines = self.sudo().search([("store_id", "=", store.id)])
        used = {operation for operation, *_rest in CHECKS}
        lines.filtered(lambda line: line.operation not in used).unlink()
        lines = lines.exists()
        known = set(lines.mapped("operation"))
        return lines | lines.create(
            [
                {
                    "store_id": store.id,
                    "sequence": sequence,
                    "operation": operation,
                    "purpose": purpose,
                    "is_required": is_required,
                }
                for sequence, (operation, purpose, is_required, _probe) in enumerate(
                    CHECKS
                )
                if operation not in known
            ]
        )

    @api.model
    def _check_store(self, store):
        """Call each operation once, as cheaply as it can be called.

        :param store: ``acorn.amazon.store``
        :raise AuthorizationError: when Amazon does not know the store at all
        """
        lines = {line.operation: line for line in self._ensure_lines(store)}
        client = store._get_client()
        marketplaces = store._get_marketplace_ids()
        found = {}
        for operation, _purpose, _is_required, probe_name in CHECKS:
            if not probe_name:
                lines[operation]._recall()
                continue
            probe = getattr(self, probe_name)
            lines[operation]._record(
                lambda p=probe: p(client, store, marketplaces, found)
            )
        if "refusals" in found:
            lines[RESTRICTED_TOKEN]._keep_refusals(found["refusals"])

    def _record(self, probe):
        """Run one probe and keep what came of it."""
        vals = {"error_text": False, "request_id": False}
        try:
            probe()
            vals["state"] = "allowed"
        except NotFoundError:
            # Amazon looks at the role before it looks for the record.
            vals["state"] = "allowed"
        except (InvalidClientError, ReauthorizationRequired):
            # Not about this operation: the store as a whole is locked out.
            raise
        except AuthorizationError as exc:
            vals.update(state="denied", **self._prepare_error_vals(exc))
        except ThrottledError as exc:
            vals.update(state="untested", **self._prepare_error_vals(exc))
        except SpApiError as exc:
            vals.update(state="failed", **self._prepare_error_vals(exc))
        self.write({**vals, "checked_at": fields.Datetime.now()})

    def _recall(self):
        """Keep what came of the last real call, for an operation that is not tried."""
        call = self.env["acorn.amazon.call"].search(
            [
                ("store_id", "=", self.store_id.id),
                ("operation", "=", self.operation),
                ("status", "!=", 0),
            ],
            limit=1,
        )
        if not call or call.status >= 500 or call.status == 429:
            return
        is_denied = call.status in (401, 403)
        self.write(
            {
                "state": "denied" if is_denied else "allowed",
                "error_text": call.status_text if is_denied else False,
                "request_id": call.request_id if is_denied else False,
                "checked_at": call.called_at,
            }
        )

    @api.model
    def _prepare_error_vals(self, exc):
        return {"error_text": str(exc), "request_id": exc.request_id}

    # === BUYERS OF OLDER ORDERS === #

    @api.model
    def _read_older(self, task, read):
        """Read from Orders v0, with as much of the buyers as Amazon grants (A16).

        For one part without a role Amazon refuses all of them, and an order without
        a buyer is an order still. Which parts these are is asked once and kept.

        :param task: ``acorn.amazon.task`` that reads; what is found out is committed
        :param read: function of the data elements to ask for
        :return: what it returns
        :raise SpApiError: as Amazon answered
        """
        line = self.search(
            [
                ("store_id", "=", task.store_id.id),
                ("operation", "=", RESTRICTED_TOKEN),
            ]
        )
        if line.withheld and not line._has_learned():
            line._learn_refusals(task)
        try:
            return read(line._get_granted())
        except AccessDeniedError as exc:
            if exc.operation != RESTRICTED_TOKEN:
                raise
        line = self._ensure_lines(task.store_id).filtered(
            lambda line: line.operation == RESTRICTED_TOKEN
        )
        line._learn_refusals(task)
        return read(line._get_granted())

    def _get_withheld(self):
        return set((self.withheld or "").split())

    def _get_granted(self):
        """:return: the data elements that Amazon is not known to refuse, a tuple"""
        withheld = self._get_withheld()
        return tuple(element for element in BUYER_DATA if element not in withheld)

    def _has_learned(self):
        now = fields.Datetime.now()
        return bool(self.learned_at and now - self.learned_at < REFUSAL_PERIOD)

    def _learn_refusals(self, task):
        """Find out what Amazon refuses while orders are read, and tell the owner.

        :raise SpApiError: as Amazon answered, where it did not refuse
        """
        self.ensure_one()
        store = task.store_id
        # At the limit's own pace: giving up each time would never end.
        pace = self.env["acorn.amazon.job"]._call
        refusals = self._find_refusals(store._get_client(), pace)
        self._keep_refusals(refusals)
        first = next(iter(refusals.values()), None)
        now = fields.Datetime.now()
        self.write(
            {
                "state": "denied" if first else "allowed",
                "error_text": str(first) if first else False,
                "request_id": first.request_id if first else False,
                "checked_at": now,
                "learned_at": now,
            }
        )
        if first:
            self.env["acorn.amazon.incident"]._raise(
                store,
                "buyer_data_refused",
                details=f"{self.refused_roles}\n\n{self.error_text}",
            )
        # No lock may be held while Amazon is asked.
        task._checkpoint()

    def _find_refusals(self, client, pace=lambda call: call()):
        """Ask part by part: each has its own role, and Amazon names none.

        :param pace: calls what it is given, when the limit allows it
        :return: dict data element → ``AccessDeniedError``
        """
        refusals = {}
        resource = {"method": "GET", "path": "/orders/v0/orders"}
        for element in RESTRICTED_ROLES:
            part = {**resource, "dataElements": [element]}
            try:
                pace(lambda part=part: client.tokens.create([part]))
            except AccessDeniedError as exc:
                refusals[element] = exc
        return refusals

    def _keep_refusals(self, refusals):
        """Keep what Amazon refuses; orders that came without it are completed.

        :param dict refusals: of :meth:`_find_refusals`
        """
        self.ensure_one()
        roles = dict.fromkeys(", ".join(RESTRICTED_ROLES[each]) for each in refusals)
        is_more_granted = self._get_withheld() - set(refusals)
        self.write(
            {
                "withheld": " ".join(refusals) or False,
                "refused_roles": "\n".join(roles) or False,
                "learned_at": False,
            }
        )
        if is_more_granted:
            self.store_id._read_open_orders_again()
        if not refusals:
            self.env["acorn.amazon.incident"]._resolve(
                self.store_id, "buyer_data_refused"
            )

    # === PROBES === #

    def _probe_participations(self, client, store, marketplaces, found):
        rows = client.sellers.participations()
        marketplaces[:] = [
            row["marketplace"]["id"]
            for row in rows
            if row["participation"]["isParticipating"]
            # Amazon also lists ids that are no shop, and then refuses them.
            and row["marketplace"]["id"] in MARKETPLACES
        ] or marketplaces

    def _probe_search_orders(self, client, store, marketplaces, found):
        page = client.orders.search(
            marketplace_ids=marketplaces,
            created_after=self._get_probe_time(),
            max_results_per_page=1,
        )
        found["order_id"] = page.orders[0]["orderId"] if page.orders else None

    def _probe_get_order(self, client, store, marketplaces, found):
        # An id that cannot exist still shows whether the role is there.
        order_id = found.get("order_id") or "000-0000000-0000000"
        client.orders.get(order_id)

    def _probe_search_listings(self, client, store, marketplaces, found):
        client.listings.search(store.seller_id, marketplaces[:1], page_size=1)

    def _probe_feeds(self, client, store, marketplaces, found):
        client.feeds.search(feed_types=["JSON_LISTINGS_FEED"], page_size=1)

    def _probe_product_types(self, client, store, marketplaces, found):
        client.definitions.search(marketplaces[:1], keywords=["product"])

    def _probe_fba_inventory(self, client, store, marketplaces, found):
        client.fba_inventory.page(marketplaces[0])

    def _probe_order_report(self, client, store, marketplaces, found):
        self._probe_report(client, CENSUS_REPORT)

    def _probe_ledger_report(self, client, store, marketplaces, found):
        self._probe_report(client, LEDGER_REPORT)

    def _probe_report(self, client, report_type):
        """List reports of a type: its role is needed for that too, and none is made."""
        client.reports.search(report_types=[report_type], page_size=1)

    def _probe_inbound(self, client, store, marketplaces, found):
        next(client.fulfillment_inbound.plans(), None)

    def _probe_outbound(self, client, store, marketplaces, found):
        client.fulfillment_outbound.page(since=self._get_probe_time())

    def _probe_orders_v0(self, client, store, marketplaces, found):
        client.orders_v0.search(
            marketplace_ids=marketplaces,
            created_after=self._get_probe_time(),
            max_results_per_page=1,
        )

    def _probe_restricted_token(self, client, store, marketplaces, found):
        found["refusals"] = self._find_refusals(client)
        for refusal in found["refusals"].values():
            raise refusal

    @api.model
    def _get_probe_time(self):
        return utc_now() - timedelta(days=7)
