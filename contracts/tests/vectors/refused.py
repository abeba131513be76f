"""Notes that every client must refuse. Each breaks one rule, by name."""

from protocol import Secret, base64url, plaintext_of

TEXT = b"the launch code is 0000"


def refused() -> list[dict[str, object]]:
    return [*headers(), *encodings(), *tampered(), *plaintexts()]


def case(
    name: str,
    rule: str,
    secret: Secret,
    *,
    header: bytes | str | None = None,
    content: bytes | str | None = None,
    password: str | None = None,
) -> dict[str, object]:
    header = secret.header if header is None else header
    content = secret.sealed(plaintext_of(TEXT)) if content is None else content
    return {
        "name": name,
        "rule": rule,
        "key": base64url(secret.key),
        "password": secret.password if password is None else password,
        "header": header if isinstance(header, str) else base64url(header),
        "content": content if isinstance(content, str) else base64url(content),
    }


def headers() -> list[dict[str, object]]:
    """The content of each opens under the header that it names: only the header is wrong."""
    secret = Secret.named("refused header")
    good = secret.header
    wrong = {
        "version 0": b"\0" + good[1:],
        "version 2": b"\2" + good[1:],
        "algorithms 0": good[:1] + b"\0" + good[2:],
        "algorithms 2": good[:1] + b"\2" + good[2:],
        "password flag 2": good[:2] + b"\2" + good[3:],
        "password flag 255": good[:2] + b"\xff" + good[3:],
        "a header of 30 bytes": good[:-1],
        "a header of 32 bytes": good + b"\0",
        "an empty header": b"",
    }
    return [
        case(name, "header", secret, header=header, content=secret.sealed(plaintext_of(TEXT), header))
        for name, header in wrong.items()
    ]


def encodings() -> list[dict[str, object]]:
    secret = Secret.named("refused encoding")
    header = base64url(secret.header)
    # 23 bytes of text make 28, with a tag 44, and those 59 characters, the last with two unused bits.
    content = base64url(secret.sealed(plaintext_of(TEXT)))
    return [
        case("a padded header", "encoding", secret, header=header + "=="),
        case("a header with a bit behind its last byte", "encoding", secret, header=after(header)),
        case("a header with a space", "encoding", secret, header=header[:20] + " " + header[20:]),
        case("a padded content", "encoding", secret, content=content + "="),
        case("a content with a bit behind its last byte", "encoding", secret, content=after(content)),
        case("a content with a line feed", "encoding", secret, content=content + "\n"),
        case("a content of another alphabet", "encoding", secret, content="+/" + content[2:]),
        case("a content of an impossible length", "encoding", secret, content=content + "AA"),
        case("a content that is not ASCII", "encoding", secret, content=content[:-1] + "\u00e9"),
    ]


def after(encoded: str) -> str:
    """The same bytes, with the lowest bit of the last character set, which stands behind them."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    value = alphabet.index(encoded[-1])
    assert value % 2 == 0, "there is no such bit"
    assert len(encoded) % 4 != 0, "there is no such bit"
    return encoded[:-1] + alphabet[value + 1]


def tampered() -> list[dict[str, object]]:
    secret = Secret.named("tampered")
    locked = Secret.named("tampered", "correct horse")
    good = secret.sealed(plaintext_of(TEXT))
    other = Secret.named("another")
    return [
        case("a bit of the tag", "tag", secret, content=good[:-1] + bytes([good[-1] ^ 1])),
        case("a bit of the first byte", "tag", secret, content=bytes([good[0] ^ 1]) + good[1:]),
        case("cut by a byte", "tag", secret, content=good[:-1]),
        case("longer by a byte", "tag", secret, content=good + b"\0"),
        case("nothing but a tag's length", "tag", secret, content=bytes(16)),
        case("shorter than a tag", "tag", secret, content=good[:15]),
        case("no content", "tag", secret, content=""),
        case("no additional data", "tag", secret, content=secret.sealed(plaintext_of(TEXT), b"")),
        case(
            "another's additional data",
            "tag",
            secret,
            content=secret.sealed(plaintext_of(TEXT), other.header),
        ),
        case("a bit of the nonce", "tag", secret, header=flipped(secret.header, 3)),
        case("a bit of the salt", "tag", secret, header=flipped(secret.header, 30)),
        case(
            "a password where none was",
            "tag",
            secret,
            header=flipped(secret.header, 2),
            password="correct horse",
        ),
        case("none where a password was", "tag", locked, header=flipped(locked.header, 2)),
        case("another's key", "tag", Secret(other.key, secret.salt, secret.nonce), content=good),
        case("a wrong password", "tag", locked, password="Correct horse"),
        case("a password that says the same otherwise", "tag", locked, password="correct  horse"),
    ]


def flipped(data: bytes, index: int) -> bytes:
    return data[:index] + bytes([data[index] ^ 1]) + data[index + 1 :]


def plaintexts() -> list[dict[str, object]]:
    """Sealed as they should be; what is inside is wrong."""
    secret = Secret.named("refused plaintext")
    size = len(TEXT).to_bytes(4, "big")
    good = plaintext_of(b"x" * 28)  # 33 bytes in 36
    wrong = {
        "nothing inside": ("kind", b""),
        "kind 0": ("kind", b"\0" + plaintext_of(TEXT)[1:]),
        "kind 2": ("kind", b"\2" + plaintext_of(TEXT)[1:]),
        "a kind and no length": ("length", b"\1"),
        "a length of three bytes": ("length", b"\1\0\0\0"),
        "one byte less than its length says": ("length", b"\1" + size + TEXT[:-1]),
        "a length of 4 GiB": ("length", b"\1\xff\xff\xff\xff" + TEXT),
        "not padded": ("padded length", good[:33]),
        "padded less than it should be": ("padded length", good[:35]),
        "padded more than it should be": ("padded length", good + b"\0"),
        "padded by a whole step more": ("padded length", good + bytes(4)),
        "a length that is too short": ("padded length", b"\1" + (1).to_bytes(4, "big") + good[5:]),
        "padding that is not zero": ("padding", good[:-1] + b"\1"),
        "padding that begins otherwise": ("padding", good[:33] + b"\x80" + good[34:]),
        "a byte that begins no character": ("utf8", plaintext_of(b"\xff")),
        "a character cut off": ("utf8", plaintext_of(b"x\xe2\x82")),
        "a surrogate": ("utf8", plaintext_of(b"\xed\xa0\x80")),
        "a longer form than needed": ("utf8", plaintext_of(b"\xc0\x80")),
        "beyond the last character": ("utf8", plaintext_of(b"\xf4\x90\x80\x80")),
    }
    return [
        case(name, rule, secret, content=secret.sealed(plaintext))
        for name, (rule, plaintext) in wrong.items()
    ]
