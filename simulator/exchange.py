"""One request on its way through the simulator, and its reply."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from .errors import unsupported_media_type
from .query import Query

if TYPE_CHECKING:
    from .routes import Operation
    from .state.lwa import Application, Token
    from .state.simulation import Simulation


@dataclass
class Reply:
    """What a handler answers: a JSON-ready body, or text or bytes as they are."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"

    def data(self) -> bytes:
        """Return the body as it goes over the wire."""
        if self.body is None:
            return b""
        if isinstance(self.body, bytes):
            return self.body
        if isinstance(self.body, str):
            return self.body.encode()
        return json.dumps(self.body, ensure_ascii=False, separators=(",", ":")).encode()

    def response(self) -> Response:
        """Return the werkzeug response."""
        response = Response(self.data(), self.status, self.headers)
        if self.body is None:
            response.headers.pop("Content-Type", None)
        else:
            response.headers["Content-Type"] = self.content_type
        return response


@dataclass
class Exchange:
    """A request, who sent it, and what became of it.

    :ivar str path: path without the region prefix
    :ivar region: region whose endpoint was called, None = the endpoint of all
    """

    simulation: Simulation
    request: Request
    request_id: str
    path: str
    region: str | None
    at: datetime
    operation: Operation | None = None
    application: Application | None = None
    token: Token | None = None
    seller: Any = None
    faults: list = field(default_factory=list)

    def query(self, wrong) -> Query:
        """Return the typed query parameters; `wrong` builds the family's 400."""
        return Query(self.request.args, wrong)

    def json(self, wrong) -> dict:
        """Return the JSON object of the body.

        :raise ApiError: 415 when the body is not declared as JSON, 400 when broken
        """
        if not self.request.is_json:
            raise unsupported_media_type()
        data = self.request.get_json(silent=True)
        if not isinstance(data, dict):
            raise wrong("The request body is not a JSON object.")
        return data
