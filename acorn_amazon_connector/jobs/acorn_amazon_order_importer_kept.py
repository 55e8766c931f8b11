from dataclasses import replace
from decimal import Decimal

from odoo import models

from ..mappers.errors import BlockedError
from .order_decided import Decided
from .order_plan import EVENING_KINDS
from .order_taxes import KeptTaxes, get_basis

# Stands for a VAT number where nothing of the buyer is kept.
UNKNOWN_NUMBER = "?"


class AcornAmazonOrderImporter(models.AbstractModel):
    """What stays on an order that is here, whatever a later document says (A1).

    Amazon tells something once and hides it later; what is invoiced is in the books;
    and what a person chose stays until Amazon says something new.
    """

    _inherit = "acorn.amazon.order.importer"

    def _recall(self, plan):
        """Put what is known of an order beside its document."""
        order = plan.sale_order
        plan.known, plan.decided = Decided.of(order), Decided.of(order)
        plan.own_lines = {
            (line.acorn_amazon_order_item_id or "", line.acorn_amazon_charge): line
            for line in (order.order_line if order else ())
            if line.acorn_amazon_charge
            and line.acorn_amazon_charge not in EVENING_KINDS
        }

    def _note_amounts(self, plan):
        """Note what Amazon says of each line, and whether it is news.

        An amount of a line that is invoiced is noted when it no longer is, like its
        taxes: then the line is priced anew.
        """
        decided = plan.decided.lines
        for line in plan.lines:
            own, known = plan.own_lines.get(line.key), plan.known.get_line(line.key)
            line.is_news = known.paid is not None and (
                known.paid != line.paid or known.quantity != line.quantity
            )
            paid = known.paid if own and own.qty_invoiced else line.paid
            noted = plan.decided.get_line(line.key)
            decided[line.key] = replace(noted, quantity=line.quantity, paid=paid)
        named = {line.key for line in plan.lines}
        for key in decided.keys() - named:
            decided[key] = replace(decided[key], quantity=0, paid=Decimal(0))

    def _keep_delivered(self, plan):
        """What has left the warehouse is not forgotten by a smaller order.

        What a person sent beyond Amazon's order stays on the line, for the same price.

        :raise BlockedError: ``delivered_more``, naming every SKU of which Amazon took
            off what has left
        """
        order = plan.sale_order
        if not order or order.state != "sale":
            return
        planned, items = {line.key: line for line in plan.lines}, []
        for key, own in plan.own_lines.items():
            line = planned.get(key)
            ordered = line.quantity if line else 0
            if not self._has_delivered_more(own, ordered):
                continue
            known = plan.known.get_line(key).quantity
            if line and known is not None and known <= ordered:
                line.quantity = own.product_uom_qty
                continue
            product = own.product_id.display_name
            items.append(f"{product} ({own.qty_delivered:g} > {ordered:g})")
        if items:
            raise BlockedError(
                "delivered_more",
                f"more delivered than ordered: {', '.join(items)}",
                {
                    "order": order.name,
                    "sale_order_id": order.id,
                    "items": ", ".join(items),
                },
            )

    def _has_delivered_more(self, line, ordered):
        """Whether an order line would have to go below what Odoo has delivered."""
        return (
            line.product_id.type == "consu"
            and line.product_uom_id.compare(line.qty_delivered, ordered) > 0
            and line.product_uom_id.compare(line.product_uom_qty, ordered) != 0
        )

    def _find_fiscal_position(self, lookups, plan):
        """The fiscal position that follows from a document.

        A document that says less than an earlier one says nothing new. All lines of an
        order agree with what of it is invoiced.

        :rtype: account.fiscal.position
        """
        order, known, decided = plan.order, plan.known, plan.decided
        told = self._find_vat(order)
        decided.has_vat = bool(told) or known.has_vat
        vat = told or self._recall_vat(plan)
        details = self._get_details(order.address, vat)
        if plan.sale_order and (
            self._is_invoiced(plan.sale_order)
            or (
                self._says_less(plan, details)
                and not plan.participation.fiscal_position_id
            )
        ):
            position = self.env["account.fiscal.position"]
            position = position.browse(known.fiscal_position_id).exists()
            decided.fiscal_position_id = position.id
            return position
        # Of a number that is kept nowhere only that there is one is known.
        number = vat or (decided.has_vat and UNKNOWN_NUMBER) or None
        position = lookups.find_fiscal_position(plan.participation, order, number)
        decided.fiscal_position_id = position.id
        decided.country_code = order.address and order.address.country_code
        decided.details = details
        return position

    def _get_details(self, address, vat):
        """What a document says, beside the country, that may decide the position."""
        found = {
            "state": address and address.state,
            "postal_code": address and address.postal_code,
            "vat": vat,
        }
        return frozenset(name for name, value in found.items() if value)

    def _says_less(self, plan, details):
        """Whether a document hides what the fiscal position of its order rests on.

        Another country, or a VAT number for the first time, is news all the same.
        """
        address, known = plan.order.address, plan.known
        if not address or not address.country_code:
            return True
        if address.country_code != known.country_code:
            return False
        is_news = "vat" in details - known.details
        return bool(known.details - details) and not is_news

    def _find_vat(self, order):
        """The buyer's VAT number as Amazon gives it, or None."""
        for registration in order.tax_registrations:
            if registration.entity_type == "BUYER" and registration.number:
                return registration.number
        return None

    def _recall_vat(self, plan):
        """The VAT number that an earlier document gave, where the customer has it."""
        return plan.known.has_vat and plan.sale_order.partner_id.vat

    def _keep_taxes(self, plan, key, decision):
        """Note the taxes that are decided for a line, and let those stay that must.

        What is invoiced is noted when it is no longer: then it follows.

        :param key: key of the line, as of ``LinePlan``
        :param decision: ``TaxDecision`` on the document
        :return: ``TaxDecision`` or ``KeptTaxes``
        """
        own = plan.own_lines.get(key)
        before = plan.known.get_line(key).taxes
        taxes = sorted(decision.taxes.ids)
        if not own or not own.qty_invoiced:
            known = plan.known.get_line(key)
            basis = get_basis(decision.rule)
            plan.decided.lines[key] = replace(known, basis=basis, taxes=taxes)
        if not own or own.tax_ids == decision.taxes:
            return decision
        if own.qty_invoiced:
            return KeptTaxes(own.tax_ids, "invoiced", decision)
        if before is not None and set(before) == set(taxes):
            return KeptTaxes(own.tax_ids, "chosen_by_hand", decision)
        return decision

    def _is_invoiced(self, order):
        """Whether something of an order is invoiced and not taken back."""
        return any(line.qty_invoiced for line in order.order_line)
