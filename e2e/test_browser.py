"""Which Chromium the tests of pages take, and that they do not run without one."""

import os

import pytest

from . import browser


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine without a browser: `machine(name, script)` puts a program on its PATH."""
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(browser, "OF_PLAYWRIGHT", ("playwright", "install"))
    monkeypatch.setattr(os, "geteuid", lambda: 0)

    def has(name, script=":"):
        (tmp_path / name).write_text(f"#!/bin/sh\nPATH={tmp_path}:/usr/bin:/bin\n{script}\n")
        (tmp_path / name).chmod(0o755)
        return str(tmp_path / name)

    has("playwright", "exit 1")
    return has


@pytest.fixture
def own(tmp_path):
    return tmp_path / "own"


@pytest.mark.parametrize("name", ["chromium", "chromium-browser", "google-chrome"])
def test_the_systems_is_taken(machine, own, name):
    path = machine(name)
    machine("apt-get", f"touch {own}")
    assert browser.find_chromium(own) == path
    assert not own.exists()


def test_the_named_one_is_taken_before_it(machine, own, monkeypatch):
    machine("chromium")
    monkeypatch.setenv("CHROMIUM", "/opt/mine")
    assert browser.find_chromium(own) == "/opt/mine"


def test_debians_is_installed_where_that_is_allowed(machine, own, tmp_path):
    machine("apt-get", f"if [ $1 = install ]; then cp $0 {tmp_path}/chromium; fi")
    assert browser.find_chromium(own) == str(tmp_path / "chromium")


@pytest.mark.parametrize("reason", ["not root", "no apt-get", "apt-get fails"])
def test_else_playwrights_own_is(machine, own, tmp_path, monkeypatch, reason):
    if reason == "not root":
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
    if reason != "no apt-get":
        script = "exit 100" if reason == "apt-get fails" else f"cp $0 {tmp_path}/chromium"
        machine("apt-get", script)
    machine("playwright", f"touch {own}")
    assert browser.find_chromium(own) == str(own)


def test_what_playwright_has_installed_before_is_taken(machine, own, tmp_path):
    own.touch()
    machine("apt-get", f"cp $0 {tmp_path}/chromium")
    assert browser.find_chromium(own) == str(own)


@pytest.mark.parametrize("failing", ["exit 1", "exit 0"])
def test_without_one_there_is_none(machine, own, failing):
    machine("playwright", failing)
    assert browser.find_chromium(own) is None
