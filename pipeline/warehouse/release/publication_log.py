"""The record of publications: which files readers see rows of, and every change of the release they see."""

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

# A file that was removed and came back is in the archive again, under whatever name, or nothing could have been made
# of it.
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
    """One line in audit.publication_log, unless `action` is empty: readers see what they saw.

    audit.load_tracking then says of each file what readers see of it now.
    """
    if action:
        cursor.execute(INSERT_PUBLICATION, (action, before, release))
    for file in files:
        values = {"sha256": file.sha256, "source": file.source, "bytes": file.bytes, "release": release}
        cursor.execute(UPSERT_LOAD, values)
    cursor.execute(
        UPDATE_LOAD_STATUS, {"hashes": [file.sha256 for file in files], "sources": [file.source for file in files]}
    )


def release_path(cursor: Cursor) -> list[str]:
    """The releases that readers saw, one after the other, up to the current one.

    A rollback to one of them takes out what came since: so the next one goes further back, and not to and fro. One to
    a release that is not on the way (forward again, by its name) goes on from where it was, as a publication does.
    """
    cursor.execute("select action, from_release, to_release from audit.publication_log order by sequence")
    found: list[str] = []
    for action, left, reached in cursor.fetchall():
        if left is not None and found[-1:] != [left]:
            found.append(left)
        if action == "rollback" and reached in found:
            newest = len(found) - found[::-1].index(reached)
            del found[newest:]
        elif found[-1:] != [reached]:
            found.append(reached)
    return found


def release_files(cursor: Cursor, release: str) -> list[SourceFile]:
    """The files that a release was made of, in the order of its snapshot."""
    found = fetch_value(cursor, "select sources from audit.release where id = %s", release) or []
    return [SourceFile(each["source"], each["sha256"], each["bytes"]) for each in found]
