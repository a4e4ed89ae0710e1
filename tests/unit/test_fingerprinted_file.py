"""Fingerprinted files are complete only while they are intact; different inputs have different fingerprints."""

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

FINGERPRINT = "0123456789abcdef"


def write_file(path: Path, text: str = "complete", fingerprint: str = FINGERPRINT) -> FingerprintedFile:
    path.parent.mkdir(parents=True, exist_ok=True)
    target = FingerprintedFile(path, fingerprint)
    with target.writing(source="avall") as temporary:
        temporary.write_text(text)
    return target


def write_folder(path: Path) -> FingerprintedFile:
    path.parent.mkdir(parents=True, exist_ok=True)
    target = FingerprintedFile(path, FINGERPRINT)
    with target.writing() as temporary:
        (temporary / "below").mkdir(parents=True)
        (temporary / "a.txt").write_text("a")
        (temporary / "below" / "b.txt").write_text("b")
    return target


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_a_written_file_is_complete_with_its_fingerprint_only(tmp_path: Path) -> None:
    target = write_file(tmp_path / "a folder" / "x.txt")
    assert target.exists() and target.path.read_text() == "complete"
    assert not FingerprintedFile(target.path, "f" * 16).exists()
    note = json.loads(target.sidecar.read_text())
    assert note["sha256"] == hashlib.sha256(b"complete").hexdigest() == sha256_of(target.path)
    assert note["source"] == "avall"
    assert names(tmp_path) == [
        "a folder",
        "a folder/.fingerprints",
        "a folder/.fingerprints/x.txt.json",
        "a folder/x.txt",
    ]


@pytest.mark.parametrize("edit", ["completed", "complet", "", "complete\n", "COMPLETE"])
def test_an_edited_file_is_not_complete(tmp_path: Path, edit: str) -> None:
    target = write_file(tmp_path / "x.txt")
    target.path.write_text(edit)
    assert not target.exists()
    target.path.unlink()
    assert not target.exists()


@pytest.mark.parametrize("note", ["", "{", "[]", "null", '{"fingerprint": "0123456789abcdef"}'])
def test_an_invalid_sidecar_is_ignored(tmp_path: Path, note: str) -> None:
    target = write_file(tmp_path / "x.txt")
    target.sidecar.write_text(note)
    assert not target.exists()


def test_the_same_bytes_with_another_mtime_are_complete(tmp_path: Path) -> None:
    """As after copying or moving the store."""
    write_file(tmp_path / "original" / "x.txt")
    write_folder(tmp_path / "original" / "many")
    shutil.copytree(tmp_path / "original", tmp_path / "copy", copy_function=shutil.copy)
    for path in (tmp_path / "copy").rglob("*"):
        os.utime(path, ns=(1, 1))
    assert FingerprintedFile(tmp_path / "copy" / "x.txt", FINGERPRINT).exists()
    assert FingerprintedFile(tmp_path / "copy" / "many", FINGERPRINT).exists()


@pytest.mark.parametrize("edit", ["changed", "added", "removed", "renamed"])
def test_an_edited_folder_is_not_complete(tmp_path: Path, edit: str) -> None:
    target = write_folder(tmp_path / "many")
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


def test_a_failure_keeps_the_old_file(tmp_path: Path) -> None:
    def fail(path: Path, fingerprint: str) -> NoReturn:
        with FingerprintedFile(path, fingerprint).writing() as temporary:
            temporary.write_text("partial")
            raise RuntimeError("failed")

    previous = write_file(tmp_path / "x.txt")
    for name in ("x.txt", "y.txt"):
        with pytest.raises(RuntimeError, match="failed"):
            fail(tmp_path / name, "f" * 16)
    assert previous.exists() and names(tmp_path) == [".fingerprints", ".fingerprints/x.txt.json", "x.txt"]


def test_a_task_that_writes_nothing_is_an_error(tmp_path: Path) -> None:
    with (
        pytest.raises(FileNotFoundError, match=r"x\.txt: expected the task to write it"),
        FingerprintedFile(tmp_path / "x.txt", FINGERPRINT).writing(),
    ):
        pass
    assert names(tmp_path) == [".fingerprints"]


def test_a_file_replaces_a_folder_and_vice_versa(tmp_path: Path) -> None:
    assert write_folder(tmp_path / "x").exists()
    assert write_file(tmp_path / "x").exists()
    assert write_folder(tmp_path / "x").exists()


def rewrite_and_die(path: Path, method: str) -> None:
    """Rewrite the file, and end the process at the first call of a method of Path."""
    setattr(Path, method, lambda *arguments, **options: os._exit(9))
    with contextlib.suppress(BaseException):
        write_file(path, "new", "f" * 16)
    os._exit(1)


@pytest.mark.parametrize("method", ["replace", "unlink", "write_text"])
def test_a_kill_at_any_time_leaves_a_consistent_state(tmp_path: Path, method: str) -> None:
    target = write_file(tmp_path / "x.txt")
    child = multiprocessing.get_context("fork").Process(target=rewrite_and_die, args=(target.path, method))
    child.start()
    child.join()
    assert child.exitcode == 9
    assert not FingerprintedFile(target.path, "f" * 16).exists()
    assert not target.exists() or target.path.read_text() == "complete"
    assert write_file(target.path, "new", "f" * 16).exists()
    assert names(tmp_path) == [".fingerprints", ".fingerprints/x.txt.json", "x.txt"]


class ExampleTask(Step):
    """A task with arbitrary fingerprint inputs."""

    def fingerprint_of(self, fingerprint_inputs: dict[str, str]) -> str:
        self.__dict__.pop("fingerprint", None)
        self.__dict__["fingerprint_inputs"] = fingerprint_inputs
        return self.fingerprint


INPUTS = st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=5)


@given(INPUTS, INPUTS)
def test_fingerprints_are_equal_where_all_inputs_are(one: dict[str, str], other: dict[str, str]) -> None:
    task = ExampleTask()
    assert (task.fingerprint_of(one) == task.fingerprint_of(other)) == (one == other)


@given(INPUTS)
def test_a_fingerprint_does_not_depend_on_the_order(fingerprint_inputs: dict[str, str]) -> None:
    reordered = dict(reversed(fingerprint_inputs.items()))
    assert ExampleTask().fingerprint_of(fingerprint_inputs) == ExampleTask().fingerprint_of(reordered)


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
def test_similar_inputs_have_different_fingerprints(one: dict[str, str], other: dict[str, str]) -> None:
    assert ExampleTask().fingerprint_of(one) != ExampleTask().fingerprint_of(other)
