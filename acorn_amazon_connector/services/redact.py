"""Keep tokens, secrets and buyers out of logs, records and errors (A26, A27)."""

import json
import logging
import re
from typing import Any

MASK = "***"

# Compared without case, underscores and hyphens: one entry covers the
# spellings of every API version.
SENSITIVE_KEYS = frozenset(
    {
        "accesstoken",
        "authorization",
        "clientsecret",
        "code",
        "cookie",
        "downloadurl",
        "newclientsecret",
        "password",
        "refreshtoken",
        "restricteddatatoken",
        "setcookie",
        "spapioauthcode",
        "state",
        "token",
        "uploadurl",
        "uri",
        "url",
        "xamzaccesstoken",
        "xregistrationsignature",
    }
)
PERSONAL_KEYS = frozenset(
    {
        "address",
        "addressline1",
        "addressline2",
        "addressline3",
        "bankaccount",
        "businessaddress",
        "businessregistration",
        "buyer",
        "buyerbusinessaddress",
        "buyercompanyname",
        "buyercounty",
        "buyercustomizedinfo",
        "buyeremail",
        "buyerinfo",
        "buyername",
        "buyerpurchaseordernumber",
        "buyertaxinfo",
        "buyertaxinformation",
        "companyname",
        "customizedurl",
        "deliveryaddress",
        "deliverypreference",
        "deliverypreferences",
        "destinationaddress",
        "email",
        "filecontents",
        "filename",
        "fullname",
        "giftmessage",
        "giftmessagetext",
        "legalentityname",
        "legalentitynamelocal",
        "legalname",
        "notificationemails",
        "phone",
        "purchaseordernumber",
        "recipient",
        "recipientname",
        "registeredaddress",
        "representatives",
        "shipfromaddress",
        "shippingaddress",
        "shiptoaddress",
        "signedforby",
        "sourceaddress",
        "taxregistrationaddress",
        "taxregistrationnumber",
        "taxregistrations",
    }
)

_TEXT_RULES = (
    (re.compile(r"\bAt(?:za|zr|c)\|[^\s\"'&,<>]+"), MASK),
    (re.compile(r"\bAtz\.sprdt\|[^\s\"'&,<>]+"), MASK),
    (re.compile(r"\bamzn1\.oa2-cs\.[^\s\"'&,<>]+"), MASK),
    (re.compile(r"(?i)\bbearer\s+[^\s\"',]+"), "Bearer " + MASK),
    (
        re.compile(
            r"(?i)\b((?:access|refresh|restricted_?data)_?token|client_?secret"
            r"|x-amz-access-token|spapi_oauth_code|x-amz-(?:signature"
            r"|credential|security-token)|authorization|password)"
            r"(\\?[\"']?\s*[=:]\s*\\?[\"']?)[^\s\"'&,;<>\\]+"
        ),
        r"\1\2" + MASK,
    ),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), MASK),
)


def _plain(key: Any) -> str:
    return str(key).lower().replace("_", "").replace("-", "")


def scrub_text(text: Any) -> str:
    """Return text without what looks like a token, a secret or an address."""
    result = str(text)
    for pattern, replacement in _TEXT_RULES:
        result = pattern.sub(replacement, result)
    return result


def redact(value: Any) -> Any:
    """Return a copy of a JSON value in which secrets and persons are masked.

    Error entries (``errors[].code``) stay readable: they are what the record
    is kept for.
    """
    if isinstance(value, dict):
        return {key: _redact_entry(key, value) for key in value}
    if isinstance(value, (list, tuple)):
        return [redact(item) for item in value]
    return scrub_text(value) if isinstance(value, str) else value


def _redact_entry(key, mapping):
    value = mapping[key]
    name = _plain(key)
    if name == "code" and "message" in mapping:
        return redact(value)
    if name in SENSITIVE_KEYS or name in PERSONAL_KEYS:
        return MASK if value not in (None, "", [], {}) else value
    return redact(value)


def redact_body(body: bytes | str | dict | list | None, limit: int = 4000) -> str:
    """Return a body as text that may be stored: redacted and cut.

    :param limit: characters kept
    """
    if body is None:
        return ""
    if isinstance(body, bytes):
        body = body.decode("utf-8", "replace")
    if isinstance(body, str):
        try:
            body = json.loads(body)
        except (ValueError, RecursionError):
            return scrub_text(body[: limit * 2])[:limit]
    return json.dumps(redact(body), ensure_ascii=False)[:limit]


class RedactingFilter(logging.Filter):
    """Mask the arguments of a log record; the message itself is ours."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact ``record.args`` in place and let the record through."""
        if isinstance(record.args, dict):
            record.args = redact(record.args)
        elif record.args:
            record.args = tuple(redact(list(record.args)))
        return True


def get_logger(name: str) -> logging.Logger:
    """Return a logger whose arguments are always redacted."""
    logger = logging.getLogger(name)
    if not any(isinstance(item, RedactingFilter) for item in logger.filters):
        logger.addFilter(RedactingFilter())
    return logger
