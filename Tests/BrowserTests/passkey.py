"""A device with a passkey, for programs: what it answers to the options that the API gives.

Its key is no secret, and each of its signatures uses the same number: it proves nothing to anybody but a test.
"""

import base64
import hashlib
import json
import secrets

# P-256 (SEC 2, 2.4.2). With the private key 1 the public key is the generator, and so is the point of a signature.
X = 0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296
Y = 0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
PRESENT, VERIFIED, HAS_KEY = 1, 4, 64


def text(content):
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def client_data(kind, options, origin):
    facts = {"type": kind, "challenge": options["public_key"]["challenge"], "origin": origin, "crossOrigin": False}
    return json.dumps(facts).encode()


def authenticator_data(site, flags):
    return hashlib.sha256(site.encode()).digest() + bytes([flags]) + bytes(4)


def integer(number):
    content = number.to_bytes(number.bit_length() // 8 + 1, "big")
    return bytes([2, len(content)]) + content


class Device:
    def __init__(self, origin):
        self.origin, self.id = origin, secrets.token_bytes(32)
        self.user = None

    def make(self, options, name="For the test"):
        """What goes to `POST /api/passkeys` for what `POST /api/passkeys/challenges` said."""
        key = options["public_key"]
        self.user = key["user"]["id"]
        # {1: 2, 3: -7, -1: 1, -2: x, -3: y} in CBOR (RFC 9053, 7.1.1).
        public = bytes.fromhex("a5010203262001215820") + X.to_bytes(32, "big") + b"\x22\x58\x20" + Y.to_bytes(32, "big")
        facts = authenticator_data(key["rp"]["id"], PRESENT | VERIFIED | HAS_KEY)
        facts += bytes(16) + len(self.id).to_bytes(2, "big") + self.id + public
        return {"challenge_token": options["challenge_token"], "name": name, "algorithm": -7,
                "authenticator_data": text(facts), "client_data": text(client_data("webauthn.create", options, self.origin))}

    def sign(self, options):
        """What goes to `POST /api/sessions/passkey` for what `POST /api/sessions/passkey/challenges` said."""
        facts = authenticator_data(options["public_key"]["rpId"], PRESENT | VERIFIED)
        client = client_data("webauthn.get", options, self.origin)
        digest = int.from_bytes(hashlib.sha256(facts + hashlib.sha256(client).digest()).digest(), "big")
        r = X % ORDER
        body = integer(r) + integer((digest + r) % ORDER)
        return {"challenge_token": options["challenge_token"], "credential_id": text(self.id), "user_handle": self.user,
                "authenticator_data": text(facts), "client_data": text(client),
                "signature": text(bytes([0x30, len(body)]) + body)}
