"""`python -m gateway`."""

from chassis.runtime import run
from gateway.app import compose
from gateway.settings import GatewaySettings

if __name__ == "__main__":
    run("gateway", GatewaySettings, compose)
