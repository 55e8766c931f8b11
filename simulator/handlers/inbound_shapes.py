"""What requests to Fulfillment Inbound 2024-03-20 must look like."""

from __future__ import annotations

from ..shape import fields, many, number, one_of, text

PREP_CATEGORIES = (
    "ADULT",
    "BABY",
    "FC_PROVIDED",
    "FRAGILE",
    "GRANULAR",
    "HANGER",
    "LIQUID",
    "PERFORATED",
    "SET",
    "SHARP",
    "SMALL",
    "TEXTILE",
    "UNKNOWN",
    "NONE",
)
_OWNER = one_of("AMAZON", "SELLER", "NONE")
_SKU, _SIZE = text(1, 255), number(0, 100_000)
_ITEM = fields(
    {
        "labelOwner": _OWNER,
        "msku": _SKU,
        "prepOwner": _OWNER,
        "quantity": number(1, 500_000, whole=True),
    },
    {
        "expiration": text(10, 10, r"\d{4}-\d{2}-\d{2}"),
        "manufacturingLotCode": text(1, 256),
    },
)
_CONTACT = fields({"name": text(1, 50), "phoneNumber": text(1, 20)})
_ADDRESS = fields(
    {
        "addressLine1": text(1, 180),
        "city": text(1, 30),
        "countryCode": text(2, 2, "[A-Z]{2}"),
        "name": text(1, 50),
        "phoneNumber": text(1, 20),
        "postalCode": text(1, 32),
    },
    {
        "addressLine2": text(1, 60),
        "companyName": text(1, 50),
        "districtOrCounty": text(1, 50),
        "stateOrProvinceCode": text(1, 64),
    },
)
CREATE = fields(
    {
        "destinationMarketplaces": many(text(1, 20), 1, 1),
        "items": many(_ITEM, 1, 2000),
        "sourceAddress": _ADDRESS,
    },
    {"name": text(1, 40)},
)
_BOX = fields(
    {
        "contentInformationSource": one_of(
            "BOX_CONTENT_PROVIDED", "MANUAL_PROCESS", "BARCODE_2D"
        ),
        "dimensions": fields(
            {
                "height": _SIZE,
                "length": _SIZE,
                "unitOfMeasurement": one_of("IN", "CM"),
                "width": _SIZE,
            }
        ),
        "quantity": number(1, 10_000, whole=True),
        "weight": fields({"unit": one_of("LB", "KG"), "value": _SIZE}),
    },
    {"items": many(_ITEM)},
)
PACK = fields(
    {
        "packageGroupings": many(
            fields(
                {"boxes": many(_BOX, 1, 5000)},
                {"packingGroupId": text(38, 38), "shipmentId": text(38, 38)},
            )
        )
    }
)
TRANSPORT = fields(
    {
        "placementOptionId": text(38, 38),
        "shipmentTransportationConfigurations": many(
            fields(
                {
                    "shipmentId": text(38, 38),
                    "readyToShipWindow": fields({"start": text()}),
                },
                {"contactInformation": _CONTACT},
            )
        ),
    }
)
SELECT = fields(
    {
        "transportationSelections": many(
            fields(
                {"shipmentId": text(38, 38), "transportationOptionId": text(38, 38)},
                {"contactInformation": _CONTACT},
            )
        )
    }
)
TRACK = fields(
    {
        "trackingDetails": fields(
            {},
            {
                "spdTrackingDetail": fields(
                    {
                        "spdTrackingItems": many(
                            fields({"boxId": text(), "trackingId": text(1, 64)})
                        )
                    }
                )
            },
        )
    }
)
LABELS = fields(
    {
        "labelType": one_of("STANDARD_FORMAT", "THERMAL_PRINTING"),
        "marketplaceId": text(1, 20),
        "mskuQuantities": many(
            fields({"msku": _SKU, "quantity": number(1, 10_000, whole=True)}), 1, 100
        ),
    },
    {
        "height": number(25, 100),
        "width": number(25, 100),
        "localeCode": text(5, 5, "[a-z]{2}_[A-Z]{2}"),
    },
)
PREPARE = fields(
    {
        "marketplaceId": text(1, 20),
        "mskuPrepDetails": many(
            fields(
                {
                    "msku": _SKU,
                    "prepCategory": one_of(*PREP_CATEGORIES),
                    "prepTypes": many(text(), 0),
                }
            ),
            1,
            100,
        ),
    }
)
