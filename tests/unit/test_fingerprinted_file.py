"""A fingerprinted file is done with its fingerprint and whole, and never half there; a fingerprint tells all fingerprint_inputs apart."""

import contextlib
import hashlib
import json
import multiprocessing
import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.tasks.base import Step
from targets.files import FingerprintedFile, sha256_of

STAMP = "0123456789abcdef"


def written(path: Path, text: str = "whole", fingerprint: str = STAMP) -> FingerprintedFile:
    path.parent.mkdir(parents=True, exist_ok=True)
    target = FingerprintedFile(path, fingerprint)
    with target.writing(source="avall") as temporary:
        temporary.write_text(text)
    return target


def folder_of(path: Path) -> FingerprintedFile:
    path.parent.mkdir(parents=True, exist_ok=True)
    target = FingerprintedFile(path, STAMP)
    with target.writing() as temporary:
        (temporary / "below").mkdir(parents=True)
        (temporary / "a.txt").write_text("a")
        (temporary / "below" / "b.txt").write_text("b")
    return target


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_written_is_done_with_this_fingerprint_only(tmp_path: Path) -> None:
    target = written(tmp_path / "a folder" / "x.txt")
    assert target.exists() and target.path.read_text() == "whole"
    assert not FingerprintedFile(target.path, "f" * 16).exists()
    note = json.loads(target.sidecar.read_text())
    assert note["sha256"] == hashlib.sha256(b"whole").hexdigest() == sha256_of(target.path)
    assert note["source"] == "avall"
    assert names(tmp_path) == [
        "a folder",
        "a folder/.fingerprints",
        "a folder/.fingerprints/x.txt.json",
        "a folder/x.txt",
    ]


@pytest.mark.parametrize("edit", ["wholes", "whol", "", "whole\n", "WHOLE"])
def test_an_edited_file_is_not_done(tmp_path: Path, edit: str) -> None:
    target = written(tmp_path / "x.txt")
    target.path.write_text(edit)
    assert not target.exists()
    target.path.unlink()
    assert not target.exists()


@pytest.mark.parametrize("note", ["", "{", "[]", "null", '{"fingerprint": "0123456789abcdef"}'])
def test_a_note_that_says_too_little_is_no_note(tmp_path: Path, note: str) -> None:
    target = written(tmp_path / "x.txt")
    target.sidecar.write_text(note)
    assert not target.exists()


def test_the_same_bytes_with_another_time_are_done(tmp_path: Path) -> None:
    """A store that was copied or moved."""
    written(tmp_path / "here" / "x.txt")
    folder_of(tmp_path / "here" / "many")
    shutil.copytree(tmp_path / "here", tmp_path / "there", copy_function=shutil.copy)
    for path in (tmp_path / "there").rglob("*"):
        os.utime(path, ns=(1, 1))
    assert FingerprintedFile(tmp_path / "there" / "x.txt", STAMP).exists()
    assert FingerprintedFile(tmp_path / "there" / "many", STAMP).exists()


@pytest.mark.parametrize("edit", ["changed", "added", "removed", "renamed"])
def test_an_edited_folder_is_not_done(tmp_path: Path, edit: str) -> None:
    target = folder_of(tmp_path / "many")
    assert target.exists()
    inner = target.path / "below" / "b.txt"
    edits = {
        "changed": lambda: inner.write_text("c"),
        "added": lambda: inner.with_name("c.txt").write_text(""),
        "removed": lambda: inner.unlink(),
        "renamed": lambda: inner.rename(inner.with_name("c.txt")),
    }
    edits[edit]()
    assert not target.exists()


def test_a_failure_leaves_nothing_new_and_what_was_there(tmp_path: Path) -> None:
    def fail(path: Path, fingerprint: str) -> NoReturn:
        with FingerprintedFile(path, fingerprint).writing() as temporary:
            temporary.write_text("half")
            raise RuntimeError("in the middle")

    old = written(tmp_path / "x.txt")
    for name in ("x.txt", "y.txt"):
        with pytest.raises(RuntimeError, match="in the middle"):
            fail(tmp_path / name, "f" * 16)
    assert old.exists() and names(tmp_path) == [".fingerprints", ".fingerprints/x.txt.json", "x.txt"]


def test_a_step_that_writes_nothing_is_told_so(tmp_path: Path) -> None:
    with (
        pytest.raises(FileNotFoundError, match=r"x\.txt: the step ended without writing it"),
        FingerprintedFile(tmp_path / "x.txt", STAMP).writing(),
    ):
        pass
    assert names(tmp_path) == [".fingerprints"]


def test_a_file_takes_the_place_of_a_folder_and_back(tmp_path: Path) -> None:
    assert folder_of(tmp_path / "x").exists()
    assert written(tmp_path / "x").exists()
    assert folder_of(tmp_path / "x").exists()


def killed_at(path: Path, moment: str) -> None:
    """Writes anew and dies at the given call, as a machine without power does."""
    real = getattr(Path, moment)
    calls = 0

    def die(self: Path, *arguments: str, **options: bool) -> object:
        nonlocal calls
        calls += 1
        if calls == 1:
            os._exit(9)
        return real(self, *arguments, **options)

    setattr(Path, moment, die)
    with contextlib.suppress(BaseException):
        written(path, "anew", "f" * 16)
    os._exit(1)


@pytest.mark.parametrize("moment", ["replace", "unlink", "write_text"])
def test_a_kill_at_any_moment_leaves_something_true(tmp_path: Path, moment: str) -> None:
    target = written(tmp_path / "x.txt")
    child = multiprocessing.get_context("fork").Process(target=killed_at, args=(target.path, moment))
    child.start()
    child.join()
    assert child.exitcode == 9
    assert not FingerprintedFile(target.path, "f" * 16).exists()
    assert not target.exists() or target.path.read_text() == "whole"
    assert written(target.path, "anew", "f" * 16).exists()
    assert names(tmp_path) == [".fingerprints", ".fingerprints/x.txt.json", "x.txt"]


class Recipe(Step):
    """A step whose fingerprint_inputs a test chooses."""

    def given(self, fingerprint_inputs: dict[str, str]) -> str:
        self.__dict__.pop("fingerprint", None)
        self.__dict__["fingerprint_inputs"] = fingerprint_inputs
        return self.fingerprint


INGREDIENTS = st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=5)


@given(INGREDIENTS, INGREDIENTS)
def test_two_fingerprints_are_equal_where_all_ingredients_are(one: dict[str, str], other: dict[str, str]) -> None:
    step = Recipe()
    assert (step.given(one) == step.given(other)) == (one == other)


@given(INGREDIENTS)
def test_a_fingerprint_does_not_depend_on_the_order(fingerprint_inputs: dict[str, str]) -> None:
    turned = dict(reversed(fingerprint_inputs.items()))
    assert Recipe().given(fingerprint_inputs) == Recipe().given(turned)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": "b c"}, {"a": "b", "c": ""}),
        ({"a": '", "b'}, {"a": "", "b": ""}),
        ({"ab": "c"}, {"a": "bc"}),
        ({"é": "1"}, {"e\u0301": "1"}),
        ({"a": "1\n2"}, {"a": "1\\n2"}),
    ],
)
def test_what_is_easily_confused_is_told_apart(one: dict[str, str], other: dict[str, str]) -> None:
    assert Recipe().given(one) != Recipe().given(other)
