import json
from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..guard import check_written

# Amazon keeps one quantity per seller and SKU for all of Europe.
UNIFIED_REGIONS = ("eu",)
SOLD_LOG_DAYS = 2
# "Accepted" means that Amazon will work on a number. For minutes its interface may go
# on showing the old one, so until then no reading says what buyers will see.
SETTLING = timedelta(minutes=15)
# Two readings of all listings are two only when so much lies between them.
BETWEEN_READINGS = timedelta(hours=6)
STATUSES = ("BUYABLE", "DISCOVERABLE")
# What is known of a number, whichever offer it is sent with.
NUMBER_FIELDS = (
    "amazon_quantity",
    "amazon_quantity_at",
    "sold_log",
    "sent_log",
    "is_held",
    "held_quantity",
    "published_quantity",
    "published_at",
)


class AcornAmazonOffer(models.Model):
    """A listing on one marketplace: what buyers see there, and what we published.

    In Europe the quantity belongs to the seller and SKU, not to the marketplace: one
    offer of the listing owns it, the others follow (A2).
    """

    _name = "acorn.amazon.offer"
    _description = "Amazon Offer"
    _order = "listing_id, participation_id"
    _check_company_auto = True

    listing_id = fields.Many2one(
        "acorn.amazon.listing", required=True, ondelete="cascade", index=True
    )
    participation_id = fields.Many2one(
        "acorn.amazon.participation", required=True, ondelete="cascade", index=True
    )
    store_id = fields.Many2one(related="listing_id.store_id", store=True, index=True)
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    marketplace_id = fields.Many2one(related="participation_id.marketplace_id")
    sku = fields.Char(related="listing_id.sku", store=True)
    asin = fields.Char(related="listing_id.asin")
    product_id = fields.Many2one(related="listing_id.product_id")
    fulfillment_channel = fields.Selection(
        related="listing_id.fulfillment_channel", store=True
    )
    status = fields.Selection(
        [
            ("BUYABLE", "Can Be Bought"),
            ("DISCOVERABLE", "Visible, Cannot Be Bought"),
        ],
        string="Status at Amazon",
        readonly=True,
    )
    product_type = fields.Char("Amazon Product Type", readonly=True)
    currency_id = fields.Many2one(related="participation_id.currency_id")
    price = fields.Monetary("Price at Amazon", readonly=True)

    quantity_owner_id = fields.Many2one(
        "acorn.amazon.offer",
        readonly=True,
        index=True,
        help="The offer whose quantity this one shares: Amazon keeps one quantity per "
        "SKU for all of Europe.",
    )
    is_quantity_owner = fields.Boolean(compute="_compute_is_quantity_owner", store=True)
    seen_at = fields.Datetime(
        readonly=True, help="When Amazon's listings were read that had it."
    )
    missing_since = fields.Datetime(
        readonly=True, help="Amazon did not know it when it was asked last."
    )
    asked_at = fields.Datetime(
        readonly=True,
        help="When Amazon was asked for it, for its listings did not have it.",
    )
    unlisted_since = fields.Datetime(
        readonly=True,
        help="The first reading whose listings did not have it, and Amazon did not "
        "know it.",
    )
    stock_dirty = fields.Boolean(
        readonly=True, help="Something changed; the number will be computed again."
    )
    stock_unsent = fields.Boolean(
        readonly=True, help="Amazon does not show the number yet."
    )
    target_quantity = fields.Integer("Should Show", readonly=True)
    calculation = fields.Json(readonly=True)
    amazon_quantity = fields.Integer("Amazon Shows", readonly=True)
    amazon_quantity_at = fields.Datetime("Known Since", readonly=True)
    sold_log = fields.Json(
        readonly=True,
        help="What Amazon's number lost between two readings, by its own clock.",
    )
    sent_log = fields.Json(
        readonly=True,
        help="The numbers that Amazon may still be working on, by its own clock.",
    )
    is_held = fields.Boolean(
        "Held",
        readonly=True,
        help="A batch was taken back: no more than the held quantity is shown until "
        "the offer is resumed.",
    )
    held_quantity = fields.Integer(readonly=True)
    published_quantity = fields.Integer("Last Sent", readonly=True)
    published_at = fields.Datetime("Sent On", readonly=True)
    checked_at = fields.Datetime("Compared On", readonly=True)
    stock_state = fields.Selection(
        [
            ("none", "Not Managed"),
            ("waiting", "To Send"),
            ("feed", "In a Feed"),
            ("watched", "Watched Only"),
            ("published", "Up to Date"),
            ("refused", "Refused"),
        ],
        required=True,
        default="none",
        readonly=True,
    )
    stock_message = fields.Text("Message", readonly=True)

    _listing_participation_uniq = models.Constraint(
        "UNIQUE(listing_id, participation_id)",
        "The listing has an offer on this marketplace already.",
    )
    _to_do_idx = models.Index("(store_id) WHERE stock_dirty OR stock_unsent")

    # === COMPUTE METHODS === #

    @api.depends("sku", "participation_id.marketplace_id.name")
    def _compute_display_name(self):
        for offer in self:
            marketplace = offer.participation_id.marketplace_id.name
            offer.display_name = f"{offer.sku} / {marketplace}"

    @api.depends("quantity_owner_id")
    def _compute_is_quantity_owner(self):
        for offer in self:
            offer.is_quantity_owner = offer.quantity_owner_id == offer

    # === CRUD METHODS === #

    def write(self, vals):
        """Override: people set limits; what is sent follows from their rules."""
        check_written(self, vals, ("listing_id", "participation_id"))
        return super().write(vals)

    # === ACTION METHODS === #

    def action_publish_stock(self):
        """Compute and send the numbers of these offers anew."""
        self.check_access("write")
        stores = self.store_id.filtered(lambda store: store.stock_mode == "off")
        if stores:
            raise UserError(
                self.env._(
                    "Stock is not sent to Amazon for %(stores)s: switch it on in the "
                    "store first.",
                    stores=", ".join(stores.mapped("name")),
                )
            )
        owners = self.sudo().quantity_owner_id
        owners.write({"stock_dirty": True, "stock_unsent": True})
        owners._wake_sender()
        return True

    def action_explain_stock(self):
        """Show how the number came about."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Why This Number"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [
                (
                    self.env.ref(
                        "acorn_amazon_connector.acorn_amazon_offer_view_form"
                    ).id,
                    "form",
                )
            ],
            "target": "current",
        }

    def action_resume_stock(self):
        """Follow the stock again after a batch was taken back."""
        self.check_access("write")
        owners = self.sudo().quantity_owner_id
        owners.write({"is_held": False, "held_quantity": 0})
        owners._mark()
        return True

    # === BUSINESS METHODS === #

    @api.model
    def _upsert(self, participation, items):
        """Keep what Amazon says of a page of listings on one marketplace.

        :param participation: ``acorn.amazon.participation``
        :param items: ``mappers.listing.Listing`` objects
        :return: the offers of the page
        :rtype: acorn.amazon.offer
        """
        store = participation.store_id
        wanted = {(item.sku, item.fulfillment_channel): item for item in items}
        listings = self.env["acorn.amazon.listing"].search(
            [("store_id", "=", store.id), ("sku", "in", [sku for sku, _c in wanted])]
        )
        known = self.search(
            [
                ("listing_id", "in", listings.ids),
                ("participation_id", "=", participation.id),
            ]
        ).grouped("listing_id")
        offers = self.browse()
        missing = []
        for listing in listings:
            item = wanted.get((listing.sku, listing.fulfillment_channel))
            if item is None:
                continue
            vals = self._prepare_offer_vals(participation, item)
            offer = known.get(listing)
            if offer:
                offer.write({k: v for k, v in vals.items() if offer[k] != v})
                offers |= offer
            else:
                missing.append(
                    {
                        "listing_id": listing.id,
                        "participation_id": participation.id,
                        **vals,
                    }
                )
        created = self.create(missing)
        created._choose_quantity_owner()
        return offers | created

    @api.model
    def _prepare_offer_vals(self, participation, item):
        is_same_currency = item.currency == participation.currency_id.name
        shown = {}
        if participation.store_id.stock_mode != "publish" and item.quantity is not None:
            # To compare with; what is sent is compared with what is read then.
            shown = {"amazon_quantity": item.quantity, "amazon_quantity_at": False}
        return {
            **shown,
            "status": item.status
            if item.status in ("BUYABLE", "DISCOVERABLE")
            else False,
            "product_type": item.product_type or False,
            "price": float(item.price) if item.price and is_same_currency else 0.0,
        }

    def _choose_quantity_owner(self):
        """Say whose quantity is sent: in Europe one offer's for all marketplaces.

        It takes over what is known of the number. Removed offers follow it, so that
        one that is listed again does not go on with what it knew long ago.
        """
        for listing in self.listing_id:
            known = self.with_context(active_test=False).search(
                [("listing_id", "=", listing.id)], order="id"
            )
            offers = known.filtered("active")
            if listing.store_id.region not in UNIFIED_REGIONS:
                for offer in offers:
                    offer.quantity_owner_id = offer
                continue
            active = offers.filtered("participation_id.active") or offers
            found = active.filtered(lambda offer: not offer.missing_since) or active
            previous = offers.quantity_owner_id
            owner = (previous & found or found)[0]
            if previous and owner not in previous:
                [number] = previous[0].read(NUMBER_FIELDS)
                owner.write({name: number[name] for name in NUMBER_FIELDS})
            known.write({"quantity_owner_id": owner.id})
            (known - owner).write(
                {
                    "is_held": False,
                    "held_quantity": 0,
                    "stock_dirty": False,
                    "stock_unsent": False,
                    "stock_state": "none",
                    "stock_message": False,
                }
            )
        managed = self.quantity_owner_id.filtered(
            lambda offer: offer.store_id.stock_mode != "off"
        )
        managed.write({"stock_dirty": True})

    def _note_missing(self):
        """Amazon does not know these offers; another one sends what they share.

        Without another that is known, they stay what they are.
        """
        self.filtered(lambda offer: not offer.missing_since).write(
            {"missing_since": fields.Datetime.now()}
        )
        for offer in self.filtered("is_quantity_owner"):
            sisters = self.search(
                [
                    ("listing_id", "=", offer.listing_id.id),
                    ("quantity_owner_id", "=", offer.id),
                    ("participation_id.active", "=", True),
                    ("missing_since", "=", False),
                ],
                limit=1,
            )
            if sisters:
                offer._choose_quantity_owner()
                sisters._wake_sender()

    @api.model
    def _note_seen(self, participation, skus):
        """Note that Amazon's listings on a marketplace have SKUs, in any channel."""
        seen = self.search(
            [("participation_id", "=", participation.id), ("sku", "in", skus)]
        )
        seen.write({"seen_at": fields.Datetime.now(), "unlisted_since": False})
        back = seen.filtered("missing_since")
        back.write({"missing_since": False, "stock_message": False})
        back._mark()

    @api.model
    def _find_unseen(self, participation, since):
        """One offer that Amazon's listings on a marketplace do not have.

        :param datetime since: when the reading of all listings began, naive UTC
        :return: one that was not asked for since then, if there is one
        """
        return self.search(
            [
                ("participation_id", "=", participation.id),
                ("create_date", "<", since),
                "|",
                ("seen_at", "=", False),
                ("seen_at", "<", since),
                "|",
                ("asked_at", "=", False),
                ("asked_at", "<", since),
            ],
            order="id",
            limit=1,
        )

    def _note_unlisted(self):
        """All listings were read without this offer, and Amazon does not know it.

        At first it may be new: another offer sends its number, but it is still tried
        whether Amazon knows it. It is taken out when a later reading finds the same.
        """
        self.ensure_one()
        now = fields.Datetime.now()
        self._note_missing()
        self.unlisted_since = self.unlisted_since or now
        if self.unlisted_since + BETWEEN_READINGS <= now:
            self._set_removed()

    @api.model
    def _write_each(self, vals_by_offer):
        """Write each offer values of its own; those with the same values at once.

        :param dict vals_by_offer: {offer: vals}
        """
        ids, vals = defaultdict(list), {}
        for offer, own in vals_by_offer.items():
            key = json.dumps(own, sort_keys=True, default=str)
            ids[key].append(offer.id)
            vals[key] = own
        for key, offer_ids in ids.items():
            self.browse(offer_ids).write(vals[key])

    @api.model
    def _mark_products(self, products):
        """Have the numbers of all offers of products computed again.

        :param products: ``product.product``
        :return: number of offers marked
        """
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE acorn_amazon_offer offer SET stock_dirty = TRUE
                  FROM acorn_amazon_listing listing
                  JOIN acorn_amazon_store store ON store.id = listing.store_id
                 WHERE listing.id = offer.listing_id
                   AND listing.product_id IN %s
                   AND listing.fulfillment_channel = 'MERCHANT'
                   AND offer.is_quantity_owner
                   AND offer.stock_dirty IS NOT TRUE
                   AND store.stock_mode != 'off'
                RETURNING offer.id
                """,
                tuple(products.ids) or (0,),
            )
        )
        marked = self.browse([row[0] for row in rows])
        marked.invalidate_recordset(["stock_dirty"])
        marked._wake_sender()
        return len(marked)

    @api.model
    def _mark_unseen(self, store):
        """Have numbers computed again that were kept lower for unknown sales.

        Time alone tells that there were none.
        """
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE acorn_amazon_offer SET stock_dirty = TRUE
                 WHERE store_id = %s AND is_quantity_owner
                   AND stock_dirty IS NOT TRUE
                   AND stock_state IN ('published', 'watched')
                   AND (calculation -> 'supply' ->> 'unseen')::float > 0
                RETURNING id
                """,
                store.id,
            )
        )
        self.browse([row[0] for row in rows]).invalidate_recordset(["stock_dirty"])

    def _mark(self):
        """Have these numbers computed again, for what their rules depend on changed."""
        owners = self.sudo().quantity_owner_id.filtered(
            lambda offer: (
                offer.store_id.stock_mode != "off"
                and offer.fulfillment_channel == "MERCHANT"
            )
        )
        owners.write({"stock_dirty": True})
        owners._wake_sender()

    def _wake_sender(self):
        if self.store_id:
            self.env["acorn.amazon.task"].sudo()._wake(
                self.store_id, "remote", code="stock_publish"
            )

    # === WHAT AMAZON SHOWS === #

    def _learn_quantity(self, quantity, at):
        """Note what Amazon shows, and what it lost since it was last known.

        More than was sent last may be an older number, of which units were sold: it is
        noted what they are then.

        :param int quantity: units buyers can buy now
        :param datetime at: Amazon's time of the answer, naive UTC
        """
        self.ensure_one()
        lost = self.amazon_quantity - quantity if self.amazon_quantity_at else 0
        sent = self._get_settling(at)
        hidden = _count_hidden(quantity, sent) if sent and lost < 0 else None
        sold = max(0, lost, hidden or 0)
        self.write(
            {
                "amazon_quantity": quantity,
                "amazon_quantity_at": at,
                "sold_log": self._extend_sold_log(lost, at, hidden),
                # What was sold is missing from every number that may come to light.
                "sent_log": [
                    {
                        **entry,
                        "left": entry["left"] - sold,
                        "before": quantity,
                    }
                    for entry in sent
                ]
                or False,
            }
        )
        if sold:
            self._note_sold()

    def _assume_sold(self):
        """Amazon's number will be overwritten unread: all of it may have been sold."""
        self.ensure_one()
        if self.amazon_quantity_at:
            self.sold_log = self._extend_sold_log(self.amazon_quantity)
            self._note_sold()

    def _note_sold(self):
        """Have the other offers of these units computed again: other stores, kits."""
        self.env["acorn.amazon.stock.event"]._note_products(self.product_id)

    def _assume_shown(self, quantity):
        """Amazon may show a number that was sent, for no answer came.

        What is missing from it at the next reading may have been sold.
        """
        self.ensure_one()
        self._note_sent(quantity)
        if self.amazon_quantity_at and quantity > self.amazon_quantity:
            self.amazon_quantity = quantity

    def _note_sent(self, quantity):
        """Amazon may work on a number, whatever it answered."""
        self.ensure_one()
        self.sent_log = self._extend_sent_log(quantity)

    def _extend_sent_log(self, quantity, at=None):
        """:return: the numbers that Amazon may still be working on, the last at last

        ``left`` is what remains of each after known sales, ``before`` what Amazon
        showed before it.

        :param datetime at: Amazon's time of its answer, naive UTC; None without one
        """
        entry = {
            "at": fields.Datetime.to_string(at),
            "quantity": quantity,
            "left": quantity,
            "before": self.amazon_quantity,
        }
        return [*self._get_settling(at), entry]

    def _get_settling(self, at):
        """:return: what was sent so shortly before a moment that it may not show"""
        log = _date(self.sent_log, "at", at)
        if not at:
            return log
        oldest = fields.Datetime.to_string(at - SETTLING)
        return [entry for entry in log if entry["at"] > oldest]

    def _is_unsettled(self, quantity):
        """Whether Amazon may come to show another number than one just read."""
        self.ensure_one()
        at = self.amazon_quantity_at
        sent = self._get_settling(at) if at else []
        return any(entry["quantity"] != quantity for entry in sent)

    def _get_sold_log(self, at):
        """:return: the log without what is old and explained by orders by now

        Orders that could not be read for days explain nothing: what they sold must not
        be offered again.
        """
        log = _date(self.sold_log, "to", at)
        if not at:
            return log
        oldest = fields.Datetime.to_string(at - timedelta(days=SOLD_LOG_DAYS))
        if all(entry["to"] > oldest for entry in log):
            return log
        # Where nobody reads orders, none will ever explain anything.
        if self.store_id._get_task("orders_sweep").flow_id.active:
            calculator = self.env["acorn.amazon.stock.calculator"]
            horizon = calculator._get_horizon(self.store_id)
            known = fields.Datetime.to_string(horizon) if horizon else ""
            oldest = min(oldest, known)
        return [entry for entry in log if entry["to"] > oldest]

    def _is_older_shown(self):
        """Whether what was read last may be a number from before the last one sent."""
        self.ensure_one()
        last = self.sold_log[-1] if self.sold_log else {}
        return last.get("hidden", -1) >= 0

    def _extend_sold_log(self, units, at=None, hidden=None):
        """:return: what Amazon's number lost lately; what it gained is negative

        That it stayed the same is noted as well: as many may have been sold as came
        back.

        :param datetime at: Amazon's time of its answer, naive UTC; None without one
        :param hidden: what it lost if the gain is an older number, still shown
        """
        log = self._get_sold_log(at)
        if not self.amazon_quantity_at:
            return log or False
        entry = {
            "from": fields.Datetime.to_string(self.amazon_quantity_at),
            "to": fields.Datetime.to_string(at),
            "units": units,
        }
        if hidden is not None:
            entry["hidden"] = hidden
        last = log[-1] if log else None
        if last and not units and not last["units"] and last["to"] == entry["from"]:
            entry["from"] = log.pop()["from"]
        return [*log, entry]


def _date(log, name, at):
    """Return a log in which what had no answer has Amazon's time of its next one.

    Our own clock may be another than Amazon's.

    :param str name: the key of the time
    :param datetime at: Amazon's time of an answer, naive UTC; None without one
    """
    moment = fields.Datetime.to_string(at)
    return [{**entry, name: entry[name] or moment} for entry in log or []]


def _count_hidden(quantity, sent):
    """Return the units sold if Amazon shows not what was sent last but what was before.

    Below 0 it is none of these numbers.

    :param int quantity: units that Amazon shows
    :param list sent: what was sent lately, as ``sent_log`` has it
    """
    numbers = [sent[-1]["before"], *(entry["left"] for entry in sent)]
    return max(numbers) - quantity
