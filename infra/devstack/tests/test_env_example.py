"""`.env.example` lists the settings that there are."""

from devstack.env_example import FILE, text


def test_every_setting_is_listed_as_it_is():
    assert FILE.read_text() == text(), "run ./task gen and commit"
