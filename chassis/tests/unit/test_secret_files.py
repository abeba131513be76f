"""Secrets in files: read as the variables that they are named after, and told to nobody."""

import os

import pytest
from pydantic_settings import SettingsConfigDict

from chassis import secret_files
from chassis.settings import DatabaseSettings, SettingsError, load, unknown

PASSWORD = "hunter2-and-more"
OTHER = "nats://oracle:another-of-its-own@localhost"


class OracleSettings(DatabaseSettings):
    model_config = SettingsConfigDict(env_prefix="ORACLE_")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("ONASTY_SECRETS_DIR", str(tmp_path))
    for name in [name for name in os.environ if name.startswith("ORACLE_")]:
        monkeypatch.delenv(name)
    (tmp_path / "oracle_nats_url").write_text(f"nats://oracle:{PASSWORD}@localhost\n")
    (tmp_path / "ORACLE_DATABASE_URL").write_text("postgresql://oracle@localhost/onasty")
    return tmp_path


def test_a_file_stands_for_its_variable_in_capitals_or_not(folder):
    settings = load(OracleSettings)
    assert settings.nats_url.get_secret_value() == f"nats://oracle:{PASSWORD}@localhost"
    assert settings.database_url.get_secret_value() == "postgresql://oracle@localhost/onasty"
    assert secret_files.value("ORACLE_NATS_URL") == f"nats://oracle:{PASSWORD}@localhost"


def test_the_environment_wins(folder, monkeypatch):
    monkeypatch.setenv("ORACLE_NATS_URL", OTHER)
    assert load(OracleSettings).nats_url.get_secret_value() == OTHER
    assert secret_files.value("ORACLE_NATS_URL") == OTHER


def test_a_missing_file_is_named_as_the_setting_that_it_is(folder):
    (folder / "oracle_nats_url").unlink()
    with pytest.raises(SettingsError, match="ORACLE_NATS_URL: missing") as caught:
        load(OracleSettings)
    assert PASSWORD not in str(caught.value)
    assert secret_files.value("ORACLE_NATS_URL") is None


def test_a_folder_that_is_not_there_stops_the_start(folder, monkeypatch):
    monkeypatch.setenv("ONASTY_SECRETS_DIR", str(folder / "nowhere"))
    with pytest.raises(SettingsError, match=r"ONASTY_SECRETS_DIR: .*nowhere is no folder"):
        load(OracleSettings)


def test_a_file_that_cannot_be_read_stops_the_start(folder, monkeypatch):
    def refused(*_, **__):
        raise PermissionError(13, "Permission denied", "oracle_nats_url")

    monkeypatch.setattr("pathlib.Path.read_text", refused)
    with pytest.raises(SettingsError, match="ONASTY_SECRETS_DIR: oracle_nats_url: Permission denied"):
        load(OracleSettings)


def test_a_misspelt_file_is_told_as_a_misspelt_variable_is(folder):
    (folder / "oracle_nats_ulr").write_text(PASSWORD)
    assert unknown(OracleSettings, {}) == [
        "ORACLE_NATS_ULR is set but is no setting of this service; did you mean ORACLE_NATS_URL?"
    ]


def test_without_a_folder_no_file_is_looked_for(folder, monkeypatch):
    monkeypatch.delenv("ONASTY_SECRETS_DIR")
    with pytest.raises(SettingsError):
        load(OracleSettings)
