"""Each how-to guide works in a copied tree, and lists all the files that it changes."""

import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests import guides
from tests.architecture.tree import REPOSITORY

# What each guide promises: at most so many files outside tests and docs.
MOST_FILES = {"view": 1, "check": 1, "flag": 1, "feature": 2, "model": 2, "setting": 2, "command": 2}


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A copied tree, in which every test undoes its edits, and the digests of its files."""
    repository = guides.copy_tree(tmp_path_factory.mktemp("guides") / "repository")
    return repository, guides.digests(repository)


def undo(repository: Path, names: Iterable[str]) -> None:
    """Copies the files of the project again, and deletes those that it does not have."""
    for name in names:
        original = REPOSITORY / name
        shutil.copy(original, repository / name) if original.exists() else (repository / name).unlink()


@pytest.mark.parametrize("guide", guides.GUIDES, ids=lambda path: path.stem)
def test_a_guide_lists_every_file_that_it_changes(guide: Path, copied: tuple[Path, dict[str, str]]) -> None:
    repository, before = copied
    for edit in guides.edits(guide):
        edit.apply(repository)
    after = guides.digests(repository)
    changed = {name for name in after if after[name] != before.get(name)}
    for name in changed:
        if name.endswith(".py"):
            compile((repository / name).read_text(), name, "exec")
    undo(repository, changed)
    listed = guides.listed_files(guide)
    folders = tuple(name for name in listed if name.endswith("/"))
    assert {name for name in changed if not (folders and name.startswith(folders))} == listed - set(folders)
    assert all(any(name.startswith(folder) for name in changed) for folder in folders)


@pytest.mark.parametrize("guide", guides.GUIDES, ids=lambda path: path.stem)
def test_a_guide_changes_no_more_files_than_promised(guide: Path) -> None:
    kind = guide.stem.removeprefix("add-a-")
    code = [name for name in guides.listed_files(guide) if not name.startswith(("tests/", "docs/"))]
    assert len(code) <= MOST_FILES.get(kind, 1)


@pytest.mark.parametrize("guide", guides.GUIDES, ids=lambda path: path.stem)
def test_a_guide_ends_in_commands(guide: Path) -> None:
    assert guides.commands(guide)
