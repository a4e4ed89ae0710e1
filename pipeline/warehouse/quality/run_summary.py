"""Summary at the end of a run: what of its files was lost, quarantined, superseded, not recognized or ignored."""

from collections.abc import Iterable, Sequence

import psycopg2

from pipeline.errors import printable
from pipeline.postgres.connection import Cursor

# Lines per heading; the tables in `audit` and the page on data quality have all of them.
MAX_LINES = 20

# {heading: query for one column of text}. The search_path finds the row accounts of a release or of its candidates.
QUERIES = {
    "Values that cannot be cast, published as null (audit.column_ledger)": """
        select format('%s %s.%s: %s of %s (%s %%), such as %s', source_file, source_table, source_column, values_lost,
            values_in, round(100.0 * values_lost / values_in, 1), lost_examples)
        from column_ledger
        where values_lost > 0
        order by values_lost desc, source_file collate "C", source_table collate "C", source_column collate "C"
    """,
    "Quarantined rows, not published (audit.quarantine)": """
        select format('%s %s: %s of %s rows: %s', counted.source_file, counted.source_table,
            row_conservation.rows_quarantined, row_conservation.rows_in, counted.reasons)
        from (
            select source_file, source_table,
                string_agg(rows || ' ' || reason, ', ' order by reason collate "C") as reasons
            from (
                select source_file, source_table, reason, count(*) as rows from quarantine group by 1, 2, 3
            ) as by_reason
            group by source_file, source_table
        ) as counted
        inner join row_conservation using (source_file, source_table)
        order by row_conservation.rows_quarantined desc, source_file collate "C", source_table collate "C"
    """,
    "Withdrawn events, not published because a newer database lacks them (audit.source_edition)": """
        select format('%s: %s of %s events', source_file, events_withdrawn, events)
        from source_edition
        where events_withdrawn > 0
        order by source_file collate "C"
    """,
    "Superseded rows, also those of withdrawn events (audit.row_conservation)": """
        select format('%s: %s of %s rows, %s of %s events', source_file, sum(rows_superseded), sum(rows_in),
            sum(rows_superseded) filter (where source_table = 'events'),
            sum(rows_in) filter (where source_table = 'events'))
        from row_conservation
        group by source_file
        having sum(rows_superseded) > 0
        order by source_file collate "C"
    """,
    "Codes without a meaning, published as written (audit.unknown_code)": """
        select format('%s %s.%s: %s', source_file, source_table, source_column,
            string_agg(format('%s (%s)', code, uses), ', ' order by uses desc, code collate "C"))
        from unknown_code
        where not exists (
            select from code_supplement as reviewed
            where reviewed.table_name = lower(unknown_code.source_table)
                and reviewed.column_name = unknown_code.source_column and reviewed.code = unknown_code.code
        )
        group by source_file, source_table, source_column
        order by source_file collate "C", source_table collate "C", source_column collate "C"
    """,
    "Reviewed corrections that are not applied (audit.unapplied_correction)": """
        select format('%s, %s, column %s: %s: %s', correction_id, concat_ws(' ', table_name, row_key), column_name,
            reason, detail)
        from unapplied_correction
        order by correction_id collate "C"
    """,
}
WITHOUT_NEWER_EVENTS = "Files that contribute no event (audit.source_edition)"


def summary_lines(cursor: Cursor, unused: Iterable[tuple[str, str]]) -> list[str]:
    """Return the lines of the summary, none where nothing is to report. `unused`: (file, reason)."""
    lines = list_items(WITHOUT_NEWER_EVENTS, [f"{name}: {reason}" for name, reason in unused])
    try:
        for heading, query in QUERIES.items():
            cursor.execute(query)
            lines += list_items(heading, [text for (text,) in cursor.fetchall()])
    except (psycopg2.errors.UndefinedTable, psycopg2.errors.UndefinedColumn):
        # There is no release yet, or one of an earlier version without these accounts.
        cursor.connection.rollback()
    return lines


def list_items(heading: str, items: Sequence[str]) -> list[str]:
    """Return the heading and at most MAX_LINES items; names and values from files are escaped and shortened."""
    if not items:
        return []
    lines = [f"{heading}:", *(f"  {printable(item, 300)}" for item in items[:MAX_LINES])]
    return lines if len(items) <= MAX_LINES else [*lines, f"  and {len(items) - MAX_LINES} more"]
