import re

from odoo import api, fields, models

from ...mappers.shipment import OTHER_CARRIER


class AcornAmazonCarrier(models.Model):
    """A carrier by the word that Amazon knows it by (A33).

    Amazon adds carriers now and then, and takes other words per country: the table
    is data that a manager may extend.
    """

    _name = "acorn.amazon.carrier"
    _description = "Amazon Carrier"
    _order = "sequence, name, id"

    name = fields.Char(required=True)
    code = fields.Char(
        string="Amazon Code",
        required=True,
        help="The word that is sent to Amazon, exactly as Amazon writes it.",
    )
    sequence = fields.Integer(default=10)
    country_ids = fields.Many2many(
        "res.country",
        string="Countries",
        help="Marketplaces on which Amazon knows this carrier. Empty: everywhere.",
    )
    needs_name = fields.Boolean(compute="_compute_needs_name")
    tracking_url = fields.Char(
        string="Tracking Link",
        help="Where the carrier shows a parcel; <shipmenttrackingnumber> stands for "
        "its number.",
    )
    active = fields.Boolean(default=True)

    _code_uniq = models.Constraint(
        "UNIQUE(code)", "There is a carrier with this code already."
    )

    @api.depends("code")
    def _compute_needs_name(self):
        for carrier in self:
            carrier.needs_name = (carrier.code or "").lower() == OTHER_CARRIER.lower()

    @api.model
    def _get_other(self):
        """The word for carriers that Amazon does not know; it wants their name.

        :rtype: acorn.amazon.carrier
        """
        return self.search([("code", "=ilike", OTHER_CARRIER)], limit=1)

    @api.model
    def _find_by_name(self, text, country):
        """The carrier whose name a shipping method begins with, the longest first.

        *DHL Paket International* is DHL; in America *DHL eCommerce Light* is DHL
        eCommerce.

        :param str text: name of a shipping method
        :param country: ``res.country`` of the marketplace; its carriers come first
        :rtype: acorn.amazon.carrier (may be empty)
        """
        words = _words(text)
        found = self.search_fetch([], ["name", "code", "country_ids"]).filtered(
            lambda carrier: (
                not carrier.needs_name
                and (names := _words(carrier.name))
                and words[: len(names)] == names
            )
        )
        return found.sorted(
            key=lambda carrier: (
                bool(carrier.country_ids) and country not in carrier.country_ids,
                -len(_words(carrier.name)),
            )
        )[:1]


def _words(text):
    return re.findall(r"\w+", (text or "").lower())
