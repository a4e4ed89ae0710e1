"""Reports: the same bytes again, every query named, nothing invented where there is nothing, no data read as HTML."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.warehouse import sql_file
from reports.severity import findings
from reports.shared import catalog, charts, components, formats, page, state_grid
from reports.shared.catalog import ALL, INDEX, REPORTS, ReportSpec
from reports.shared.data import Inputs
from tests.browser import examples

ROOT = Path(__file__).resolve().parents[2]
BOTH = pytest.mark.parametrize("spec", ALL, ids=[spec.name for spec in ALL])
DIGEST = """
import hashlib
from reports.shared.catalog import ALL
from tests.browser import examples
print(hashlib.sha256("".join(examples.build(spec) for spec in ALL).encode()).hexdigest())
"""


def digest(seed: str, zone: str, locale: str) -> str:
    """sha256 over all pages, built by a Python of its own."""
    environment = os.environ | {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-c", DIGEST], env=environment, capture_output=True, text=True, check=True
    ).stdout


def test_same_bytes_in_another_process_zone_and_locale() -> None:
    assert digest("0", "UTC", "C.UTF-8") == digest("4711", "Asia/Kathmandu", "C")


@BOTH
def test_page_names_every_query_with_its_text_and_the_release(spec: ReportSpec) -> None:
    html = examples.build(spec)
    for name, path in spec.queries.items():
        assert f'id="query-{name}"' in html
        assert str(page.environment().from_string("{{ text }}").render(text=path.read_text())) in html
    assert html.count("5f0c2a9be1d34477") >= 2
    for expected in ("0123456789abcdef", "feedfacecafebeef", "a" * 64, "b" * 64, "c" * 64, "jinja2 3.1"):
        assert expected in html


@BOTH
def test_links_inside_a_page_lead_somewhere(spec: ReportSpec) -> None:
    html = examples.build(spec)
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', html)) <= set(ids)


@BOTH
def test_page_points_at_nothing_outside(spec: ReportSpec) -> None:
    places = re.findall(r'(?:href|src)="([^"]+)"', examples.build(spec))
    near = {name for name, _ in catalog.pages()} | set(page.assets()) | {"data:,"}
    assert {place for place in places if not place.startswith("#")} <= near


@BOTH
def test_nothing_is_invented_where_there_is_nothing(spec: ReportSpec) -> None:
    html = examples.build(spec, empty=True)
    assert "nan" not in re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL).lower().split()
    assert 'class="chart"' not in html
    if spec.name == "quality":
        assert "No table is accounted for" in html and "Exact in all" not in html
    if spec.name == "severity":
        assert "There is no study in this release" in html and "No alarm" not in html


@BOTH
def test_data_is_never_read_as_html(spec: ReportSpec) -> None:
    html = examples.build(spec)
    assert "<script>alert" not in html
    title = replace(examples.context(spec), title=examples.HOSTILE)
    assert "<script>alert" not in spec.build(examples.inputs(spec), title)


def test_a_query_that_was_not_run_is_named() -> None:
    with pytest.raises(ValueError, match="query 'states' is expected"):
        Inputs({}).records("states")


def test_conservation_that_is_not_exact_says_so_first() -> None:
    spec = REPORTS["quality"]
    given = examples.inputs(spec)
    query = given.queries["conservation"]
    broken = replace(query, rows=((*query.rows[0][:-1], False), *query.rows[1:]))
    html = spec.build(Inputs({**given.queries, "conservation": broken}), examples.context(spec))
    assert "Not exact in 1 of 9 tables: PRE1982.events" in html
    assert "Exact in all" not in html


def test_alarms_stand_before_any_figure() -> None:
    spec = REPORTS["severity"]
    html = spec.build(Inputs({}, examples.study(alarms=["too good", "blank fields"])), examples.context(spec))
    assert "2 alarms: do not use these figures yet" in html
    assert html.index("2 alarms") < html.index('class="headlines"')
    assert "2 alarms raised" in findings.headline(examples.study(alarms=["a", "b"]))


def test_small_groups_get_no_share() -> None:
    spec = REPORTS["safety"]
    given = examples.inputs(spec)
    query = given.queries["light"]
    html = spec.build(
        Inputs({**given.queries, "light": replace(query, rows=(("DAYL", "Day", "FATL", 4),))}), examples.context(spec)
    )
    assert formats.TOO_FEW in html


def test_pages_speak_of_shares_never_of_risk() -> None:
    for spec in REPORTS.values():
        words = re.sub(r"<(script|style|pre).*?</\1>", "", examples.build(spec), flags=re.DOTALL).lower()
        for forbidden in ("accident rate", "fatality rate", "risk of flying", "safest"):
            assert forbidden not in words


@BOTH
def test_queries_say_what_they_need_and_their_grain(spec: ReportSpec) -> None:
    for path in spec.queries.values():
        lines = path.read_text().splitlines()
        assert sql_file.needs(path), path
        assert lines[1].startswith("-- grain: "), path
        assert "order by" in path.read_text() or lines[1] == "-- grain: one row in all", (
            f"{path}: the order of rows decides the page's bytes"
        )
        assert not re.search(r"\b(ntsb|mart|audit)\.", path.read_text()), path


def test_report_toml_must_be_whole(tmp_path: Path) -> None:
    (tmp_path / "report.toml").write_text('title = "A"\nsumary = "B"\n')
    with pytest.raises(ValueError, match="sumary"):
        catalog.read_report(tmp_path)


def test_files_decide_the_page() -> None:
    names = {path.name for path in REPORTS["safety"].files()}
    assert {
        "report.py",
        "template.html",
        "yearly.sql",
        "report.toml",
        "base.html",
        "style.css",
        "draw.js",
        "page.py",
        "charts.py",
    } <= names
    assert INDEX.name not in REPORTS


def test_unknown_is_not_zero() -> None:
    assert formats.count(None) == formats.decimal(None) == formats.share(None, 10, 5) == formats.UNKNOWN
    assert formats.count(0) == "0" and formats.plain(None) == ""
    assert formats.share(1, 4, 5) == formats.TOO_FEW and formats.share(1, 8, 5) == "12.5 %"
    assert formats.decimal(float("nan")) == formats.UNKNOWN and formats.decimal(-0.0001, 2) == "0.00"


def test_shades_hold_about_as_many_states() -> None:
    numbers: dict[str, int | None] = {
        state: at for at, state in enumerate(("CA", "TX", "FL", "AK", "AZ", "CO", "WA", "GA", "IL", "MI"), start=1)
    }
    shades = {tile.state: tile.shade for tile in state_grid.tiles(numbers)}
    assert [shades[state] for state in numbers] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert shades["NY"] == 0 and len(shades) == 52
    assert [words for _, words in state_grid.legend(numbers)] == ["1 to 2", "3 to 4", "5 to 6", "7 to 8", "9 to 10"]
    assert state_grid.legend({}) == [] and state_grid.legend({"CA": 3}) == [(1, "1 to 3")]


def test_chart_json_cannot_end_its_script_element() -> None:
    numbers = components.table("a", ("b",), [(1,)])
    drawn = charts.bars("x", ["</script><b>bold</b>"], {"s": [1]}, "summary", numbers)
    assert "<" not in drawn.json
    assert "&lt;b&gt;bold" in drawn.json
