"""Keep the answer of Amazon's consent page out of the server's access log (A27)."""

import logging
import re

from ..models.acorn_amazon_application import CALLBACK_PATH
from ..services.redact import MASK

# Also where it is the parameter of another address, as of the login before it.
_QUERY = re.compile(
    rf"({CALLBACK_PATH.replace('/', '(?:/|%2F)')})(?:\?|%3F).*?(?= HTTP/|$)",
    re.IGNORECASE | re.DOTALL,
)


class HideConsent(logging.Filter):
    """Masks the query of the consent's return address, which carries a code."""

    def filter(self, record):
        """Let every record through, masked."""
        message = record.getMessage()
        masked = _QUERY.sub(rf"\1?{MASK}", message)
        if masked != message:
            record.msg, record.args = masked, ()
        return True


# Odoo has no hook for it: its request handler writes to this logger directly.
logging.getLogger("werkzeug").addFilter(HideConsent())
