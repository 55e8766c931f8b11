from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import ormcache


class AcornAmazonStore(models.Model):
    """Stock in Amazon's warehouses: where it is in Odoo, since when it is followed."""

    _inherit = "acorn.amazon.store"

    fba_stock = fields.Boolean(
        "Follow FBA Stock",
        tracking=True,
        copy=False,
        help="Odoo's stock at Amazon becomes what Amazon says it holds (opening "
        "balance), and follows Amazon's ledger from then on: received, lost, found, "
        "damaged, disposed of, returned. Orders are deducted by their deliveries.",
    )
    fba_opened_at = fields.Datetime(
        "FBA Opening Balance Of", readonly=True, copy=False, help="By Amazon's clock."
    )
    fba_ledger_until = fields.Datetime(
        "FBA Ledger Read Up To", readonly=True, copy=False
    )
    fba_ledger_empty_at = fields.Datetime(
        "Nothing New in the FBA Ledger",
        readonly=True,
        copy=False,
        help="When Amazon last had no ledger. The next one has all days since the "
        "last one again.",
    )
    fba_read_at = fields.Datetime("FBA Inventory Read", readonly=True, copy=False)
    fba_settled_at = fields.Datetime(readonly=True, copy=False)
    fba_unsellable_location_id = fields.Many2one(
        "stock.location", "FBA Unsellable", check_company=True, copy=False
    )
    fba_inbound_location_id = fields.Many2one(
        "stock.location",
        "FBA Inbound",
        check_company=True,
        copy=False,
        help="Transfer goods here when they leave for Amazon. What Amazon receives is "
        "taken from here.",
    )
    fba_transfer_location_id = fields.Many2one(
        "stock.location", "FBA Between Centres", check_company=True, copy=False
    )
    fba_removal_location_id = fields.Many2one(
        "stock.location",
        "FBA Removals",
        check_company=True,
        copy=False,
        help="On the way back from Amazon: transfer the goods from here when they "
        "arrive.",
    )
    mcf = fields.Boolean(
        "Amazon Ships Other Orders",
        tracking=True,
        copy=False,
        help="Deliveries of orders from other channels that leave from the FBA "
        "location are sent to Amazon, which ships them (multi-channel fulfilment).",
    )
    mcf_speed = fields.Selection(
        [
            ("Standard", "Standard"),
            ("Expedited", "Expedited"),
            ("Priority", "Priority"),
        ],
        "Shipping Speed",
        default="Standard",
        required=True,
    )
    mcf_comment = fields.Char(
        "Text on the Packing Slip", size=750, translate=True, default=""
    )
    fba_difference_count = fields.Integer(
        "FBA Differences", compute="_compute_fba_difference_count"
    )

    def _compute_fba_difference_count(self):
        rows = self.env["acorn.amazon.fba.balance"]._read_group(
            [("store_id", "in", self.ids), ("state", "=", "unexplained")],
            ["store_id"],
            ["__count"],
        )
        counts = dict(rows)
        for store in self:
            store.fba_difference_count = counts.get(store, 0)

    @api.model_create_multi
    def create(self, vals_list):
        """Override: the locations of stores are known by heart."""
        stores = super().create(vals_list)
        if any(vals.get("fba_location_id") for vals in vals_list):
            self.env.registry.clear_cache()
        return stores

    def write(self, vals):
        """Override to begin at once when FBA stock is to be followed."""
        result = super().write(vals)
        if "fba_location_id" in vals:
            self.env.registry.clear_cache()
        if vals.get("fba_stock"):
            running = self.filtered(lambda store: store.state in ("live", "shadow"))
            tasks = self.env["acorn.amazon.task"].sudo()
            tasks._wake(running, "remote", code="fba_stock")
        return result

    def action_view_fba_balances(self):
        """Open the comparison of Odoo's and Amazon's stock."""
        return self._get_own_action("acorn_amazon_fba_balance_action")

    def action_read_fba_stock(self):
        """Read Amazon's inventory and ledger as soon as possible."""
        self.ensure_one()
        task = self._get_task("fba_stock")
        if not self.fba_stock or not task:
            raise UserError(
                self.env._("Switch Follow FBA Stock on, and start the store, first.")
            )
        task.action_run_now()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": self.env._(
                    "Amazon is being asked. Its ledger takes a few minutes."
                )
            },
        }

    @api.model
    @ormcache()
    def _get_fba_location_ids(self):
        """The FBA locations of all stores; asked for each move, so it is cached."""
        stores = self.sudo().with_context(active_test=False)
        return frozenset(
            stores.search([("fba_location_id", "!=", False)]).fba_location_id.ids
        )

    @api.model
    def _is_at_amazon(self, locations):
        """Whether one of some locations is, or is below, a store's FBA location.

        :param locations: ``stock.location``
        :rtype: bool
        """
        ids = self._get_fba_location_ids()
        return bool(ids) and any(
            int(part) in ids
            for location in locations.sudo()
            for part in (location.parent_path or "").split("/")
            if part
        )

    def _find_for_outbound(self, picking):
        """The store whose Amazon ships a delivery.

        Only a live store writes to Amazon; its own orders are shipped anyway.

        :param picking: ``stock.picking``
        :rtype: acorn.amazon.store
        """
        if picking.sale_id.acorn_amazon_order_id or picking.state in (
            "draft",
            "done",
            "cancel",
        ):
            return self.browse()
        stores = self.search(
            [
                ("mcf", "=", True),
                ("state", "=", "live"),
                ("fba_location_id", "!=", False),
                ("company_id", "=", picking.company_id.id),
            ]
        )
        return stores.filtered(
            lambda store: picking.location_id._child_of(store.fba_location_id)
        )[:1]

    def _get_fba_places(self):
        """Locations for the stock at Amazon; created when first needed.

        ``stock`` is what can be sold, units reserved for orders included. The others
        stand beside it in the same warehouse, so that no delivery takes from them.

        :return: dict of stock, unsellable, inbound, transfer, removal → stock.location
        """
        self.ensure_one()
        store = self.sudo()
        warehouse = store._get_fba_warehouse().sudo()
        if not store.fba_location_id:
            store.fba_location_id = warehouse.lot_stock_id
        wanted = {
            "unsellable": (self.env._("Unsellable"), "internal"),
            "inbound": (self.env._("Inbound"), "transit"),
            "transfer": (self.env._("Between Centres"), "transit"),
            "removal": (self.env._("Removals"), "transit"),
        }
        for key, (name, usage) in wanted.items():
            field = f"fba_{key}_location_id"
            if not store[field]:
                store[field] = self.env["stock.location"].create(
                    {
                        "name": name,
                        "usage": usage,
                        "location_id": warehouse.view_location_id.id,
                        "company_id": store.company_id.id,
                    }
                )
        places = {key: store[f"fba_{key}_location_id"] for key in wanted}
        return {"stock": store.fba_location_id, **places}
