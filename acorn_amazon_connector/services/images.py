"""Pictures of products from Amazon's media servers.

An address comes out of a reply, so it is not trusted: only the servers that hold
Amazon's pictures are asked, nothing is sent along and no redirect is followed.
"""

from collections.abc import Collection
from urllib.parse import urlsplit

import requests

from .errors import NotFoundError, RequestError, ServerError
from .wire import DEFAULT_TIMEOUT, send

OPERATION = "images.download"

_HOSTS = (".media-amazon.com", ".ssl-images-amazon.com", ".images-amazon.com")
_MAX_BYTES = 10 * 1024 * 1024
_MAGIC = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a")


def is_trusted(url: str, also: Collection[str] = ()) -> bool:
    """Return whether an address is one of Amazon's media servers.

    :param also: other base addresses, for example a simulator's
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    for base in map(urlsplit, also):
        if (parts.scheme, parts.hostname, port) == (
            base.scheme,
            base.hostname,
            base.port,
        ):
            return True
    host = f".{parts.hostname or ''}"
    return parts.scheme == "https" and port in (None, 443) and host.endswith(_HOSTS)


def download_image(
    session: requests.Session, url: str, also: Collection[str] = ()
) -> bytes:
    """Return a picture: JPEG, PNG or GIF of at most 10 MiB.

    :param also: other base addresses that are trusted
    :raise RequestError: another server, or no picture
    :raise NotFoundError: it is gone
    :raise TransportError: no complete reply
    """
    if not is_trusted(url, also):
        raise RequestError("The image is not on Amazon's servers.", operation=OPERATION)
    raw = send(
        session,
        "GET",
        url,
        headers={"accept": "image/*", "accept-encoding": "identity"},
        timeout=DEFAULT_TIMEOUT,
        max_bytes=_MAX_BYTES,
        operation=OPERATION,
    )
    if raw.status != 200:
        kinds = {404: NotFoundError}
        kind = kinds.get(raw.status, ServerError if raw.status >= 500 else RequestError)
        raise kind(
            "The image cannot be downloaded.", operation=OPERATION, status=raw.status
        )
    if not raw.content.startswith(_MAGIC):
        raise RequestError("This is no image.", operation=OPERATION, status=raw.status)
    return raw.content
