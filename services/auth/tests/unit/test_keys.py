"""What is derived of the secret: for one purpose each, and the same at every time."""

import base64
import dataclasses
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from auth.crypto.one_time_links import OneTimeLinks
from auth.crypto.root_secret import RootSecret
from auth.crypto.signing_key import KeySealing
from auth.domain.letter import LetterPurpose
from chassis.settings import SettingsError

ONE, OTHER = (RootSecret(base64.b64encode(letter * 32).decode()) for letter in (b"1", b"2"))
EVENT = UUID(int=7)


def test_each_secret_purpose_and_event_has_a_token_of_its_own():
    links, others = OneTimeLinks(ONE, "https://x.example"), OneTimeLinks(OTHER, "https://x.example")
    purposes = (LetterPurpose.VERIFY, LetterPurpose.RESET, LetterPurpose.CHANGE_EMAIL)
    tokens = [each.token(purpose, EVENT) for each in (links, others) for purpose in purposes]
    tokens.append(links.token(LetterPurpose.VERIFY, uuid4()))
    assert len(set(tokens)) == 7
    assert {len(token) for token in tokens} == {43}
    assert OneTimeLinks(ONE, "https://y.example").token(LetterPurpose.VERIFY, EVENT) == tokens[0]


@pytest.mark.parametrize(
    ("purpose", "page"),
    [
        (LetterPurpose.VERIFY, "/verify"),
        (LetterPurpose.RESET, "/reset"),
        (LetterPurpose.CHANGE_EMAIL, "/change-email"),
    ],
)
def test_a_link_leads_to_the_page_of_its_purpose(purpose, page):
    links = OneTimeLinks(ONE, "https://x.example/notes/")
    assert links.link(purpose, EVENT) == f"https://x.example/notes{page}#{links.token(purpose, EVENT)}"


def test_a_notice_has_no_link():
    assert OneTimeLinks(ONE, "https://x.example").link(LetterPurpose.NOTICE, EVENT) is None


def test_a_key_opens_under_its_secret_and_its_id_alone():
    key = KeySealing(ONE).new_key()
    assert isinstance(KeySealing(ONE).opened(key), Ed25519PrivateKey)
    assert '"d"' not in key.public_jwk
    for sealing, row in (
        (KeySealing(OTHER), key),
        (KeySealing(ONE), dataclasses.replace(key, kid="another")),
    ):
        with pytest.raises(SettingsError, match="AUTH_SECRET"):
            sealing.opened(row)
