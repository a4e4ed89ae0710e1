"""The publication log: every change of the current release, and the load status of every source file."""

from collections.abc import Sequence

from pipeline.ingest.snapshot import SourceFile
from pipeline.postgres.connection import Cursor, fetch_value

UPSERT_LOAD = """
insert into audit.load_tracking (
    sha256, source_file, bytes, status, rows_in, rows_published, rows_quarantined, rows_superseded, first_release,
    last_release, first_published, last_published
)
select %(sha256)s, %(source)s, %(bytes)s, 'published', sum(rows_in), sum(rows_published), sum(rows_quarantined),
    sum(rows_superseded), %(release)s, %(release)s, now(), now()
from audit.row_conservation
where source_file = %(source)s
having count(*) > 0
on conflict (sha256, source_file) do update set
    rows_in = excluded.rows_in, rows_published = excluded.rows_published, rows_quarantined = excluded.rows_quarantined,
    rows_superseded = excluded.rows_superseded, last_release = excluded.last_release,
    last_published = excluded.last_published
"""

INSERT_PUBLICATION = """
insert into audit.publication_log (sequence, action, from_release, to_release)
select coalesce(max(sequence), 0) + 1, %s, %s, %s from audit.publication_log
"""

# A file that is published is in the archive, whatever its status and its name were.
UPDATE_LOAD_STATUS = """
update audit.load_tracking
set status = case
    when (sha256, source_file) in (select * from unnest(%(hashes)s::text [], %(sources)s::text [])) then 'published'
    when status = 'published' or sha256 = any(%(hashes)s) then 'earlier'
    else status
end
"""


def record_publication(
    cursor: Cursor, action: str, before: str | None, release: str, files: Sequence[SourceFile]
) -> None:
    """Append to audit.publication_log and update audit.load_tracking for the files of the release.

    `action` is publish or rollback; if it is empty (nothing changed for readers), only load_tracking is updated.
    """
    if action:
        cursor.execute(INSERT_PUBLICATION, (action, before, release))
    for file in files:
        values = {"sha256": file.sha256, "source": file.source, "bytes": file.bytes, "release": release}
        cursor.execute(UPSERT_LOAD, values)
    cursor.execute(
        UPDATE_LOAD_STATUS, {"hashes": [file.sha256 for file in files], "sources": [file.source for file in files]}
    )


def release_stack(cursor: Cursor) -> list[str]:
    """Return the ids of the current release (last) and of the releases that were current before it, oldest first.

    A rollback removes the releases after the one that it restores, so that the next rollback goes further back. A
    rollback to a release that is not in the stack (forward again, by its id) appends it, as a publication does.
    """
    cursor.execute("select action, from_release, to_release from audit.publication_log order by sequence")
    stack: list[str] = []
    for action, from_release, to_release in cursor.fetchall():
        if from_release is not None and stack[-1:] != [from_release]:
            stack.append(from_release)
        if action == "rollback" and to_release in stack:
            kept_count = len(stack) - stack[::-1].index(to_release)
            del stack[kept_count:]
        elif stack[-1:] != [to_release]:
            stack.append(to_release)
    return stack


def release_files(cursor: Cursor, release: str) -> list[SourceFile]:
    """Return the source files of a release in the order of its snapshot; empty for an unknown release."""
    files = fetch_value(cursor, "select sources from audit.release where id = %s", release) or []
    return [SourceFile(file["source"], file["sha256"], file["bytes"]) for file in files]
