import json
from ast import literal_eval
from datetime import timedelta

from babel.dates import format_skeleton, format_timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import get_lang
from odoo.tools.misc import babel_locale_parse

from .acorn_amazon_exchange_repair import STOPPED_STATES
from .sale_order_shipping import start_of_day

GRAPH_DAYS = 14
ORDER_FLOWS = ("orders_sweep", "orders_apply")
# Colours of the kanban palette: what a person must do shows from afar.
STATE_COLORS = {
    "live": 10,
    "shadow": 4,
    "authorised": 3,
    "draft": 3,
    "paused": 0,
    "reauthorise": 1,
}


class AcornAmazonStore(models.Model):
    """What the dashboard shows of a store, read for all stores together."""

    _inherit = "acorn.amazon.store"

    dashboard_color = fields.Integer(compute="_compute_dashboard_color")
    orders_today = fields.Integer(compute="_compute_dashboard_orders")
    orders_graph = fields.Text(compute="_compute_dashboard_orders")
    to_ship_count = fields.Integer("To Ship", compute="_compute_dashboard_shipping")
    late_count = fields.Integer("Late to Ship", compute="_compute_dashboard_shipping")
    hold_count = fields.Integer("On Hold", compute="_compute_dashboard_shipping")
    blocked_count = fields.Integer(
        "Need a Decision", compute="_compute_dashboard_documents"
    )
    error_count = fields.Integer("Errors", compute="_compute_dashboard_documents")
    watched_count = fields.Integer(
        "Watched Only", compute="_compute_dashboard_documents"
    )
    incident_count = fields.Integer(compute="_compute_dashboard_incidents")
    backlog = fields.Integer(compute="_compute_dashboard_tasks")
    eta_text = fields.Char("Backlog Done", compute="_compute_dashboard_tasks")
    last_success = fields.Datetime(
        compute="_compute_dashboard_tasks",
        help="The oldest last success of the store's tasks: since then something may "
        "be missing.",
    )
    last_success_text = fields.Char(compute="_compute_dashboard_tasks")
    failing_count = fields.Integer("Failing Tasks", compute="_compute_dashboard_tasks")
    missing_count = fields.Integer(
        "Missing Orders",
        compute="_compute_dashboard_census",
        help="Orders of the latest order census that Amazon has and Odoo has not.",
    )
    census_text = fields.Char(
        "Latest Order Census", compute="_compute_dashboard_census"
    )
    rounding_count = fields.Integer(
        "Orders with Rounding",
        compute="_compute_dashboard_rounding",
        help="Orders of the last 30 days that Odoo's taxes make differ by a cent.",
    )
    rounding_advice = fields.Char(compute="_compute_dashboard_rounding")

    # === COMPUTE METHODS === #

    @api.depends("state")
    def _compute_dashboard_color(self):
        for store in self:
            store.dashboard_color = STATE_COLORS.get(store.state, 0)

    def _compute_dashboard_orders(self):
        since = start_of_day(self.env) - timedelta(days=GRAPH_DAYS - 1)
        first_day = fields.Date.context_today(self) - timedelta(days=GRAPH_DAYS - 1)
        per_day = {store: [0] * GRAPH_DAYS for store in self}
        rows = (
            self.env["sale.order"]
            .with_context(tz=self.env.tz.zone)
            ._read_group(
                [
                    ("acorn_amazon_store_id", "in", self.ids),
                    ("date_order", ">=", since),
                ],
                ["acorn_amazon_store_id", "date_order:day"],
                ["__count"],
            )
        )
        for store, day, count in rows:
            index = (day.date() - first_day).days
            per_day[store.with_env(self.env)][min(index, GRAPH_DAYS - 1)] += count
        for store in self:
            store.orders_today = per_day[store][-1]
            store.orders_graph = any(per_day[store]) and json.dumps(
                [self._prepare_graph(per_day[store])]
            )

    def _prepare_graph(self, per_day):
        """Data of the ``dashboard_graph`` widget: one bar per day, today the last."""
        today = fields.Date.context_today(self)
        days = [today - timedelta(days=back) for back in range(GRAPH_DAYS)][::-1]
        values = [
            {
                "label": str(day.day),
                "value": count,
                "type": "future" if day == today else "past",
            }
            for day, count in zip(days, per_day, strict=True)
        ]
        return {"values": values, "title": "", "key": self.env._("Orders")}

    def _compute_dashboard_shipping(self):
        orders = self.env["sale.order"]

        def count(*kinds):
            return dict(
                orders._read_group(
                    [
                        ("acorn_amazon_store_id", "in", self.ids),
                        ("acorn_amazon_shipping", "in", kinds),
                    ],
                    ["acorn_amazon_store_id"],
                    ["__count"],
                )
            )

        to_ship, late, hold = (
            count("late", "today", "later"),
            count("late"),
            count("hold"),
        )
        for store in self:
            store.to_ship_count = to_ship.get(store, 0)
            store.late_count = late.get(store, 0)
            store.hold_count = hold.get(store, 0)

    def _compute_dashboard_documents(self):
        rows = self.env["acorn.amazon.exchange"]._read_group(
            [
                ("store_id", "in", self.ids),
                ("state", "in", (*STOPPED_STATES, "shadow")),
            ],
            ["store_id", "state"],
            ["__count"],
        )
        counts = {(store, state): count for store, state, count in rows}
        for store in self:
            store.blocked_count = counts.get((store, "blocked"), 0)
            store.error_count = counts.get((store, "error"), 0)
            store.watched_count = counts.get((store, "shadow"), 0)

    def _compute_dashboard_incidents(self):
        counts = dict(
            self.env["acorn.amazon.incident"]._read_group(
                [("store_id", "in", self.ids), ("state", "=", "open")],
                ["store_id"],
                ["__count"],
            )
        )
        for store in self:
            store.incident_count = counts.get(store, 0)

    def _compute_dashboard_tasks(self):
        now = fields.Datetime.now()
        locale = babel_locale_parse(get_lang(self.env).code)
        for store in self:
            tasks = store.task_ids
            # What runs once a day would make a dead store look alive.
            orders = tasks.filtered(lambda task: task.flow_id.code in ORDER_FLOWS)
            successes = orders.mapped("last_success")
            store.last_success = min(successes) if orders and all(successes) else False
            store.last_success_text = store.last_success and format_timedelta(
                store.last_success - now, add_direction=True, locale=locale
            )
            store.failing_count = len(tasks.filtered("failure_count"))
            store.backlog = sum(tasks.mapped("backlog"))
            times = [eta for eta in tasks.mapped("eta") if eta]
            # An estimate that is good to the second does not exist.
            store.eta_text = times and format_timedelta(
                max(max(times) - now, timedelta(seconds=1)),
                granularity="minute",
                add_direction=True,
                locale=locale,
            )

    def _compute_dashboard_census(self):
        latest = self.env["acorn.amazon.census"]._get_latest(self)
        locale = babel_locale_parse(get_lang(self.env).code)
        for store in self:
            census = latest.get(store.id)
            store.missing_count = census.missing_count if census else 0
            day = census and fields.Datetime.context_timestamp(self, census.checked_at)
            store.census_text = day and format_skeleton("MMMd", day, locale=locale)

    def _compute_dashboard_rounding(self):
        counts = dict(
            self.env["sale.order"]._read_group(
                [
                    ("acorn_amazon_store_id", "in", self.ids),
                    ("date_order", ">=", "today -30d"),
                    (
                        "order_line",
                        "any",
                        [
                            ("acorn_amazon_charge", "=", "rounding"),
                            ("price_total", "!=", 0),
                        ],
                    ),
                ],
                ["acorn_amazon_store_id"],
                ["__count"],
            )
        )
        for store in self:
            store.rounding_count = counts.get(store, 0)
            method = store.company_id.tax_calculation_rounding_method
            store.rounding_advice = method == "round_globally" and self.env._(
                "None with Rounding Method: Round per Line (settings of Invoicing)."
            )

    # === ACTION METHODS === #

    def action_view_amazon_orders(self):
        """Open the store's orders; the context of the button picks the filter."""
        return self._get_own_action("acorn_amazon_sale_order_action", "acorn_amazon_")

    def action_view_documents(self):
        """Open the store's documents; the context of the button picks the filter."""
        return self._get_own_action("acorn_amazon_exchange_action")

    def action_view_incidents(self):
        return self._get_own_action("acorn_amazon_incident_action")

    def action_view_tasks(self):
        return self._get_own_action("acorn_amazon_task_action")

    def action_view_calls(self):
        return self._get_own_action("acorn_amazon_call_action")

    def action_view_budgets(self):
        return self._get_own_action("acorn_amazon_budget_action")

    def action_view_censuses(self):
        return self._get_own_action("acorn_amazon_census_action")

    def action_view_shadow(self):
        """Open what the watched store would create (X7)."""
        action = self._get_own_action("acorn_amazon_exchange_shadow_action")
        action["context"]["acorn_amazon_store_id"] = self.id
        return action

    def action_open_store(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
        }

    def _get_own_action(self, xmlid, prefix=""):
        """A window action narrowed to this store.

        Default filters of the action give way to those of the button.

        :param str xmlid: of an action of this addon
        :param str prefix: of the field that names the store
        :rtype: dict
        """
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"acorn_amazon_connector.{xmlid}"
        )
        narrowed = Domain(literal_eval(action["domain"] or "[]"))
        narrowed &= Domain(f"{prefix}store_id", "=", self.id)
        action["domain"] = list(narrowed)
        chosen = {
            name: value
            for name, value in self.env.context.items()
            if name.startswith("search_default_")
        }
        usual = literal_eval(action["context"] or "{}")
        if chosen:
            usual = {
                name: value
                for name, value in usual.items()
                if not name.startswith("search_default_")
            }
        action["context"] = {**usual, **chosen}
        action["display_name"] = f"{action['name']}: {self.name}"
        return action
