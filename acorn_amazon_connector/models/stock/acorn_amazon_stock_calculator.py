from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

from odoo import fields, models

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
        unseen = self._count_unseen(offers)
        return {
            offer: min(
                (
                    sellable(
                        supplies[sharer],
                        rules[sharer],
                        now,
                        unseen=unseen.get(offer, 0),
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
        for owner, group in sharers.items():
            for offer in group:
                holder = self._get_rule_holder(offer)
                if holder not in by_holder:
                    by_holder[holder] = holder._get_stock_rule()
                rules[offer] = self._adapt_rule(by_holder[holder], owner)
        return rules

    def _get_rule_holder(self, offer):
        listing = offer.listing_id
        return listing if listing.has_own_stock_rule else offer.participation_id

    def _adapt_rule(self, rule, owner):
        """What an offer itself adds to its rule."""
        if owner.is_held:
            cap = owner.held_quantity
            rule = replace(rule, cap=cap if rule.cap is None else min(cap, rule.cap))
        product = owner.listing_id.product_id
        if not product.is_storable and not self._explode(product):
            return replace(rule, policy=LEAVE)
        return rule

    # === SUPPLY === #

    def _read_supplies(self, rules):
        """:return: {offer: Supply}, one reading per set of locations"""
        supplies = {}
        by_place = defaultdict(list)
        for offer in rules:
            by_place[self._get_place(offer)].append(offer.id)
        for (company, warehouse, locations), offer_ids in by_place.items():
            offers = self.env["acorn.amazon.offer"].browse(offer_ids)
            products = offers.product_id
            parts = {product: self._explode(product) for product in products}
            needed = products.union(
                *(part for group in parts.values() for part, _quantity in group)
            )
            stock = self._read_stock(company, warehouse, locations, needed)
            for offer in offers:
                supplies[offer] = self._get_supply(
                    parts[offer.product_id] or [(offer.product_id, 1.0)], stock
                )
        return supplies

    def _get_place(self, offer):
        """The company, warehouse and locations whose stock an offer shows."""
        participation = offer.participation_id
        holder = self._get_rule_holder(offer)
        locations = holder.stock_location_ids or participation.stock_location_ids
        return offer.company_id, participation.warehouse_id, locations

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
        waiting = defaultdict(float)
        for (product_id, warehouse_id), units in self._count_waiting(products).items():
            if warehouse_id in (None, warehouse.id):
                waiting[product_id] += units
        stock = {}
        for product in products:
            figure = figures[product.id]
            stock[product.id] = Supply(
                on_hand=figure["qty_available"],
                reserved=figure["qty_available"] - figure["free_qty"],
                promised=figure["outgoing_qty"],
                waiting=waiting[product.id],
            )
        return stock

    def _get_supply(self, parts, stock):
        """The supply of a product; of a kit, that of the part which runs out first."""
        scaled = [
            Supply(
                on_hand=stock[part.id].on_hand / quantity,
                reserved=stock[part.id].reserved / quantity,
                promised=stock[part.id].promised / quantity,
                waiting=stock[part.id].waiting / quantity,
            )
            for part, quantity in parts
        ]
        return min(scaled, key=lambda supply: supply.free - supply.waiting)

    def _count_waiting(self, products):
        """Units that Amazon sold and that are no delivery yet, kits taken apart.

        :return: {(product id, warehouse id or None): units}
        """
        kits = self.env["acorn.amazon.stock.event"]._find_kits(products)
        counted = defaultdict(float)
        for (product_id, warehouse_id), units in (
            self.env["acorn.amazon.demand"]._get_waiting(products | kits).items()
        ):
            product = self.env["product.product"].browse(product_id)
            for part, quantity in self._explode(product) or [(product, 1.0)]:
                counted[part.id, warehouse_id] += units * quantity
        return counted

    def _explode(self, product):
        """The parts of a kit.

        :return: [(part, units of it in one kit)]; empty when it is no kit
        """
        if "mrp.bom" not in self.env or not product:
            return []
        boms = self.env["mrp.bom"].sudo()
        bom = boms._bom_find(product, bom_type="phantom")[product]
        if not bom:
            return []
        _boms, lines = bom.explode(product, 1.0)
        parts = defaultdict(float)
        for line, data in lines:
            if line.product_id.is_storable:
                parts[line.product_id] += line.product_uom_id._compute_quantity(
                    data["qty"], line.product_id.uom_id, round=False
                )
        return [(part, quantity) for part, quantity in parts.items() if quantity > 0]

    # === SOLD AT AMAZON, NOT HEARD OF YET === #

    def _count_unseen(self, offers):
        """Units sold at Amazon in orders that have not arrived, by offer.

        The other offers of a product sell the same units, so theirs count as well.

        :return: {offer: units}
        """
        products = offers.product_id
        related = self.env["acorn.amazon.offer"].search(
            [
                ("listing_id.product_id", "in", products.ids),
                ("is_quantity_owner", "=", True),
                ("sold_log", "!=", False),
            ]
        )
        by_product = defaultdict(int)
        for store, group in related.grouped("store_id").items():
            for offer, units in self._count_unseen_of(store, group).items():
                by_product[offer.product_id] += units
        return {offer: by_product[offer.product_id] for offer in offers}

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

        :return: iterator of (offer, [(from, to, units)],
            [(placed at, units, cancelled at or None)])
        """
        to_datetime = fields.Datetime.to_datetime
        logs = {
            offer: [
                (to_datetime(entry["from"]), to_datetime(entry["to"]), entry["units"])
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
        """Every order that was placed before this moment is known here."""
        sweep = store.task_ids.filtered(
            lambda task: task.flow_id.code == "orders_sweep"
        )
        return sweep.cursor and sweep.cursor - LATE_INDEXING
