"""Find how an order's amounts add up to its grand total.

Amazon's documents leave open whether TAX is inside or beside the prices and
which sign a discount has (both differ by region and API version). So every
reading is tried and the one that gives the grand total is taken; an order
none explains is blocked, never guessed (sign and tax conventions of
``proceeds`` in Orders 2026-01-01, ``ItemPrice`` in Orders v0).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from ..services.marketplaces import MARKETPLACES
from .errors import BlockedError
from .order_data import ZERO, Charge

_WITHOUT_CENTS = frozenset({"CLP", "ISK", "JPY", "KRW", "PYG", "VND"})

EXCLUDED = "excluded"
INCLUDED = "included"
# Collected by Amazon from the buyer, but never part of what it reports as the
# seller's proceeds: the tax that it says to remit, or all tax where it says nothing.
OUTSIDE = "outside"
ALL_OUTSIDE = "all_outside"


@dataclass(frozen=True, slots=True)
class Entry:
    """A charge before its sign and tax mode are known."""

    kind: str
    amount: Decimal
    tax: Decimal | None = None
    reduces: bool = False
    pending: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """The entries of the lines and of the order as a whole."""

    lines: tuple[tuple[Entry, ...], ...]
    order: tuple[Entry, ...] = ()

    def entries(self):
        """Return all entries, those of the lines first."""
        return [entry for line in (*self.lines, self.order) for entry in line]


@dataclass(frozen=True, slots=True)
class Balance:
    """A draft read in the way that gives the grand total."""

    price_includes_tax: bool | None
    lines: tuple[tuple[Charge, ...], ...]
    order: tuple[Charge, ...]
    tax_outside: tuple[Decimal, ...]


def spread(
    total: Decimal, weights: Sequence[Decimal], currency: str | None
) -> list[Decimal]:
    """Share an amount in proportion, to the minor unit, nothing lost.

    What rounding leaves goes to the largest share.
    """
    unit = Decimal(1) if currency in _WITHOUT_CENTS else Decimal("0.01")
    sizes = [abs(weight) for weight in weights]
    whole = sum(sizes, ZERO)
    if not whole:
        sizes = [Decimal(1), *[ZERO] * (len(sizes) - 1)]
        whole = Decimal(1)
    parts = [(total * size / whole).quantize(unit, ROUND_HALF_UP) for size in sizes]
    largest = max(range(len(sizes)), key=sizes.__getitem__)
    parts[largest] += total - sum(parts, ZERO)
    return parts


def sign_readings(draft: Draft) -> list[Draft]:
    """Return the draft with reductions made negative, likeliest first.

    One sign throughout needs one reading. Where signs are mixed, an amount of
    the other sign may be a correction, so both conventions are tried as well.
    """
    signs = {entry.amount > 0 for entry in draft.entries() if _counts(entry)}
    readings = [_map_entries(draft, _negative)]
    if len(signs) > 1:
        readings.append(draft)
        readings.append(_map_entries(draft, _negated))
    return readings


def _counts(entry):
    return entry.reduces and entry.amount != 0


def _negative(entry):
    tax = entry.tax if entry.tax is None else -abs(entry.tax)
    return replace(entry, amount=-abs(entry.amount), tax=tax)


def _negated(entry):
    tax = entry.tax if entry.tax is None else -entry.tax
    return replace(entry, amount=-entry.amount, tax=tax)


def _map_entries(draft, change):
    def changed(entries):
        return tuple(change(entry) if entry.reduces else entry for entry in entries)

    return Draft(tuple(changed(line) for line in draft.lines), changed(draft.order))


def reconcile(
    drafts: Sequence[Draft],
    grand_total: Decimal | None,
    *,
    facilitators: Sequence[bool],
    marketplace_id: str | None,
    currency: str | None,
    must_balance: bool,
    undecided: bool | None,
) -> Balance:
    """Return the first reading of the drafts that gives the grand total.

    :param drafts: readings with signs settled, likeliest first
    :param facilitators: per line, whether Amazon remits its tax
    :param must_balance: whether an order that does not add up is an error;
        money of pending and cancelled orders is not final
    :param undecided: ``price_includes_tax`` of an order without any tax
    :raise BlockedError: ``totals_do_not_balance``, with the figures
    """
    if grand_total is not None:
        for draft in _with_and_without_pending(drafts):
            for mode in _modes(marketplace_id, facilitators):
                if _total(draft, mode, facilitators) == grand_total:
                    return _balance(draft, mode, facilitators, undecided)
        if must_balance:
            _refuse(drafts[0], grand_total, facilitators, currency)
    fallback = _balance(drafts[0], EXCLUDED, facilitators, undecided)
    return replace(fallback, price_includes_tax=undecided)


def _with_and_without_pending(drafts):
    """Yield each draft, and again without what is not charged yet (a tip)."""
    for draft in drafts:
        yield draft
        settled = tuple(entry for entry in draft.order if not entry.pending)
        if len(settled) < len(draft.order):
            yield Draft(draft.lines, settled)


def _modes(marketplace_id, facilitators):
    marketplace = MARKETPLACES.get(marketplace_id)
    if marketplace is None:
        return (EXCLUDED, INCLUDED)
    if marketplace.price_includes_tax:
        return (INCLUDED, EXCLUDED)
    # Prices never contain tax there: what the total leaves out is not inside them,
    # also when Amazon hides who remits it.
    if any(facilitators):
        return (EXCLUDED, OUTSIDE, ALL_OUTSIDE)
    return (EXCLUDED, ALL_OUTSIDE)


def _total(draft, mode, facilitators):
    total = ZERO
    for entries, facilitator in zip(
        (*draft.lines, draft.order), (*facilitators, False), strict=True
    ):
        adds_tax = mode == EXCLUDED or (mode == OUTSIDE and not facilitator)
        for entry in entries:
            total += entry.amount
            if adds_tax and entry.tax:
                total += entry.tax
    return total


def _balance(draft, mode, facilitators, undecided):
    outside = tuple(
        _tax(line) if mode == ALL_OUTSIDE or (mode == OUTSIDE and facilitator) else ZERO
        for line, facilitator in zip(draft.lines, facilitators, strict=True)
    )
    lines = tuple(
        _charges(line, drop_tax=bool(taken))
        for line, taken in zip(draft.lines, outside, strict=True)
    )
    taxed = any(entry.tax for entry in draft.entries())
    return Balance(
        price_includes_tax=mode == INCLUDED if taxed else undecided,
        lines=lines,
        order=_charges(draft.order),
        tax_outside=outside,
    )


def _tax(entries):
    return sum((entry.tax or ZERO for entry in entries), ZERO)


def _charges(entries, drop_tax=False):
    return tuple(
        Charge(entry.kind, entry.amount, ZERO if drop_tax else entry.tax)
        for entry in entries
        if entry.kind == "item" or entry.amount or entry.tax
    )


def _refuse(draft, grand_total, facilitators, currency):
    beside = _total(draft, EXCLUDED, facilitators)
    inside = _total(draft, INCLUDED, facilitators)
    raise BlockedError(
        "totals_do_not_balance",
        f"The amounts add up to {beside} with tax on top and to {inside} with tax "
        f"inside, but Amazon's grand total is {grand_total}.",
        {
            "currency": currency,
            "grand_total": str(grand_total),
            "sum_tax_excluded": str(beside),
            "sum_tax_included": str(inside),
        },
    )
