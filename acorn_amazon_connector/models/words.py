"""What Amazon says in code, in the words of whoever reads it."""

import babel.dates

from odoo import fields
from odoo.tools.misc import babel_locale_parse, get_lang
from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

# By the code in capitals: Amazon writes READY_TO_SHIP here and Processing there.
WORDS = {
    # What inbound plans are offered, and their shipments.
    "OFFERED": _lt("Offered"),
    "ACCEPTED": _lt("Accepted"),
    "EXPIRED": _lt("Expired"),
    "UNCONFIRMED": _lt("Not Confirmed"),
    "WORKING": _lt("Being Prepared"),
    "READY_TO_SHIP": _lt("Ready to Ship"),
    "SHIPPED": _lt("Shipped"),
    "IN_TRANSIT": _lt("In Transit"),
    "DELIVERED": _lt("Delivered"),
    "CHECKED_IN": _lt("Arrived"),
    "RECEIVING": _lt("Being Received"),
    "CLOSED": _lt("Closed"),
    "CANCELLED": _lt("Cancelled"),
    "DELETED": _lt("Deleted"),
    "ABANDONED": _lt("Given Up"),
    "MIXED": _lt("Mixed"),
    # How they travel.
    "GROUND_SMALL_PARCEL": _lt("Parcels"),
    "FREIGHT_LTL": _lt("Part Load"),
    "FREIGHT_FTL_PALLET": _lt("Full Load on Pallets"),
    "FREIGHT_FTL_NONPALLET": _lt("Full Load without Pallets"),
    "OCEAN_LCL": _lt("Part of a Sea Container"),
    "OCEAN_FCL": _lt("Sea Container"),
    "AIR_SMALL_PARCEL": _lt("Parcels by Air"),
    "AIR_SMALL_PARCEL_EXPRESS": _lt("Express Parcels by Air"),
    # Multi-channel orders.
    "NEW": _lt("New"),
    "RECEIVED": _lt("Order Received"),
    "PLANNING": _lt("Being Planned"),
    "PROCESSING": _lt("Being Processed"),
    "COMPLETE": _lt("Complete"),
    "COMPLETEPARTIALLED": _lt("Shipped in Part"),
    "UNFULFILLABLE": _lt("Unfulfillable"),
    "INVALID": _lt("Invalid"),
    # Parcels.
    "PENDING": _lt("Pending"),
    "UNDELIVERABLE": _lt("Undeliverable"),
    # Feeds.
    "SUBMITTING": _lt("Sending"),
    "IN_QUEUE": _lt("Waiting at Amazon"),
    "IN_PROGRESS": _lt("Being Processed"),
    "DONE": _lt("Done"),
    "FATAL": _lt("Failed"),
    # Feeds of whose end Amazon says nothing: the connector's own words.
    "LOST": _lt("Never Arrived"),
    "STUCK": _lt("No Result"),
    "THROTTLED": _lt("Too Many Feeds"),
    "UNKNOWN": _lt("Unknown"),
    # The condition of goods.
    "NEWITEM": _lt("New"),
    "NEWWITHWARRANTY": _lt("New with Warranty"),
    "NEWOEM": _lt("New (OEM)"),
    "NEWOPENBOX": _lt("New, Box Opened"),
    "USEDLIKENEW": _lt("Used: Like New"),
    "USEDVERYGOOD": _lt("Used: Very Good"),
    "USEDGOOD": _lt("Used: Good"),
    "USEDACCEPTABLE": _lt("Used: Acceptable"),
    "REFURBISHED": _lt("Refurbished"),
    "REFURBISHEDWITHWARRANTY": _lt("Refurbished with Warranty"),
}


def in_words(env, code):
    """Say what a code of Amazon's means; one that is not known stays as it is.

    :param code: as Amazon writes it, or an empty value
    :return: text in the language of ``env``, False for nothing
    """
    word = WORDS.get((code or "").upper())
    return env._(word) if word else code or False


def name_day(env, moment):
    """Name a day without its year, as the language of ``env`` does: Nov 23, 11月23日.

    :param datetime moment: naive, UTC
    """
    local = fields.Datetime.context_timestamp(env.user, moment)
    locale = babel_locale_parse(get_lang(env).code)
    return babel.dates.format_skeleton("MMMd", local, locale=locale)
