"""JSON over HTTP to servers on this machine, with the standard library alone."""

import http.cookiejar
import json
import urllib.error
import urllib.parse
import urllib.request

from tools.console import Failure

# Seconds; reading a seller's listings within one request takes a while.
PATIENCE = 300


class Rejected(Failure):
    """A server answered with an error.

    :param str request: method and address.
    :param int status: status of the answer.
    :param str body: text of the answer.
    """

    def __init__(self, request: str, status: int, body: str):
        super().__init__(f"{request} answered {status}: {body[:2000]}")
        self.body = body

    @property
    def message(self) -> str:
        """The server's own words, without its traceback."""
        try:
            return str(json.loads(self.body)["message"])
        except (ValueError, TypeError, KeyError):
            return str(self)


class Client:
    """Speaks to one server on the loopback interface and keeps its cookies.

    :param str url: base address without a slash at the end.
    """

    def __init__(self, url: str):
        self.url = url
        self.headers: dict[str, str] = {}
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
        )

    def open(
        self, address: str, data: bytes | None = None, kind: str = "", seconds=300
    ):
        """Send one request and return the answer.

        :param str address: path, or a complete address.
        :param bytes data: body; without it the request is a GET.
        :param str kind: content type of the body.
        :raise Failure: when the server answers with an error, or not at all.
        """
        address = urllib.parse.urljoin(f"{self.url}/", address)
        headers = {**self.headers, **({"Content-Type": kind} if kind else {})}
        request = urllib.request.Request(address, data, headers)
        try:
            return self._opener.open(request, timeout=PATIENCE)
        except urllib.error.HTTPError as error:
            said = error.read().decode(errors="replace")
            asked = f"{request.get_method()} {address}"
            raise Rejected(asked, error.code, said) from error
        except OSError as error:
            raise Failure(f"{address} cannot be reached: {error}") from error

    def get(self, path: str, **query):
        """Return the JSON of a GET; empty values of the query are left out."""
        words = urllib.parse.urlencode(
            {k: v for k, v in query.items() if v is not None}
        )
        with self.open(f"{path}?{words}" if words else path) as answer:
            return json.load(answer)

    def post(self, path: str, content):
        """Return the JSON of a POST of JSON."""
        body = json.dumps(content).encode()
        with self.open(path, body, "application/json") as answer:
            return json.load(answer)
