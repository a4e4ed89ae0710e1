"""Links lead somewhere, commands are there, and words are used as the glossary says."""

import re
import subprocess
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests import guides
from tests.architecture import tree

PAGES = tree.files(".md")
# Single words where the page is about the tools themselves.
BLOCK = re.compile(r"```.*?```", re.DOTALL)


def anchor(title: str) -> str:
    """What a heading is called in a link."""
    words = re.sub(r"[`*]|\[([^]]*)\]\([^)]*\)", r"\1", title).strip().lower()
    return re.sub(r"[^\w\- ]", "", words).replace(" ", "-")


def anchors(page: Path) -> set[str]:
    return {anchor(title) for title in re.findall(r"^#+ (.+)$", BLOCK.sub("", page.read_text()), re.MULTILINE)}


@pytest.mark.parametrize("page", PAGES, ids=tree.shown)
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", BLOCK.sub("", page.read_text())):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, part = unquote(link).partition("#")
        target = (page.parent / file).resolve() if file else page
        if not target.exists() or (part and target.suffix == ".md" and part not in anchors(target)):
            broken.append(link)
    assert broken == [], f"{tree.shown(page)}: links that lead nowhere"


@cache
def verbs() -> set[str]:
    database = subprocess.run(["make", "-npq", "help"], cwd=tree.REPOSITORY, capture_output=True, text=True).stdout
    return set(re.findall(r"^([a-z][a-z-]*):", database, re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=tree.shown)
def test_verbs_that_pages_name_are_there(page: Path) -> None:
    named = set(re.findall(r"(?:^ {4}|`|\$\()make (?:-s )?([a-z][a-z-]*)", page.read_text(), re.MULTILINE))
    assert named - verbs() == set(), f"{tree.shown(page)}: the Makefile has no such verb"


@pytest.mark.parametrize("page", PAGES, ids=tree.shown)
def test_files_that_pages_name_are_there(page: Path) -> None:
    """Paths in backquotes that begin with one of the project's folders; `<x>`, `*` and `...` stand for any name."""
    folders = "|".join((*tree.PACKAGES, "docs", "scripts", "tests"))
    named = re.findall(rf"`((?:{folders})/[\w./*<>-]+)`", page.read_text())
    lost = []
    created = {edit.file for guide in guides.GUIDES for edit in guides.edits(guide)}
    for name in named:
        is_created = name in created or (name.endswith("/") and any(file.startswith(name) for file in created))
        if is_created or any(name.startswith(made) for made in tree.MADE):
            continue
        pattern = re.sub(r"<[^>]*>|\.\.\.", "*", name.rstrip("/"))
        folders_searched = [tree.REPOSITORY, page.parent]
        if not any(list(folder.glob(pattern + end)) for folder in folders_searched for end in ("", ".py")):
            lost.append(name)
    assert lost == [], f"{tree.shown(page)}: files that are not there"


def test_readme_is_there() -> None:
    assert {"make demo", "make test"} <= set(re.findall(r"make [a-z]+", (tree.REPOSITORY / "README.md").read_text()))
