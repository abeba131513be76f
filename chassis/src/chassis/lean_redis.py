"""Imports redis-py without OpenTelemetry. To be imported before it.

redis-py imports the metrics of OpenTelemetry's SDK wherever they are installed, for a use that it makes of
them when told to (`redis.observability`). We never tell it, and they are 2.7 MiB of each process.
"""

from __future__ import annotations

import sys

if "opentelemetry" not in sys.modules:
    # What is None here cannot be found, and redis-py goes on without.
    sys.modules["opentelemetry"] = None  # type: ignore[assignment]
    try:
        import redis.asyncio  # noqa: F401
    finally:
        del sys.modules["opentelemetry"]
