from collections import defaultdict

from odoo import api, fields, models

from ...mappers.fba_pool import pool_of_country
from ..words import in_words

FIGURES = (
    "total",
    "fulfillable",
    "reserved",
    "reserved_orders",
    "reserved_transfer",
    "reserved_processing",
    "researching",
    "unsellable",
    "inbound_working",
    "inbound_shipped",
    "inbound_receiving",
)


class AcornAmazonFbaInventory(models.Model):
    """What Amazon says it holds of one SKU (``getInventorySummaries``, A31).

    Most of the European Union is one stock, every other country has its own.
    """

    _name = "acorn.amazon.fba.inventory"
    _description = "Amazon FBA Inventory"
    _order = "store_id, sku, stock_pool"
    _rec_name = "sku"

    store_id = fields.Many2one(
        "acorn.amazon.store", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    stock_pool = fields.Char(
        string="Stock Of",
        required=True,
        help="EU is the stock that most countries of the European Union share.",
    )
    sku = fields.Char("SKU", required=True)
    fnsku = fields.Char("FNSKU")
    asin = fields.Char("ASIN")
    condition = fields.Char("Amazon's Code")
    condition_text = fields.Char("Condition", compute="_compute_condition_text")
    title = fields.Char()
    product_id = fields.Many2one("product.product", index="btree_not_null")
    total = fields.Integer(
        help="Everything that Amazon counts, units on their way to it included."
    )
    fulfillable = fields.Integer(help="Can be sold now.")
    reserved = fields.Integer(help="For orders, between centres, or being processed.")
    reserved_orders = fields.Integer("Reserved for Orders")
    reserved_transfer = fields.Integer("Between Centres")
    reserved_processing = fields.Integer("Being Processed")
    researching = fields.Integer(help="Amazon looks for them, or measures them.")
    unsellable = fields.Integer()
    unsellable_reasons = fields.Json(readonly=True)
    unsellable_text = fields.Char("Why Unsellable", compute="_compute_unsellable_text")
    inbound_working = fields.Integer("Inbound: Being Prepared")
    inbound_shipped = fields.Integer("Inbound: Under Way")
    inbound_receiving = fields.Integer("Inbound: Being Received")
    on_hand = fields.Integer(
        "In Stock",
        compute="_compute_on_hand",
        store=True,
        help="Good units in Amazon's centres, those reserved for orders included.",
    )
    updated_at = fields.Datetime("Changed at Amazon", readonly=True)
    read_at = fields.Datetime("As Of", readonly=True, help="By Amazon's clock.")
    unread_at = fields.Datetime(
        "Not Understood",
        readonly=True,
        help="When Amazon's entry could not be understood; the figures are older, or "
        "not known.",
    )
    opened_at = fields.Datetime(
        "Opening Balance Of",
        readonly=True,
        help="Odoo has Amazon's figure of this moment; later events are booked.",
    )

    _sku_uniq = models.Constraint(
        "UNIQUE(store_id, stock_pool, sku)", "This SKU is here already."
    )

    @api.depends("condition")
    @api.depends_context("lang")
    def _compute_condition_text(self):
        for row in self:
            row.condition_text = in_words(self.env, row.condition)

    @api.depends("fulfillable", "reserved", "reserved_transfer", "researching")
    def _compute_on_hand(self):
        for row in self:
            reserved = row.reserved - row.reserved_transfer
            row.on_hand = row.fulfillable + reserved + row.researching

    @api.depends("unsellable_reasons")
    def _compute_unsellable_text(self):
        words = {
            "customerDamaged": self.env._("damaged by customers"),
            "warehouseDamaged": self.env._("damaged at Amazon"),
            "distributorDamaged": self.env._("damaged by the distributor"),
            "carrierDamaged": self.env._("damaged by the carrier"),
            "defective": self.env._("defective"),
            "expired": self.env._("expired"),
        }
        for row in self:
            reasons = row.unsellable_reasons or {}
            row.unsellable_text = ", ".join(
                f"{words.get(key, key)}: {count}" for key, count in reasons.items()
            )

    @api.model
    def _get_marketplaces(self, store):
        """One marketplace for each stock that a store has at Amazon.

        :param store: ``acorn.amazon.store``
        :return: dict pool → ``acorn.amazon.marketplace``
        """
        home = store.home_marketplace_id
        marketplaces = store.participation_ids.marketplace_id.sorted(
            lambda m: (m != home, m.id)
        )
        pools = {}
        for marketplace in marketplaces or home:
            country = marketplace.country_id.code
            pools.setdefault(pool_of_country(store.region, country), marketplace)
        return pools

    @api.model
    def _keep_page(self, store, pool, items, read_at):
        """Keep a page of figures; one row per SKU and stock.

        :param str pool: a key of :meth:`_get_marketplaces`
        :param items: ``mappers.fba_inventory.FbaInventory`` objects
        :param read_at: naive UTC, by Amazon's clock
        :return: the rows of the page
        """
        wanted = {item.sku: item for item in items}
        domain = [
            ("store_id", "=", store.id),
            ("stock_pool", "=", pool),
            ("sku", "in", list(wanted)),
        ]
        known = {row.sku: row for row in self.search(domain)}
        missing = []
        for sku, item in wanted.items():
            values = self._prepare_vals(item)
            values |= {"read_at": read_at, "unread_at": False}
            if sku in known:
                known[sku].write(values)
            else:
                missing.append({"store_id": store.id, "stock_pool": pool, **values})
        return self.browse().create(missing).union(*known.values())

    @api.model
    def _prepare_vals(self, item):
        updated = item.updated_at
        return {
            "sku": item.sku,
            "fnsku": item.fnsku,
            "asin": item.asin,
            "condition": item.condition,
            "title": item.title,
            "updated_at": updated
            and fields.Datetime.to_datetime(updated.strftime("%Y-%m-%d %H:%M:%S")),
            "unsellable_reasons": dict(item.unsellable_by_reason),
            **{name: getattr(item, name) or 0 for name in FIGURES},
        }

    @api.model
    def _note_unread(self, store, pool, skus, at):
        """Remember whose entries cannot be understood; a new SKU gets a row for that.

        :param at: naive UTC, by Amazon's clock
        """
        known = self.search(
            [
                ("store_id", "=", store.id),
                ("stock_pool", "=", pool),
                ("sku", "in", list(skus)),
            ]
        )
        known.unread_at = at
        self.create(
            [
                {"store_id": store.id, "stock_pool": pool, "sku": sku, "unread_at": at}
                for sku in set(skus) - set(known.mapped("sku"))
            ]
        )

    @api.model
    def _find_unseen(self, store, pool, started_at):
        """What a reading has not shown, or not in a way that can be understood.

        :param started_at: naive UTC, by Amazon's clock
        """
        return self.search(
            [
                ("store_id", "=", store.id),
                ("stock_pool", "=", pool),
                "|",
                ("read_at", "=", False),
                ("read_at", "<", started_at),
            ]
        )

    @api.model
    def _forget_gone(self, store, pool, started_at, unread_skus=()):
        """What a whole reading did not show is not there any more, as of then.

        :param started_at: naive UTC, by Amazon's clock
        :param unread_skus: those it showed in a way that cannot be understood; they
            keep the figures that are known
        """
        gone = self._find_unseen(store, pool, started_at).filtered(
            lambda row: row.sku not in unread_skus
        )
        never_read = gone.filtered(lambda row: not row.read_at)
        (gone - never_read).write(
            {
                **dict.fromkeys(FIGURES, 0),
                "unsellable_reasons": False,
                "read_at": started_at,
                "unread_at": False,
            }
        )
        never_read.unlink()

    @api.model
    def _find_products(self, store, skus):
        """The products of SKUs that Amazon fulfils.

        A listing decides, the one of Amazon's channel first; else a product whose
        reference is the SKU and no other's. A kit is one unit at Amazon, and its parts
        in Odoo.

        :rtype: dict[str, product.product]
        """
        listings = self.env["acorn.amazon.listing"].search(
            [
                ("store_id", "=", store.id),
                ("sku", "in", list(skus)),
                ("product_id", "!=", False),
            ]
        )
        ordered = listings.sorted(lambda r: r.fulfillment_channel == "AMAZON")
        found = {listing.sku: listing.product_id for listing in ordered}
        by_reference = self.env["acorn.amazon.listing"]._unique_products(
            "default_code", [sku for sku in skus if sku not in found], store.company_id
        )
        found = {**by_reference, **found}
        kits = self.env["product.product"].union(*found.values())
        kits = kits._acorn_amazon_get_parts(store.company_id)
        return {
            sku: product
            for sku, product in found.items()
            if product.is_storable or product in kits
        }

    def _group_by_stocked(self):
        """The rows that hold a product, be it as the part of a kit.

        :return: dict product → [(row, units of the product in one unit of the row)]
        """
        groups = defaultdict(list)
        for company, rows in self.grouped("company_id").items():
            stocked = rows.product_id._acorn_amazon_get_stocked(company)
            for row in rows.filtered("product_id"):
                for product, units in stocked[row.product_id]:
                    groups[product].append((row, units))
        return dict(groups)

    def _find_held_up(self):
        """The rows whose products have a row that cannot be understood."""
        by_product = self._group_by_stocked()
        rows = [
            row
            for own in by_product.values()
            if any(row.unread_at for row, _units in own)
            for row, _units in own
        ]
        return self.browse().union(*rows)

    def _bind_products(self):
        """Find the products of rows; what has an opening balance keeps its own."""
        for store, rows in self.grouped("store_id").items():
            loose = rows.filtered(lambda row: not row.opened_at)
            products = self._find_products(store, loose.mapped("sku"))
            for row in loose:
                product = products.get(row.sku)
                if product and row.product_id != product:
                    row.product_id = product
