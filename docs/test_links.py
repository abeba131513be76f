"""Whatever the documentation points at is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("services/*/README.md"),
        ROOT / "web/README.md",
    ]
)
LINK = re.compile(r"\]\((?!https?://)([^)#\s]*)(?:#([^)\s]+))?\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    missing = [link for link, _ in LINK.findall(page.read_text()) if not (page.parent / link).exists()]
    assert missing == []


def anchors(page):
    """Of its headings, as forges make them."""
    return {
        re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-")
        for heading in HEADING.findall(page.read_text())
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_into_a_page_leads_to_a_heading(page):
    missing = [
        f"{link}#{anchor}"
        for link, anchor in LINK.findall(page.read_text())
        if anchor
        and (target := page.parent / link if link else page).suffix == ".md"
        and anchor not in anchors(target)
    ]
    assert missing == []


def test_every_heading_that_a_program_names_is_there():
    sources = [
        path for folder in ("chassis", "infra", "services") for path in ROOT.glob(f"{folder}/**/src/**/*.py")
    ]
    named = {match for path in sources for match in re.findall(r"docs/([\w.]+)#([\w-]+)", path.read_text())}
    assert named
    assert [link for link in named if link[1] not in anchors(ROOT / "docs" / link[0])] == []
