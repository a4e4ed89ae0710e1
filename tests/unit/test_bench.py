"""The benchmark's arithmetic and choices: what it prints, what it counts as met, which files come as news."""

from pathlib import Path

import pytest

from pipeline.ingest import access_file
from samples import make
from tests.architecture.tree import REPOSITORY
from tests.bench import files, measures, memory, session
from tests.bench.__main__ import arguments, wanted
from tests.bench.measures import Measure
from tests.bench.runs import Bench, RunFailed
from tests.bench.typed_floor import levels

FLOORS = [Measure(measures.B, 10.0, rows=5000), Measure(measures.C, 30.0)]


@pytest.mark.parametrize(("seconds", "word"), [(60.0, "met"), (60.1, "missed")])
def test_cold_is_held_against_both_floors(seconds: float, word: str) -> None:
    cold = Measure(measures.COLD, seconds)
    by_name = {each.name: each for each in [*FLOORS, cold]}
    assert measures.ratio(cold, by_name) == pytest.approx(seconds / 40)
    assert measures.verdict(cold, by_name) == word


def test_what_it_is_held_against_was_not_measured() -> None:
    cold = Measure(measures.COLD, 1.0)
    assert measures.verdict(cold, {cold.name: cold}) == ""
    assert measures.records([cold])[0]["ratio"] is None


def test_lines_of_the_table() -> None:
    lines = measures.table([*FLOORS, Measure(measures.COLD, 50.0, note="all"), Measure(measures.MEMORY, 3000.0, "MB")])
    assert [line.split() for line in lines[1:]] == [
        ["floor", "(b)", "10.0", "s", "500"],
        ["floor", "(c)", "30.0", "s"],
        ["cold", "build", "50.0", "s", "1.25", "<=", "1.5", "x", "(b)", "+", "(c)", "met", "all"],
        ["memory", "outside", "the", "database", "3,000", "MB", "<=", "2048", "missed"],
    ]


def test_every_bar_is_of_something_that_is_measured() -> None:
    names = {text for name, text in vars(measures).items() if name.isupper() and isinstance(text, str)}
    assert set(measures.BARS) <= names
    assert {each for bar in measures.BARS.values() for each in bar.of} <= names


@pytest.mark.parametrize(("factor", "power"), [(2.0, 1.0), (4.0, 2.0), (1.0, 0.0)])
def test_exponent_of_growth(factor: float, power: float) -> None:
    assert measures.exponent((1000, 2000), (3.0, 3.0 * factor)) == pytest.approx(power)


def test_growth_is_judged_from_the_second_size_on() -> None:
    lines = measures.growth([(0.5, 1000, 10.0), (1, 2000, 20.0), (2, 4000, 80.0)])
    assert ["met" in line for line in lines] == [False, False, True, False]
    assert ["missed" in line for line in lines] == [False, False, False, True]


def test_scales() -> None:
    assert measures.scales("2,0.25,1") == [0.25, 1, 2]


@pytest.mark.parametrize("text", ["", "one", "0,1", "-1", "1,1"])
def test_scales_that_are_none(text: str) -> None:
    with pytest.raises(ValueError):
        measures.scales(text)


def test_a_scale_with_too_few_events_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        arguments().parse_args(["--scale", "0.001"])
    assert "--scale" in capsys.readouterr().err
    assert make.scaled(1) == make.NTSB
    assert make.scaled(make.SMALLEST_SCALE).avall > make.SAMPLES.avall


def test_files_of_the_smallest_scale(tmp_path: Path) -> None:
    size = make.scaled(make.SMALLEST_SCALE)
    make.make(tmp_path / "made", size)
    made = files.unpack(files.zips(tmp_path / "made"), tmp_path / "access")
    assert list(made) == ["PRE1982", "Pre2008", "avall", "up08NOV"]
    assert access_file.count_rows(made["Pre2008"], "events") == size.pre2008
    assert access_file.count_rows(made["avall"], "events") == size.avall + make.SHARED_EVENTS
    assert access_file.count_rows(made["PRE1982"], "tblFirstHalf") == size.pre1982 + 1  # one is there twice


def test_seconds_of_stages() -> None:
    notes = [
        {"step": "MergeTable --table b", "seconds": 2.0, "ended_ns": 13 * 10**9},
        {"step": "LoadRawTables --source x", "seconds": 4.0, "ended_ns": 10 * 10**9},
        {"step": "MergeTable --table a", "seconds": 2.0, "ended_ns": 12 * 10**9},
        {"step": "MergeTable --table c", "seconds": 1.0, "ended_ns": 20 * 10**9},
    ]
    assert measures.stages(notes) == [("LoadRawTables", 1, 4.0, 4.0), ("MergeTable", 3, 5.0, 4.0)]


def test_a_part_runs_after_what_it_needs() -> None:
    assert session.needed(["rollback"]) == ["cold", "avall", "rollback"]
    assert session.needed(["refresh", "floors"]) == ["floors", "cold", "refresh"]
    assert session.needed(session.PARTS) == list(session.PARTS)


def test_a_part_that_fails_is_the_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Bench, *words: str) -> tuple[float, str]:
        raise RunFailed(f"{words[-1]} ended with 30")

    monkeypatch.setattr(Bench, "run", fail)
    found = session.Session(REPOSITORY / "samples", tmp_path)
    assert found.run(["cold", "again"]) == []
    assert found.troubles == ["Released ended with 30"]


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ([], list(session.UNASKED)),
        (["--floors-only"], ["floors"]),
        (["--scale", "0.5,1"], ["cold"]),
        (["--scale", "1"], list(session.UNASKED)),
        (["--only", "cold", "weekly", "--verify"], ["cold", "weekly", "verify"]),
    ],
)
def test_what_is_asked_for(words: list[str], parts: list[str]) -> None:
    assert wanted(arguments().parse_args(words)) == parts


def test_the_newest_weekly_file_is_kept_apart(tmp_path: Path) -> None:
    for name in ("AVALL.zip", "pre2008.ZIP", "up29DEC.zip", "up05JAN.zip", "lookups.zip", "avall.txt"):
        (tmp_path / name).touch()
    found = files.zips(tmp_path)
    assert list(found) == ["Pre2008", "avall", "up29DEC", "up05JAN"]
    assert files.weekly(list(found)) == "up05JAN"
    assert files.weekly(["Pre2008", "avall"]) is None


def test_a_folder_without_databases(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(SystemExit, match="found none of them"):
            files.zips(folder)


def test_a_zip_is_replaced(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).write_text(name)
        files.place(tmp_path / "sources", "avall", tmp_path / name)
    assert (tmp_path / "sources" / "avall.zip").read_text() == "two"
    assert len(list((tmp_path / "sources").iterdir())) == 1


def test_foreign_keys_point_to_groups_before() -> None:
    groups = levels(["events", "states", "aircraft", "engines", "injury"])
    assert groups == [["events", "states"], ["aircraft"], ["engines", "injury"]]


def test_processes_below() -> None:
    tree = {1: [2, 3], 2: [4], 4: [5], 9: [10]}
    assert sorted(memory.below(1, tree)) == [2, 3, 4, 5]
    assert memory.below(3, tree) == []
