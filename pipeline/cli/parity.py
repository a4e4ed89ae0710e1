"""Compare what the Enterprise API and the Access files say about the same events.

One line per column that differs: values compared, equal, different with a declared reason, and different without one.
Column `*` counts rows that only one of them has. Reasons are declared in pipeline/sources/api/differences.csv. The
report is that of the current release, or of a build whose check `parity_undeclared` failed. Exit code 1 if a difference
is undeclared.
"""

import argparse
import json
from collections.abc import Iterator, Sequence

from pipeline.cli.status import require_release
from pipeline.postgres.connection import relation_exists, transaction
from pipeline.warehouse.quality import parity
from pipeline.warehouse.quality.parity import Comparison

SUMMARY = "compare the events that the Enterprise API and the Access files both contain"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--all", action="store_true", help="list columns without differences too")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    rows = read_rows()
    if options.json:
        print(json.dumps([row._asdict() for row in rows], indent=1))
    else:
        print("\n".join(format_rows(rows, options.all)))
    return int(any(row.undeclared for row in rows))


def read_rows() -> list[Comparison]:
    """Return the comparison of a build that waits for publication, else that of the current release."""
    with transaction("audit", read_only=True) as cursor:
        has_candidate = relation_exists(cursor, "candidate.source_parity")
    if not has_candidate:
        require_release("parity")
    with transaction("candidate" if has_candidate else "audit", read_only=True) as cursor:
        return parity.read_parity(cursor) if relation_exists(cursor, "source_parity") else []


def format_rows(rows: Sequence[Comparison], is_complete: bool) -> Iterator[str]:
    """Yield the report as lines of text."""
    if not rows:
        yield "No event is in both the Enterprise API and an Access file."
        return
    listed = [row for row in rows if is_complete or row.declared or row.undeclared]
    width = max((len(f"{row.table_name}.{row.column_name}") for row in listed), default=0)
    yield f"{'column':<{width}}  {'compared':>9} {'equal':>9} {'declared':>9} {'undeclared':>10}"
    for row in listed:
        name = f"{row.table_name}.{row.column_name}"
        counts = f"{row.compared:>9} {row.equal:>9} {row.declared:>9} {row.undeclared:>10}"
        yield f"{name:<{width}}  {counts}  {row.reasons or ''}".rstrip()
        if row.examples:
            yield f"{'':<{width}}  undeclared: {row.examples}"
    equal = sum(not (row.declared or row.undeclared) for row in rows)
    undeclared = sum(row.undeclared > 0 for row in rows)
    yield f"{equal} of {len(rows)} columns are equal, {undeclared} have undeclared differences."
