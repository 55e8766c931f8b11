"""Why a document did not become a record."""

from typing import Any

from ..services.errors import PayloadError

__all__ = ["BlockedError", "PayloadError"]


class BlockedError(Exception):
    """Understood, but a person must act before it can be applied.

    :param reason_code: stable word to branch on, for example
        ``totals_do_not_balance``
    :param data: the figures a person needs, JSON values only
    """

    def __init__(
        self, reason_code: str, message: str, data: dict[str, Any] | None = None
    ):
        super().__init__(message)
        self.reason_code = reason_code
        self.message = message
        self.data = data or {}
