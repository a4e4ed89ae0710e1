"""Following the advice of a message resolves the problem: files, folders, addresses, snapshots and settings."""

import csv
import re
import shutil
import zipfile
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from pipeline import config, config_check, file_lock, output_folders, run_lock
from pipeline.errors import SAMPLES, PipelineError
from pipeline.ingest import archive, http, snapshot, unpack
from pipeline.ingest.http import FileMetadata, RequestPolicy
from pipeline.ingest.locations import SourceLocation
from pipeline.ingest.snapshot import SourceFile
from pipeline.postgres.errors import parse_url
from pipeline.sources import era_of
from pipeline.warehouse import exposure_file, mappings, registry_file, sql_file
from tests.loopback import Served, serving

# Yields the action that fails and a pattern of the advice; is sent the message, follows the advice, and may yield the
# action that succeeds, if it is another one.
Scenario = Generator[tuple[Callable[[], Any], str] | Callable[[], Any], str, None]

POLICY = RequestPolicy(timeout_s=0.5, attempts=1, backoff_s=0.01, user_agent="python", max_bytes=1000)


def a_wrong_name(folder: Path, _: pytest.MonkeyPatch) -> Scenario:
    with serving() as server:
        server.files["avall.zip"] = Served(b"x")
        yield lambda: http.probe(f"{server.address}/aval.zip", POLICY), r"check the name in \[Sources\]"
        yield lambda: http.probe(f"{server.address}/avall.zip", POLICY)


def a_refused_client(folder: Path, _: pytest.MonkeyPatch) -> Scenario:
    with serving() as server:
        server.files["avall.zip"] = Served(b"x", refused_agent="python")
        url, browser = f"{server.address}/avall.zip", RequestPolicy(0.5, 1, 0.01, user_agent="Mozilla/5.0")
        yield lambda: http.probe(url, POLICY), r"set \[Sources\] user_agent to that of a browser"
        yield lambda: http.probe(url, browser)


def a_large_download(folder: Path, _: pytest.MonkeyPatch) -> Scenario:
    with serving() as server:
        server.files["avall.zip"] = Served(b"x" * 2000)
        url, larger = f"{server.address}/avall.zip", RequestPolicy(0.5, 1, 0.01, max_bytes=3000)
        yield lambda: http.download(url, folder / "part", POLICY), "or raise max_download_gb"
        yield lambda: http.download(url, folder / "part", larger)


def endless_redirects(folder: Path, _: pytest.MonkeyPatch) -> Scenario:
    with serving() as server:
        server.files |= {"a.zip": Served(b"", status=302), "avall.zip": Served(b"x")}
        yield (
            lambda: http.download(f"{server.address}/a.zip", folder / "part", POLICY),
            r"correct \[Sources\] location",
        )
        yield lambda: http.download(f"{server.address}/avall.zip", folder / "part", POLICY)


def an_invalid_address(folder: Path, _: pytest.MonkeyPatch) -> Scenario:
    with serving() as server:
        server.files["avall.zip"] = Served(b"x")
        yield lambda: http.probe("http://127.0.0.1:99999/avall.zip", POLICY), r"correct \[Sources\] location"
        yield lambda: http.probe(f"{server.address}/avall.zip", POLICY)


def a_server_that_fails_for_a_while(folder: Path, _: pytest.MonkeyPatch) -> Scenario:
    with serving() as server:
        server.files["avall.zip"] = Served(b"x", status=503)
        yield lambda: http.probe(f"{server.address}/avall.zip", POLICY), "check the network and try again later"
        server.files["avall.zip"] = Served(b"x")
        yield lambda: http.probe(f"{server.address}/avall.zip", POLICY)


def a_missing_source_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Scenario:
    monkeypatch.setenv("NTSB_SOURCES", str(folder / "nowhere"))

    def sources() -> list[str]:
        return SourceLocation(config.Sources().resolved_location()).sources([], [])

    message = yield sources, "set NTSB_SOURCES to a folder with the zips, or to .* for synthetic ones"
    monkeypatch.setenv("NTSB_SOURCES", re.findall("or to (.*) for synthetic ones", message)[0])


def an_empty_source_folder(folder: Path, _: pytest.MonkeyPatch) -> Scenario:
    yield lambda: SourceLocation(str(folder)).sources([], []), "put the files there"
    shutil.copy(SAMPLES / "avall.zip", folder)


def a_missing_source(folder: Path, _: pytest.MonkeyPatch) -> Scenario:
    yield lambda: SourceLocation(str(folder)).probe("avall", POLICY), "put it there"
    shutil.copy(SAMPLES / "avall.zip", folder)


def unknown_sources(folder: Path, _: pytest.MonkeyPatch) -> Scenario:
    message = yield lambda: snapshot.require_known(["aval", "up8NOV"]), r"correct \[Sources\] base and weekly"
    names = re.findall("expected (.*) or a weekly file", message)[0].split(", ")
    yield lambda: snapshot.require_known([*names, "up08NOV"])


def an_unknown_source(folder: Path, _: pytest.MonkeyPatch) -> Scenario:
    message = yield lambda: era_of("aval"), "correct the name"
    yield lambda: era_of(re.findall("expected one of (.*?),", message)[0])


def a_zip_cut_short(folder: Path, _: pytest.MonkeyPatch) -> Scenario:
    path = folder / "avall.zip"
    path.write_bytes((SAMPLES / "avall.zip").read_bytes()[:5000])
    yield lambda: unpack.unpack_access_file(path, folder / "a.mdb", "avall.zip", 1), "download the zip again"
    shutil.copy(SAMPLES / "avall.zip", path)


def another_archive(folder: Path, _: pytest.MonkeyPatch) -> Scenario:
    path = folder / "avall.zip"
    path.write_bytes(b"7z\xbc\xaf\x27\x1c")
    yield (
        lambda: unpack.unpack_access_file(path, folder / "a.mdb", "avall.zip", 1),
        "unpack it, and put the Access file in its place",
    )
    with zipfile.ZipFile(SAMPLES / "avall.zip") as original:
        path.write_bytes(original.read(original.namelist()[0]))


def a_zip_of_a_newer_version(folder: Path, _: pytest.MonkeyPatch) -> Scenario:
    path = folder / "avall.zip"
    content = bytearray((SAMPLES / "avall.zip").read_bytes())
    content[content.index(b"PK\x01\x02") + 6] = 64
    path.write_bytes(content)
    yield lambda: unpack.unpack_access_file(path, folder / "a.mdb", "avall.zip", 1), "compress it with another program"
    shutil.copy(SAMPLES / "avall.zip", path)


def a_web_page(folder: Path, _: pytest.MonkeyPatch) -> Scenario:
    path = folder / "avall.zip"
    path.write_text("<html>Sign in</html>", encoding="utf-8")
    yield (
        lambda: unpack.unpack_access_file(path, folder / "a.mdb", "avall.zip", 1),
        r"correct \[Sources\] location or set NTSB_SOURCES",
    )
    yield lambda: unpack.unpack_access_file(SAMPLES / "avall.zip", folder / "a.mdb", "avall.zip", 1)


def a_zip_of_two_databases(folder: Path, _: pytest.MonkeyPatch) -> Scenario:
    path = folder / "avall.zip"
    with zipfile.ZipFile(path, "w") as file:
        with zipfile.ZipFile(SAMPLES / "avall.zip") as original:
            content = original.read(original.namelist()[0])
        file.writestr("avall.mdb", content)
        file.writestr("backup.mdb", b"")
    yield (
        lambda: unpack.unpack_access_file(path, folder / "a.mdb", "avall.zip", 1),
        "put the database to use in its place, unpacked",
    )
    (folder / "avall.mdb").write_bytes(content)
    yield lambda: unpack.unpack_access_file(folder / "avall.mdb", folder / "a.mdb", "avall.mdb", 1)


def a_zip_that_unpacks_to_more(folder: Path, _: pytest.MonkeyPatch) -> Scenario:
    arguments = SAMPLES / "avall.zip", folder / "a.mdb", "avall.zip"
    yield lambda: unpack.unpack_access_file(*arguments, 0.001), r"\[Sources\] max_unpacked_gb"
    yield lambda: unpack.unpack_access_file(*arguments, 1)


def a_zip_lost_from_the_archive(folder: Path, _: pytest.MonkeyPatch) -> Scenario:
    def add() -> str:
        shutil.copy(SAMPLES / "avall.zip", folder / "part")
        return archive.add_file(folder, folder / "part", FileMetadata("url"), ".zip")

    sha256 = add()
    archive.zip_path(folder, sha256).unlink()
    yield lambda: archive.verify_zip(folder, sha256), "CreateSnapshot`, which archives it again"
    add()


def an_unknown_snapshot(folder: Path, _: pytest.MonkeyPatch) -> Scenario:
    snapshot.write_snapshot([SourceFile("avall", "a" * 64, 1)], folder)
    message = yield lambda: snapshot.read_snapshot("0" * 16, folder), "; name "
    yield lambda: snapshot.read_snapshot(message.rpartition("; name ")[2], folder)


def a_modified_snapshot(folder: Path, _: pytest.MonkeyPatch) -> Scenario:
    files = [SourceFile("avall", "a" * 64, 1)]
    path = snapshot.snapshot_path(snapshot.write_snapshot(files, folder), folder)
    path.write_text(path.read_text(encoding="utf-8").replace("avall", "Pre2008"), encoding="utf-8")
    yield lambda: snapshot.read_snapshot(path.stem, folder), "remove it and run again"
    path.unlink()
    snapshot.write_snapshot(files, folder)


def a_file_in_place_of_a_folder(folder: Path, _: pytest.MonkeyPatch) -> Scenario:
    (folder / "locks").write_text("", encoding="utf-8")
    yield lambda: file_lock.private_folder(folder / "locks"), "remove it, then run again"
    (folder / "locks").unlink()


def a_folder_that_others_can_write_to(folder: Path, _: pytest.MonkeyPatch) -> Scenario:
    (folder / "locks").mkdir()
    (folder / "locks").chmod(0o777)
    yield lambda: file_lock.private_folder(folder / "locks"), "remove the folder, then run again"
    (folder / "locks").rmdir()


def another_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Scenario:
    monkeypatch.setenv("NTSB_STORE", str(folder))
    monkeypatch.delenv("NTSB_DATABASE_URL", raising=False)

    def run() -> None:
        with run_lock.held("run"):
            pass

    with run_lock.held("rollback"):
        yield run, "wait until it has ended"


def a_store_below_a_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Scenario:
    (folder / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("NTSB_STORE", str(folder / "file" / "store"))
    yield output_folders.create_folders, "choose another folder with NTSB_STORE"
    monkeypatch.setenv("NTSB_STORE", str(folder / "store"))


def a_link_in_the_store(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Scenario:
    monkeypatch.setenv("NTSB_STORE", str(folder))
    output_folders.create_folders()
    (first, *_) = output_folders.output_folders()
    shutil.rmtree(first)
    first.symlink_to(folder)
    yield output_folders.delete_folders, "remove the link yourself"
    first.unlink()


def an_unmarked_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Scenario:
    monkeypatch.setenv("NTSB_STORE", str(folder))
    (first, *_) = output_folders.output_folders()
    first.mkdir(parents=True)
    yield output_folders.delete_folders, "delete it yourself"
    first.rmdir()


def mistakes_in_flight_hours(folder: Path, _: pytest.MonkeyPatch) -> Scenario:
    path = folder / "hours.csv"
    line = ["2010", "general_aviation", "all", "100", "", "", "", "FAA", "2026-11-30", "ntsb_general_aviation", ""]

    def write(*lines: list[str]) -> None:
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([exposure_file.COLUMNS, *lines])

    write(["MMX", *line[1:]], line, line, [*line[:7], "", *line[8:]], line[1:])
    advice = ":6: .*; correct the line\n.*line 2.*; correct it\n.*found line 3; remove one\n.*line 5.*; add it"
    yield lambda: mappings.read_table("flight_activity", [path]), advice
    write(line)


def flight_hours_with_another_heading(folder: Path, _: pytest.MonkeyPatch) -> Scenario:
    path = folder / "hours.csv"
    path.write_text(",".join(exposure_file.COLUMNS).replace("year", "Year"), encoding="utf-8")
    yield lambda: mappings.read_table("flight_activity", [path]), "; correct the heading\n"
    path.write_text(",".join(exposure_file.COLUMNS), encoding="utf-8")


def flight_hours_in_another_encoding(folder: Path, _: pytest.MonkeyPatch) -> Scenario:
    path = folder / "hours.csv"
    path.write_text(",".join(exposure_file.COLUMNS), encoding="utf-16")
    yield lambda: mappings.read_table("flight_activity", [path]), "found another file .*; save it as CSV$"
    path.write_text(",".join(exposure_file.COLUMNS), encoding="utf-8")


def mistakes_in_a_registry(folder: Path, _: pytest.MonkeyPatch) -> Scenario:
    headings = ",".join((*registry_file.LAYOUTS["DEREG.txt"].forms, "NAME"))
    line = "1A,1,,,1970,20000131,,,20100131,OWNER"

    def write(name: str, *lines: str) -> None:
        (folder / f"{name}.txt").write_text("\n".join(lines), encoding="utf-8")

    write("ENGINE", "CODE", "1")
    write("DEREG", headings, line, f"{line},more", line.replace("0131", "0231"))
    advice = "use the file as it is published\n.*:3: .*; correct the line\n.*:4, CERT ISSUE DATE: .*; correct it"
    yield lambda: list(registry_file.read_registry(registry_file.list_files(folder))), advice
    write("ENGINE", "CODE,MFR,MODEL", "1,A,B")
    write("DEREG", headings, line)


def a_folder_without_a_registry(folder: Path, _: pytest.MonkeyPatch) -> Scenario:
    yield (
        lambda: list(registry_file.read_registry(registry_file.list_files(folder))),
        "use FAA's zip or the files in it",
    )
    (folder / "MASTER.txt").write_text(",".join(registry_file.LAYOUTS["MASTER.txt"].forms), encoding="utf-8")


def a_sql_file_without_header(folder: Path, _: pytest.MonkeyPatch) -> Scenario:
    path = folder / "view.sql"
    path.write_text("select 1", encoding="utf-8")
    message = yield lambda: sql_file.needs(path), "on line 1, found .*; add it"
    header = re.findall("`(-- needs: )<relations>`", message)[0]
    path.write_text(f"{header}events\nselect 1", encoding="utf-8")


def an_address_of_the_database(folder: Path, _: pytest.MonkeyPatch) -> Scenario:
    yield (
        lambda: parse_url("postgresql://ann:p%@host/db"),
        "encode special characters of user and password, such as %40",
    )
    yield lambda: parse_url("postgresql://ann:p%25@host/db")


SCENARIOS = (
    a_wrong_name, a_refused_client, a_large_download, endless_redirects, an_invalid_address,
    a_server_that_fails_for_a_while, a_missing_source_folder, an_empty_source_folder, a_missing_source,
    unknown_sources, an_unknown_source, a_zip_cut_short, another_archive, a_web_page, a_zip_of_two_databases,
    a_zip_that_unpacks_to_more, a_zip_of_a_newer_version,
    a_zip_lost_from_the_archive, an_unknown_snapshot, a_modified_snapshot, a_file_in_place_of_a_folder,
    a_folder_that_others_can_write_to, another_run, a_store_below_a_file, a_link_in_the_store, an_unmarked_folder,
    mistakes_in_flight_hours, flight_hours_with_another_heading, flight_hours_in_another_encoding,
    mistakes_in_a_registry, a_folder_without_a_registry, a_sql_file_without_header,
    an_address_of_the_database,
)  # fmt: skip


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_following_the_advice_resolves_the_problem(
    scenario: Callable[[Path, pytest.MonkeyPatch], Scenario], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = scenario(tmp_path, monkeypatch)
    first = next(steps)
    assert isinstance(first, tuple)
    action, advice = first
    with pytest.raises((PipelineError, ValueError)) as raised:
        action()
    assert re.search(advice, str(raised.value), re.DOTALL), raised.value
    try:
        followed = steps.send(str(raised.value))
    except StopIteration:
        action()
    else:
        assert callable(followed)
        followed()


MISTAKES = (
    ("top_makes = 20", "top_make = 20"),
    ("top_makes = 20", "top_makes = 20\ncolour = red"),
    ("top_makes = 20", "top_makes = many"),
    ("prediction_time = T1", "prediction_time = T7"),
    ("keep_releases = 2", "keep_releases = -1"),
    ("timeout_s = 60", "timeout_s = nan"),
    ("[Reporting]", "[Report]"),
    ("workers = 2", "worker = 2"),
)


@pytest.mark.parametrize(("old", "new"), MISTAKES)
def test_following_the_advice_for_a_setting_leaves_no_mistake(tmp_path: Path, old: str, new: str) -> None:
    """The messages are followed literally, one after the other: rename, remove, add, or write a permitted value."""
    path = tmp_path / "luigi.cfg"
    path.write_text((config.REPOSITORY / "luigi.cfg").read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    for _ in range(5):
        if not (mistakes := config_check.check_file(path)):
            return
        text = path.read_text(encoding="utf-8")
        path.write_text(followed(text, mistakes[0]), encoding="utf-8")
    pytest.fail(f"expected no mistake, found {mistakes}")


def followed(text: str, mistake: str) -> str:
    """A configuration file in which one message is followed."""
    if section := re.search(r"section \[(\w+)\] is unknown. Did you mean (\w+)\?", mistake):
        return text.replace(f"[{section[1]}]\n", f"[{section[2]}]\n")
    if renamed := re.search(r"\] (\w+) is unknown. Did you mean (\w+)\?", mistake):
        return re.sub(rf"^{renamed[1]} =", f"{renamed[2]} =", text, flags=re.MULTILINE)
    if removed := re.search(r"\] (\w+) is unknown. Remove it.", mistake):
        return re.sub(rf"^{removed[1]} = .*\n", "", text, flags=re.MULTILINE)
    if added := re.search(r"\[(\w+)\] (\w+) is missing: add it.", mistake):
        return text.replace(f"[{added[1]}]\n", f"[{added[1]}]\n{added[2]} = 20\n")
    corrected = re.search(r"\] (\w+): expected (?:\w+ in [\[(](\d+), (\d+)|(\w+)).*; correct it.", mistake)
    assert corrected, mistake
    value = corrected[4] or corrected[3]
    return re.sub(rf"^{corrected[1]} = .*$", f"{corrected[1]} = {value}", text, flags=re.MULTILINE)
