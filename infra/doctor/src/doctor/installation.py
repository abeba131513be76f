"""The settings of all services, as each of them would read its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from auth.settings import AuthSettings
from chassis.provision import ProvisionSettings
from chassis.secret_files import FileSettings
from chassis.settings import DatabaseSettings, ServiceSettings, SettingsError, load, unknown
from doctor.finding import Finding, ok, warning, wrong
from doctor.settings import DoctorSettings
from gateway.settings import GatewaySettings
from mailer.settings import MailerSettings
from notes.settings import NotesSettings

ALL: tuple[type[FileSettings], ...] = (
    GatewaySettings,
    AuthSettings,
    NotesSettings,
    MailerSettings,
    ProvisionSettings,
    DoctorSettings,
)


@dataclass(frozen=True, slots=True)
class Installation:
    """What could be read; a part whose settings are wrong is missing, and is not looked at."""

    settings: Mapping[str, FileSettings]

    @property
    def services(self) -> dict[str, ServiceSettings]:
        """By the service's name."""
        return {name: found for name, found in self.settings.items() if isinstance(found, ServiceSettings)}

    @property
    def databases(self) -> dict[str, DatabaseSettings]:
        """By the service's name."""
        return {name: found for name, found in self.settings.items() if isinstance(found, DatabaseSettings)}

    @property
    def doctor(self) -> DoctorSettings:
        found = self.settings.get("doctor")
        return found if isinstance(found, DoctorSettings) else DoctorSettings.model_construct()

    @property
    def provision(self) -> ProvisionSettings | None:
        found = self.settings.get("provision")
        return found if isinstance(found, ProvisionSettings) else None

    @property
    def gateway(self) -> GatewaySettings | None:
        found = self.settings.get("gateway")
        return found if isinstance(found, GatewaySettings) else None

    @property
    def mailer(self) -> MailerSettings | None:
        found = self.settings.get("mailer")
        return found if isinstance(found, MailerSettings) else None


def read() -> tuple[Installation, list[Finding]]:
    """From the environment and the files of secrets, and what is wrong with them."""
    found: dict[str, FileSettings] = {}
    findings: list[Finding] = []
    for kind in ALL:
        name = kind.model_config.get("env_prefix", "").strip("_").lower()
        about = f"settings {name}"
        try:
            found[name] = load(kind)
        except SettingsError as error:
            says = "; ".join(line.strip() for line in str(error).splitlines())
            findings.append(wrong(about, says, "docs/settings.md says what each of them is"))
        else:
            findings += list(_unread(kind, about)) or [ok(about, "complete")]
    return Installation(found), findings


def _unread(kind: type[FileSettings], about: str) -> Iterator[Finding]:
    if issubclass(kind, ServiceSettings):
        for sentence in unknown(kind):
            yield warning(about, sentence, "Correct the name, or take it out")
