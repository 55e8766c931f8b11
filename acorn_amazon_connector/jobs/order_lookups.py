"""Everything a batch of orders needs to look up, read once for all of them."""

from datetime import timedelta, timezone

from odoo.fields import Domain

from ..mappers.errors import BlockedError
from ..mappers.identity import normalize
from .order_taxes import TaxDecider

# Where people, and other connectors, keep Amazon's order number.
REFERENCE_FIELDS = (
    "client_order_ref",
    "name",
    "origin",
    "amazon_order_ref",
    "amz_order_reference",
)
KEPT_BY_HAND = "kept_by_hand"


class OrderLookups:
    """Prefetched records for one batch of orders of one store.

    :param store: ``acorn.amazon.store``
    :param orders: list of ``mappers.order.Order``
    """

    def __init__(self, store, orders):
        self.store = store
        self.env = store.env
        self.company = store.company_id
        self._load_participations()
        self._load_sale_orders(orders)
        self._load_booked_by_hand(orders)
        self._load_products(orders)
        self._load_places(orders)
        self._fiscal_positions = {}
        self._taxes = {}
        self.tax_decider = TaxDecider(self)

    def _load_participations(self):
        self.participations = {
            participation.marketplace_id.amazon_id: participation
            for participation in self.store.all_participation_ids
        }

    def _load_sale_orders(self, orders):
        wanted = {order.order_id for order in orders}
        wanted |= {o.is_replacement_of for o in orders if o.is_replacement_of}
        found = self.env["sale.order"].search(
            [
                ("acorn_amazon_store_id", "=", self.store.id),
                ("acorn_amazon_order_id", "in", list(wanted)),
            ]
        )
        self.sale_orders = {order.acorn_amazon_order_id: order for order in found}
        self._load_foreign_orders(wanted - set(self.sale_orders))

    def _load_foreign_orders(self, wanted):
        """Orders that another store of the same seller has imported already."""
        orders = self.env["sale.order"].sudo()
        twins = self.store._find_twins() if wanted else ()
        if twins:
            orders = orders.search(
                [
                    ("acorn_amazon_store_id", "in", twins.ids),
                    ("acorn_amazon_order_id", "in", list(wanted)),
                ]
            )
        self.foreign_orders = {order.acorn_amazon_order_id: order for order in orders}

    def _load_booked_by_hand(self, orders):
        """Orders of the company that carry Amazon's number and are not ours.

        Nobody books an order before it is placed: the date keeps the search short. Of
        those that are kept it is known which word of a cancellation came before that.
        """
        wanted = {
            order.order_id: order.created_at
            for order in orders
            if order.order_id not in self.sale_orders
            and order.order_id not in self.foreign_orders
        }
        self.booked_by_hand, self.kept_by_hand = {}, {}
        if not wanted:
            return
        placed = min(wanted.values()).astimezone(timezone.utc).replace(tzinfo=None)
        sale_orders = self.env["sale.order"].sudo()
        names = [name for name in REFERENCE_FIELDS if name in sale_orders._fields]
        booked = sale_orders.search(
            Domain("date_order", ">=", placed - timedelta(days=2))
            & Domain("company_id", "=", self.company.id)
            & Domain("acorn_amazon_store_id", "=", False)
            & Domain("state", "!=", "cancel")
            & Domain.OR(Domain(name, "in", list(wanted)) for name in names),
            order="id desc",
        )
        for order in booked:
            for name in names:
                if order[name] in wanted:
                    self.booked_by_hand[order[name]] = order
        if self.booked_by_hand:
            decided = self.env["acorn.amazon.exchange"].search_fetch(
                [
                    ("store_id", "=", self.store.id),
                    ("reason_code", "=", KEPT_BY_HAND),
                    ("external_id", "in", list(self.booked_by_hand)),
                ],
                ["external_id", "reason_data"],
            )
            for document in decided:
                dealt_with = self.kept_by_hand.setdefault(document.external_id, set())
                dealt_with.add((document.reason_data or {}).get("cancellation"))

    def _load_products(self, orders):
        """SKU → product: the store's listings first, then the products' own codes."""
        skus = {line.sku for order in orders for line in order.lines if line.sku}
        self._products = {}
        listings = self.env["acorn.amazon.listing"].search(
            [("store_id", "=", self.store.id), ("sku", "in", list(skus))]
        )
        for listing in listings:
            if listing.product_id:
                key = (listing.sku, listing.fulfillment_channel)
                self._products[key] = listing.product_id
                self._products.setdefault((listing.sku, None), listing.product_id)
        missing = {sku for sku in skus if (sku, None) not in self._products}
        if missing:
            self._load_products_by_code(missing)

    def _load_products_by_code(self, skus):
        products = self.env["product.product"].search(
            [
                *self.env["product.product"]._check_company_domain(self.company),
                ("default_code", "in", list(skus)),
            ]
        )
        by_code = products.grouped("default_code")
        for sku, found in by_code.items():
            if len(found) == 1:
                self._products[sku, None] = found
        self.skus_matched_by_code = {
            sku: found for sku, found in by_code.items() if len(found) == 1
        }

    def find_product(self, sku, fulfilled_by):
        """:raise BlockedError: ``unknown_sku`` when no product is mapped"""
        product = self._products.get((sku, fulfilled_by)) or self._products.get(
            (sku, None)
        )
        if product:
            return product
        raise BlockedError(
            "unknown_sku",
            f"no product for SKU {sku}",
            {"sku": sku, "fulfilled_by": fulfilled_by},
        )

    def _load_places(self, orders):
        codes = {
            order.address.country_code
            for order in orders
            if order.address and order.address.country_code
        }
        countries = self.env["res.country"].search([("code", "in", list(codes))])
        self.countries = {country.code: country for country in countries}
        self._states = {}
        for state in self.env["res.country.state"].search(
            [("country_id", "in", countries.ids)]
        ):
            country = state.country_id.id
            self._states[country, normalize(state.code)] = state
            self._states.setdefault((country, normalize(state.name)), state)

    def find_country(self, code):
        return self.countries.get(code, self.env["res.country"])

    def find_state(self, country, text):
        """State by code or name; empty when unknown (the text is kept elsewhere)."""
        nothing = self.env["res.country.state"]
        if not country or not text:
            return nothing
        return self._states.get((country.id, normalize(text)), nothing)

    def find_fiscal_position(self, participation, order, vat):
        """The participation's fiscal position, or Odoo's own choice for the address."""
        if participation.fiscal_position_id:
            return participation.fiscal_position_id
        address = order.address
        if not address or not address.country_code:
            return self.env["account.fiscal.position"]
        country = self.find_country(address.country_code)
        state = self.find_state(country, address.state)
        key = (country.id, state.id, address.postal_code, bool(vat))
        if key not in self._fiscal_positions:
            ship_to = self.env["res.partner"].new(
                {
                    "country_id": country.id,
                    "state_id": state.id,
                    "zip": address.postal_code,
                    "vat": vat,
                }
            )
            position = (
                self.env["account.fiscal.position"]
                .with_company(self.company)
                ._get_fiscal_position(ship_to, ship_to)
            )
            self._fiscal_positions[key] = position
        return self._fiscal_positions[key]

    def find_taxes(self, participation, product, fiscal_position):
        """Sales taxes of a product on a marketplace, mapped by the fiscal position."""
        key = (participation.id, product.id, fiscal_position.id)
        if key not in self._taxes:
            if participation.tax_id:
                self._taxes[key] = fiscal_position.map_tax(participation.tax_id)
            else:
                self._taxes[key] = self.find_own_taxes(product, fiscal_position)
        return self._taxes[key]

    def find_own_taxes(self, product, fiscal_position=None):
        """Sales taxes of a product itself, mapped by the fiscal position if given."""
        key = ("product", product.id, fiscal_position and fiscal_position.id)
        if key not in self._taxes:
            taxes = product.taxes_id.filtered_domain(
                self.env["account.tax"]._check_company_domain(self.company)
            )
            self._taxes[key] = fiscal_position.map_tax(taxes) if key[2] else taxes
        return self._taxes[key]

    def get_currency(self, participation):
        """Currency of the orders of a participation."""
        return participation.pricelist_id.currency_id or self.company.currency_id

    def get_company_taxes(self, participation, included):
        """Percentage sales taxes of the company, those of the marketplace first.

        :param bool included: those that are part of the price come first
        """
        key = ("company", participation.id, included)
        if key not in self._taxes:
            taxes = self.env["account.tax"].search(
                [
                    *self.env["account.tax"]._check_company_domain(self.company),
                    ("type_tax_use", "=", "sale"),
                    ("amount_type", "=", "percent"),
                    ("amount", ">", 0),
                ]
            )
            country = participation.marketplace_id.country_id
            self._taxes[key] = taxes.sorted(
                lambda tax: (
                    tax.country_id != country,
                    tax.price_include != included,
                    tax.sequence,
                    tax.id,
                )
            )
        return self._taxes[key]

    def _get_tax_group(self, reference, percent):
        """A group named after the rate: orders show it beside the amount of tax."""
        group = reference.sudo().tax_group_id
        name = self.env._("Tax %(percent)s%%", percent=f"{percent.normalize():f}")
        found = group.search(
            [
                ("name", "=", name),
                ("company_id", "=", group.company_id.id),
                ("country_id", "=", group.country_id.id),
            ],
            limit=1,
        )
        return found or group.copy({"name": name})

    def create_tax(self, participation, percent, included):
        """A sales tax of the rate that Amazon charged, like the marketplace's own.

        :param Decimal percent: 8.875 for 8.875 %
        """
        reference = participation.tax_id or self.company.account_sale_tax_id
        values = {
            "name": self.env._(
                "Amazon %(country)s %(percent)s%%",
                country=participation.marketplace_id.country_id.code,
                percent=f"{percent.normalize():f}",
            ),
            "amount": float(percent),
            "amount_type": "percent",
            "type_tax_use": "sale",
            "company_id": self.company.id,
            "price_include_override": "tax_included" if included else "tax_excluded",
            "description": False,
            "invoice_label": f"{percent.normalize():f}%",
        }
        # A tax that Odoo refuses must leave nothing behind, not even half of it.
        with self.env.cr.savepoint():
            if reference.tax_group_id:
                values["tax_group_id"] = self._get_tax_group(reference, percent).id
            taxes = self.env["account.tax"].sudo()
            tax = reference.sudo().copy(values) if reference else taxes.create(values)
        for key in [key for key in self._taxes if key[0] == "company"]:
            del self._taxes[key]
        participation.store_id.message_post(
            body=self.env._(
                "Tax created because Amazon charged it: %(name)s", name=tax.name
            )
        )
        return tax.sudo(False)
