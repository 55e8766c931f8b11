from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_compare, format_amount
from odoo.tools.pdf import merge_pdf

from ...services.timestamps import format_timestamp
from .acorn_amazon_inbound_plan import BUSY, EARLY, ENDED
from .acorn_amazon_inbound_shipment import LEFT, OVER

# Amazon's code of a problem: nobody has said how the units are prepared.
PREP_MISSING = "FBA_INB_0182"


class AcornAmazonInboundPlan(models.Model):
    """What happens when: what people press, what the flow records.

    ``queue`` is a list of [step, shipment at Amazon or None]. The flow works on its
    first entry, whose ``phase`` says how far it is: *todo*; *sending*, committed
    before the call, so that a lost answer is looked for; *running*, with Amazon's
    operation; *failed*, with Amazon's words. An empty queue waits for a person.
    """

    _inherit = "acorn.amazon.inbound.plan"

    @api.model
    def _get_step_words(self):
        return {
            "prep": self.env._("Asking how the items are prepared"),
            "set_prep": self.env._("Telling how the items are prepared"),
            "create": self.env._("Creating the plan"),
            "generate_packing": self.env._("Asking for ways to pack"),
            "confirm_packing": self.env._("Confirming how to pack"),
            "set_packing": self.env._("Sending the boxes"),
            "generate_placement": self.env._("Asking where to send what"),
            "confirm_placement": self.env._("Confirming where to send what"),
            "generate_transport": self.env._("Asking for transport"),
            "generate_windows": self.env._("Asking when the goods may arrive"),
            "confirm_window": self.env._("Confirming when the goods arrive"),
            "confirm_transport": self.env._("Confirming the transport"),
            "labels": self.env._("Getting the labels"),
            "item_labels": self.env._("Getting the product labels"),
            "tracking": self.env._("Sending the tracking numbers"),
            "cancel": self.env._("Cancelling"),
        }

    def _get_advice(self):
        if PREP_MISSING in (self.problem_codes or ""):
            return self.env._(
                "Choose under Preparation how each of these items is packed, and "
                "press Send to Amazon again."
            )
        step = self.queue[0][0] if self.queue else None
        if step == "set_packing":
            return self.env._("Correct the boxes and press Send Boxes again.")
        if step in ("confirm_placement", "confirm_transport", "confirm_window"):
            return self.env._(
                "Press Try Again; or Get New Options when the old ones have expired."
            )
        if self.state == "draft":
            return self.env._("Correct the plan and press Send to Amazon again.")
        return self.env._(
            "Press Try Again. If Amazon says the same, ask Amazon or cancel the plan."
        )

    # === WHAT PEOPLE PRESS === #

    def action_send(self):
        """Let Amazon create the plan."""
        for plan in self:
            plan._check_idle("draft")
            if plan.store_id.sudo().state != "live":
                raise UserError(
                    self.env._("The store is not live: nothing is sent to Amazon.")
                )
            plan._prepare_body()
            plan.sudo()._begin(
                [["prep", None], ["create", None], ["generate_packing", None]],
                state="creating",
            )
        return True

    def action_retry(self):
        """Ask Amazon again after the reason was removed."""
        for plan in self:
            plan.check_access("write")
            if plan.phase != "failed":
                raise UserError(self.env._("There is nothing to try again."))
            # What was done although Amazon said otherwise is not done twice.
            hidden = plan.sudo()
            hidden._begin(plan.queue)
            hidden.phase = "sending"
        return True

    def action_refresh(self):
        """Ask Amazon how far it is, as soon as possible."""
        self.check_access("read")
        self.sudo().filtered(lambda plan: plan.state not in ENDED).checked_at = False
        self._wake()
        return True

    def action_renew(self):
        """Ask for new packing, placement or transport options."""
        steps = {
            "packing": "generate_packing",
            "placement": "generate_placement",
            "transport": "generate_transport",
        }
        for plan in self:
            plan._check_idle(*steps)
            if plan.state == "packing" and plan.packing_option_id:
                raise UserError(self.env._("The packing was decided already."))
            plan.sudo()._begin([[steps[plan.state], None]])
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "message": self.env._(
                    "Amazon is asked for new options. The old ones are not valid any "
                    "more; look at the new fees before you choose."
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_fill_boxes(self):
        """Make a box of each of the transfer's packages, or one box of the rest."""
        self.ensure_one()
        self._check_idle("packing")
        if not self.packing_option_id:
            raise UserError(self.env._("Choose how to pack first."))
        values = self._prepare_boxes_from_packages()
        if not values:
            rest = {item: item.unpacked for item in self.item_ids if item.unpacked > 0}
            if not rest:
                raise UserError(self.env._("Everything is packed."))
            values = self._prepare_boxes_of(rest)
        boxes = self.env["acorn.amazon.inbound.box"]
        for vals in values:
            boxes.create(vals)
        return True

    def action_send_boxes(self):
        """Tell Amazon what is in the boxes, and ask where to send them."""
        self.ensure_one()
        self._check_idle("packing")
        if not self.packing_option_id:
            raise UserError(self.env._("Choose how to pack first."))
        self._prepare_packing()
        self.sudo()._begin([["set_packing", None], ["generate_placement", None]])
        return True

    def action_confirm_transport(self):
        """Choose the transport of all shipments; the button passes the sum it shows."""
        self.ensure_one()
        self._check_idle("transport")
        windows = []
        for shipment in self.shipment_ids:
            option = shipment.transport_option_id
            if not option:
                raise UserError(
                    self.env._("Choose the transport of %(name)s.", name=shipment.name)
                )
            if option.is_expired:
                return self.action_renew()
            if option.needs_window:
                if not shipment.window_option_id:
                    raise UserError(
                        self.env._(
                            "Choose when %(name)s arrives.",
                            name=shipment.confirmation_id or shipment.name,
                        )
                    )
                windows.append(["confirm_window", shipment.amazon_id])
        self._check_fee_was_seen(self.transport_cost)
        self.message_post(
            body=self.env._(
                "Transport confirmed. Costs: %(cost)s.", cost=self.transport_text
            )
        )
        self.sudo()._begin([*windows, ["confirm_transport", None]])
        return True

    def action_get_labels(self):
        """Get the labels of the boxes (again), in the chosen format."""
        self.ensure_one()
        self._check_idle("ready", "shipped")
        self.sudo()._begin([["labels", s.amazon_id] for s in self.shipment_ids])
        return True

    def action_get_product_labels(self):
        """Print Amazon's barcodes for the units that you label yourself."""
        self.ensure_one()
        self.check_access("read")
        attachment = self.sudo().item_label_id
        if attachment:
            return _download(attachment)
        if not self._prepare_item_labels():
            raise UserError(self.env._("Amazon labels these products."))
        self._check_idle("packing", "placement", "transport", "ready", "shipped")
        self.sudo()._begin([["item_labels", None]])
        return True

    def action_print_labels(self):
        """Open the labels of the boxes, to print them (again)."""
        self.ensure_one()
        self.check_access("read")
        attachment = self.sudo().label_id
        if not attachment:
            raise UserError(self.env._("The labels are not here yet."))
        return _download(attachment)

    def action_send_tracking(self):
        """Tell Amazon the numbers of the own carrier."""
        self.ensure_one()
        self._check_idle("ready", "shipped")
        steps = []
        for shipment in self.shipment_ids.filtered("is_own_carrier"):
            missing = shipment.box_ids.filtered(lambda box: not box.tracking)
            if missing:
                raise UserError(
                    self.env._(
                        "Enter the tracking numbers of %(boxes)s.",
                        boxes=", ".join(missing.mapped("name")),
                    )
                )
            steps.append(["tracking", shipment.amazon_id])
        if not steps:
            raise UserError(
                self.env._("Amazon's partner tracks these shipments itself.")
            )
        self.sudo()._begin(steps)
        return True

    def action_cancel(self):
        """Take the plan back; Amazon is asked when it has it already."""
        for plan in self:
            plan.check_access("write")
            if plan.state in (*ENDED, "shipped"):
                raise UserError(
                    self.env._("The goods have left, or the plan has ended already.")
                )
            hidden = plan.sudo()
            if plan.phase in ("sending", "running"):
                hidden.wants_cancel = True
                plan._wake()
            elif plan.amazon_id:
                hidden._begin([["cancel", None]])
            else:
                hidden._record_cancelled()
        return True

    def action_create_transfer(self):
        """Make the transfer to Amazon of a plan that was made by hand."""
        self.ensure_one()
        self.check_access("write")
        if self.picking_id:
            raise UserError(self.env._("The plan has a transfer already."))
        inbound = self.store_id.sudo()._get_fba_places()["inbound"]
        source = self.warehouse_id.lot_stock_id
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse_id.int_type_id.id,
                "location_id": source.id,
                "location_dest_id": inbound.id,
                "origin": self.name,
                "move_ids": [
                    (
                        0,
                        0,
                        {
                            "product_id": product.id,
                            "product_uom_qty": units,
                            "product_uom": product.uom_id.id,
                            "location_id": source.id,
                            "location_dest_id": inbound.id,
                        },
                    )
                    for product, units in self.item_ids._count_by_product().items()
                ],
            }
        )
        picking.action_confirm()
        self.sudo().picking_id = picking
        return self.action_open_picking()

    def action_open_picking(self):
        """Open the transfer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "stock.picking",
            "res_id": self.picking_id.id,
            "view_mode": "form",
        }

    def action_view_receipts(self):
        """Open what Amazon has received, by its ledger."""
        self.ensure_one()
        action = self.store_id._get_own_action("acorn_amazon_fba_event_action")
        names = [s.confirmation_id for s in self.shipment_ids if s.confirmation_id]
        action["domain"] = [*action["domain"], ("reference", "in", names)]
        return action

    def action_open_plan(self):
        """Open the plan."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
        }

    # === CHECKS === #

    def _check_idle(self, *states):
        """Nothing is under way, and the plan is where a button belongs."""
        self.check_access("write")
        if self.phase in BUSY:
            self._ask_to_wait()
        if states and self.state not in states:
            raise UserError(self.env._("This was done already."))

    def _ask_to_wait(self):
        raise UserError(
            self.env._(
                "Amazon is working on this plan: %(what)s. Wait a moment.",
                what=self.progress or "",
            )
        )

    def _change_packing(self):
        """The boxes are being changed: what Amazon was told of them is told again.

        :raise UserError: Amazon is being told of them, or has placed them
        """
        if self.env.su:
            return
        for plan in self:
            if plan.state not in EARLY:
                raise UserError(self.env._("Amazon has these boxes already."))
            steps = [step for step, _argument in plan.queue or ()]
            if "generate_placement" not in steps:
                continue
            if plan.phase in BUSY:
                plan._ask_to_wait()
            if "set_packing" not in steps:
                plan.sudo().queue = [["set_packing", None], *plan.queue]

    def _check_fee_was_seen(self, fee):
        """What costs money is confirmed by a person who saw this very fee.

        :raise UserError: the screen showed another one, or none at all
        """
        seen = self.env.context.get("acorn_amazon_fee_shown", 0.0)
        if float_compare(seen, fee, precision_digits=2):
            raise UserError(
                self.env._(
                    "Amazon's fee is %(fee)s now. Look at the plan again before you "
                    "confirm.",
                    fee=fee,
                )
            )

    def _reopen_transport(self):
        """Another transport is chosen: what was confirmed before is not tried again.

        :raise UserError: Amazon is being told of the choice that was confirmed
        """
        for plan in self:
            plan._check_idle()
            if plan.phase == "failed" and ["confirm_transport", None] in plan.queue:
                plan.sudo().write(
                    {
                        "queue": False,
                        "phase": False,
                        "problem": False,
                        "problem_codes": False,
                    }
                )

    # === THE QUEUE === #

    def _begin(self, steps, **vals):
        """Ask Amazon these things, one after the other."""
        self.write(
            {
                **vals,
                "queue": steps,
                "phase": "todo",
                "operation_id": False,
                "problem": False,
                "problem_codes": False,
            }
        )
        self._wake()

    def _wake(self):
        tasks = self.env["acorn.amazon.task"].sudo()
        tasks._wake(self.sudo().store_id, "remote", code="fba_inbound")

    def _advance(self, *more):
        """The first step is done; others may have become necessary."""
        queue = [*map(list, more), *self.queue[1:]]
        self.write(
            {
                "queue": queue or False,
                "phase": "todo" if queue else False,
                "operation_id": False,
                "problem": False,
                "problem_codes": False,
            }
        )

    def _fail(self, problem, codes=()):
        """Show what Amazon says; a person decides what to do."""
        step = self.queue[0][0]
        vals = {
            "phase": "failed",
            "operation_id": False,
            "problem": problem,
            "problem_codes": ", ".join(codes) or False,
        }
        if step in ("prep", "set_prep", "create"):
            # Amazon has no such plan: everything can be changed again.
            vals |= {"state": "draft", "amazon_id": False, "phase": False}
            vals["queue"] = False
        elif step == "cancel":
            vals |= {"phase": False, "queue": False}
        self.write({**vals, "wants_cancel": False})
        self.message_post(body=self.env._("Amazon refuses: %(reason)s", reason=problem))

    def _choose(self, option, user):
        """Confirm a packing or placement option in the name of a person."""
        kind = option.kind
        self.message_post(
            author_id=user.partner_id.id,
            body=self.env._(
                "%(option)s confirmed. Fee: %(fee)s.",
                option=option.name,
                fee=format_amount(self.env, option.fee, option.currency_id)
                if option.currency_id
                else self.env._("none"),
            ),
        )
        self._begin([[f"confirm_{kind}", None]], **{f"{kind}_option_id": option.id})

    # === WORDS FOR AMAZON === #

    def _prepare_packing(self):
        """``packageGroupings`` of ``setPackingInformation``. Override point.

        :raise UserError: what does not fit, box by box
        """
        groups = {group: dict(items) for group, items in self._get_groups().items()}
        boxes = {group: [] for group in groups}
        packed = {group: {} for group in groups}
        for box in self.box_ids:
            group = box._get_group(groups)
            boxes[group].append(box._prepare_body())
            for key, units in box._count_units().items():
                packed[group][key] = packed[group].get(key, 0) + units * box.count
        names = {item._get_value().key: item.display_name for item in self.item_ids}
        for group, wanted in groups.items():
            for key, units in wanted.items():
                found = packed[group].get(key, 0)
                if found != units:
                    raise UserError(
                        self.env._(
                            "%(item)s: %(found)s of %(units)s units are in boxes.",
                            item=names.get(key, key),
                            found=found,
                            units=units,
                        )
                    )
        return [
            {"packingGroupId": group, "boxes": bodies}
            for group, bodies in boxes.items()
        ]

    def _get_groups(self):
        members = self.packing_option_id.members or {}
        return members if isinstance(members, dict) else {}

    def _prepare_transport(self):
        """Configurations of ``generateTransportationOptions``. Override point."""
        earliest = fields.Date.context_today(self) + timedelta(days=1)
        day = max(self.ready_date, earliest)
        start = datetime.combine(day, time(8)).astimezone()
        return [
            {
                "shipmentId": shipment.amazon_id,
                "readyToShipWindow": {"start": format_timestamp(start)},
                "contactInformation": self._prepare_contact(),
            }
            for shipment in self.shipment_ids
        ]

    def _prepare_tracking(self, shipment):
        return {
            "spdTrackingDetail": {
                "spdTrackingItems": [
                    {"boxId": box.amazon_box_id, "trackingId": box.tracking}
                    for box in shipment.box_ids
                ]
            }
        }

    # === BOXES === #

    def _prepare_boxes_from_packages(self):
        """Values of boxes for the packages of the transfer that have none yet."""
        boxes = self.env["acorn.amazon.inbound.box"]
        left = {item: item.unpacked for item in self.item_ids}
        known = self.box_ids.package_id
        picking = self.picking_id.sudo()
        values = []
        for package, contents in picking._acorn_amazon_get_packages().items():
            if package in known:
                continue
            inside = {}
            for (product, expiration), units in contents.items():
                for item in self.item_ids.filtered(
                    lambda i, p=product, e=expiration: (
                        i.product_id == p and (not e or i.expiration == e)
                    )
                ):
                    take = min(round(units), left[item])
                    if take > 0:
                        inside[item] = inside.get(item, 0) + take
                        left[item] -= take
                        units -= take
            if inside:
                values.append(boxes._prepare_from_package(self, package, inside))
        return values

    def _prepare_boxes_of(self, rest):
        """Values of one box for each packing group, with what is in no box."""
        groups = self._get_groups() or {"": None}
        values = []
        for keys in groups.values():
            contents = {
                item: units
                for item, units in rest.items()
                if keys is None or item._get_value().key in keys
            }
            if contents:
                box = self.env["acorn.amazon.inbound.box"]
                weight = box._get_net_weight(contents) * box._get_weight_factor(self)
                values.append(
                    {
                        "plan_id": self.id,
                        "weight": weight,
                        "line_ids": [
                            (0, 0, {"item_id": item.id, "quantity": units})
                            for item, units in contents.items()
                        ],
                    }
                )
        return values

    # === RECORDING: ONE METHOD PER STEP === #

    def _record_prep(self, details):
        """Go on, tell Amazon what a person has chosen, or ask that person."""
        unknown = self.item_ids._record_prep(details)
        open_items = unknown.filtered(lambda item: not item.prep_category)
        if open_items:
            self._fail(
                self.env._(
                    "Amazon does not know how these are prepared: %(skus)s",
                    skus=", ".join(open_items.mapped("sku")),
                ),
                [PREP_MISSING],
            )
        elif unknown:
            self._advance(["set_prep", None])
        else:
            self._advance()

    def _record_created(self):
        self.write({"state": "packing"})
        self._advance()

    def _record_packing_options(self, offers, groups):
        """Keep the ways to pack; a single one that is free needs no decision.

        :param groups: dict packing group → units by item
        """
        options = self.env["acorn.amazon.inbound.option"]._replace(
            self, "packing", offers
        )
        names = {item._get_value().key: item.sku for item in self.item_ids}
        for option in options:
            own = {group: groups.get(group, {}) for group in option.members}
            lines = [
                ", ".join(f"{units} × {names.get(k, k)}" for k, units in items.items())
                for items in own.values()
            ]
            option.write({"members": own, "details": "\n".join(lines)})
        accepted = options.filtered(lambda option: option.status == "ACCEPTED")[:1]
        if accepted:
            self.packing_option_id = accepted
            self._record_packing_chosen()
        elif len(options) == 1 and not options.fee:
            self.packing_option_id = options
            self._advance(["confirm_packing", None])
        else:
            self._advance()

    def _record_packing_chosen(self):
        self.packing_option_id.status = "ACCEPTED"
        if not self.box_ids and self.picking_id:
            for vals in self._prepare_boxes_from_packages():
                self.env["acorn.amazon.inbound.box"].create(vals)
        self._advance()

    def _record_placement_options(self, offers):
        self.env["acorn.amazon.inbound.option"]._replace(self, "placement", offers)
        self.state = "placement"
        self._advance()

    def _record_placement(self, shipments):
        """The goods have a destination.

        :param shipments: list of (getShipment, its items, its boxes)
        """
        self.placement_option_id.status = "ACCEPTED"
        for payload, items, boxes in shipments:
            self.env["acorn.amazon.inbound.shipment"]._record(
                self, payload, items, boxes
            )
        self.state = "transport"
        self._tell_transfer(
            self.env._("Shipments at Amazon: %(numbers)s", numbers=self.numbers)
        )
        self._advance(["generate_transport", None])

    def _record_transport_options(self, offers):
        options = self.env["acorn.amazon.inbound.option"]._replace(
            self, "transport", offers
        )
        for shipment in self.shipment_ids:
            own = options.filtered(lambda o, s=shipment: o.shipment_id == s)
            if len(own) == 1:
                shipment.transport_option_id = own
        waiting = options.filtered("needs_window").shipment_id
        self._advance(*(["generate_windows", each.amazon_id] for each in waiting))

    def _record_windows(self, shipment, offers):
        options = self.env["acorn.amazon.inbound.option"]._replace(
            self, "window", offers, shipment
        )
        free = options.filtered(lambda o: o.status != "BLOCKED" and not o.is_expired)
        if not shipment.window_option_id:
            shipment.window_option_id = free.sorted("starts_at")[:1]
        self._advance()

    def _record_transport(self, shipments):
        self._record_shipments(shipments)
        self.state = "ready"
        self._advance(*(["labels", each.amazon_id] for each in self.shipment_ids))
        self._ship_if_gone()

    def _record_labels(self, shipment, data):
        shipment._keep_labels(data)
        labels = self.shipment_ids.label_id
        if len(labels) == len(self.shipment_ids):
            self._keep_all_labels(labels)
        self._advance()

    def _prepare_item_labels(self):
        """``mskuQuantities`` of ``createMarketplaceItemLabels``."""
        own = self.item_ids.filtered(lambda item: item.label_owner == "SELLER")
        return [
            {"msku": sku, "quantity": sum(items.mapped("quantity"))}
            for sku, items in own.grouped("sku").items()
        ]

    def _record_item_labels(self, documents):
        record = self.picking_id or self
        name = f"{self.name.replace('/', '-')} {self.env._('Product Labels')}.pdf"
        self.item_label_id = self.env["ir.attachment"].create(
            {
                "name": name,
                "raw": merge_pdf(documents) if len(documents) > 1 else documents[0],
                "mimetype": "application/pdf",
                "res_model": record._name,
                "res_id": record.id,
            }
        )
        self._advance()

    def _keep_all_labels(self, labels):
        """One document for all shipments, where they can be put together."""
        is_pdf = all(label.mimetype == "application/pdf" for label in labels)
        if len(labels) == 1 or not is_pdf:
            self.label_id = labels[:1]
            return
        old = self.label_id - labels
        record = self.picking_id or self
        self.label_id = self.env["ir.attachment"].create(
            {
                "name": f"{self.name.replace('/', '-')}.pdf",
                "raw": merge_pdf([label.raw for label in labels]),
                "mimetype": "application/pdf",
                "res_model": record._name,
                "res_id": record.id,
            }
        )
        old.unlink()

    def _record_shipments(self, shipments):
        model = self.env["acorn.amazon.inbound.shipment"]
        for payload in shipments:
            model._record(self, payload, None, None)
        numbers = ", ".join(filter(None, self.shipment_ids.mapped("tracking")))
        picking = self.picking_id
        if numbers and picking and picking.carrier_tracking_ref != numbers:
            picking.carrier_tracking_ref = numbers

    def _record_cancelled(self):
        self.write(
            {
                "state": "cancelled",
                "queue": False,
                "phase": False,
                "operation_id": False,
                "problem": False,
                "problem_codes": False,
                "wants_cancel": False,
            }
        )
        self._tell_transfer(
            self.env._("The inbound plan %(name)s was cancelled.", name=self.name)
        )

    def _record_expired(self, kind, words):
        """A chosen option is not valid any more: ask for new ones, which a person sees.

        :param str words: Amazon's
        """
        self.message_post(
            body=self.env._(
                "The option had expired (%(words)s). Amazon is asked for new ones; "
                "look at their fees and choose again.",
                words=words,
            )
        )
        self.write({f"{kind}_option_id": False})
        self._begin([[f"generate_{kind}", None]])

    def _tell_transfer(self, text):
        (self.picking_id or self).message_post(body=text)

    # === UNDER WAY === #

    def _ship_if_gone(self):
        """The goods of a validated transfer are under way."""
        for plan in self.filtered(lambda plan: plan.state == "ready"):
            if plan.picking_id.state == "done":
                plan.state = "shipped"
                plan._take_tracking()

    def _take_tracking(self):
        """Send the numbers of the transfer, when they say which box has which."""
        if self.phase in BUSY:
            return
        own = self.shipment_ids.filtered("is_own_carrier")
        boxes = own.box_ids
        numbers = (self.picking_id.carrier_tracking_ref or "").replace(",", " ").split()
        if boxes.filtered(lambda box: not box.tracking):
            if len(numbers) not in (1, len(boxes)):
                return
            for place, box in enumerate(boxes):
                box.tracking = numbers[place if len(numbers) > 1 else 0]
        if boxes:
            self._begin([["tracking", each.amazon_id] for each in own])

    def _follow(self, status, shipments):
        """Bring the plan to what Amazon says.

        :param str status: of the plan at Amazon
        :param shipments: answers of ``getShipment``
        """
        self.checked_at = fields.Datetime.now()
        if status == "VOIDED":
            self._record_cancelled()
            return
        self._record_shipments(shipments)
        states = set(self.shipment_ids.mapped("status"))
        if self.state == "ready" and not self.picking_id and states & set(LEFT):
            self.state = "shipped"
        if self.state == "shipped" and states and states <= set(OVER):
            self.state = "closed"

    @api.model
    def _report(self, store):
        """Keep one incident open while plans need somebody."""
        incidents = self.env["acorn.amazon.incident"]
        stopped = self.search(
            [
                ("store_id", "=", store.id),
                ("problem", "!=", False),
                ("state", "not in", ENDED),
            ]
        )
        if not stopped:
            incidents._resolve(store, "inbound_refused")
            return
        incidents._raise(
            store,
            "inbound_refused",
            details="\n".join(f"{p.name}: {p.problem}" for p in stopped[:20]),
            data={"count": len(stopped)},
        )


def _download(attachment):
    return {
        "type": "ir.actions.act_url",
        "url": f"/web/content/{attachment.id}?download=true",
        "target": "new",
    }
