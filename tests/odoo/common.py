"""What the tests against a running simulator share."""

import os
import unittest
from urllib.parse import parse_qsl, urlsplit

import requests

from odoo.addons.acorn_amazon_connector.tests.common import AmazonCommon

SIMULATOR_URL = os.environ.get("ACORN_SIMULATOR_URL", "")
needs_simulator = unittest.skipUnless(
    SIMULATOR_URL, "ACORN_SIMULATOR_URL names no simulator"
)


class Simulator:
    """The control side of a running simulator.

    :param str url: its base address
    """

    def __init__(self, url):
        self.url = url.rstrip("/")
        self._session = requests.Session()

    def control(self, path, data=None, method=None):
        """Call ``/_sim/<path>`` and return its answer.

        :param str path: the rest of the path, with query
        :param data: JSON value; with one the call is a POST
        :param str method: another method than GET or POST
        :rtype: dict
        """
        method = method or ("GET" if data is None else "POST")
        url = f"{self.url}/_sim/{path}"
        response = self._session.request(method, url, json=data, timeout=60)
        response.raise_for_status()
        return response.json()

    def reset(self, world="demo", size=40, seed=1):
        """Start a world anew, without faults and with an empty log."""
        self.control("faults", method="DELETE")
        self.control("reset", {"world": world, "seed": seed, "size": size})
        self.control("requests", method="DELETE")

    def fault(self, kind, **rule):
        """Let requests go wrong; see the simulator's fault kinds."""
        self.control("faults", {"kind": kind, **rule})

    def heal(self):
        """Remove all faults."""
        self.control("faults", method="DELETE")

    def seller(self, region):
        """Return the credentials of the seller account of a region."""
        sellers = self.control("credentials")["sellers"]
        return next(seller for seller in sellers if seller["region"] == region)

    def requests(self, **filters):
        """Return logged requests, oldest first."""
        query = "&".join(f"{name}={value}" for name, value in filters.items())
        return self.control(f"requests?{query}")["requests"]

    def consent(self, url, seller_id, decision="confirm"):
        """Click through the consent page like a seller.

        :param str url: the address of the consent page
        :return: the answer: a redirect to the application, or a page
        """
        form = dict(parse_qsl(urlsplit(url).query))
        form |= {
            "selling_partner_id": seller_id,
            "confirm": "yes",
            "decision": decision,
        }
        page = self._session.get(url, timeout=60)
        page.raise_for_status()
        return self._session.post(
            url.partition("?")[0], data=form, allow_redirects=False, timeout=60
        )


class SimulatorCommon(AmazonCommon):
    """A fresh world and an application that it knows."""

    world = "demo"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.simulator = Simulator(SIMULATOR_URL)

    def setUp(self):
        super().setUp()
        self.simulator.reset(self.world)

    @classmethod
    def _create_simulated_application(cls, region="eu", **values):
        seller = cls.simulator.seller(region)
        return cls._create_application(
            simulator_url=cls.simulator.url,
            application_id=seller["application_id"],
            client_id=seller["client_id"],
            client_secret=seller["client_secret"],
            **values,
        )

    @classmethod
    def _create_connected_store(cls, country="de", **values):
        """A store that is authorised for the simulator's seller of its region."""
        marketplace = cls._marketplace(country)
        seller = cls.simulator.seller(marketplace.region)
        application = values.pop("application", None)
        return cls._create_store(
            application=application
            or cls._create_simulated_application(marketplace.region),
            marketplace=marketplace,
            seller_id=seller["seller_id"],
            refresh_token=seller["refresh_token"],
            **values,
        )
