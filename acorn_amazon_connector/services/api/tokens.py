"""Tokens API 2021-03-01."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..transport import Transport


class TokensApi:
    """Restricted data tokens."""

    def __init__(self, transport: Transport):
        self._transport = transport

    def create(  # pylint: disable=method-required-super
        self,
        resources: Sequence[Mapping[str, Any]],
        target_application: str | None = None,
    ) -> tuple[str, int]:
        """Return a restricted data token and its life in seconds.

        :param resources: at most 50 of ``{method, path, dataElements?}``
        """
        return self._transport.create_restricted_token(resources, target_application)
