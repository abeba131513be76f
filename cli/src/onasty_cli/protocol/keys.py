"""From the link's key and the password to everything else."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from onasty_cli.protocol import base64url
from onasty_cli.protocol.header import Header

KEY_LENGTH = 32
_MEMORY_KIB = 64 * 1024
_PASSES = 3
_LANES = 1


@dataclass(frozen=True, slots=True)
class Keys:
    """The proofs are for the server, as base64url; `content` stays here."""

    link_proof: str
    password_proof: str | None
    content: bytes

    @classmethod
    def derive(cls, key: bytes, header: Header, password: str | None) -> Keys:
        """Takes a tenth of a second or so and 64 MiB when the header asks for a password.

        The password then must be there, and is ignored otherwise. Raises `ValueError` for one that is no
        Unicode text.
        """
        main = key
        if header.has_password:
            if password is None:
                raise TypeError("the header asks for a password")
            main += _stretched(password, header.salt)
        proof = _derived(main, header, "password") if header.has_password else None
        return cls(
            link_proof=base64url.encode(_derived(key, header, "link")),
            password_proof=base64url.encode(proof) if proof is not None else None,
            content=_derived(main, header, "content"),
        )


def _stretched(password: str, salt: bytes) -> bytes:
    normal = unicodedata.normalize("NFKC", password).encode()
    argon2 = Argon2id(salt=salt, length=32, iterations=_PASSES, lanes=_LANES, memory_cost=_MEMORY_KIB)
    return argon2.derive(normal)


def _derived(secret: bytes, header: Header, purpose: str) -> bytes:
    info = f"onasty/v1/{purpose}".encode()
    return HKDF(algorithm=SHA256(), length=32, salt=header.salt, info=info).derive(secret)
