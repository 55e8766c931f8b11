"""Checks shared by the API families."""

from typing import Any

from ..errors import UnexpectedReplyError
from ..operations import Operation
from ..transport import Reply


def expect(value: Any, kind: type, path: str, operation: Operation, reply: Reply):
    """Return a value of a reply if it is of the expected type.

    :raise UnexpectedReplyError: it is not
    """
    if not isinstance(value, kind):
        raise UnexpectedReplyError(
            f"{path} is missing or of another type.",
            path,
            operation=operation.key,
            status=reply.status,
            request_id=reply.request_id,
        )
    return value


def objects(values: Any, path: str, operation: Operation, reply: Reply) -> list[dict]:
    """Return a list of objects of a reply.

    :raise UnexpectedReplyError: it is not one
    """
    for value in expect(values, list, path, operation, reply):
        expect(value, dict, f"{path}[]", operation, reply)
    return values


def next_token(holder: Any, key: str) -> str | None:
    """Return a page token, ``None`` on the last page."""
    token = holder.get(key) if isinstance(holder, dict) else None
    return token if isinstance(token, str) and token else None
