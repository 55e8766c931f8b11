from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta

from odoo import fields, models
from odoo.fields import Domain

from ...mappers.sellable import (
    LEAVE,
    Supply,
    sellable,
    unexplained_units,
    unseen_units,
)

# Amazon may index an order late; what is older than the sweep by this much is known.
LATE_INDEXING = timedelta(minutes=5)


class AcornAmazonStockCalculator(models.AbstractModel):
    """Free stock, promises and rules → the number each offer should show (A2)."""

    _name = "acorn.amazon.stock.calculator"
    _description = "Amazon Stock Calculator"

    def _compute_sellable(self, offers):
        """Return what offers should show, from one look at the stock.

        :param offers: ``acorn.amazon.offer`` that own their quantity
        :return: {offer: ``mappers.sellable.Sellable``}; offers without a product, and
            products whose stock Odoo does not count, are left alone
        """
        now = fields.Datetime.now()
        sharers = self._get_sharers(offers)
        rules = self._get_rules(sharers)
        supplies = self._read_supplies(rules)
        return {
            offer: min(
                (
                    sellable(
                        supplies[sharer],
                        rules[sharer],
                        now,
                        is_emergency=offer.store_id.stock_emergency,
                    )
                    for sharer in group
                ),
                # A rule that leaves Amazon alone does not decide for its sisters.
                key=lambda result: (result.quantity is None, result.quantity or 0),
            )
            for offer, group in sharers.items()
        }

    def _get_sharers(self, offers):
        """:return: {offer: the offers that show its quantity, itself included}"""
        shared = self.env["acorn.amazon.offer"].search(
            [
                ("quantity_owner_id", "in", offers.ids),
                ("participation_id.active", "=", True),
            ]
        )
        groups = shared.grouped("quantity_owner_id")
        return {offer: groups.get(offer, offer) for offer in offers}

    def _get_rules(self, sharers):
        """:return: {offer: Rule} of all offers that share a quantity"""
        by_holder, rules = {}, {}
        offers = self.env["acorn.amazon.offer"].union(*sharers)
        for company, owners in offers.grouped("company_id").items():
            kits = owners.listing_id.product_id._acorn_amazon_get_parts(company)
            for owner in owners:
                for offer in sharers[owner]:
                    holder = self._get_rule_holder(offer)
                    if holder not in by_holder:
                        by_holder[holder] = holder._get_stock_rule()
                    rules[offer] = self._adapt_rule(by_holder[holder], owner, kits)
        return rules

    def _get_rule_holder(self, offer):
        listing = offer.listing_id
        return listing if listing.has_own_stock_rule else offer.participation_id

    def _adapt_rule(self, rule, owner, kits):
        """What an offer itself adds to its rule."""
        if owner.is_held:
            cap = owner.held_quantity
            rule = replace(rule, cap=cap if rule.cap is None else min(cap, rule.cap))
        product = owner.listing_id.product_id
        if not product.product_tmpl_id.is_storable and product not in kits:
            return replace(rule, policy=LEAVE)
        return rule

    # === SUPPLY === #

    def _read_supplies(self, rules):
        """:return: {offer: Supply}, one reading per set of locations"""
        supplies, places = {}, {}
        by_place = defaultdict(list)
        for offer in rules:
            holders = self._get_rule_holder(offer), offer.participation_id
            if holders not in places:
                places[holders] = self._get_place(*holders)
            by_place[places[holders]].append(offer.id)
        for (company, warehouse, locations), offer_ids in by_place.items():
            offers = self.env["acorn.amazon.offer"].browse(offer_ids)
            products = offers.listing_id.product_id
            parts = products._acorn_amazon_get_parts(company)
            needed = products.union(
                *(part for group in parts.values() for part, _quantity in group)
            )
            stock = self._read_stock(company, warehouse, locations, needed)
            for offer in offers:
                product = offer.listing_id.product_id
                supplies[offer] = self._get_supply(
                    parts.get(product, [(product, 1.0)]), stock
                )
        return supplies

    def _get_place(self, holder, participation):
        """The company, warehouse and locations whose stock is shown."""
        locations = holder.stock_location_ids or participation.stock_location_ids
        return participation.company_id, participation.warehouse_id, locations

    def _read_stock(self, company, warehouse, locations, products):
        """:return: {product: Supply} of the locations, or of the whole warehouse"""
        if locations:
            context = {"location": locations.ids}
        elif warehouse:
            context = {"warehouse_id": warehouse.id}
        else:
            return {product.id: Supply() for product in products}
        products = products.sudo().with_company(company).with_context(**context)
        figures = products._compute_quantities_dict(None, None, None)
        reserved = self._sum_reserved(products, figures)
        unreserved = self._sum_unreserved(products, locations) if locations else None
        waiting, unseen = (
            self._sum_at(warehouse, self._take_apart(counted, company))
            for counted in self._count_sold(products)
        )
        stock = {}
        for product in products:
            figure, held = figures[product.id], reserved[product.id]
            expired = figure["qty_available"] - figure["free_qty"] - held
            promised = figure["outgoing_qty"]
            if locations:
                promised = held + unreserved[product.id]
            stock[product.id] = Supply(
                on_hand=figure["qty_available"],
                reserved=held,
                promised=promised,
                waiting=waiting[product.id],
                unseen=unseen[product.id],
                expired=max(0.0, product.uom_id.round(expired)),
            )
        return stock

    def _sum_reserved(self, products, figures):
        """Units reserved for somebody, in the places of the context.

        :param dict figures: Odoo's, of the same products
        :return: {product id: units}
        """
        quants = self.env["stock.quant"].sudo()
        if "removal_date" not in quants._fields:
            return {
                product_id: figure["qty_available"] - figure["free_qty"]
                for product_id, figure in figures.items()
            }
        # Beside what is reserved, expired units are not free (product_expiry).
        in_places, _incoming, _outgoing = products._get_domain_locations()
        rows = quants._read_group(
            Domain("product_id", "in", products.ids) & in_places,
            ["product_id"],
            ["reserved_quantity:sum"],
        )
        return defaultdict(float, {product.id: units for product, units in rows})

    def _sum_unreserved(self, products, locations):
        """Units promised out of locations for which none are reserved yet.

        A move stands at a location above as long as it is not known which units it
        takes: they may be any below.

        :return: {product id: units}
        """
        inside = locations.ids
        paths = locations.sudo().mapped("parent_path")
        above = {int(part) for path in paths for part in path.split("/") if part}
        stays_inside = Domain("location_final_id", "child_of", inside) | (
            Domain("location_final_id", "=", False)
            & Domain("location_dest_id", "child_of", inside)
        )
        moves = (
            self.env["stock.move"]
            .sudo()
            .search_fetch(
                Domain("product_id", "in", products.ids)
                & Domain("state", "in", ("waiting", "confirmed", "partially_available"))
                & (
                    Domain("location_id", "in", above)
                    | Domain("location_id", "child_of", inside)
                )
                & ~stays_inside,
                ["product_id", "product_uom", "product_qty", "quantity"],
            )
        )
        units = defaultdict(float)
        for move in moves:
            product = move.product_id
            held = move.product_uom._compute_quantity(
                move.quantity, product.uom_id, round=False
            )
            units[product.id] += max(0.0, move.product_qty - held)
        return units

    def _sum_at(self, warehouse, counted):
        """:return: {product id: units that leave this warehouse, or nobody knows}"""
        units = defaultdict(float)
        for (product_id, warehouse_id), count in counted.items():
            if warehouse_id in (None, warehouse.id):
                units[product_id] += count
        return units

    def _get_supply(self, parts, stock):
        """The supply of a product; of a kit, that of the part which runs out first."""
        return min(
            (stock[part.id].per_kit(quantity) for part, quantity in parts),
            key=lambda supply: supply.left,
        )

    def _count_sold(self, products):
        """Units that Amazon sold and that are no delivery yet.

        :return: those of known orders and those of unknown ones, each
            {(product id, warehouse id or None): units}; kits with these parts included
        """
        sold = products._acorn_amazon_add_kits()
        return (
            self.env["acorn.amazon.demand"]._get_waiting(sold),
            self._count_unseen(sold),
        )

    def _take_apart(self, counted, company):
        """:return: the same with parts instead of kits"""
        products = self.env["product.product"].browse(
            {product_id for product_id, _warehouse_id in counted}
        )
        parts = products._acorn_amazon_get_parts(company)
        taken = defaultdict(float)
        for (product_id, warehouse_id), units in counted.items():
            product = products.browse(product_id)
            for part, quantity in parts.get(product, [(product, 1.0)]):
                taken[part.id, warehouse_id] += units * quantity
        return taken

    # === SOLD AT AMAZON, NOT HEARD OF YET === #

    def _count_unseen(self, products):
        """Units sold at Amazon in orders that have not arrived.

        :return: {(product id, warehouse id or None): units}; None where the offers that
            share a number ship from several warehouses
        """
        offers = self.env["acorn.amazon.offer"].search(
            [
                ("listing_id.product_id", "in", products.ids),
                ("is_quantity_owner", "=", True),
                ("sold_log", "!=", False),
            ]
        )
        sharers = self._get_sharers(offers)
        counted = defaultdict(int)
        for store, group in offers.grouped("store_id").items():
            for offer, units in self._count_unseen_of(store, group).items():
                warehouse = sharers[offer].participation_id.warehouse_id
                place = warehouse.id if len(warehouse) == 1 else None
                counted[offer.product_id.id, place] += units
        return counted

    def _count_unseen_of(self, store, offers):
        horizon = self._get_horizon(store)
        counted = {}
        for offer, log, orders in self._read_sold(store, offers):
            known = [(placed, units) for placed, units, _gone in orders]
            returned = [(gone, units) for _placed, units, gone in orders if gone]
            counted[offer] = unseen_units(log, known, horizon, returned)
        return counted

    def _count_unexplained(self, offers):
        """Units that Amazon's number lost and that no order explains, by offer.

        Only readings from before the horizon tell: later orders may be on their way.
        """
        counted = {}
        logged = offers.filtered("sold_log")
        for store, group in logged.grouped("store_id").items():
            horizon = self._get_horizon(store)
            for offer, log, orders in self._read_sold(store, group):
                settled = [entry for entry in log if horizon and entry[1] <= horizon]
                known = [(placed, units) for placed, units, _gone in orders]
                counted[offer] = unexplained_units(settled, known)
        return counted

    def _read_sold(self, store, offers):
        """Yield offers with what Amazon's number lost and the orders known for it.

        :return: iterator of (offer, [(from, to, units, hidden)],
            [(placed at, units, cancelled at or None)])
        """
        to_datetime = fields.Datetime.to_datetime
        logs = {
            offer: [
                (
                    to_datetime(entry["from"]),
                    to_datetime(entry["to"]) or datetime.max,
                    entry["units"],
                    entry.get("hidden"),
                )
                for entry in offer.sold_log
            ]
            for offer in offers
        }
        since = min(entry[0] for log in logs.values() for entry in log)
        known = self.env["acorn.amazon.demand"]._get_known(
            store, set(offers.mapped("sku")), since
        )
        sharers = self._get_sharers(offers)
        for offer, log in logs.items():
            marketplaces = sharers[offer].marketplace_id
            yield (
                offer,
                log,
                [
                    order
                    for amazon_id in marketplaces.mapped("amazon_id")
                    for order in known.get((offer.sku, amazon_id), ())
                ],
            )

    def _get_horizon(self, store):
        """Every order placed before this moment is known here; None = none may be."""
        cursor = store._get_task("orders_sweep").cursor
        return cursor - LATE_INDEXING if cursor else None
