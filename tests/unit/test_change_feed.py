"""The Atom feed is valid, deterministic, and safe with any text from NTSB's files."""

from typing import Any
from xml.etree import ElementTree

import pytest

from reports.changes import feed

A = f"{{{feed.ATOM}}}"


def row(ev_id: str, **values: Any) -> dict[str, Any]:
    blank = dict.fromkeys(("ntsb_no", "ev_date", "ev_city", "ev_state", "changed_on", "registrations"))
    return {"ev_id": ev_id, "kind": "revised", "release_from": "a", "release_to": "b", **blank, **values}


def test_entries_have_unique_ids_and_dates_of_the_record() -> None:
    rows = [row("E1", changed_on="2024-05-06", ntsb_no="ANC24LA001", registrations="N1"), row("E2", kind="withdrawn")]
    text = feed.build(rows, "b")
    assert text == feed.build(rows, "b")
    root = ElementTree.fromstring(text)
    assert root.tag == f"{A}feed" and root.findtext(f"{A}updated") == "2024-05-06T00:00:00Z"
    entries = root.findall(f"{A}entry")
    ids = [f"urn:ntsb-pipeline:event:{name}:b" for name in ("E1", "E2")]
    assert [entry.findtext(f"{A}id") for entry in entries] == ids
    assert entries[0].findtext(f"{A}title") == "ANC24LA001 revised: N1"
    assert entries[1].findtext(f"{A}title") == "E2 withdrawn"
    links = [entry.find(f"{A}link") for entry in entries]
    assert [link is not None and link.get("href") for link in links] == ["event.html#E1", "changes.html"]
    assert entries[1].findtext(f"{A}updated") == "1962-01-01T00:00:00Z"
    required = ("id", "title", "updated")
    assert all(entry.findtext(f"{A}{name}") for entry in [root, *entries] for name in required)


@pytest.mark.parametrize("text", ["<script>", "a & b", "\x00\x1b[31m", "]]>", "\ud800", "é"])
def test_texts_of_files_cannot_break_the_feed(text: str) -> None:
    root = ElementTree.fromstring(feed.build([row("E1", ev_city=text)], "b").encode())
    assert root.find(f"{A}entry") is not None


def test_a_first_release_has_an_empty_feed() -> None:
    assert ElementTree.fromstring(feed.build([], "b")).findall(f"{A}entry") == []
