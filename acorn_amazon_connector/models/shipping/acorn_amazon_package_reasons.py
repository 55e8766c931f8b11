from odoo import api, fields, models

from ...mappers import shipment

SHIP_PLUS = "FBM_SHIP_PLUS"


class AcornAmazonPackage(models.Model):
    """Why a parcel waits, is not needed or was refused, in plain words (X9)."""

    _inherit = "acorn.amazon.package"

    explanation = fields.Text(compute="_compute_explanation")
    warning = fields.Text(compute="_compute_warning")

    @api.depends(
        "state",
        "reason_code",
        "amazon_message",
        "dismiss_reason",
        "tracking_number",
        "warning",
    )
    @api.depends_context("lang")
    def _compute_explanation(self):
        for package in self:
            package.explanation = package._explain()

    def _explain(self):
        """One or two sentences about the state, and what to do."""
        self.ensure_one()
        if self.state == "refused":
            return self.env._(
                "Amazon refused it: %(message)s Correct what Amazon names and press "
                "Send Again, or press Not Needed if Amazon need not know.",
                message=_sentence(self.amazon_message),
            )
        if self.state == "not_needed" and self.reason_code == "by_hand":
            return self.env._(
                "Marked by a person: %(reason)s", reason=self.dismiss_reason or "-"
            )
        if self.state in ("waiting", "not_needed"):
            return self._get_reason_sentences().get(self.reason_code, False)
        if self.state == "to_send" and self.amazon_message:
            return self.env._(
                "It is sent again by itself. Last time: %(message)s",
                message=_sentence(self.amazon_message),
            )
        sentences = {
            "to_send": self.env._("Goes to Amazon within minutes."),
            "sending": self.env._(
                "Was given to Amazon; the answer is not here yet. Without one it is "
                "sent again with the same number."
            ),
            "confirmed": self.warning or self.env._("Amazon knows the shipment."),
        }
        return sentences.get(self.state, False)

    @api.model
    def _get_reason_sentences(self):
        """Why a parcel waits or is not needed, by the code of the reason.

        :rtype: dict[str, str]
        """
        return {
            "tracking_missing": self.env._(
                "Amazon wants a tracking number: enter it on the delivery. It is sent "
                "at once."
            ),
            "tracking_several": self.env._(
                "There is more than one tracking number for this parcel: enter one "
                "number per parcel."
            ),
            "tracking_characters": self.env._(
                "The tracking number has characters that no carrier uses: correct it."
            ),
            "carrier_missing": self.env._(
                "No carrier is known: choose one for the parcel under Amazon "
                "Shipments, or a usual carrier on the store."
            ),
            "carrier_name_missing": self.env._(
                "Amazon wants to know which other carrier it is: enter its name."
            ),
            "items_missing": self.env._(
                "Nothing of this parcel is part of the Amazon order."
            ),
            "fba": self.env._("Amazon ships this order itself."),
            "ship_plus": self.env._(
                "The order is in Amazon's Ship+ program: Amazon confirms it by the "
                "label that was bought from Amazon."
            ),
            "label_bought": self.env._(
                "Amazon knows a parcel with this tracking number already: its label "
                "was bought from Amazon, or somebody confirmed it in Seller Central."
            ),
            "label_unclear": self.env._(
                "It is not clear yet whether a label was bought from Amazon: settle it "
                "under Amazon Labels first."
            ),
            "label_returned": self.env._(
                "Its Amazon label was returned: buy another one. If you ship it in "
                "another way, change the tracking number in Seller Central and press "
                "Not Needed."
            ),
            "shipped_at_amazon": self.env._(
                "Amazon counts these units as shipped already."
            ),
            "cancelled_at_amazon": self.env._("The order was cancelled at Amazon."),
            "returned": self.env._(
                "The goods came back before Amazon was told of them. What leaves in "
                "their place is a shipment of its own."
            ),
            "switched_off": self.env._(
                "The store does not confirm shipments: another system does. Send "
                "Again tells Amazon all the same."
            ),
        }

    def _get_reason_not_needed(self, is_wanted=False):
        """Code of the reason why Amazon need not, or must not, be told; or None.

        A parcel that Amazon may know already is never held back: only sending it again
        corrects it.

        :param bool is_wanted: a person asks for it although the store is switched off
        """
        self.ensure_one()
        order = self.order_id
        if order.acorn_amazon_fulfilled_by == "AMAZON":
            return "fba"
        if SHIP_PLUS in (order.acorn_amazon_programs or "").split(", "):
            return "ship_plus"
        if self.confirmed_at:
            return None
        if order.acorn_amazon_status == "CANCELLED":
            return "cancelled_at_amazon"
        if self.item_ids and not any(self.item_ids.mapped("quantity")):
            return "returned"
        label_state = self._get_label().state
        if label_state in ("bought", "returning") or self._is_known_by_tracking():
            return "label_bought"
        if label_state:
            # What Amazon counts as shipped is what the label made of it.
            return None
        was_sent = self.attempts and self.state != "refused"
        if not was_sent and not any(self._get_open_units().values()):
            return "shipped_at_amazon"
        if not self.store_id.confirm_shipments and not is_wanted:
            return "switched_off"
        return None

    def _is_known_by_tracking(self):
        """Whether Amazon made the parcel itself, with a label that it sold.

        :rtype: bool
        """
        number = shipment.clean_tracking_number(self.tracking_number)
        if not number:
            return False
        ours = {str(p.reference) for p in self.order_id.acorn_amazon_package_ids}
        return any(
            parcel["tracking"] == number and parcel["reference"] not in ours
            for parcel in self.order_id.acorn_amazon_parcels or ()
        )

    def _get_reason_to_wait(self):
        """Code of what is missing before the parcel can be sent, or None."""
        self.ensure_one()
        label_state = self._get_label().state
        if label_state and not self.confirmed_at:
            is_open = label_state in ("buying", "unknown")
            return "label_unclear" if is_open else "label_returned"
        reasons = shipment.check_package(self._prepare_package())
        return next((r for r in reasons if r not in shipment.WARNINGS), None)

    @api.depends("carrier_id", "carrier_name", "tracking_number", "state")
    @api.depends_context("lang")
    def _compute_warning(self):
        for package in self:
            package.warning = False
            if not package.tracking_number or package.state == "not_needed":
                continue
            if "tracking_format" in shipment.check_package(package._prepare_package()):
                package.warning = self.env._(
                    "%(number)s does not look like a tracking number of %(carrier)s. "
                    "Amazon counts parcels that cannot be tracked against you.",
                    number=package.tracking_number,
                    carrier=package.carrier_name or package.carrier_id.name,
                )


def _sentence(text):
    """A text that others go on from."""
    text = (text or "-").strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."
