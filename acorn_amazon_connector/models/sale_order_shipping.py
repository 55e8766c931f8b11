from datetime import datetime, time, timedelta, timezone

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

OPEN_STATUSES = ("UNSHIPPED", "PARTIALLY_SHIPPED")
CANCELLED_HERE = "cancelled_in_odoo"
SHIPPED_ALL_THE_SAME = "shipped_while_cancelled"


def start_of_day(env):
    """When today began for the user.

    :rtype: datetime (naive UTC)
    """
    now = fields.Datetime.now().replace(tzinfo=timezone.utc).astimezone(env.tz)
    midnight = env.tz.localize(datetime.combine(now.date(), time.min))
    return midnight.astimezone(timezone.utc).replace(tzinfo=None)


class SaleOrder(models.Model):
    """What a warehouse needs to know of an Amazon order at a glance."""

    _inherit = "sale.order"

    acorn_amazon_shipping = fields.Selection(
        [
            ("hold", "On Hold"),
            ("late", "Late"),
            ("today", "Ship Today"),
            ("later", "To Ship"),
            ("shipped", "Shipped"),
            ("amazon", "Shipped by Amazon"),
            ("cancelled", "Cancelled"),
        ],
        string="Shipping Status",
        compute="_compute_acorn_amazon_shipping",
        search="_search_acorn_amazon_shipping",
        help="Late: Amazon's latest time to ship has passed. On Hold: the buyer asks "
        "to cancel and someone has to decide.",
    )
    acorn_amazon_program_names = fields.Char(
        string="Amazon Programs", compute="_compute_acorn_amazon_program_names"
    )
    acorn_amazon_odoo_total = fields.Monetary(
        string="Total with Remitted Tax",
        compute="_compute_acorn_amazon_agrees",
        help="The total of this order plus the tax that Amazon remits.",
    )
    acorn_amazon_agrees = fields.Boolean(
        string="Equals Amazon", compute="_compute_acorn_amazon_agrees"
    )
    acorn_amazon_tax_differs = fields.Boolean(search="_search_acorn_amazon_tax_differs")

    _acorn_amazon_to_ship_idx = models.Index(
        "(acorn_amazon_store_id, acorn_amazon_ship_by) WHERE state = 'sale'"
        " AND acorn_amazon_fulfilled_by = 'MERCHANT'"
        " AND acorn_amazon_status IN ('UNSHIPPED', 'PARTIALLY_SHIPPED')"
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "state",
        "delivery_status",
        "acorn_amazon_status",
        "acorn_amazon_has_label",
        "acorn_amazon_fulfilled_by",
        "acorn_amazon_on_hold",
        "acorn_amazon_ship_by",
    )
    def _compute_acorn_amazon_shipping(self):
        now = fields.Datetime.now()
        tonight = start_of_day(self.env) + timedelta(days=1)
        for order in self:
            ship_by = order.acorn_amazon_ship_by
            if not order.acorn_amazon_order_id:
                kind = False
            elif order.state == "cancel" or order.acorn_amazon_status == "CANCELLED":
                kind = "cancelled"
            elif order.acorn_amazon_fulfilled_by == "AMAZON":
                kind = "amazon"
            elif not order._acorn_amazon_is_to_ship():
                kind = "shipped"
            elif order.acorn_amazon_on_hold:
                kind = "hold"
            elif ship_by and ship_by < now:
                kind = "late"
            else:
                kind = "today" if ship_by and ship_by < tonight else "later"
            order.acorn_amazon_shipping = kind

    def _acorn_amazon_is_to_ship(self):
        return (
            self.state == "sale"
            and (
                self.acorn_amazon_status in OPEN_STATUSES or self.acorn_amazon_has_label
            )
            and self.delivery_status != "full"
        )

    def _search_acorn_amazon_shipping(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain.OR(self._acorn_amazon_shipping_domain(kind) for kind in value)

    @api.model
    def _acorn_amazon_shipping_domain(self, kind):
        """The orders that show this kind in ``acorn_amazon_shipping``."""
        order_id, status = "acorn_amazon_order_id", "acorn_amazon_status"
        ours = Domain(order_id, "!=", False)
        cancelled = Domain("state", "=", "cancel") | Domain(status, "=", "CANCELLED")
        by_amazon = Domain("acorn_amazon_fulfilled_by", "=", "AMAZON")
        to_ship = (
            Domain("state", "=", "sale")
            & (
                Domain(status, "in", OPEN_STATUSES)
                | Domain("acorn_amazon_has_label", "=", True)
            )
            & Domain("acorn_amazon_fulfilled_by", "=", "MERCHANT")
            & Domain("delivery_status", "!=", "full")
        )
        hold = Domain("acorn_amazon_on_hold", "=", True)
        ship_by = "acorn_amazon_ship_by"
        late = Domain(ship_by, "<", fields.Datetime.now())
        tonight = start_of_day(self.env) + timedelta(days=1)
        soon = Domain(ship_by, "<", tonight)
        return {
            False: ~ours,
            "cancelled": ours & cancelled,
            "amazon": ours & ~cancelled & by_amazon,
            "shipped": ours & ~cancelled & ~by_amazon & ~to_ship,
            "hold": to_ship & hold,
            "late": to_ship & ~hold & late,
            "today": to_ship & ~hold & ~late & soon,
            "later": to_ship & ~hold & ~late & ~soon,
        }.get(kind, Domain.FALSE)

    @api.depends("acorn_amazon_programs")
    def _compute_acorn_amazon_program_names(self):
        """Amazon's codes in words: AMAZON_BUSINESS → Amazon Business."""
        for order in self:
            codes = (order.acorn_amazon_programs or "").split(", ")
            order.acorn_amazon_program_names = ", ".join(
                code.replace("_", " ").title() for code in codes
            )

    @api.depends(
        "amount_total",
        "currency_id",
        "acorn_amazon_currency_id",
        "acorn_amazon_facilitator_tax",
        "acorn_amazon_grand_total",
    )
    def _compute_acorn_amazon_agrees(self):
        for order in self:
            total = order.amount_total + order.acorn_amazon_facilitator_tax
            order.acorn_amazon_odoo_total = total
            order.acorn_amazon_agrees = bool(
                order.acorn_amazon_order_id
                and order.currency_id == order.acorn_amazon_currency_id
                and not order.currency_id.compare_amounts(
                    total, order.acorn_amazon_grand_total
                )
            )

    def _search_acorn_amazon_tax_differs(self, operator, value):
        """Same rule as the compute; only orders that can differ are looked at."""
        if operator != "in" or True not in value:
            return NotImplemented
        self.flush_model()
        self.order_line.flush_model(["order_id", "tax_ids"])
        return Domain(
            "id",
            "in",
            SQL(
                """
                SELECT sale.id
                  FROM sale_order sale
                  JOIN res_currency currency ON currency.id = sale.currency_id
                 WHERE sale.acorn_amazon_tax_known
                   AND abs(sale.acorn_amazon_tax - sale.acorn_amazon_facilitator_tax
                           - sale.amount_tax) > currency.rounding * (0.5 + (
                       SELECT count(DISTINCT line.id)
                         FROM sale_order_line line
                         JOIN account_tax_sale_order_line_rel taxed
                           ON taxed.sale_order_line_id = line.id
                        WHERE line.order_id = sale.id))
                """
            ),
        )

    # === CANCELLED IN ODOO === #

    def write(self, vals):
        """Override: Amazon may go on with an order that a person cancels (A14)."""
        if not {"state", "acorn_amazon_status"} & vals.keys():
            return super().write(vals)
        active = self.filtered(lambda order: order.state != "cancel")
        result = super().write(vals)
        # What a batch confirms is new: nothing was ever wrong with it.
        if not self.env.context.get("acorn_amazon_batch"):
            active.filtered(
                lambda order: order.state == "cancel"
            )._acorn_amazon_warn_cancelled_here()
            self._acorn_amazon_close_cancelled_here()
        return result

    def action_confirm(self):
        """Override: what Amazon has cancelled must not be shipped (A1).

        And an order may have been shipped while it was cancelled here.

        :raise UserError: names the orders that Amazon has cancelled
        """
        ended = self.filtered(
            lambda order: (
                order.acorn_amazon_store_id and order.acorn_amazon_status == "CANCELLED"
            )
        )
        if ended:
            raise UserError(
                self.env._(
                    "Amazon has cancelled %(orders)s and pays nothing for what is"
                    " shipped. A buyer who still wants the goods must order again.",
                    orders=", ".join(o._acorn_amazon_label() for o in ended),
                )
            )
        result = super().action_confirm()
        if not self.env.context.get("acorn_amazon_batch"):
            for order in self:
                if (
                    order.acorn_amazon_fulfilled_by == "MERCHANT"
                    and order.acorn_amazon_status == "SHIPPED"
                ):
                    order._acorn_amazon_check_shipped_elsewhere(
                        order._acorn_amazon_get_shipped()
                    )
        return result

    def _acorn_amazon_get_contradiction(self):
        """How Amazon goes on with an order that is not active in Odoo.

        :return: code of an incident, False when nobody has to do anything
        """
        self.ensure_one()
        if not self.acorn_amazon_store_id or self.acorn_amazon_fulfilled_by == "AMAZON":
            return False
        if self.state != "sale" and self.acorn_amazon_status in OPEN_STATUSES:
            return CANCELLED_HERE
        is_shipped = self.acorn_amazon_status == "SHIPPED"
        left = "done" in self.picking_ids.mapped("state")
        return (
            is_shipped and self.state == "cancel" and not left and SHIPPED_ALL_THE_SAME
        )

    def _acorn_amazon_warn_cancelled_here(self):
        """Tell a person that Amazon goes on with orders that are cancelled here."""
        for order in self.sudo():
            code = order._acorn_amazon_get_contradiction()
            if code:
                self.env["acorn.amazon.incident"]._raise(
                    order.acorn_amazon_store_id,
                    code,
                    record=order,
                    data={"order": order._acorn_amazon_label()},
                )

    def _acorn_amazon_remind_cancelled_here(self):
        """The same for an order of which nobody was ever told; once is enough."""
        self.ensure_one()
        domain = self._acorn_amazon_contradiction_domain()
        code = self._acorn_amazon_get_contradiction()
        told = self.env["acorn.amazon.incident"].sudo()
        if not told.search_count([*domain, ("code", "=", code)], limit=1):
            self._acorn_amazon_warn_cancelled_here()

    def _acorn_amazon_close_cancelled_here(self):
        """Close what does not hold any more, because of either side."""
        orders = self.sudo().filtered("acorn_amazon_store_id")
        if not orders:
            return
        incidents = self.env["acorn.amazon.incident"].sudo()
        domain = orders._acorn_amazon_contradiction_domain()
        incidents.search([*domain, ("state", "=", "open")]).filtered(
            lambda incident: (
                incident.code
                != orders.browse(incident.res_id)._acorn_amazon_get_contradiction()
            )
        )._close()

    def _acorn_amazon_contradiction_domain(self):
        return [
            ("code", "in", (CANCELLED_HERE, SHIPPED_ALL_THE_SAME)),
            ("res_model", "=", self._name),
            ("res_id", "in", self.ids),
        ]
