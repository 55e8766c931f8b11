from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...mappers.demand import read_demand

KEPT_DAYS = 45


class AcornAmazonDemand(models.Model):
    """Units that Amazon sold from the seller's own stock, as soon as they are known.

    An order reserves its units from the moment its document is kept: while its payment
    is pending, while it waits to be applied, while it waits for a person. Once it is a
    sales order, that order's deliveries count instead (A2).
    """

    _name = "acorn.amazon.demand"
    _description = "Units Sold at Amazon"
    _log_access = False
    _order = "id"

    store_id = fields.Many2one("acorn.amazon.store", required=True, ondelete="cascade")
    order_id = fields.Char(string="Amazon Order", required=True)
    item_id = fields.Char(string="Order Item", required=True)
    sku = fields.Char("SKU", required=True)
    marketplace = fields.Char(help="Amazon's id of the marketplace.")
    units = fields.Integer(required=True)
    status = fields.Char(help="Amazon's status of the order.")
    placed_at = fields.Datetime(required=True)
    changed_at = fields.Datetime(required=True)
    is_settled = fields.Boolean(
        help="Nothing will be shipped from this Odoo for it: cancelled, or ignored."
    )

    _item_uniq = models.UniqueIndex("(store_id, order_id, item_id)")
    _sku_idx = models.Index("(store_id, sku, placed_at)")

    @api.model
    def _learn(self, store, payloads):
        """Take the units out of order documents that were just read.

        :param store: ``acorn.amazon.store``
        :param payloads: orders of the 2026-01-01 interface, as Amazon sent them
        """
        rows = {}
        for payload in payloads:
            for unit in read_demand(payload):
                key = unit.order_id, unit.item_id
                if key not in rows or rows[key].changed_at <= unit.changed_at:
                    rows[key] = unit
        if not rows:
            return
        changed = self.env.execute_query(self._upsert_query(store, rows.values()))
        self._note_skus(store, {row[0] for row in changed})

    def _upsert_query(self, store, units):
        # A document that is read again does not take back that nothing will be shipped.
        is_settled = SQL(
            "(EXCLUDED.is_settled"
            " OR demand.is_settled AND demand.changed_at = EXCLUDED.changed_at)"
        )
        return SQL(
            """
            INSERT INTO acorn_amazon_demand AS demand
                (store_id, order_id, item_id, sku, marketplace, units, status,
                 placed_at, changed_at, is_settled)
            VALUES %s
            ON CONFLICT (store_id, order_id, item_id) DO UPDATE
               SET units = EXCLUDED.units, status = EXCLUDED.status,
                   changed_at = EXCLUDED.changed_at,
                   is_settled = %s, sku = EXCLUDED.sku
             WHERE demand.changed_at <= EXCLUDED.changed_at
               AND (demand.units, demand.is_settled, demand.status)
                   IS DISTINCT FROM
                   (EXCLUDED.units, %s, EXCLUDED.status)
            RETURNING sku
            """,
            SQL(", ").join(
                SQL(
                    "(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                    store.id,
                    unit.order_id,
                    unit.item_id,
                    unit.sku,
                    unit.marketplace_id,
                    unit.units,
                    unit.status,
                    unit.placed_at,
                    unit.changed_at,
                    unit.status == "CANCELLED",
                )
                for unit in units
            ),
            is_settled,
            is_settled,
        )

    @api.model
    def _settle(self, store, order_ids):
        """Stop reserving the units of orders that will never be shipped from here."""
        if not order_ids:
            return
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE acorn_amazon_demand SET is_settled = TRUE
                 WHERE store_id = %s AND order_id IN %s AND NOT is_settled
                RETURNING sku
                """,
                store.id,
                tuple(order_ids),
            )
        )
        self._note_skus(store, {row[0] for row in rows})

    def _note_skus(self, store, skus):
        if not skus:
            return
        listings = self.env["acorn.amazon.listing"].search(
            [
                ("store_id", "=", store.id),
                ("sku", "in", list(skus)),
                ("fulfillment_channel", "=", "MERCHANT"),
                ("product_id", "!=", False),
            ]
        )
        if listings:
            self.env["acorn.amazon.stock.event"]._note_products(listings.product_id)

    @api.model
    def _get_waiting(self, products):
        """Units of products that Amazon sold and that are no delivery here yet.

        :param products: ``product.product``
        :return: {(product id, warehouse id): units}; warehouse id None where the
            marketplace has none
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT listing.product_id, participation.warehouse_id,
                       sum(demand.units)
                  FROM acorn_amazon_demand demand
                  JOIN acorn_amazon_store store ON store.id = demand.store_id
                  JOIN acorn_amazon_listing listing
                    ON listing.store_id = demand.store_id
                   AND listing.sku = demand.sku
                   AND listing.fulfillment_channel = 'MERCHANT'
             LEFT JOIN acorn_amazon_marketplace marketplace
                    ON marketplace.amazon_id = demand.marketplace
             LEFT JOIN acorn_amazon_participation participation
                    ON participation.store_id = demand.store_id
                   AND participation.marketplace_id = marketplace.id
                 WHERE listing.product_id IN %(products)s
                   AND NOT demand.is_settled
                   AND (demand.status IN ('PENDING', 'PENDING_AVAILABILITY')
                        AND demand.placed_at
                            > %(now)s - store.pending_days * interval '1 day'
                     OR demand.status IN ('UNSHIPPED', 'PARTIALLY_SHIPPED')
                     OR demand.status = 'SHIPPED' AND demand.changed_at
                        >= COALESCE(store.stock_counted_at, store.live_since,
                                    demand.changed_at))
                   AND NOT EXISTS (
                       SELECT FROM sale_order sale
                        WHERE sale.acorn_amazon_store_id = demand.store_id
                          AND sale.acorn_amazon_order_id = demand.order_id)
                 GROUP BY listing.product_id, participation.warehouse_id
                """,
                products=tuple(products.ids) or (0,),
                now=fields.Datetime.now(),
            )
        )
        return {(product, warehouse): int(units) for product, warehouse, units in rows}

    @api.model
    def _get_known(self, store, skus, since):
        """Known orders of SKUs, for what Amazon sold and has not told yet.

        :return: {(sku, marketplace): [(placed at, units, cancelled at or None)]},
            naive UTC
        """
        known = {}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT sku, marketplace, placed_at, units,
                       CASE WHEN status = 'CANCELLED' THEN changed_at END
                  FROM acorn_amazon_demand
                 WHERE store_id = %s AND sku IN %s
                   AND (placed_at >= %s
                        OR status = 'CANCELLED' AND changed_at >= %s)
                """,
                store.id,
                tuple(skus) or ("",),
                since,
                since,
            )
        )
        for sku, marketplace, *order in rows:
            known.setdefault((sku, marketplace), []).append(tuple(order))
        return known

    @api.model
    def _get_sales(self, store, skus, since):
        """Units that SKUs sold at Amazon since a moment.

        :return: {sku: units}
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT sku, sum(units) FROM acorn_amazon_demand
                 WHERE store_id = %s AND sku IN %s AND placed_at >= %s
                 GROUP BY sku
                """,
                store.id,
                tuple(skus) or ("",),
                since,
            )
        )
        return {sku: int(units) for sku, units in rows}

    @api.autovacuum
    def _gc_demand(self):
        """Forget units of orders long done with."""
        limit = 10_000
        rows = self.env.execute_query(
            SQL(
                """
                DELETE FROM acorn_amazon_demand WHERE id IN (
                    SELECT id FROM acorn_amazon_demand
                     WHERE changed_at < %s AND (is_settled OR status = 'SHIPPED'
                        OR EXISTS (SELECT FROM sale_order sale
                            WHERE sale.acorn_amazon_store_id = store_id
                              AND sale.acorn_amazon_order_id = order_id))
                     LIMIT %s)
                RETURNING id
                """,
                fields.Datetime.now() - timedelta(days=KEPT_DAYS),
                limit,
            )
        )
        return len(rows), int(len(rows) == limit)
