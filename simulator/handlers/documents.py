"""``/_documents/``: pre-signed addresses, as the storage behind Amazon's API has."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from html import escape
from urllib.parse import urlencode

from ..clock import UTC
from ..exchange import Exchange, Reply

URL_SECONDS = 300
_STAMP = "%Y%m%dT%H%M%SZ"
_ERROR = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    "<Error><Code>{code}</Code><Message>{message}</Message></Error>"
)


def signed_url(
    exchange: Exchange, document, unpack: bool, seconds: int = URL_SECONDS
) -> str:
    """Return an address of `document` that works for five minutes.

    :param unpack: let the storage declare gzip as Content-Encoding
    :param seconds: another life than five minutes
    """
    fields = _fields(exchange, seconds)
    if unpack and document.gzipped:
        fields["response-content-encoding"] = "gzip"
    return _address(exchange, document, fields, "GET")


def upload_url(exchange: Exchange, document) -> str:
    """Return an address to PUT `document` to, with the very content type announced."""
    fields = _fields(exchange, URL_SECONDS)
    fields["X-Amz-SignedHeaders"] = "content-type;host"
    return _address(exchange, document, fields, document.content_type)


def _fields(exchange: Exchange, seconds: int) -> dict[str, str]:
    now = exchange.simulation.clock.now()
    return {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Date": now.strftime(_STAMP),
        "X-Amz-Expires": str(seconds),
    }


def _address(exchange: Exchange, document, fields: dict, purpose: str) -> str:
    signature = _sign(exchange, document.document_id, fields, purpose)
    query = urlencode({**fields, "X-Amz-Signature": signature})
    base = exchange.request.host_url.rstrip("/")
    return f"{base}/_documents/{document.document_id}?{query}"


def download(exchange: Exchange, document_id: str) -> Reply:
    """Return the document, or the storage's own XML errors."""
    refused = _refusal(exchange, document_id, "GET")
    if refused is not None:
        return refused
    document = exchange.simulation.document(document_id)
    if document is None or document.data is None:
        return error_reply("NoSuchKey", "The specified key does not exist.", 404)
    headers = {}
    encoding = exchange.request.args.get("response-content-encoding")
    if encoding is not None:
        headers["Content-Encoding"] = encoding
    return Reply(document.data, headers=headers, content_type=document.content_type)


def upload(exchange: Exchange, document_id: str) -> Reply:
    """Take a document that was announced, or answer the storage's own XML errors."""
    content_type = exchange.request.headers.get("Content-Type", "")
    refused = _refusal(exchange, document_id, content_type)
    if refused is not None:
        return refused
    document, data = exchange.simulation.document(document_id), exchange.request.data
    wrong = document.refusal(data)
    if wrong is not None:
        return error_reply("BadDigest", wrong, 400)
    document.data = data
    return Reply(None)


def _refusal(exchange: Exchange, document_id: str, purpose: str) -> Reply | None:
    fields = exchange.request.args.to_dict()
    signature = fields.pop("X-Amz-Signature", "")
    good = _sign(exchange, document_id, fields, purpose)
    if not hmac.compare_digest(signature, good):
        return error_reply("SignatureDoesNotMatch", "The signature does not match.")
    now = exchange.simulation.clock.now()
    signed_at = datetime.strptime(fields["X-Amz-Date"], _STAMP).replace(tzinfo=UTC)
    if now > signed_at + timedelta(seconds=int(fields["X-Amz-Expires"])):
        return error_reply("AccessDenied", "Request has expired")
    return None


def _sign(exchange: Exchange, document_id: str, fields: dict, purpose: str) -> str:
    """Sign an address; ``purpose`` is GET or the content type to be uploaded."""
    text = f"{purpose} {document_id}?{urlencode(sorted(fields.items()))}"
    key = exchange.simulation.page_key
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def error_reply(code: str, message: str, status: int = 403) -> Reply:
    """Return the storage's XML error."""
    body = _ERROR.format(code=code, message=escape(message))
    return Reply(body, status, content_type="application/xml")
