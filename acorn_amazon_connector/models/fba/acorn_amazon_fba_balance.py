from collections import Counter, defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...mappers.errors import BlockedError, PayloadError

# Amazon's ledger is up to two days late.
PATIENCE = timedelta(days=2)
MOST_DOCUMENTS = 500


class AcornAmazonFbaBalance(models.Model):
    """Odoo's stock at Amazon against Amazon's own figure, product by product (A31).

    A difference either names its reason in units, or is watched for two days, which
    is how late Amazon's ledger may be, and then calls a person.
    """

    _name = "acorn.amazon.fba.balance"
    _description = "Amazon FBA Stock Comparison"
    _order = "store_id, severity desc, sku"
    _rec_name = "sku"

    store_id = fields.Many2one(
        "acorn.amazon.store", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    product_id = fields.Many2one("product.product", index="btree_not_null")
    sku = fields.Char("SKU", required=True, help="All SKUs of the product.")
    amazon_stock = fields.Integer("Sellable at Amazon")
    amazon_unsellable = fields.Integer("Unsellable at Amazon")
    amazon_transfer = fields.Integer("Between Centres at Amazon")
    amazon_inbound = fields.Integer("Inbound at Amazon")
    amazon_reserved = fields.Integer("Of It Reserved")
    odoo_stock = fields.Integer("Sellable in Odoo")
    odoo_unsellable = fields.Integer("Unsellable in Odoo")
    odoo_transfer = fields.Integer("Between Centres in Odoo")
    odoo_inbound = fields.Integer("Inbound in Odoo")
    difference = fields.Integer(help="Odoo less Amazon, goods under way left out.")
    orders_missing = fields.Integer(
        "Orders Not in Odoo", help="Units that Amazon shipped for orders to come."
    )
    events_later = fields.Integer(
        "After Amazon's Figure", help="Booked for events after Amazon's figure."
    )
    events_waiting = fields.Integer(
        "Events Not Booked", help="Units of events that could not be booked."
    )
    unexplained = fields.Integer(help="What of the difference has no reason yet.")
    unexplained_since = fields.Datetime(readonly=True)
    unread_skus = fields.Char(
        "SKUs Not Understood",
        readonly=True,
        help="Amazon's figures of these SKUs are older than the others, or not known.",
    )
    state = fields.Selection(
        [
            ("zero", "Equal"),
            ("explained", "Explained"),
            ("watched", "Waiting for Amazon's Ledger"),
            ("unexplained", "Unexplained"),
            ("unread", "Figure Not Understood"),
            ("unknown", "Product Unknown"),
        ],
        required=True,
        default="zero",
    )
    severity = fields.Integer(compute="_compute_severity", store=True)
    explanation = fields.Text(compute="_compute_explanation")
    compared_at = fields.Datetime(readonly=True)

    _product_uniq = models.UniqueIndex(
        "(store_id, COALESCE(product_id, 0),"
        " (CASE WHEN product_id IS NULL THEN sku END))",
        "This product is compared already.",
    )

    @api.depends("state")
    def _compute_severity(self):
        order = ("zero", "explained", "watched", "unread", "unknown", "unexplained")
        for balance in self:
            balance.severity = order.index(balance.state)

    @api.depends("state", "difference", "unexplained", "product_id", "unread_skus")
    @api.depends_context("lang")
    def _compute_explanation(self):
        for balance in self:
            balance.explanation = balance._explain()

    def _explain(self):
        if self.state == "unknown":
            return self.env._(
                "No product has this SKU: choose one under Products > Listings. "
                "Amazon's figure becomes its opening balance."
            )
        if self.state == "unread":
            return self.env._(
                "Amazon's figure cannot be understood, so nothing is compared until it "
                "can: %(skus)s",
                skus=self.unread_skus,
            )
        if self.state == "zero":
            return self.env._("Odoo and Amazon have the same.")
        reasons = [
            (
                self.orders_missing,
                self.env._("%s shipped by Amazon for orders that are not in Odoo yet"),
            ),
            (
                self.events_later,
                self.env._("%s booked for what happened after Amazon's figure"),
            ),
            (
                self.events_waiting,
                self.env._("%s of events that could not be booked: see FBA Events"),
            ),
            (self.unexplained, self.env._("%s without a reason so far")),
        ]
        return "\n".join(text % f"{units:+d}" for units, text in reasons if units)

    # === ACTION METHODS === #

    def action_view_events(self):
        """Open what Amazon's ledger says of the product."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "acorn_amazon_connector.acorn_amazon_fba_event_action"
        )
        # Events of a kit are about its parts too.
        domain = [("sku", "in", self._find_inventory().mapped("sku"))]
        if self.product_id:
            domain = ["|", ("product_id", "=", self.product_id.id), *domain]
        action["domain"] = [("store_id", "=", self.store_id.id), *domain]
        action["context"] = {}
        return action

    def action_view_inventory(self):
        """Open Amazon's own figures of the product's SKUs."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "acorn_amazon_connector.acorn_amazon_fba_inventory_action"
        )
        action["domain"] = [("id", "in", self._find_inventory().ids)]
        action["context"] = {}
        return action

    def action_correct(self):
        """Book what has no reason, so that Odoo has what Amazon has.

        The booked units keep their own kind, so that they can be found later.
        """
        self.check_access("write")
        wrong = self.filtered("unexplained")
        if not wrong:
            raise UserError(self.env._("There is nothing without a reason here."))
        events = self.env["acorn.amazon.fba.event"].sudo()
        for balance in wrong.sudo():
            store = balance.store_id
            # Somebody may have moved stock since the last comparison.
            self._compare(store)
            if balance.state == "unread":
                continue
            rows = balance._find_inventory()
            values = []
            for place, units in balance._get_unexplained_units().items():
                values.append(
                    events._prepare_own_vals(
                        store, balance.product_id, "correction", -units, rows, place
                    )
                )
            wanted = [vals for vals in values if vals["quantity"]]
            events.create(events._number(store, wanted))._book()
            self._compare(store)
        return True

    def _find_inventory(self):
        """Amazon's figures that the comparison adds up."""
        inventory = self.env["acorn.amazon.fba.inventory"].sudo()
        rows = inventory.search([("store_id", "=", self.store_id.id)])
        if not self.product_id:
            return rows.filtered(lambda r: not r.product_id and r.sku == self.sku)
        own = rows._group_by_stocked().get(self.product_id, [])
        return rows.browse().union(*(row for row, _units in own))

    def _get_unexplained_units(self):
        """:return: dict place → units that Odoo has and Amazon does not"""
        units = {
            place: self[f"odoo_{place}"] - self[f"amazon_{place}"]
            for place in ("stock", "unsellable", "transfer")
        }
        # Reasons are about what could be sold.
        units["stock"] += self.unexplained - sum(units.values())
        return units

    # === COMPARISON === #

    @api.model
    def _compare(self, store):
        """Compare all products of a store, and call a person where needed."""
        if not store.fba_opened_at:
            return
        wanted = self._collect(store)
        known = {
            (balance.product_id, balance.sku if not balance.product_id else None): (
                balance
            )
            for balance in self.search([("store_id", "=", store.id)])
        }
        missing = []
        for key, values in wanted.items():
            balance = known.pop(key, None)
            values |= self._judge(balance, values)
            if balance:
                balance.write(values)
            else:
                missing.append({"store_id": store.id, **values})
        self.create(missing)
        self.browse().union(*known.values()).unlink()
        self._report(store)

    def _collect(self, store):
        """:return: dict (product, or SKU without one) → values of a comparison"""
        rows = self.env["acorn.amazon.fba.inventory"].search(
            [("store_id", "=", store.id)]
        )
        products = self.env["product.product"]
        wanted = {}
        for product, own in rows._group_by_stocked().items():
            wanted[product, None] = self._sum_rows(product, own)
            products |= product
        unknown = rows.filtered(lambda row: not row.product_id)
        for sku, some in unknown.grouped("sku").items():
            values = self._sum_rows(unknown.product_id, [(row, 1) for row in some])
            if any(value for name, value in values.items() if "amazon" in name):
                wanted[unknown.product_id, sku] = values
        places = store._get_fba_places()
        odoo = {
            place: places[place]._acorn_amazon_count(products)
            for place in ("stock", "unsellable", "transfer", "inbound")
        }
        orders = self._count_missing_orders(store)
        later, waiting = self._count_events(store, rows)
        for (product, _sku), values in wanted.items():
            for place, counts in odoo.items():
                values[f"odoo_{place}"] = counts.get(product, 0)
            values["orders_missing"] = orders.get(product, 0)
            values["events_later"] = later.get(product, 0)
            values["events_waiting"] = waiting.get(product, 0)
        return wanted

    def _sum_rows(self, product, rows):
        """:param rows: see ``acorn.amazon.fba.inventory._group_by_stocked``"""

        def add_up(*names):
            return round(
                sum(row[name] * units for row, units in rows for name in names)
            )

        return {
            "product_id": product.id,
            "sku": ", ".join(sorted({row.sku for row, _units in rows})),
            "unread_skus": ", ".join(
                sorted({row.sku for row, _units in rows if row.unread_at})
            ),
            "amazon_stock": add_up("on_hand"),
            "amazon_unsellable": add_up("unsellable"),
            "amazon_transfer": add_up("reserved_transfer"),
            "amazon_inbound": add_up("inbound_shipped", "inbound_receiving"),
            "amazon_reserved": add_up("reserved_orders"),
        }

    def _count_missing_orders(self, store):
        """Units that have left Amazon for orders whose deliveries are not in Odoo.

        They are in the ledger, or in documents that wait or need a decision.

        :return: dict product → units
        """
        counts = Counter()
        events = self.env["acorn.amazon.fba.event"]
        missing = events.search(
            [("store_id", "=", store.id), ("state", "=", "order_missing")]
        )
        references = list(set(missing.mapped("reference")))
        for (_ref, product), account in events._collect_accounts(
            store, references
        ).items():
            left = account.shipped - account.delivered + account.settled
            counts[product] += max(0, round(left))
        stopped = self._count_stopped(store, references)
        products = self.env["acorn.amazon.fba.inventory"]._find_products(store, stopped)
        all_products = self.env["product.product"].union(*products.values())
        stocked = all_products._acorn_amazon_get_stocked(store.company_id)
        for sku, product in products.items():
            for part, units in stocked[product]:
                counts[part] += round(stopped[sku] * units)
        return counts

    def _count_stopped(self, store, references):
        documents = self.env["acorn.amazon.exchange"].search(
            [
                ("store_id", "=", store.id),
                ("kind", "in", ("order", "order_v0")),
                ("state", "in", ("received", "blocked", "error")),
                ("external_id", "not in", references),
            ],
            limit=MOST_DOCUMENTS,
        )
        importer = self.env["acorn.amazon.order.importer"]
        newest = {}
        for document in documents.sorted("id"):
            try:
                newest[document.external_id] = importer._map(document)
            except (PayloadError, BlockedError):
                continue
        shipped = {
            order.order_id: order
            for order in newest.values()
            if order.fulfilled_by == "AMAZON" and order.status == "SHIPPED"
        }
        here = self.env["sale.order"].search(
            [
                ("acorn_amazon_store_id", "=", store.id),
                ("acorn_amazon_order_id", "in", list(shipped)),
            ]
        )
        units = Counter()
        for order_id in shipped.keys() - set(here.mapped("acorn_amazon_order_id")):
            for line in shipped[order_id].lines:
                units[line.sku] += line.quantity
        return units

    def _count_events(self, store, rows):
        """Units booked after Amazon's figure was read, and units not booked.

        :return: two dicts product → units, as they change Odoo less Amazon
        """
        later, waiting = defaultdict(int), defaultdict(int)
        events = self.env["acorn.amazon.fba.event"]
        rows = rows.filtered("read_at")
        oldest = min(rows.mapped("read_at"), default=False)
        if oldest:
            as_of = {row.product_id: row.read_at for row in rows}
            booked = events.search(
                [
                    ("store_id", "=", store.id),
                    ("state", "=", "booked"),
                    ("kind", "not in", ("opening", "correction", "settlement")),
                    ("at", ">", oldest),
                ]
            )
            for event, product, quantity in booked._split_by_stocked():
                if event.at > as_of.get(event.product_id, event.at):
                    later[product] += round(quantity)
        stopped = events.search(
            [("store_id", "=", store.id), ("state", "in", ("error", "waiting"))]
        )
        for _event, product, quantity in stopped._split_by_stocked():
            waiting[product] -= round(quantity)
        return later, waiting

    def _judge(self, balance, values):
        """What a comparison comes to.

        :param balance: the last one, or None
        """
        bins = ("stock", "unsellable", "transfer")
        parts = [values[f"odoo_{b}"] - values[f"amazon_{b}"] for b in bins]
        difference = sum(parts)
        reasons = (
            values["orders_missing"] + values["events_later"] + values["events_waiting"]
        )
        unexplained = difference - reasons
        now = fields.Datetime.now()
        since = balance and balance.unexplained_since
        changed_sign = balance and balance.unexplained * unexplained < 0
        if not unexplained:
            since = False
        elif not since or changed_sign:
            since = now
        if not values["product_id"]:
            state, since, unexplained = "unknown", False, 0
        elif values["unread_skus"]:
            state, since, unexplained, difference = "unread", False, 0, 0
        elif unexplained:
            state = "unexplained" if now - since >= PATIENCE else "watched"
        else:
            state = "explained" if difference else "zero"
        return {
            "difference": difference,
            "unexplained": unexplained,
            "unexplained_since": since,
            "state": state,
            "compared_at": now,
        }

    def _report(self, store):
        """Keep one incident open while differences have no reason."""
        incidents = self.env["acorn.amazon.incident"]
        wrong = self.search(
            [("store_id", "=", store.id), ("state", "=", "unexplained")]
        )
        if not wrong:
            incidents._resolve(store, "fba_difference")
            return
        incidents._raise(
            store,
            "fba_difference",
            details="\n".join(
                f"{balance.sku}: {balance.unexplained:+d}" for balance in wrong[:20]
            ),
            data={"count": len(wrong)},
        )
