"""Data files of pages: content, size, and safe text inside a page."""

import base64
import gzip
import json
import re
from datetime import date
from typing import Any

import pytest

from reports.changes import report as changes_report
from reports.event import report as event_report
from reports.search import report as search_report
from reports.shared import site_data
from reports.shared.catalog import ALL, REPORTS
from tests.browser import examples
from tests.browser.example_events import FULL, OLD


def content(script: bytes) -> tuple[str, Any]:
    """The name and the value in a data file."""
    match = re.fullmatch(r'siteData\("([a-z0-9/-]+)","([A-Za-z0-9+/=]+)"\);\n', script.decode("ascii"))
    assert match
    return match[1], json.loads(gzip.decompress(base64.b64decode(match[2])))


@pytest.mark.parametrize("value", [{}, {"a": [1, None, "é\u2028</script>\x00"]}, {"ev_city": ["\U0001f600"]}])
def test_a_data_file_returns_what_was_packed(value: Any) -> None:
    script = site_data.script("search/1999", value)
    assert content(script) == ("search/1999", value)
    assert script == site_data.script("search/1999", value)


def test_dates_are_text_and_lone_surrogates_are_replaced() -> None:
    assert content(site_data.script("a", [date(2020, 1, 2), "\ud800"])) == ("a", ["2020-01-02", "?"])


def test_batches_keep_the_order_and_the_limit_except_for_one_large_item() -> None:
    sizes = [("a", 2), ("b", 2), ("c", 9), ("d", 1), ("e", 4), ("f", 1)]
    assert site_data.batches(sizes, 5) == [["a", "b"], ["c"], ["d", "e"], ["f"]]
    assert site_data.batches([], 5) == []


def test_inline_json_cannot_end_its_script_element() -> None:
    text = site_data.inline({"a": "</script><b>"})
    assert "<" not in text and json.loads(text) == {"a": "</script><b>"}


@pytest.mark.parametrize("spec", [spec for spec in ALL if spec.has_data], ids=lambda spec: spec.name)
def test_data_files_are_named_as_the_page_loads_them(spec: Any) -> None:
    for empty in (False, True):
        files = spec.data_files(examples.inputs(spec, empty=empty))
        for name in files:
            # The other files are documents that a page links to.
            assert not name.endswith(".js") or content(files[name])[0] == f"{spec.name}/{name.removesuffix('.js')}"


def test_the_index_has_a_file_for_each_year() -> None:
    files = search_report.data_files(examples.inputs(REPORTS["search"]))
    assert sorted(files) == ["1975.js", "2022.js"]
    assert content(files["1975.js"])[1]["ev_id"] == [OLD]


def test_rows_of_an_event_refer_to_its_number_in_the_file() -> None:
    _, details = content(event_report.data_files(examples.inputs(REPORTS["event"]))["details-0.js"])
    number = details["events"]["ev_id"].index(FULL)
    assert details["findings"]["event"] == [number] and details["aircraft"]["event"] == [number, number + 1]


def test_revisions_are_found_by_event() -> None:
    (script,) = changes_report.data_files(examples.inputs(REPORTS["changes"])).values()
    assert content(script)[1][FULL][0][3:] == ["events", "ev_city", "Bnd", "Bend"]


def test_limits_of_the_queries_are_those_that_the_page_states() -> None:
    def limits(name: str, spec: str = "event") -> set[str]:
        return set(re.findall(r"limit (\d+)", REPORTS[spec].queries[name].read_text()))

    assert limits("narratives") == {str(event_report.MAX_NARRATED)}
    for name in ("events", *event_report.DETAILS):
        assert limits(name) == {str(event_report.MAX_EVENTS)}, name
    assert f"offset {event_report.MAX_EVENTS - 1}" in REPORTS["search"].queries["details"].read_text()


def test_no_column_of_the_pages_is_a_name_of_a_person() -> None:
    for name, path in REPORTS["event"].queries.items():
        assert not re.search(r"owner|oper_name|oper_dba|lchg_userid|ntsb_notf_from", path.read_text()), name
