from datetime import timezone

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...mappers.fba_ledger import identify, kind_of
from ...mappers.fba_pool import pool_of_country

KINDS = [
    ("opening", "Opening Balance"),
    ("receipt", "Goods Received"),
    ("shipment", "Shipped to a Customer"),
    ("return", "Returned by a Customer"),
    ("removal", "Sent Back to You"),
    ("transfer", "Moved Between Centres"),
    ("lost", "Lost"),
    ("found", "Found"),
    ("condition", "Condition Changed"),
    ("disposed", "Disposed Of"),
    ("adjustment", "Adjusted"),
    ("other", "Other"),
    ("settlement", "Settled With an Order"),
    ("correction", "Corrected by Hand"),
]
STATES = [
    ("waiting", "To Book"),
    ("booked", "Booked"),
    ("order", "Counted by the Delivery"),
    ("order_missing", "Waiting for the Order"),
    ("before", "Before the Opening Balance"),
    ("unknown", "Product Unknown"),
    ("error", "Error"),
]


class AcornAmazonFbaEvent(models.Model):
    """One thing that changed the stock at Amazon, and the stock move it became (X14).

    Events come from the ledger detail report, each kept once by its own key. Units
    that Amazon shipped for an order are booked by the delivery of that order, not by
    the event: see ``acorn_amazon_fba_event_shipments``.
    """

    _name = "acorn.amazon.fba.event"
    _description = "Amazon FBA Event"
    _order = "at desc, id desc"
    _rec_name = "description"

    store_id = fields.Many2one(
        "acorn.amazon.store", required=True, ondelete="restrict", index=True
    )
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    key = fields.Char(required=True, readonly=True)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    event_type = fields.Char("Amazon's Word", readonly=True)
    reason = fields.Char("Amazon's Reason", readonly=True)
    disposition = fields.Char("Amazon's Code", readonly=True)
    disposition_text = fields.Char("Disposition", compute="_compute_disposition_text")
    sku = fields.Char("SKU", readonly=True, index=True)
    fnsku = fields.Char("FNSKU", readonly=True)
    title = fields.Char(readonly=True)
    product_id = fields.Many2one(
        "product.product", readonly=True, index="btree_not_null"
    )
    quantity = fields.Integer(readonly=True, help="Below 0: units left.")
    reference = fields.Char("Amazon's Reference", readonly=True, index=True)
    center = fields.Char("Fulfilment Centre", readonly=True)
    country = fields.Char(readonly=True)
    stock_pool = fields.Char("Stock Of", readonly=True)
    day = fields.Date(readonly=True)
    happened_at = fields.Datetime(readonly=True)
    at = fields.Datetime("When", readonly=True, required=True, index=True)
    reconciled = fields.Integer(
        readonly=True, help="Units of a loss that were found again."
    )
    unreconciled = fields.Integer(
        readonly=True, help="Units that Amazon still has to find or to pay for."
    )
    state = fields.Selection(STATES, required=True, default="waiting", readonly=True)
    message = fields.Text(readonly=True)
    exchange_id = fields.Many2one(
        "acorn.amazon.exchange", "Document", readonly=True, ondelete="set null"
    )
    move_ids = fields.One2many(
        "stock.move", "acorn_amazon_fba_event_id", "Stock Moves", readonly=True
    )
    description = fields.Char(compute="_compute_description")

    _key_uniq = models.Constraint("UNIQUE(store_id, key)", "This event is here.")
    _open_idx = models.Index(
        "(store_id, at) WHERE state IN ('waiting', 'unknown', 'order_missing')"
    )
    _shipment_idx = models.Index(
        "(store_id, reference) WHERE kind IN ('shipment', 'settlement')"
    )

    @api.depends("kind", "reason", "center", "disposition")
    @api.depends_context("lang")
    def _compute_description(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        dispositions = self._get_disposition_words()
        for event in self:
            disposition = event.disposition or "SELLABLE"
            facts = [
                event.reason and self.env._("reason %(code)s", code=event.reason),
                event.center,
                dispositions.get(disposition, disposition),
            ]
            detail = ", ".join(fact for fact in facts if fact)
            name = kinds.get(event.kind, "")
            event.description = f"{name} ({detail})" if detail else name

    @api.depends("disposition")
    @api.depends_context("lang")
    def _compute_disposition_text(self):
        words = self._get_disposition_words() | {"SELLABLE": self.env._("Sellable")}
        for event in self:
            event.disposition_text = words.get(event.disposition, event.disposition)

    @api.model
    def _get_disposition_words(self):
        """What Amazon's dispositions mean; of goods that can be sold nothing is said.

        :rtype: dict[str, str]
        """
        return {
            "SELLABLE": "",
            "UNSELLABLE": self.env._("Unsellable"),
            "INBOUND": self.env._("Inbound"),
            "TRANSFER": self.env._("Between Centres"),
            "CUSTOMER_DAMAGED": self.env._("damaged by customers"),
            "WAREHOUSE_DAMAGED": self.env._("damaged at Amazon"),
            "DISTRIBUTOR_DAMAGED": self.env._("damaged by the distributor"),
            "CARRIER_DAMAGED": self.env._("damaged by the carrier"),
            "DEFECTIVE": self.env._("defective"),
            "EXPIRED": self.env._("expired"),
        }

    # === ACTION METHODS === #

    def action_view_moves(self):
        """Open what was booked."""
        self.ensure_one()
        if not self.move_ids:
            raise UserError(self.env._("Nothing was booked for this event itself."))
        domain = [("move_id", "in", self.move_ids.ids)]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Stock Moves"),
            "res_model": "stock.move.line",
            "view_mode": "list,form",
            "domain": domain,
            "context": {"create": False},
        }

    def action_retry(self):
        """Book what could not be booked again, after the reason was removed."""
        self.check_access("read")
        stopped = self.sudo().filtered(lambda e: e.state in ("error", "unknown"))
        if not stopped:
            raise UserError(self.env._("There is nothing to repeat."))
        stopped.write({"state": "waiting", "message": False})
        self.env["acorn.amazon.task"].sudo()._wake(
            stopped.store_id, "local", code="fba_apply"
        )
        return True

    # === KITS === #

    def _split_by_stocked(self):
        """What events mean for the products that Odoo counts, which may be parts.

        :return: list of (event, product, its quantity, below 0 when it left)
        """
        split = []
        for company, events in self.grouped("company_id").items():
            stocked = events.product_id._acorn_amazon_get_stocked(company)
            split += [
                (event, product, event.quantity * units)
                for event in events
                for product, units in stocked.get(event.product_id, ())
            ]
        return split

    # === KEEPING === #

    @api.model
    def _keep(self, exchange, ledger_events):
        """Keep the events of one day; those that are here stay, but for what changes.

        :param exchange: the document they come from
        :param ledger_events: ``mappers.fba_ledger.LedgerEvent`` objects of a whole day
        :return: the new events
        """
        store = exchange.store_id
        wanted = dict(identify(ledger_events))
        known = self.search(
            [("store_id", "=", store.id), ("key", "in", list(wanted))]
        ).grouped("key")
        for key, event in known.items():
            figures = {
                "reconciled": wanted[key].reconciled,
                "unreconciled": wanted[key].unreconciled,
            }
            if any(event[name] != value for name, value in figures.items()):
                event.write(figures)
        return self.create(
            [
                {
                    "store_id": store.id,
                    "key": key,
                    "exchange_id": exchange.id,
                    **self._prepare_vals(store, event),
                }
                for key, event in wanted.items()
                if key not in known
            ]
        )

    @api.model
    def _prepare_vals(self, store, event):
        moment = event.happened_at and event.happened_at.astimezone(
            timezone.utc
        ).replace(tzinfo=None, microsecond=0)
        return {
            "kind": kind_of(event),
            "event_type": event.event_type,
            "reason": event.reason,
            "disposition": event.disposition,
            "sku": event.sku,
            "fnsku": event.fnsku,
            "title": event.title,
            "quantity": event.quantity,
            "reference": event.reference,
            "center": event.center,
            "country": event.country,
            "stock_pool": pool_of_country(store.region, event.country),
            "day": event.day,
            "happened_at": moment,
            "at": moment or fields.Datetime.to_datetime(event.day),
            "reconciled": event.reconciled,
            "unreconciled": event.unreconciled,
        }
