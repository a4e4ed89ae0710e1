"""Removes what nothing needs any more, and says how much room that frees: releases beyond [Publication] keep_releases,
zips, Access files, schemas and lists that no kept release and no snapshot in force has, candidates that no run would
use, notes, Parquet files and pages of steps that are no more, and what killed runs have left.

The release that readers see, those kept for rollback, and the zips of both stay: every published row can still be
explained. A run that had nothing to do before has nothing to do afterwards. Look first with --dry-run.
"""

import argparse
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.cli.garbage import Garbage
    from pipeline.postgres.connection import Cursor

TABLES_TO_VACUUM = """
select format('%I.%I', schemaname, relname)
from pg_stat_user_tables
where schemaname in ('ntsb', 'mart', 'audit', 'history') and n_dead_tup > 0
order by schemaname, relname
"""

SUMMARY = "remove what nothing needs any more"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Whether only to look."""
    parser.add_argument("--dry-run", action="store_true", help="only say what would go, and how much it would free")


def run(options: argparse.Namespace) -> int:
    """Finds, says, removes."""
    from pipeline import config
    from pipeline.cli import garbage
    from pipeline.cli.current_release import require_release
    from pipeline.postgres.connection import transaction

    config.require_valid()
    require_release("gc")
    garbage.require_no_run()
    with transaction() as cursor:
        cursor.execute("lock table audit.release in exclusive mode")
        found = garbage.find_garbage(cursor, config.Publication().keep_releases)
        print("\n".join(format_text(found, options.dry_run)))
        if not options.dry_run:
            drop_relations(cursor, found)
    if not options.dry_run:
        delete_files(found)
        vacuum_tables()
    return 0


def vacuum_tables() -> None:
    """Lets the database use the room of replaced rows again: its own workers seldom get to it between short runs."""
    from pipeline.postgres.connection import connect

    with closing(connect()) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(TABLES_TO_VACUUM)
            for (name,) in cursor.fetchall():
                cursor.execute(f"vacuum {name}")


def drop_relations(cursor: "Cursor", found: Sequence["Garbage"]) -> None:
    """Drops what is in the database, and notes which zips are going."""
    from pipeline.warehouse import signatures
    from pipeline.warehouse.release import storage

    staying = [release for release in storage.kept_releases(cursor) if release not in {each.name for each in found}]
    for each in found:
        if each.kind == "release":
            storage.drop_release(cursor, each.name, staying)
        elif each.kind == "schema":
            cursor.execute(f'drop schema "{each.name}" cascade')
            cursor.execute("delete from audit.bundle where schema_name = %s", (each.name,))
        elif each.kind == "candidate":
            # It may have gone with one that it reads.
            cursor.execute(f'drop {signatures.RELATION_KINDS[each.relkind]} if exists candidate."{each.name}" cascade')
    zips = [each.name for each in found if each.kind == "zip"]
    cursor.execute("update audit.load_tracking set status = 'removed' where sha256 = any(%s)", (zips,))


def delete_files(found: Sequence["Garbage"]) -> None:
    """Removes files and folders, each with what lies beside it to tell of it."""
    for each in found:
        path = each.path
        if path is None:
            continue
        if each.kind == "zip":
            # The card first: a zip without one is not in the archive.
            path.with_suffix(".json").unlink(missing_ok=True)
        if each.kind == "output":
            (path.parent / ".fingerprints" / f"{path.name}.json").unlink(missing_ok=True)
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def format_text(found: Sequence["Garbage"], is_dry: bool) -> Iterator[str]:
    """A line for each thing, largest last, and the sum."""
    for each in sorted(found, key=lambda each: (each.bytes, each.kind, each.name)):
        yield f"{each.bytes / 1e6:>10.1f} MB  {each.kind:<10} {each.name}"
    words = "would be freed (--dry-run: nothing was removed)" if is_dry else "are freed"
    yield f"{sum(each.bytes for each in found) / 1e6:>10.1f} MB  {words}: {len(found)} things"
