"""Notes that every client must make and read as they stand here."""

import hashlib

from protocol import Secret, base64url, padded_length, plaintext_of

# A text, or how often one is repeated.
NOTES: dict[str, tuple[str, int, str | None]] = {
    "no byte: senders refuse it, readers show it": ("", 1, None),
    "one byte": ("x", 1, None),
    "a line": ("the launch code is 0000", 1, None),
    "with a password": ("the launch code is 0000", 1, "correct horse"),
    "a password that NFKC changes": (
        "the launch code is 0000",
        1,
        "\ufb01anc\u00e9e \u212bngstr\u00f6m \uff11\u2460 e\u0301 \u1e9b\u0323",
    ),
    "a password beyond the basic plane": ("the launch code is 0000", 1, "\U0001f511 \U0001d400"),
    "a password with spaces around": ("the launch code is 0000", 1, " correct horse "),
    "two, three and four bytes a character": ("\u00fc\u20ac\U0001f600\U0010ffff", 1, None),
    "a byte order mark is part of the text": ("\ufeffmarked\ufeff", 1, None),
    "zeros are part of the text": ("a\0b\0\0", 1, None),
    "line ends stay as they are": ("a\r\nb\rc\n\u2028d\u0085", 1, None),
    # 5 bytes stand before the text; Padmé's steps are 1, 2, 4, 8, … bytes wide.
    "no padding: 7 bytes in all": ("x", 2, None),
    "no padding: 8 bytes in all": ("x", 3, None),
    "one byte of padding: 9 bytes in all": ("x", 4, None),
    "no padding: 32 bytes in all": ("x", 27, None),
    "the most padding: 33 bytes in all": ("x", 28, None),
    "no padding: 1024 bytes in all": ("x", 1019, None),
    "the most padding: 1025 bytes in all": ("x", 1020, None),
    "300 KB, with a password": ("0123456789", 30_000, "correct horse"),
    "512 KiB": ("\u20acx", 131_072, None),
}
SHOWN = 2_048  # a longer content stands as its length and SHA-256
LENGTHS = [*range(5, 260), *(2**n + d for n in range(9, 25) for d in (-1, 0, 1)), 524_293, 1_000_000]


def notes() -> list[dict[str, object]]:
    return [note(name, *values) for name, values in NOTES.items()]


def note(name: str, text: str, times: int, password: str | None) -> dict[str, object]:
    secret = Secret.named(name, password)
    content = base64url(secret.sealed(plaintext_of((text * times).encode())))
    return {
        "name": name,
        "text": text,
        "times": times,
        "password": password,
        "key": base64url(secret.key),
        "nonce": base64url(secret.nonce),
        "salt": base64url(secret.salt),
        "header": base64url(secret.header),
        **secret.derived(),
        "content": content if len(content) <= SHOWN else None,
        "content_length": len(content),
        "content_sha256": base64url(hashlib.sha256(content.encode()).digest()),
    }


def lengths() -> list[list[int]]:
    return [[length, padded_length(length)] for length in LENGTHS]
