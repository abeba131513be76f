"""Settings of the doctor itself: `DOCTOR_…`."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from chassis.secret_files import FileSettings


class DoctorSettings(FileSettings):
    """Beyond those of the services and of provisioning, which it reads as they do."""

    model_config = SettingsConfigDict(env_prefix="DOCTOR_", hide_input_in_errors=True)

    migrations: str = Field(
        default="/srv/migrations/{service}", description="folder of the migrations of a {service}"
    )
    ready_urls: str = Field(
        default="",
        description="http://host:port of each service's operators' port, with commas",
    )
