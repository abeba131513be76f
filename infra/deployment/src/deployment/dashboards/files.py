"""The files that Grafana reads."""

from __future__ import annotations

import json

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from deployment.dashboards.mail import mail
from deployment.dashboards.messaging import messaging
from deployment.dashboards.overview import overview
from deployment.dashboards.service import service
from devstack.repository import ROOT

FOLDER = ROOT / "infra" / "monitoring" / "grafana" / "dashboards"


def texts() -> dict[str, str]:
    """What each file should hold, by its name."""
    dashboards = {"overview": overview(), "service": service(), "messaging": messaging(), "mail": mail()}
    return {
        f"{name}.json": json.dumps(built.build(), cls=JSONEncoder, indent=1, sort_keys=True) + "\n"
        for name, built in dashboards.items()
    }
