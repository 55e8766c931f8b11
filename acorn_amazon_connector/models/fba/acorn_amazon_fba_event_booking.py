import logging

import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

# Figures of an inventory row that open a place, and the place.
PLACES = {
    "stock": ("on_hand",),
    "unsellable": ("unsellable",),
    "transfer": ("reserved_transfer",),
    "inbound": ("inbound_shipped", "inbound_receiving"),
}


class AcornAmazonFbaEvent(models.Model):
    """Events → done stock moves, with Amazon's reason and reference (X14)."""

    _inherit = "acorn.amazon.fba.event"

    # === OPENING BALANCE === #

    @api.model
    def _open_balances(self, store):
        """Make Odoo's FBA stock Amazon's, for SKUs that were not followed so far.

        The first SKU of a product sets its stock; another one that is mapped to it
        later is added. Deliveries that were booked before are part of the balance. A
        product waits for SKUs whose figures cannot be understood.

        :return: the inventory rows that were opened
        """
        rows = self.env["acorn.amazon.fba.inventory"].search(
            [("store_id", "=", store.id), ("opened_at", "=", False)]
        )
        rows._bind_products()
        rows = rows.filtered("product_id")
        rows -= rows._find_held_up()
        if not rows:
            return rows
        followed = self.env["acorn.amazon.fba.inventory"].search(
            [("store_id", "=", store.id), ("opened_at", "!=", False)]
        )
        by_product = rows._group_by_stocked()
        first = self.env["product.product"].union(*by_product)
        first -= first.union(*followed._group_by_stocked())
        self._mark_before_opening(store, first)
        places = store._get_fba_places()
        values = []
        for place, names in PLACES.items():
            booked = places[place]._acorn_amazon_count(first)
            for product, own in by_product.items():
                wanted = sum(row[name] * units for row, units in own for name in names)
                quantity = round(wanted) - booked.get(product, 0)
                if place == "inbound":
                    # What is on its way and not yet announced stays.
                    quantity = max(0, quantity)
                if quantity:
                    values.append(
                        self._prepare_own_vals(
                            store,
                            product,
                            "opening",
                            quantity,
                            rows.browse().union(*(row for row, _units in own)),
                            place,
                        )
                    )
        self.create(self._number(store, values))._book()
        for row in rows:
            row.opened_at = row.read_at
        if not store.fba_opened_at:
            store.fba_opened_at = min(rows.mapped("read_at"))
        return rows

    @api.model
    def _number(self, store, values):
        """Make the keys of own events unlike those of earlier ones.

        :param values: as of :meth:`_prepare_own_vals`, all of one kind
        """
        kinds = {vals["kind"] for vals in values}
        products = [vals["product_id"] for vals in values]
        rows = self._read_group(
            [
                ("store_id", "=", store.id),
                ("product_id", "in", products),
                ("kind", "in", list(kinds)),
            ],
            ["product_id"],
            ["__count"],
        )
        counts = {product.id: count for product, count in rows}
        return [
            {**vals, "key": f"{vals['key']}:{counts.get(vals['product_id'], 0)}"}
            for vals in values
        ]

    def _prepare_own_vals(self, store, product, kind, quantity, rows, place):
        """Values of an event that Amazon did not report, but for its number.

        :param rows: the inventory rows of the product
        """
        at = max(rows.mapped("read_at"), default=False) or fields.Datetime.now()
        skus = ", ".join(sorted(set(rows.mapped("sku"))))
        return {
            "store_id": store.id,
            "key": f"{kind}:{product.id}:{place}",
            "kind": kind,
            "disposition": "SELLABLE" if place == "stock" else place.upper(),
            "sku": skus,
            "product_id": product.id,
            "quantity": quantity,
            "at": at,
            "day": at.date(),
        }

    def _mark_before_opening(self, store, products):
        """Deliveries so far are part of the opening balance of these products."""
        if not products:
            return
        self.env.flush_all()
        self.env.execute_query(
            SQL(
                """
                UPDATE stock_move move SET acorn_amazon_before_opening = true
                  FROM stock_location source, stock_location dest
                 WHERE source.id = move.location_id AND dest.id = move.location_dest_id
                   AND move.state = 'done' AND dest.usage = 'customer'
                   AND source.parent_path LIKE %s AND move.product_id IN %s
             RETURNING move.id
                """,
                f"{store._get_fba_places()['stock'].parent_path}%",
                products._ids,
            )
        )
        self.env["stock.move"].invalidate_model(["acorn_amazon_before_opening"])

    # === DECIDING === #

    def _decide(self):
        """Find product and opening balance of events that wait, and sort them.

        :return: the events to book; shipments are left to :meth:`_settle`
        """
        to_book = self.browse()
        for store, events in self.grouped("store_id").items():
            rows = self.env["acorn.amazon.fba.inventory"].search(
                [("store_id", "=", store.id), ("sku", "in", events.mapped("sku"))]
            )
            opened = rows.filtered("opened_at")
            by_pool = {(row.sku, row.stock_pool): row for row in opened}
            by_sku = {row.sku: row for row in opened}
            closed = {(row.sku, row.stock_pool) for row in rows - opened}
            products = rows._find_products(store, set(events.mapped("sku")))
            for event in events:
                row = by_pool.get((event.sku, event.stock_pool)) or by_sku.get(
                    event.sku
                )
                product = row.product_id if row else products.get(event.sku)
                opening = row.opened_at if row else store.fba_opened_at
                if not product or (event.sku, event.stock_pool) in closed:
                    # An opening balance to come may know this event.
                    event.state = "unknown"
                    continue
                event.product_id = product
                if not event._is_after(opening):
                    event.state = "before"
                elif event.kind == "shipment":
                    event.state = "order_missing"
                else:
                    event.state = "waiting"
                    to_book |= event
        return to_book

    def _is_after(self, opening):
        """Whether the balance of that moment does not know this event."""
        if self.happened_at:
            return self.happened_at > opening
        return self.day > opening.date()

    # === BOOKING === #

    def _book(self):
        """Book events as done moves; one that cannot be booked stops no other."""
        for store, events in self.grouped("store_id").items():
            try:
                with self.env.cr.savepoint():
                    events._create_moves(store)
            except psycopg2.OperationalError:
                raise
            except Exception as exc:
                if len(events) > 1:
                    for event in events:
                        event._book()
                    continue
                _logger.warning("FBA event %s cannot be booked", events.id, exc_info=1)
                events.write(
                    {"state": "error", "message": str(exc) or type(exc).__name__}
                )

    def _create_moves(self, store):
        lang = store.user_id.lang or self.env.lang
        events = self.with_context(lang=lang).with_company(store.company_id)
        places = store._get_fba_places()
        stocked = events.product_id._acorn_amazon_get_stocked(store.company_id)
        products = events.product_id.union(
            *(part for parts in stocked.values() for part, _units in parts)
        )
        inbound = places["inbound"]._acorn_amazon_count(products)
        values = []
        for event in events.sorted(lambda e: (e.at, e.id)):
            for product, units in stocked[event.product_id]:
                for way in event._get_ways(places, inbound, product, units):
                    values.append(event._prepare_move_vals(product, *way))
        moves = self.env["stock.move"].sudo().create(values)
        tracked = moves.filtered(lambda move: move.product_id.tracking != "none")
        self.env["stock.move.line"].sudo().create(
            [
                move._prepare_move_line_vals(quantity=move.product_qty)
                for move in moves - tracked
            ]
        )
        (moves - tracked).picked = True
        (moves - tracked)._action_done()
        # One by one: each may need the lots that the one before has brought.
        for move in tracked:
            move._acorn_amazon_choose_fba_lots()
            move.picked = True
            move._action_done()
        events.write({"state": "booked", "message": False})

    def _prepare_move_vals(self, product, source, dest, quantity):
        """Values of a move of an event. Override point.

        :param product: of the event, or a part of it if that is a kit
        """
        name = self.description
        return {
            "product_id": product.id,
            "product_uom": product.uom_id.id,
            "product_uom_qty": quantity,
            "company_id": self.store_id.company_id.id,
            "location_id": source.id,
            "location_dest_id": dest.id,
            "origin": self.reference or False,
            "is_inventory": True,
            "inventory_name": f"FBA: {name} {self.reference or ''}".strip(),
            "state": "confirmed",
            "acorn_amazon_fba_event_id": self.id,
        }

    def _get_ways(self, places, inbound, product, units):
        """From where to where the units of an event went.

        :param dict places: see ``acorn.amazon.store._get_fba_places``
        :param dict inbound: product → units still under way; lowered here
        :param product: of the event, or a part of it if that is a kit
        :param float units: of this product in one unit of the event
        :return: list of (source, destination, units)
        """
        self.ensure_one()
        units = product.uom_id.round(abs(self.quantity) * units)
        if not units:
            return []
        here = self._get_place(places)
        there = self._get_counterpart(places, product)
        if self.quantity < 0:
            return [(here, there, units)]
        if self.kind != "receipt":
            return [(there, here, units)]
        # Goods that nobody told Odoo were sent come from outside its books.
        known = min(units, max(0, inbound.get(product, 0)))
        inbound[product] = inbound.get(product, 0) - known
        outside = product.property_stock_inventory
        ways = [(there, here, known), (outside, here, units - known)]
        return [way for way in ways if way[2]]

    def _get_place(self, places):
        if self.kind in ("opening", "correction"):
            return places.get((self.disposition or "").lower(), places["stock"])
        good = (self.disposition or "SELLABLE").upper() == "SELLABLE"
        return places["stock" if good else "unsellable"]

    def _get_counterpart(self, places, product):
        """Where units come from, or go to, that are not at Amazon."""
        if self.kind == "receipt":
            return places["inbound"]
        if self.kind == "removal":
            return places["removal"]
        if self.kind in ("transfer", "condition"):
            return places["transfer"]
        if self.kind == "return" or (
            self.kind == "settlement" and self.reason != "BEFORE"
        ):
            return self.env["stock.warehouse"]._get_partner_locations()[0]
        return product.property_stock_inventory
