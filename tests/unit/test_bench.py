"""The benchmark: ratios, limits, printed table, selected parts and files."""

import json
from pathlib import Path

import pytest

from pipeline.ingest.enterprise_api.client import Client, RateLimit
from pipeline.ingest.http import RequestPolicy
from samples import make
from tests.architecture.tree import REPOSITORY
from tests.bench import api, files, measures, memory, queries, session
from tests.bench.__main__ import arguments, selected_parts
from tests.bench.measures import Measure
from tests.bench.runs import Bench, RunFailed
from tests.bench.typed_baseline import levels

BASELINES = [Measure(measures.B, 10.0, rows=5000), Measure(measures.C, 30.0)]


@pytest.mark.parametrize(("seconds", "word"), [(60.0, "met"), (60.1, "missed")])
def test_the_limit_of_the_cold_build_refers_to_both_baselines(seconds: float, word: str) -> None:
    cold = Measure(measures.COLD, seconds)
    by_name = {measure.name: measure for measure in [*BASELINES, cold]}
    assert measures.ratio(cold, by_name) == pytest.approx(seconds / 40)
    assert measures.result(cold, by_name) == word


def test_no_ratio_without_the_measurements_it_refers_to() -> None:
    cold = Measure(measures.COLD, 1.0)
    assert measures.result(cold, {cold.name: cold}) == ""
    assert measures.records([cold])[0]["ratio"] is None


def test_the_table_has_value_rate_ratio_limit_and_result() -> None:
    lines = measures.table(
        [*BASELINES, Measure(measures.COLD, 50.0, note="all"), Measure(measures.MEMORY, 3000.0, "MB")]
    )
    assert [line.split() for line in lines[1:]] == [
        ["baseline", "(b)", "10.0", "s", "500"],
        ["baseline", "(c)", "30.0", "s"],
        ["cold", "build", "50.0", "s", "1.25", "<=", "1.5", "x", "(b)", "+", "(c)", "met", "all"],
        ["memory", "outside", "the", "database", "3,000", "MB", "<=", "2048", "missed"],
    ]


def test_limits_refer_to_existing_measurements() -> None:
    names = {text for name, text in vars(measures).items() if name.isupper() and isinstance(text, str)}
    assert set(measures.LIMITS) <= names
    assert {name for limit in measures.LIMITS.values() for name in limit.of} <= names


def test_every_query_has_the_limit_of_its_99th_percentile() -> None:
    lines = measures.table([Measure("query by-id", 500.0, "ms"), Measure("query period", 500.1, "ms")])
    assert [line.split() for line in lines[1:]] == [
        ["query", "by-id", "500.0", "ms", "<=", "500", "met"],
        ["query", "period", "500.1", "ms", "<=", "500", "missed"],
    ]


@pytest.mark.parametrize(("count", "value"), [(1, 1), (2, 2), (99, 99), (100, 99), (200, 198)])
def test_the_99th_percentile_is_the_nearest_rank(count: int, value: float) -> None:
    assert queries.percentile([float(number) for number in range(count, 0, -1)], 0.99) == value


@pytest.mark.parametrize(("factor", "power"), [(2.0, 1.0), (4.0, 2.0), (1.0, 0.0)])
def test_the_exponent_is_the_slope_between_two_sizes_on_log_scales(factor: float, power: float) -> None:
    assert measures.exponent((1000, 2000), (3.0, 3.0 * factor)) == pytest.approx(power)


def test_growth_is_compared_with_its_limit_from_the_second_size_on() -> None:
    lines = measures.growth([(0.5, 1000, 10.0), (1, 2000, 20.0), (2, 4000, 80.0)])
    assert ["met" in line for line in lines] == [False, False, True, False]
    assert ["missed" in line for line in lines] == [False, False, False, True]


def test_scales_are_parsed_and_sorted() -> None:
    assert measures.scales("2,0.25,1") == [0.25, 1, 2]


@pytest.mark.parametrize("text", ["", "one", "0,1", "-1", "1,1"])
def test_invalid_scales_are_rejected(text: str) -> None:
    with pytest.raises(ValueError):
        measures.scales(text)


def test_a_scale_with_too_few_events_is_rejected(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        arguments().parse_args(["--scale", "0.001"])
    assert "--scale" in capsys.readouterr().err
    assert make.scaled(1) == make.NTSB
    assert make.scaled(make.SMALLEST_SCALE).avall > make.SAMPLES.avall


def test_seconds_are_summed_per_task_family() -> None:
    run_records = [
        {"step": "MergeTable --table b", "seconds": 2.0, "ended_ns": 13 * 10**9},
        {"step": "LoadRawTables --source x", "seconds": 4.0, "ended_ns": 10 * 10**9},
        {"step": "MergeTable --table a", "seconds": 2.0, "ended_ns": 12 * 10**9},
        {"step": "MergeTable --table c", "seconds": 1.0, "ended_ns": 20 * 10**9},
    ]
    assert measures.stages(run_records) == [("LoadRawTables", 1, 4.0, 4.0), ("MergeTable", 3, 5.0, 4.0)]


def test_parts_run_after_their_prerequisites() -> None:
    assert session.with_prerequisites(["rollback"]) == ["cold", "avall", "rollback"]
    assert session.with_prerequisites(["refresh", "floors"]) == ["floors", "cold", "refresh"]
    assert session.with_prerequisites(session.PARTS) == list(session.PARTS)


def test_a_session_stops_at_the_first_part_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Bench, *arguments: str) -> tuple[float, str]:
        raise RunFailed(f"{arguments[-1]} ended with 30")

    monkeypatch.setattr(Bench, "run", fail)
    failing = session.Session(REPOSITORY / "samples", tmp_path)
    assert failing.run(["cold", "again"]) == []
    assert failing.errors == ["Released ended with 30"]


@pytest.mark.parametrize(
    ("argv", "parts"),
    [
        ([], list(session.DEFAULT_PARTS)),
        (["--only", "floors"], ["floors"]),
        (["--scale", "0.5,1"], ["cold"]),
        (["--scale", "1"], list(session.DEFAULT_PARTS)),
        (["--only", "cold", "weekly", "--verify"], ["cold", "weekly", "verify"]),
    ],
)
def test_the_command_line_selects_the_parts(argv: list[str], parts: list[str]) -> None:
    assert selected_parts(arguments().parse_args(argv)) == parts


def test_the_number_of_cases_is_that_of_the_api_by_default_and_has_a_minimum() -> None:
    assert arguments().parse_args(["--api"]).api == api.DEFAULT_CASES
    assert arguments().parse_args(["--api", "450"]).api == 450
    with pytest.raises(SystemExit):
        arguments().parse_args(["--api", "449"])


def test_the_last_weekly_file_by_name_is_selected(tmp_path: Path) -> None:
    for name in ("AVALL.zip", "pre2008.ZIP", "up29DEC.zip", "up05JAN.zip", "lookups.zip", "avall.txt"):
        (tmp_path / name).touch()
    by_source = files.zips(tmp_path)
    assert list(by_source) == ["Pre2008", "avall", "up05JAN", "up29DEC"]
    assert files.weekly(list(by_source)) == "up29DEC"
    assert files.weekly(["Pre2008", "avall"]) is None


def test_a_folder_without_databases_is_rejected(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(SystemExit, match="found none of them"):
            files.zips(folder)


def test_linking_a_zip_replaces_the_earlier_one(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).write_text(name)
        files.link(tmp_path / "sources", "avall", tmp_path / name)
    assert (tmp_path / "sources" / "avall.zip").read_text() == "two"
    assert len(list((tmp_path / "sources").iterdir())) == 1


def test_foreign_keys_refer_to_earlier_groups() -> None:
    groups = levels(["events", "states", "aircraft", "engines", "injury"])
    assert groups == [["events", "states"], ["aircraft"], ["engines", "injury"]]


def test_descendants_are_direct_and_indirect_children() -> None:
    tree = {1: [2, 3], 2: [4], 4: [5], 9: [10]}
    assert sorted(memory.descendants(1, tree)) == [2, 3, 4, 5]
    assert memory.descendants(3, tree) == []


def test_the_server_of_the_benchmark_sends_pages_by_month_and_marker(tmp_path: Path) -> None:
    page = {"startDate": "2016-03-01", "endDate": "2016-03-31", "hasMore": True, "nextMarker": "m1000", "data": []}
    (tmp_path / "2016-03.json").write_text(json.dumps(page))
    (tmp_path / "2016-03m1000.json").write_text(json.dumps(page | {"hasMore": False, "nextMarker": None}))
    with api.serving(tmp_path) as address:
        client = Client(address, api.KEY, RequestPolicy(timeout_s=5, attempts=1, backoff_s=0), RateLimit(100))
        pages = [client.page("2016-03-01", "2016-03-31", marker, "a page") for marker in ("", "m1000")]
        assert [page and page.marker for page in pages] == ["m1000", ""]
        assert client.page("2016-04-01", "2016-04-30", "", "a month without cases") is None
        assert client.changed_months("2016-03-01", "2016-03-31") == set()
