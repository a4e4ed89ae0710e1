"""All reports: visible queries, empty results, escaping of data, and files in the fingerprint."""

import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

import pytest

from pipeline.warehouse import sql_file
from reports.changes.excerpts import excerpts
from reports.severity import cases, metric_tables
from reports.shared import anchors, catalog, charts, components, formats, page, state_grid
from reports.shared.catalog import ALL, INDEX, REPORTS, ReportSpec
from reports.shared.citation import Citation
from reports.shared.data import Inputs
from tests.browser import examples

ROOT = Path(__file__).resolve().parents[2]
EACH_REPORT = pytest.mark.parametrize("spec", ALL, ids=[spec.name for spec in ALL])


@EACH_REPORT
def test_page_shows_every_query_and_its_provenance(spec: ReportSpec) -> None:
    html = examples.build(spec)
    for name, path in spec.queries.items():
        assert f'id="query-{name}"' in html
        assert (
            str(page.environment().from_string("{{ text }}").render(text=path.read_text().rstrip().rstrip(";"))) in html
        )
    assert html.count("5f0c2a9be1d34477") >= 2
    for expected in ("0123456789abcdef", "feedfacecafebeef", "a" * 64, "b" * 64, "c" * 64, "jinja2 3.1"):
        assert expected in html


@EACH_REPORT
def test_page_of_made_up_events_says_so_in_title_banner_and_footer(
    spec: ReportSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "made-up" not in examples.build(spec).lower().partition("<style>")[0]
    context = replace(examples.context(spec), is_made_up=True)
    monkeypatch.setattr(examples, "context", lambda spec: context)
    html = examples.build(spec)
    assert "<title>MADE-UP SAMPLE DATA" in html
    assert "Made-up sample data." in html.partition("<main")[0]
    assert "Source: National Transportation Safety Board" not in html
    assert "Do not cite this page." in html.partition("<footer>")[2]
    assert "that it had not seen" not in html and 'class="key-findings"' not in html


@EACH_REPORT
def test_internal_links_have_a_target_and_ids_are_unique(spec: ReportSpec) -> None:
    html = examples.build(spec)
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    # With an `=`, it is a parameter of the page's script.
    assert set(re.findall(r'href="#([^"=]+)"', html)) <= set(ids)


@EACH_REPORT
def test_page_has_no_external_links(spec: ReportSpec) -> None:
    links = re.findall(r'(?:href|src)="([^"]+)"', examples.build(spec))
    local = {name for name, _ in catalog.pages()} | {"data:,", "changes.atom"}
    local |= {f"{spec.name}/{name}" for name in (spec.data_files(examples.inputs(spec)) if spec.has_data else ())}
    # The data dictionary links to the Parquet files of the store.
    outside = ("#", "../../targets/store/parquet/")
    assert {link.partition("#")[0] for link in links if not link.startswith(outside)} <= local
    anchors = [link.partition("#") for link in links if ".html#" in link and not link.startswith("event.html")]
    for file, _, anchor in anchors:
        assert f'id="{anchor}"' in examples.build(REPORTS[file.removesuffix(".html")]), file


@EACH_REPORT
def test_empty_results_are_shown_as_such(spec: ReportSpec) -> None:
    html = examples.build(spec, empty=True)
    assert "nan" not in re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL).lower().split()
    assert '<svg class="plot' not in html
    if spec.name == "quality":
        assert "This release has no row accounting" in html and "Row counts balance" not in html
    if spec.name == "severity":
        assert "This release has no severity study" in html and "No leakage warnings" not in html


@EACH_REPORT
def test_data_is_escaped(spec: ReportSpec) -> None:
    html = examples.build(spec)
    assert "<script>alert" not in html
    title = replace(examples.context(spec), title=examples.HOSTILE)
    assert "<script>alert" not in spec.build(examples.inputs(spec), title)


def test_changes_are_new_events_first_then_old_and_new_values() -> None:
    html = examples.build(REPORTS["changes"])
    assert '<a href="event.html#20990101X00001">20990101X00001</a>' in html
    assert html.index('id="new"') < html.index('id="revised"') < html.index('id="withdrawn"')
    cells = re.sub(r"</t[dh]><t[dh][^>]*>", " | ", html)
    assert "2099-01-01 | TROY, MICHIGAN | N1" in cells and "Fatal: 2 deaths, 2 seriously injured" in cells
    assert "2099-01-01 TROY, MICHIGAN | events.ev_highest_injury | SERS | FATL" in cells
    assert "aircraft.damage | no value | " in cells
    fields, _, bookkeeping = html.partition("Bookkeeping: ")
    assert "lchg_date" not in re.sub(r"<pre.*?</pre>", "", fields, flags=re.DOTALL) and "lchg_date" in bookkeeping


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ("Bnd", "Bend", ("Bnd", "Bend")),
        (None, "N" * 90, (None, "N" * 80 + "… (90 characters)")),
        ("", "short", ("", "short")),
        (
            "a" * 1500 + "X" + "b" * 200,
            "a" * 1500 + "Y" + "b" * 200,
            tuple(f"…{'a' * 20}{letter}{'b' * 59}… (1,701 characters)" for letter in "XY"),
        ),
        ("a" * 100, "a" * 101, (f"…{'a' * 20} (100 characters)", f"…{'a' * 21} (101 characters)")),
        ("b" + "a" * 90, "a" * 91, (f"b{'a' * 79}… (91 characters)", f"{'a' * 80}… (91 characters)")),
    ],
)
def test_excerpts_show_the_first_difference_and_that_they_are_cut(
    before: str | None, now: str, expected: tuple[str | None, str]
) -> None:
    assert excerpts(before, now) == expected


def test_missing_query_result_is_an_error() -> None:
    with pytest.raises(ValueError, match="expected a result of query 'states'"):
        Inputs({}).records("states")


def test_unlisted_models_do_not_replace_the_primary_model() -> None:
    study = {
        "primary_model": "xgboost",
        "metrics": {"xgboost": {}, "neural network": {}, "zebra": {}, "class shares": {}},
    }
    assert metric_tables.model_names(study) == ["xgboost", "class shares", "neural network", "zebra"]
    assert metric_tables.primary_model(study) == "xgboost"


def test_the_severity_page_has_a_sentence_to_print() -> None:
    """The example finds 420 of 650 fatal accidents, and 420 of 710 fatal predictions are right."""
    sentence = cases.quotable_summary(examples.study(), 5)
    assert sentence == (
        "Of 650 fatal accidents that it had not seen, the model finds 420; 59 % of its 710 fatal predictions are right."
    )
    assert sentence in examples.build(REPORTS["severity"])
    few = {"xgboost": {"test": {"confusion": [[9, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 4]]}}}
    for study in ({}, examples.study(leakage_warnings=["too good"]), examples.study(metrics=few)):
        assert cases.quotable_summary(study, 5) == ""
    for confusion in ([[9, 0, 0, 0], [0] * 4, [0] * 4, [4, 0, 0, 0]], [[5, 0, 0, 4], [0] * 4, [0] * 4, [0] * 4]):
        study = examples.study(metrics={"xgboost": {"test": {"confusion": confusion}}})
        assert cases.quotable_summary(study, 0) == ""


def test_features_and_cases_are_in_words() -> None:
    assert (
        cases.label("hour", {"hour": "Local solar hour of the event: UTC plus one."}) == "Local solar hour of the event"
    )
    assert cases.label("other", {}) == "other"
    html = examples.build(REPORTS["severity"])
    assert "Phase of flight of the first aircraft" in html and "2.5, more likely fatal" in html
    assert "feature_2: not recorded, less likely fatal" in html
    assert html.count('<a href="event.html#2099010') == 10


def test_unbalanced_row_counts_are_reported_by_table() -> None:
    spec = REPORTS["quality"]
    inputs = examples.inputs(spec)
    query = inputs.queries["conservation"]
    unbalanced = replace(query, rows=((*query.rows[0][:-1], False), *query.rows[1:]))
    html = spec.build(Inputs({**inputs.queries, "conservation": unbalanced}), examples.context(spec))
    assert "Row counts do not balance in 1 of 9 tables: PRE1982.events" in html
    assert "Row counts balance" not in html


def test_checks_that_were_not_evaluated_are_not_shown_as_passed() -> None:
    reason = "metrics on test: 15 fatal events, 20 required"
    spec = REPORTS["severity"]
    html = spec.build(Inputs({}, examples.study(not_evaluated=[reason])), examples.context(spec))
    assert f"Not evaluated: {reason}" in html and html.index(reason) < html.index('class="headlines"')
    assert "No leakage warnings" not in html
    summary = metric_tables.study_summary(examples.study(not_evaluated=[reason]))
    assert reason in summary and "No leakage warnings" not in summary
    both = spec.build(
        Inputs({}, examples.study(not_evaluated=[reason], leakage_warnings=["x"])), examples.context(spec)
    )
    assert f"Not evaluated: {reason}" in both


def test_leakage_warnings_come_before_any_metric() -> None:
    spec = REPORTS["severity"]
    html = spec.build(Inputs({}, examples.study(leakage_warnings=["too good", "blank fields"])), examples.context(spec))
    assert "2 leakage warnings: do not use these metrics yet" in html
    assert html.index("2 leakage warnings") < html.index('class="headlines"')
    summary = metric_tables.study_summary(examples.study(leakage_warnings=["a", "b"]))
    assert "2 leakage warnings: do not use until explained." in summary


def test_small_groups_have_no_share() -> None:
    spec = REPORTS["safety"]
    inputs = examples.inputs(spec)
    query = inputs.queries["light"]
    html = spec.build(
        Inputs({**inputs.queries, "light": replace(query, rows=(("DAYL", "Day", "FATL", 4),))}), examples.context(spec)
    )
    assert formats.TOO_FEW in html


def test_only_the_page_on_rates_mentions_them_and_none_a_risk() -> None:
    for spec in REPORTS.values():
        text = re.sub(r"<(script|style|pre).*?</\1>", "", examples.build(spec), flags=re.DOTALL).lower()
        rates = () if spec.name == "rates" else ("accident rate", "fatality rate")
        for forbidden in (*rates, "risk of flying", "safest"):
            assert forbidden not in text


@EACH_REPORT
def test_queries_declare_relations_grain_and_order(spec: ReportSpec) -> None:
    for path in spec.queries.values():
        lines = path.read_text().splitlines()
        assert sql_file.needs(path), path
        assert lines[1].startswith("-- grain: "), path
        assert "order by" in path.read_text() or lines[1].startswith("-- grain: one row:"), (
            f"{path}: expected order by, found none; the bytes of the page depend on the order of rows"
        )
        assert not re.search(r"\b(ntsb|mart|audit)\.", path.read_text()), path


def test_report_toml_errors_are_all_named(tmp_path: Path) -> None:
    (tmp_path / "report.toml").write_text('title = "A"\nsumary = "B"\n')
    with pytest.raises(ValueError, match="missing summary, missing position, missing needs_study, unknown sumary"):
        catalog.read_report(tmp_path)


def test_shares_of_the_safety_page_have_intervals() -> None:
    """95 % intervals of Wilson (1927), published examples: 0 of 20 and 15 of 148 (Newcombe 1998, table I)."""
    assert formats.share_with_interval(0, 20, 5) == "0.0 % [0.0,\u00a016.1]"
    assert formats.share_with_interval(15, 148, 5) == "10.1 % [6.2,\u00a016.0]"
    assert formats.share_with_interval(1, 4, 5) == formats.TOO_FEW
    # Exact Poisson limits, from tables of the distribution.
    assert [formats.count_limits(count) for count in (0, 1, 10, None)] == [
        "[0.0,\u00a03.7]",
        "[0.0,\u00a05.6]",
        "[4.8,\u00a018.4]",
        formats.UNKNOWN,
    ]
    assert formats.share_with_interval(None, 4, 5) == formats.UNKNOWN
    html = examples.build(REPORTS["safety"])
    heads = re.findall(r"<table.*?</table>", html, re.DOTALL)
    with_shares = [table for table in heads if "Share " in table and " %" in table]
    assert len(with_shares) == 5
    assert all(re.search(r" % \[\d+\.\d,\u00a0\d+\.\d\]", table) for table in with_shares)


def test_page_files_include_templates_queries_and_shared_assets() -> None:
    names = {path.name for path in REPORTS["safety"].files()}
    assert {"template.html", "yearly.sql", "report.toml", "base.html", "style.css", "charts.js"} <= names
    assert INDEX.name not in REPORTS


def test_unknown_is_not_formatted_as_zero() -> None:
    assert formats.count(None) == formats.decimal(None) == formats.share(None, 10, 5) == formats.UNKNOWN
    assert formats.count(0) == "0" and formats.plain(None) == ""
    assert formats.share(1, 4, 5) == formats.TOO_FEW and formats.share(1, 8, 5) == "12.5 %"
    assert formats.decimal(float("nan")) == formats.UNKNOWN and formats.decimal(-0.0001, 2) == "0.00"


def test_shades_are_quantiles_of_counts() -> None:
    counts: dict[str, int | None] = {
        state: count
        for count, state in enumerate(("CA", "TX", "FL", "AK", "AZ", "CO", "WA", "GA", "IL", "MI"), start=1)
    }
    shades = {tile.state: tile.shade for tile in state_grid.tiles(counts)}
    assert [shades[state] for state in counts] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert shades["NY"] == 0 and len(shades) == 52
    assert [label for _, label in state_grid.legend(counts.values())] == [
        "1 to 2",
        "3 to 4",
        "5 to 6",
        "7 to 8",
        "9 to 10",
    ]
    assert state_grid.legend([None, 0]) == [] and state_grid.legend([3]) == [(1, "1 to 3")]


def test_shades_of_the_map_are_those_of_its_legend() -> None:
    """Also where events have a code that the map does not show, such as open water."""
    html = examples.build(REPORTS["safety"])
    legend = html[html.index('<p class="shades">') :]
    ranges = dict(re.findall(r'"shade-(\d)" width="10" height="10"></rect></svg>(\d+(?: to \d+)?)', legend))
    states = re.findall(r'<title>\w+: (\d+) events</title><rect class="shade-(\d)"', html)
    assert len(states) == 10 and len(ranges) == 5
    for count, shade in states:
        low, _, high = ranges[shade].partition(" to ")
        assert int(low) <= int(count) <= int(high or low)


def test_labels_of_charts_are_text() -> None:
    numbers = components.table("a", ("b",), [(1,)])
    label = '</title><b a="1">&'
    chart = charts.bar_chart("x", [label], {label: [1], "s": [None]}, label, numbers)
    root = ElementTree.fromstring(chart.svg)
    assert label in [node.text for node in root.iter("text")] and root.get("aria-label") == label
    assert not list(root.iter("b"))


def themes() -> list[dict[str, tuple[int, ...]]]:
    """The colors of the style sheet as {name: red, green, blue}: light, dark and print."""
    style = (page.FOLDER / "style.css").read_text(encoding="utf-8")
    blocks = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    return [
        {
            name: tuple(bytes.fromhex(code if len(code) == 6 else "".join(digit * 2 for digit in code)))
            for name, code in re.findall(r"--([\w-]+): #(\w+);", block)
        }
        for block in blocks
    ]


def luminance(color: tuple[int, ...]) -> float:
    parts = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in (value / 255 for value in color)]
    return float(0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2])


def test_colors_of_charts_have_a_contrast_of_three_to_one_in_light_dark_and_print() -> None:
    light, dark, printed = themes()
    for theme in (light, dark, printed):
        paper = luminance(theme["paper"])
        for name in (*charts.SERIES, "muted", "ink"):
            ratio = sorted((luminance(theme[name]) + 0.05, paper + 0.05))
            assert ratio[1] / ratio[0] >= 3, (name, theme[name])


@EACH_REPORT
def test_page_has_a_citation_with_date_release_and_address_and_the_notice(
    spec: ReportSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    citation = Citation("5f0c2a9be1d34477", "2025-11-01", "https://reports.example/ntsb/")
    context = replace(examples.context(spec), citation=citation)
    monkeypatch.setattr(examples, "context", lambda spec: context)
    footer = examples.build(spec).partition("<footer>")[2]
    cited = re.sub(r"<[^>]+>", "", re.search(r'id="citation">(.*?)</p>', footer)[1])  # type: ignore[index]  Fails if missing.
    for expected in (spec.title, "release 5f0c2a9be1d34477", "data as of 2025-11-01"):
        assert expected in unescape(cited)
    assert cited.endswith(f"https://reports.example/ntsb/{spec.file_name}")
    assert "severity given an accident" in footer and "49 CFR Part 835" in footer


@EACH_REPORT
def test_every_heading_has_a_link_to_itself(spec: ReportSpec) -> None:
    text = re.sub(r"<script.*?</script>", "", examples.build(spec), flags=re.DOTALL)
    headings = re.findall(r"<h([1-6])(.*?)>(.*?)</h\1>", text, re.DOTALL)
    assert headings
    for _, attributes, content in headings:
        identity = re.search(r'id="([^"]+)"', attributes)
        assert identity and f'<a class="anchor" href="#{identity[1]}"' in content


def test_anchors_are_unique_and_scripts_are_unchanged() -> None:
    page_text = (
        '<script>"<h2>x</h2>"</script><h2>Same &amp; <b>"same"</b></h2><h3 id="a">A</h3><h2>Same same</h2><h2>?</h2>'
    )
    actual = anchors.add_anchors(page_text)
    assert actual.startswith('<script>"<h2>x</h2>"</script>')
    assert re.findall(r'<h\d[^>]*id="([^"]+)"', actual) == ["same-same", "a", "same-same-2", "section"]
    assert 'aria-label="Permalink: Same &amp; &quot;same&quot;"' in actual
    assert anchors.add_anchors("<p>none</p>") == "<p>none</p>"
