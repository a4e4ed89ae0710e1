"""What archived files are, by their contents, and how a snapshot orders and names them."""

import hashlib
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.ingest import contents as contents_module
from pipeline.ingest import snapshot
from pipeline.ingest.change_dates import is_date
from pipeline.ingest.contents import Contents, summarize
from pipeline.ingest.editions import ArchivedFile, identify, select_files
from pipeline.sources import era_of
from pipeline.warehouse import raw_names
from samples.jet4 import Column, write_access

MODERN = tuple(sorted(name.lower() for name in era_of("avall").tables))
PRE1982 = tuple(sorted(name.lower() for name in era_of("PRE1982").tables))
WEEK = [("2025-10-30 00:00:00", "2025-11-06 10:00:00")] * 25
SPREAD = [(f"{2008 + n % 18}-05-01 00:00:00", f"{2020 + n % 6}-10-31 0{n % 10}:00:00") for n in range(90)]
OLD = [(f"{1982 + n % 26}-05-01 00:00:00", f"2021-12-{n % 28 + 1:02d} 00:00:00") for n in range(90)]
FEW = SPREAD[:4]


def contents(member: str, dates: list[tuple[str, str]], tables: tuple[str, ...] = MODERN, salt: str = "") -> Contents:
    """Contents of an Access file with these (date of event, change date)."""
    digest = hashlib.sha256(repr((dates, tables, salt)).encode()).hexdigest()
    return Contents(digest, member, "2025-11-01", tables, **summarize(iter(dates)))


def archived(name: str, content: Contents) -> ArchivedFile:
    """An archived file, whose sha256 depends on its contents and on its name in the zip."""
    return ArchivedFile(name, hashlib.sha256((content.access_sha256 + content.member).encode()).hexdigest(), 1, content)


def names(*files: ArchivedFile, base: tuple[str, ...] = (), weekly: tuple[str, ...] = ()) -> list[str]:
    return [file.source for file in select_files(files, base, weekly)[0]]


@pytest.mark.parametrize(
    ("member", "dates", "expected"),
    [
        ("avall.mdb", SPREAD, "avall"),
        ("av2025.mdb", SPREAD, "avall"),
        ("", SPREAD, "avall"),
        ("up08NOV.mdb", SPREAD, "avall"),
        ("Pre2008.mdb", OLD, "Pre2008"),
        ("avall.mdb", OLD, "Pre2008"),
        ("", OLD, "Pre2008"),
        ("up08NOV.mdb", WEEK, "up08NOV"),
        ("avall.mdb", WEEK, "up06NOV"),
        ("", WEEK, "up06NOV"),
        ("weekly.mdb", WEEK, "up06NOV"),
        # Too few events: the name in the zip decides, and a file without a name withdraws no events.
        ("avall.mdb", FEW, "avall"),
        ("up01DEC.mdb", FEW, "up01DEC"),
        ("Pre2008.mdb", [], "Pre2008"),
        ("x.mdb", FEW, "up31OCT"),
        # Some revised events of all years, sent as a weekly file.
        ("up01DEC.mdb", SPREAD[:8] * 3, "up01DEC"),
    ],
)
def test_contents_determine_what_a_file_is(member: str, dates: list[tuple[str, str]], expected: str) -> None:
    assert names(archived("any.zip", contents(member, dates))) == [expected]


def test_tables_determine_the_era() -> None:
    assert names(archived("avall.zip", contents("avall.mdb", [], PRE1982))) == ["PRE1982"]
    assert names(archived("avall.zip", contents("avall.mdb", SPREAD, MODERN[1:]))) == ["avall"]
    files, ignored = select_files([archived("music.mdb", contents("", [], ("songs",)))])
    assert files == []
    assert [(item.name, item.reason) for item in ignored] == [
        ("music.mdb", "expected the tables of an era, found songs")
    ]
    tables = ("\x1b[31mred\nignored  avall.zip: x", *(f"{n}" * 255 for n in range(9)))
    (item,) = select_files([archived("music.mdb", contents("", [], tables))])[1]
    assert item.reason.isprintable()
    assert len(item.reason) < 500


def test_the_newest_file_of_a_name_has_the_plain_name() -> None:
    older = archived("avall.zip", contents("avall.mdb", SPREAD[:60]))
    newer = archived("avall (1).zip", contents("avall.mdb", [*SPREAD, ("2025-01-01", "2025-12-01 00:00:00")]))
    files, ignored = select_files([newer, older])
    assert [(file.source, file.sha256) for file in files] == [
        (f"avall_{older.sha256[:8]}", older.sha256),
        ("avall", newer.sha256),
    ]
    assert ignored == []
    assert {era_of(file.source).name for file in files} == {"avall"}
    assert not any(era_of(file.source).is_weekly(file.source) for file in files)


def test_weekly_files_are_ordered_by_their_changes_across_years() -> None:
    def week(name: str, day: str) -> ArchivedFile:
        return archived(f"{name}.zip", contents(f"{name}.mdb", [(day, f"{day} 09:00:00")] * 25))

    files = [week("up08JAN", "2025-01-07"), week("up08NOV", "2024-11-07"), week("up01DEC", "2025-11-30")]
    files += [archived("avall.zip", contents("avall.mdb", SPREAD))]
    assert names(*files) == ["up08NOV", "up08JAN", "avall", "up01DEC"]
    again = week("up08NOV", "2025-11-07")
    assert names(*files, again) == [f"up08NOV_{files[1].sha256[:8]}", "up08JAN", "avall", "up08NOV", "up01DEC"]


def test_a_database_that_is_there_twice_is_used_once() -> None:
    zipped = archived("avall.zip", contents("avall.mdb", SPREAD))
    files = [
        archived("avall.mdb", contents("", SPREAD)),
        archived("av2025.zip", contents("av2025.mdb", SPREAD)),
        zipped,
    ]
    used, ignored = select_files(files)
    assert [file.sha256 for file in used] == [zipped.sha256]
    assert [(item.name, item.reason) for item in ignored] == [
        ("av2025.zip", "its database is identical to that of avall.zip"),
        ("avall.mdb", "its database is identical to that of avall.zip"),
    ]


def test_a_database_without_change_dates_replaces_older_ones_as_a_whole() -> None:
    old = archived("PRE1982.zip", contents("PRE1982.MDB", [], PRE1982, "old"))
    new = archived("PRE1982 (1).zip", replace(contents("PRE1982.MDB", [], PRE1982, "new"), packed="2026-01-01"))
    used, ignored = select_files([old, new])
    assert [(file.source, file.sha256) for file in used] == [("PRE1982", new.sha256)]
    assert [item.name for item in ignored] == ["PRE1982.zip"]
    assert "PRE1982 (1).zip is a newer PRE1982" in ignored[0].reason


def test_settings_restrict_and_what_they_exclude_is_reported() -> None:
    files = [
        archived("avall (1).zip", contents("avall.mdb", SPREAD)),
        archived("Pre2008.zip", contents("Pre2008.mdb", OLD)),
        archived("up08NOV.zip", contents("up08NOV.mdb", WEEK)),
    ]
    used, ignored = select_files(files, base=("PRE2008",), weekly=("up01NOV",))
    assert [file.source for file in used] == ["Pre2008"]
    assert [(item.name, item.reason) for item in ignored] == [
        ("avall (1).zip", "it is avall, and [Sources] base in luigi.cfg lists only Pre2008"),
        ("up08NOV.zip", "it is up08NOV, and [Sources] weekly in luigi.cfg lists only up01NOV"),
    ]
    assert names(*files, weekly=("up08NOV",)) == ["Pre2008", "avall", "up08NOV"]


@given(
    st.lists(st.sampled_from([SPREAD, OLD, WEEK, FEW, SPREAD[3:]]), max_size=5),
    st.lists(st.text(max_size=9), min_size=5, max_size=5, unique=True),
    st.lists(st.sampled_from(["avall.mdb", "Pre2008.mdb", "up08NOV.mdb", "x.mdb", ""]), min_size=5, max_size=5),
    st.randoms(),
)
def test_neither_names_nor_order_of_files_matter(
    dates: list[list[tuple[str, str]]], labels: list[str], members: list[str], random: Random
) -> None:
    files = [archived(f"{index}.zip", contents(members[index], part)) for index, part in enumerate(dates)]
    used, ignored = select_files(files)
    renamed = [replace(file, name=label) for file, label in zip(files, labels, strict=False)]
    random.shuffle(renamed)
    again, ignored_again = select_files(renamed)
    assert snapshot.snapshot_id(again) == snapshot.snapshot_id(used)
    assert len(ignored_again) == len(ignored) == len(files) - len(used)
    assert len({file.source.lower() for file in used}) == len(used)
    assert {file.sha256 for file in used} <= {file.sha256 for file in files}


def test_text_that_is_no_date_is_not_a_date_of_an_event() -> None:
    texts = ("2025-02-29", "1900-01-00 00:00:00", "", "soon", "2025-W48-5", "20251128", "2024-02-29 23:59:59")
    assert [text for text in texts if is_date(text)] == ["2024-02-29 23:59:59"]
    assert summarize(iter([("", "1900-01-00")])) == {
        "changes": 0,
        "newest_change": "",
        "median_change": "",
        "median_date": "",
        "years": (),
        "periods": (),
    }
    assert identify(contents("avall.mdb", [("", "")] * 30)) is not None


def test_a_wrong_date_in_a_small_file_does_not_order_it_last() -> None:
    """The other files of the snapshot show that no event or change leads to its date."""
    spread = archived("avall.zip", contents("avall.mdb", SPREAD))
    few = [("2020-01-01", "2021-05-01 00:00:00"), ("2020-02-01", "2099-01-01 00:00:00")]
    older = archived("old.zip", contents("avall.mdb", few))
    assert [file.sha256 for file in select_files([spread, older])[0]] == [older.sha256, spread.sha256]


def test_of_names_that_differ_in_case_the_dates_are_those_of_the_loaded_table_and_columns(tmp_path: Path) -> None:
    """`raw_names.safe_names` decides which of them is loaded under the name of NTSB."""
    names = ("EV_ID", "EV_DATE", "ev_date", "Lchg_Date", "LCHG_DATE")
    columns = [Column(name, "TEXT", 30) for name in names]
    loaded = ("1", "wrong", "2025-01-02 00:00:00", "wrong", "2025-11-06 10:00:00")
    rows = {"Events": [("2", *["2099-01-01"] * 4)], "events": [loaded], "EVENTS": []}
    path = tmp_path / "avall.mdb"
    write_access(path, dict.fromkeys(rows, columns), rows)
    with contents_module.inspecting(path, "avall.mdb", 1) as (inspected, _):
        assert (inspected.newest_change, inspected.years) == ("2025-11-06 10:00:00", ((2025, 1),))
    assert raw_names.safe_names(rows)["events"] == "events"
    assert {raw_names.safe_names(names)[name] for name in ("ev_date", "LCHG_DATE")} == {"ev_date", "lchg_date"}
