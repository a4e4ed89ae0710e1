"""Publication of a release to DynamoDB.

Each table has two copies. Readers use one; the other one receives the difference between what it contains and the new
release, is indexed and validated, and then one write of the alias switches readers to all new tables at once. A table
whose items have not changed keeps its copy. Nothing that readers use is written or deleted.
"""

import logging
import math
import time
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial

from pipeline.dynamodb import cost, load, releases, tables, timings, validate, writers
from pipeline.dynamodb.client import Database
from pipeline.dynamodb.contents import Contents, read_all
from pipeline.dynamodb.load import Difference
from pipeline.dynamodb.releases import Alias, PublishedTable
from pipeline.dynamodb.sources import Source
from pipeline.dynamodb.specification import TableSpec
from pipeline.dynamodb.timings import Timing
from pipeline.dynamodb.validate import Validation
from pipeline.errors import DynamodbError

log = logging.getLogger(__name__)

MAX_PROBLEMS = 20


@dataclass(frozen=True)
class Release:
    """What is published: id, fingerprint, {table: specification} and {relation: source}."""

    id: str
    fingerprint: str
    tables: Mapping[str, TableSpec]
    sources: Mapping[str, Source]


@dataclass
class Copy:
    """A copy of a table that a publication writes, and its difference from the release when it started."""

    table: TableSpec
    name: str
    difference: Difference = field(default_factory=Difference)


@dataclass
class Publication:
    """The record of a publication: phases {name: seconds}, copies written, tables kept, and what was checked."""

    release: str
    phases: dict[str, float] = field(default_factory=dict)
    contents: dict[str, Contents] = field(default_factory=dict)
    copies: list[Copy] = field(default_factory=list)
    published: dict[str, str] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    estimate: str = ""
    validation: Validation = field(default_factory=Validation)
    timings: list[Timing] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Record the duration of the block."""
        start = time.perf_counter()
        log.info("dynamodb: %s", name)
        yield
        self.phases[name] = time.perf_counter() - start


def publish(
    database: Database,
    release: Release,
    is_cost_confirmed: bool = False,
    show: Callable[[str], None] = log.info,
) -> Publication:
    """Publish a release, and return the record. Raises DynamodbError; readers then use what they used before.

    An interrupted publication continues: the tables themselves show what is left to do.
    """
    record = Publication(release.id)
    with record.phase("read"):
        record.contents = read_all(release.tables.values(), release.sources)
    with writers.writing(database):
        _publish(database, release, record, lambda: _confirm(database, record, is_cost_confirmed, show))
    with record.phase("measure"):
        record.timings = timings.measure(database, release.tables, record.contents, record.published)
    record.counts = dict(sorted(database.counts.items()))
    return record


def _publish(database: Database, release: Release, record: Publication, confirm: Callable[[], None]) -> None:
    publisher = uuid.uuid4().hex
    database.guard = partial(releases.require_claim, database, publisher)
    before, busy = releases.read_alias(database), releases.busy_tables(database)
    with record.phase("compare"):
        after = _planned(database, release, record, before, busy)
    is_new = before is None or bool(record.copies) or _identity(before) != _identity(after)
    if is_new:
        confirm()
    has_claim = is_new or bool(releases.unused_tables(database))
    if has_claim:
        _claim(database, publisher, record, before, busy)
    _fill(database, release, record)
    if is_new:
        with record.phase("switch"):
            releases.switch(database, publisher, before, replace(after, switched_at=math.ceil(time.time())))
    if has_claim:
        with record.phase("remove"):
            record.removed = _remove(database, publisher, before, time.time() if is_new else 0)


def _identity(alias: Alias) -> tuple[str, str]:
    return alias.release, alias.fingerprint


def _planned(
    database: Database, release: Release, record: Publication, before: Alias | None, busy: Collection[str]
) -> Alias:
    """Return the alias after the publication, and add the copies to write, and the tables to keep, to the record.

    Without a copy that readers use, both are written: the next release then finds one that lacks its changes only.
    A copy that readers use is kept if it equals the release; one that was modified is replaced as well. A `busy` table,
    to which another publication may still write, is not used.
    """
    planned, prefix = {}, database.settings.prefix
    for name, table in release.tables.items():
        free = (copy for copy in tables.names(prefix, table) if copy not in busy)
        published = before.tables.get(name) if before else None
        digest, size = record.contents[name].digest(), len(record.contents[name].digests)
        if published is None or not tables.is_copy(published.name, prefix, table):
            first, second = next(free), next(free)
            planned[name] = PublishedTable(first, second, digest, size)
            record.copies += [Copy(table, first), Copy(table, second)]
        elif published.digest == digest and not _difference(database, record, table, published.name):
            planned[name] = published
            record.kept.append(name)
        else:
            standby = published.standby
            if standby in busy:
                standby = next(copy for copy in free if copy != published.name)
            planned[name] = PublishedTable(standby, published.name, digest, size)
            record.copies.append(Copy(table, standby))
    for copy in record.copies:
        copy.difference = _difference(database, record, copy.table, copy.name)
    record.published = {name: table.name for name, table in planned.items()}
    return Alias(release.id, release.fingerprint, before.publication + 1 if before else 1, 0, planned)


def _difference(database: Database, record: Publication, table: TableSpec, name: str) -> Difference:
    """Return the difference of a copy, which may not exist, from the release."""
    is_readable = tables.is_readable(tables.describe(database, name))
    return load.compare(table, record.contents[table.name], load.scan_items(database, name) if is_readable else ())


def _confirm(database: Database, record: Publication, is_confirmed: bool, show: Callable[[str], None]) -> None:
    """Print the estimated price, and raise DynamodbError if it needs a confirmation."""
    estimate = cost.Estimate()
    for copy in record.copies:
        estimate.add(copy.table, record.contents[copy.table.name], copy.difference)
    record.estimate = cost.describe(estimate, database.settings)
    show(f"dynamodb: {record.estimate}")
    cost.require_confirmation(estimate, database.settings, is_confirmed)


def _claim(
    database: Database, publisher: str, record: Publication, before: Alias | None, busy: Collection[str]
) -> None:
    with record.phase("prepare"):
        releases.create_control_table(database)
        releases.claim(database, publisher, before, busy)
        for copy in record.copies:
            releases.mark(database, publisher, copy.name)
        if before and record.copies:
            _wait_for_readers(database, before.switched_at)


def _wait_for_readers(database: Database, switched_at: float) -> None:
    """Wait until all readers have read the alias again since it was switched."""
    # The clock of the host that switched it may be ahead.
    elapsed_s = max(0.0, time.time() - switched_at)
    time.sleep(max(0.0, database.settings.reader_refresh_s - elapsed_s))


def _remove(database: Database, publisher: str, before: Alias | None, switched_at: float) -> list[str]:
    """Delete the tables that the alias does not name, and return their names; readers may have used them until now."""
    if before and releases.unused_tables(database):
        _wait_for_readers(database, switched_at or before.switched_at)
    return releases.remove_unused(database, publisher)


def _fill(database: Database, release: Release, record: Publication) -> None:
    """Create, load, index and validate the copies; tables concurrently."""
    workers = database.settings.concurrency
    with ThreadPoolExecutor(workers) as executor, ThreadPoolExecutor(workers) as writers:
        with record.phase("load"):
            _for_all(executor, record.copies, lambda copy: _load(database, release, copy, writers))
        with record.phase("index"):
            kept = [Copy(release.tables[name], record.published[name]) for name in record.kept]
            indexed = [*record.copies, *kept]
            _for_all(executor, indexed, lambda copy: tables.create_indexes(database, copy.name, copy.table))
            # The setting may be newer than tables that are kept.
            _for_all(executor, kept, lambda copy: tables.request_recovery(database, copy.name))
    with record.phase("validate"):
        _validate(database, release, record)


def _for_all(executor: Executor, copies: list[Copy], run: Callable[[Copy], None]) -> None:
    """Run a function for all copies, and raise the first error after all have ended."""
    futures = [executor.submit(run, copy) for copy in copies]
    errors = [error for future in futures if (error := future.exception())]
    if errors:
        raise errors[0]


def _load(database: Database, release: Release, copy: Copy, writers: Executor) -> None:
    tables.create_for(database, copy.name, copy.table)
    load.apply(database, copy.name, copy.table, release.sources, copy.difference, writers)


def _validate(database: Database, release: Release, record: Publication) -> None:
    """Validate what readers will use, and then the second copies of new tables. Raises DynamodbError."""
    written = [(copy.table.name, copy.name) for copy in record.copies]
    others = {table: name for table, name in written if name != record.published[table]}
    record.validation = validate.validate(database, release.tables, record.contents, record.published)
    spare = validate.validate(database, release.tables, record.contents, others)
    problems = record.validation.problems + spare.problems
    if problems:
        text = "; ".join(problems[:MAX_PROBLEMS])
        raise DynamodbError(
            f"dynamodb: expected tables that equal the release, found {len(problems)} differences: {text}; "
            "run the same command again, which corrects the copies, but not references to rows that the source lacks"
        )
