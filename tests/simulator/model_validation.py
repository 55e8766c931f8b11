"""Requests and answers judged by Amazon's published models (A28, X6).

Four ways in:

- ``check_log(models, records)`` judges ``GET /_sim/requests?bodies=1``,
- ``watch(session, models)`` judges whatever a ``requests`` session sends and gets,
- ``models.check_request`` and ``models.check_response`` judge one exchange,
- run as a program it judges a folder of what simulators kept, see
  ``simulator/samples.py``; with ``--needed`` there has to be something to judge.

The models are read from ``SPAPI_MODELS`` or ``../shared/spapi-models`` beside the
repository; without them ``find_models()`` is None and tests skip.
"""

from __future__ import annotations

import json
import os
import re
import sys
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from jsonschema import Draft4Validator, FormatChecker

ROOT = Path(__file__).resolve().parents[2]
WHY_SKIPPED = (
    "Amazon's models are not there: set SPAPI_MODELS or put them into "
    "../shared/spapi-models"
)
FAMILIES = (
    "orders-api-model/ordersV0.json",
    "orders-api-model/orders_2026-01-01.json",
    "sellers-api-model/sellers.json",
    "listings-items-api-model/listingsItems_2021-08-01.json",
    "reports-api-model/reports_2021-06-30.json",
    "feeds-api-model/feeds_2021-06-30.json",
    "catalog-items-api-model/catalogItems_2022-04-01.json",
    "listings-restrictions-api-model/listingsRestrictions_2021-08-01.json",
    "product-type-definitions-api-model/definitionsProductTypes_2020-09-01.json",
    "tokens-api-model/tokens_2021-03-01.json",
    "fba-inventory-api-model/fbaInventory.json",
    "merchant-fulfillment-api-model/merchantFulfillmentV0.json",
    "fulfillment-outbound-api-model/fulfillmentOutbound_2020-07-01.json",
    "fulfillment-inbound-api-model/fulfillmentInbound_2024-03-20.json",
    "fulfillment-inbound-api-model/fulfillmentInboundV0.json",
)
# Faults that spoil an answer on purpose.
SPOILING = frozenset(
    {"bad_json", "cut_body", "empty", "error", "html", "intercepted", "wrong_shape"}
)
# Amazon publishes no model of it; the contract in docs/api is ours.
UNPUBLISHED = "registrations."
# Option of the program: it is wrong that there is nothing to judge.
NEEDED = "--needed"
# How many faults a person can look at in one go.
FIRST = 20
RATE_STATUSES = frozenset({200, 201, 202, 204, 400, 404})
_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})", re.IGNORECASE
)

_formats = FormatChecker(formats=())


@_formats.checks("date-time")
def _is_moment(value) -> bool:
    return not isinstance(value, str) or bool(_MOMENT.fullmatch(value))


@dataclass
class Operation:
    """One operation of a model."""

    name: str
    method: str
    pattern: re.Pattern
    template: str
    parameters: list[dict]
    responses: dict[str, dict]
    document: dict = field(repr=False)
    validators: dict[str, Draft4Validator] = field(default_factory=dict, repr=False)

    def problems(self, schema: dict, value, where: str) -> list[str]:
        """Return what is wrong with `value`, naming the place."""
        validator = self.validators.get(where)
        if validator is None:
            whole = _inlined(self.document, schema)
            validator = Draft4Validator(whole, format_checker=_formats)
            self.validators[where] = validator
        return [
            f"{self.name} {where}{_place(error.absolute_path)}: {error.message[:300]}"
            for error in validator.iter_errors(value)
        ]


class Models:
    """The operations of a few model files."""

    def __init__(self, folder: Path):
        self.operations: list[Operation] = []
        for name in FAMILIES:
            document = json.loads((folder / "models" / name).read_text("utf-8"))
            self.operations += _operations(document)
        # The most literal path first: /orders/{id}/address before /orders/{id}.
        self.operations.sort(
            key=lambda entry: (-entry.template.count("/"), entry.template)
        )

    def find(self, method: str, path: str) -> Operation | None:
        """Return the operation behind a method and a decoded path."""
        for operation in self.operations:
            if operation.method == method and operation.pattern.fullmatch(path):
                return operation
        return None

    def check_request(self, method, path, query, body=None) -> list[str]:
        """Return what the model forbids in a request.

        :param query: lists of values by parameter name
        :param body: JSON value, None without body
        """
        operation = self.find(method, path)
        if operation is None:
            return [f"{method} {path} is in no model"]
        problems, known = [], {"query": set()}
        for parameter in operation.parameters:
            kind, name = parameter["in"], parameter["name"]
            if kind == "query":
                known["query"].add(name)
                problems += _check_parameter(operation, parameter, query.get(name))
            elif kind == "body":
                if body is None:
                    if parameter.get("required"):
                        problems.append(f"{operation.name}: the body is missing")
                else:
                    problems += operation.problems(
                        parameter["schema"], body, "request body"
                    )
        for name in set(query) - known["query"]:
            problems.append(f"{operation.name}: unknown parameter {name}")
        return problems

    def check_response(self, method, path, status, headers, body) -> list[str]:
        """Return what the model forbids in an answer.

        :param headers: mapping; its names may have any case
        :param body: JSON value, None without body
        """
        operation = self.find(method, path)
        if operation is None:
            return []
        names = {name.lower() for name in headers}
        problems = []
        if "x-amzn-requestid" not in names:
            problems.append(f"{operation.name} {status}: no x-amzn-RequestId")
        if "x-amzn-ratelimit-limit" in names and status not in RATE_STATUSES:
            problems.append(f"{operation.name} {status}: a rate limit is stated")
        declared = operation.responses.get(str(status))
        if declared is None:
            problems.append(f"{operation.name}: status {status} is not declared")
        elif "schema" in declared:
            problems += operation.problems(
                declared["schema"], body, f"response {status}"
            )
        elif body is not None:
            problems.append(f"{operation.name} {status}: an unexpected body")
        return problems


@lru_cache(maxsize=1)
def find_models() -> Models | None:
    """Return Amazon's models, or None when they are not on this machine."""
    folder = os.environ.get("SPAPI_MODELS")
    path = Path(folder) if folder else ROOT.parent / "shared" / "spapi-models"
    return Models(path) if (path / "models").is_dir() else None


def require_models() -> Models:
    """Return Amazon's models, or skip the running test saying why."""
    models = find_models()
    if models is None:
        pytest.skip(WHY_SKIPPED)
    return models


def check_log(models: Models, records: list[dict], *, accepted_only=True) -> list[str]:
    """Judge entries of the simulator's request log, recorded with bodies.

    :param accepted_only: judge only requests that were answered 2xx; False asks of a
        client that it never sends anything the models forbid
    """
    problems = []
    for record in records:
        if record["operation"] is None or record["status"] is None:
            continue
        method, path, status = record["method"], record["path"], record["status"]
        if status < 300 or not accepted_only:
            problems += models.check_request(
                method, path, record["query"], record["request_body"]
            )
        if not SPOILING.intersection(record["faults"]):
            problems += models.check_response(
                method,
                path,
                status,
                record["response_headers"],
                record["response_body"],
            )
    return problems


def check_samples(models: Models, folder: Path) -> tuple[int, list[str]]:
    """Judge the exchanges that simulators kept in a folder.

    :return: how many there are, and what is wrong, naming a request each
    """
    records = [
        record
        for path in sorted(folder.glob("*.jsonl"))
        for record in map(json.loads, path.read_text("utf-8").splitlines())
        if not record["operation"].startswith(UNPUBLISHED)
    ]
    problems = {}
    for record in records:
        for problem in check_log(models, [record]):
            problems.setdefault(problem, f"{record['method']} {record['path']}")
    return len(records), [f"{what} ({where})" for what, where in problems.items()]


def watch(session, models: Models) -> list[str]:
    """Judge everything a requests session does; return the growing list of problems."""
    problems: list[str] = []

    def judge(response, **_options):
        request = response.request
        parts = urlsplit(request.url)
        path = unquote(parts.path)
        if models.find(request.method, path) is None:
            return
        query = parse_qs(parts.query, keep_blank_values=True)
        sent = json.loads(request.body) if request.body else None
        got = response.json() if response.content else None
        problems.extend(models.check_request(request.method, path, query, sent))
        problems.extend(
            models.check_response(
                request.method, path, response.status_code, response.headers, got
            )
        )

    session.hooks["response"].append(judge)
    return problems


def _operations(document: dict):
    for template, item in document["paths"].items():
        for method, operation in item.items():
            if not isinstance(operation, dict) or "responses" not in operation:
                continue
            parameters = item.get("parameters", []) + operation.get("parameters", [])
            yield Operation(
                operation["operationId"],
                method.upper(),
                _pattern(template),
                template,
                [_resolve(document, each) for each in parameters],
                {
                    code: _resolve(document, each)
                    for code, each in operation["responses"].items()
                },
                document,
            )


def _pattern(template: str) -> re.Pattern:
    parts = re.split(r"(\{[^}]+\})", template)
    # SKUs and the seller's own ids may contain a slash, which a decoded path shows.
    free = ("{sku}", "{sellerFulfillmentOrderId}")
    regex = "".join(
        (".+" if part in free else "[^/]+") if part.startswith("{") else re.escape(part)
        for part in parts
    )
    return re.compile(regex)


def _resolve(document: dict, value: dict) -> dict:
    if "$ref" not in value:
        return value
    target = document
    for step in value["$ref"].removeprefix("#/").split("/"):
        target = target[step]
    return target


def _inlined(document: dict, schema, above: tuple[str, ...] = ()):
    """Return a schema with its references written out: much faster to apply.

    No definition in use here contains itself; one that did would accept anything at
    its second level.
    """
    if isinstance(schema, list):
        return [_inlined(document, each, above) for each in schema]
    if not isinstance(schema, dict):
        return schema
    target = schema.get("$ref")
    if isinstance(target, str):
        if target in above:
            return {}
        return _inlined(document, _resolve(document, schema), (*above, target))
    return {key: _inlined(document, value, above) for key, value in schema.items()}


def _check_parameter(operation: Operation, parameter: dict, values) -> list[str]:
    name = parameter["name"]
    if not values:
        missing = f"{operation.name}: {name} is missing"
        return [missing] if parameter.get("required") else []
    if parameter["type"] == "array":
        # csv is Swagger's default; Amazon also takes repeated parameters.
        value = [
            _convert(parameter["items"], part)
            for each in values
            for part in each.split(",")
        ]
    elif len(values) > 1:
        return [f"{operation.name}: {name} is repeated"]
    else:
        value = _convert(parameter, values[0])
    keep = ("type", "items", "enum", "format", "pattern")
    limits = ("minimum", "maximum", "minItems", "maxItems", "minLength", "maxLength")
    schema = {key: parameter[key] for key in (*keep, *limits) if key in parameter}
    return operation.problems(schema, value, f"parameter {name}")


def _convert(schema: dict, text: str):
    kind = schema.get("type")
    if kind == "integer" and re.fullmatch(r"-?\d+", text):
        return int(text)
    if kind == "number" and re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text)
    if kind == "boolean" and text.lower() in ("true", "false"):
        return text.lower() == "true"
    return text


def _place(path) -> str:
    return "".join(
        f"[{part}]" if isinstance(part, int) else f".{part}" for part in path
    )


def main(folder: str, *, needed: bool = False) -> int:
    """Judge a folder and say what came of it.

    :param needed: whether it is wrong that there is nothing to judge
    :return: 1 when something is wrong
    """
    models = find_models()
    if models is None:
        print(f"no answer was judged. {WHY_SKIPPED}")
        return 0
    count, problems = check_samples(models, Path(folder))
    if not count:
        print("no answer was kept of an operation that Amazon's models know")
        return int(needed)
    if not problems:
        print(f"{count} kinds of answers are as Amazon's models say")
        return 0
    print(f"{len(problems)} faults, by Amazon's models:")
    print(*problems[:FIRST], sep="\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], needed=NEEDED in sys.argv[2:]))
