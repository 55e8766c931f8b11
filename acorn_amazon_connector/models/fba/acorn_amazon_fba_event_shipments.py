import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta

from odoo import api, fields, models

# How long the ledger may know a shipment whose order has not arrived yet.
PATIENCE = timedelta(days=3)
# States of shipments; the last one of its parts is that of a kit.
RANKS = ("order", "booked", "order_missing")
ORDER_NUMBER = re.compile(r"(?:[0-9]{3}|S[0-9]{2})-[0-9]{7}-[0-9]{7}")


@dataclass
class Account:
    """Units of one product, be it the part of a kit, that left for one order.

    ``shipped`` and ``before`` are Amazon's, after and before the opening balance;
    ``delivered`` and ``delivered_before`` are the deliveries', likewise; ``settled``
    is what was booked to make them equal, below 0 when units left.
    """

    shipped: float = 0
    before: float = 0
    delivered: float = 0
    delivered_before: float = 0
    settled: float = 0
    events: list = field(default_factory=list)


class AcornAmazonFbaEvent(models.Model):
    """Shipments: the delivery of the order is what is booked, the ledger proves it.

    Both name the units that left, so only one of them may move stock. The delivery
    does: it is there within minutes and belongs to the sale. The ledger is compared
    with it, order by order and product by product, and only a difference is booked,
    as an event of its own: units of an order that Odoo will never get, and units
    that were delivered in Odoo although the opening balance did not hold them any
    more. Each run computes the difference anew, so a late order takes back what was
    booked in its place.
    """

    _inherit = "acorn.amazon.fba.event"

    @api.model
    def _settle(self, store):
        """Compare the ledger's shipments with the deliveries of the orders.

        :return: the events that were booked for differences
        """
        started = fields.Datetime.now()
        references = self._find_references_to_settle(store)
        booked = self.browse()
        for reference in range(0, len(references), 200):
            booked |= self._settle_some(store, references[reference : reference + 200])
        store.fba_settled_at = started
        return booked

    def _find_references_to_settle(self, store):
        waiting = self._read_group(
            [("store_id", "=", store.id), ("state", "=", "order_missing")],
            ["reference"],
        )
        found = {reference for (reference,) in waiting}
        since = (store.fba_settled_at or store.create_date) - timedelta(hours=1)
        moves = self._search_deliveries(store, [("date", ">=", since)])
        for move in moves:
            found.update(move._acorn_amazon_get_fba_references())
        return sorted(reference for reference in found if reference) + (
            [False] if False in found else []
        )

    def _search_deliveries(self, store, domain):
        return self.env["stock.move"].search(
            [
                *domain,
                ("state", "=", "done"),
                ("location_id", "child_of", store._get_fba_places()["stock"].id),
                ("location_dest_usage", "=", "customer"),
                ("acorn_amazon_fba_event_id", "=", False),
            ]
        )

    def _settle_some(self, store, references):
        self.env["acorn.amazon.outbound"]._link(store, references)
        accounts = self._collect_accounts(store, references)
        orders = self._find_orders(store, references)
        hopeless = self._find_hopeless(store, set(references) - set(orders))
        values, states = [], {}
        for (reference, product), account in accounts.items():
            target, state = self._find_target(
                store,
                reference,
                account,
                orders.get(reference),
                reference in hopeless,
            )
            for event in account.events:
                # A kit is settled when all its parts are.
                states[event] = max(states.get(event, state), state, key=RANKS.index)
            change = round(target - account.settled)
            if change:
                values.append(
                    self._prepare_settlement(store, reference, product, change, account)
                )
        for event, state in states.items():
            if event.state not in ("before", state):
                event.state = state
        events = self.create(values)
        events._book()
        return events

    def _collect_accounts(self, store, references):
        """:return: dict (reference, product) → :class:`Account`"""
        accounts = defaultdict(Account)
        events = self.search(
            [
                ("store_id", "=", store.id),
                ("kind", "in", ("shipment", "settlement")),
                ("reference", "in", references),
                ("state", "not in", ("unknown", "error")),
                ("product_id", "!=", False),
            ]
        )
        for event, product, quantity in events._split_by_stocked():
            account = accounts[event.reference, product]
            if event.kind == "settlement":
                account.settled += quantity
                continue
            account.events.append(event)
            if event.state == "before":
                account.before -= quantity
            else:
                account.shipped -= quantity
        for reference, move in self._find_deliveries(store, references):
            account = accounts[reference, move.product_id]
            units = sum(move.move_line_ids.mapped("quantity_product_uom"))
            if move.acorn_amazon_before_opening:
                account.delivered_before += units
            else:
                account.delivered += units
        return accounts

    def _find_deliveries(self, store, references):
        """Pairs of Amazon's order number and a move of its delivery."""
        moves = self._search_deliveries(
            store,
            [
                ("sale_line_id.order_id.acorn_amazon_store_id", "=", store.id),
                ("sale_line_id.order_id.acorn_amazon_order_id", "in", references),
            ],
        )
        pairs = [
            (move.sale_line_id.order_id.acorn_amazon_order_id, move) for move in moves
        ]
        for order in self._search_outbound(store, references):
            own = [("picking_id", "=", order.picking_id.id)]
            moves = self._search_deliveries(store, own)
            pairs += [(order.amazon_order_id, move) for move in moves]
        return pairs

    def _search_outbound(self, store, references):
        return self.env["acorn.amazon.outbound"].search(
            [
                ("store_id", "=", store.id),
                ("amazon_order_id", "in", [r for r in references if r]),
            ]
        )

    def _find_orders(self, store, references):
        orders = self.env["sale.order"].search(
            [
                ("acorn_amazon_store_id", "=", store.id),
                ("acorn_amazon_order_id", "in", [r for r in references if r]),
            ]
        )
        return {order.acorn_amazon_order_id: order for order in orders}

    def _find_hopeless(self, store, references):
        """Orders that Odoo knows and will never have: the ledger must book them."""
        documents = self.env["acorn.amazon.exchange"].search(
            [
                ("store_id", "=", store.id),
                ("kind", "in", ("order", "order_v0")),
                ("external_id", "in", [r for r in references if r]),
                ("state", "=", "ignored"),
                ("reason_code", "not in", ("fba_not_shipped", "pending")),
            ]
        )
        ours = self._search_outbound(store, references).filtered(
            lambda order: order.state in ("sending", "sent")
        )
        return set(documents.mapped("external_id")) - set(
            ours.mapped("amazon_order_id")
        )

    def _find_target(self, store, reference, account, order, is_hopeless):
        """What must be booked beside the deliveries of an order, and the state.

        :return: (units, below 0 when they left; state of the order's shipments)
        """
        # Parts of kits may be fractions, and those do not add up exactly.
        missing = round(account.shipped - account.delivered, 2)
        if missing <= 0:
            over = -missing
            lost = account.before
            if order and order.acorn_amazon_updated_at <= store.fba_opened_at:
                lost = over
            return min(over, max(0, lost)), "order"
        is_known = account.delivered_before >= missing
        if is_known or is_hopeless or self._is_overdue(reference, account):
            return -missing, "booked"
        if not reference or not ORDER_NUMBER.fullmatch(reference):
            # Without a number it belongs to some order, whose delivery counts it.
            return account.settled, "order"
        return max(account.settled, -missing), "order_missing"

    def _is_overdue(self, reference, account):
        if not reference or not ORDER_NUMBER.fullmatch(reference):
            return False
        oldest = min((event.create_date for event in account.events), default=None)
        return oldest is not None and oldest < fields.Datetime.now() - PATIENCE

    def _prepare_settlement(self, store, reference, product, change, account):
        first = self.browse().union(*account.events)[:1]
        # More was delivered in Odoo than the opening balance left: it comes back.
        is_before = change > 0 and account.settled >= 0
        is_before = is_before or (change < 0 and account.settled > 0)
        number = self.search_count(
            [
                ("store_id", "=", store.id),
                ("kind", "=", "settlement"),
                ("reference", "=", reference),
            ]
        )
        now = fields.Datetime.now()
        return {
            "store_id": store.id,
            "key": f"settlement:{reference}:{product.id}:{number}",
            "kind": "settlement",
            "reason": "BEFORE" if is_before else False,
            "sku": first.sku,
            "product_id": product.id,
            "quantity": change,
            "reference": reference,
            "at": first.at or now,
            "day": first.day or now.date(),
        }
