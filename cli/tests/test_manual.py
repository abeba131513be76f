import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_manual_is_what_the_commands_say(tmp_path):
    written = tmp_path / "cli.md"
    subprocess.run([sys.executable, "-P", ROOT / "cli/manual", written], check=True)
    assert (ROOT / "docs/cli.md").read_text() == written.read_text(), "run ./task gen and commit"
