"""What the corrections in a folder would change in the rows of the current release, without changing anything."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.errors import PipelineError
from pipeline.postgres.connection import Cursor, relation_exists
from pipeline.warehouse.overlay import evaluate, load
from pipeline.warehouse.overlay.definitions import Correction
from pipeline.warehouse.raw_names import typed_schema

SAMPLE_ROWS = 10
COUNTS = "select correction_id, count(*) from matched group by correction_id"
SAMPLE = """
select row_key, value_before, value_after from matched
where correction_id = %s order by row_key collate "C" limit %s
"""
REASONS = "select correction_id, reason, detail from unapplied_correction"
PUBLISHED = "select id from audit.correction"


@dataclass(frozen=True)
class Status:
    """A correction: the number of values that it matches, why it is not applied ("" if it is), and a sample of rows.

    A row of the sample is (key, value in the source, correct value). `is_published`: the release has the correction.
    """

    correction: Correction
    values: int
    reason: str
    is_published: bool
    sample: list[tuple[str, str | None, str | None]]


def read_statuses(
    cursor: Cursor, sources: Sequence[str], corrections: Sequence[Correction], mistakes: Sequence[str]
) -> list[Status]:
    """Return the status of each correction, in their order; only the temporary schema is written.

    Raises InvalidCorrections for mistakes and conflicts, PipelineError if cast rows are missing.
    """
    load.require_valid(cursor, corrections, mistakes)
    require_cast_rows(cursor, sources)
    published = set()
    if relation_exists(cursor, "audit.correction"):
        cursor.execute(PUBLISHED)
        published = {identity for (identity,) in cursor.fetchall()}
    cursor.execute("set local search_path = pg_temp, public")
    load.fill_table(cursor, corrections)
    for statement in evaluate.TABLES.values():
        cursor.execute(statement)
    evaluate.match_corrections(cursor, sources)
    cursor.execute(COUNTS)
    counts = dict(cursor.fetchall())
    samples = {correction.id: read_sample(cursor, correction) for correction in corrections}
    evaluate.decide(cursor)
    cursor.execute(REASONS)
    reasons = {identity: f"{reason}: {detail}" for identity, reason, detail in cursor.fetchall()}
    return [
        Status(item, counts.get(item.id, 0), reasons.get(item.id, ""), item.id in published, samples[item.id])
        for item in corrections
    ]


def read_sample(cursor: Cursor, correction: Correction) -> list[tuple[str, str | None, str | None]]:
    """Return the first rows that a correction matches, in order of their keys."""
    cursor.execute(SAMPLE, (correction.id, SAMPLE_ROWS))
    return cursor.fetchall()


def require_cast_rows(cursor: Cursor, sources: Sequence[str]) -> None:
    """Raise PipelineError if the cast rows of a file are not in the database."""
    schemas = [typed_schema(source) for source in sources]
    if missing := [name for name in schemas if not relation_exists(cursor, f"{name}.events")]:
        raise PipelineError(
            f"corrections: expected the cast rows of the release in the database, found no {', '.join(missing)}; "
            "run `luigi --module pipeline AllReports`"
        )
