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
    # What the images do by themselves sends nothing out.
    for service, file in (
        ("alertmanager", "/etc/alertmanager/alertmanager.yml"),
        ("collector", "/etc/otelcol/config.yaml"),
    ):
        (mounted,) = config["services"][service]["volumes"]
        assert mounted["target"] == file
        assert mounted["source"].startswith(f"{ROOT}/mine/")
        assert mounted["read_only"]
        assert "reports" in config["services"][service]["networks"]
