#!/usr/bin/env python3
"""Prints credentials.h: what a server in operator mode trusts, and users' credentials files, for tests alone.

usage: make_credentials.py > credentials.h

The keys come from their names, so that another run prints the same: they protect nothing. Needs python3-cryptography.
"""

import base64
import hashlib
import json

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PREFIXES = {"operator": 14 << 3, "account": 0, "user": 20 << 3}
SEED = 18 << 3
MADE = 1_700_000_000
UNLIMITED = -1

HEADER = """\
// Users of a server in operator mode: JWTs that never expire, with the seeds of their keys.
//
// The keys are made from their names and protect nothing. To make this file anew:
//   test/nats/make_credentials.py > test/nats/credentials.h && script/format
#pragma once

namespace weir::test {
"""


def crc16(data):
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


def encode(data):
    """As NKeys are written: base32 with a checksum."""
    return base64.b32encode(data + crc16(data).to_bytes(2, "little")).decode().rstrip("=")


def base64_url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class Key:
    def __init__(self, kind, name):
        self.kind, self.name = kind, name
        self.raw = hashlib.sha256(f"a key of weir's tests: {kind} {name}".encode()).digest()
        self.private = Ed25519PrivateKey.from_private_bytes(self.raw)
        public = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.public = encode(bytes([PREFIXES[kind]]) + public)

    def seed(self):
        prefix = PREFIXES[self.kind]
        return encode(bytes([SEED | prefix >> 5, (prefix & 31) << 3]) + self.raw)

    def jwt(self, issuer, claims, **more):
        body = {
            "jti": f"{self.kind} {self.name}",
            "iat": MADE,
            "iss": issuer.public,
            "name": self.name,
            "sub": self.public,
            "nats": {"type": self.kind, "version": 2, **claims},
            **more,
        }
        parts = [{"typ": "JWT", "alg": "ed25519-nkey"}, body]
        text = ".".join(base64_url(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
        return f"{text}.{base64_url(issuer.private.sign(text.encode()))}"


def account_claims(stores, revoked=()):
    names = ["subs", "data", "payload", "imports", "exports", "conn", "leaf"]
    if stores:
        names += ["mem_storage", "disk_storage", "streams", "consumer"]
    limits = {name: UNLIMITED for name in names} | {"wildcards": True}
    return {"limits": limits, "revocations": {user.public: MADE for user in revoked}}


def credentials(user, account, **more):
    claims = {"pub": {}, "sub": {}, "subs": UNLIMITED, "data": UNLIMITED, "payload": UNLIMITED}
    return (
        f"-----BEGIN NATS USER JWT-----\n{user.jwt(account, claims, **more)}\n------END NATS USER JWT------\n\n"
        f"-----BEGIN USER NKEY SEED-----\n{user.seed()}\n------END USER NKEY SEED------\n"
    )


def server_config(operator, account, revoked=()):
    """With the system's account, without which JetStream does not start."""
    system = Key("account", "system")
    return (
        f"operator: {operator.jwt(operator, {})}\n"
        f"system_account: {system.public}\n"
        "resolver: MEMORY\nresolver_preload: {\n"
        f"  {system.public}: {system.jwt(operator, account_claims(stores=False))}\n"
        f"  {account.public}: {account.jwt(operator, account_claims(stores=True, revoked=revoked))}\n"
        "}\n"
    )


def constant(name, what, text):
    return f'// {what}\ninline constexpr const char* {name} = R"({text})";\n'


def main():
    operator = Key("operator", "weir")
    known, unknown = Key("account", "known"), Key("account", "unknown")
    alice, bob, eve = (Key("user", name) for name in ("alice", "bob", "eve"))
    print(HEADER)
    print(constant("kOperatorConfig", "Lines of a server's configuration: it trusts one account.",
                   server_config(operator, known)))
    print(constant("kOperatorConfigWithoutAlice", "The same, with the user Alice revoked.",
                   server_config(operator, known, [alice])))
    print(constant("kAliceCredentials", "A user of that account.", credentials(alice, known)))
    print(constant("kBobCredentials", "Another one.", credentials(bob, known)))
    print(constant("kEveCredentials", "A user of an account that the server does not know.",
                   credentials(eve, unknown)))
    print("}  // namespace weir::test")


if __name__ == "__main__":
    main()
