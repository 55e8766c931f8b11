"""What can go wrong between us and Amazon: the class decides what happens next.

| class | meaning | retry |
|---|---|---|
| TransportError | no complete reply | next run |
| ThrottledError, BudgetExhausted | 429, or our own budget is empty | at retry_after |
| ServerError | 5xx, or a reply that is not JSON | with backoff |
| AuthorizationError and below | a person must act | no |
| RequestError and below | Amazon refuses this request | no |
| UnexpectedReplyError | 2xx, but not the shape we know | no |

Messages carry no token, secret or buyer data (A27).
"""

from .redact import scrub_text


class PayloadError(Exception):
    """A document is not of the shape we know.

    :param path: where in the document, for example ``orderItems[0].product``
    """

    def __init__(self, message: str, path: str = ""):
        super().__init__(message)
        self.message = message
        self.path = path

    def __str__(self):
        return f"{self.path}: {self.message}" if self.path else self.message


class SpApiError(Exception):
    """Base of all errors of a call to Amazon.

    :param operation: key of the operation, for example ``orders.getOrder``
    :param status: HTTP status, ``None`` when there was no reply
    :param code: Amazon's error code
    :param request_id: ``x-amzn-RequestId``, what Amazon's support asks for
    :param retry_after: seconds to wait before another try, when known
    :param details: Amazon's explanation beside the message
    """

    def __init__(
        self,
        message: str,
        *,
        operation: str | None = None,
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        details: str | None = None,
    ):
        self.message = scrub_text(message)
        super().__init__(self.message)
        self.operation = operation
        self.status = status
        self.code = code
        self.request_id = request_id
        self.retry_after = retry_after
        self.details = scrub_text(details) if details else None

    def __str__(self):
        facts = [
            f"HTTP {self.status}" if self.status else "",
            self.code or "",
            f"request id {self.request_id}" if self.request_id else "",
        ]
        known = ", ".join(fact for fact in facts if fact)
        text = f"{self.operation}: {self.message}" if self.operation else self.message
        if self.details:
            text = f"{text} {self.details}"
        return f"{text} ({known})" if known else text

    @property
    def words(self) -> str:
        """What Amazon says, for a person: without operation, status and code."""
        if not self.details or self.details in self.message:
            return self.message
        return f"{self.message} {self.details}".strip()

    def had_no_effect(self, operation: str) -> bool:
        """Return whether an operation has certainly changed nothing at Amazon.

        It was refused, or what comes before it failed: a login, an upload.

        :param operation: key of the operation that was meant
        """
        refusals = (ThrottledError, AuthorizationError, RequestError)
        return isinstance(self, refusals) or self.operation not in (None, operation)


class TransportError(SpApiError):
    """No complete reply: name, connection, timeout, cut or oversize body."""


class ThrottledError(SpApiError):
    """429: Amazon's bucket is empty until ``retry_after`` (A21)."""


class BudgetExhausted(ThrottledError):
    """Our own bucket is empty; nothing was sent."""


class ServerError(SpApiError):
    """5xx, or a body that is not JSON."""


class TokenExpiredError(SpApiError):
    """The access token is too old; the transport renews it once (A22)."""


class AuthorizationError(SpApiError):
    """Amazon does not let us in and no retry will change that."""


class ReauthorizationRequired(AuthorizationError):
    """The seller's grant is gone: the consent must be given again.

    ``grant`` names what was refused, see ``lwa.grant_key``; ``None``: unknown.
    """

    grant: str | None = None


class InvalidClientError(AuthorizationError):
    """The application's client id or secret is wrong or out of date (A17)."""


class AccessDeniedError(AuthorizationError):
    """403: role missing, wrong region, restricted data or a closed account.

    Also the 400 that refuses a restricted data token for want of a role.
    """


class RequestError(SpApiError):
    """Amazon refuses this request; repeating it changes nothing."""


class NotFoundError(RequestError):
    """404: unknown, or too old to be kept."""


class ConflictError(RequestError):
    """409: the same was asked before, or something else is under way."""


class DocumentExpired(RequestError):
    """The pre-signed address has died; ask for the document again."""


class UnexpectedReplyError(SpApiError, PayloadError):
    """2xx JSON of a shape we do not know; caught as either base class."""

    def __init__(self, message: str, path: str = "", **facts):
        SpApiError.__init__(self, message, **facts)
        self.path = path

    __str__ = SpApiError.__str__
