import logging
import time
from dataclasses import replace
from decimal import Decimal

import psycopg2

from odoo import Command, fields, models
from odoo.exceptions import AccessError, MissingError, UserError

from ..mappers.errors import BlockedError, PayloadError
from ..mappers.order import (
    map_order,
    map_order_v0,
    peek_cancellation,
    peek_total,
)
from .acorn_amazon_job_orders_sweep import to_naive
from .order_lookups import KEPT_BY_HAND, OrderLookups
from .order_plan import (
    CANCEL,
    CREATE,
    IGNORE,
    SERVICE_PRODUCTS,
    UPDATE,
    BatchRejected,
    LinePlan,
    OrderPlan,
    StaleSnapshot,
)
from .order_taxes import TaxDecision

_logger = logging.getLogger(__name__)

PENDING_STATUSES = {"PENDING", "PENDING_AVAILABILITY"}
OPEN_STATUSES = {"UNSHIPPED", "PARTIALLY_SHIPPED"}
SHIPPED_STATUSES = {"PARTIALLY_SHIPPED", "SHIPPED"}
ORDER_INDEX = "sale_order_acorn_amazon_order_uniq"


class AcornAmazonOrderImporter(models.AbstractModel):
    """Order documents → sale orders, a batch at a time.

    map → plan (no writes) → write all plans in one savepoint → check the totals →
    record. A document that cannot be mapped or planned is set aside before anything
    is written; a batch that fails while being written is cut in halves until the one
    bad document is alone. One bad document never stops the others.
    """

    _name = "acorn.amazon.order.importer"
    _description = "Amazon Order Importer"

    def _import(self, store, exchanges):
        """Apply waiting order documents of one store and record what became of each.

        :param store: ``acorn.amazon.store``
        :param exchanges: ``acorn.amazon.exchange`` in state ``received``, locked
        :raise psycopg2.OperationalError, StaleSnapshot: start over in a new transaction
        """
        started = time.monotonic()
        importer = self._in_company(store)
        importer._import_batch(
            store.with_env(importer.env), exchanges.with_env(importer.env)
        )
        exchanges.write(
            {"milliseconds": (time.monotonic() - started) * 1000 / len(exchanges)}
        )

    def _import_batch(self, store, exchanges):
        mapped = self._drop_outdated(store, self._map_all(exchanges))
        newest = self._keep_newest(mapped)
        lookups = OrderLookups(store, [order for _exchange, order in newest])
        plans = self._plan_all(lookups, newest)
        if store.state == "shadow":
            self._record_shadow(plans)
        else:
            self._apply_or_split(lookups, plans)
        self._supersede_stopped(store, newest)

    def _in_company(self, store):
        """Work as the store's company, without the chatter that a person would need."""
        return self.with_company(store.company_id).with_context(
            tracking_disable=True,
            mail_create_nosubscribe=True,
            mail_notrack=True,
            no_vat_validation=True,
        )

    # === MAP === #

    def _map_all(self, exchanges):
        mapped = []
        for exchange in exchanges:
            # A body that cannot be decrypted is no fault of the document: it stops
            # the task, so that everything waits until the key is back.
            payload = exchange._get_payload()
            try:
                mapped.append((exchange, self._map_payload(exchange.kind, payload)))
            except Exception as exc:  # noqa: BLE001 - one document stops no other
                self._set_aside(exchange, exc)
        return mapped

    def _map(self, exchange):
        return self._map_payload(exchange.kind, exchange._get_payload())

    def _map_payload(self, kind, payload):
        if not isinstance(payload, dict):
            raise PayloadError("not an object", "$")
        if kind == "order_v0":
            return map_order_v0(payload.get("order"), payload.get("items"))
        return map_order(payload)

    def _set_aside(self, exchange, exc):
        """Keep one document from stopping the others, and tell if it is our fault.

        What Odoo or another addon refuses in words for people is not.
        """
        if not isinstance(exc, (PayloadError, BlockedError)):
            is_refused = isinstance(exc, UserError) and not isinstance(
                exc, (AccessError, MissingError)
            )
            _logger.log(
                logging.WARNING if is_refused else logging.ERROR,
                "Order document %s cannot be applied",
                exchange.id,
                exc_info=exc,
            )
        self._record_failure(exchange, exc)

    def _drop_outdated(self, store, mapped):
        """What was kept for later never comes before what Amazon has said since.

        The newer document may have needed nothing, because the order was cancelled or
        shipped before it was imported: then the older one must create nothing either.
        One that is in error counts for nothing, as it may not be an order at all.
        """
        documents = self.env["acorn.amazon.exchange"].search_fetch(
            [
                ("store_id", "=", store.id),
                ("direction", "=", "in"),
                ("kind", "in", ("order", "order_v0")),
                ("state", "!=", "error"),
                (
                    "external_id",
                    "in",
                    [exchange.external_id for exchange, _o in mapped],
                ),
                ("version_at", "!=", False),
            ],
            ["external_id", "version_at"],
        )
        latest = {}
        for document in documents:
            known = latest.get(document.external_id, document.version_at)
            latest[document.external_id] = max(known, document.version_at)
        current = []
        for exchange, order in mapped:
            version = exchange.version_at
            if version and version < latest.get(exchange.external_id, version):
                self._record_superseded(exchange)
            else:
                current.append((exchange, order))
        return current

    def _keep_newest(self, mapped):
        """Of several versions of an order only the newest is applied."""
        newest = {}
        for exchange, order in sorted(
            mapped, key=lambda pair: (pair[1].updated_at, pair[0].id)
        ):
            older = newest.get(order.order_id)
            if older:
                self._record_superseded(older[0])
            newest[order.order_id] = (exchange, order)
        return list(newest.values())

    def _supersede_stopped(self, store, newest):
        """An older version that waits for a person has nothing to decide any more."""
        newest = {order.order_id: exchange for exchange, order in newest}
        stopped = self.env["acorn.amazon.exchange"].search(
            [
                ("store_id", "=", store.id),
                ("state", "in", ("blocked", "error")),
                ("external_id", "in", list(newest)),
            ]
        )
        for exchange in stopped:
            if exchange._is_older_than(newest[exchange.external_id]):
                self._record_superseded(exchange)

    # === PLAN === #

    def _plan_all(self, lookups, pairs):
        plans = []
        for exchange, order in pairs:
            sale_order = lookups.sale_orders.get(order.order_id)
            seen = sale_order and sale_order.acorn_amazon_updated_at
            if seen and to_naive(order.updated_at, precise=True) < seen:
                self._record_superseded(exchange)
                continue
            try:
                plans.append(self._plan(lookups, exchange, order))
            except psycopg2.Error:
                raise  # the transaction is lost, not this document
            except Exception as exc:  # noqa: BLE001 - one document stops no other
                self._set_aside(exchange, exc)
        return plans

    def _plan(self, lookups, exchange, order):
        """Decide what to do with one order. Writes nothing.

        :return: ``OrderPlan``
        :raise BlockedError: when a person must decide or fix something first
        """
        plan = OrderPlan(exchange, order, CREATE)
        plan.sale_order = lookups.sale_orders.get(order.order_id)
        plan.participation = lookups.participations.get(order.marketplace_id)
        foreign = lookups.foreign_orders.get(order.order_id)
        if foreign:
            return self._plan_foreign(plan, foreign)
        plan.reason_code = self._reason_to_ignore(plan)
        if plan.reason_code in (None, "cancelled_before_import"):
            plan.reason_code = self._judge_by_hand(lookups, plan) or plan.reason_code
        if plan.reason_code:
            plan.action = IGNORE
            return plan
        if order.status == "CANCELLED":
            plan.action = CANCEL
            return plan
        self._check_participation(lookups, plan)
        if plan.sale_order:
            plan.action = UPDATE
        self._recall(plan)
        plan.fiscal_position = self._find_fiscal_position(lookups, plan)
        plan.lines = self._plan_lines(lookups, plan)
        self._note_amounts(plan)
        self._keep_delivered(plan)
        return plan

    def _plan_foreign(self, plan, sale_order):
        """An order that another store of the seller has imported comes only once.

        Its unique index holds per store, and a seller may change the application.

        :raise BlockedError: unless Amazon has cancelled it, which is followed there
        """
        status, store = plan.order.status, sale_order.acorn_amazon_store_id
        if status == "CANCELLED":
            plan.sale_order, plan.action = sale_order, CANCEL
            return plan
        raise BlockedError(
            "imported_by_other_store",
            f"{store.name} has imported it as {sale_order.name}; now {status}",
            {"store": store.name, "order": sale_order.name, "status": status},
        )

    def _judge_by_hand(self, lookups, plan):
        """An order that a person, or another connector, has booked comes only once.

        What the buyer or Amazon cancels must not be shipped from that order either; a
        person who has dealt with it is not asked again.

        :return: the code of the reason when a person has decided to keep it, else None
        :raise BlockedError: while nobody has decided, and when it is cancelled
        """
        order = plan.order
        booked = lookups.booked_by_hand.get(order.order_id)
        if not booked:
            return None
        data = {"order": booked.name, "sale_order_id": booked.id}
        cancellation = self._get_cancellation(order)
        if cancellation:
            data["cancellation"] = cancellation
        dealt_with = lookups.kept_by_hand.get(order.order_id)
        if dealt_with and (not cancellation or cancellation in dealt_with):
            plan.reason_data = data
            return KEPT_BY_HAND
        code = "cancelled_by_hand" if cancellation else "booked_by_hand"
        message = f"{booked.name} has this number; now {order.status}"
        raise BlockedError(code, message, data)

    def _get_cancellation(self, order):
        """What of a cancellation a person must know: None once the goods have left.

        :return: ``CANCELLED``, ``REQUESTED`` or None
        """
        if order.status == "CANCELLED":
            return "CANCELLED"
        is_open = order.status != "SHIPPED"
        return "REQUESTED" if order.cancellation_requested and is_open else None

    def _reason_to_ignore(self, plan):
        """:return: the code of the reason when the order needs nothing, else None"""
        order, exists = plan.order, bool(plan.sale_order)
        if order.sales_channel == "NON_AMAZON":
            return "non_amazon_channel"
        if order.status in PENDING_STATUSES:
            return "pending"
        if order.status == "CANCELLED" and not exists:
            return "cancelled_before_import"
        if order.fulfilled_by == "AMAZON" and order.status in OPEN_STATUSES:
            return "fba_not_shipped"
        if self._is_too_old(plan):
            return "before_import_date"
        if plan.participation and not plan.participation.active and not exists:
            return "marketplace_off"
        return None

    def _is_too_old(self, plan):
        """Orders from before the import date matter only while they are open."""
        start = plan.exchange.store_id.import_from
        order = plan.order
        return bool(
            start
            and not plan.sale_order
            and order.status not in OPEN_STATUSES
            and to_naive(order.created_at) < start
        )

    def _check_participation(self, lookups, plan):
        order = plan.order
        if order.status not in OPEN_STATUSES | SHIPPED_STATUSES:
            raise BlockedError(
                "unknown_status",
                f"unknown status {order.status}",
                {"status": order.status},
            )
        if not plan.participation:
            raise BlockedError(
                "marketplace_not_connected",
                f"no settings for marketplace {order.marketplace_id}",
                {"marketplace_id": order.marketplace_id},
            )
        if order.grand_total is None:
            raise BlockedError("no_amounts", "the order has no amounts")
        plan.currency = currency = lookups.get_currency(plan.participation)
        if order.currency and order.currency != currency.name:
            raise BlockedError(
                "currency_mismatch",
                f"the order is in {order.currency}, the pricelist in {currency.name}",
                {"amazon": order.currency, "odoo": currency.name},
            )

    def _plan_lines(self, lookups, plan):
        lines = []
        for line, product in self._find_products(lookups, plan):
            decisions = self._decide_taxes(lookups, plan, line, product)
            charges = self._merge_charges(line.charges)
            for kind, charge in charges.items():
                if kind == "item" or charge.amount or charge.tax:
                    key = (line.order_item_id, kind)
                    decision = self._keep_taxes(plan, key, decisions[kind])
                    lines.append(self._plan_line(line, charge, product, decision))
            if "item" not in charges:
                lines.append(self._plan_free_line(plan, line, product))
        lines += [
            self._plan_order_charge(plan, charge)
            for charge in self._merge_charges(plan.order.charges).values()
            if charge.amount
        ]
        return lines

    def _find_products(self, lookups, plan):
        """Pairs of a line that matters and its product.

        :raise BlockedError: ``unknown_sku``, naming every SKU without a product
        """
        pairs, unknown = [], []
        for line in plan.order.lines:
            is_empty = not line.quantity and not any(c.amount for c in line.charges)
            if is_empty and not plan.sale_order:
                continue
            try:
                pairs.append((line, self._find_product(lookups, plan, line)))
            except BlockedError as exc:
                if exc.reason_code != "unknown_sku":
                    raise
                unknown.append(exc)
        if unknown:
            first = unknown[0]
            skus = list(dict.fromkeys(exc.data["sku"] or "?" for exc in unknown))
            raise BlockedError(
                first.reason_code,
                f"no product for SKU {', '.join(skus)}",
                {**first.data, "skus": skus},
            )
        return pairs

    def _find_product(self, lookups, plan, line):
        """The product of a line; an order that is here keeps its own to the end.

        :raise BlockedError: ``unknown_sku`` when no product is mapped
        """
        try:
            return lookups.find_product(line.sku, plan.order.fulfilled_by)
        except BlockedError:
            known = plan.own_lines.get((line.order_item_id, "item"))
            if not known:
                raise
            return known.product_id

    def _merge_charges(self, charges):
        """:return: dict kind → one charge, so that a line is known by item and kind"""
        merged = {}
        for charge in charges:
            other = merged.get(charge.kind)
            if other:
                stated = [c.tax for c in (other, charge) if c.tax is not None]
                charge = replace(
                    charge,
                    amount=other.amount + charge.amount,
                    tax=sum(stated, Decimal(0)) if stated else None,
                )
            merged[charge.kind] = charge
        return merged

    def _plan_order_charge(self, plan, charge):
        """An amount of the order as a whole, such as a tip: never taxed by us."""
        product = self.env.ref(SERVICE_PRODUCTS[charge.kind])
        decision = TaxDecision(self.env["account.tax"], "order_charge", True)
        decision = self._keep_taxes(plan, ("", charge.kind), decision)
        return LinePlan(
            item_id="",
            kind=charge.kind,
            product=product,
            name=product.name,
            quantity=1,
            amount=decision.amount_of(charge),
            paid=decision.gross_of(charge),
            taxes=decision.taxes,
            remitted=Decimal(0),
            rule=decision.rule,
        )

    def _plan_line(self, line, charge, product, decision):
        if charge.kind != "item":
            product = self.env.ref(SERVICE_PRODUCTS[charge.kind])
        return LinePlan(
            item_id=line.order_item_id,
            kind=charge.kind,
            product=product,
            name=self._get_line_name(line, charge, product),
            quantity=line.quantity if charge.kind == "item" else 1,
            amount=decision.amount_of(charge),
            paid=decision.gross_of(charge),
            taxes=decision.taxes,
            remitted=decision.remitted_of(charge),
            rule=decision.rule,
            sku=line.sku,
        )

    def _plan_free_line(self, plan, line, product):
        """A line without a price: replacements and free items."""
        decision = TaxDecision(self.env["account.tax"], "free", True)
        decision = self._keep_taxes(plan, (line.order_item_id, "item"), decision)
        return LinePlan(
            item_id=line.order_item_id,
            kind="item",
            product=product,
            name=line.title or product.display_name,
            quantity=line.quantity,
            amount=Decimal(0),
            paid=Decimal(0),
            taxes=decision.taxes,
            remitted=Decimal(0),
            rule=decision.rule,
            sku=line.sku,
        )

    def _get_line_name(self, line, charge, product):
        if charge.kind == "item":
            return line.title or product.display_name
        name = f"{product.name}: {line.sku or line.order_item_id}"
        if charge.kind == "gift_wrap" and line.gift_message:
            name = f"{name}\n{line.gift_message}"
        if charge.kind == "discount" and line.promotion_ids:
            name = f"{name}\n{', '.join(line.promotion_ids)}"
        return name

    def _decide_taxes(self, lookups, plan, line, product):
        """Taxes of all charges of one Amazon line. Override point.

        :return: dict kind of charge → ``jobs.order_taxes.TaxDecision``
        :raise BlockedError: when a person must add or choose a tax first
        """
        return lookups.tax_decider.decide(plan, line, product)

    # === SHADOW === #

    def _record_shadow(self, plans):
        """Say what would be done, and do nothing (X7)."""
        for plan in plans:
            if plan.action == IGNORE:
                self._record_ignored(plan)
                continue
            plan.exchange.write(
                {
                    "state": "shadow",
                    "reason_code": plan.action,
                    "decisions": self._describe(plan),
                    "applied_at": fields.Datetime.now(),
                    "attempts": plan.exchange.attempts + 1,
                }
            )

    # === APPLY === #

    def _apply_or_split(self, lookups, plans):
        if not plans:
            return
        try:
            with self.env.cr.savepoint():
                self._apply(lookups, plans)
            self._remember_created(lookups, plans)
        except BatchRejected as exc:
            rejected = [p for p in plans if p.exchange.id in exc.failures]
            for plan in rejected:
                self._record_failure(plan.exchange, exc.failures[plan.exchange.id])
            self._apply_or_split(
                lookups, [p for p in plans if p.exchange.id not in exc.failures]
            )
        except psycopg2.OperationalError:
            raise
        except Exception as exc:
            if self._is_duplicate_order(exc):
                raise StaleSnapshot("the order was created meanwhile") from exc
            if len(plans) == 1:
                self._set_aside(plans[0].exchange, exc)
                return
            middle = len(plans) // 2
            self._apply_or_split(lookups, plans[:middle])
            self._apply_or_split(lookups, plans[middle:])

    def _remember_created(self, lookups, plans):
        """Let the rest of a batch that is split find what is here by now."""
        for plan in plans:
            if plan.action == CREATE:
                lookups.sale_orders[plan.order.order_id] = plan.sale_order

    def _is_duplicate_order(self, exc):
        """Whether another transaction created one of the orders meanwhile."""
        return (
            isinstance(exc, psycopg2.errors.UniqueViolation)
            and exc.diag.constraint_name == ORDER_INDEX
        )

    def _apply(self, lookups, plans):
        """Write all plans of a batch.

        :raise BatchRejected: names the documents that must not be written
        """
        by_action = {CREATE: [], UPDATE: [], CANCEL: [], IGNORE: []}
        for plan in plans:
            by_action[plan.action].append(plan)
        for plan in by_action[IGNORE]:
            self._record_ignored(plan)
        self._create_orders(lookups, by_action[CREATE])
        for plan in by_action[UPDATE]:
            self._update_order(lookups, plan)
        for plan in by_action[CANCEL]:
            self._cancel_order(plan)
        for plan in by_action[CREATE] + by_action[UPDATE] + by_action[CANCEL]:
            self._record_done(plan)

    def _create_orders(self, lookups, plans):
        if not plans:
            return
        partners = self.env["res.partner"]._acorn_amazon_find_or_create(lookups, plans)
        orders = self.env["sale.order"].create(
            [
                self._prepare_order_vals(lookups, plan, partners[plan.order.order_id])
                for plan in plans
            ]
        )
        for plan, order in zip(plans, orders, strict=True):
            plan.sale_order = order
        self._link_replacements(plans)
        self._settle_totals(plans)
        orders._acorn_amazon_confirm(
            shipped=orders.filtered(lambda o: o.acorn_amazon_status == "SHIPPED")
        )
        self._ship_what_is_shipped(plans)
        for plan in plans:
            self._watch_cancellation(plan)

    def _link_replacements(self, plans):
        """Link replacements whose original came in the same batch."""
        created = {plan.order.order_id: plan.sale_order for plan in plans}
        for plan in plans:
            original = created.get(plan.order.is_replacement_of)
            if original:
                plan.sale_order.acorn_amazon_original_order_id = original

    def _prepare_order_vals(self, lookups, plan, partners):
        """Values of a new sale order. Override point.

        :param partners: (buyer, delivery contact)
        :return: dict for ``sale.order.create``
        """
        order, participation = plan.order, plan.participation
        buyer, ship_to = partners
        warehouse = participation.warehouse_id
        if order.fulfilled_by == "AMAZON":
            warehouse = lookups.store._get_fba_warehouse()
        original = lookups.sale_orders.get(order.is_replacement_of)
        return {
            "company_id": lookups.company.id,
            "partner_id": buyer.id,
            "partner_invoice_id": buyer.id,
            "partner_shipping_id": ship_to.id,
            "pricelist_id": participation.pricelist_id.id,
            "fiscal_position_id": plan.fiscal_position.id,
            "warehouse_id": warehouse.id,
            "team_id": participation.team_id.id,
            "journal_id": participation.journal_id.id,
            "user_id": False,
            "payment_term_id": False,
            "require_signature": False,
            "require_payment": False,
            "date_order": to_naive(order.created_at),
            "client_order_ref": order.buyer.purchase_order_number or order.order_id,
            "origin": order.order_id,
            "acorn_amazon_store_id": lookups.store.id,
            "acorn_amazon_participation_id": participation.id,
            "acorn_amazon_order_id": order.order_id,
            "acorn_amazon_original_order_id": original.id if original else False,
            "acorn_amazon_address_digest": self._get_address_digest(lookups, order),
            **self._prepare_state_vals(plan),
            "order_line": [
                Command.create(self._prepare_line_vals(line, sequence))
                for sequence, line in enumerate(plan.lines, start=1)
            ],
        }

    def _prepare_state_vals(self, plan):
        """What follows Amazon for the whole life of an order."""
        order = plan.order
        window = order.ship_by
        ship_by = window.latest and to_naive(window.latest) if window else False
        deliver = order.deliver_by
        return {
            "commitment_date": ship_by,
            "acorn_amazon_status": order.status,
            "acorn_amazon_fulfilled_by": order.fulfilled_by,
            "acorn_amazon_service_level": self._get_service_level(order),
            "acorn_amazon_updated_at": to_naive(order.updated_at, precise=True),
            "acorn_amazon_ship_by": ship_by,
            "acorn_amazon_deliver_by": (
                deliver.latest and to_naive(deliver.latest) if deliver else False
            ),
            "acorn_amazon_currency_id": plan.currency.id,
            "acorn_amazon_grand_total": float(order.grand_total or 0),
            "acorn_amazon_facilitator_tax": float(plan.remitted),
            "acorn_amazon_tax": float(
                sum(
                    (c.tax or Decimal(0) for line in order.lines for c in line.charges),
                    Decimal(0),
                )
            ),
            "acorn_amazon_tax_known": order.states_tax,
            "acorn_amazon_programs": ", ".join(sorted(order.programs)) or False,
            "acorn_amazon_is_business": "AMAZON_BUSINESS" in order.programs,
            "acorn_amazon_is_prime": "PRIME" in order.programs,
            "acorn_amazon_ioss_number": order.ioss_number,
            "acorn_amazon_decided": plan.decided.to_json(),
        }

    def _get_service_level(self, order):
        """Amazon's word, False for one that is not known yet: no reason to stop."""
        field = self.env["sale.order"]._fields["acorn_amazon_service_level"]
        known = order.service_level in field.get_values(self.env)
        return known and order.service_level

    def _prepare_line_vals(self, line, sequence):
        """Values of one order line. Override point.

        ``technical_price_unit`` marks the price as manual, or Odoo would replace
        Amazon's price from the pricelist at the next change of quantity.
        """
        return {
            "sequence": sequence,
            "product_id": line.product.id,
            "product_uom_id": line.product.uom_id.id,
            "name": line.name,
            "product_uom_qty": line.quantity,
            "price_unit": line.unit_price,
            "technical_price_unit": -1.0,
            "discount": 0.0,
            "customer_lead": 0.0,
            "tax_ids": [Command.set(line.taxes.ids)],
            "acorn_amazon_order_item_id": line.item_id or False,
            "acorn_amazon_charge": line.kind,
        }

    # === UPDATE, CANCEL, SHIP === #

    def _update_order(self, lookups, plan):
        """Bring an existing order to what Amazon says now; writes only differences.

        One that a person has cancelled stays so, and is up to date if it is confirmed
        again.
        """
        order = plan.sale_order
        values = self._prepare_state_vals(plan)
        original = lookups.sale_orders.get(plan.order.is_replacement_of)
        if original:
            values["acorn_amazon_original_order_id"] = original.id
        order._acorn_amazon_write_changes(values)
        if order.state == "cancel":
            order._acorn_amazon_remind_cancelled_here()
        self._update_address(lookups, plan)
        self._update_lines(plan)
        self._watch_cancellation(plan)
        ships_here = order.acorn_amazon_fulfilled_by == "MERCHANT"
        if ships_here and plan.order.status in SHIPPED_STATUSES:
            order._acorn_amazon_check_shipped_elsewhere(self._get_shipped(plan))

    def _get_shipped(self, plan):
        """:return: dict Amazon order item id → quantity shipped so far"""
        lines = plan.order.lines
        if plan.order.status == "SHIPPED":
            return {line.order_item_id: line.quantity for line in lines}
        return {line.order_item_id: line.quantity_shipped for line in lines}

    def _update_lines(self, plan):
        order = plan.sale_order
        is_locked = order.locked
        existing = dict(plan.own_lines)
        changed = False
        for sequence, line in enumerate(plan.lines, start=1):
            current = existing.pop(line.key, None)
            if current:
                changed |= current._acorn_amazon_update(line)
            else:
                changed = True
                order._acorn_amazon_unlock()
                order.write(
                    {
                        "order_line": [
                            Command.create(self._prepare_line_vals(line, sequence))
                        ]
                    }
                )
        for gone in existing.values():
            changed |= gone._acorn_amazon_zero()
        changed |= self._correct_invoiced(plan)
        # Amazon may correct the tax by a cent while every price stays. What else
        # differs without a change at Amazon was done by a person.
        if (
            changed
            or order.currency_id != plan.currency
            or self._is_rounding(plan, self._get_rounding(plan))
        ):
            self._settle_totals([plan])
        if is_locked and not order.locked:
            order.action_lock()

    def _cancel_order(self, plan):
        plan.sale_order._acorn_amazon_cancel(
            to_naive(plan.order.updated_at, precise=True),
            plan.order.cancelled_by,
            plan.order.cancel_reason,
        )

    def _watch_cancellation(self, plan):
        if plan.order.status == "SHIPPED":
            plan.sale_order._acorn_amazon_end_hold()
        elif plan.order.cancellation_requested:
            plan.sale_order._acorn_amazon_hold(plan.order.cancel_reason)

    def _ship_what_is_shipped(self, plans):
        """Complete the deliveries of orders that have left already."""
        shipped = [plan for plan in plans if plan.order.status in SHIPPED_STATUSES]
        orders = self.env["sale.order"]
        for plan in shipped:
            if plan.order.status == "SHIPPED":
                orders |= plan.sale_order
            else:
                plan.sale_order._acorn_amazon_ship_partly(self._get_shipped(plan))
        orders._acorn_amazon_ship_all()

    # === RECORD === #

    def _describe(self, plan):
        """The decisions of a plan, without personal data (X9)."""
        order = plan.order
        return {
            "action": plan.action,
            "source": order.source,
            "status": order.status,
            "fulfilled_by": order.fulfilled_by,
            "currency": order.currency,
            "grand_total": str(order.grand_total),
            "remitted_by_amazon": str(plan.remitted),
            "expected_total": str(plan.expected_total),
            "price_includes_tax": order.price_includes_tax,
            "marketplace_id": order.marketplace_id,
            "marketplace": plan.participation.display_name
            if plan.participation
            else None,
            "fiscal_position": plan.fiscal_position.name
            if plan.fiscal_position
            else None,
            "lines": [
                {
                    "item": line.item_id,
                    "kind": line.kind,
                    "sku": line.sku,
                    "product": line.product.display_name,
                    "quantity": line.quantity,
                    "amount": str(line.amount),
                    "remitted": str(line.remitted),
                    "taxes": line.taxes.mapped("name"),
                    "rule": line.rule,
                }
                for line in plan.lines
            ],
        }

    def _record_done(self, plan):
        plan.exchange.write(
            {
                "state": "done",
                "reason_code": plan.action,
                "message": False,
                "reason_data": False,
                "decisions": self._describe(plan),
                "res_model": "sale.order",
                "res_id": plan.sale_order.id,
                "applied_at": fields.Datetime.now(),
                "attempts": plan.exchange.attempts + 1,
            }
        )

    def _record_ignored(self, plan):
        if plan.reason_code != "pending":
            self.env["acorn.amazon.demand"]._settle(
                plan.exchange.store_id, [plan.order.order_id]
            )
        plan.exchange.write(
            {
                "state": "ignored",
                "reason_code": plan.reason_code,
                "message": False,
                "reason_data": plan.reason_data or False,
                "applied_at": fields.Datetime.now(),
                "attempts": plan.exchange.attempts + 1,
                **self._link_order(plan.reason_data or {}),
            }
        )

    def _record_superseded(self, exchange):
        exchange.write(
            {
                "state": "superseded",
                "reason_code": False,
                "message": False,
                "reason_data": False,
                "applied_at": fields.Datetime.now(),
            }
        )

    def _record_failure(self, exchange, exc):
        """Set one document aside with its reason; nothing of it is lost."""
        blocked = isinstance(exc, BlockedError)
        exchange.write(
            {
                "state": "blocked" if blocked else "error",
                "reason_code": exc.reason_code if blocked else type(exc).__name__,
                "message": str(exc) or type(exc).__name__,
                "reason_data": exc.data if blocked else False,
                "decisions": exchange.decisions or self._describe_stopped(exchange),
                "applied_at": fields.Datetime.now(),
                "attempts": exchange.attempts + 1,
                **self._link_order(exc.data if blocked else {}),
            }
        )
        try:
            with self.env.cr.savepoint():
                self._stop_shipping(exchange)
        except psycopg2.OperationalError:
            raise
        except Exception:
            _logger.warning(
                "The order of document %s cannot be held", exchange.id, exc_info=True
            )

    def _link_order(self, data):
        """Values that let a person open the order that the reason is about."""
        sale_order_id = data.get("sale_order_id")
        if not sale_order_id:
            return {}
        return {"res_model": "sale.order", "res_id": sale_order_id}

    def _stop_shipping(self, exchange):
        """What must not be shipped stays here, also when its document is set aside.

        That another store of the seller has imported it may be the very reason.
        """
        status = peek_cancellation(exchange._get_payload())
        if not status:
            return
        at, store = exchange.version_at, exchange.store_id
        orders = self.env["sale.order"].sudo()
        orders = orders.search(
            [
                ("acorn_amazon_store_id", "in", (store | store._find_twins()).ids),
                ("acorn_amazon_order_id", "=", exchange.external_id),
                ("state", "!=", "cancel"),
            ]
        ).filtered(
            lambda order: (
                not order.acorn_amazon_updated_at
                or (at and order.acorn_amazon_updated_at <= at)
            )
        )
        if status == "REQUESTED":
            orders._acorn_amazon_hold(False)
            return
        for order in orders:
            order._acorn_amazon_cancel(at, False, False)

    def _describe_stopped(self, exchange):
        """What is at stake in a document for which nothing could be decided."""
        total = peek_total(exchange._get_payload())
        return total and {
            "currency": total.currency,
            "grand_total": str(total.amount),
        }
