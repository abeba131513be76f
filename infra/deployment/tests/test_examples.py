"""What docs/deploy.md has its reader write beside the compose files is taken."""

import os
import re
import subprocess

import yaml

from devstack.repository import ROOT


def test_alerts_and_traces_have_a_way_out_by_the_example(scripts, secrets, tmp_path):
    (example,) = re.findall(r"```yaml\n(.+?)```", (ROOT / "docs" / "deploy.md").read_text(), re.DOTALL)
    (tmp_path / "mine.yml").write_text(example)
    files = [ROOT / "docker-compose.yml", tmp_path / "mine.yml"]
    done = subprocess.run(
        [
            *(scripts / "docker-compose", "--env-file", os.devnull, "--profile", "monitoring"),
            *(word for file in files for word in ("--file", file)),
            "config",
        ],
        env={"PATH": os.environ["PATH"], "ONASTY_SECRETS": str(secrets)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    config = yaml.safe_load(done.stdout)

    def met(one, other):
        return set(config["services"][one]["networks"]) & set(config["services"][other]["networks"])

    assert met("alertmanager", "prometheus") == {"monitoring"}
    for service in ("gateway", "auth", "notes", "mailer"):
        assert met("collector", service) == {"back"}
    assert not config["networks"]["reports"].get("internal")
