"""What left the warehouse: the door to packages and to Amazon's order feeds."""

from .feed_report import FeedIssue, FeedReport
from .order_feed import (
    ACKNOWLEDGEMENT_FEED,
    FAILURE,
    FULFILLMENT_FEED,
    SUCCESS,
    XML_CONTENT_TYPE,
    AcknowledgedItem,
    AcknowledgementMessage,
    FulfillmentMessage,
    build_acknowledgement_feed,
    build_fulfillment_feed,
    read_xml_report,
)
from .package import (
    OTHER_CARRIER,
    WARNINGS,
    Package,
    PackageItem,
    check_package,
    clean_tracking_number,
    confirmation_body,
)

__all__ = [
    "ACKNOWLEDGEMENT_FEED",
    "FAILURE",
    "FULFILLMENT_FEED",
    "OTHER_CARRIER",
    "SUCCESS",
    "WARNINGS",
    "XML_CONTENT_TYPE",
    "AcknowledgedItem",
    "AcknowledgementMessage",
    "FeedIssue",
    "FeedReport",
    "FulfillmentMessage",
    "Package",
    "PackageItem",
    "build_acknowledgement_feed",
    "build_fulfillment_feed",
    "check_package",
    "clean_tracking_number",
    "confirmation_body",
    "read_xml_report",
]
