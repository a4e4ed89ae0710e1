"""Build the page on data quality and provenance: rows, flagged values, checks, codes and columns of a release."""

from collections.abc import Mapping
from typing import Any

from reports.shared import eras, formats, page
from reports.shared.components import Headline, Table, headline, record_table, table, total
from reports.shared.data import Context, Inputs, Query, Record, Records

STATUS_ORDER = ("failed", "warned", "reported", "passed")
BALANCE = {True: "balanced", False: "NOT BALANCED"}
ROW_COUNTS = ("rows_in", "rows_published", "rows_quarantined", "rows_superseded")
# Query: (caption, heads, columns, columns with a total).
TABLES = {
    "quarantine": (
        "Quarantined rows by reason",
        ("File", "Table", "Reason", "Rows", "Examples (source row: detail)"),
        ("source_file", "source_table", "reason", "held_rows", "examples"),
        ("held_rows",),
    ),
    "flags": (
        "Flagged values by flag",
        ("Flag", "File", "Table", "Column", "Values", "Examples (key = value)"),
        ("flag", "source_file", "source_table", "source_column", "flagged_values", "examples"),
        ("flagged_values",),
    ),
    "corrections": (
        "Corrected values by column and review",
        ("Table", "Column", "Document", "Reviewer", "Date", "Values", "Corrections", "Examples (key: value to value)"),
        (
            *("table_name", "column_name", "source", "reviewer", "review_date"),
            *("corrected_values", "corrections", "examples"),
        ),
        ("corrected_values", "corrections"),
    ),
    "unapplied_corrections": (
        "Corrections that are not applied",
        ("Correction", "Table", "Key", "Column", "Found", "Expected", "Correct", "Reason", "Detail"),
        (
            *("correction_id", "table_name", "row_key", "column_name", "value_found", "value_expected"),
            *("value_correct", "reason", "detail"),
        ),
        (),
    ),
    "checks": (
        "Checks of this release",
        ("Check", "Status", "Family", "Severity", "Offending rows", "Allowed", "Description"),
        ("check_name", "status", "family", "severity", "offending", "allowed", "description"),
        (),
    ),
    "anomalies": (
        "Anomalies of this release",
        ("Kind", "Check", "Offending rows", "Allowed", "Description", "Examples (key: detail)"),
        ("kind", "check_name", "offending", "allowed", "description", "examples"),
        (),
    ),
    "unknown_codes": (
        "Codes since 1982 in no code list",
        ("File", "Table", "Column", "Code", "Uses"),
        ("source_file", "source_table", "source_column", "code", "uses"),
        (),
    ),
    "unmapped": (
        "Unmapped codes",
        ("Field", "Code list", "Code", "Uses"),
        ("field", "code_list", "code", "times"),
        (),
    ),
    "ledger": (
        "All columns of the source files",
        ("File", "Table", "Column", "Fate", "Published as", "Reason"),
        ("source_file", "source_table", "source_column", "fate", "target", "reason"),
        (),
    ),
}


def build(inputs: Inputs, context: Context) -> str:
    """Return the page as HTML, from all queries of the report."""
    conservation, codes, coverage = (inputs.records(name) for name in ("conservation", "codes", "coverage"))
    records = {name: inputs.records(name) for name in TABLES}
    records["checks"].sort(key=check_order)
    records["unmapped"] = eras.with_years(records["unmapped"], context.eras, "code_list")
    components: dict[str, Any] = {
        "queries": inputs.queries,
        "headlines": headlines(inputs.queries, records["checks"]),
        "unbalanced": [f"{row['source_file']}.{row['source_table']}" for row in conservation if not row["exact"]],
        "tables": len(conservation),
        "conservation": conservation_table(conservation),
        "editions": editions_table(inputs.records("editions")),
        "lost_values": lost_values_table(inputs.records("lost_values")),
        "corrected_values": total(records["corrections"], "corrected_values"),
        "statuses": count_statuses(records["checks"]),
        "unmapped_values": count_unmapped(coverage),
        "coverage": eras.coverage_table(coverage, context.eras, context.min_cell_count),
        "unexplained": count_unexplained(codes),
        "codes": eras.code_usage_table(codes, context.eras[0].years, context.min_cell_count),
        "ledger_summary": ledger_summary_table(inputs.records("ledger_summary")),
        **{name: record_table(*parts, records[name]) for name, parts in TABLES.items()},
    }
    return page.render("quality/template.html", context, components)


def check_order(check: Record) -> tuple[int, str, str]:
    """Return the sort key of a check: those that did not pass come first, then by family and name."""
    status = check["status"]
    position = STATUS_ORDER.index(status) if status in STATUS_ORDER else -1
    return position, check["family"] or "", check["check_name"]


def headlines(queries: Mapping[str, Query], checks: Records) -> list[Headline]:
    """Return the numbers of rows read, rows quarantined, values flagged, and checks that failed or warned."""
    not_passed = sum(row["status"] in ("failed", "warned") for row in checks)
    return [
        headline(queries, "rows read from the source files", "conservation", "rows_in"),
        headline(queries, "rows quarantined, each with a reason", "conservation", "rows_quarantined"),
        headline(queries, "values flagged by a rule", "flags", "flagged_values"),
        Headline(f"{not_passed} of {len(checks)}", "checks that failed or warned", "checks"),
    ]


def conservation_table(rows: Records) -> Table:
    """Return a table of rows in = published + quarantined + superseded, for every source table, with a total row."""
    heads = ("File", "Table", "Rows in", "Published", "Quarantined", "Superseded", "Balance")
    cells = [
        (row["source_file"], row["source_table"], *(row[name] for name in ROW_COUNTS), BALANCE[bool(row["exact"])])
        for row in rows
    ]
    totals = (total(rows, name) for name in ROW_COUNTS)
    foot = ("All", formats.counted(len(rows), "table"), *totals, BALANCE[all(row["exact"] for row in rows)])
    return table("Row accounting by source table", heads, cells, foot)


def editions_table(rows: Records) -> Table:
    """Return a table of the events of each file: published, superseded by a newer copy, or withdrawn."""
    heads = ("File", "Kind", "Newest change", "Events", "Published", "Superseded", "Withdrawn", "Contributes")
    counts = ("events", "events_published", "events_superseded", "events_withdrawn")
    cells = [
        (
            row["source_file"],
            row["kind"],
            row["newest_change"],
            *(row[name] for name in counts),
            "yes" if row["events_published"] else "nothing newer",
        )
        for row in rows
    ]
    return table("Events by source file", heads, cells)


def lost_values_table(rows: Records) -> Table:
    """Return a table of columns with values that cannot be cast, with the share of these values."""
    cells = [
        (
            row["source_file"],
            row["source_table"],
            row["source_column"],
            row["values_in"],
            row["values_lost"],
            formats.share(row["values_lost"], row["values_in"], 1),
            row["examples"],
        )
        for row in rows
    ]
    heads = ("File", "Table", "Column", "Values", "Lost", "Share", "Examples")
    return table("Values that cannot be cast", heads, cells, ("All", "", "", "", total(rows, "values_lost"), "", ""))


def count_unmapped(rows: Records) -> str:
    """Return the number of coded values whose code is unmapped, such as '12 of 3,400'."""
    coded = sum(row["times"] for row in rows if row["basis"] != "missing")
    unmapped = sum(row["times"] for row in rows if row["basis"] == "unmapped")
    return f"{unmapped:,} of {coded:,}"


def count_unexplained(rows: Records) -> str:
    """Return the number of codes in use without a known meaning, such as '12 of 340'."""
    return f"{sum(row['codes'] - row['codes_explained'] for row in rows):,} of {total(rows, 'codes'):,}"


def count_statuses(rows: Records) -> str:
    """Return the number of checks by status, such as '2 warned, 40 passed', or 'none run'."""
    counts = {status: sum(row["status"] == status for row in rows) for status in STATUS_ORDER}
    return ", ".join(f"{count:,} {status}" for status, count in counts.items() if count) or "none run"


def ledger_summary_table(rows: Records) -> Table:
    """Return a table of the number of columns by source file and fate."""
    fates = sorted({row["fate"] for row in rows})
    files = list(dict.fromkeys(row["source_file"] for row in rows))
    counts = {(row["source_file"], row["fate"]): row["source_columns"] for row in rows}
    cells = [(file, *(counts.get((file, fate), 0) for fate in fates)) for file in files]
    return table("Columns of each file by fate", ("File", *fates), cells)
