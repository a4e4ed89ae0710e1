"""Archives of months of the Enterprise API: their cases, what damages them, and the source that they form together."""

import json
import zipfile
from pathlib import Path

import pytest

from pipeline.errors import NotAZip, SchemaDrift, SnapshotNotFound, TruncatedArchive, UnsafeArchive
from pipeline.ingest import api_pages, contents, editions, snapshot
from pipeline.ingest.contents import Contents
from pipeline.ingest.editions import ArchivedFile
from pipeline.ingest.json_paths import PathNode
from pipeline.sources import api_era
from pipeline.warehouse.raw_cases import report_drift
from samples import api_archive
from tests.api_documents import sample_cases

MONTH = "2016-08"


def archive(path: Path, *pages: bytes, month: str = MONTH, names: tuple[str, ...] = ()) -> Path:
    """Write an archive with these pages, and other names of its members."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.comment = f"ntsb-api-month {month}".encode()
        for number, page in enumerate(pages, 1):
            zipped.writestr((names or tuple(f"page-{n:04d}.json" for n in range(1, 100)))[number - 1], page)
    return path


def cases(path: Path) -> list[tuple[int, int, str]]:
    return [(case.page, case.position, case.text) for case in api_pages.read_cases(path, "api.zip", 4)]


def test_cases_are_the_unmodified_text_with_page_and_position(tmp_path: Path) -> None:
    first = b'\xef\xbb\xbf {"hasMore":true, "data" : [ {"a": 1.10, "a":2} ,\n{"b":"\\u00e9]}"}], "n":null }\n'
    second = '{"data":[{"c":"é"}]}'.encode()
    path = archive(tmp_path / "x.zip", first, second)
    assert api_pages.month_of(path) == MONTH
    assert cases(path) == [(1, 1, '{"a": 1.10, "a":2}'), (1, 2, '{"b":"\\u00e9]}"}'), (2, 1, '{"c":"é"}')]


def test_a_month_without_cases_is_an_archive_without_members(tmp_path: Path) -> None:
    path = archive(tmp_path / "x.zip")
    assert api_pages.month_of(path) == MONTH
    assert cases(path) == []


@pytest.mark.parametrize("month", ["2016-13", "2016-8", "x", "2016-08 "])
def test_only_the_comment_says_that_a_zip_is_a_month(tmp_path: Path, month: str) -> None:
    assert api_pages.month_of(archive(tmp_path / "api-2016-08.zip", b"{}", month=month)) is None


@pytest.mark.parametrize(
    "page",
    [
        b"",
        b"[]",
        b"<html></html>",
        b'{"data":[{"a":1}',
        b'{"data":[{"a":1}]',
        b'{"data":[{"a":1},]}',
        b'{"data":[1]}',
        b'{"data":{"a":1}}',
        b'{"cases":[]}',
        b'{"data":[{"a":NaN}]}',
        b'{"data":[{"a":1e999}]}',
        b'{"data":[{"a":1e-999}]}',
        b'{"data":[{"a":"\t"}]}',
        b'{"data":[]} {}',
        b'{"data":[' + b'{"a":' * 3000 + b"1" + b"}" * 3000 + b"]}",
        b'{"data":[{"a":"\xff"}]}',
    ],
)
def test_a_page_that_is_no_list_of_cases_is_refused_with_its_name(tmp_path: Path, page: bytes) -> None:
    path = archive(tmp_path / "x.zip", b'{"data":[]}', page)
    with pytest.raises(NotAZip, match=r"^api\.zip, page-0002\.json: expected .*, found .*; "):
        cases(path)


@pytest.mark.parametrize("names", [("page-0002.json",), ("../page-0001.json",), ("avall.mdb",), ("page-0001.JSON",)])
def test_members_with_other_names_are_refused(tmp_path: Path, names: tuple[str, ...]) -> None:
    with pytest.raises(UnsafeArchive, match="expected an archive of API pages"):
        cases(archive(tmp_path / "x.zip", b'{"data":[]}', names=names))


def test_limits_of_size_apply(tmp_path: Path) -> None:
    path = archive(tmp_path / "x.zip", b'{"data":[' + b" " * 60_000_000 + b"]}")
    with pytest.raises(UnsafeArchive, match="more than 200 to 1"):
        cases(path)
    small = archive(tmp_path / "y.zip", b'{"data":[' + b" " * 2000 + b"]}")
    with pytest.raises(UnsafeArchive, match="max_unpacked_gb"):
        list(api_pages.read_cases(small, "api.zip", 1e-6))


def test_a_damaged_page_is_reported(tmp_path: Path) -> None:
    path = archive(tmp_path / "x.zip", json.dumps({"data": [{"a": str(n)} for n in range(500)]}).encode())
    content = bytearray(path.read_bytes())
    content[200] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(TruncatedArchive, match=r"page-0001\.json is damaged"):
        cases(path)


@pytest.mark.parametrize(
    ("text", "readable"),
    [
        ('{"a":"\\u0041\\n"}', None),
        ('{"a":"\\\\u0000"}', None),
        ('{"a":"\\ud83d\\ude00"}', None),
        ('{"a":"x\\u0000y"}', '{"a":"x\\ufffdy"}'),
        ('{"a":"\\\\\\u0000"}', '{"a":"\\\\\\ufffd"}'),
        ('{"a":"\\ud800\\ud83d\\ude00\\udc00"}', '{"a":"\\ufffd\\ud83d\\ude00\\ufffd"}'),
        ('{"a":"\\uD83D\\n\\uDE00"}', '{"a":"\\ufffd\\n\\ufffd"}'),
    ],
)
def test_escaped_characters_that_cannot_be_stored_are_replaced(text: str, readable: str | None) -> None:
    assert api_pages.ApiCase(1, 1, text, {}).readable_text == readable


def archived(
    month: str, newest: str, salt: str = "", years: tuple[tuple[int, int], ...] = ((2016, 1),)
) -> ArchivedFile:
    content = Contents(f"{month}{newest}{salt}", "", "", (), 1, newest, newest, month, years, month=month)
    return ArchivedFile(f"{month}{salt}.zip", f"{month}{newest}{salt}", 7, content)


def test_all_months_are_one_source_whose_id_is_that_of_their_list() -> None:
    months = [archived("2016-09", "2020-01-01"), archived("2016-08", "2020-02-01")]
    (file,), ignored = editions.select_files(months)
    assert not ignored
    assert (file.source, file.bytes, file.zips) == ("api", 14, ["2016-082020-02-01", "2016-092020-01-01"])
    assert editions.select_files(months[::-1])[0] == [file]
    assert file.sha256 == snapshot.months_sha256([("2016-08", file.zips[0]), ("2016-09", file.zips[1])])


def test_the_newest_edition_of_a_month_is_used() -> None:
    old, new = archived("2016-08", "2020-01-01"), archived("2016-08", "2020-02-01")
    more = archived("2016-08", "2020-02-01", "more", ((2016, 9),))
    (file,), ignored = editions.select_files([new, more, old])
    assert file.zips == [more.sha256]
    assert [item.reason for item in ignored] == [
        f"{name} is a newer edition of 2016-08" for name in (new.name, more.name)
    ]


def test_settings_may_exclude_the_months() -> None:
    files, ignored = editions.select_files([archived("2016-08", "2020-01-01")], base=("avall",))
    assert not files
    assert [item.name for item in ignored] == ["api"]


def test_months_of_a_source_are_found_in_the_snapshots(tmp_path: Path) -> None:
    (file,), _ = editions.select_files([archived("2016-08", "2020-01-01")])
    with pytest.raises(SnapshotNotFound, match="expected a snapshot that lists them"):
        snapshot.read_months(file.sha256, tmp_path)
    snapshot.write_snapshot([file], tmp_path)
    assert snapshot.read_months(file.sha256, tmp_path) == [("2016-08", file.zips[0])]


def test_contents_of_a_month_are_its_dates(tmp_path: Path) -> None:
    month = "2016-08"
    path = api_archive.write_month(tmp_path, month, api_archive.pages(sample_cases(), month))
    with contents.inspecting(path, "x", 4) as (content, _):
        assert content.month == month
        assert dict(content.years) == {2016: sum(case["eventDate"].startswith(month) for case in sample_cases())}
        assert content.newest_change == max(
            api_pages.edition_date(case) for case in sample_cases() if case["eventDate"].startswith(month)
        )


@pytest.mark.parametrize("junk", [b"", b"PK\x05\x06" + b"\0" * 18, b"PK\x03\x04 truncated", b"text"])
def test_other_files_are_no_month(tmp_path: Path, junk: bytes) -> None:
    (tmp_path / "x.zip").write_bytes(junk)
    assert api_pages.month_of(tmp_path / "x.zip") is None


def observed(*changes: dict[str, object]) -> PathNode:
    node = PathNode()
    for case in [*sample_cases(), *({**sample_cases()[0], **change} for change in changes)]:
        node.observe(case)
    return node


def test_the_samples_have_exactly_the_declared_paths(caplog: pytest.LogCaptureFixture) -> None:
    report_drift("api", observed(), api_era())
    assert caplog.text == ""


def test_new_paths_are_reported(caplog: pytest.LogCaptureFixture) -> None:
    report_drift("api", observed({"brandNew": 1, "weatherPrecipitations": [{"deep": [1]}]}), api_era())
    assert "path brandNew is new" in caplog.text
    assert "path weatherPrecipitations[].deep[] is new" in caplog.text


def test_a_missing_path_that_is_cast_is_schema_drift(caplog: pytest.LogCaptureFixture) -> None:
    node = PathNode()
    for case in sample_cases():
        node.observe({name: value for name, value in case.items() if name not in ("highestInjuryLevel", "region")})
    with pytest.raises(SchemaDrift, match="path highestInjuryLevel is absent"):
        report_drift("api", node, api_era())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"aircrafts": {"aircraftNumber": 1}}, "path aircrafts is an object instead of a list"),
        ({"aircrafts": "none"}, "path aircrafts is a single value instead of an object or a list"),
        ({"aircrafts": [["x"]]}, "path aircrafts\\[\\] is a list instead of an object"),
        ({"eventDate": ["2020-01-01"]}, "path eventDate is an object or a list instead of a single value"),
    ],
)
def test_a_field_of_another_shape_is_schema_drift(change: dict[str, object], message: str) -> None:
    with pytest.raises(SchemaDrift, match=message):
        report_drift("api", observed(change), api_era())


def test_documents_without_a_fixed_set_of_keys_are_refused() -> None:
    with pytest.raises(SchemaDrift, match="expected at most 20000 paths"):
        PathNode().observe({str(number): 1 for number in range(20_001)})


@pytest.mark.parametrize("is_made_up", [True, False])
def test_a_source_of_months_is_marked_if_one_case_says_that_it_is_made_up(tmp_path: Path, is_made_up: bool) -> None:
    marker = b',"madeUpData":"a notice"' if is_made_up else b""
    bodies = {"2016-07": b'{"data":[{"mKey":1}]}', "2016-08": b'{"data":[{"mKey":2},{"mKey":3%s}]}' % marker}
    archives = []
    for month, body in bodies.items():
        path = archive(tmp_path / f"{month}.zip", body, month=month)
        with contents.inspecting(path, path.name, 4) as (inspected, _):
            archives.append(ArchivedFile(path.name, inspected.access_sha256, 1, inspected))
    files, _ = editions.select_files(archives)
    assert bool(snapshot.notice(files)) == is_made_up


def test_a_path_is_listed_once_and_nesting_is_limited() -> None:
    node = PathNode()
    node.observe({"a.b": 1, "a": {"b": 2, "b[]": 3}, "a.b[]": [4]})
    assert sorted(node.leaves()) == ["a.b", "a.b[]", "a.b[][]"]
    document: object = 1
    for _ in range(970):
        document = [document]
    with pytest.raises(SchemaDrift, match="at most 100 levels"):
        PathNode().observe(document)
