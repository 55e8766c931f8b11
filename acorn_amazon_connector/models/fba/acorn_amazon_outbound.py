import logging
from collections import Counter
from datetime import timezone

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...mappers.outbound import (
    LONGEST_ID,
    Destination,
    OutboundItem,
    fulfillment_order_body,
    plain_id,
)
from ..words import in_words

_logger = logging.getLogger(__name__)

STATES = [
    ("waiting", "To Send"),
    ("sending", "Sending"),
    ("sent", "At Amazon"),
    ("done", "Shipped"),
    ("refused", "Needs Attention"),
    ("cancelled", "Cancelled"),
]
ACTIVE = ("waiting", "sending", "sent")
# Amazon's words for what has left.
SHIPPED = ("Complete", "CompletePartialled")


class AcornAmazonOutbound(models.Model):
    """A delivery of another channel that Amazon ships from FBA stock (A37).

    It waits here until the flow sends it, under a number of its own that Amazon takes
    once only, and follows Amazon's status until the delivery is validated.
    """

    _name = "acorn.amazon.outbound"
    _description = "Amazon Multi-Channel Order"
    _order = "id desc"

    store_id = fields.Many2one(
        "acorn.amazon.store", required=True, ondelete="restrict", index=True
    )
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    picking_id = fields.Many2one(
        "stock.picking", "Delivery", required=True, ondelete="cascade", index=True
    )
    partner_id = fields.Many2one(related="picking_id.partner_id")
    name = fields.Char("Number", required=True, help="The key of the order at Amazon.")
    shown_id = fields.Char("Number on the Packing Slip", required=True)
    amazon_order_id = fields.Char(
        string="Amazon Order No.",
        index="btree_not_null",
        help="As Amazon's ledger names it.",
    )
    state = fields.Selection(STATES, required=True, default="waiting")
    amazon_status = fields.Char("Amazon's Code", readonly=True)
    amazon_status_text = fields.Char(
        "Amazon's Status", compute="_compute_amazon_status_text"
    )
    message = fields.Text(readonly=True)
    failure = fields.Text(
        "Cannot Be Asked About",
        readonly=True,
        help="Why Amazon did not tell of the order when it was asked last.",
    )
    attempts = fields.Integer(readonly=True)
    attempted_at = fields.Datetime(readonly=True)
    wants_cancel = fields.Boolean("Cancellation Asked For", readonly=True)
    sent_at = fields.Datetime(readonly=True)
    checked_at = fields.Datetime(readonly=True)
    tracking = fields.Char(readonly=True)
    request_id = fields.Char("RequestId", readonly=True)

    _name_uniq = models.Constraint("UNIQUE(store_id, name)", "The number is in use.")
    _shown_uniq = models.Constraint(
        "UNIQUE(store_id, shown_id)", "The number is in use."
    )
    _active_uniq = models.UniqueIndex(
        "(picking_id) WHERE state IN ('waiting', 'sending', 'sent')",
        "Amazon has this delivery already.",
    )

    @api.depends("amazon_status")
    @api.depends_context("lang")
    def _compute_amazon_status_text(self):
        for order in self:
            order.amazon_status_text = in_words(self.env, order.amazon_status)

    # === ACTION METHODS === #

    def action_cancel(self):
        """Take the order back; Amazon is asked when it has it already."""
        self.check_access("read")
        for order in self.sudo():
            if order.state == "waiting":
                order.state = "cancelled"
            elif order.state in ACTIVE:
                order.write({"wants_cancel": True, "message": False})
            else:
                raise UserError(self.env._("There is nothing to cancel any more."))
        self._wake()
        return True

    def action_send_again(self):
        """Ask Amazon anew, under a new number, after the reason was removed."""
        self.check_access("read")
        for order in self.sudo():
            if order.state not in ("refused", "cancelled"):
                raise UserError(self.env._("Amazon has this order already."))
            if order.picking_id.state in ("done", "cancel"):
                raise UserError(self.env._("The delivery is closed already."))
        self.sudo().picking_id._acorn_amazon_request_outbound()
        return True

    def action_open_picking(self):
        """Open the delivery."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "stock.picking",
            "res_id": self.picking_id.id,
            "view_mode": "form",
        }

    # === BUSINESS METHODS === #

    def _wake(self):
        tasks = self.env["acorn.amazon.task"].sudo()
        tasks._wake(self.sudo().store_id, "remote", code="fba_outbound")

    @api.model
    def _request(self, store, picking):
        """Note that Amazon shall ship a delivery.

        :param store: ``acorn.amazon.store`` whose FBA stock it takes
        :param picking: one ``stock.picking``
        """
        count = self.search_count([("picking_id", "=", picking.id)])
        suffix = f"-{picking.id}" + (f"-{count + 1}" if count else "")
        name = plain_id(picking.name)[: LONGEST_ID - len(suffix)] + suffix
        shown = (picking.sale_id.name or picking.name)[: LONGEST_ID - 12]
        if self.search_count(
            [("store_id", "=", store.id), ("shown_id", "=", shown)], limit=1
        ):
            shown += suffix
        order = self.create(
            {
                "store_id": store.id,
                "picking_id": picking.id,
                "name": name,
                "shown_id": shown[:LONGEST_ID],
            }
        )
        order._wake()
        return order

    def _is_ready(self):
        """Whether the goods are there, as far as Odoo follows Amazon's stock."""
        if self.state == "sending":
            return True
        state = self.picking_id.state
        if self.store_id.fba_opened_at:
            return state == "assigned"
        return state in ("confirmed", "assigned")

    def _has_left(self):
        """Whether Amazon has shipped it, while its delivery is still open."""
        return self.state == "sent" and self.amazon_status in SHIPPED

    def _prepare_body(self):
        """The body of ``createFulfillmentOrder``. Override point.

        :raise UserError: what is missing, in words for the warehouse
        """
        self.ensure_one()
        picking, store = self.picking_id, self.store_id
        destination = self._prepare_destination(picking.partner_id)
        placed = picking.sale_id.date_order or picking.create_date
        marketplaces = store.participation_ids.marketplace_id
        here = marketplaces.filtered(
            lambda m: m.country_id == picking.partner_id.country_id
        )
        try:
            return fulfillment_order_body(
                self.name,
                destination,
                self._prepare_items(),
                shown_id=self.shown_id,
                ordered_at=placed.replace(tzinfo=timezone.utc),
                comment=store.mcf_comment or self.env._("Thank you for your order."),
                speed=store.mcf_speed,
                marketplace_id=(here[:1] or store.home_marketplace_id).amazon_id,
            )
        except ValueError as exc:
            raise UserError(str(exc)) from exc

    def _prepare_destination(self, partner):
        needed = {
            self.env._("name"): partner.name or partner.commercial_partner_id.name,
            self.env._("street"): partner.street,
            self.env._("postal code"): partner.zip,
            self.env._("country"): partner.country_id.code,
        }
        missing = [label for label, value in needed.items() if not value]
        if missing:
            raise UserError(
                self.env._(
                    "The delivery address has no %(fields)s. Complete it and press "
                    "Send Again.",
                    fields=", ".join(missing),
                )
            )
        name, street, postal_code, country = needed.values()
        return Destination(
            name=name[:50],
            address_line1=street[:60],
            address_line2=(partner.street2 or "")[:60] or None,
            city=partner.city or None,
            state=partner.state_id.code or None,
            postal_code=postal_code,
            country_code=country,
            phone=partner.phone or None,
        )

    def _prepare_items(self):
        """One line per move, by the SKU under which Amazon holds its product.

        A kit that Amazon holds as one unit is one line, named after its first part.
        """
        moves = self.picking_id.move_ids.filtered(lambda m: m.state != "cancel")
        items = []
        for sku, units, parts in self._find_kits(moves):
            items.append(OutboundItem(str(parts[0].id), sku, units))
            moves -= parts
        skus = self._find_skus(moves)
        for move in moves:
            units = move.product_qty
            if units != int(units):
                raise UserError(
                    self.env._(
                        "Amazon ships whole units only: %(product)s",
                        product=move.product_id.display_name,
                    )
                )
            items.append(OutboundItem(str(move.id), skus[move.product_id], int(units)))
        return items

    def _find_kits(self, moves):
        """The kits among what is shipped that Amazon holds as one unit.

        :return: list of (SKU, kits, moves of their parts)
        """
        ordered = moves.sale_line_id.product_id
        held = self.env["acorn.amazon.fba.inventory"].search(
            [("store_id", "=", self.store_id.id), ("product_id", "in", ordered.ids)],
            order="fulfillable",
        )
        skus = {row.product_id: row.sku for row in held}
        kits = held.product_id._acorn_amazon_get_parts(self.company_id)
        found = []
        for line, own in moves.grouped("sale_line_id").items():
            units = Counter()
            for move in own:
                units[move.product_id] += move.product_qty
            counts = {
                round(units[part] / need, 2)
                for part, need in kits.get(line.product_id, ())
            }
            # Anything else than whole kits is shipped part by part.
            count = counts.pop() if len(counts) == 1 else 0
            if count and count == int(count):
                found.append((skus[line.product_id], int(count), own))
        return found

    def _find_skus(self, moves):
        """:return: dict product → SKU

        :raise UserError: names the products that have none
        """
        listings = self.env["acorn.amazon.listing"].search(
            [
                ("store_id", "=", self.store_id.id),
                ("fulfillment_channel", "=", "AMAZON"),
                ("product_id", "in", moves.product_id.ids),
            ],
            order="id desc",
        )
        skus = {p: p.default_code for p in moves.product_id if p.default_code}
        skus |= {listing.product_id: listing.sku for listing in listings}
        # What the inventory shows is at Amazon, whatever the listings say.
        for row in self.env["acorn.amazon.fba.inventory"].search(
            [
                ("store_id", "=", self.store_id.id),
                ("product_id", "in", moves.product_id.ids),
            ],
            order="fulfillable",
        ):
            skus[row.product_id] = row.sku
        unknown = moves.product_id - self.env["product.product"].union(*skus)
        if unknown:
            raise UserError(
                self.env._(
                    "Amazon holds no stock of %(products)s under a SKU that Odoo "
                    "knows. Choose the product under Products > Listings and press "
                    "Send Again.",
                    products=", ".join(unknown.mapped("display_name")),
                )
            )
        return skus

    # === RECORDING === #

    def _refuse(self, message, **values):
        self.write({"state": "refused", "message": message, **values})
        self.picking_id.message_post(
            body=self.env._("Amazon does not ship this: %(reason)s", reason=message)
        )

    def _record_sent(self, request_id=None):
        self.write(
            {
                "state": "sent",
                "sent_at": fields.Datetime.now(),
                "request_id": request_id or self.request_id,
                "message": False,
            }
        )

    def _record_cancelled(self):
        """Amazon does not ship it; the delivery goes where a person wanted that."""
        self.state = "cancelled"
        picking = self.picking_id
        if self.wants_cancel and picking.state not in ("done", "cancel"):
            picking.with_context(acorn_amazon_cancelled=True).action_cancel()
        elif not self.wants_cancel:
            self._refuse(self.env._("The order was cancelled at Amazon."))

    def _follow(self, found):
        """Bring the delivery to what Amazon says.

        :param found: ``mappers.outbound.OutboundOrder``
        """
        self.ensure_one()
        packages = [p for shipment in found.shipments for p in shipment.packages]
        numbers = [p.tracking_number for p in packages if p.tracking_number]
        self.write(
            {
                "amazon_status": found.status,
                "checked_at": fields.Datetime.now(),
                "tracking": ", ".join(dict.fromkeys(numbers)) or False,
            }
        )
        try:
            with self.env.cr.savepoint():
                self._update_delivery(found)
        except psycopg2.OperationalError:
            raise
        except Exception as exc:
            # It is tried again in its turn; no other order waits for it.
            if not isinstance(exc, UserError):
                _logger.warning("Order %s cannot be followed", self.id, exc_info=True)
            self.message = str(exc)
        self._report_open_delivery()

    def _update_delivery(self, found):
        picking = self.picking_id
        if self.tracking and picking.carrier_tracking_ref != self.tracking:
            picking.carrier_tracking_ref = self.tracking
        if found.status in SHIPPED:
            self._complete(found)
        elif found.status == "Cancelled":
            self._record_cancelled()
        elif found.status in ("Unfulfillable", "Invalid"):
            self._refuse(self._explain_failure(found))

    def _explain_failure(self, found):
        if found.status == "Invalid":
            return self.env._(
                "Amazon cannot deliver to this address. Correct it and press Send "
                "Again, or ship from another warehouse."
            )
        return self.env._(
            "Amazon has not enough sellable units of: %(skus)s. Press Send Again when "
            "there is stock, or ship from another warehouse.",
            skus=", ".join(sorted({line.sku for line in found.lines})),
        )

    def _complete(self, found):
        """Validate the delivery with what Amazon has shipped."""
        shipped = {}
        for shipment in found.shipments:
            if shipment.status == "SHIPPED":
                for unit in shipment.units:
                    shipped[unit.item_id] = shipped.get(unit.item_id, 0) + unit.quantity
        picking = self.picking_id.with_context(acorn_amazon_shipped=True)
        self.write({"state": "done", "message": False})
        if picking.state in ("done", "cancel"):
            return
        asked = {line.item_id: line.quantity for line in found.lines}
        self._set_quantities(picking, shipped, asked)
        picking.with_context(skip_backorder=True, skip_sms=True).button_validate()
        if picking.state != "done":
            raise UserError(
                self.env._(
                    "Odoo asks something before it validates %(name)s: open the "
                    "delivery and validate it.",
                    name=picking.name,
                )
            )
        for rest in picking.backorder_ids:
            self._request(self.store_id, rest)._refuse(
                self.env._(
                    "Amazon has shipped a part only. Press Send Again to have the rest "
                    "shipped, or ship it from another warehouse."
                )
            )

    def _report_open_delivery(self):
        """Keep an incident open while Amazon has shipped what Odoo cannot validate."""
        incidents = self.env["acorn.amazon.incident"]
        about = self.store_id, "shipped_elsewhere"
        if self._has_left():
            incidents._raise(
                *about,
                details=self.message,
                record=self.picking_id,
                data={"order": self.picking_id.name},
            )
        elif self.state == "done":
            incidents._resolve(*about, record=self.picking_id)

    def _set_quantities(self, picking, shipped, asked):
        moves = picking.move_ids.filtered(lambda m: m.state not in ("done", "cancel"))
        tracked = moves.filtered(lambda m: m.product_id.tracking != "none")
        units = {move: shipped.get(str(move.id), 0) for move in moves}
        for line, parts in moves.grouped("sale_line_id").items():
            named = [str(move.id) for move in parts if asked.get(str(move.id))]
            if line and parts.product_id != line.product_id and len(named) == 1:
                # Amazon was asked for kits: of each part that share has left.
                share = min(shipped.get(named[0], 0) / asked[named[0]], 1)
                for move in parts:
                    left = move.product_qty * share
                    units[move] = move.product_id._acorn_amazon_round_up(left)
        left = tracked.filtered(lambda m: units[m])
        left._acorn_amazon_assign_lots(units)
        for move in moves - left:
            # Amazon counts units, the delivery perhaps dozens.
            move.quantity = move.product_id.uom_id._compute_quantity(
                units[move], move.product_uom, round=False
            )
        for move in moves:
            move.picked = bool(units[move])

    @api.model
    def _link(self, store, references):
        """Find Amazon's own numbers of our orders in the order documents.

        Amazon's ledger names them by these numbers; the documents name both.

        :param references: numbers that the ledger mentions
        """
        known = set(
            self.search([("amazon_order_id", "in", references)]).mapped(
                "amazon_order_id"
            )
        )
        documents = self.env["acorn.amazon.exchange"].search(
            [
                ("store_id", "=", store.id),
                ("kind", "in", ("order", "order_v0")),
                ("external_id", "in", [r for r in references if r and r not in known]),
                ("reason_code", "=", "non_amazon_channel"),
            ]
        )
        for document in documents:
            payload = document._get_payload()
            names = [
                alias.get("aliasId")
                for alias in payload.get("orderAliases") or []
                if alias.get("aliasType") == "SELLER_ORDER_ID"
            ]
            names.append((payload.get("order") or {}).get("SellerOrderId"))
            order = self.search(
                [
                    ("store_id", "=", store.id),
                    ("shown_id", "in", [name for name in names if name]),
                ],
                limit=1,
            )
            if order:
                order.amazon_order_id = document.external_id

    @api.model
    def _report(self, store):
        """Keep one incident open while Amazon cannot ship orders."""
        incidents = self.env["acorn.amazon.incident"]
        stopped = self.search(
            [
                ("store_id", "=", store.id),
                ("state", "=", "refused"),
                ("picking_id.state", "not in", ("done", "cancel")),
            ]
        ).filtered(
            lambda order: order == order.picking_id.acorn_amazon_outbound_ids[:1]
        )
        if not stopped:
            incidents._resolve(store, "outbound_refused")
            return
        incidents._raise(
            store,
            "outbound_refused",
            details="\n".join(
                f"{o.picking_id.name}: {o.message}" for o in stopped[:20]
            ),
            data={"count": len(stopped)},
        )
