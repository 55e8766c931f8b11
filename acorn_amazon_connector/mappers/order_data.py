"""An Amazon order, the same for every API version (A1, A16)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

ZERO = Decimal(0)

# What Amazon answers when nobody asked for the fulfilment data set.
STATUS_UNKNOWN = "UNKNOWN"
FACILITATOR_MODEL = "MARKETPLACE_FACILITATOR"


@dataclass(frozen=True, slots=True)
class Window:
    """A period Amazon promised; either end may be open. Aware UTC."""

    earliest: datetime | None
    latest: datetime | None


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who bought. ``email`` is Amazon's anonymised address."""

    name: str | None = None
    email: str | None = None
    company_name: str | None = None
    purchase_order_number: str | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """Where to deliver. ``country_code`` is ISO 3166-1 (GB, never UK).

    ``address_type`` is RESIDENTIAL, COMMERCIAL or PICKUP_POINT; ``extended``
    holds Brazil's separate street fields as (name, value) pairs.
    """

    name: str | None = None
    company_name: str | None = None
    line1: str | None = None
    line2: str | None = None
    line3: str | None = None
    city: str | None = None
    district: str | None = None
    state: str | None = None
    municipality: str | None = None
    postal_code: str | None = None
    country_code: str | None = None
    phone: str | None = None
    address_type: str | None = None
    extended: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class TaxRegistration:
    """A tax number of a BUYER, MERCHANT or MARKETPLACE."""

    entity_type: str | None
    legal_name: str | None
    number_type: str | None
    number: str | None
    address: Address | None = None
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Charge:
    """One amount of a line or of the order.

    ``kind``: item, shipping, gift_wrap, discount, shipping_discount, cod_fee,
    tip or other. ``amount`` is as Amazon states it, net when the order's
    ``price_includes_tax`` is False, gross when it is True; what reduces the
    price is negative. ``tax``: ``None`` = Amazon did not say, 0 = no tax.
    """

    kind: str
    amount: Decimal
    tax: Decimal | None


@dataclass(frozen=True, slots=True)
class Line:
    """One order item. ``facilitator``: Amazon collects and remits its tax.

    ``tax_outside_total`` is tax Amazon collected that is not in the order's
    grand total; the taxes of ``charges`` always are.
    """

    order_item_id: str
    sku: str | None
    asin: str | None
    title: str | None
    quantity: int
    quantity_shipped: int
    charges: tuple[Charge, ...] = ()
    promotion_ids: tuple[str, ...] = ()
    gift_message: str | None = None
    gift_wrap_level: str | None = None
    condition: str | None = None
    serial_numbers: tuple[str, ...] = ()
    programs: frozenset[str] = frozenset()
    facilitator: bool = False
    responsible_party: str | None = None
    reporting_scheme: str | None = None
    tax_outside_total: Decimal = ZERO
    cancellation_requested: bool = False
    cancel_reason: str | None = None
    cancelled_by: str | None = None
    customization_url: str | None = None


@dataclass(frozen=True, slots=True)
class Alias:
    """Another name of the order, for example SELLER_ORDER_ID."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Package:
    """A parcel; ``items`` are (order item id, quantity) pairs."""

    reference: str
    status: str | None = None
    detailed_status: str | None = None
    carrier: str | None = None
    service: str | None = None
    tracking_number: str | None = None
    created_at: datetime | None = None
    shipped_at: datetime | None = None
    items: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """One order. Times are aware UTC, money is Decimal in ``currency``.

    ``status`` is Amazon's word of 2026-01-01, unknown words are kept, UNKNOWN
    when the fulfilment data was not asked for. ``price_includes_tax`` is
    ``None`` where the figures fit both ways. ``charges`` belong to the order
    as a whole (a tip). ``facilitator`` is the party that remits the tax.
    """

    order_id: str
    marketplace_id: str | None
    sales_channel: str
    created_at: datetime
    updated_at: datetime
    status: str
    fulfilled_by: str | None
    service_level: str | None
    ship_by: Window | None
    deliver_by: Window | None
    currency: str | None
    grand_total: Decimal | None
    price_includes_tax: bool | None
    programs: frozenset[str]
    is_replacement_of: str | None
    association_type: str | None
    buyer: Buyer
    address: Address | None
    tax_registrations: tuple[TaxRegistration, ...]
    facilitator: str | None
    reporting_scheme: str | None
    ioss_number: str | None
    cancellation_requested: bool
    cancel_reason: str | None
    cancelled_by: str | None
    lines: tuple[Line, ...]
    aliases: tuple[Alias, ...]
    packages: tuple[Package, ...]
    source: str
    charges: tuple[Charge, ...] = ()

    @property
    def states_tax(self) -> bool:
        """Whether Amazon says which tax the order contains.

        Orders v0 fills in 0.00 where prices contain tax and it calculated none.
        """
        taxes = [charge.tax for line in self.lines for charge in line.charges]
        fills_in = self.source == "v0" and self.price_includes_tax
        return any(taxes) if fills_in else any(tax is not None for tax in taxes)

    @property
    def amazon_remitted_tax(self) -> Decimal:
        """Return the tax inside the grand total that Amazon pays itself."""
        return sum(
            (
                charge.tax or ZERO
                for line in self.lines
                if line.facilitator
                for charge in line.charges
            ),
            ZERO,
        )
