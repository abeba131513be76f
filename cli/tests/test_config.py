"""Options win over the environment, and that over the file."""

from pathlib import Path

import pytest

from onasty_cli.command_error import CommandError
from onasty_cli.config import Config
from onasty_cli.exit_codes import ExitCode


@pytest.fixture
def file(tmp_path):
    folder = tmp_path / "onasty"
    folder.mkdir()
    return folder / "config.toml"


def test_each_source_wins_over_the_next(file, tmp_path):
    environment = {"XDG_CONFIG_HOME": str(tmp_path)}
    assert Config.read(environment) == Config()
    file.write_text('server = "https://file.example/"\nca = "own.pem"\ninsecure_http = true\n')
    config = Config.read(environment)
    assert (config.server, config.ca) == ("https://file.example", file.parent / "own.pem")
    assert config.insecure_http
    environment |= {"ONASTY_SERVER": "https://Environment.example", "ONASTY_CA": "other.pem"}
    config = Config.read(environment)
    assert (config.server, config.ca) == ("https://environment.example", Path("other.pem"))
    assert Config.read(environment | {"ONASTY_CA": ""}).ca == file.parent / "own.pem"
    config = Config.read(environment, server="https://option.example:8443", ca=Path("third.pem"))
    assert (config.server, config.ca) == ("https://option.example:8443", Path("third.pem"))


@pytest.mark.parametrize(
    "text",
    [
        'sever = "https://a.example"',
        "server = 1",
        'server = "a.example"',
        "server =",
        'server = "https://a/b"',
    ],
)
def test_a_wrong_file_is_refused(file, tmp_path, text):
    file.write_text(text)
    with pytest.raises(CommandError) as refused:
        Config.read({"XDG_CONFIG_HOME": str(tmp_path)}).default_server()
    assert refused.value.code is ExitCode.USAGE


def test_a_relative_configuration_folder_is_ignored(file, tmp_path, monkeypatch):
    file.write_text("nonsense")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/nowhere")
    assert Config.read({"XDG_CONFIG_HOME": "."}) == Config()


@pytest.mark.parametrize(
    "server",
    ["http://127.0.0.1:1", "http://127.9.9.9", "http://[::1]:8080", "http://localhost", "https://a.example"],
)
def test_https_everywhere_and_http_at_home(server):
    Config().check(server)


@pytest.mark.parametrize(
    "server", ["http://a.example", "http://10.0.0.1", "http://localhost.example", "http://[::2]"]
)
def test_http_elsewhere_is_refused_unless_asked_for(server):
    with pytest.raises(CommandError):
        Config().check(server)
    Config(insecure_http=True).check(server)


def test_without_a_server_the_error_says_what_to_do():
    with pytest.raises(CommandError, match="ONASTY_SERVER"):
        Config().default_server()


def test_a_wrong_server_matters_to_those_alone_who_ask_it():
    config = Config.read({"XDG_CONFIG_HOME": "/nowhere", "ONASTY_SERVER": "nowhere"})
    with pytest.raises(CommandError):
        config.default_server()
