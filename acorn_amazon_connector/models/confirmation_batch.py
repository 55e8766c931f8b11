"""What Odoo does once per order when it confirms, done once for a whole batch.

The batch travels in the context key ``acorn_amazon_batch``. Odoo's own methods ask it
instead of repeating a query for every order; the results are the same records.
"""

from collections import defaultdict

from markupsafe import Markup

from odoo.tools import groupby


class ConfirmationBatch:
    """Collects the work of many confirmations.

    :param orders: ``sale.order`` about to be confirmed, all of one company
    :param to_reserve: those of them whose goods are still here
    """

    def __init__(self, orders, to_reserve):
        self._orders = orders
        self._to_reserve = to_reserve
        self._env = orders.env
        self._moves = orders.env["stock.move"]
        self._notes = {}
        self.rules = {}
        self._create_references()

    def _create_references(self):
        """One procurement reference per order, created together."""
        with_goods = self._orders.filtered(
            lambda order: (
                not order.stock_reference_ids
                and any(line.product_id.type == "consu" for line in order.order_line)
            )
        )
        values = [
            order.order_line[:1]._prepare_reference_vals() for order in with_goods
        ]
        self._env["stock.reference"].create(values)

    def collect_moves(self, moves):
        """Keep confirmed moves that need a transfer."""
        self._moves |= moves

    def collect_note(self, picking, origin):
        """Keep the note that says from which order a transfer was created."""
        self._notes[picking.id] = origin

    def finish(self):
        """Do, for all orders together, what was put off during confirmation."""
        self._create_transfers()
        self._write_notes()
        moves = self._moves.with_context(acorn_amazon_batch=None)
        self._trigger_reordering(moves)
        self._reserve(moves)

    def _create_transfers(self):
        """One transfer per order and pair of locations, all created together.

        The references are new, so there is no older transfer that moves could join.
        """
        moves = self._moves.with_context(acorn_amazon_batch=self)
        groups = [
            moves.browse().concat(*group)
            for _key, group in groupby(moves, key=lambda m: m._key_assign_picking())
        ]
        values = [group._get_new_picking_values() for group in groups]
        pickings = moves.picking_id.create(values)
        for group, picking in zip(groups, pickings, strict=True):
            group.picking_id = picking
        for group in groups:
            group._assign_picking_post_process(new=True)

    def _write_notes(self):
        if not self._notes:
            return
        bodies = {
            picking_id: Markup(
                '<p>%s <a href="#" data-oe-model="sale.order"'
                ' data-oe-id="%s">%s</a></p>'
            )
            % (
                self._env._("This transfer has been created from:"),
                origin.id,
                origin.display_name,
            )
            for picking_id, origin in self._notes.items()
        }
        self._env["stock.picking"].browse(self._notes)._message_log_batch(bodies)

    def _trigger_reordering(self, moves):
        """Only products with an automatic reordering rule need the scheduler."""
        rules = self._env["stock.warehouse.orderpoint"].search(
            [("product_id", "in", moves.product_id.ids), ("trigger", "=", "auto")]
        )
        products = rules.product_id
        moves.filtered(
            lambda move: (
                move.product_id in products
                and move.state not in ("draft", "cancel", "done")
            )
        )._trigger_scheduler()

    def _reserve(self, moves):
        """Reserve what Odoo would have reserved order by order, oldest order first."""
        to_reserve = moves.filtered(
            lambda move: (
                move.sale_line_id.order_id in self._to_reserve
                and move.state in ("confirmed", "partially_available")
                and move._should_assign_at_confirm()
            )
        )
        to_reserve.with_context(
            acorn_amazon_quants=QuantCache(to_reserve)
        )._action_assign()


class QuantCache:
    """Quants of many products, read with one query per location and strategy."""

    def __init__(self, moves):
        self._env = moves.env
        self._quants = {}
        groups = defaultdict(lambda: moves.env["product.product"])
        quant = self._env["stock.quant"]
        for move in moves:
            strategy = quant._get_removal_strategy(move.product_id, move.location_id)
            groups[move.location_id, strategy] |= move.product_id
        for (location, strategy), products in groups.items():
            self._read(location, strategy, products)

    def _read(self, location, strategy, products):
        quant = self._env["stock.quant"].sudo()
        if strategy in ("closest", "least_packages"):
            return  # their order cannot be told product by product
        found = quant.search(
            [
                ("product_id", "in", products.ids),
                ("location_id", "child_of", location.id),
            ],
            order=quant._get_removal_strategy_order(strategy),
        )
        for product in products:
            self._quants[product.id, location.id] = quant
        for product, quants in found.grouped("product_id").items():
            self._quants[product.id, location.id] = quants.sorted(
                lambda q: not q.lot_id
            )

    def get(self, product, location):
        """:return: quants in removal order, or None when they were not read"""
        return self._quants.get((product.id, location.id))
