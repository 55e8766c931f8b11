"""``/auth/o2/token``: the token endpoint of Login with Amazon."""

from __future__ import annotations

from ..errors import LwaError
from ..exchange import Exchange, Reply

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
JSON = "application/json;charset=UTF-8"
FORM = "application/x-www-form-urlencoded"


def token(exchange: Exchange) -> Reply:
    """Serve the three grants; only form-encoded bodies are understood."""
    request = exchange.request
    if request.mimetype != FORM:
        raise _unsupported()
    form = request.form
    grant = _required(form, "grant_type")
    serve = _GRANTS.get(grant)
    if serve is None:
        raise _unsupported()
    lwa = exchange.simulation.lwa
    application = lwa.authenticate(
        _required(form, "client_id"), _required(form, "client_secret")
    )
    exchange.application = application
    token, refresh_token = serve(lwa, application, form)
    exchange.seller = exchange.simulation.sellers.get(token.seller_id)
    body = {
        "access_token": token.value,
        "token_type": "bearer",
        "expires_in": lwa.token_seconds,
    }
    if refresh_token is not None:
        body["refresh_token"] = refresh_token
    return Reply(body, headers=dict(NO_STORE), content_type=JSON)


def error_reply(error: LwaError) -> Reply:
    """Return an error of the token endpoint."""
    return Reply(error.body(), error.status, dict(NO_STORE), content_type=JSON)


def _authorization_code(lwa, application, form):
    code = _required(form, "code")
    return lwa.redeem_code(application, code, _required(form, "redirect_uri"))


def _refresh_token(lwa, application, form):
    if "scope" in form:
        raise LwaError(400, "invalid_scope", "The refresh_token grant takes no scope")
    value = _required(form, "refresh_token")
    return lwa.refresh(application, value), value


def _client_credentials(lwa, application, form):
    scope = _required(form, "scope")
    return lwa.client_credentials(application, scope), None


_GRANTS = {
    "authorization_code": _authorization_code,
    "refresh_token": _refresh_token,
    "client_credentials": _client_credentials,
}


def _required(form, name: str) -> str:
    value = form.get(name, "")
    if not value:
        raise LwaError(
            400,
            "invalid_request",
            f"The request is missing a required parameter : {name}",
        )
    return value


def _unsupported() -> LwaError:
    return LwaError(
        400,
        "unsupported_grant_type",
        "The authorization grant type is not supported by the authorization server",
    )
