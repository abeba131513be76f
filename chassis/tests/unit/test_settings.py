"""Settings: clear when wrong, silent about values."""

import pytest
from pydantic import Field, model_validator
from pydantic_settings import SettingsConfigDict

from chassis.settings import DatabaseSettings, SettingsError, load, unknown

PASSWORD = "hunter2-and-more"


class OracleSettings(DatabaseSettings):
    model_config = SettingsConfigDict(env_prefix="ORACLE_")


@pytest.fixture
def environment(monkeypatch):
    monkeypatch.setenv("ORACLE_NATS_URL", f"nats://oracle:{PASSWORD}@localhost")
    monkeypatch.setenv("ORACLE_DATABASE_URL", f"postgresql://oracle:{PASSWORD}@localhost/onasty")
    return monkeypatch


def test_secrets_do_not_print(environment):
    settings = load(OracleSettings)
    assert PASSWORD not in repr(settings)
    assert PASSWORD not in settings.model_dump_json()
    assert PASSWORD in settings.nats_url.get_secret_value()


def test_everything_that_is_wrong_is_named_and_no_value(environment):
    environment.delenv("ORACLE_DATABASE_URL")
    environment.setenv("ORACLE_OPS_PORT", PASSWORD)
    with pytest.raises(SettingsError) as caught:
        load(OracleSettings)
    text = str(caught.value)
    assert "ORACLE_DATABASE_URL: missing; set it" in text
    assert "ORACLE_OPS_PORT: Input should be a valid integer" in text
    assert PASSWORD not in text


def test_what_is_wrong_with_several_together_has_no_empty_name(environment):
    class Together(OracleSettings):
        @model_validator(mode="after")
        def _never(self):
            raise ValueError("ORACLE_A must be above ORACLE_B")

    with pytest.raises(SettingsError) as caught:
        load(Together)
    assert str(caught.value) == "ORACLE_A must be above ORACLE_B"


def test_a_misspelt_setting_is_told_with_its_neighbour():
    sentences = unknown(
        OracleSettings, {"ORACLE_LOG_LEVL": PASSWORD, "ORACLE_LOG_FORMAT": "text", "PATH": "/"}
    )
    assert sentences == [
        "ORACLE_LOG_LEVL is set but is no setting of this service; did you mean ORACLE_LOG_LEVEL?"
    ]


def test_a_value_that_should_be_json_and_is_not_is_named(environment):
    class JsonSettings(OracleSettings):
        keys: dict[str, str] = Field(default={})

    environment.setenv("ORACLE_KEYS", PASSWORD)
    with pytest.raises(SettingsError) as caught:
        load(JsonSettings)
    assert "keys" in str(caught.value)
    assert PASSWORD not in str(caught.value)
