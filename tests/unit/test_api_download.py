"""The download of months: complete, resumable by page, immutable, and refreshed where something may have changed."""

import json
import os
import zipfile
from datetime import datetime
from functools import partialmethod
from pathlib import Path

import pytest

from pipeline.errors import ApiFormatChanged, ApiRefused, SourceUnreachable
from pipeline.ingest import archive
from pipeline.ingest.enterprise_api import download as download_module
from pipeline.ingest.enterprise_api import months
from pipeline.ingest.enterprise_api.download import Download
from samples import api_archive
from samples.serve import CASES, FEED, Api
from samples.serve_faults import Fault
from tests.api_server import Clock, api, case, client_of, download_of, few_cases  # noqa: F401  Pytest finds fixtures.

NEVER = datetime.fromisoformat("2100-01-01T00:00:00+00:00")


def files_of(download: Download) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(download.months.folder.glob("*.zip"))}


def test_the_archives_have_the_pages_as_they_were_sent(api: Api, tmp_path: Path) -> None:
    download = download_of(tmp_path)
    assert download.run(client_of(api), Clock()) == ["2016-01", "2016-02", "2016-03", "2016-04"]
    expected = api_archive.write_archive(tmp_path / "expected", few_cases(), "2016-01", "2016-04", 2)
    assert files_of(download) == {path.name: path.read_bytes() for path in expected}
    assert len(api.queries()) == 3 + 1 + 1 + 1


def test_the_record_says_when_and_from_where(api: Api, tmp_path: Path) -> None:
    download = download_of(tmp_path)
    download.run(client_of(api), Clock())
    path = download.months.path("2016-04")
    record = json.loads(path.with_name(f"{path.name}.json").read_text())
    assert record["sha256"] == archive.file_sha256(path)
    assert (record["address"], record["cases"], record["open_cases"]) == (api.address, 2, 1)
    assert [page["status"] for page in record["pages"]] == [200]
    assert record["retrieved"].startswith("2026-11-30T")
    empty = download.months.record("2016-03")
    assert empty is not None
    assert empty["pages"] == [{"status": 204}]


def test_after_a_kill_in_any_page_only_that_page_is_requested_twice(api: Api, tmp_path: Path) -> None:
    undisturbed = download_of(tmp_path / "undisturbed")
    undisturbed.run(client_of(api), Clock())
    queries = api.queries()
    for number in range(1, len(queries) + 1):
        api.requests.clear()
        download, clock = download_of(tmp_path / str(number)), Clock()
        client = client_of(api)

        def interrupt(seconds: float) -> None:
            raise KeyboardInterrupt

        # This response fails, and the process is killed before it tries again.
        client.limit.sleep = interrupt
        api.faults[:] = [Fault("500", 1, after=number - 1)]
        with pytest.raises(KeyboardInterrupt):
            download.run(client, clock)
        download.run(client_of(api), clock)
        assert api.queries() == [*queries[:number], *queries[number - 1 :]]
        assert files_of(download) == files_of(undisturbed)


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def interrupted(patch: pytest.MonkeyPatch, step: str) -> None:
    """Interrupt the process in a step of writing a month's archive; the next process has another number."""
    patch.setattr(os, "getpid", lambda: 1)
    if step == "zip":

        def write_partly(path: Path, *_: object) -> None:
            path.write_bytes(b"the beginning of a zip")
            interrupt()

        patch.setattr(months, "write_zip", write_partly)
    elif step == "sha256":
        patch.setattr(archive, "file_sha256", interrupt)
    elif step == "rename":
        replace = Path.replace
        patch.setattr(Path, "replace", lambda path, new: interrupt() if new.suffix == ".zip" else replace(path, new))
    else:
        patch.setattr(months.Months, "discard_pages", interrupt)


@pytest.mark.parametrize("step", ["zip", "sha256", "rename", "discard"])
def test_after_a_kill_between_the_files_of_a_month_nothing_is_requested_again(
    api: Api,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    download, clock = download_of(tmp_path, last="2016-01"), Clock()
    with monkeypatch.context() as patch:
        interrupted(patch, step)
        with pytest.raises(KeyboardInterrupt):
            download.run(client_of(api), clock)
    assert len(api.queries()) == 3
    download.run(client_of(api), clock)
    assert len(api.queries()) == 3
    assert download.months.is_intact("2016-01")
    assert {path.name for path in download.months.root.iterdir()} == {"months", "refresh.json"}


@pytest.mark.parametrize("step", ["zip", "rename", "discard"])
def test_after_a_kill_in_the_replacement_of_an_edition_both_are_kept(
    api: Api,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    download, clock = download_of(tmp_path, last="2016-01"), Clock()
    download.run(client_of(api), clock)
    (before,) = files_of(download).values()
    # A case was withdrawn.
    api.cases = few_cases()[1:]
    clock.advance(days=8)
    with monkeypatch.context() as patch:
        interrupted(patch, step)
        with pytest.raises(KeyboardInterrupt):
            download.run(client_of(api), clock, refresh=["2016-01"])
    download.run(client_of(api), clock, refresh=["2016-01"])
    assert {path.name for path in download.months.root.iterdir()} == {"earlier", "months", "refresh.json"}
    assert [path.read_bytes() for path in (download.months.root / "earlier").glob("*.zip")] == [before]
    record = download.months.record("2016-01")
    assert record is not None
    assert record["cases"] == 4
    assert download.months.is_intact("2016-01")


def test_a_damaged_kept_page_is_downloaded_again(api: Api, tmp_path: Path) -> None:
    download, clock = download_of(tmp_path, last="2016-01"), Clock()
    api.faults.append(Fault("500", 10, "marker=m4"))
    with pytest.raises(SourceUnreachable):
        download.run(client_of(api), clock)
    download.months.page_path("2016-01", 2).write_bytes(b'{"data": [')
    api.faults.clear()
    api.requests.clear()
    download.run(client_of(api), clock)
    assert [query.rpartition("=")[2] for query in api.queries()] == ["m2", "m4"]


def test_pages_of_another_day_are_not_continued(api: Api, tmp_path: Path) -> None:
    download, clock = download_of(tmp_path, last="2016-01"), Clock()
    api.faults.append(Fault("500", 10, "marker=m4"))
    with pytest.raises(SourceUnreachable):
        download.run(client_of(api), clock)
    api.faults.clear()
    api.requests.clear()
    clock.advance(days=1)
    download.run(client_of(api), clock)
    assert len(api.queries()) == 3


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("repeated-marker", r"\(2016-01, page 2\): expected a new marker, found that of page 1"),
        ("no-progress", r"\(2016-01, page 1\): expected the last page, found a page without cases and a marker"),
    ],
)
def test_pages_without_an_end_are_an_error_and_not_kept(api: Api, tmp_path: Path, kind: str, message: str) -> None:
    download = download_of(tmp_path)
    api.faults.append(Fault(kind))
    with pytest.raises(ApiFormatChanged, match=message):
        download.run(client_of(api), Clock())
    api.faults.clear()
    download.run(client_of(api), Clock())
    expected = api_archive.write_archive(tmp_path / "expected", few_cases(), "2016-01", "2016-04", 2)
    assert files_of(download) == {path.name: path.read_bytes() for path in expected}


@pytest.mark.parametrize("marker", ["m2", "m4"])
def test_no_content_in_place_of_an_announced_page_is_not_the_end_of_a_month(
    api: Api, tmp_path: Path, marker: str
) -> None:
    download, clock = download_of(tmp_path, last="2016-01"), Clock()
    api.faults.append(Fault("204", text=f"marker={marker}"))
    with pytest.raises(SourceUnreachable, match="HTTP 204 in place of a page that the former one announced"):
        download.run(client_of(api), clock)
    assert download.missing(clock()) == ["2016-01"]
    api.faults[:] = [Fault("204", 1, f"marker={marker}")]
    download.run(client_of(api), clock)
    record = download.months.record("2016-01")
    assert record is not None
    assert record["cases"] == 5


def test_a_month_cannot_have_more_pages_than_the_limit(
    api: Api,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(download_module, "MAX_PAGES", 2)
    with pytest.raises(ApiFormatChanged, match=r"page 2\): expected the last page, found 2 pages and a marker"):
        download_of(tmp_path).run(client_of(api), Clock())


def test_months_with_open_cases_and_those_that_the_feed_names_are_refreshed(api: Api, tmp_path: Path) -> None:
    download, clock = download_of(tmp_path), Clock()
    download.run(client_of(api), clock)
    assert [path for path, _ in api.requests].count(FEED) == 0
    before = files_of(download)
    # A new state of a case of February; its number is one that the list of changes does not omit.
    api.cases = [*few_cases()[:5], case(7, "2016-02-29", changed="2026-12-01"), *few_cases()[6:]]
    clock.advance(days=8)
    api.requests.clear()
    assert download.run(client_of(api), clock) == ["2016-02"]
    assert {query[10:17] for query in api.queries()} == {"2016-02", "2016-04"}
    assert "startDate=2026-11-29&endDate=2026-12-08" in api.queries(FEED)[0]
    after = files_of(download)
    assert {name for name in before if before[name] != after[name]} == {"api-2016-02.zip"}


def test_changes_since_the_last_complete_download_are_asked_for_after_an_interrupted_one(
    api: Api, tmp_path: Path
) -> None:
    download, clock = download_of(tmp_path), Clock()
    download.run(client_of(api), clock)
    clock.advance(days=8)
    api.faults.append(Fault("500"))
    with pytest.raises(SourceUnreachable):
        download.run(client_of(api), clock)
    api.faults.clear()
    api.requests.clear()
    clock.advance(days=8)
    download.run(client_of(api), clock)
    assert "startDate=2026-11-29&endDate=2026-12-16" in api.queries(FEED)[0]


def test_an_earlier_edition_is_kept(api: Api, tmp_path: Path) -> None:
    download, clock = download_of(tmp_path), Clock()
    download.run(client_of(api), clock)
    before = download.months.path("2016-01").read_bytes()
    api.cases = few_cases()[1:]
    clock.advance(days=8)
    assert download.run(client_of(api), clock, refresh=["2016-01"]) == ["2016-01"]
    (earlier,) = (tmp_path / "api" / "earlier").glob("api-2016-01-*.zip")
    assert earlier.read_bytes() == before
    assert download.months.path("2016-01").read_bytes() != before


@pytest.mark.parametrize("level", [0, 6, 9])
def test_a_refresh_of_equal_pages_is_no_new_edition_whatever_the_compression(
    api: Api, tmp_path: Path, level: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    download, clock = download_of(tmp_path), Clock()
    with monkeypatch.context() as patch:
        patch.setattr(zipfile.ZipFile, "writestr", partialmethod(zipfile.ZipFile.writestr, compresslevel=level))
        download.run(client_of(api), clock)
    before, records = files_of(download), [download.months.record(month) for month in download.wanted(clock())]
    clock.advance(days=8)
    wanted = download.wanted(clock())
    assert download.run(client_of(api), clock, refresh=wanted) == []
    assert files_of(download) == before
    assert not (tmp_path / "api" / "earlier").exists()
    assert all(download.months.is_intact(month) and not list(download.months.pages(month)) for month in wanted)
    refreshed = [download.months.record(month) for month in wanted]
    assert all(new and old and new["retrieved"] > old["retrieved"] for new, old in zip(refreshed, records, strict=True))


def test_recent_months_are_refreshed_although_they_have_no_case(api: Api, tmp_path: Path) -> None:
    download, clock = download_of(tmp_path, first="2026-08", last=""), Clock()
    download.run(client_of(api), clock)
    assert sorted(files_of(download)) == [f"api-2026-{month:02d}.zip" for month in range(8, 12)]
    clock.advance(days=8)
    api.requests.clear()
    download.run(client_of(api), clock)
    assert {query[10:17] for query in api.queries()} == {"2026-09", "2026-10", "2026-11", "2026-12"}


def test_a_damaged_archive_is_downloaded_again(api: Api, tmp_path: Path) -> None:
    download, clock = download_of(tmp_path), Clock()
    download.run(client_of(api), clock)
    before = files_of(download)
    path = download.months.path("2016-02")
    path.write_bytes(bytes(len(before[path.name])))
    clock.advance(days=8)
    download.run(client_of(api), clock)
    assert files_of(download) == before


@pytest.mark.parametrize("is_complete", [True, False])
def test_months_of_a_wrong_clock_are_downloaded_again_and_changes_are_asked_for_with_valid_dates(
    api: Api, tmp_path: Path, is_complete: bool
) -> None:
    download, right, wrong = download_of(tmp_path), Clock(), Clock(2030)
    download_of(tmp_path, last="2016-01").run(client_of(api), right)
    if is_complete:
        download.run(client_of(api), wrong)
    else:
        api.faults.append(Fault("500", 2, "2016-04"))
        with pytest.raises(SourceUnreachable):
            download.run(client_of(api), wrong)
    api.cases = [case(number + 1, f"2016-0{number}-02") for number in range(1, 5)]
    right.advance(days=8)
    api.requests.clear()
    assert download.run(client_of(api), right) == ["2016-02", "2016-03", "2016-04"]
    assert [query[10:17] for query in api.queries()] == ["2016-02", "2016-03", "2016-04"]
    assert [query[:40] for query in api.queries(FEED)] == ["startDate=2026-11-29&endDate=2026-12-08"]
    assert download.is_current(right(), NEVER)


DAMAGED = ["", "{}", "[]", '{"started": "2026"}', '{"is_complete": true}', '{"bytes": 1}', '{"unanswered": 1}']


@pytest.mark.parametrize("text", [*DAMAGED, '{"started": 1, "months": 1, "is_complete": true}'])
def test_a_damaged_record_is_written_again(api: Api, tmp_path: Path, text: str) -> None:
    download, clock = download_of(tmp_path), Clock()
    download.run(client_of(api), clock)
    before = files_of(download)
    (download.months.root / "refresh.json").write_text(text)
    api.faults.append(Fault("503"))
    started = clock()
    download_module.update(download, client_of(api), clock)
    assert download.is_current(clock(), started), "without an answer, archived months are current"
    api.faults.clear()
    (download.months.root / "refresh.json").write_text(text)
    path = download.months.path("2016-02")
    path.with_name(f"{path.name}.json").write_text(text.replace("1", str(path.stat().st_size)))
    assert not download.is_current(clock(), NEVER)
    download.run(client_of(api), clock)
    assert download.is_current(clock(), NEVER)
    assert files_of(download) == before


def test_when_a_download_is_due(api: Api, tmp_path: Path) -> None:
    download, clock = download_of(tmp_path), Clock()
    assert not download.is_current(clock(), NEVER)
    download.run(client_of(api), clock)
    assert download.is_current(clock(), NEVER)
    clock.advance(days=6)
    assert download.is_current(clock(), NEVER)
    clock.advance(days=1)
    assert not download.is_current(clock(), NEVER)
    zero = download_of(tmp_path, refresh_days=0)
    started = clock()
    assert not zero.is_current(clock(), started)
    zero.run(client_of(api), clock)
    assert zero.is_current(clock(), started)
    assert not zero.is_current(clock(), clock())
    download.months.path("2016-03").unlink()
    assert not zero.is_current(clock(), started)


def test_without_an_answer_archived_months_are_used(
    api: Api,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    download, clock = download_of(tmp_path), Clock()
    download_module.update(download, client_of(api), clock)
    before = files_of(download)
    clock.advance(days=8)
    api.faults.append(Fault("503"))
    started = clock()
    download_module.update(download, client_of(api), clock)
    assert "using the archived months" in caplog.text
    assert download.is_current(clock(), started)
    assert not download.is_current(clock(), clock())
    assert files_of(download) == before
    with pytest.raises(SourceUnreachable):
        download_module.update(download_of(tmp_path, last="2016-05"), client_of(api), clock)


def test_a_refused_key_stops_a_refresh(api: Api, tmp_path: Path) -> None:
    download, clock = download_of(tmp_path), Clock()
    download.run(client_of(api), clock)
    clock.advance(days=8)
    with pytest.raises(ApiRefused, match="NTSB_API_KEY"):
        download_module.update(download, client_of(api, key="another"), clock)


def test_the_archive_is_a_zip_that_other_programs_read(api: Api, tmp_path: Path) -> None:
    download = download_of(tmp_path)
    download.run(client_of(api), Clock())
    with zipfile.ZipFile(download.months.path("2016-01")) as zipped:
        assert zipped.testzip() is None
        assert zipped.namelist() == ["page-0001.json", "page-0002.json", "page-0003.json"]
        assert [path for path, _ in api.requests] == [CASES] * 6
