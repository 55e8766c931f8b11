"""Inbound plans: packing, placement, transport, labels, receipt, cancellation."""

from datetime import timedelta

import pytest
from amazon_client import errors, moment
from simulated_time import NOW

API = "/inbound/fba/2024-03-20"
PLANS = f"{API}/inboundPlans"
DE, US = "A1PA6795UKMFR9", "ATVPDKIKX0DER"
SOURCE = {
    "name": "Fernhollow Lager",
    "addressLine1": "Industriestraße 48",
    "city": "Kassel",
    "countryCode": "DE",
    "postalCode": "34123",
    "phoneNumber": "0561 123456",
}


@pytest.fixture
def client(amazon):
    """A client whose calls are not throttled: a plan takes many of them."""
    amazon.configure(throttling=False)
    return amazon


def skus(client, count=2) -> list[str]:
    query = {"seller_id": client.seller["seller_id"]}
    rows = client.sim("fba", params=query)["stock"]
    return [row["sku"] for row in rows if row["pool"] == "EU"][:count]


def stock(client, sku) -> dict:
    query = {"seller_id": client.seller["seller_id"], "sku": sku}
    rows = client.sim("fba", params=query)["stock"]
    return next(row for row in rows if row["pool"] == "EU")


def line(sku, quantity, **changes) -> dict:
    return {
        "msku": sku,
        "quantity": quantity,
        "labelOwner": "SELLER",
        "prepOwner": "NONE",
        **changes,
    }


def request(units: dict, **changes) -> dict:
    return {
        "destinationMarketplaces": [DE],
        "items": [line(sku, count) for sku, count in units.items()],
        "sourceAddress": SOURCE,
        "name": "November",
        **changes,
    }


def box(units: dict, quantity=1, **changes) -> dict:
    return {
        "contentInformationSource": "BOX_CONTENT_PROVIDED",
        "dimensions": {
            "height": 30,
            "length": 40,
            "width": 30,
            "unitOfMeasurement": "CM",
        },
        "quantity": quantity,
        "weight": {"unit": "KG", "value": 9.5},
        "items": [line(sku, count) for sku, count in units.items()],
        **changes,
    }


def operation(client, operation_id) -> dict:
    return client.get(f"{API}/operations/{operation_id}").json()


def wait(client, reply) -> dict:
    """Return the state of an operation once it has ended."""
    assert reply.status_code == 202, reply.text
    operation_id = reply.json()["operationId"]
    assert operation(client, operation_id)["operationStatus"] == "IN_PROGRESS"
    client.advance(5)
    return operation(client, operation_id)


def done(client, method, path, body=None) -> None:
    ended = wait(client, client.call(method, path, json=body))
    assert ended["operationStatus"] == "SUCCESS", ended


def problem(client, method, path, body=None) -> dict:
    ended = wait(client, client.call(method, path, json=body))
    assert ended["operationStatus"] == "FAILED"
    return ended["operationProblems"][0]


def create(client, units) -> str:
    reply = client.call("POST", PLANS, json=request(units))
    assert wait(client, reply)["operationStatus"] == "SUCCESS"
    return f"{PLANS}/{reply.json()['inboundPlanId']}"


def rows(client, path, name, **query) -> list[dict]:
    reply = client.get(path, **query)
    assert reply.status_code == 200, reply.text
    return reply.json()[name]


def pack(client, plan, boxes) -> None:
    done(client, "POST", f"{plan}/packingOptions")
    option = rows(client, f"{plan}/packingOptions", "packingOptions")[0]
    option_id = option["packingOptionId"]
    done(client, "POST", f"{plan}/packingOptions/{option_id}/confirmation")
    (group,) = option["packingGroups"]
    grouping = {"packingGroupId": group, "boxes": boxes}
    body = {"packageGroupings": [grouping]}
    done(client, "POST", f"{plan}/packingInformation", body)


def place(client, plan, which=0) -> dict:
    done(client, "POST", f"{plan}/placementOptions", {})
    option = rows(client, f"{plan}/placementOptions", "placementOptions")[which]
    path = f"{plan}/placementOptions/{option['placementOptionId']}/confirmation"
    done(client, "POST", path)
    return option


def transport(client, plan, option, solution) -> None:
    wishes = [
        {"shipmentId": each, "readyToShipWindow": {"start": "2026-11-25T08:00:00Z"}}
        for each in option["shipmentIds"]
    ]
    body = {
        "placementOptionId": option["placementOptionId"],
        "shipmentTransportationConfigurations": wishes,
    }
    done(client, "POST", f"{plan}/transportationOptions", body)
    path = f"{plan}/transportationOptions"
    selections = []
    for shipment_id in option["shipmentIds"]:
        found = rows(client, path, "transportationOptions", shipmentId=shipment_id)
        chosen = next(each for each in found if each["shippingSolution"] == solution)
        selections.append(
            {
                "shipmentId": shipment_id,
                "transportationOptionId": chosen["transportationOptionId"],
            }
        )
        if chosen["preconditions"]:
            windows = f"{plan}/shipments/{shipment_id}/deliveryWindowOptions"
            done(client, "POST", windows)
            window = rows(client, windows, "deliveryWindowOptions")[0]
            window_id = window["deliveryWindowOptionId"]
            done(client, "POST", f"{windows}/{window_id}/confirmation")
    body = {"transportationSelections": selections}
    done(client, "POST", f"{path}/confirmation", body)


def ready(client, units, solution="AMAZON_PARTNERED_CARRIER", which=0):
    """Return plan path and shipments of a plan whose goods can leave."""
    plan = create(client, units)
    pack(client, plan, [box(units)])
    option = place(client, plan, which)
    transport(client, plan, option, solution)
    shipments = [
        client.get(f"{plan}/shipments/{each}").json() for each in option["shipmentIds"]
    ]
    return plan, shipments


def test_from_the_list_of_goods_to_the_shelf(client):  # A31
    first, second = skus(client)
    units = {first: 6, second: 4}
    before = {sku: stock(client, sku) for sku in units}
    plan = create(client, units)
    assert client.get(plan).json()["status"] == "ACTIVE"
    items = rows(client, f"{plan}/items", "items")
    assert {each["msku"]: each["quantity"] for each in items} == units
    assert all(each["fnsku"].startswith("X00") for each in items)
    done(client, "POST", f"{plan}/packingOptions")
    options = rows(client, f"{plan}/packingOptions", "packingOptions")
    assert [len(each["packingGroups"]) for each in options] == [1, 2]
    option_id = options[0]["packingOptionId"]
    done(client, "POST", f"{plan}/packingOptions/{option_id}/confirmation")
    (group,) = options[0]["packingGroups"]
    path = f"{plan}/packingGroups/{group}"
    assert len(rows(client, f"{path}/items", "items")) == 2
    boxes = [box({first: 3, second: 2}, quantity=2)]
    body = {"packageGroupings": [{"packingGroupId": group, "boxes": boxes}]}
    done(client, "POST", f"{plan}/packingInformation", body)
    assert rows(client, f"{path}/boxes", "boxes")[0]["quantity"] == 2
    option = place(client, plan)
    (shipment_id,) = option["shipmentIds"]
    shipment = client.get(f"{plan}/shipments/{shipment_id}").json()
    assert shipment["status"] == "WORKING"
    assert shipment["destination"]["warehouseId"] == "LEJ1"
    now = stock(client, first)
    assert now["inbound"]["working"] == 6
    assert now["fulfillable"] == before[first]["fulfillable"]
    transport(client, plan, option, "USE_YOUR_OWN_CARRIER")
    shipment = client.get(f"{plan}/shipments/{shipment_id}").json()
    assert shipment["status"] == "READY_TO_SHIP"
    path = f"{plan}/shipments/{shipment_id}"
    boxes = rows(client, f"{path}/boxes", "boxes")
    confirmation = shipment["shipmentConfirmationId"]
    assert [each["boxId"] for each in boxes] == [
        f"{confirmation}U000001",
        f"{confirmation}U000002",
    ]
    parcels = [
        {"boxId": each["boxId"], "trackingId": f"0034{place}"}
        for place, each in enumerate(boxes)
    ]
    details = {"spdTrackingDetail": {"spdTrackingItems": parcels}}
    done(client, "PUT", f"{path}/trackingDetails", {"trackingDetails": details})
    assert client.get(plan).json()["status"] == "SHIPPED"
    assert stock(client, first)["inbound"]["shipped"] == 6
    act = {"shipment_id": confirmation, "action": "receive"}
    client.sim("inbound", "POST", json={**act, "quantities": {first: 4}})
    half = stock(client, first)
    assert half["inbound"]["receiving"] == 2
    assert half["fulfillable"] == before[first]["fulfillable"] + 4
    client.sim("inbound", "POST", json=act)
    for sku, count in units.items():
        after = stock(client, sku)
        assert after["total"] == before[sku]["total"] + count
        assert sum(after["inbound"].values()) == 0
    assert client.get(path).json()["status"] == "CLOSED"


def test_a_placement_offer_holds_for_three_days(client):  # A31
    units = dict.fromkeys(skus(client), 4)
    plan = create(client, units)
    pack(client, plan, [box({sku: 2 for sku in units}, quantity=2)])
    done(client, "POST", f"{plan}/placementOptions", {})
    one, many = rows(client, f"{plan}/placementOptions", "placementOptions")
    offered = moment(client.sim("clock")["now"])
    assert moment(one["expiration"]) == offered + timedelta(hours=72)
    assert one["fees"][0]["value"] == {"amount": 2.4, "code": "EUR"}
    assert many["fees"] == [] and len(many["shipmentIds"]) == 2
    shipment = f"{plan}/shipments/{many['shipmentIds'][1]}"
    assert client.get(shipment).json()["status"] == "UNCONFIRMED"
    client.advance(72 * 3600)
    client.sign_in("eu")
    path = f"{plan}/placementOptions"
    wrong = problem(client, "POST", f"{path}/{many['placementOptionId']}/confirmation")
    assert "EXPIRED" in wrong["message"]
    option = place(client, plan, 1)
    assert len(option["shipmentIds"]) == 2
    states = {
        each["status"]
        for each in rows(client, f"{plan}/placementOptions", "placementOptions")
    }
    assert states == {"ACCEPTED", "EXPIRED"}


def test_packing_may_be_told_after_the_placement(client):  # A31
    units = dict.fromkeys(skus(client), 5)
    plan = create(client, units)
    option = place(client, plan, 1)
    groupings = []
    for shipment_id in option["shipmentIds"]:
        items = rows(client, f"{plan}/shipments/{shipment_id}/items", "items")
        inside = {each["msku"]: each["quantity"] for each in items}
        groupings.append({"shipmentId": shipment_id, "boxes": [box(inside)]})
    body = {"packageGroupings": groupings}
    done(client, "POST", f"{plan}/packingInformation", body)
    transport(client, plan, option, "AMAZON_PARTNERED_CARRIER")
    assert len(rows(client, f"{plan}/boxes", "boxes")) == 2


def test_labels_of_boxes_and_of_units(client):  # A31
    sku = skus(client, 1)[0]
    _plan, (shipment,) = ready(client, {sku: 3})
    confirmation = shipment["shipmentConfirmationId"]
    path = f"/fba/inbound/v0/shipments/{confirmation}/labels"
    query = {"PageType": "PackageLabel_Thermal", "LabelType": "UNIQUE"}
    url = client.get(path, **query).json()["payload"]["DownloadURL"]
    assert client.http.get(url, timeout=60).content.startswith(b"%PDF-")
    client.advance(16)
    assert client.http.get(url, timeout=60).status_code == 403
    assert client.get(path, PageType="PackageLabel_Thermal").status_code == 400
    assert client.get(path, **{**query, "PageType": "Napkin"}).status_code == 400
    assert client.get(path, **query, PageStartIndex=1).status_code == 400
    assert client.get(path, **query, PageSize=1).status_code == 200
    body = {
        "labelType": "STANDARD_FORMAT",
        "marketplaceId": DE,
        "mskuQuantities": [{"msku": sku, "quantity": 3}],
        "pageType": "A4_24",
    }
    reply = client.call("POST", f"{API}/items/labels", json=body)
    (download,) = reply.json()["documentDownloads"]
    data = client.http.get(download["uri"], timeout=60).content
    assert data.count(b"/Type /Page ") == 3
    body["labelType"] = "THERMAL_PRINTING"
    assert client.call("POST", f"{API}/items/labels", json=body).status_code == 400


def test_amazons_partner_tracks_by_itself(client):
    plan, (shipment,) = ready(client, {skus(client, 1)[0]: 3})
    (parcel,) = shipment["trackingDetails"]["spdTrackingDetail"]["spdTrackingItems"]
    assert parcel["trackingId"].startswith("1Z")
    path = f"{plan}/shipments/{shipment['shipmentId']}/trackingDetails"
    item = {"boxId": parcel["boxId"], "trackingId": "X"}
    details = {"spdTrackingDetail": {"spdTrackingItems": [item]}}
    wrong = problem(client, "PUT", path, {"trackingDetails": details})
    assert "partner" in wrong["message"]


def test_a_plan_is_cancelled_until_goods_leave(client):  # A31
    sku = skus(client, 1)[0]
    plan, _shipments = ready(client, {sku: 3})
    done(client, "PUT", f"{plan}/cancellation")
    assert client.get(plan).json()["status"] == "VOIDED"
    assert stock(client, sku)["inbound"]["working"] == 0
    assert client.call("PUT", f"{plan}/cancellation").status_code == 400
    plan, (shipment,) = ready(client, {sku: 3})
    act = {"shipment_id": shipment["shipmentId"], "action": "ship"}
    client.sim("inbound", "POST", json=act)
    assert client.call("PUT", f"{plan}/cancellation").status_code == 400


def test_units_that_never_arrive(client):  # X14
    sku = skus(client, 1)[0]
    _plan, (shipment,) = ready(client, {sku: 3})
    act = {"shipment_id": shipment["shipmentConfirmationId"]}
    client.sim(
        "inbound", "POST", json={**act, "action": "receive", "quantities": {sku: 2}}
    )
    client.sim("inbound", "POST", json={**act, "action": "close"})
    assert sum(stock(client, sku)["inbound"].values()) == 0
    reply = client.http.post(
        f"{client.url}/_sim/inbound", json={**act, "action": "receive"}
    )
    assert reply.status_code == 409


def test_boxes_must_hold_the_goods(client):
    sku = skus(client, 1)[0]
    plan = create(client, {sku: 4})
    done(client, "POST", f"{plan}/packingOptions")
    option = rows(client, f"{plan}/packingOptions", "packingOptions")[0]
    confirm = f"{plan}/packingOptions/{option['packingOptionId']}/confirmation"
    (group,) = option["packingGroups"]
    path = f"{plan}/packingInformation"

    def body(*boxes):
        return {"packageGroupings": [{"packingGroupId": group, "boxes": [*boxes]}]}

    assert "confirmed" in problem(client, "POST", path, body(box({sku: 4})))["message"]
    done(client, "POST", confirm)
    assert "confirmed" in problem(client, "POST", confirm)["message"]
    assert "hold" in problem(client, "POST", path, body(box({sku: 3})))["message"]
    heavy = box({sku: 4}, weight={"unit": "LB", "value": 51})
    assert "weigh" in problem(client, "POST", path, body(heavy))["message"]
    wrong = problem(client, "POST", f"{plan}/placementOptions", {})
    assert "Packing information" in wrong["message"]
    blind = box({}, contentInformationSource="MANUAL_PROCESS")
    del blind["items"]
    done(client, "POST", path, body(blind))
    done(client, "POST", f"{plan}/placementOptions", {})


def test_one_operation_at_a_time_and_failures(client):
    plan = create(client, {skus(client, 1)[0]: 4})
    first = client.call("POST", f"{plan}/packingOptions")
    second = client.call("POST", f"{plan}/packingOptions")
    assert "in progress" in errors(second)["message"]
    wait(client, first)
    client.configure(inbound_failures=["generatePlacementOptions"])
    failed = problem(client, "POST", f"{plan}/placementOptions", {})
    assert failed["severity"] == "ERROR"
    client.configure(inbound_failures=[])
    done(client, "POST", f"{plan}/placementOptions", {})


def test_the_preparation_of_a_sku_must_be_known(client):
    sku = skus(client, 1)[0]
    client.configure(inbound_prep_unknown=[sku])
    reply = client.call("POST", PLANS, json=request({sku: 1}))
    ended = wait(client, reply)
    assert ended["operationProblems"][0]["code"] == "FBA_INB_0182"
    plan = f"{PLANS}/{reply.json()['inboundPlanId']}"
    assert client.get(plan).json()["status"] == "ERRORED"
    path = f"{API}/items/prepDetails"
    details = rows(client, path, "mskuPrepDetails", marketplaceId=DE, mskus=sku)
    assert details[0]["prepCategory"] == "UNKNOWN"
    detail = {"msku": sku, "prepCategory": "FRAGILE", "prepTypes": ["ITEM_BUBBLEWRAP"]}
    body = {"marketplaceId": DE, "mskuPrepDetails": [detail]}
    done(client, "POST", path, body)
    details = rows(client, path, "mskuPrepDetails", marketplaceId=DE, mskus=sku)
    assert details == [detail]
    reply = client.call("POST", PLANS, json=request({sku: 1}))
    assert "requires prepOwner" in errors(reply)["message"]
    items = [line(sku, 1, prepOwner="SELLER")]
    reply = client.call("POST", PLANS, json=request({}, items=items))
    assert wait(client, reply)["operationStatus"] == "SUCCESS"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"items": []}, "1 to 2000 entries"),
        ({"items": [line("NONE", 1)]}, "not available for inbound"),
        ({"items": [{"msku": "X", "quantity": 1}]}, "missing"),
        ({"items": [line("SKU", 0)]}, "between 1 and"),
        ({"items": [line("SKU", 1, labelOwner="NONE")]}, "requires labelOwner"),
        ({"items": [line("SKU", 1, prepOwner="SELLER")]}, "does not require prepOwner"),
        ({"items": [line("SKU", 1), line("SKU", 2)]}, "more than once"),
        ({"items": [line("SKU", 1, expiration="soon")]}, "expiration"),
        ({"destinationMarketplaces": [DE, DE]}, "1 to 1 entries"),
        ({"destinationMarketplaces": ["NOWHERE"]}, "Invalid marketplace"),
        ({"sourceAddress": {**SOURCE, "phoneNumber": None}}, "phoneNumber is missing"),
        ({"sourceAddress": {**SOURCE, "countryCode": "de"}}, "invalid value"),
        ({"name": "N" * 41}, "1 to 40 characters"),
    ],
)
def test_plans_that_are_refused(client, changes, words):
    sku = skus(client, 1)[0]
    for item in changes.get("items", ()):
        if item["msku"] == "SKU":
            item["msku"] = sku
    reply = client.call("POST", PLANS, json={**request({sku: 1}), **changes})
    assert reply.status_code == 400
    assert errors(reply)["code"] == "BadRequest"
    assert words in errors(reply)["message"]
    for item in changes.get("items", ()):
        if item["msku"] == sku:
            item["msku"] = "SKU"


def test_plans_of_other_regions_and_sellers(client):
    sku = skus(client, 1)[0]
    body = request({sku: 1}, destinationMarketplaces=[US])
    assert client.call("POST", PLANS, json=body).status_code == 403
    plan = create(client, {sku: 1})
    reply = client.call("POST", PLANS, json=request({sku: 1}))
    operation_id = reply.json()["operationId"]
    client.sign_in("na")
    assert client.get(plan).status_code == 404
    assert client.get(f"{API}/operations/{operation_id}").status_code == 404
    assert client.get(f"{plan}/shipments/sh{'0' * 36}").status_code == 404


def test_the_list_of_plans_and_names(client):
    sku = skus(client, 1)[0]
    plans = [create(client, {sku: count}) for count in (1, 2, 3)]
    done(client, "PUT", f"{plans[0]}/cancellation")
    found = client.get(PLANS, status="ACTIVE", sortBy="CREATION_TIME", pageSize=1)
    page = found.json()
    assert plans[2].endswith(page["inboundPlans"][0]["inboundPlanId"])
    token = page["pagination"]["nextToken"]
    query = {"status": "ACTIVE", "sortBy": "CREATION_TIME", "pageSize": 1}
    page = client.get(PLANS, paginationToken=token, **query).json()
    assert plans[1].endswith(page["inboundPlans"][0]["inboundPlanId"])
    assert "pagination" not in page
    assert client.get(PLANS, paginationToken="x").status_code == 400
    reply = client.call("PUT", f"{plans[1]}/name", json={"name": "Winter"})
    assert reply.status_code == 204
    assert client.get(plans[1]).json()["name"] == "Winter"


def test_own_carriers_need_a_delivery_window(client):
    sku = skus(client, 1)[0]
    plan = create(client, {sku: 2})
    pack(client, plan, [box({sku: 2})])
    option = place(client, plan)
    (shipment_id,) = option["shipmentIds"]
    path = f"{plan}/transportationOptions"
    wish = {"shipmentId": shipment_id, "readyToShipWindow": {"start": "2026-11-25"}}
    body = {
        "placementOptionId": option["placementOptionId"],
        "shipmentTransportationConfigurations": [wish],
    }
    wish["readyToShipWindow"]["start"] = NOW.isoformat()
    done(client, "POST", path, body)
    placement_id = option["placementOptionId"]
    found = rows(client, path, "transportationOptions", placementOptionId=placement_id)
    assert len(found) == 2
    own = next(each for each in found if each["preconditions"])
    choice = {
        "shipmentId": shipment_id,
        "transportationOptionId": own["transportationOptionId"],
    }
    body = {"transportationSelections": [choice]}
    wrong = problem(client, "POST", f"{path}/confirmation", body)
    assert "delivery window" in wrong["message"]
    windows = f"{plan}/shipments/{shipment_id}/deliveryWindowOptions"
    done(client, "POST", windows)
    blocked = rows(client, windows, "deliveryWindowOptions")[-1]
    window_id = blocked["deliveryWindowOptionId"]
    problem(client, "POST", f"{windows}/{window_id}/confirmation")
    assert client.get(path).status_code == 400
