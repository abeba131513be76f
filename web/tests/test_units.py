"""The client's own tests, which vitest runs: here, so that all tests have one last line."""

import subprocess
import sys


def test_of_the_client():
    command = (sys.executable, "-P", "-m", "devstack.web", "run", "test")
    ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
