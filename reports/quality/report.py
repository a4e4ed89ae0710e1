"""Build the page on data quality and provenance: rows, flagged values, checks, codes and columns of a release."""

from collections.abc import Sequence
from typing import Any

from reports.shared import eras, formats, page
from reports.shared.components import Headline, Table, table
from reports.shared.data import Context, Era, Inputs, Record

STATUS_ORDER = ("failed", "warned", "reported", "passed")


def build(inputs: Inputs, context: Context) -> str:
    """Return the page as HTML, from all queries of the report."""
    conservation = inputs.records("conservation")
    checks = inputs.records("checks")
    codes = inputs.records("codes")
    coverage = inputs.records("coverage")
    components: dict[str, Any] = {
        "queries": inputs.queries,
        "headlines": headlines(conservation, inputs.records("flags"), checks),
        "unbalanced": [f"{row['source_file']}.{row['source_table']}" for row in conservation if not row["exact"]],
        "tables": len(conservation),
        "conservation": conservation_table(conservation),
        "quarantine": quarantine_table(inputs.records("quarantine")),
        "flags": flags_table(inputs.records("flags")),
        "lost_values": lost_values_table(inputs.records("lost_values")),
        "unknown_codes": unknown_codes_table(inputs.records("unknown_codes")),
        "checks": checks_table(checks),
        "statuses": count_statuses(checks),
        "anomalies": anomalies_table(inputs.records("anomalies")),
        "unmapped_values": count_unmapped(coverage),
        "unmapped": unmapped_table(inputs.records("unmapped"), context.eras),
        "coverage": eras.coverage_table(coverage, context.eras, context.min_cell_count),
        "unexplained": count_unexplained(codes),
        "codes": eras.code_usage_table(codes, context.eras[0].years, context.min_cell_count),
        "ledger_summary": ledger_summary_table(inputs.records("ledger_summary")),
        "ledger": ledger_table(inputs.records("ledger")),
    }
    return page.render("quality/template.html", context, components)


def total(rows: Sequence[Record], column: str) -> int:
    """Return the sum of a column of counts; None counts as 0."""
    return int(sum(row[column] or 0 for row in rows))


def headlines(rows: Sequence[Record], flagged: Sequence[Record], checks: Sequence[Record]) -> list[Headline]:
    """Return the numbers of rows read, rows quarantined, values flagged, and checks that failed or warned."""
    not_passed = sum(row["status"] in ("failed", "warned") for row in checks)
    return [
        Headline(formats.count(total(rows, "rows_in")), "rows read from the source files", "conservation"),
        Headline(
            formats.count(total(rows, "rows_quarantined")), "rows quarantined, each with a reason", "conservation"
        ),
        Headline(formats.count(total(flagged, "flagged_values")), "values flagged by a rule", "flags"),
        Headline(f"{not_passed} of {len(checks)}", "checks that failed or warned", "checks"),
    ]


def conservation_table(rows: Sequence[Record]) -> Table:
    """Return a table of rows in = published + quarantined + superseded, for every source table, with a total row."""
    names = ("rows_in", "rows_published", "rows_quarantined", "rows_superseded")
    heads = ("File", "Table", "Rows in", "Published", "Quarantined", "Superseded", "Balance")
    cells = [
        (row["source_file"], row["source_table"], *(row[name] for name in names), balance(row["exact"])) for row in rows
    ]
    foot = (
        "All",
        f"{len(rows)} tables",
        *(total(rows, name) for name in names),
        balance(all(row["exact"] for row in rows)),
    )
    return table("Row accounting by source table", heads, cells, foot)


def balance(exact: bool | None) -> str:
    """Return whether the rows read equal the sum of the other counts, as text: `balanced` or `NOT BALANCED`."""
    return "balanced" if exact else "NOT BALANCED"


def quarantine_table(rows: Sequence[Record]) -> Table:
    """Return a table of quarantined rows by source table and reason."""
    cells = [
        (row["source_file"], row["source_table"], row["reason"], row["held_rows"], row["examples"]) for row in rows
    ]
    foot = ("All", "", "", total(rows, "held_rows"), "")
    return table(
        "Quarantined rows by reason", ("File", "Table", "Reason", "Rows", "Examples (source row: detail)"), cells, foot
    )


def lost_values_table(rows: Sequence[Record]) -> Table:
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


def unknown_codes_table(rows: Sequence[Record]) -> Table:
    """Return a table of codes since 1982 that no code list explains."""
    names = ("source_file", "source_table", "source_column", "code", "uses")
    heads = ("File", "Table", "Column", "Code", "Uses")
    return table("Codes since 1982 in no code list", heads, [tuple(row[name] for name in names) for row in rows])


def flags_table(rows: Sequence[Record]) -> Table:
    """Return a table of flagged values by flag and source column."""
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
    """Return a table of all checks; those that did not pass come first."""
    order = {status: position for position, status in enumerate(STATUS_ORDER)}
    ranked = sorted(rows, key=lambda row: (order.get(row["status"], -1), row["family"] or "", row["check_name"]))
    heads = ("Check", "Status", "Family", "Severity", "Offending rows", "Allowed", "Description")
    names = ("check_name", "status", "family", "severity", "offending", "allowed", "description")
    return table("Checks of this release", heads, [tuple(row[name] for name in names) for row in ranked])


def anomalies_table(rows: Sequence[Record]) -> Table:
    """Return a table with the results of the anomaly checks, by kind."""
    heads = ("Kind", "Check", "Offending rows", "Allowed", "Description", "Examples (key: detail)")
    names = ("kind", "check_name", "offending", "allowed", "description", "examples")
    return table("Anomalies of this release", heads, [tuple(row[name] for name in names) for row in rows])


def unmapped_table(rows: Sequence[Record], all_eras: Sequence[Era]) -> Table:
    """Return a table of codes that no mapping contains, by field and code list."""
    cells = [(row["field"], eras.years_of(row["code_list"], all_eras), row["code"], row["times"]) for row in rows]
    return table("Unmapped codes", ("Field", "Code list", "Code", "Uses"), cells)


def count_unmapped(rows: Sequence[Record]) -> str:
    """Return the number of coded values whose code is unmapped, such as '12 of 3,400'."""
    coded = sum(row["times"] for row in rows if row["basis"] != "missing")
    unmapped = sum(row["times"] for row in rows if row["basis"] == "unmapped")
    return f"{unmapped:,} of {coded:,}"


def count_unexplained(rows: Sequence[Record]) -> str:
    """Return the number of codes in use without a known meaning, such as '12 of 340'."""
    return f"{sum(row['codes'] - row['codes_explained'] for row in rows):,} of {total(rows, 'codes'):,}"


def count_statuses(rows: Sequence[Record]) -> str:
    """Return the number of checks by status, such as '2 warned, 40 passed', or 'none run'."""
    counts = {status: sum(row["status"] == status for row in rows) for status in STATUS_ORDER}
    return ", ".join(f"{count:,} {status}" for status, count in counts.items() if count) or "none run"


def ledger_summary_table(rows: Sequence[Record]) -> Table:
    """Return a table of the number of columns by source file and fate."""
    fates = sorted({row["fate"] for row in rows})
    files = list(dict.fromkeys(row["source_file"] for row in rows))
    counts = {(row["source_file"], row["fate"]): row["source_columns"] for row in rows}
    cells = [(file, *(counts.get((file, fate), 0) for fate in fates)) for file in files]
    return table("Columns of each file by fate", ("File", *fates), cells)


def ledger_table(rows: Sequence[Record]) -> Table:
    """Return a table of every column of every source file, with its fate."""
    heads = ("File", "Table", "Column", "Fate", "Published as", "Reason")
    names = ("source_file", "source_table", "source_column", "fate", "target", "reason")
    return table("All columns of the source files", heads, [tuple(row[name] for name in names) for row in rows])
