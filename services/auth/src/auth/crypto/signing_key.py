"""The keys that sign access tokens (Ed25519), and how their private parts lie in the database."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from jwt.algorithms import OKPAlgorithm

from auth.crypto.root_secret import RootSecret
from chassis.settings import SettingsError

NONCE_BYTES = 12
KID_BYTES = 8


@dataclass(frozen=True, slots=True)
class SealedKey:
    """A row of `signing_keys`: the public part as a JSON Web Key (RFC 8037), the private one sealed."""

    kid: str
    public_jwk: str
    sealed_private: bytes


class KeySealing:
    """AES-256-GCM under a subkey of `AUTH_SECRET`, bound to the key's id."""

    def __init__(self, secret: RootSecret) -> None:
        self._cipher = AESGCM(secret.subkey("signing keys"))

    def new_key(self) -> SealedKey:
        private = Ed25519PrivateKey.generate()
        kid = os.urandom(KID_BYTES).hex()
        public = OKPAlgorithm.to_jwk(private.public_key(), as_dict=True)
        nonce = os.urandom(NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, private.private_bytes_raw(), kid.encode())
        return SealedKey(kid, json.dumps({**public, "kid": kid, "alg": "EdDSA", "use": "sig"}), sealed)

    def opened(self, key: SealedKey) -> Ed25519PrivateKey:
        """Raises `SettingsError` when another `AUTH_SECRET` sealed it."""
        nonce, body = key.sealed_private[:NONCE_BYTES], key.sealed_private[NONCE_BYTES:]
        try:
            private = self._cipher.decrypt(nonce, body, key.kid.encode())
        except InvalidTag:
            raise SettingsError(
                "AUTH_SECRET: not the one under which the signing keys in the database were sealed"
            ) from None
        return Ed25519PrivateKey.from_private_bytes(private)
