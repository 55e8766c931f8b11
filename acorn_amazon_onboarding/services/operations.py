"""The operations of Registrations 2026-01-01: paths and rates (B13, B21).

A contract of our own, ``docs/api/registrations-2026-01-01.json``: Amazon does not
publish such an API.
"""

from odoo.addons.acorn_amazon_connector.services.operations import Operation

VERSION = "2026-01-01"
_PREFIX = f"/registrations/{VERSION}"


def _operation(name, method, path, rate, burst):
    key = f"registrations.{name}"
    return Operation(key, name, method, f"{_PREFIX}{path}", VERSION, rate, burst)


OPERATIONS: dict[str, Operation] = {
    operation.key: operation
    for operation in (
        _operation("createDocument", "POST", "/documents", 1.0, 30),
        _operation("createRegistration", "POST", "/registrations", 0.5, 20),
        _operation("getRegistrationStatus", "GET", "/registrations", 1.0, 20),
    )
}
