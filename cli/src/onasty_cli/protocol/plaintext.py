"""What is inside of the encryption: kind, length, text, zeros."""

from __future__ import annotations

from onasty_cli.protocol.unreadable_error import UnreadableError

_TEXT = 1
_BEFORE_TEXT = 5


def padded_length(length: int) -> int:
    """The next Padmé length, for lengths of 5 bytes or more."""
    exponent = length.bit_length() - 1
    step = 1 << (exponent - exponent.bit_length())
    return (length + step - 1) // step * step


def wrap(text: str) -> bytes:
    """Raises `ValueError` for what is no Unicode text."""
    data = text.encode()
    inner = bytes([_TEXT]) + len(data).to_bytes(4, "big") + data
    return inner.ljust(padded_length(len(inner)), b"\0")


def unwrap(plaintext: bytes) -> str:
    """Raises `UnreadableError` when anything of it is not as `wrap` makes it."""
    if plaintext[:1] != bytes([_TEXT]):
        raise UnreadableError("kind")
    end = _BEFORE_TEXT + int.from_bytes(plaintext[1:_BEFORE_TEXT], "big")
    if len(plaintext) < max(end, _BEFORE_TEXT):
        raise UnreadableError("length")
    if len(plaintext) != padded_length(end):
        raise UnreadableError("padded length")
    if any(plaintext[end:]):
        raise UnreadableError("padding")
    try:
        return plaintext[_BEFORE_TEXT:end].decode()
    except UnicodeDecodeError:
        raise UnreadableError("utf8") from None
