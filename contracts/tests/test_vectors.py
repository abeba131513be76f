"""The committed vectors are what the implementation in `vectors` makes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

MAKER = Path(__file__).parent / "vectors"
FOLDER = Path(__file__).parents[1] / "vectors"
RULES = {"header", "encoding", "tag", "kind", "length", "padded length", "padding", "utf8"}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("vectors")
    subprocess.run([sys.executable, "-P", MAKER, folder], check=True)
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_the_committed_vectors_are_what_is_made(made):
    committed = {path.name: path.read_text() for path in FOLDER.glob("*.json")}
    assert committed == made, "run ./task gen and commit"


def test_each_rule_is_broken_and_no_two_vectors_have_one_name(made):
    refused = json.loads(made["refused.json"])
    assert {vector["rule"] for vector in refused} == RULES
    for vectors in (refused, json.loads(made["notes.json"])):
        assert len({vector["name"] for vector in vectors}) == len(vectors)
