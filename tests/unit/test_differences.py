"""Counts and text of `diff`, and a file that depends on a pair of releases."""

from pathlib import Path

from pipeline.cli.diff import Row, changed_fields, format_event, format_text, summarize, summarize_event
from targets.files import FingerprintedFile

PROVENANCE = {"era": "avall", "source_file": "avall", "source_row": 1}
ROWS = [
    Row("events", '["e1"]', "e1", "revised", {"ev_highest_injury": "SERS"} | PROVENANCE, {"ev_highest_injury": "FATL"}),
    Row("findings", '["e1", 1, 2]', "e1", "withdrawn", {"finding_code": "01", "lchg_date": None} | PROVENANCE, None),
    Row("events", '["e2"]', "e2", "new", None, {"ev_city": "NOME"} | PROVENANCE),
    Row("aircraft", '["e2", 1]', "e2", "new", None, {"damage": ""} | PROVENANCE),
    Row("aircraft", '["e3", 1]', "e3", "revised", {"damage": None, "gone": 1}, {"damage": "", "added": 2}),
    Row("aircraft", '["e4", 1]', "e4", "withdrawn", {"damage": "DEST"}, None),
    Row("events", '["e4"]', "e4", "withdrawn", {"ev_city": "NOME"}, None),
    Row("country", '["X"]', None, "new", None, {"country_name": "X"}),
]


def test_events_are_counted_once() -> None:
    summary = summarize(iter(ROWS))
    assert summary["events"] == {"new": 1, "revised": 2, "withdrawn": 1}
    assert summary["tables"]["aircraft"] == {"new": 1, "revised": 1, "withdrawn": 1}
    assert summary["tables"]["country"] == {"new": 1, "revised": 0, "withdrawn": 0}
    assert summary["severity"] == [{"before": "SERS", "now": "FATL", "events": 1}]
    assert [(row["table"], row["column"]) for row in summary["fields"]] == [
        ("aircraft", "damage"),
        ("events", "ev_highest_injury"),
    ]
    text = "\n".join(format_text({"from": "a", "to": "b"} | summary))
    assert "1 new, 2 revised, 1 withdrawn" in text and '"SERS" -> "FATL": 1' in text


def test_missing_and_empty_values_are_distinct() -> None:
    """A column of only one release is a change of the schema, not of the data."""
    assert changed_fields(ROWS[4]) == {"damage": [None, ""]}
    assert changed_fields(ROWS[1]) == {"finding_code": ["01", None]}
    text = "\n".join(format_event({"from": "a", "to": "b", "corrections": []} | summarize_event("e3", [ROWS[4]])))
    assert 'missing -> ""' in text and "e3, 1: revised" in text


def test_a_file_about_a_pair_of_releases_is_complete_for_that_pair(tmp_path: Path) -> None:
    pair = "a b"
    target = FingerprintedFile(tmp_path / "page.html", "s" * 16, about=lambda: pair)
    with target.writing() as temporary:
        temporary.write_text("a against b")
    assert target.exists()
    pair = "b c"
    assert not target.exists()
    assert FingerprintedFile(tmp_path / "page.html", "s" * 16).exists()
