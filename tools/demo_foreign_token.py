"""Ask Amazon about one legal entity with the access token of another.

Runs in the environment of the simulator, which has the libraries to sign. Reads
cases as JSON from its input, ``[{sellerId, references, client_id, client_secret,
refresh_token}]``, and prints the code of each answer.
"""

import base64
import hashlib
import json
import sys
import time
import urllib.parse
import uuid

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jose import jwk, jws

from tools.http import Client, Rejected

DEVELOPER = "dev-curious"
PATH = "/registrations/2026-01-01/registrations"


class Curious:
    """A developer that Amazon admits, with a key but a token that does not fit."""

    def __init__(self, url: str):
        self.simulator = Client(url)
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        self._public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self._key = jwk.construct(private, "RS256")

    def admit(self, client_id: str) -> None:
        """Let Amazon know developer and key."""
        key = {"kid": DEVELOPER, "public_pem": self._public.decode()}
        self.simulator.post(
            "/_sim/registrations/developers",
            {
                "developer_id": DEVELOPER,
                "client_id": client_id,
                "keys": [key],
                "allowed": True,
            },
        )

    def _sign(self, seller_id: str, target: str) -> str:
        now = int(time.time())
        digest = base64.b64encode(hashlib.sha256(b"").digest()).decode()
        claims = {
            "iss": DEVELOPER,
            "sub": seller_id,
            "aud": self.simulator.url,
            "iat": now,
            "exp": now + 300,
            "jti": str(uuid.uuid4()),
            "htm": "GET",
            "htu": target,
            "digest": f"sha-256={digest}",
        }
        return jws.sign(claims, self._key, {"kid": DEVELOPER}, "RS256")

    def ask(self, case: dict) -> str:
        """Return Amazon's answer in one word: a code, or "accepted"."""
        form = {
            "grant_type": "refresh_token",
            **{name: case[name] for name in ("client_id", "client_secret")},
            "refresh_token": case["refresh_token"],
        }
        body = urllib.parse.urlencode(form).encode()
        kind = "application/x-www-form-urlencoded"
        with self.simulator.open("/auth/o2/token", body, kind) as answer:
            token = json.load(answer)["access_token"]
        words = {name: case[name] for name in ("sellerId", "references")}
        target = f"{PATH}?{urllib.parse.urlencode(words)}"
        self.simulator.headers = {
            "x-amz-access-token": token,
            "x-registration-signature": self._sign(case["sellerId"], target),
        }
        try:
            self.simulator.get(target)
        except Rejected as rejection:
            return json.loads(rejection.body)["errors"][0]["code"]
        finally:
            self.simulator.headers = {}
        return "accepted"


def main(url: str) -> None:
    """Answer the cases of the input."""
    cases = json.load(sys.stdin)
    curious = Curious(url)
    curious.admit(cases[0]["client_id"])
    print(json.dumps([curious.ask(case) for case in cases]))


if __name__ == "__main__":
    main(sys.argv[1])
