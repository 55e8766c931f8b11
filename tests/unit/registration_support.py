"""An entity of the world ``expansion``, and the client of its registrations."""

from datetime import date
from functools import cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from simulated_amazon import Amazon

from odoo.addons.acorn_amazon_connector.services.lwa import (
    LwaClient,
    MemoryTokenStore,
    TokenProvider,
)
from odoo.addons.acorn_amazon_connector.services.transport import Transport
from odoo.addons.acorn_amazon_connector.services.wire import build_session
from odoo.addons.acorn_amazon_onboarding.mappers.registration import (
    Address,
    BankAccount,
    BusinessRegistration,
    Entity,
    IdentityDocument,
    Representative,
    TaxRegistration,
    build_registration,
)
from odoo.addons.acorn_amazon_onboarding.services.api import (
    DocumentFile,
    RegistrationsApi,
)
from odoo.addons.acorn_amazon_onboarding.services.signing import (
    RequestSigner,
    import_private_key,
)

US, DE, JP = "ATVPDKIKX0DER", "A1PA6795UKMFR9", "A1VC38T7YXB528"
DEVELOPER = "dev-expansion"
LICENCE = DocumentFile(
    "BUSINESS_LICENSE", "licence.pdf", "application/pdf", b"%PDF-1.7\nlicence"
)


@cache
def key_pair(name="ours"):
    """Return a key pair that all tests share; to make one takes its time."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return import_private_key(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def entity_of(seller, **changes):
    """Return the entity behind a seller of the simulator, complete and correct."""
    facts = seller["legal_entity"]
    address = facts["address"]
    values = {
        "seller_id": seller["seller_id"],
        "name": facts["name"],
        "name_local": facts["name_local"],
        "type": "limited_company",
        "business_registration": BusinessRegistration(
            facts["registration_number"], facts["country_code"]
        ),
        "registered_address": Address(
            address["line1"],
            address["city"],
            address["countryCode"],
            state=address.get("state", ""),
            postal_code=address.get("postalCode", ""),
        ),
        "representatives": (
            Representative(
                "legal_representative",
                "Li Wen",
                "cn",
                IdentityDocument("passport", "E12345678", "cn", date(2030, 5, 1)),
            ),
        ),
        "bank_account": BankAccount(
            facts["name"], "DE02 1203 0000 0000 2020 51", "de", currency="eur"
        ),
        "tax_registrations": (
            TaxRegistration("us_tax_interview", "us", status="valid"),
            TaxRegistration("vat", "de", "DE136695976"),
        ),
    }
    return Entity(**{**values, **changes})


def registration_of(seller, marketplace=US, reference="R-1", revision=1, **changes):
    """Return a request; the changes are those of the entity."""
    return build_registration(
        entity_of(seller, **changes),
        reference=reference,
        revision=revision,
        marketplace_ids=[marketplace],
        documents=(),
        agreement_version="2026-01",
    )


class Expansion(Amazon):
    """The simulator with its entities, a developer's key and their clients."""

    def __init__(self, url):
        super().__init__(url)
        self.pair = pair = key_pair()
        self.session = build_session()
        self.sellers = self.sim("credentials")["sellers"]
        self.sim(
            "registrations/developers",
            {
                "developer_id": DEVELOPER,
                "client_id": self.sellers[0]["client_id"],
                "keys": [{"kid": pair.kid, "public_pem": pair.public_pem}],
                "allowed": True,
            },
        )

    def api(self, seller=None, *, token_of=None, signer=None, gate=None):
        """Return the client of an entity.

        :param token_of: the entity whose access token is sent
        """
        seller = seller or self.sellers[0]
        owner = token_of or seller
        lwa = LwaClient(
            self.session,
            f"{self.url}/auth/o2/token",
            owner["client_id"],
            owner["client_secret"],
            self.clock,
        )
        tokens = TokenProvider(
            lwa, MemoryTokenStore(), owner["refresh_token"], self.clock
        )
        transport = Transport(
            self.session,
            self.url,
            tokens,
            user_agent="AcornTest/1.0 (Language=Python)",
            clock=self.clock,
            gate=gate,
            record=self.calls.append,
            timeout=(2, 5),
        )
        signer = signer or RequestSigner(
            DEVELOPER, self.pair.kid, self.pair.private_pem, self.clock
        )
        return RegistrationsApi(transport, signer, seller["seller_id"])
