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


def signed_url(exchange: Exchange, document, unpack: bool) -> str:
    """Return an address of `document` that works for five minutes.

    :param unpack: let the storage declare gzip as Content-Encoding
    """
    now = exchange.simulation.clock.now()
    fields = {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Date": now.strftime(_STAMP),
        "X-Amz-Expires": str(URL_SECONDS),
    }
    if unpack and document.gzipped:
        fields["response-content-encoding"] = "gzip"
    fields["X-Amz-Signature"] = _sign(exchange, document.document_id, fields)
    base = exchange.request.host_url.rstrip("/")
    return f"{base}/_documents/{document.document_id}?{urlencode(fields)}"


def download(exchange: Exchange, document_id: str) -> Reply:
    """Return the document, or the storage's own XML errors."""
    fields = exchange.request.args.to_dict()
    signature = fields.pop("X-Amz-Signature", "")
    good = _sign(exchange, document_id, fields)
    if not hmac.compare_digest(signature, good):
        return error_reply("SignatureDoesNotMatch", "The signature does not match.")
    now = exchange.simulation.clock.now()
    signed_at = datetime.strptime(fields["X-Amz-Date"], _STAMP).replace(tzinfo=UTC)
    if now > signed_at + timedelta(seconds=int(fields["X-Amz-Expires"])):
        return error_reply("AccessDenied", "Request has expired")
    document = exchange.simulation.reports.document(document_id, now)
    if document is None:
        return error_reply("NoSuchKey", "The specified key does not exist.", 404)
    headers = {}
    if "response-content-encoding" in fields:
        headers["Content-Encoding"] = fields["response-content-encoding"]
    return Reply(document.data, headers=headers, content_type=document.content_type)


def _sign(exchange: Exchange, document_id: str, fields: dict) -> str:
    text = f"{document_id}?{urlencode(sorted(fields.items()))}"
    key = exchange.simulation.page_key
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def error_reply(code: str, message: str, status: int = 403) -> Reply:
    """Return the storage's XML error."""
    body = _ERROR.format(code=code, message=escape(message))
    return Reply(body, status, content_type="application/xml")
