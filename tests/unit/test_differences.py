"""What `diff` counts of rows that differ, and a page that is about a pair of releases."""

from pathlib import Path

from pipeline.cli.diff import Row, changed_fields, format_event, format_text, summarize, summarize_event
from targets.files import FingerprintedFile

PLACE = {"era": "avall", "source_file": "avall", "source_row": 1}
ROWS = [
    Row("events", '["e1"]', "e1", "revised", {"ev_highest_injury": "SERS"} | PLACE, {"ev_highest_injury": "FATL"}),
    Row("findings", '["e1", 1, 2]', "e1", "withdrawn", {"finding_code": "01", "lchg_date": None} | PLACE, None),
    Row("events", '["e2"]', "e2", "new", None, {"ev_city": "NOME"} | PLACE),
    Row("aircraft", '["e2", 1]', "e2", "new", None, {"damage": ""} | PLACE),
    Row("aircraft", '["e3", 1]', "e3", "revised", {"damage": None, "gone": 1}, {"damage": "", "added": 2}),
    Row("aircraft", '["e4", 1]', "e4", "withdrawn", {"damage": "DEST"}, None),
    Row("events", '["e4"]', "e4", "withdrawn", {"ev_city": "NOME"}, None),
    Row("country", '["X"]', None, "new", None, {"country_name": "X"}),
]


def test_events_are_counted_once() -> None:
    facts = summarize(iter(ROWS))
    assert facts["events"] == {"new": 1, "revised": 2, "withdrawn": 1}
    assert facts["tables"]["aircraft"] == {"new": 1, "revised": 1, "withdrawn": 1}
    assert facts["tables"]["country"] == {"new": 1, "revised": 0, "withdrawn": 0}
    assert facts["severity"] == [{"before": "SERS", "now": "FATL", "events": 1}]
    assert [(each["table"], each["column"]) for each in facts["fields"]] == [
        ("aircraft", "damage"),
        ("events", "ev_highest_injury"),
    ]
    text = "\n".join(format_text({"from": "a", "to": "b"} | facts))
    assert "1 new, 2 revised, 1 withdrawn" in text and '"SERS" -> "FATL": 1' in text


def test_missing_and_empty_are_two_things() -> None:
    """A column that only one of the releases has is a matter of the contract, not of NTSB."""
    assert changed_fields(ROWS[4]) == {"damage": [None, ""]}
    assert changed_fields(ROWS[1]) == {"finding_code": ["01", None]}
    text = "\n".join(format_event({"from": "a", "to": "b"} | summarize_event("e3", [ROWS[4]])))
    assert 'missing -> ""' in text and "e3, 1: revised" in text


def test_a_page_about_a_pair_is_done_for_that_pair(tmp_path: Path) -> None:
    pair = "a b"
    target = FingerprintedFile(tmp_path / "page.html", "s" * 16, about=lambda: pair)
    with target.writing() as temporary:
        temporary.write_text("a against b")
    assert target.exists()
    pair = "b c"
    assert not target.exists()
    assert FingerprintedFile(tmp_path / "page.html", "s" * 16).exists()
