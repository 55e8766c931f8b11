"""What putListingsItem, patchListingsItem, deleteListingsItem and feeds submit.

A submission is judged whole: with one ERROR nothing of it is applied.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from ..marketplaces import MARKETPLACES
from ..worlds import new_asin
from ..worlds.data.product_types import FBA_CODES, GROUPS, ProductType
from . import listing_rules as rules
from .listing_rules import Issue, issue
from .listings import AVAILABILITY, MERCHANT, Entries, Listing, ListingDesk, Version

OPERATIONS = ("add", "replace", "merge", "delete")
SELECTORS = ("marketplace_id", "language_tag", "audience", "currency", "type")
OFFER = frozenset(GROUPS["offer"][1])
_PATH = re.compile(r"/attributes/([A-Za-z0-9_]+)")


@dataclass(frozen=True, slots=True)
class Source:
    """Who submits, when and how.

    :ivar cause: word of the stock history: ``publish`` or ``feed``
    :ivar preview: judge only
    :ivar details: more for the stock history
    """

    seller_id: str
    region: str
    marketplace_ids: Sequence[str]
    at: datetime
    request_id: str | None
    cause: str = "publish"
    preview: bool = False
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Submission:
    """Amazon's answer to one submission."""

    sku: str
    status: str
    submission_id: str
    issues: list[Issue]
    asin: str | None = None


@dataclass(slots=True)
class _Work:
    """A version in the making, and what was found on the way."""

    listing: Listing
    source: Source
    kind: ProductType
    version: Version
    attributes: dict[str, Entries]
    availability: dict[str, Entries]
    issues: list[Issue] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    scopes: set[str] = field(default_factory=set)


class Submissions:
    """The door by which listings change.

    :param delay: returns the seconds until get and search show a change
    :param wait: returns the seconds until a patch counts for buyers
    :param created: told of every new listing
    """

    def __init__(
        self,
        desk: ListingDesk,
        random: Random,
        delay: Callable[[], float],
        wait: Callable[[], float],
        created: Callable[[Listing, Source], None],
    ):
        self._desk, self._random, self._delay = desk, random, delay
        self._wait, self._created = wait, created
        self._waiting: list[tuple[Source, str, str, list[dict]]] = []

    def patch(
        self, source: Source, sku: str, product_type: str, patches: list[dict]
    ) -> Submission:
        """Apply patches to the top-level attributes of a listing, now or later."""
        wait = self._wait()
        if wait <= 0 or source.preview or source.cause == "feed":
            return self._patch(source, sku, product_type, patches)
        answer = self._patch(replace(source, preview=True), sku, product_type, patches)
        if answer.status == "INVALID":
            return answer
        later = replace(source, at=source.at + timedelta(seconds=wait))
        self._waiting.append((later, sku, product_type, patches))
        return replace(answer, status="ACCEPTED")

    def next_due(self) -> datetime | None:
        """Return when the next waiting patch counts for buyers."""
        return min((source.at for source, *_ in self._waiting), default=None)

    def work(self, now: datetime) -> None:
        """Let the patches that have waited until now count."""
        due = [each for each in self._waiting if each[0].at <= now]
        self._waiting = [each for each in self._waiting if each[0].at > now]
        for patch in sorted(due, key=lambda each: each[0].at):
            self._patch(*patch)

    def _patch(
        self, source: Source, sku: str, product_type: str, patches: list[dict]
    ) -> Submission:
        listing = self._desk.get(source.seller_id, sku)
        kind, issues = rules.find_product_type(product_type)
        if listing is None or not _sold(listing, source.marketplace_ids):
            issues.append(_unknown(sku))
        if issues:
            return self._answer(source, sku, issues)
        work = _start(listing, source, kind, listing.live)
        for patch in patches:
            _apply(work, patch)
        _judge(work)
        return self._finish(work)

    def put(
        self,
        source: Source,
        sku: str,
        product_type: str,
        requirements: str,
        attributes: dict[str, Any],
    ) -> Submission:
        """Create a listing, or replace what it says in one marketplace."""
        kind, issues = rules.find_product_type(product_type)
        if issues:
            return self._answer(source, sku, issues)
        issues += rules.check_required(kind, requirements, attributes)
        asin, found = self._find_asin(source, sku, requirements, attributes)
        issues += found
        listing = self._desk.get(source.seller_id, sku)
        if listing is None:
            listing = Listing(source.seller_id, sku, source.region, asin, (), source.at)
            listing.versions.append(_blank(source, product_type))
        work = _start(listing, source, kind, listing.live)
        work.issues += issues
        self._check_parent(work, attributes)
        _clear(work, requirements)
        for name, entries in attributes.items():
            _set(work, "replace", name, entries)
        _judge(work)
        ids = work.version.marketplaces
        added = tuple(id_ for id_ in source.marketplace_ids if id_ not in ids)
        work.version = replace(work.version, marketplaces=ids + added)
        return self._finish(work)

    def delete(self, source: Source, sku: str) -> Submission:
        """Take a listing out of marketplaces."""
        listing = self._desk.get(source.seller_id, sku)
        if listing is None or not _sold(listing, source.marketplace_ids):
            return self._answer(source, sku, [_unknown(sku)])
        gone = set(source.marketplace_ids)
        version = listing.live
        left = tuple(id_ for id_ in version.marketplaces if id_ not in gone)
        scopes = {listing.scope(id_) for id_ in gone}
        if listing.region == "eu" and left:
            scopes = set()
        work = _start(listing, source, rules.find_product_type("PRODUCT")[0], version)
        work.version = replace(version, marketplaces=left)
        work.scopes = scopes
        work.attributes = {
            name: [each for each in entries if each.get("marketplace_id") not in gone]
            for name, entries in version.attributes.items()
        }
        for scope in scopes:
            work.availability[scope] = []
        return self._finish(work)

    def _finish(self, work: _Work) -> Submission:
        source, listing = work.source, work.listing
        work.issues += listing.refusal
        if not source.preview and not rules.has_errors(work.issues):
            if listing.losses:
                listing.losses -= 1
            else:
                self._write(work)
        return self._answer(source, listing.sku, work.issues, listing.asin)

    def _write(self, work: _Work) -> None:
        """Make what a submission says the live listing."""
        source, listing = work.source, work.listing
        kind = work.kind.name
        if kind == "PRODUCT":
            kind = work.version.product_type
        fresh = replace(
            work.version,
            updated=source.at,
            shown_at=source.at + timedelta(seconds=self._delay()),
            product_type=kind,
            attributes=work.attributes,
            availability=work.availability,
        )
        if self._desk.get(source.seller_id, listing.sku) is None:
            listing.versions.clear()
            listing.versions.append(fresh)
            self._desk.add(listing)
            self._created(listing, source)
        else:
            listing.change(fresh)
        for scope in sorted(work.scopes):
            listing.record(
                scope,
                source.at,
                source.cause,
                source.request_id,
                **source.details,
            )

    def _answer(
        self, source: Source, sku: str, issues: list[Issue], asin: str | None = None
    ) -> Submission:
        good = "VALID" if source.preview else "ACCEPTED"
        status = "INVALID" if rules.has_errors(issues) else good
        number = f"{self._random.getrandbits(128):032x}"
        return Submission(sku, status, number, issues, asin)

    def _find_asin(
        self, source: Source, sku: str, requirements: str, attributes: dict[str, Any]
    ) -> tuple[str, list[Issue]]:
        """Return the product that a submission is about, and what speaks against it."""
        existing = self._desk.get(source.seller_id, sku)
        if existing is not None:
            return existing.asin, []
        given = _value(attributes, "merchant_suggested_asin")
        barcode = _value(attributes, "externally_assigned_product_identifier")
        known = self._desk.has_asin(given) if given else False
        asin = given if known else self._desk.asin_of(barcode) if barcode else None
        issues = []
        if given and not known:
            text = f"The ASIN '{given}' is not in the Amazon catalog."
            issues.append(issue(rules.UNKNOWN_ASIN, text, ["merchant_suggested_asin"]))
        elif asin is None and requirements == "LISTING_OFFER_ONLY":
            text = f"The SKU '{sku}' matches no product of the Amazon catalog."
            issues.append(issue(rules.UNKNOWN_ASIN, text, rules.IDENTITY_ATTRIBUTES))
        restriction = self._desk.restrictions.get(asin)
        condition = _value(attributes, "condition_type")
        if restriction and (
            not restriction.conditions or condition in restriction.conditions
        ):
            text = f"You need approval to offer the ASIN '{asin}'."
            category = "QUALIFICATION_REQUIRED"
            issues.append(issue(rules.RESTRICTED, text, (), category))
        return asin or new_asin(f"{source.seller_id}/{sku}"), issues

    def _check_parent(self, work: _Work, attributes: dict[str, Any]) -> None:
        parent = _value(attributes, "child_parent_sku_relationship", "parent_sku")
        if parent is None:
            return
        name = "child_parent_sku_relationship"
        found = self._desk.get(work.source.seller_id, parent)
        if found is None or not found.live.attributes.get("variation_theme"):
            text = f"The parent SKU '{parent}' does not exist or is not a parent."
            work.issues.append(issue(rules.NO_PARENT, text, [name]))


def _value(attributes: dict[str, Any], name: str, part: str = "value") -> str | None:
    entries = attributes.get(name)
    if isinstance(entries, list) and entries and isinstance(entries[0], dict):
        value = entries[0].get(part)
        return value if isinstance(value, str) else None
    return None


def _sold(listing: Listing, marketplace_ids: Iterable[str]) -> bool:
    live = listing.live.marketplaces
    return all(id_ in live for id_ in marketplace_ids)


def _unknown(sku: str) -> Issue:
    text = f"The SKU '{sku}' does not exist in the Amazon catalog."
    return issue(rules.UNKNOWN_SKU, text, ["sku"])


def _blank(source: Source, product_type: str) -> Version:
    at = source.at
    return Version(at, at, at, product_type, (), {}, {})


def _start(
    listing: Listing, source: Source, kind: ProductType, version: Version
) -> _Work:
    return _Work(
        listing,
        source,
        kind,
        version,
        dict(version.attributes),
        dict(version.availability),
    )


def _clear(work: _Work, requirements: str) -> None:
    """Forget what a full submission replaces in its marketplaces."""
    gone = set(work.source.marketplace_ids)
    for name, entries in list(work.attributes.items()):
        is_offer = name in OFFER
        if requirements == "LISTING_PRODUCT_ONLY" and is_offer:
            continue
        if requirements == "LISTING_OFFER_ONLY" and not is_offer:
            continue
        work.attributes[name] = [
            each for each in entries if each.get("marketplace_id") not in gone
        ]


def _apply(work: _Work, patch: dict) -> None:
    match = _PATH.fullmatch(patch["path"])
    if match is None:
        text = f"'{patch['path']}' is not the path of a top-level attribute."
        work.issues.append(issue(rules.FORBIDDEN_PATH, text))
        return
    name = match[1]
    _set(work, patch["op"], name, patch.get("value", []))
    if patch["op"] == "delete" and name not in OFFER:
        required = work.kind.required_for("LISTING_PRODUCT_ONLY", None)
        for id_ in work.source.marketplace_ids:
            if name in required and not _of(work.attributes.get(name, ()), id_):
                work.issues.append(rules.missing(name))


def _set(work: _Work, op: str, name: str, entries: Any) -> None:
    """Add, replace, merge or delete the entries of one attribute."""
    if not isinstance(entries, list) or not all(
        isinstance(entry, dict) for entry in entries
    ):
        text = f"'{name}' is not an array of objects."
        work.issues.append(issue(rules.WRONG_TYPE, text, [name]))
        return
    ids = work.source.marketplace_ids
    for entry in entries:
        if entry.get("marketplace_id", ids[0]) not in ids:
            text = f"'{name}' is for a marketplace that was not submitted."
            work.issues.append(issue(rules.NOT_ALLOWED, text, [name]))
            return
    if name == AVAILABILITY:
        _set_availability(work, op, entries)
        return
    current = work.attributes.get(name, [])
    kept = [each for each in current if each.get("marketplace_id") not in ids]
    for id_ in ids:
        given = [
            _completed(name, entry, id_)
            for entry in entries
            if entry.get("marketplace_id", id_) == id_
        ]
        before = _of(current, id_)
        # Entries for one marketplace only leave the others as they are.
        untouched = entries and not given
        kept += before if untouched else _combine(op, before, given, id_)
    work.attributes[name] = kept
    if op != "delete":
        work.touched.add(name)


def _completed(name: str, entry: dict, marketplace_id: str) -> dict:
    """Add the selectors that an entry leaves to their default."""
    entry = {**entry, "marketplace_id": marketplace_id}
    if name in _TRANSLATED and "language_tag" not in entry:
        entry["language_tag"] = MARKETPLACES[marketplace_id].language
    return entry


_TRANSLATED = frozenset(
    (
        "item_name",
        "brand",
        "product_description",
        "bullet_point",
        "generic_keyword",
        "color",
        "size",
        "material",
        "department",
    )
)


def _of(entries: Iterable[dict], marketplace_id: str) -> Entries:
    return [each for each in entries if each.get("marketplace_id") == marketplace_id]


def _combine(op: str, current: Entries, given: Entries, marketplace_id: str) -> Entries:
    if op in ("add", "replace"):
        return given
    if op == "delete":
        return [
            entry
            for entry in current
            if given
            and not any(_selected(entry, each, marketplace_id) for each in given)
        ]
    merged = list(current)
    for each in given:
        key = _selection(each, marketplace_id)
        for place, entry in enumerate(merged):
            if _selection(entry, marketplace_id) == key:
                merged[place] = {**entry, **each}
                break
        else:
            merged.append(each)
    return merged


def _selection(entry: dict, marketplace_id: str) -> tuple:
    """Return what tells an entry from the others of its attribute."""
    market = MARKETPLACES[marketplace_id]
    defaults = {
        "marketplace_id": marketplace_id,
        "language_tag": market.language,
        "audience": "ALL",
        "currency": market.currency,
    }
    return tuple(entry.get(name, defaults.get(name)) for name in SELECTORS)


def _selected(entry: dict, wanted: dict, marketplace_id: str) -> bool:
    """Tell whether the selectors that ``wanted`` names fit an entry."""
    names = [name for name in SELECTORS if name in wanted]
    have, want = _selection(entry, marketplace_id), _selection(wanted, marketplace_id)
    return all(
        have[SELECTORS.index(name)] == want[SELECTORS.index(name)] for name in names
    )


def _set_availability(work: _Work, op: str, entries: Entries) -> None:
    listing = work.listing
    scopes = {listing.scope(id_): id_ for id_ in work.source.marketplace_ids}
    if op != "delete":
        _refuse_amazon_stock(work, op, entries)
    for scope in scopes:
        given = [
            {key: value for key, value in entry.items() if key != "marketplace_id"}
            for entry in entries
            if "marketplace_id" not in entry
            or listing.scope(entry["marketplace_id"]) == scope
        ]
        if entries and not given:
            continue
        current = work.availability.get(scope, [])
        work.availability[scope] = _combine_channels(op, current, given)
        work.scopes.add(scope)


def _combine_channels(op: str, current: Entries, given: Entries) -> Entries:
    if op in ("add", "replace"):
        return given
    code = "fulfillment_channel_code"
    named = {each.get(code): each for each in given}
    if op == "delete":
        return [entry for entry in current if named and entry.get(code) not in named]
    merged = [{**entry, **named.pop(entry.get(code), {})} for entry in current]
    return merged + list(named.values())


def _refuse_amazon_stock(work: _Work, op: str, entries: Entries) -> None:
    """Quantities of Amazon's own stock cannot be set, nor slip in beside it."""
    amazon = FBA_CODES[work.listing.region]
    for entry in entries:
        code = entry.get("fulfillment_channel_code")
        if code == amazon and "quantity" in entry:
            text = f"The quantity of the channel {amazon} cannot be set."
        elif op == "merge" and code == MERCHANT and _only_amazon(work):
            text = (
                "The SKU is fulfilled by Amazon. Replace fulfillment_availability to "
                "change the fulfillment channel."
            )
        else:
            continue
        work.issues.append(issue(rules.FULFILLED_BY_AMAZON, text, [AVAILABILITY]))


def _only_amazon(work: _Work) -> bool:
    codes = {
        entry["fulfillment_channel_code"]
        for id_ in work.source.marketplace_ids
        for entry in work.availability.get(work.listing.scope(id_), ())
    }
    return bool(codes) and MERCHANT not in codes


def _judge(work: _Work) -> None:
    """Check every attribute that was touched, as it is now."""
    for name in sorted(work.touched):
        for id_ in work.source.marketplace_ids:
            entries = _of(work.attributes[name], id_)
            work.issues += rules.check_attribute(work.kind, name, entries, id_)
    if work.kind.allows(AVAILABILITY):
        markets = {work.listing.scope(id_): id_ for id_ in work.source.marketplace_ids}
        for scope in work.scopes & markets.keys():
            entries = work.availability[scope]
            if entries:
                work.issues += rules.check_attribute(
                    work.kind, AVAILABILITY, entries, markets[scope]
                )
