"""Build the page on data quality and provenance: every row, value, column and check of a release."""

from collections.abc import Sequence
from typing import Any

from reports.shared import eras, formats, page
from reports.shared.components import Headline, Table, table
from reports.shared.data import Context, Inputs, Record

STATUS_ORDER = ("failed", "warned", "reported", "passed")


def build(inputs: Inputs, context: Context) -> str:
    """The page's HTML, from all queries of its folder."""
    rows = inputs.records("conservation")
    checks = inputs.records("checks")
    parts: dict[str, Any] = {
        "queries": inputs.queries,
        "headlines": headlines(rows, inputs.records("flags"), checks),
        "inexact": [f"{row['source_file']}.{row['source_table']}" for row in rows if not row["exact"]],
        "tables": len(rows),
        "conservation": conservation(rows),
        "quarantine": quarantine(inputs.records("quarantine")),
        "flags": flags(inputs.records("flags")),
        "checks": checks_table(checks),
        "statuses": statuses(checks),
        "anomalies": anomalies(inputs.records("anomalies")),
        "lost": lost(inputs.records("coverage")),
        "unmapped": unmapped(inputs.records("unmapped")),
        "coverage": eras.coverage(inputs.records("coverage"), context.min_cell_count),
        "unexplained": unexplained(inputs.records("codes")),
        "codes": eras.codes(inputs.records("codes"), context.min_cell_count),
        "ledger_summary": ledger_summary(inputs.records("ledger_summary")),
        "ledger": ledger(inputs.records("ledger")),
    }
    return page.render("quality/template.html", context, parts)


def total(rows: Sequence[Record], column: str) -> int:
    """Sum of a column of counts."""
    return int(sum(row[column] or 0 for row in rows))


def headlines(rows: Sequence[Record], flagged: Sequence[Record], checks: Sequence[Record]) -> list[Headline]:
    """Rows read, rows quarantined, values flagged, checks that are not content."""
    open_checks = sum(row["status"] in ("failed", "warned") for row in checks)
    return [
        Headline(formats.count(total(rows, "rows_in")), "rows read from the source files", "conservation"),
        Headline(
            formats.count(total(rows, "rows_quarantined")), "rows quarantined, each with a reason", "conservation"
        ),
        Headline(formats.count(total(flagged, "flagged_values")), "values flagged by a named rule", "flags"),
        Headline(f"{open_checks} of {len(checks)}", "checks that failed or warned", "checks"),
    ]


def conservation(rows: Sequence[Record]) -> Table:
    """In = published + quarantined + superseded, for every table, with the sum."""
    names = ("rows_in", "rows_published", "rows_quarantined", "rows_superseded")
    heads = ("File", "Table", "Rows in", "Published", "Quarantined", "Superseded", "Sum")
    cells = [
        (row["source_file"], row["source_table"], *(row[name] for name in names), verdict(row["exact"])) for row in rows
    ]
    foot = (
        "All",
        f"{len(rows)} tables",
        *(total(rows, name) for name in names),
        verdict(all(row["exact"] for row in rows)),
    )
    return table("What became of every row", heads, cells, foot)


def verdict(exact: bool | None) -> str:
    """Whether the parts make up the whole."""
    return "exact" if exact else "NOT EXACT"


def quarantine(rows: Sequence[Record]) -> Table:
    """Quarantined rows, by reason."""
    cells = [
        (row["source_file"], row["source_table"], row["reason"], row["held_rows"], row["examples"]) for row in rows
    ]
    foot = ("All", "", "", total(rows, "held_rows"), "")
    return table(
        "Quarantined rows by reason", ("File", "Table", "Reason", "Rows", "Examples (source row: detail)"), cells, foot
    )


def flags(rows: Sequence[Record]) -> Table:
    """Flagged values, by flag and file."""
    cells = [
        (
            row["flag"],
            row["source_file"],
            row["source_table"],
            row["source_column"],
            row["flagged_values"],
            row["examples"],
        )
        for row in rows
    ]
    foot = ("All", "", "", "", total(rows, "flagged_values"), "")
    return table(
        "Flagged values by flag", ("Flag", "File", "Table", "Column", "Values", "Examples (key = value)"), cells, foot
    )


def checks_table(rows: Sequence[Record]) -> Table:
    """All checks; those that are not content first."""
    order = {status: at for at, status in enumerate(STATUS_ORDER)}
    ranked = sorted(rows, key=lambda row: (order.get(row["status"], -1), row["family"] or "", row["check_name"]))
    heads = ("Check", "Status", "Family", "If broken", "Offending", "Allowed", "What is checked")
    names = ("check_name", "status", "family", "severity", "offending", "allowed", "description")
    return table("Checks of this release", heads, [tuple(row[name] for name in names) for row in ranked])


def anomalies(rows: Sequence[Record]) -> Table:
    """What each check for anomalies found, by kind."""
    heads = ("Kind", "Check", "Found", "Allowed", "What is expected", "Examples (key: detail)")
    names = ("kind", "check_name", "offending", "allowed", "description", "examples")
    return table("Anomalies of this release", heads, [tuple(row[name] for name in names) for row in rows])


def unmapped(rows: Sequence[Record]) -> Table:
    """The codes in no list, by field and list."""
    cells = [
        (row["field"], eras.ERAS.get(row["code_list"], row["code_list"]), row["code"], row["times"]) for row in rows
    ]
    return table("Codes in no list", ("Field", "List of", "Code", "Times"), cells)


def lost(rows: Sequence[Record]) -> str:
    """How many coded values are in no reviewed list, in words."""
    coded = sum(row["times"] for row in rows if row["basis"] != "missing")
    found = sum(row["times"] for row in rows if row["basis"] == "unmapped")
    return f"{found:,} of {coded:,} coded values are in no list"


def unexplained(rows: Sequence[Record]) -> str:
    """How many codes of 1962-1981 nobody explains, in words."""
    return f"{sum(row['codes'] - row['codes_explained'] for row in rows):,} of {total(rows, 'codes'):,}"


def statuses(rows: Sequence[Record]) -> str:
    """'2 warned, 40 passed'."""
    found = {status: sum(row["status"] == status for row in rows) for status in STATUS_ORDER}
    return ", ".join(f"{number:,} {status}" for status, number in found.items() if number) or "none ran"


def ledger_summary(rows: Sequence[Record]) -> Table:
    """Columns per file and fate."""
    fates = sorted({row["fate"] for row in rows})
    files = list(dict.fromkeys(row["source_file"] for row in rows))
    found = {(row["source_file"], row["fate"]): row["source_columns"] for row in rows}
    cells = [(file, *(found.get((file, fate), 0) for fate in fates)) for file in files]
    return table("Columns of each file by what became of them", ("File", *fates), cells)


def ledger(rows: Sequence[Record]) -> Table:
    """Every column of every file."""
    heads = ("File", "Table", "Column", "Fate", "Where it is", "Reason")
    names = ("source_file", "source_table", "source_column", "fate", "target", "reason")
    return table("Every column of every source file", heads, [tuple(row[name] for name in names) for row in rows])
