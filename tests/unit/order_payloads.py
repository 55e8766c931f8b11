"""Order documents of our own, in the shapes of both API versions."""


def money(amount, currency="EUR"):
    return {"amount": amount, "currencyCode": currency}


def money_v0(amount, currency="EUR"):
    return {"CurrencyCode": currency, "Amount": amount}


def breakdown(kind, amount, currency="EUR", **details):
    entry = {"type": kind, "subtotal": money(amount, currency)}
    if details:
        entry["detailedBreakdowns"] = [
            {"subtype": subtype, "value": money(value, currency)}
            for subtype, value in details.items()
        ]
    return entry


def item_2026(item_id="70000000000011", quantity=1, breakdowns=(), **more):
    return {
        "orderItemId": item_id,
        "quantityOrdered": quantity,
        "product": {
            "asin": "B0ACORN001",
            "title": "Oak desk lamp",
            "sellerSku": "LAMP-OAK",
        },
        "proceeds": {"breakdowns": list(breakdowns)},
        **more,
    }


def order_2026(
    items,
    grand_total,
    *,
    currency="EUR",
    marketplace_id="A1PA6795UKMFR9",
    status="UNSHIPPED",
    order_breakdowns=(),
    **more,
):
    order = {
        "orderId": "305-1112223-3334445",
        "createdTime": "2026-11-20T09:15:30.250Z",
        "lastUpdatedTime": "2026-11-20T10:00:00Z",
        "salesChannel": {"channelName": "AMAZON", "marketplaceId": marketplace_id},
        "fulfillment": {"fulfillmentStatus": status, "fulfilledBy": "MERCHANT"},
        "orderItems": list(items),
        **more,
    }
    if grand_total is not None:
        order["proceeds"] = {
            "grandTotal": money(grand_total, currency),
            "breakdowns": list(order_breakdowns),
        }
    return order


def rich_order_2026():
    """Return an order with every object the mapper reads."""
    address = {
        "name": "Łucja Żak",
        "companyName": "Żak Sp. z o.o.",
        "addressLine1": "ul. Długa 5",
        "addressLine2": "m. 7",
        "addressLine3": "",
        "city": "Kraków",
        "districtOrCounty": "Stare Miasto",
        "stateOrRegion": "małopolskie",
        "municipality": "Kraków",
        "postalCode": "31-147",
        "countryCode": "PL",
        "phone": "+48 12 555 01 02",
        "addressType": "COMMERCIAL",
        "extendedFields": {"streetName": "Długa", "streetNumber": "5"},
    }
    first = item_2026(
        "70000000000011",
        3,
        [
            breakdown("ITEM", "30.00"),
            breakdown("SHIPPING", "6.00"),
            breakdown("GIFT_WRAP", "3.00"),
            breakdown("COD_FEE", "2.00"),
            breakdown("DISCOUNT", "-5.00", ITEM="-3.00", SHIPPING="-2.00"),
            breakdown(
                "TAX",
                "7.20",
                ITEM="6.00",
                SHIPPING="1.20",
                GIFT_WRAP="0.60",
                COD_FEE="0.40",
                DISCOUNT="-1.00",
            ),
        ],
        programs=["TRANSPARENCY"],
        promotion={
            "breakdowns": [{"promotionId": "AUTUMN"}, {"promotionId": "AUTUMN"}]
        },
        cancellation={
            "cancellationRequest": {
                "requester": "BUYER",
                "cancelReason": "Ordered by mistake",
            }
        },
        fulfillment={
            "quantityFulfilled": 1,
            "quantityUnfulfilled": 2,
            "packing": {
                "giftOption": {
                    "giftMessage": "Wszystkiego najlepszego 🎂",
                    "giftWrapLevel": "PREMIUM",
                }
            },
            "shipping": {"internationalShipping": {"iossNumber": "IM5280001234"}},
        },
        tax={
            "taxCalculationBreakdowns": [{"reportingScheme": "IOSS"}],
            "taxCollections": [
                {
                    "model": "MARKETPLACE_FACILITATOR",
                    "responsibleParty": "Amazon EU S.à r.l.",
                }
            ],
        },
    )
    first["product"]["condition"] = {"conditionType": "NEW"}
    first["product"]["serialNumbers"] = ["SN-1", "SN-2"]
    first["product"]["price"] = {"unitPrice": money("10.00")}
    second = item_2026("70000000000012", 1, [breakdown("ITEM", "9.99")])
    second["product"] = {"sellerSku": "MUG/RED #1", "asin": "B0ACORN002"}
    return order_2026(
        [first, second],
        "45.99",
        orderAliases=[{"aliasId": "WEB-77", "aliasType": "SELLER_ORDER_ID"}],
        programs=["PRIME", "AMAZON_BUSINESS"],
        associatedOrders=[
            {
                "orderId": "305-0000001-0000001",
                "associationType": "REPLACEMENT_ORIGINAL_ID",
            }
        ],
        buyer={
            "buyerName": "Łucja Żak",
            "buyerEmail": "x1y2z3@marketplace.amazon.de",
            "buyerCompanyName": "Żak Sp. z o.o.",
            "buyerPurchaseOrderNumber": "PO-9",
        },
        recipient={"deliveryAddress": address},
        tax={
            "taxRegistrations": [
                {
                    "entityType": "BUYER",
                    "legalName": "Żak Sp. z o.o.",
                    "taxRegistrationType": "VAT",
                    "taxRegistrationNumber": "PL6762484560",
                    "taxRegistrationAddress": address,
                    "taxRegistrationAttributes": [
                        {"key": "TAX_OFFICE", "value": "Kraków"}
                    ],
                }
            ]
        },
        fulfillment={
            "fulfillmentStatus": "PARTIALLY_SHIPPED",
            "fulfilledBy": "MERCHANT",
            "fulfillmentServiceLevel": "STANDARD",
            "shipByWindow": {
                "earliestDateTime": "2026-11-21T00:00:00Z",
                "latestDateTime": "2026-11-22T23:59:59Z",
            },
            "deliverByWindow": {"latestDateTime": "2026-11-26T22:59:59+01:00"},
        },
        packages=[
            {
                "packageReferenceId": "1",
                "createdTime": "2026-11-20T12:00:00Z",
                "packageStatus": {
                    "status": "IN_TRANSIT",
                    "detailedStatus": "PICKED_UP",
                },
                "carrier": "InPost",
                "shipTime": "2026-11-20T15:00:00Z",
                "shippingService": "Kurier",
                "trackingNumber": "680000000000000000000001",
                "packageItems": [{"orderItemId": "70000000000011", "quantity": 1}],
            }
        ],
    )


def item_v0(item_id="70000000000021", quantity=1, **more):
    return {
        "ASIN": "B0ACORN001",
        "SellerSKU": "LAMP-OAK",
        "OrderItemId": item_id,
        "Title": "Oak desk lamp",
        "QuantityOrdered": quantity,
        "QuantityShipped": 0,
        **more,
    }


def order_v0(total=None, *, currency="EUR", marketplace_id="A1PA6795UKMFR9", **more):
    order = {
        "AmazonOrderId": "305-1112223-3334445",
        "PurchaseDate": "2026-11-20T09:15:30Z",
        "LastUpdateDate": "2026-11-20T10:00:00Z",
        "OrderStatus": "Unshipped",
        "FulfillmentChannel": "MFN",
        "SalesChannel": "Amazon.de",
        "MarketplaceId": marketplace_id,
        **more,
    }
    if total is not None:
        order["OrderTotal"] = money_v0(total, currency)
    return order


def rich_order_v0():
    """Return the arguments of the v0 mapper with every object it reads."""
    order = order_v0(
        "113.30",
        currency="USD",
        marketplace_id="ATVPDKIKX0DER",
        SellerOrderId="WEB-78",
        ShipmentServiceLevelCategory="SecondDay",
        EarliestShipDate="2026-11-21T00:00:00Z",
        LatestShipDate="2026-11-22T23:59:59Z",
        LatestDeliveryDate="2026-11-26T22:59:59Z",
        IsBusinessOrder=True,
        IsPrime=False,
        IsISPU="true",
        IsAccessPointOrder=True,
        OrderType="Preorder",
        IsReplacementOrder="true",
        ReplacedOrderId="305-0000001-0000001",
        BuyerInfo={
            "BuyerEmail": "x1y2z3@marketplace.amazon.com",
            "BuyerTaxInfo": {
                "CompanyLegalName": "Acme Inc.",
                "TaxClassifications": [{"Name": "VATNumber", "Value": "DE123456789"}],
            },
        },
        BuyerTaxInformation={
            "BuyerLegalCompanyName": "Acme A.Ş.",
            "BuyerTaxRegistrationId": "1234567890",
            "BuyerTaxOffice": "Kadıköy",
        },
        MarketplaceTaxInfo={
            "TaxClassifications": [{"Name": "CNPJ", "Value": "15436940000103"}]
        },
    )
    items = [
        item_v0(
            quantity=2,
            QuantityShipped=1,
            ItemPrice=money_v0("100.00", "USD"),
            ItemTax=money_v0("8.00", "USD"),
            ShippingPrice=money_v0("5.00", "USD"),
            ShippingTax=money_v0("0.40", "USD"),
            PromotionDiscount=money_v0("10.00", "USD"),
            PromotionDiscountTax=money_v0("0.80", "USD"),
            ShippingDiscount=money_v0("0.00", "USD"),
            CODFee=money_v0("6.00", "USD"),
            CODFeeDiscount=money_v0("1.00", "USD"),
            BuyerInfo={
                "GiftWrapPrice": money_v0("5.00", "USD"),
                "GiftWrapTax": money_v0("0.70", "USD"),
                "GiftMessageText": "Enjoy!",
                "GiftWrapLevel": "Classic",
                "BuyerCustomizedInfo": {"CustomizedURL": "https://example.com/c.zip"},
            },
            PromotionIds=["AUTUMN", "FREESHIP"],
            ConditionId="New",
            SerialNumbers=["SN-1"],
            IsTransparency=True,
            AmazonPrograms={"Programs": ["SUBSCRIBE_AND_SAVE"]},
            TaxCollection={
                "Model": "MarketplaceFacilitator",
                "ResponsibleParty": "Amazon Services, Inc.",
            },
            DeemedResellerCategory="IOSS",
            IossNumber="IM5280001234",
            BuyerRequestedCancel={
                "IsBuyerRequestedCancel": "true",
                "BuyerCancelReason": "Found it elsewhere",
            },
        )
    ]
    address = {
        "AmazonOrderId": "305-1112223-3334445",
        "BuyerCompanyName": "Acme Inc.",
        "ShippingAddress": {
            "Name": "Jo Field",
            "CompanyName": "Acme Inc.",
            "AddressLine1": "1 Pine St",
            "City": "Austin",
            "County": "Travis",
            "StateOrRegion": "TX",
            "PostalCode": "78701",
            "CountryCode": "US",
            "Phone": "+1 512 555 0100",
            "AddressType": "Commercial",
            "ExtendedFields": {"StreetName": "Pine St", "StreetNumber": "1"},
        },
    }
    buyer = {
        "AmazonOrderId": "305-1112223-3334445",
        "BuyerName": "Jo Field",
        "BuyerEmail": "full@marketplace.amazon.com",
        "PurchaseOrderNumber": "PO-10",
    }
    return order, items, address, buyer
