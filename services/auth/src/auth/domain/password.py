"""What may be a password."""

from __future__ import annotations

from importlib import resources

from contracts.errors import ErrorCode, ServiceError


class CommonPasswords:
    """The 5,000 most common passwords of 8 characters and more, without regard to case.

    From the frequency list of zxcvbn-python 4.5.0 (https://github.com/dwolfhub/zxcvbn-python, MIT), in its
    order, what is shorter left out.
    """

    def __init__(self) -> None:
        text = resources.files(__package__).joinpath("common_passwords.txt").read_text()
        self._common = frozenset(text.splitlines())

    def check(self, password: str) -> None:
        """Raises `invalid_request` for one of them."""
        if password.lower() in self._common:
            raise ServiceError(
                ErrorCode.INVALID_REQUEST, "password: this one is among the most common; choose another"
            )
