"""`make clean` deletes the output of runs, and nothing else: no ledger, no unmarked folder, nothing behind a link."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import config, output_folders
from tests.running import Workspace


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A store with a file in each folder, marked as by a run."""
    root = tmp_path / "a store"
    monkeypatch.setenv("NTSB_STORE", str(root))
    output_folders.create_folders()
    config.ledger_folder().mkdir(parents=True)
    for folder in (*output_folders.output_folders(), config.ledger_folder()):
        (folder / "file.csv").write_text("a\n")
    yield root


def clean() -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", "clean"], cwd=config.REPOSITORY, env=os.environ, capture_output=True, text=True)


def files(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.name == "file.csv")


ALL = ["models/kept/file.csv", "models/runs/file.csv", "reports/html/file.csv", "targets/store/file.csv"]


def test_clean_keeps_the_ledger_and_the_promotion_log(root: Path) -> None:
    assert clean().returncode == 0
    assert [path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()] == ["models/kept/file.csv"]
    assert "nothing was deleted" in clean().stdout


@pytest.mark.parametrize("name", ["targets/store", "models/runs", "reports/html"])
def test_nothing_is_deleted_if_one_folder_has_no_marker(root: Path, name: str) -> None:
    (root / name / output_folders.MARKER).unlink()
    done = clean()
    assert done.returncode != 0 and files(root) == ALL
    assert f"{root / name}: expected the file .ntsb-pipeline" in done.stderr


@pytest.mark.parametrize("name", ["targets", "targets/store", "models/runs", "reports"])
def test_nothing_is_deleted_behind_a_link(root: Path, name: str, tmp_path: Path) -> None:
    (root / name).rename(tmp_path / "elsewhere")
    (root / name).symlink_to(tmp_path / "elsewhere")
    before = sorted(tmp_path.rglob("*"))
    done = clean()
    assert done.returncode != 0 and sorted(tmp_path.rglob("*")) == before
    assert f"{root / name}: expected a folder, found a link to {tmp_path / 'elsewhere'}" in done.stderr


@pytest.mark.parametrize("name", ["server", "parquet", "postgres"])
def test_a_link_inside_a_folder_is_removed_without_its_target(root: Path, name: str, tmp_path: Path) -> None:
    (tmp_path / "elsewhere" / "server").mkdir(parents=True)
    (tmp_path / "elsewhere" / "server" / "file.csv").write_text("a\n")
    link = config.targets_folder() / ("postgres/server" if name == "server" else name)
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(tmp_path / "elsewhere")
    assert clean().returncode == 0
    assert files(tmp_path / "elsewhere") == ["server/file.csv"] and not config.targets_folder().exists()


def test_a_folder_with_files_of_the_user_is_never_marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NTSB_STORE", str(tmp_path))
    config.html_folder().mkdir(parents=True)
    (config.html_folder() / "file.csv").write_text("a\n")
    output_folders.create_folders()
    assert clean().returncode != 0 and files(tmp_path) == ["reports/html/file.csv"]


def test_a_run_writes_both_to_the_ledger_folder(built: Workspace) -> None:
    kept = {path.relative_to(built.store / "models").as_posix() for path in (built.store / "models").rglob("*.csv")}
    assert kept >= {"kept/test_ledger.csv", "kept/promotions.csv"}
    assert not [name for name in kept if name.endswith(("test_ledger.csv", "promotions.csv")) and "runs" in name]
