from odoo import models

from ..mappers.errors import BlockedError
from .order_decided import Decided
from .order_plan import EVENING_KINDS
from .order_taxes import KeptTaxes, get_basis


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

    def _check_delivered(self, plan):
        """What has left the warehouse is not forgotten by a smaller order.

        :raise BlockedError: ``delivered_more``, naming every such SKU
        """
        order = plan.sale_order
        if not order or order.state != "sale":
            return
        ordered = {line.key: line.quantity for line in plan.lines}
        items = [
            f"{line.product_id.display_name} "
            f"({line.qty_delivered:g} > {ordered.get(key, 0):g})"
            for key, line in plan.own_lines.items()
            if line.product_id.type == "consu"
            and line.product_uom_id.compare(line.qty_delivered, ordered.get(key, 0)) > 0
            and line.product_uom_id.compare(line.product_uom_qty, ordered.get(key, 0))
        ]
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

    def _find_fiscal_position(self, lookups, plan):
        """The fiscal position that follows from a document.

        Without the country, or without the VAT number that an earlier document gave,
        it says less and nothing new. All lines of an order agree with what of it is
        invoiced.

        :rtype: account.fiscal.position
        """
        order, known = plan.order, plan.known
        vat = self._find_vat(order)
        says_less = not (order.address and order.address.country_code) or (
            known.has_vat and not vat
        )
        if plan.sale_order and (
            self._is_invoiced(plan.sale_order)
            or (says_less and not plan.participation.fiscal_position_id)
        ):
            position = self.env["account.fiscal.position"]
            position = position.browse(known.fiscal_position_id).exists()
        else:
            position = lookups.find_fiscal_position(plan.participation, order, vat)
        plan.decided.fiscal_position_id = position.id
        plan.decided.has_vat = bool(vat) or known.has_vat
        return position

    def _find_vat(self, order):
        """The buyer's VAT number as Amazon gives it, or None."""
        for registration in order.tax_registrations:
            if registration.entity_type == "BUYER" and registration.number:
                return registration.number
        return None

    def _keep_taxes(self, plan, key, decision):
        """Note the taxes that are decided for a line, and let those stay that must.

        What is invoiced is noted when it is no longer: then it follows.

        :param key: key of the line, as of ``LinePlan``
        :param decision: ``TaxDecision`` on the document
        :return: ``TaxDecision`` or ``KeptTaxes``
        """
        own = plan.own_lines.get(key)
        _basis, before = plan.known.lines.get(key, (None, None))
        taxes = sorted(decision.taxes.ids)
        if not own or not own.qty_invoiced:
            plan.decided.lines[key] = (get_basis(decision.rule), taxes)
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
