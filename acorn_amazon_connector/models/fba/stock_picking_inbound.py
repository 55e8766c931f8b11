from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError

from .stock_picking import READERS


class StockPicking(models.Model):
    """Transfers to Amazon's warehouses (A31)."""

    _inherit = "stock.picking"

    acorn_amazon_inbound_ids = fields.One2many(
        "acorn.amazon.inbound.plan",
        "picking_id",
        string="Amazon Inbound Plans",
        groups=READERS,
    )
    acorn_amazon_inbound_state = fields.Char(
        "Inbound Plan at Amazon",
        compute="_compute_acorn_amazon_inbound",
        compute_sudo=True,
    )
    acorn_amazon_inbound_ready = fields.Boolean(
        compute="_compute_acorn_amazon_inbound", compute_sudo=True
    )
    acorn_amazon_can_send = fields.Boolean(
        compute="_compute_acorn_amazon_inbound", compute_sudo=True
    )

    @api.depends("location_dest_id", "state", "acorn_amazon_inbound_ids.state")
    @api.depends_context("lang")
    def _compute_acorn_amazon_inbound(self):
        plans = self.env["acorn.amazon.inbound.plan"]
        words = dict(plans._fields["state"]._description_selection(self.env))
        stores = self.env["acorn.amazon.store"].search([("state", "=", "live")])
        for picking in self:
            plan = picking._acorn_amazon_get_plan()
            text = [plan.name, words.get(plan.state), plan.numbers, plan.problem]
            picking.acorn_amazon_inbound_state = " · ".join(t for t in text if t)
            picking.acorn_amazon_inbound_ready = plan.state in ("ready", "shipped")
            picking.acorn_amazon_can_send = (
                not plan
                and picking.state not in ("done", "cancel")
                and bool(stores._find_for_inbound(picking))
            )

    def _acorn_amazon_get_plan(self):
        """The plan of this transfer that is not cancelled, or none."""
        plans = self.acorn_amazon_inbound_ids
        return plans.filtered(lambda plan: plan.state != "cancelled")[:1]

    # === ACTION METHODS === #

    def action_acorn_amazon_send(self):
        """Make an inbound plan of this transfer, and open it."""
        self.ensure_one()
        plans = self.env["acorn.amazon.inbound.plan"]
        plans.check_access("create")
        plan = self._acorn_amazon_get_plan()
        if not plan:
            store = self.env["acorn.amazon.store"].sudo()._find_for_inbound(self)
            if not store:
                raise UserError(
                    self.env._("This transfer does not go to the FBA stock of a store.")
                )
            plan = plans._create_from_picking(store.sudo(False), self)
        return plan.action_open_plan()

    def action_acorn_amazon_open_inbound(self):
        """Open the inbound plan of this transfer."""
        self.ensure_one()
        return self.acorn_amazon_inbound_ids[:1].action_open_plan()

    def action_acorn_amazon_print_labels(self):
        """Open the labels of the boxes, one document after the other."""
        self.ensure_one()
        return self._acorn_amazon_get_plan().action_print_labels()

    # === BUSINESS METHODS === #

    def _acorn_amazon_count_units(self, by_date=False):
        """Units of this transfer, in the products' own units.

        What is not reserved yet counts too, without a date, until the goods are gone.

        :param bool by_date: keys are (product, expiration date or False)
        :return: dict product → units
        """
        counts = defaultdict(float)
        for move in self.move_ids.filtered(lambda m: m.state != "cancel"):
            lines = move.move_line_ids
            for line in lines:
                units = line.quantity_product_uom
                if units:
                    key = (move.product_id, line._acorn_amazon_get_expiration())
                    counts[key if by_date else move.product_id] += units
            listed = sum(lines.mapped("quantity_product_uom"))
            if move.state != "done" and not move.picked and listed < move.product_qty:
                key = (move.product_id, False)
                counts[key if by_date else move.product_id] += move.product_qty - listed
        return dict(counts)

    def _acorn_amazon_get_packages(self):
        """What is in the packages of this transfer.

        :return: dict ``stock.package`` → dict (product, expiration) → units
        """
        packages = defaultdict(lambda: defaultdict(float))
        for line in self.move_line_ids.filtered("result_package_id"):
            key = line.product_id, line._acorn_amazon_get_expiration()
            packages[line.result_package_id][key] += line.quantity_product_uom
        return packages

    def _action_done(self):
        """Override of `stock`: what has left for Amazon is under way."""
        result = super()._action_done()
        plans = self.sudo().acorn_amazon_inbound_ids
        if plans:
            plans._ship_if_gone()
        return result

    def action_cancel(self):
        """Override of `stock`: a plan that Amazon has is cancelled there."""
        for picking in self:
            plan = picking.sudo()._acorn_amazon_get_plan()
            if plan and plan.state not in ("draft", "closed"):
                raise UserError(
                    self.env._(
                        "Amazon expects the goods of %(name)s. Cancel the inbound plan "
                        "%(plan)s first.",
                        name=picking.name,
                        plan=plan.name,
                    )
                )
        return super().action_cancel()


class StockMoveLine(models.Model):
    """Goods that expire."""

    _inherit = "stock.move.line"

    def _acorn_amazon_get_expiration(self):
        """The date on which the lot expires, where Odoo follows it.

        :rtype: datetime.date or False
        """
        lot = self.lot_id
        moment = "expiration_date" in lot._fields and lot.expiration_date
        return moment.date() if moment else False


class AcornAmazonStore(models.Model):
    """Which store a transfer goes to."""

    _inherit = "acorn.amazon.store"

    def _find_for_inbound(self, picking):
        """The live store to whose stock at Amazon goods are brought.

        :param picking: ``stock.picking``
        :rtype: acorn.amazon.store
        """
        stores = self or self.search([("state", "=", "live")])
        place = picking.location_dest_id
        if picking.location_id.usage == "customer" or picking.picking_type_code not in (
            "internal",
            "outgoing",
        ):
            return stores.browse()
        return stores.filtered(
            lambda store: (
                store.company_id == picking.company_id
                and (
                    place == store.fba_inbound_location_id
                    or (
                        store.fba_location_id and place._child_of(store.fba_location_id)
                    )
                )
            )
        )[:1]
