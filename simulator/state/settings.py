"""What a test or the demo may tune. A reset brings the start values back."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from ..errors import ControlError


@dataclass
class Settings:
    """Tunables of a simulation.

    :ivar live: orders arrive and change while the clock runs
    :ivar throttling: False lets every call through
    :ivar plan_multiplier: factor on every rate and burst
    :ivar plans: operation key → [tokens per second, burst], instead of Amazon's
        default
    :ivar record_bodies: the request log keeps bodies
    :ivar token_seconds: life of access tokens
    :ivar items_per_page: page size of the v0 item lists
    :ivar report_queue_seconds: how long a report is IN_QUEUE, on the clock
    :ivar report_run_seconds: how long it is IN_PROGRESS after that
    :ivar report_outcome: ``DONE``, ``CANCELLED`` or ``FATAL``
    :ivar report_texts: report type → what its document says instead of rows
    :ivar report_compression: ``gzip``, ``none`` or ``auto`` (gzip from 4 kB)
    :ivar report_days: longest period of an order report
    :ivar report_pauses: an FBA report that is asked for too soon is cancelled
    :ivar inventory_page_size: rows per page of getInventorySummaries
    :ivar inventory_oddities: SKU → fields of its entry there that are other than they
        should be, null for one that is missing
    :ivar ledger_delay_seconds: age from which events are in the ledger report
    :ivar unavailable_carriers: carriers that offer nothing to Buy Shipping now
    :ivar carriers_with_new_terms: carriers whose terms the seller has yet to accept
    :ivar carriers_with_questions: carriers that want to know more before they sell
    :ivar label_cancel_seconds: how long after its purchase a label can be cancelled
    :ivar label_refund_seconds: how long a cancelled label is RefundPending
    :ivar label_refund_outcome: ``RefundApplied`` or ``RefundRejected``
    :ivar mcf_planning_seconds: how long a fulfilment order is Received
    :ivar mcf_processing_seconds: how long it is Planning after that
    :ivar mcf_shipping_seconds: how long it is Processing after that
    :ivar mcf_outcome: ``Complete``, ``Unfulfillable`` or ``Invalid``
    :ivar inbound_operation_seconds: how long an operation is IN_PROGRESS
    :ivar inbound_failures: names of operations that end as FAILED
    :ivar inbound_prep_unknown: SKUs whose preparation the seller has yet to state
    :ivar listing_visible_seconds: how long get and search do not show a change of a
        listing; buyers see it at once
    :ivar listing_effective_seconds: how long a patch does not count for buyers either;
        it then overrides what was sold meanwhile
    :ivar feed_queue_seconds: how long a feed is IN_QUEUE, on the clock
    :ivar feed_seconds_per_message: how long it is IN_PROGRESS after that
    :ivar feed_outcome: ``DONE``, ``FATAL``, ``CANCELLED`` or ``STUCK`` of feeds
        submitted from now on
    :ivar feed_fatal_share: share of the messages that a FATAL feed has applied
    :ivar feed_done_share: share of the messages that a DONE feed has worked on
    :ivar definition_release: another number gives every product type a new version
    :ivar restock_on_cancel: a pending order that is cancelled gives its units back
    """

    live: bool = False
    throttling: bool = True
    plan_multiplier: float = 1.0
    plans: dict[str, list[float]] = field(default_factory=dict)
    record_bodies: bool = False
    token_seconds: int = 3600
    items_per_page: int = 100
    report_queue_seconds: float = 15.0
    report_run_seconds: float = 30.0
    report_outcome: str = "DONE"
    report_texts: dict[str, str] = field(default_factory=dict)
    report_compression: str = "auto"
    report_days: int = 30
    report_pauses: bool = True
    inventory_page_size: int = 50
    inventory_oddities: dict[str, dict] = field(default_factory=dict)
    ledger_delay_seconds: float = 0.0
    unavailable_carriers: list[str] = field(default_factory=list)
    carriers_with_new_terms: list[str] = field(default_factory=list)
    carriers_with_questions: list[str] = field(default_factory=list)
    label_cancel_seconds: float = 864_000.0
    label_refund_seconds: float = 86_400.0
    label_refund_outcome: str = "RefundApplied"
    mcf_planning_seconds: float = 60.0
    mcf_processing_seconds: float = 300.0
    mcf_shipping_seconds: float = 3600.0
    mcf_outcome: str = "Complete"
    inbound_operation_seconds: float = 5.0
    inbound_failures: list[str] = field(default_factory=list)
    inbound_prep_unknown: list[str] = field(default_factory=list)
    listing_visible_seconds: float = 0.0
    listing_effective_seconds: float = 0.0
    definition_release: int = 1
    restock_on_cancel: bool = True
    feed_queue_seconds: float = 30.0
    feed_seconds_per_message: float = 0.01
    feed_outcome: str = "DONE"
    feed_fatal_share: float = 0.0
    feed_done_share: float = 1.0

    def changed(self, values: dict[str, Any]) -> Settings:
        """Return a copy with other values.

        :raise ControlError: for an unknown name or a value of another type
        """
        known = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        for name, value in values.items():
            if name not in known:
                raise ControlError(f"unknown setting: {name}")
            wanted = type(known[name])
            fits = isinstance(value, (int, float) if wanted is float else wanted)
            if not fits or isinstance(value, bool) != (wanted is bool):
                raise ControlError(f"{name} must be of type {wanted.__name__}")
        return replace(self, **values)

    def record(self) -> dict[str, Any]:
        """Return all values, ready for JSON."""
        return asdict(self)
