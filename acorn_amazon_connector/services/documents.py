"""Documents of reports and feeds: download, unpack, decode, read; upload.

The address is pre-signed and dies after five minutes (``getReportDocument``,
``createFeedDocument`` 2021-06-30); it is never stored or logged, and gets no
token of ours. Flat files are tab separated, often not in UTF-8, and most without
quoting.
"""

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests

from .errors import (
    DocumentExpired,
    NotFoundError,
    RequestError,
    ServerError,
    TransportError,
    UnexpectedReplyError,
)
from .marketplaces import MARKETPLACES
from .wire import DEFAULT_TIMEOUT, send

OPERATION = "documents.download"
UPLOAD = "documents.upload"

_MAX_BYTES = 256 * 1024 * 1024
_MAX_UNPACKED_BYTES = 2 * 1024 * 1024 * 1024
_LARGEST_RECEIPT = 1024 * 1024
_CHUNK = 1024 * 1024
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_GZIP_MAGIC = b"\x1f\x8b"
# Amazon calls cp1252 by the name of its subset.
_WIDER = {"iso8859-1": "cp1252", "ascii": "utf-8", "shift_jis": "cp932"}


@dataclass(frozen=True, slots=True)
class Document:
    """A document as downloaded; it is unpacked while it is read.

    ``charset`` is settled before the first line is read, so that reading
    never fails half way for that reason.
    """

    content: bytes = field(repr=False)
    is_gzip: bool
    charset: str
    max_bytes: int = _MAX_UNPACKED_BYTES

    def open(self) -> io.TextIOBase:
        """Return the text as a stream; line ends are left as they are."""
        return io.TextIOWrapper(
            _unpacked(self.content, self.is_gzip, self.max_bytes),
            encoding=self.charset,
            newline="",
        )

    def data(self) -> bytes:
        """Return the whole document as unpacked bytes."""
        with _unpacked(self.content, self.is_gzip, self.max_bytes) as stream:
            return stream.read()

    def text(self) -> str:
        """Return the whole text."""
        with self.open() as stream:
            return stream.read()

    def rows(self) -> "Rows":
        """Return the rows of a tab separated file as column → text.

        Quotes have a meaning only where each column's name is in quotes. A line is a
        row. Missing cells are empty; cells beyond the header are joined under the key
        ``None``.

        :raise TransportError: the document is damaged; also while rows are read
        """
        stream = self.open()
        lines = _lines(stream)
        header = next(lines, "").lstrip("\ufeff")
        split = _split_quoted if _is_quoted(header) else _split
        names = [name.strip() for name in split(header)]
        cells = (split(line) for line in lines if line)
        return Rows(self, tuple(names), (_row(names, each) for each in cells))


class Rows(Iterator[dict[str | None, str]]):
    """Rows of a table, read while they are asked for.

    :ivar document: where they come from
    :ivar columns: the names of the columns, known before the first row
    """

    def __init__(
        self,
        document: Document,
        columns: tuple[str, ...],
        rows: Iterator[dict[str | None, str]],
    ):
        self.document = document
        self.columns = columns
        self._rows = rows

    def __next__(self) -> dict[str | None, str]:
        return next(self._rows)


def download(
    session: requests.Session,
    url: str,
    *,
    compression: str | None = None,
    fallbacks: Sequence[str] = ("cp1252", "cp932"),
    timeout: tuple[float, float] = DEFAULT_TIMEOUT,
    max_bytes: int = _MAX_BYTES,
    max_unpacked_bytes: int = _MAX_UNPACKED_BYTES,
) -> Document:
    """Download the document of a pre-signed address.

    :param compression: ``compressionAlgorithm`` of ``getReportDocument``
    :param fallbacks: charsets tried after the declared one and UTF-8
    :param max_bytes: largest download
    :param max_unpacked_bytes: largest size once unpacked
    :raise DocumentExpired: the address is dead, ask for a new one
    :raise TransportError: no complete document within the limits
    """
    _check_address(url)
    raw = send(
        session,
        "GET",
        url,
        headers={"accept": "*/*", "accept-encoding": "identity"},
        timeout=timeout,
        max_bytes=max_bytes,
        operation=OPERATION,
    )
    if raw.status != 200:
        raise _error(raw.status)
    if compression not in (None, "", "GZIP"):
        raise UnexpectedReplyError(
            "The compression is unknown.", "compressionAlgorithm", operation=OPERATION
        )
    # Some stores unpack on the way, others pack what they do not declare as packed.
    is_gzip = raw.content.startswith(_GZIP_MAGIC)
    declared = _declared_charset(raw.headers.get("content-type", ""))
    charset = _settle_charset(
        raw.content, is_gzip, [declared, "utf-8-sig", *fallbacks], max_unpacked_bytes
    )
    return Document(raw.content, is_gzip, charset, max_unpacked_bytes)


def upload(
    session: requests.Session,
    url: str,
    content: bytes,
    content_type: str,
    *,
    timeout: tuple[float, float] = DEFAULT_TIMEOUT,
) -> None:
    """Put a document to a pre-signed address.

    Sending the same again does no harm: the document is used only when a feed is
    made of it.

    :param content_type: exactly the one ``createFeedDocument`` was asked with, it
        is part of the signature
    :raise DocumentExpired: the address is dead, or was for another content type
    :raise TransportError: no complete reply
    """
    _check_address(url, UPLOAD)
    raw = send(
        session,
        "PUT",
        url,
        headers={"content-type": content_type},
        data=content,
        timeout=timeout,
        max_bytes=_LARGEST_RECEIPT,
        operation=UPLOAD,
    )
    if not 200 <= raw.status < 300:
        raise _error(raw.status, UPLOAD, "The document cannot be uploaded.")


def fallback_charsets(marketplace_ids: Sequence[str]) -> tuple[str, ...]:
    """Return the charsets Amazon uses in these marketplaces beside UTF-8."""
    known = [MARKETPLACES.get(identifier) for identifier in marketplace_ids]
    if any(marketplace and marketplace.country_code == "JP" for marketplace in known):
        return ("cp932", "cp1252")
    return ("cp1252", "cp932")


def _check_address(url, operation=OPERATION):
    parts = urlsplit(url)
    is_local = parts.scheme == "http" and parts.hostname in _LOOPBACK
    if parts.scheme != "https" and not is_local:
        raise RequestError("The document's address is not secure.", operation=operation)


def _error(status, operation=OPERATION, message="The document cannot be downloaded."):
    kinds = {403: DocumentExpired, 410: DocumentExpired, 404: NotFoundError}
    kind = ServerError if status >= 500 or status < 400 else RequestError
    return kinds.get(status, kind)(message, operation=operation, status=status)


def _declared_charset(content_type):
    for part in content_type.split(";")[1:]:
        name, _equals, value = part.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip("\"'")
    return None


class _Limited(io.RawIOBase):
    """An unpacked stream that refuses to grow beyond a limit."""

    def __init__(self, stream, limit):
        super().__init__()
        self._stream = stream
        self._left = limit

    def readable(self):
        return True

    def readinto(self, buffer):
        try:
            data = self._stream.read(len(buffer))
        except (OSError, EOFError, zlib.error):
            raise TransportError(
                "The document is damaged.", operation=OPERATION
            ) from None
        self._left -= len(data)
        if self._left < 0:
            raise TransportError(
                "The document is too large once unpacked.", operation=OPERATION
            )
        buffer[: len(data)] = data
        return len(data)


def _unpacked(content, is_gzip, limit):
    stream = io.BytesIO(content)
    source = gzip.GzipFile(fileobj=stream) if is_gzip else stream
    return io.BufferedReader(_Limited(source, limit), _CHUNK)


def _settle_charset(content, is_gzip, candidates, limit):
    """Return the first charset that can decode all of the document."""
    for name in candidates:
        charset = _usable(name)
        if charset and _decodes(content, is_gzip, charset, limit):
            return charset
    # Reads anything and loses nothing.
    return "iso8859-1"


def _usable(name):
    try:
        charset = codecs.lookup(name or "").name
    except (LookupError, ValueError):
        return None
    if charset == "utf-8":
        return "utf-8-sig"
    return _WIDER.get(charset, charset)


def _decodes(content, is_gzip, charset, limit):
    try:
        decoder = codecs.getincrementaldecoder(charset)()
    except (LookupError, TypeError):
        return False
    with _unpacked(content, is_gzip, limit) as stream:
        try:
            while chunk := stream.read(_CHUNK):
                if not isinstance(decoder.decode(chunk), str):
                    return False
            decoder.decode(b"", final=True)
        except UnicodeError:
            return False
    return True


def _lines(stream):
    """Yield lines; only CR and LF end one, other separators are text."""
    rest = ""
    while chunk := stream.read(_CHUNK):
        parts = (rest + chunk).split("\n")
        rest = parts.pop()
        for part in parts:
            yield part.rstrip("\r")
    if rest:
        yield rest.rstrip("\r")


def _split(line):
    return line.split("\t")


def _is_quoted(line):
    return all(map(_is_enclosed, _split(line)))


def _is_enclosed(cell):
    return len(cell) > 1 and cell[0] == cell[-1] == '"'


def _split_quoted(line):
    """Return the cells of a line whose cells may stand in quotes.

    A cell ends with the quote before a tab or the end: Amazon does not always double
    the quotes inside, and a title may end with an inch sign.
    """
    cells = []
    for part in _split(line):
        if cells and cells[-1].startswith('"') and not _is_enclosed(cells[-1]):
            cells[-1] += "\t" + part
        else:
            cells.append(part)
    return [
        cell[1:-1].replace('""', '"') if _is_enclosed(cell) else cell for cell in cells
    ]


def _row(names, cells):
    row = dict(zip(names, cells, strict=False))
    for name in names[len(cells) :]:
        row[name] = ""
    if len(cells) > len(names):
        row[None] = "\t".join(cells[len(names) :])
    return row
