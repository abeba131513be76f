"""`python -m chassis.ready [PORT]`: exits with 0 when the service on this machine is ready, else with 1.

For a container's health check, in an image that has no other HTTP client.
"""

from __future__ import annotations

import http.client
import sys
from http import HTTPStatus

PORT = 9090
TIMEOUT = 2.0


def ready(port: int) -> bool:
    """What /readyz on the operators' port says; False when nothing answers within 2 s."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if ready(int(sys.argv[1]) if len(sys.argv) > 1 else PORT) else 1)
