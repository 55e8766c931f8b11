"""Odoo's external JSON-2 API, used as any other program would use it."""

import datetime
from collections.abc import Sequence

from tools.console import Failure
from tools.http import Client, Rejected


class Odoo(Client):
    """A user's session and the API key made in it.

    :param str url: base address of the server.
    :param str database: name of the database.
    :param str login: user.
    :param str password: secret; kept out of messages.
    """

    def __init__(self, url: str, database: str, login: str, password: str):
        super().__init__(url)
        self.database = database
        self._log_in(login, password)
        self.headers["Authorization"] = f"bearer {self._make_key(password)}"
        self.headers["X-Odoo-Database"] = database

    def _rpc(self, path: str, params: dict):
        """Call what the web client calls."""
        answer = self.post(path, {"jsonrpc": "2.0", "method": "call", "params": params})
        if "error" in answer:
            data = answer["error"].get("data", {})
            raise Failure(f"Odoo: {data.get('message') or answer['error']['message']}")
        return answer["result"]

    def _web(self, model: str, method: str, *arguments, **named):
        return self._rpc(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": arguments, "kwargs": named},
        )

    def _log_in(self, login: str, password: str) -> None:
        words = {"db": self.database, "login": login, "password": password}
        if not self._rpc("/web/session/authenticate", words).get("uid"):
            raise Failure(f"Odoo does not let {login} in.")

    def _make_key(self, password: str) -> str:
        """Make an API key as a person does in the preferences dialog."""
        until = datetime.datetime.now() + datetime.timedelta(days=1)
        values = {"name": "acorn", "expiration_date": f"{until:%Y-%m-%d %H:%M:%S}"}
        draft = self._web("res.users.apikeys.description", "create", [values])
        action = self._web("res.users.apikeys.description", "make_key", draft)
        if action["res_model"] == "res.users.identitycheck":
            action = self._web(
                "res.users.identitycheck",
                "run_check",
                [action["res_id"]],
                context={"password": password},
            )
        return action["context"]["default_key"]

    def call(self, model: str, method: str, ids: Sequence[int] = (), **arguments):
        """Call a public method.

        :param str model: technical name.
        :param str method: name.
        :param ids: records to call it on; none for a method of the model.
        :param arguments: the method's own arguments, and ``context``.
        :return: the answer as plain data.
        :raise Failure: with Odoo's message.
        """
        body = {**arguments, **({"ids": list(ids)} if ids else {})}
        try:
            return self.post(f"/json/2/{model}/{method}", body)
        except Rejected as rejection:
            raise Failure(
                f"Odoo refused {model}.{method}: {rejection.message}"
            ) from rejection

    def search_read(self, model: str, domain: list, fields: list[str], **options):
        """Return records as dictionaries; archived ones only if the domain asks."""
        return self.call(model, "search_read", domain=domain, fields=fields, **options)

    def count(self, model: str, domain: list) -> int:
        """Return how many records match."""
        return self.call(model, "search_count", domain=domain)

    def create(self, model: str, values: list[dict], **options) -> list[int]:
        """Create records and return their ids."""
        return self.call(model, "create", vals_list=values, **options)

    def write(self, model: str, ids: Sequence[int], values: dict) -> None:
        """Change records."""
        self.call(model, "write", ids, vals=values)

    def reference(self, name: str) -> int:
        """Return the id behind an external name such as ``base.main_company``."""
        module, _, word = name.partition(".")
        found = self.search_read(
            "ir.model.data", [["module", "=", module], ["name", "=", word]], ["res_id"]
        )
        if not found:
            raise Failure(f"Odoo knows no {name}.")
        return found[0]["res_id"]
