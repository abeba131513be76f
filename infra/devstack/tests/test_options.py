from pathlib import Path

import pytest

from devstack.options import parse


def test_defaults(monkeypatch):
    monkeypatch.delenv("GATEWAY_PORT", raising=False)
    options = parse([])

    assert options.port == 8080
    assert options.data.name == ".onasty"
    assert not any((options.scale, options.only_servers, options.fresh, options.dev))


def test_everything_given():
    options = parse(
        ["--data-dir", "/d", "--port", "0", "--scale", "notes=2", "gateway=3", "--only-servers", "--fresh"]
    )

    assert options.data == Path("/d")
    assert options.port == 0
    assert options.scale == {"notes": 2, "gateway": 3}
    assert options.only_servers
    assert options.fresh


def test_the_environment_gives_the_port(monkeypatch):
    monkeypatch.setenv("GATEWAY_PORT", "9000")

    assert parse([]).port == 9000
    assert parse(["--port", "1"]).port == 1


@pytest.mark.parametrize(
    "arguments", [["--port", "65536"], ["--port", "x"], ["--scale", "notes"], ["--scale", "notes=0"]]
)
def test_a_mistake_is_explained(arguments, capsys):
    with pytest.raises(SystemExit):
        parse(arguments)

    assert "argument --" in capsys.readouterr().err
