from datetime import timezone
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, float_repr

from ...mappers.errors import PayloadError
from ...mappers.price import Prices, Sale, read_prices
from .acorn_amazon_participation import _check_limits

PRICE_STATES = [
    ("none", "Not Managed"),
    ("waiting", "To Send"),
    ("watched", "Watched Only"),
    ("published", "Up to Date"),
    ("blocked", "Needs a Decision"),
    ("refused", "Refused"),
]


class AcornAmazonOffer(models.Model):
    """What an offer costs: as Odoo computes it, and as Amazon shows it."""

    _inherit = "acorn.amazon.offer"

    price_dirty = fields.Boolean(
        readonly=True, help="Something changed; the price will be computed again."
    )
    price_unsent = fields.Boolean(
        readonly=True, help="Amazon does not show the price yet."
    )
    target_price = fields.Monetary("Should Cost", readonly=True)
    target_sale_price = fields.Monetary("Sale Price", readonly=True)
    target_sale_start = fields.Datetime("Sale From", readonly=True)
    target_sale_end = fields.Datetime("Sale Until", readonly=True)
    target_business_price = fields.Monetary("Business Price", readonly=True)
    amazon_price = fields.Monetary("Costs at Amazon", readonly=True)
    amazon_sale_price = fields.Monetary("Sale Price at Amazon", readonly=True)
    amazon_sale_start = fields.Datetime("Sale at Amazon From", readonly=True)
    amazon_sale_end = fields.Datetime("Sale at Amazon Until", readonly=True)
    amazon_business_price = fields.Monetary("Business Price at Amazon", readonly=True)
    amazon_price_at = fields.Datetime("Price Known Since", readonly=True)
    price_floor = fields.Monetary(
        "Lowest Price",
        help="Nothing below it is sent. 0: the limit of the marketplace holds.",
    )
    price_ceiling = fields.Monetary(
        "Highest Price",
        help="Nothing above it is sent. 0: the limit of the marketplace holds.",
    )
    price_change_allowed = fields.Boolean(
        readonly=True, help="The large change was allowed by a person, this once."
    )
    price_calculation = fields.Json(readonly=True)
    held_prices = fields.Json(
        readonly=True, help="A batch was taken back: these prices stay until resumed."
    )
    is_price_held = fields.Boolean(
        "Price Held", compute="_compute_is_price_held", store=True
    )
    price_sent_at = fields.Datetime("Price Sent On", readonly=True)
    price_state = fields.Selection(
        PRICE_STATES, required=True, default="none", readonly=True
    )
    price_message = fields.Text(readonly=True)
    active = fields.Boolean(
        default=True, help="Off: the offer was removed from the marketplace."
    )
    removal_state = fields.Selection(
        [("waiting", "Being Removed"), ("refused", "Not Removed")], readonly=True
    )
    removal_message = fields.Text(readonly=True)
    # No inverse of a field: that would cost time with each of thousands created.
    submission_ids = fields.One2many(
        "acorn.amazon.submission", compute="_compute_submissions"
    )
    price_submission_ids = fields.One2many(
        "acorn.amazon.submission", compute="_compute_submissions"
    )

    _price_to_do_idx = models.Index("(store_id) WHERE price_dirty OR price_unsent")

    # === COMPUTE METHODS === #

    @api.depends("held_prices")
    def _compute_is_price_held(self):
        for offer in self:
            offer.is_price_held = bool(offer.held_prices)

    def _compute_submissions(self):
        sent = self.env["acorn.amazon.submission"].search(
            [("offer_id", "in", self.ids)]
        )
        groups = sent.grouped(lambda one: (one.offer_id.id, one.kind))
        for offer in self:
            key = offer._origin.id
            offer.submission_ids = groups.get((key, "stock"), sent.browse())
            offer.price_submission_ids = groups.get((key, "price"), sent.browse())

    @api.constrains("price_floor", "price_ceiling")
    def _check_price_limits(self):
        for offer in self:
            _check_limits(offer)

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override to compute the price of new offers."""
        offers = super().create(vals_list)
        offers._mark_price()
        return offers

    def write(self, vals):
        """Override to compute the price anew when its limits change."""
        result = super().write(vals)
        if "price_floor" in vals or "price_ceiling" in vals:
            self._mark_price()
        return result

    # === ACTION METHODS === #

    def action_publish_price(self):
        """Compute and send the prices of these offers anew."""
        self.check_access("write")
        stores = self.store_id.filtered(lambda store: store.price_mode == "off")
        if stores:
            raise UserError(
                self.env._(
                    "Prices are not sent to Amazon for %(stores)s: switch it on in the "
                    "store first.",
                    stores=", ".join(stores.mapped("name")),
                )
            )
        self.sudo().write({"price_dirty": True, "price_unsent": True})
        self._wake_price_sender()
        return True

    def action_allow_price_change(self):
        """Send a price that differs more than the marketplace allows, this once."""
        self.check_access("write")
        self.sudo().write({"price_change_allowed": True})
        self._mark_price()
        return True

    def action_resume_price(self):
        """Follow the pricelist again after a batch was taken back."""
        self.check_access("write")
        self.sudo().write({"held_prices": False})
        self._mark_price()
        return True

    def action_remove(self):
        """Delete these offers from their marketplaces; the SKU stays elsewhere."""
        self.check_access("write")
        if any(store.state != "live" for store in self.store_id):
            raise UserError(
                self.env._("The store is not live, so nothing is sent to Amazon.")
            )
        self.sudo().write({"removal_state": "waiting", "removal_message": False})
        self.env["acorn.amazon.task"].sudo()._wake(
            self.store_id, "remote", code="publications"
        )
        return True

    # === BUSINESS METHODS === #

    def _set_removed(self):
        """Amazon has deleted the offer: nothing is sent for it any more."""
        self.write(
            {
                "active": False,
                "removal_state": False,
                "status": False,
                "stock_dirty": False,
                "stock_unsent": False,
                "stock_state": "none",
                "price_dirty": False,
                "price_unsent": False,
                "price_state": "none",
            }
        )
        left = self.listing_id.offer_ids.filtered("active")
        left._choose_quantity_owner()

    @api.model
    def _upsert(self, participation, items):
        """Override to bring back offers that were removed and listed again."""
        gone = self.with_context(active_test=False).search(
            [
                ("participation_id", "=", participation.id),
                ("active", "=", False),
                ("sku", "in", [item.sku for item in items]),
            ]
        )
        gone.filtered(lambda offer: not offer.removal_state).write({"active": True})
        offers = super()._upsert(participation, items)
        (offers & gone)._choose_quantity_owner()
        (offers & gone)._mark_price()
        return offers

    @api.model
    def _mark_prices(self, pricelists, template_ids):
        """Have prices computed again.

        :param pricelists: ``product.pricelist``, None for all
        :param template_ids: ids of ``product.template``, None for all
        :return: number of offers marked
        """
        conditions = [SQL("store.price_mode != 'off' AND offer.active")]
        if pricelists is not None:
            ids = tuple(pricelists.ids) or (0,)
            conditions.append(
                SQL(
                    "(place.pricelist_id IN %s OR place.b2b_pricelist_id IN %s)",
                    ids,
                    ids,
                )
            )
        if template_ids is not None:
            conditions.append(
                SQL("product.product_tmpl_id IN %s", tuple(template_ids) or (0,))
            )
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE acorn_amazon_offer offer SET price_dirty = TRUE
                  FROM acorn_amazon_listing listing
                  JOIN acorn_amazon_store store ON store.id = listing.store_id
                  JOIN product_product product ON product.id = listing.product_id,
                       acorn_amazon_participation place
                 WHERE listing.id = offer.listing_id
                   AND place.id = offer.participation_id
                   AND offer.price_dirty IS NOT TRUE
                   AND %s
                RETURNING offer.id
                """,
                SQL(" AND ").join(conditions),
            )
        )
        marked = self.browse([row[0] for row in rows])
        marked.invalidate_recordset(["price_dirty"])
        marked._wake_price_sender()
        return len(marked)

    def _mark_price(self):
        """Have these prices computed again, for what they depend on changed."""
        managed = self.sudo().filtered(lambda offer: offer.store_id.price_mode != "off")
        managed.write({"price_dirty": True})
        managed._wake_price_sender()

    def _wake_price_sender(self):
        if self.store_id:
            self.env["acorn.amazon.task"].sudo()._wake(
                self.store_id, "remote", code="price_publish"
            )

    # === PRICES === #

    def _get_prices(self, side):
        """Return the prices of an offer.

        :param str side: ``target`` or ``amazon``
        :rtype: mappers.price.Prices
        """
        self.ensure_one()

        def amount(name):
            value = self[f"{side}_{name}"]
            return Decimal(float_repr(value, self._get_digits())) if value else None

        sale = None
        if amount("sale_price"):
            start, end = self[f"{side}_sale_start"], self[f"{side}_sale_end"]
            sale = Sale(amount("sale_price"), _aware(start), _aware(end))
        return Prices(amount("price"), sale, amount("business_price"))

    @api.model
    def _prepare_prices_vals(self, side, prices):
        """Return the values of one side's prices.

        :param str side: ``target`` or ``amazon``
        :param prices: ``mappers.price.Prices``
        :rtype: dict
        """
        sale = prices.sale
        return {
            f"{side}_price": float(prices.price or 0),
            f"{side}_sale_price": float(sale.price) if sale else 0.0,
            f"{side}_sale_start": _naive(sale.start) if sale else False,
            f"{side}_sale_end": _naive(sale.end) if sale else False,
            f"{side}_business_price": float(prices.business or 0),
        }

    def _get_digits(self):
        return self.currency_id.decimal_places if self.currency_id else 2

    def _shows_prices(self, wanted):
        """Whether Amazon, as far as is known, shows the wanted prices.

        :param wanted: ``mappers.price.Prices``
        :rtype: bool
        """
        self.ensure_one()
        shown = self._get_prices("amazon")
        return (
            shown.price == wanted.price
            and wanted.business in (None, shown.business)
            and (
                not self.participation_id.price_sends_sales or shown.sale == wanted.sale
            )
        )

    def _learn_prices(self, prices, at):
        """Note what Amazon shows.

        :param prices: ``mappers.price.Prices``
        :param datetime at: Amazon's time of the answer, naive UTC
        """
        self.ensure_one()
        vals = self._prepare_prices_vals("amazon", prices)
        changed = {name: value for name, value in vals.items() if self[name] != value}
        if changed or not self.amazon_price_at:
            self.write({**changed, "amazon_price_at": at})

    @api.model
    def _learn_page(self, participation, items, at):
        """Note the prices of a page of listings; what differs is computed anew.

        :param participation: ``acorn.amazon.participation``
        :param items: elements of ``items`` of ``searchListingsItems``
        :param datetime at: Amazon's time of the answer, aware
        """
        payloads = {item.get("sku"): item for item in items}
        offers = self.search(
            [
                ("participation_id", "=", participation.id),
                ("sku", "in", [sku for sku in payloads if sku]),
            ]
        )
        differing = self.browse()
        for offer in offers:
            try:
                prices = read_prices(
                    payloads[offer.sku], participation.marketplace_id.amazon_id, at
                )
            except PayloadError:
                continue
            offer._learn_prices(prices, _naive(at))
            if offer.price_state == "published" and not offer._shows_prices(
                offer._get_prices("target")
            ):
                differing |= offer
        differing._mark_price()


def _aware(moment):
    return moment.replace(tzinfo=timezone.utc)


def _naive(moment):
    return moment.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0)
