from stdnum import get_cc_module
from stdnum.exceptions import ValidationError as InvalidNumber

from odoo import api, fields, models

from ..mappers.identity import address_digest, buyer_key

# What Amazon says of a delivery contact.
ADDRESS_FIELDS = frozenset(
    ("name", "street", "street2", "city", "zip", "state_id", "country_id", "phone")
)


class ResPartner(models.Model):
    _inherit = "res.partner"

    acorn_amazon_buyer_key = fields.Char(
        string="Amazon Buyer Key",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Amazon's anonymised e-mail of the buyer.",
    )
    acorn_amazon_address_digest = fields.Char(
        string="Amazon Address Digest",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )

    acorn_amazon_address_edited = fields.Boolean(
        string="Amazon Address Edited",
        readonly=True,
        copy=False,
        help="Someone changed the address that Amazon gave. It stays for the orders "
        "that have it; a new order gets the address as Amazon says it.",
    )

    def write(self, vals):
        """Override: a contact that a person edits is no longer what Amazon said."""
        names = ADDRESS_FIELDS & vals.keys()
        edited = self.browse()
        if names:
            edited = self.filtered(
                lambda partner: (
                    partner.acorn_amazon_address_digest
                    and partner._acorn_amazon_differs(names, vals)
                )
            )
        result = super().write(vals)
        if edited:
            super(ResPartner, edited).write({"acorn_amazon_address_edited": True})
        return result

    def _acorn_amazon_differs(self, names, vals):
        """Whether values would change any of the named fields."""
        self.ensure_one()
        return any(
            (self[name] or vals[name])
            and self._fields[name].convert_to_write(self[name], self) != vals[name]
            for name in names
        )

    def _get_complete_name(self):
        """Override: the address of a buyer's own is no "Ada Quill, Ada Quill".

        The contact keeps its name all the same: carriers print it on the parcel.
        """
        buyer = self.sudo().parent_id
        if self.acorn_amazon_address_digest and self.name == buyer.name:
            return self.name or ""
        return super()._get_complete_name()

    @api.model
    def _acorn_amazon_find_or_create(self, lookups, plans):
        """Buyers and delivery contacts of a batch of orders, created where missing.

        A buyer is known by Amazon's anonymised e-mail, never by name; without one the
        marketplace's generic buyer is used. Each different address is a delivery
        contact of its buyer; one that a person has edited is no longer Amazon's.

        :param lookups: ``jobs.order_lookups.OrderLookups``
        :param plans: list of ``jobs.order_plan.OrderPlan``
        :return: dict Amazon order id → (buyer, delivery contact)
        """
        buyers = self._acorn_amazon_find_buyers(lookups, plans)
        contacts = self._acorn_amazon_find_contacts(lookups, plans, buyers)
        return {
            plan.order.order_id: (
                buyers[plan.order.order_id],
                contacts.get(plan.order.order_id) or buyers[plan.order.order_id],
            )
            for plan in plans
        }

    @api.model
    def _acorn_amazon_find_buyers(self, lookups, plans):
        keys = (
            {}
            if lookups.store.keep_no_pii
            else {plan.order.order_id: buyer_key(plan.order) for plan in plans}
        )
        known = {
            partner.acorn_amazon_buyer_key: partner
            for partner in self.search(
                [
                    ("acorn_amazon_buyer_key", "in", list(filter(None, keys.values()))),
                    ("company_id", "=", lookups.company.id),
                ]
            )
        }
        missing = {}
        for plan in plans:
            key = keys.get(plan.order.order_id)
            if key and key not in known:
                missing.setdefault(key, plan)
        created = self.create(
            [
                self._acorn_amazon_prepare_buyer_vals(lookups, plan, key)
                for key, plan in missing.items()
            ]
        )
        known.update(zip(missing, created, strict=True))
        for plan in plans:
            buyer = known.get(keys.get(plan.order.order_id))
            if buyer and buyer not in created:
                buyer._acorn_amazon_add_vat(plan.order)
        return {
            plan.order.order_id: known.get(keys.get(plan.order.order_id))
            or plan.participation._get_generic_buyer()
            for plan in plans
        }

    def _acorn_amazon_add_vat(self, order):
        """Complete a known buyer: businesses register long after their first order."""
        self.ensure_one()
        if not self.vat and order.tax_registrations:
            vat = self._acorn_amazon_prepare_tax_vals(order, order.address).get("vat")
            if vat:
                self.vat = vat

    @api.model
    def _acorn_amazon_prepare_buyer_vals(self, lookups, plan, key):
        """Values of a new buyer. Override point."""
        order = plan.order
        buyer, address = order.buyer, order.address
        name = buyer.company_name or buyer.name or (address and address.name)
        vals = {
            "name": name or self.env._("Amazon Buyer"),
            "email": buyer.email,
            "company_id": lookups.company.id,
            "is_company": bool(buyer.company_name),
            "lang": plan.participation.lang or self.env.lang,
            "acorn_amazon_buyer_key": key,
        }
        if address:
            vals.update(self._acorn_amazon_prepare_address_vals(lookups, address))
        vals.update(self._acorn_amazon_prepare_tax_vals(order, address))
        return vals

    @api.model
    def _acorn_amazon_prepare_tax_vals(self, order, address):
        """VAT number of a business buyer, if it is one; otherwise a note says so."""
        for registration in order.tax_registrations:
            if registration.entity_type != "BUYER" or not registration.number:
                continue
            number = registration.number.replace(" ", "")
            country = address.country_code if address else ""
            if self._acorn_amazon_is_vat(number, country):
                return {"vat": number}
            return {
                "comment": self.env._(
                    "Tax number given by Amazon, not valid in form: %(number)s",
                    number=number,
                )
            }
        return {}

    @api.model
    def _acorn_amazon_is_vat(self, number, country_code):
        """Whether a number is a well-formed VAT number of its prefix or country."""
        prefix = number[:2] if number[:2].isalpha() else country_code
        module = get_cc_module({"EL": "gr"}.get(prefix, prefix).lower(), "vat")
        if not module:
            return False
        try:
            module.validate(number)
        except InvalidNumber:
            return False
        return True

    @api.model
    def _acorn_amazon_prepare_address_vals(self, lookups, address):
        """Values of an address. Override point.

        Amazon has three lines, Odoo two: the rest goes on the second. A district or
        a state that Odoo does not know stays in the text, so that nothing is lost.
        """
        country = lookups.find_country(address.country_code)
        state = lookups.find_state(country, address.state)
        lines = [line for line in (address.line1, address.line2, address.line3) if line]
        extra = [*lines[1:], address.district, address.municipality]
        if address.state and not state:
            extra.append(address.state)
        if address.company_name:
            extra.insert(0, address.company_name)
        return {
            "street": lines[0] if lines else False,
            "street2": ", ".join(part for part in extra if part) or False,
            "city": address.city,
            "zip": address.postal_code,
            "state_id": state.id,
            "country_id": country.id,
            "phone": address.phone,
        }

    @api.model
    def _acorn_amazon_find_contacts(self, lookups, plans, buyers):
        if lookups.store.keep_no_pii:
            return {}
        with_address = [plan for plan in plans if plan.order.address]
        digests = {
            plan.order.order_id: address_digest(plan.order.address)
            for plan in with_address
        }
        known = {
            (partner.parent_id.id, partner.acorn_amazon_address_digest): partner
            for partner in self.search(
                [
                    ("acorn_amazon_address_digest", "in", list(set(digests.values()))),
                    ("acorn_amazon_address_edited", "=", False),
                    ("company_id", "=", lookups.company.id),
                ]
            )
        }
        missing = {}
        for plan in with_address:
            order_id = plan.order.order_id
            key = (buyers[order_id].id, digests[order_id])
            if key not in known:
                missing.setdefault(key, plan)
        created = self.create(
            [
                {
                    **self._acorn_amazon_prepare_address_vals(
                        lookups, plan.order.address
                    ),
                    "name": plan.order.address.name or self.env._("Amazon Buyer"),
                    "type": "delivery",
                    "parent_id": buyer_id,
                    "company_id": lookups.company.id,
                    "acorn_amazon_address_digest": digest,
                }
                for (buyer_id, digest), plan in missing.items()
            ]
        )
        known.update(zip(missing, created, strict=True))
        return {
            plan.order.order_id: known[
                buyers[plan.order.order_id].id, digests[plan.order.order_id]
            ]
            for plan in with_address
        }
