"""Login with Amazon: applications, grants, codes and tokens. No HTTP here."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from ..clock import Clock
from ..errors import (
    SECRET_EXPIRED,
    TOKEN_EXPIRED,
    TOKEN_INVALID,
    LwaError,
    unauthorized,
)

CODE_SECONDS = 300
TOKEN_SECONDS = 3600
SECRET_DAYS = 180
GRACE_DAYS = 7
GRANTLESS_SCOPES = frozenset(
    {
        "sellingpartnerapi::notifications",
        "sellingpartnerapi::client_credential:rotation",
        "sellingpartnerapi::shipments:track",
    }
)
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass
class Application:
    """An application as the developer console keeps it.

    ``redirect_uris`` empty accepts any loopback address; otherwise a redirect
    address has to be one of them, letter by letter.
    """

    application_id: str
    client_id: str
    secrets: dict[str, datetime] = field(repr=False)
    name: str = ""
    redirect_uris: tuple[str, ...] = ()
    roles: frozenset[str] = frozenset()
    is_draft: bool = False

    def accepts_redirect(self, uri: str) -> bool:
        """Tell whether the consent page may send the seller to `uri`."""
        if self.redirect_uris:
            return uri in self.redirect_uris
        parts = urlsplit(uri)
        return parts.scheme in ("http", "https") and parts.hostname in _LOOPBACK

    @property
    def current_secret(self) -> str:
        """The newest secret, the one the developer console would show."""
        return next(reversed(self.secrets))


@dataclass
class Grant:
    """A seller's permission for an application, known by its refresh token."""

    refresh_token: str = field(repr=False)
    client_id: str
    seller_id: str
    granted_at: datetime
    revoked: bool = False


@dataclass
class Code:
    """A single-use authorisation code (``spapi_oauth_code``)."""

    value: str = field(repr=False)
    client_id: str
    seller_id: str
    redirect_uri: str
    expires_at: datetime


@dataclass
class Token:
    """An access token: of a seller, grantless (a scope) or restricted (RDT)."""

    value: str = field(repr=False)
    client_id: str
    seller_id: str | None
    expires_at: datetime
    scope: str | None = None
    resources: tuple[dict, ...] = ()
    grant: str | None = field(default=None, repr=False)

    @property
    def restricted(self) -> bool:
        """Whether this is a restricted data token."""
        return bool(self.resources)


class LwaRegistry:
    """Issues and judges tokens at the simulator's clock."""

    def __init__(self, clock: Clock):
        self._clock = clock
        self.applications: dict[str, Application] = {}
        self.grants: dict[str, Grant] = {}
        self.token_seconds = TOKEN_SECONDS
        self._codes: dict[str, Code] = {}
        self._tokens: dict[str, Token] = {}

    # Set-up

    def register(self, application: Application) -> None:
        """Add or replace an application."""
        self.applications[application.client_id] = application

    def register_grant(self, refresh_token: str, client_id: str, seller_id: str):
        """Add a grant that exists from the start (self-authorisation)."""
        self.grants[refresh_token] = Grant(
            refresh_token, client_id, seller_id, self._clock.now()
        )

    def find_application(self, name: str | None) -> Application | None:
        """Find an application by its application id or its client id."""
        for application in self.applications.values():
            if name in (application.application_id, application.client_id):
                return application
        return None

    # The token endpoint

    def authenticate(self, client_id: str, client_secret: str) -> Application:
        """Check a client's id and secret.

        :raise LwaError: 401 invalid_client
        """
        application = self.applications.get(client_id)
        if application is not None:
            now = self._clock.now()
            for secret, valid_until in application.secrets.items():
                same = hmac.compare_digest(secret.encode(), client_secret.encode())
                if same and now < valid_until:
                    return application
        raise LwaError(401, "invalid_client", "Client authentication failed")

    def redeem_code(self, application: Application, code: str, redirect_uri: str):
        """Exchange an authorisation code for (access token, refresh token).

        A code lives 5 minutes and dies on first use, also when that use fails.

        :raise LwaError: 400 invalid_grant for any other code
        """
        found = self._codes.pop(code, None)
        if (
            found is None
            or found.client_id != application.client_id
            or found.redirect_uri != redirect_uri
            or self._clock.now() >= found.expires_at
        ):
            raise _invalid_grant("code")
        refresh_token = f"Atzr|{secrets.token_urlsafe(180)}"
        self.register_grant(refresh_token, found.client_id, found.seller_id)
        return self.refresh(application, refresh_token), refresh_token

    def refresh(self, application: Application, refresh_token: str) -> Token:
        """Issue an access token for a grant.

        :raise LwaError: 400 invalid_grant when revoked, unknown or of another client
        """
        grant = self.grants.get(refresh_token)
        if grant is None or grant.revoked or grant.client_id != application.client_id:
            raise _invalid_grant("refresh_token")
        return self._issue(
            "Atza|", application.client_id, grant.seller_id, grant=refresh_token
        )

    def client_credentials(self, application: Application, scope: str) -> Token:
        """Issue a grantless token.

        :raise LwaError: 400 invalid_scope
        """
        if scope not in GRANTLESS_SCOPES:
            raise LwaError(400, "invalid_scope", "The requested scope is invalid")
        return self._issue("Atza|", application.client_id, None, scope=scope)

    # Consent

    def issue_code(self, application: Application, seller_id: str, redirect_uri: str):
        """Return a fresh authorisation code for the redirect."""
        code = Code(
            f"RH{secrets.token_hex(9)}",
            application.client_id,
            seller_id,
            redirect_uri,
            self._clock.now() + timedelta(seconds=CODE_SECONDS),
        )
        self._codes[code.value] = code
        return code.value

    # Tokens on calls

    def issue_restricted(self, token: Token, resources: Iterable[dict]) -> Token:
        """Issue a restricted data token for exactly these resources."""
        return self._issue(
            "Atz.sprdt|",
            token.client_id,
            token.seller_id,
            grant=token.grant,
            resources=tuple(resources),
        )

    def judge(self, value: str) -> Token:
        """Return the token behind `value`.

        :raise ApiError: 403 for a token that is unknown, revoked or too old
        """
        token = self._tokens.get(value)
        if token is None or token.client_id not in self.applications:
            raise unauthorized(TOKEN_INVALID)
        if token.grant is not None:
            grant = self.grants.get(token.grant)
            if grant is None or grant.revoked:
                raise unauthorized(TOKEN_INVALID)
        now = self._clock.now()
        if now >= token.expires_at:
            raise unauthorized(TOKEN_EXPIRED)
        application = self.applications[token.client_id]
        if all(now >= until for until in application.secrets.values()):
            raise unauthorized(SECRET_EXPIRED)
        return token

    # What the seller, Amazon or the clock may do

    def revoke(self, seller_id: str) -> int:
        """Withdraw all grants of a seller; return how many there were."""
        grants = self.grants_of(seller_id)
        for grant in grants:
            grant.revoked = True
        return len(grants)

    def grants_of(self, seller_id: str) -> list[Grant]:
        """Return the grants of a seller, also revoked ones."""
        return [g for g in self.grants.values() if g.seller_id == seller_id]

    def expire_tokens(self, seller_id: str | None = None) -> int:
        """Age access tokens out at once; return how many there were."""
        now = self._clock.now()
        tokens = [
            token
            for token in self._tokens.values()
            if seller_id in (None, token.seller_id) and now < token.expires_at
        ]
        for token in tokens:
            token.expires_at = now
        return len(tokens)

    def expire_token(self, value: str) -> None:
        """Age one access token out."""
        token = self._tokens.get(value)
        if token is not None:
            token.expires_at = self._clock.now()

    def rotate_secret(self, application: Application, grace_seconds: float) -> str:
        """Make a new secret; the old ones live `grace_seconds` more."""
        now = self._clock.now()
        last_day = now + timedelta(seconds=grace_seconds)
        for secret, until in application.secrets.items():
            application.secrets[secret] = min(until, last_day)
        fresh = f"amzn1.oa2-cs.v1.{secrets.token_hex(32)}"
        application.secrets[fresh] = now + timedelta(days=SECRET_DAYS)
        return fresh

    def expire_secrets(self, application: Application) -> None:
        """Let every secret of an application reach its last day now."""
        now = self._clock.now()
        for secret in application.secrets:
            application.secrets[secret] = now

    def _issue(self, prefix, client_id, seller_id, **rest) -> Token:
        self._forget_old_tokens()
        token = Token(
            prefix + secrets.token_urlsafe(240),
            client_id,
            seller_id,
            self._clock.now() + timedelta(seconds=self.token_seconds),
            **rest,
        )
        self._tokens[token.value] = token
        return token

    def _forget_old_tokens(self, keep=5000) -> None:
        # Insertion order is age; a dead token stays long enough to be called
        # expired rather than unknown.
        while len(self._tokens) > keep:
            del self._tokens[next(iter(self._tokens))]


def _invalid_grant(parameter: str) -> LwaError:
    return LwaError(
        400,
        "invalid_grant",
        f"The request has an invalid grant parameter : {parameter}",
    )
