"""What can go wrong, as Amazon says it. No HTTP objects here."""

from __future__ import annotations


class SimulatorError(Exception):
    """Base of everything the simulator answers instead of a result."""


class ApiError(SimulatorError):
    """An SP-API error envelope.

    :param int status: HTTP status
    :param str code: Amazon's machine word, for example ``InvalidInput``
    :param str message: Amazon's sentence
    :param str details: optional details; None leaves the key out
    """

    def __init__(self, status, code, message, details=None):
        super().__init__(f"{status} {code}: {message} {details or ''}".rstrip())
        self.status = status
        self.code = code
        self.message = message
        self.details = details

    def body(self) -> dict:
        """Return the JSON envelope."""
        error = {"code": self.code, "message": self.message}
        if self.details is not None:
            error["details"] = self.details
        return {"errors": [error]}


class LwaError(SimulatorError):
    """An error of Login with Amazon's token endpoint (RFC 6749 section 5.2)."""

    def __init__(self, status, error, description):
        super().__init__(f"{status} {error}: {description}")
        self.status = status
        self.error = error
        self.description = description

    def body(self) -> dict:
        """Return the JSON body."""
        return {"error_description": self.description, "error": self.error}


class ControlError(SimulatorError):
    """A request to ``/_sim/`` that makes no sense."""

    def __init__(self, message, status=400):
        super().__init__(message)
        self.status = status


def invalid_input(details=None, message="Invalid Input") -> ApiError:
    """Return the 400 of the Orders APIs."""
    return ApiError(400, "InvalidInput", message, details)


def bad_request(details="Invalid input") -> ApiError:
    """Return the 400 of Listings Items."""
    return ApiError(400, "BAD_REQUEST", "Invalid input", details)


def bad_report_request(details="Invalid input") -> ApiError:
    """Return the 400 of Reports, whose code is the status itself."""
    return ApiError(400, "400", "Invalid input", details)


def not_found(details="The requested resource was not found.") -> ApiError:
    """Return the 404."""
    return ApiError(404, "NotFound", "Resource not found.", details)


def unauthorized(details="") -> ApiError:
    """Return the 403; empty details mean a missing role or another region."""
    return ApiError(
        403, "Unauthorized", "Access to requested resource is denied.", details
    )


def quota_exceeded() -> ApiError:
    """Return the 429 of an empty token bucket."""
    return ApiError(
        429,
        "QuotaExceeded",
        "You exceeded your quota for the requested resource.",
        "",
    )


def internal_failure() -> ApiError:
    """Return the 500."""
    return ApiError(
        500,
        "InternalFailure",
        "We encountered an internal error. Please try again.",
        "",
    )


def service_unavailable() -> ApiError:
    """Return the 503."""
    return ApiError(
        503,
        "ServiceUnavailable",
        "Temporary failure occurred, retry operation",
        "",
    )


def unsupported_media_type() -> ApiError:
    """Return the 415 of a body that is not JSON."""
    return ApiError(
        415,
        "UnsupportedMediaType",
        "The request's Content-Type header is invalid.",
        "",
    )


TOKEN_MISSING = "Access token is missing in the request header."
TOKEN_EXPIRED = "The access token you provided has expired."
TOKEN_INVALID = "The access token you provided is revoked, malformed or invalid."
SECRET_EXPIRED = "The LWA secret token you provided has expired."
