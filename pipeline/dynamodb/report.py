"""The page about a publication. It has durations, so it is not part of a release, whose pages never vary."""

from pathlib import Path

import jinja2

from pipeline.config import REPOSITORY
from pipeline.dynamodb.contents import Contents
from pipeline.dynamodb.publish import Publication
from pipeline.dynamodb.validate import Validation

TEMPLATE = Path(__file__).with_name("report.html.jinja")
STYLE = REPOSITORY / "reports" / "shared" / "style.css"
# Counts that are not requests of an operation.
EVENTS = {
    "throttled": "requests that DynamoDB throttled and that were repeated",
    "unprocessed": "items of batches that DynamoDB did not process and that were sent again",
    "repeated": "requests repeated after a temporary error",
    "delayed": "changes of tables repeated because others were in progress",
    "written": "items written or deleted",
}


def render(publication: Publication) -> str:
    """Return a page without scripts and external files."""
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    operations = {name: count for name, count in publication.counts.items() if name not in EVENTS}
    events = {text: publication.counts.get(name, 0) for name, text in EVENTS.items()}
    style = STYLE.read_text(encoding="utf-8")
    notes = [f"{name}.{note}" for name, read in publication.contents.items() for note in unindexed_notes(read)]
    values = {"operations": operations, "events": events, "notes": notes, "style": style}
    return template.render(publication=publication, **values) + "\n"


def to_text(publication: Publication) -> str:
    """Return a summary: one line per table, and one for the validation."""
    lines = []
    for name, contents in publication.contents.items():
        copies = [copy for copy in publication.copies if copy.table.name == name]
        written = sum(len(copy.difference.to_write) for copy in copies)
        deleted = sum(len(copy.difference.surplus) for copy in copies)
        state = f"{written:,} items written, {deleted:,} deleted" if copies else "unchanged"
        lines.append(f"{name}: {contents.rows:,} rows in {publication.published[name]}; {state}")
        lines += [f"{name}.{note}" for note in unindexed_notes(contents)]
    return "\n".join([*lines, validation_text(publication.validation)])


def unindexed_notes(contents: Contents) -> list[str]:
    """Return one sentence per column that some items lack in indexes."""
    return [
        f"{column}: {count:,} items are not in its indexes, because the text is empty or too long; `unindexed` has it"
        for column, count in sorted(contents.unindexed.items())
    ]


def validation_text(validation: Validation) -> str:
    """Return a summary in one line."""
    indexes = sum(map(len, validation.indexes.values()))
    items = sum(validation.items.values())
    return f"validation: {items:,} items and {indexes} indexes; {len(validation.problems)} problems"
