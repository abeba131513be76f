"""Which note is meant by what was given, and which token is taken for it."""

import io
import sys

import pytest

from onasty_cli.command_error import CommandError
from onasty_cli.config import Config
from onasty_cli.exit_codes import ExitCode
from onasty_cli.links import ManageLink
from onasty_cli.sent_notes import SentNote, SentNotes
from onasty_cli.targets import VARIABLE, managed

SERVER, TOKEN, OTHER = "https://a.example", "T" * 42 + "A", "O" * 42 + "A"
LINK = f"{SERVER}/secret/a-note"
KEPT = ManageLink(SERVER, "a-note", TOKEN)


@pytest.fixture
def sent(tmp_path):
    notes = SentNotes(tmp_path)
    notes.keep(SentNote(SERVER, "a-note", TOKEN, "2999-01-31T12:00:00+00:00", None))
    return notes


@pytest.mark.parametrize("given", ["a-note", LINK, f"{LINK}#{OTHER}", str(KEPT), "-"])
@pytest.mark.parametrize("config", [Config(), Config(SERVER)])
def test_every_name_of_a_note_that_was_sent_from_here(sent, monkeypatch, given, config):
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{LINK}\n"))
    assert managed(given, config, sent, {}) == KEPT


def test_a_manage_link_wins_over_the_environment_and_that_over_what_was_kept(sent):
    environment = {VARIABLE: OTHER}
    assert managed("a-note", Config(SERVER), sent, environment).token == OTHER
    assert managed(LINK, Config(), sent, environment) == ManageLink(SERVER, "a-note", OTHER)
    assert managed(str(KEPT), Config("https://b.example"), sent, environment) == KEPT


@pytest.mark.parametrize(
    ("given", "config", "environment"),
    [
        ("another", Config(SERVER), {}),
        ("a-note", Config("https://b.example"), {}),
        ("a-note", Config(SERVER), {VARIABLE: TOKEN[:-1]}),
        ("a-note", Config(), {VARIABLE: TOKEN}),
        ("no note", Config(SERVER), {}),
    ],
)
def test_without_a_token_or_a_server_nothing_is_asked(sent, given, config, environment):
    with pytest.raises(CommandError) as failure:
        managed(given, config, sent, environment)
    assert failure.value.code is ExitCode.USAGE
