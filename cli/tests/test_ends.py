"""How the command ends, and what it says then."""

import errno
import os
import sys

import pytest

from onasty_cli.__main__ import main
from onasty_cli.claims import Claims

SECRET = "Jx2mVfr"
LINK = "https://a.example/secret/a-note"


@pytest.fixture
def onasty(monkeypatch, capfd, tmp_path):
    """`onasty(argument, …)`: its code, and what it wrote."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    for name in ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)

    def onasty(*arguments):
        monkeypatch.setattr(sys, "argv", ["onasty", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        came = capfd.readouterr()
        return end.value.code, came.out, came.err

    return onasty


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["send", "note.txt", "--password", SECRET],
            "There is an argument too many. See onasty send --help.",
        ),
        (["status", "my-note", SECRET], "There is an argument too many. See onasty status --help."),
        (["read", LINK, SECRET], "There is an argument too many. See onasty read --help."),
        ([SECRET], "There is no such command. See onasty --help."),
        ([f"-{SECRET}"], "There is no such option. See onasty --help."),
        (["status", f"--{SECRET}"], "There is no such option. See onasty status --help."),
        (["send", f"--password={SECRET}"], "Option '--password' does not take a value. See --help."),
        (["send", "--views", SECRET], "Invalid value for '--views'. See onasty send --help."),
        (["completion", SECRET], "Invalid value for '{bash|zsh|fish}'. See onasty completion --help."),
        (["read"], "Missing argument 'LINK'. See onasty read --help."),
        (["sned"], "There is no such command. Did you mean send? See onasty --help."),
        (
            ["send", "--expire", "1d"],
            "There is no such option. Did you mean --expires or --server? See onasty send --help.",
        ),
    ],
)
def test_wrong_use_is_said_without_what_was_given(onasty, arguments, said):
    assert onasty(*arguments) == (2, "", f"onasty: {said}\n")


def test_help_and_version_are_results(onasty):
    assert onasty("--version") == (0, "0.1.0\n", "")
    code, out, err = onasty("send", "--help")
    assert (code, err) == (0, "")
    assert out.startswith("Usage: onasty send ")


@pytest.mark.parametrize(("asked", "said"), [("bash_complete", "plain,send\n"), ("nonsense", "")])
def test_a_shell_is_told_how_to_complete(onasty, monkeypatch, asked, said):
    asking = {"_ONASTY_COMPLETE": asked, "COMP_WORDS": "onasty se", "COMP_CWORD": "1"}
    for name, value in asking.items():
        monkeypatch.setenv(name, value)
    assert onasty() == (0 if said else 1, said, "")


def test_a_result_that_cannot_be_written_is_said(onasty, monkeypatch):
    write = os.write

    def full(descriptor, data):
        if descriptor == 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(descriptor, data)

    monkeypatch.setattr(os, "write", full)
    said = "onasty: The result could not be written: No space left on device.\n"
    assert onasty("--version") == (13, "", said)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ALL_PROXY", "socks4://127.0.0.1:9050", "proxy"),
        ("HTTPS_PROXY", "foo://x", "proxy"),
        ("ALL_PROXY", "::", "proxy"),
        ("SSL_CERT_FILE", "/no/such/file", "SSL_CERT_FILE"),
        ("ONASTY_CA", "/no/such/file", "trusted certificates"),
    ],
)
def test_an_environment_that_is_not_understood_is_said_before_anything_is_asked(
    onasty, monkeypatch, name, value, said
):
    monkeypatch.setenv(name, value)
    code, out, err = onasty("read", LINK)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert said in err
    assert value not in err


def test_without_what_socks_needs_such_a_proxy_is_not_understood(onasty, monkeypatch):
    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.setenv("ALL_PROXY", "socks5h://127.0.0.1:9050")
    code, _, err = onasty("read", LINK)
    assert (code, "proxy" in err) == (2, True)


def test_a_name_of_a_server_that_cannot_be_is_no_defect(onasty):
    code, _, err = onasty("read", "https://\u2603.example/secret/a-note")
    assert (code, err) == (2, "onasty: That is no address of a server.\n")


def test_what_the_system_refuses_elsewhere_is_not_said_of_the_result(onasty, monkeypatch):
    def refused(*_):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(Claims, "__init__", refused)
    code, _, err = onasty("read", LINK)
    assert (code, err.startswith("onasty: A defect: OSError in refused")) == (1, True)
