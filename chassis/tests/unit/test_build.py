"""Two builds of one version are told apart by what they were made of."""

from importlib.metadata import version

from chassis.build import built_version

VERSION = version("onasty-chassis")


def test_an_image_says_what_it_was_made_of(tmp_path):
    (tmp_path / "revision").write_text("1a2b3c4d5e6f\n")
    assert built_version(str(tmp_path)) == f"{VERSION}+1a2b3c4d5e6f"


def test_elsewhere_the_version_stands_alone(tmp_path):
    assert built_version(str(tmp_path)) == VERSION == built_version()
