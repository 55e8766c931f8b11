"""Walk all pages of a search (A24)."""

from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

from .errors import UnexpectedReplyError


class Page(Protocol):
    """Anything with the token of the page after it."""

    next_token: str | None


# A server may repeat a page once in a while; the token leads on all the same.
_TOLERATED_REPEATS = 3

AnyPage = TypeVar("AnyPage", bound=Page)


def pages(
    fetch: Callable[[str | None], AnyPage], token: str | None = None
) -> Iterator[AnyPage]:
    """Yield pages until there is no next token.

    The caller may keep ``page.next_token`` after each page and resume with it
    later, as long as the API lets tokens live.

    :param fetch: returns the page of a token, the first page for ``None``
    :param token: where to resume
    :raise UnexpectedReplyError: tokens come again and again
    """
    seen, repeats = {token}, 0
    while True:
        page = fetch(token)
        yield page
        token = page.next_token or None
        if token is None:
            return
        repeats += token in seen
        if repeats > _TOLERATED_REPEATS:
            raise UnexpectedReplyError("The pages never end.", "pagination.nextToken")
        seen.add(token)
