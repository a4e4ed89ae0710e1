"""Build the Atom feed of the last change: one entry per new, revised or withdrawn event (RFC 4287)."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

ATOM = "http://www.w3.org/2005/Atom"
# Of events without lchg_date, which dates entries: the time of publication would differ between equal builds.
UNKNOWN_DATE = "1962-01-01"


def build(rows: Sequence[Mapping[str, Any]], release: str, notice: str = "") -> str:
    """Return the feed as XML. `rows`: those of feed.sql. `notice`: added to the subtitle."""
    ElementTree.register_namespace("", ATOM)
    feed = ElementTree.Element(f"{{{ATOM}}}feed")
    updated = max((row["changed_on"] or UNKNOWN_DATE for row in rows), default=UNKNOWN_DATE)
    _add(feed, "id", "urn:ntsb-pipeline:changes")
    _add(feed, "title", "NTSB aviation accidents: changed events")
    _add(feed, "subtitle", f"Release {release}. {notice}".rstrip(". "))
    _add(feed, "updated", f"{updated}T00:00:00Z")
    _add(_add(feed, "author", ""), "name", "NTSB pipeline")
    _add(feed, "link", "").attrib |= {"rel": "alternate", "type": "text/html", "href": "changes.html"}
    for row in rows:
        _add_entry(feed, row)
    return ElementTree.tostring(feed, encoding="unicode", xml_declaration=True) + "\n"


def _add(parent: ElementTree.Element, name: str, text: str) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, f"{{{ATOM}}}{name}")
    child.text = _xml_text(text) or None
    return child


def _xml_text(text: str) -> str:
    """Return a text without characters that XML cannot contain."""
    return "".join(character for character in text if character in "\t\n" or character.isprintable())


def _add_entry(feed: ElementTree.Element, row: Mapping[str, Any]) -> None:
    where = ", ".join(filter(None, (row["ev_city"], row["ev_state"])))
    about = "; ".join(filter(None, (row["ev_date"], where, row["registrations"])))
    entry = _add(feed, "entry", "")
    _add(entry, "id", f"urn:ntsb-pipeline:event:{row['ev_id']}:{row['release_to']}")
    _add(entry, "title", ": ".join(filter(None, (f"{row['ntsb_no'] or row['ev_id']} {row['kind']}", about))))
    _add(entry, "updated", f"{row['changed_on'] or UNKNOWN_DATE}T00:00:00Z")
    _add(entry, "category", "").attrib["term"] = row["kind"]
    page = "changes.html" if row["kind"] == "withdrawn" else f"event.html#{quote(row['ev_id'], safe='')}"
    _add(entry, "link", "").attrib |= {"rel": "alternate", "type": "text/html", "href": page}
    _add(entry, "summary", f"Event {row['ev_id']} is {row['kind']} in release {row['release_to']}.")
