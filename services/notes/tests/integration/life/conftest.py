import os

import hypothesis
import pytest

# Not found by pytest itself, as tests are.
pytest.register_assert_rewrite(f"{__package__}.machine", f"{__package__}.world")

# The machine picks one of them; no other test of the session is touched.
_MACHINE = hypothesis.settings(
    deadline=None, suppress_health_check=list(hypothesis.HealthCheck), print_blob=False
)
hypothesis.settings.register_profile("notes", _MACHINE, max_examples=100, stateful_step_count=30)
hypothesis.settings.register_profile("notes-full", _MACHINE, max_examples=2000, stateful_step_count=50)


@pytest.fixture(scope="session")
def machine_settings() -> hypothesis.settings:
    """100 x 30 steps; with ONASTY_FULL=1 2,000 x 50."""
    full = bool(os.environ.get("ONASTY_FULL"))
    return hypothesis.settings.get_profile("notes-full" if full else "notes")
