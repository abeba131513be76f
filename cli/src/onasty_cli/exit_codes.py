"""How a command may end, for scripts."""

from __future__ import annotations

from enum import IntEnum
from typing import Self


class ExitCode(IntEnum):
    """One number for each way; `meaning` says which."""

    meaning: str

    def __new__(cls, value: int, meaning: str) -> Self:
        code = int.__new__(cls, value)
        code._value_ = value
        code.meaning = meaning
        return code

    OK = 0, "done; `watch`: the note was read"
    UNEXPECTED = 1, "a defect, here or on the server"
    USAGE = 2, "wrong options, or something that is needed was not given"
    PASSWORD_WRONG = 3, "the password is wrong; nothing was burned"
    ALREADY_READ = 4, "somebody has read the note already"
    EXPIRED = 5, "the note's time is over; `watch`: with a view left, or unread"
    NOT_FOUND = 6, "no such note, or not one of yours"
    UNREACHABLE = 7, "the server does not answer, or not as an Onasty server does"
    CERTIFICATE = 8, "the server's certificate is not trusted"
    LIMITED = 9, "too many requests or guesses; the message says when to try again"
    LINK_INCOMPLETE = 10, "the link is not whole; nothing was burned"
    REFUSED = 11, "the server refused the request, and says why"
    UNREADABLE = 12, "the note is not what its sender encrypted, or of a version that is not known here"
    OUTPUT_FAILED = (
        13,
        "the result could not be written out; of `read`, the same command gives it again within a minute",
    )
    DELETED = 14, "`watch`: the sender deleted the note"
    INTERRUPTED = 130, "Ctrl-C"
