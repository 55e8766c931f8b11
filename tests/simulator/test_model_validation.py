"""The validator itself: it must see what is wrong, or it proves nothing (X6)."""

import copy

import pytest
import requests
from amazon_client import ALL_DATA, LONG_AGO, ORDERS, ORDERS_V0
from model_validation import (
    UNPUBLISHED,
    check_log,
    require_models,
    watch,
)

from simulator.routes import OPERATIONS


@pytest.fixture
def models():
    return require_models()


def test_plans_of_the_simulator_are_the_models(models):  # A21 A28
    for operation in OPERATIONS:
        name = operation.key.partition(".")[2]
        if operation.key.startswith(UNPUBLISHED):
            continue
        path = (
            operation.path.replace("<path:sku>", "X").replace("<", "").replace(">", "")
        )
        model = models.find(operation.method, path)
        assert model.name == name
        text = next(
            value[operation.method.lower()]["description"]
            for template, value in model.document["paths"].items()
            if template == model.template
        )
        cells = [
            cell.strip()
            for line in text.splitlines()
            if line.replace(" ", "").startswith("|") and any(c.isdigit() for c in line)
            for cell in line.split("|")
            if cell.strip()
        ]
        numbers = [float(cell) for cell in cells if cell.replace(".", "").isdigit()]
        if operation.key == "fulfillmentInbound.listPrepDetails":
            # Amazon writes n for both.
            assert numbers == []
            continue
        assert numbers == [operation.rate, operation.burst], operation.key


@pytest.mark.parametrize(
    ("path", "query", "problem"),
    [
        (ORDERS, {"createdAfter": ["yesterday"]}, "date-time"),
        (ORDERS, {"fulfillmentStatuses": ["SHIPPED,Gone"]}, "is not one of"),
        (ORDERS, {"maxResultsPerPage": ["ten"]}, "is not of type 'integer'"),
        (ORDERS, {"maxResultsPerPage": ["1", "2"]}, "repeated"),
        (ORDERS, {"orderIds": ["1"]}, "unknown parameter"),
        (ORDERS_V0, {"CreatedAfter": [LONG_AGO]}, "MarketplaceIds is missing"),
        ("/orders/2026-01-01/nothing", {}, "in no model"),
    ],
)
def test_bad_requests_are_seen(models, path, query, problem):
    problems = models.check_request("GET", path, query)
    assert len(problems) == 1
    assert problem in problems[0]


def test_bad_bodies_are_seen(models):
    path = "/reports/2021-06-30/reports"
    good = {"reportType": "X", "marketplaceIds": ["A"]}
    assert models.check_request("POST", path, {}, good) == []
    assert models.check_request("POST", path, {}, None)
    for body in ({"reportType": "X"}, {**good, "marketplaceIds": ["A"] * 26}):
        assert models.check_request("POST", path, {}, body)


def test_bad_answers_are_seen(amazon, models):
    good = amazon.search(includedData=ALL_DATA).json()
    headers = {"X-Amzn-RequestId": "1"}

    def judge(body, status=200, **more):
        return models.check_response("GET", ORDERS, status, {**headers, **more}, body)

    assert judge(good) == []
    spoiled = copy.deepcopy(good)
    spoiled["orders"][0]["proceeds"] = {"grandTotal": {"amount": 12.5}}
    assert len(judge(spoiled)) == 2
    spoiled = copy.deepcopy(good)
    del spoiled["orders"][0]["salesChannel"]
    assert len(judge(spoiled)) == 1
    assert judge(good, 418)
    assert judge({"errors": [{"code": "x"}]}, 403)
    assert judge({"errors": []}, 429, **{"x-amzn-RateLimit-Limit": "1"})
    assert models.check_response("GET", ORDERS, 200, {}, good)


def test_log_and_session_agree(amazon, models):
    with requests.Session() as session:
        problems = watch(session, models)
        headers = {"x-amz-access-token": amazon.token}
        for query in ({"createdAfter": LONG_AGO}, {"orderIds": "1"}):
            session.get(f"{amazon.url}{ORDERS}", params=query, headers=headers)
    assert len(problems) == 1
    logged = check_log(models, amazon.log(bodies=1), accepted_only=False)
    assert logged == problems


def test_absence_is_a_skip_with_a_reason(no_models):
    with pytest.raises(pytest.skip.Exception, match="SPAPI_MODELS"):
        require_models()
