"""Every archive and database of a folder is used or reported as ignored; names decide nothing."""

import argparse
import io
import os
import shlex
import shutil
import zipfile
from datetime import date, datetime, timedelta
from pathlib import Path
from types import ModuleType

import pytest
from luigi.configuration import get_config
from luigi.task_register import Register

from pipeline import run_log
from pipeline.cli import plan, status
from pipeline.ingest import snapshot, source_state
from pipeline.operations import health
from pipeline.tasks.load import UnpackAccessFile
from pipeline.tasks.sources import CheckSource, CreateSnapshot
from samples.jet4 import read_schema, write_access, zip_access
from tests.architecture.tree import REPOSITORY
from tests.sourcing import access_bytes, error_of, run, store, zip_bytes  # noqa: F401  Pytest finds fixtures by name.

SCHEMA = read_schema(REPOSITORY / "samples" / "schema_modern.csv")


@pytest.fixture
def downloads(tmp_path: Path, store: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The configured source folder, empty; all databases are used."""
    monkeypatch.setenv("NTSB_SOURCES", str(tmp_path / "downloads"))
    get_config().set("Sources", "base", "[]")
    (tmp_path / "downloads").mkdir()
    return tmp_path / "downloads"


def write(path: Path, member: str, n: int, first: date, step: int, newest: datetime) -> None:
    """Writes a zip, or an Access file, with n events from `first` on, changed in the days before `newest`."""
    mdb = path.with_name(member)
    events = [
        {
            "ev_id": f"20200101X{number:05d}",
            "ev_date": datetime.combine(first + timedelta(days=step * number), datetime.min.time()),
            "lchg_date": newest - timedelta(days=(number * step) % (30 * step)),
        }
        for number in range(n)
    ]
    write_access(mdb, SCHEMA, {"events": events})
    if path != mdb:
        zip_access(mdb, path)
        mdb.unlink()


def write_folder(folder: Path) -> None:
    """Downloads as browsers and users name them: three editions of avall, a weekly file twice, and other files."""
    avall = {"n": 60, "first": date(2008, 1, 5), "step": 100}
    write(folder / "avall.zip", "avall.mdb", newest=datetime(2025, 11, 1), **avall)
    write(folder / "avall (1).zip", "avall.mdb", newest=datetime(2025, 12, 1), **avall)
    write(folder / "av2025.mdb", "av2025.mdb", newest=datetime(2025, 1, 1), **avall)
    week = {"n": 25, "first": date(2025, 10, 1), "step": 1}
    write(folder / "up08NOV25.zip", "up08NOV.mdb", newest=datetime(2025, 11, 7), **week)
    shutil.copy(folder / "up08NOV25.zip", folder / "up15NOV (1).zip")
    write(folder / "Pre2008.zip", "up01JAN.mdb", 40, date(1982, 2, 1), 230, datetime(2021, 12, 19))
    (folder / "broken.zip").write_bytes(zip_bytes("x.mdb")[:-40])
    (folder / "notes.zip").write_bytes(b"no zip")
    (folder / "avall.7z").write_bytes(b"7z")
    (folder / "folder.zip").mkdir()
    shutil.copy(folder / "avall.zip", folder / "avall.zip.1")
    shutil.copy(folder / "av2025.mdb", folder / "avall")
    (folder / "unpacked").mkdir()
    shutil.copy(folder / "av2025.mdb", folder / "unpacked" / "AVALL.MDB")
    (folder / "images").mkdir()
    (folder / "readme.txt").write_text("not an archive")


def printed(capsys: pytest.CaptureFixture[str], command: ModuleType, *words: str) -> str:
    """What a command prints."""
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    capsys.readouterr()
    assert command.run(argparse.Namespace(**vars(parser.parse_args(words)), rest=[])) == 0
    return capsys.readouterr().out


def sources(store: Path) -> dict[str, str]:
    """{name of the file: source} of the current snapshot, in order."""
    files = snapshot.read_snapshot(CreateSnapshot().current_id(), store)
    return {file.remarks["file"]: file.source.replace(file.sha256[:8], "sha256") for file in files}


def test_every_file_of_a_folder_is_used_or_reported(
    downloads: Path, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_folder(downloads)
    assert run(CreateSnapshot()).errors == []
    assert list(sources(store).items()) == [
        ("Pre2008.zip", "Pre2008"),
        ("av2025.mdb", "avall_sha256"),
        ("avall.zip", "avall_sha256"),
        ("up08NOV25.zip", "up08NOV"),
        ("avall (1).zip", "avall"),
    ]
    ignored = {item.name: item.reason for item in source_state.ignored_files()}
    unread = {"folder.zip", "avall.zip.1", "avall", "unpacked"}
    assert set(ignored) == {"up15NOV (1).zip", "broken.zip", "notes.zip", "avall.7z"} | unread


def test_plan_status_and_doctor_list_ignored_files(
    downloads: Path, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_folder(downloads)
    assert "broken.zip: not read yet" in " ".join(f"{i.name}: {i.reason}" for i in source_state.ignored_files())
    run(CreateSnapshot())
    reasons = {
        "up15NOV (1).zip": "its database is identical to that of up08NOV25.zip",
        "broken.zip": "expected a complete zip",
        "notes.zip": "expected a zip, found a file that starts with b'no zip'",
        "avall.7z": ".7z is not read; unpack it, or use a zip, .mdb or .accdb",
        "folder.zip": "it is a folder; move its files to the folder above",
    }
    outputs = {
        "plan": printed(capsys, plan, "CreateSnapshot"),
        "status": "\n".join(status.format_text(status.read_status())),
        "doctor": health.check_sources().finding,
    }
    for name, reason in reasons.items():
        assert {command for command, text in outputs.items() if f"{name}: {reason}" not in text} == set()


def test_a_new_file_with_any_name_is_found_and_nothing_else_runs(downloads: Path, store: Path) -> None:
    write_folder(downloads)
    run(CreateSnapshot())
    assert run(CreateSnapshot()).done == []
    before = CreateSnapshot().current_id()
    for name in ("notes.zip", "Pre2008.zip"):
        os.utime(downloads / name, ns=(0, 1_700_000_000_000_000_000))
    (downloads / "avall.zip").rename(downloads / "zzz.zip")
    assert run(CreateSnapshot()).done == ["CheckSource", "CreateSnapshot", "DownloadSource"]
    assert CreateSnapshot().current_id() == before
    write(downloads / "up08JAN.zip", "up08JAN.mdb", 25, date(2025, 12, 1), 1, datetime(2026, 1, 7))
    assert run(CreateSnapshot()).done == ["CheckSource", "CreateSnapshot", "DownloadSource"]
    assert list(sources(store).values())[-1] == "up08JAN"


def test_a_database_without_a_zip_is_unpacked_unchanged(downloads: Path, store: Path) -> None:
    write(downloads / "my data.mdb", "my data.mdb", 60, date(2008, 1, 5), 100, datetime(2025, 11, 1))
    content = (downloads / "my data.mdb").read_bytes()
    assert run(CreateSnapshot()).errors == []
    (file,) = snapshot.read_snapshot(CreateSnapshot().current_id(), store)
    assert (file.source, file.remarks["file"]) == ("avall", "my data.mdb")
    task = UnpackAccessFile(source=file.source, sha256=file.sha256)
    assert run(task).errors == []
    assert task.output().path.read_bytes() == content


def test_the_file_that_was_inspected_is_used_only_if_it_is_unmodified(downloads: Path, store: Path) -> None:
    write(downloads / "avall.zip", "avall.mdb", 20, date(2008, 1, 5), 100, datetime(2025, 12, 1))
    run(CreateSnapshot())
    (file,) = snapshot.read_snapshot(CreateSnapshot().current_id())
    step = UnpackAccessFile(source=file.source, sha256=file.sha256)
    (kept,) = step.output().path.parent.iterdir()
    original = kept.read_bytes()
    kept.write_bytes(original + b"x")
    run(step)
    assert step.output().path.read_bytes() == original
    shutil.rmtree(step.output().path.parent)
    step.output().path.parent.mkdir()
    kept.write_bytes(original)
    run(step)
    assert step.output().path.read_bytes() == original and not kept.exists()


def test_names_with_control_characters_and_of_any_length(downloads: Path, store: Path) -> None:
    write(downloads / "a.zip", "avall.mdb", 60, date(2008, 1, 5), 100, datetime(2025, 11, 1))
    (downloads / "a.zip").rename(downloads / f"{'x' * 240}.zip")
    (downloads / "red\x1b[31m\n.zip").write_bytes(b"")
    (downloads / os.fsdecode(b"\xff.zip")).write_bytes(b"")
    assert run(CreateSnapshot()).errors == []
    assert list(sources(store).values()) == ["avall"]
    assert [item.name for item in source_state.ignored_files()] == [r"\udcff.zip", r"red\x1b[31m\n.zip"]
    "".join(f"{item.name} {item.reason}" for item in source_state.ignored_files()).encode()


def test_the_end_of_a_run_lists_ignored_files(downloads: Path, store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def ignored_lines() -> list[str]:
        run_log.finish_run(os.getpid())
        return [line for line in capsys.readouterr().out.splitlines() if line.startswith("ignored")]

    write_folder(downloads)
    run(CreateSnapshot())
    assert len(lines := ignored_lines()) == 8
    assert "ignored  avall.7z: .7z is not read; unpack it, or use a zip, .mdb or .accdb" in lines
    shutil.rmtree(downloads)
    assert ignored_lines() == []


def damaged(member: str) -> bytes:
    """A zip whose Access file has an invalid catalog."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(member, access_bytes()[:8192] + bytes(40_000))
    return buffer.getvalue()


def set_names(base: str, weekly: str) -> None:
    """Change the settings, as for a new process."""
    get_config().set("Sources", "base", base)
    get_config().set("Sources", "weekly", weekly)
    Register.clear_instance_cache()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("Pre2008.zip", damaged("Pre2008.mdb"), "expected an intact Access file, found: catalog: "),
        ("pre1982.ZIP", zip_bytes("PRE1982.MDB")[:-40], "expected a complete zip"),
        ("up15NOV.zip", b"", "expected a zip, found an empty file"),
    ],
)
def test_an_invalid_file_stops_a_run_only_if_the_settings_do_not_exclude_it(
    downloads: Path, store: Path, name: str, content: bytes, reason: str
) -> None:
    write(downloads / "avall.zip", "avall.mdb", 60, date(2008, 1, 5), 100, datetime(2025, 11, 1))
    (downloads / name).write_bytes(content)
    origin = f"{snapshot.canonical_name(name)}.zip from {downloads / name}: "
    assert f"{origin}{reason}" in error_of(run(CreateSnapshot()))
    set_names('["AVALL"]', '["up08NOV"]')
    assert run(CreateSnapshot()).errors == []
    assert list(sources(store).values()) == ["avall"]
    (ignored,) = source_state.ignored_files()
    assert ignored.name == f"{snapshot.canonical_name(name)}.zip" and ignored.reason.startswith(reason)
    assert run(CreateSnapshot()).done == []
    set_names("[]", "[]")
    assert f"{origin}{reason}" in error_of(run(CreateSnapshot()))


def test_a_name_of_a_file_is_one_line_in_the_log_and_can_be_pasted(store: Path) -> None:
    names = ["avall", "größe.zip", "a\nINFO: b\x1b[31m.zip", "a\\nINFO: b\\x1b[31m.zip", "\udcff\u2028.zip"]
    names += ["'a\\'.zip", "'a'", "\"'\n.zip", "'\\'", "'\\"]
    tasks = [CheckSource(source=name) for name in names]
    assert [str(task) for task in tasks[:2]] == ["CheckSource(source=avall)", "CheckSource(source=größe.zip)"]
    assert all(str(task).isprintable() for task in tasks)
    assert len({task.task_id for task in tasks}) == len(names)
    printed = [shlex.split(run_log.command_line(task)) for task in tasks]
    assert [CheckSource.from_str_params({"source": words[2]}).source for words in printed] == names
