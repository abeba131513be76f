"""What images are made of is what the tests ran with, and all of it."""

import re
import tomllib
from itertools import chain

import pytest

from devstack.repository import ROOT

MEMBERS = ("contracts", "chassis", "services/*", "infra/doctor")
PINNED = re.compile(r"^([a-z0-9.-]+)==(\S+)", re.MULTILINE)


def pinned(name):
    return dict(PINNED.findall((ROOT / "requirements" / f"{name}.lock").read_text()))


def wanted():
    """What the packages in an image ask for themselves, by its name."""
    for path in chain.from_iterable(ROOT.glob(f"{member}/pyproject.toml") for member in MEMBERS):
        for line in tomllib.loads(path.read_text())["project"]["dependencies"]:
            name = re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0].lower()
            if not name.startswith("onasty-"):
                yield name


def test_an_image_has_the_versions_that_the_tests_have():
    image, run = pinned("image"), pinned("run")
    assert image
    assert image.items() <= run.items()


@pytest.mark.parametrize("name", sorted(set(wanted())))
def test_an_image_has_what_its_packages_ask_for(name):
    assert name in pinned("image")
