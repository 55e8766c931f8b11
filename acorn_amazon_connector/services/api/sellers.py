"""Sellers API v1."""

from ..operations import OPERATIONS
from ..transport import Transport
from .common import objects

_PARTICIPATIONS = OPERATIONS["sellers.getMarketplaceParticipations"]


class SellersApi:
    """Where a seller sells."""

    def __init__(self, transport: Transport):
        self._transport = transport

    def participations(self) -> list[dict]:
        """Return the marketplaces of the seller (0.016 calls/s, burst 15).

        Each has ``marketplace``, ``participation`` and ``storeName``; ids that
        are no store of Amazon may be among them.
        """
        reply = self._transport.call(_PARTICIPATIONS)
        return objects(reply.payload, "payload", _PARTICIPATIONS, reply)
