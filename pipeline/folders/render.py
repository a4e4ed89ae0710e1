"""An audit as text, JSON or HTML."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import jinja2

from pipeline.folders.audit import Audit, Mismatch

TEMPLATE = Path(__file__).with_name("audit.html.jinja")


def summary(audit: Audit) -> str:
    """Return one sentence with the numbers of tables, rows and mismatches."""
    rows = f"{sum(audit.rows.values()):,} rows of {len(audit.rows)} tables read"
    if not audit.mismatches:
        return f"{rows}; all match the specification."
    tables = len({mismatch.table for mismatch in audit.mismatches})
    return f"{rows}; {len(audit.mismatches)} mismatches in {tables} tables or files."


def to_text(audit: Audit) -> str:
    """Return one line per mismatch, and the summary."""
    return "\n".join([*map(_line, audit.mismatches), summary(audit)])


def _line(mismatch: Mismatch) -> str:
    subject = f"{mismatch.table}.{mismatch.column}" if mismatch.column else mismatch.table
    examples = f": {'; '.join(mismatch.examples)}" if mismatch.examples else ""
    return f"{subject}: {mismatch.kind} ({mismatch.count:,}){examples}"


def to_json(audit: Audit) -> str:
    """Return the audit as JSON: title, rows {table: count} and mismatches."""
    content: dict[str, Any] = asdict(audit) | {"valid": not audit.mismatches}
    return json.dumps(content, indent=1)


def to_html(audit: Audit) -> str:
    """Return a page without scripts and external files, in ASCII, which is the same in any encoding of the output."""
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    page: str = template.render(audit=audit, summary=summary(audit))
    return page.encode("ascii", "xmlcharrefreplace").decode() + "\n"
