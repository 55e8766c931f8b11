"""A client of Registrations 2026-01-01 that signs by itself, with python-jose alone."""

from __future__ import annotations

import base64
import hashlib
import io
import uuid
from datetime import timedelta
from functools import cache
from urllib.parse import urlsplit

import requests
from amazon_client import AmazonClient, moment
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jose import jwk, jws
from PIL import Image
from simulated_time import NOW

PREFIX = "/registrations/2026-01-01"
REGISTRATIONS = f"{PREFIX}/registrations"
DOCUMENTS = f"{PREFIX}/documents"
DEVELOPER = "dev-expansion"
US, CA, DE, GB, JP = (
    "ATVPDKIKX0DER",
    "A2EUQ1WTGCTBG2",
    "A1PA6795UKMFR9",
    "A1F83G8C2ARO7P",
    "A1VC38T7YXB528",
)
PDF = b"%PDF-1.7\n" + b"licence " * 50


@cache
def key_pair(name="first") -> tuple[str, str]:
    """Return private and public PEM of a key that all tests share."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()


@cache
def signing_key(name, algorithm):
    """Return the key a signature is made with; reading a PEM is slow."""
    secret = "not a secret" if algorithm == "HS256" else key_pair(name)[0]
    return jwk.construct(secret, algorithm)


class Signer(requests.auth.AuthBase):
    """Signs what a ``requests`` call sends; changes are made before signing."""

    def __init__(self, seller_id, clock, kid="first", algorithm="RS256", **changes):
        self.seller_id, self.clock, self.kid = seller_id, clock, kid
        self.algorithm, self.changes = algorithm, changes

    def __call__(self, request):
        body = request.body or b""
        body = body.encode() if isinstance(body, str) else body
        parts = urlsplit(request.url)
        now = int(self.clock().timestamp())
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        claims = {
            "iss": DEVELOPER,
            "sub": self.seller_id,
            "aud": f"{parts.scheme}://{parts.netloc}",
            "iat": now,
            "exp": now + 300,
            "jti": str(uuid.uuid4()),
            "htm": request.method,
            "htu": request.path_url,
            "digest": f"sha-256={digest}",
            **self.changes,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        key = signing_key(self.kid, self.algorithm)
        request.headers["x-registration-signature"] = jws.sign(
            claims, key, {"kid": self.kid}, self.algorithm
        )
        return request


class Registrar(AmazonClient):
    """A developer's system in the world ``expansion``, signed in for one entity."""

    def __init__(self, url, place=0):
        super().__init__(url)
        self.use(place)

    def use(self, place):
        """Sign in for another of the world's entities."""
        self.seller = self.sim("credentials")["sellers"][place]
        reply = self.refresh(self.seller)
        assert reply.status_code == 200, reply.text
        self.token = reply.json()["access_token"]

    @property
    def seller_id(self):
        return self.seller["seller_id"]

    def now(self):
        return moment(self.sim("clock")["now"])

    def admit(self, kid="first", **changes):
        """Register the developer and one of its keys."""
        body = {
            "developer_id": DEVELOPER,
            "client_id": self.seller["client_id"],
            "keys": [{"kid": kid, "public_pem": key_pair(kid)[1]}],
            "allowed": True,
            **changes,
        }
        return self.sim("registrations/developers", "POST", json=body)

    def signer(self, **changes):
        seller_id = changes.pop("seller_id", self.seller_id)
        return Signer(seller_id, self.now, **changes)

    def send(self, method, path, *, auth=None, **options):
        return self.call(method, path, auth=auth or self.signer(), **options)

    def announce(self, content=PDF, kind="BUSINESS_LICENSE", auth=None, **changes):
        body = {
            "sellerId": self.seller_id,
            "documentType": kind,
            "fileName": "licence.pdf",
            "contentType": "application/pdf",
            "sha256": hashlib.sha256(content).hexdigest(),
            "size": len(content),
            **changes,
        }
        return self.send("POST", DOCUMENTS, json=body, auth=auth)

    def put(self, url, content, content_type="application/pdf"):
        return requests.put(
            url, data=content, headers={"content-type": content_type}, timeout=60
        )

    def upload(self, content=PDF, kind="BUSINESS_LICENSE", **changes):
        """Upload a document and return its id."""
        reply = self.announce(content, kind, **changes)
        assert reply.status_code in (200, 201), reply.text
        answer = reply.json()
        if answer["uploadUrl"]:
            kind = changes.get("contentType", "application/pdf")
            assert self.put(answer["uploadUrl"], content, kind).status_code == 200
        return answer["documentId"]

    def request(self, marketplace=US, reference="R-1", revision=1, **changes):
        """Return a request that is approved, whatever the marketplace."""
        entity = self.seller["legal_entity"]
        expires = (NOW + timedelta(days=900)).date().isoformat()
        body = {
            "reference": reference,
            "revision": revision,
            "sellerId": self.seller_id,
            "marketplaceIds": [marketplace],
            "legalEntityName": entity["name"],
            "legalEntityNameLocal": entity["name_local"],
            "businessRegistration": {
                "number": entity["registration_number"],
                "countryCode": entity["country_code"],
            },
            "registeredAddress": entity["address"],
            "representatives": [person(expires)],
            "bankAccount": {
                "holderName": entity["name"],
                "accountNumber": "DE02120300000000202051",
                "countryCode": "DE",
            },
            "taxRegistrations": [
                {"scheme": "US_TAX_INTERVIEW", "countryCode": "US", "status": "VALID"},
                {"scheme": "GST_HST", "countryCode": "CA", "number": "123456789RT0001"},
                {"scheme": "VAT", "countryCode": "DE", "number": "DE136695976"},
                {"scheme": "VAT", "countryCode": "GB", "number": "GB980780684"},
            ],
            "sellingPlan": "PROFESSIONAL",
            "isBusinessSeller": False,
            "brandNames": [],
            "documents": [],
            "agreementVersion": "2026-01",
        }
        return {**body, **changes}

    def create(self, body, key=None, auth=None, **options):
        headers = {
            "x-idempotency-key": key or f"{body['reference']}-{body['revision']}"
        }
        return self.send(
            "POST", REGISTRATIONS, json=body, auth=auth, headers=headers, **options
        )

    def status(self, *references, auth=None, **changes):
        query = {"sellerId": self.seller_id, "references": ",".join(references)}
        params = {**query, **changes}
        return self.send("GET", REGISTRATIONS, params=params, auth=auth)

    def one(self, reference="R-1"):
        """Return one registration's status."""
        reply = self.status(reference)
        assert reply.status_code == 200, reply.text
        (found,) = reply.json()["registrations"]
        return found

    def review(self, body, days=3):
        """Submit, wait for the decision, and return the status."""
        reply = self.create(body)
        assert reply.status_code == 202, reply.text
        self.advance(days * 86_400)
        self.renew()
        return self.one(body["reference"])

    def renew(self):
        self.token = self.refresh(self.seller).json()["access_token"]

    def tune(self, **settings):
        return self.sim("registrations/settings", "POST", json=settings)

    def script(self, *outcomes):
        return self.sim("registrations/outcomes", "POST", json=list(outcomes))

    def truth(self):
        return self.sim("registrations")


def person(expires, **changes):
    return {
        "role": "LEGAL_REPRESENTATIVE",
        "fullName": "Li Wen",
        "nationality": "CN",
        "identityDocument": {
            "type": "PASSPORT",
            "number": "E12345678",
            "countryCode": "CN",
            "expiresOn": expires,
        },
        **changes,
    }


def day(days):
    return (NOW + timedelta(days=days)).date().isoformat()


def picture(width, height=None):
    """Return a PNG."""
    stream = io.BytesIO()
    Image.new("RGB", (width, height or width), "white").save(stream, "PNG")
    return stream.getvalue()
