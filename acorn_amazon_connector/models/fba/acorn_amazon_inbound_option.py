from datetime import timezone

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...mappers.inbound import NEEDS_WINDOW, OWN_CARRIER
from ...mappers.shipment import OTHER_CARRIER
from ..words import in_words, name_day

KINDS = [
    ("packing", "Packing"),
    ("placement", "Placement"),
    ("transport", "Transport"),
    ("window", "Delivery Window"),
]


class AcornAmazonInboundOption(models.Model):
    """What Amazon offers: a way to pack, to place or to send, or days of arrival.

    Only Amazon's figures are here; a person chooses, having seen the fee (A31).
    """

    _name = "acorn.amazon.inbound.option"
    _description = "Amazon Inbound Option"
    _order = "plan_id, shipment_id, kind, id"
    # The name is put together in the language of whoever reads it.
    _rec_names_search = ["carrier", "amazon_id"]

    plan_id = fields.Many2one(
        "acorn.amazon.inbound.plan", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="plan_id.company_id", store=True, index=True)
    plan_phase = fields.Selection(related="plan_id.phase")
    shipment_id = fields.Many2one(
        "acorn.amazon.inbound.shipment", ondelete="cascade", index="btree_not_null"
    )
    kind = fields.Selection(KINDS, required=True)
    amazon_id = fields.Char(required=True)
    name = fields.Char("Option", compute="_compute_name")
    number = fields.Integer()
    status = fields.Char()
    status_text = fields.Char("Amazon's Status", compute="_compute_status_text")
    fee = fields.Monetary(currency_field="currency_id")
    currency_id = fields.Many2one("res.currency")
    expires_at = fields.Datetime("Valid Until")
    time_left = fields.Char(compute="_compute_time_left")
    is_expired = fields.Boolean(compute="_compute_time_left")
    members = fields.Json()
    member_count = fields.Integer()
    details = fields.Text()
    carrier = fields.Char()
    solution = fields.Char()
    mode = fields.Char()
    needs_window = fields.Boolean("Delivery Window Needed")
    starts_at = fields.Datetime()
    ends_at = fields.Datetime()

    _amazon_uniq = models.Constraint(
        "UNIQUE(plan_id, kind, amazon_id)", "This option is here already."
    )

    @api.depends("kind", "number", "carrier", "solution", "fee", "starts_at", "ends_at")
    @api.depends_context("lang")
    def _compute_name(self):
        for option in self:
            if option.kind == "transport":
                option.name = option._describe_transport()
            elif option.kind == "window":
                days = (option.starts_at, option.ends_at)
                named = [name_day(self.env, day) for day in days if day]
                option.name = " – ".join(dict.fromkeys(named))
            else:
                option.name = self.env._("Option %(number)s", number=option.number)

    @api.depends("status")
    @api.depends_context("lang")
    def _compute_status_text(self):
        for option in self:
            option.status_text = in_words(self.env, option.status)

    @api.depends("name", "fee", "currency_id")
    def _compute_display_name(self):
        for option in self:
            option.display_name = option.name
            if option.kind in ("packing", "placement") and option.currency_id:
                option.display_name += f", {option.currency_id.format(option.fee)}"

    def _describe_transport(self):
        if self.solution == OWN_CARRIER and self.carrier in (False, OTHER_CARRIER):
            who = self.env._("Own carrier")
        elif self.solution == OWN_CARRIER:
            who = self.env._("Own carrier: %(name)s", name=self.carrier)
        else:
            who = self.env._("Amazon's partner: %(name)s", name=self.carrier or "")
        if self.mode and self.mode != "GROUND_SMALL_PARCEL":
            who += f" ({in_words(self.env, self.mode)})"
        if self.currency_id:
            who += f", {self.currency_id.format(self.fee)}"
        return who

    @api.depends("expires_at")
    @api.depends_context("lang")
    def _compute_time_left(self):
        now = fields.Datetime.now()
        for option in self:
            left = option.expires_at and (option.expires_at - now).total_seconds()
            option.is_expired = option.status == "EXPIRED" or (
                left is not False and left is not None and left <= 0
            )
            if option.status == "ACCEPTED" or not option.expires_at:
                option.time_left = False
            elif option.is_expired:
                option.time_left = self.env._("Expired")
            else:
                option.time_left = self.env._(
                    "%(hours)s h %(minutes)s min",
                    hours=int(left // 3600),
                    minutes=int(left % 3600 // 60),
                )

    # === ACTION METHODS === #

    def action_confirm(self):
        """Choose this way to pack or to place; the button passes the fee it shows."""
        self.ensure_one()
        self.check_access("read")
        plan = self.plan_id
        plan.check_access("write")
        plan._check_idle()
        if plan.state != self.kind:
            raise UserError(self.env._("This was decided already."))
        if self.is_expired:
            return plan.action_renew()
        plan._check_fee_was_seen(self.fee)
        plan.sudo()._choose(self, self.env.user)
        return True

    # === RECORDING === #

    @api.model
    def _replace(self, plan, kind, offers, shipment=None):
        """Make the options of a kind what Amazon lists.

        An option that is known stays the same record; one that is gone is removed.

        :param offers: ``mappers.inbound.InboundOffer`` objects
        """
        domain = [("plan_id", "=", plan.id), ("kind", "=", kind)]
        if shipment:
            domain.append(("shipment_id", "=", shipment.id))
        known = {option.amazon_id: option for option in self.search(domain)}
        shipments = {each.amazon_id: each for each in plan.shipment_ids}
        options = self.browse()
        for number, offer in enumerate(offers, 1):
            vals = self._prepare_vals(offer)
            own = shipments.get(offer.shipment_id)
            vals["shipment_id"] = own.id if own else False
            option = known.pop(offer.option_id, None)
            if option:
                option.write(vals)
            else:
                option = self.create(
                    {"plan_id": plan.id, "kind": kind, "number": number, **vals}
                )
            options |= option
        self.browse().union(*known.values()).unlink()
        return options

    def _prepare_vals(self, offer):
        currency = self.env["res.currency"].with_context(active_test=False)
        return {
            "amazon_id": offer.option_id,
            "status": offer.status,
            "fee": float(offer.fee or 0),
            "currency_id": currency.search([("name", "=", offer.currency)], limit=1).id,
            "expires_at": _naive(offer.expires_at),
            "members": list(offer.members),
            "member_count": len(offer.members),
            "carrier": offer.carrier,
            "mode": offer.mode,
            "solution": offer.solution,
            "needs_window": NEEDS_WINDOW in offer.preconditions,
            "starts_at": _naive(offer.starts_at),
            "ends_at": _naive(offer.ends_at),
        }


def _naive(moment):
    return moment and moment.astimezone(timezone.utc).replace(
        tzinfo=None, microsecond=0
    )
