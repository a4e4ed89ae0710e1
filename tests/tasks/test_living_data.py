"""Weekly files and new databases, published one after another, give the same release as one build from scratch."""

import random
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from psycopg2.extensions import make_dsn

from pipeline.warehouse import incremental
from tests.luigi_settings import changed_settings
from tests.tasks.living import ask, digests, publish, random_events, write_zip

# The tests hold for every seed, which determines the files and their order.
SEED = 1
EVENTS = [f"202001{n:02d}X00{n:03d}" for n in range(1, 8)]
SETTINGS = {
    ("Sources", "base"): '["avall"]',
    ("worker", "force_multiprocessing"): "false",
    ("worker", "keep_alive"): "false",
    ("worker", "timeout"): "0",
    ("scheduler", "retry_count"): "1",
    ("Operations", "task_timeouts_s"): "{}",
}
Switch = Callable[[str], str]
OIDS = """
select namespace.nspname, class.relname, class.oid, class.relfilenode from pg_class as class
inner join pg_namespace as namespace on namespace.oid = class.relnamespace
where namespace.nspname in ('ntsb', 'mart', 'audit', 'code_mappings') and (class.relkind = 'm' or class.oid in (
    select oid from audit.release_relation
)) order by class.oid
"""


@pytest.fixture
def zips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of zips, with avall as the only database; tasks run in this process, so that events are received."""
    monkeypatch.setenv("NTSB_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("NTSB_SOURCES", str(tmp_path / "zips"))
    with changed_settings(SETTINGS):
        yield tmp_path / "zips"


@pytest.fixture
def use(server: str, template: str, zips: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Switch]:
    """Returns a function that switches to the database of a name, created at first use, and returns its URL."""
    made: list[str] = []

    def execute(statement: str) -> None:
        with closing(psycopg2.connect(server, dbname="postgres")) as connection, connection.cursor() as cursor:
            connection.autocommit = True
            cursor.execute(statement)

    def switch(name: str) -> str:
        if name not in made:
            execute(f"create database {name} template {template}")
            made.append(name)
        address = str(make_dsn(server, dbname=name))
        monkeypatch.setenv("NTSB_DATABASE_URL", address)
        return address

    yield switch
    for name in made:
        execute(f"drop database {name} with (force)")


def as_of(address: str, release: str) -> dict[str, Any]:
    """{table: [rows, digest]} of a release, reconstructed from the current tables and the history."""
    rows = {}
    with closing(psycopg2.connect(address, options="-c search_path=ntsb,public")) as connection:
        cursor = connection.cursor()
        cursor.execute(
            "select name from audit.release_relation where target_schema = 'ntsb' and release = %s", (release,)
        )
        for (table,) in cursor.fetchall():
            cursor.execute(
                f"create temp table stood as select * from history.as_of(null::ntsb.{table}, %s)", (release,)
            )
            cursor.execute(
                "select coalesce(string_agg(format('drop column %%I', attname), ', '), '') from pg_attribute "
                "where attrelid = to_regclass(%s) and audit.is_derived(pg_attribute)",
                (f"ntsb.{table}",),
            )
            ((derived,),) = cursor.fetchall()
            cursor.execute(f"alter table stood {derived}" if derived else "select")
            cursor.execute("select * from audit.digest('stood')")
            rows[table] = list(cursor.fetchone() or ())
            cursor.execute("drop table stood")
    return rows


@pytest.mark.parametrize("most", [0.0, 1.0], ids=["whole tables", "incremental updates"])
def test_files_published_one_by_one_equal_a_build_from_scratch(
    use: Switch, zips: Path, monkeypatch: pytest.MonkeyPatch, most: float
) -> None:
    """Random files are published in a random order; the history also reconstructs each release in between."""
    monkeypatch.setattr(incremental, "MAX_CHANGED_SHARE", most)
    rng = random.Random(SEED)
    arriving = ["up01NOV", "up08NOV", "avall"]
    rng.shuffle(arriving)
    write_zip(zips, "avall", random_events(rng, rng.sample(EVENTS, 4)))
    address = use("living")
    publish()
    seen = {release(address): digests(address)}
    for source in arriving:
        write_zip(zips, source, random_events(rng, rng.sample(EVENTS, 3)))
        publish()
        seen[release(address)] = digests(address)
    scratch = use("scratch")
    publish()
    assert digests(scratch) == digests(address)
    assert release(scratch) == release(address)
    ask(address, f"drop schema if exists {', '.join(kept(address))} cascade; select 1")
    assert {name: as_of(address, name) for name in seen} == seen


def release(address: str) -> str:
    """The id of the current release."""
    ((rows,),) = ask(address, "select id from audit.release where is_current")
    return str(rows)


def kept(address: str) -> list[str]:
    """Schemas of earlier releases."""
    return [name for (name,) in ask(address, "select nspname from pg_namespace where nspname ~ '^ntsb_[0-9a-f]{12}$'")]


def test_only_changed_tables_are_rebuilt(use: Switch, zips: Path) -> None:
    rng = random.Random(3)
    base = random_events(rng, EVENTS[:3])
    write_zip(zips, "avall", base)
    address = use("living")
    publish()
    first = release(address)
    assert publish() == []

    # The same rows in other bytes: loaded again, but published relations stay, with a user's view on them.
    before = ask(address, OIDS)
    ask(address, "create view mine as select ev_state from mart.mv_state_stats cross join ntsb.states; select 1")
    write_zip(zips, "avall", base, date(2024, 2, 2))
    assert {"LoadRawTables avall", "CastTables avall", "PublishRelease"} <= set(publish())
    assert release(address) == first
    assert ask(address, OIDS) == before
    assert ask(address, "select to_regclass('mine') is not null") == [(True,)]
    assert ask(address, "select action from audit.publication_log") == [("publish",)]
    assert ask(address, "select status from audit.load_tracking order by last_published") == [
        ("earlier",),
        ("published",),
    ]
    assert publish() == []
    assert ask(address, "select max(publication), count(*) from audit.release") == [(1, 1)]
    assert ask(address, "select count(*) from history.change") == [(1,)]

    # A weekly file with a known and a new event: the database is not loaded again.
    write_zip(zips, "up08NOV", {EVENTS[0]: base[EVENTS[0]], **random_events(rng, EVENTS[3:4])})
    ran = set(publish())
    assert {"LoadRawTables up08NOV", "CastTables up08NOV", "MergeTable events"} <= ran
    assert ran & {"LoadRawTables avall", "CastTables avall", "PrepareDatabase"} == set()
    assert ask(address, "select ev_id, kind from history.event_version") == [(EVENTS[3], "new")]
    moved = "select distinct ev_id from history.row_version where kind = 'moved' and ev_id is not null"
    assert ask(address, moved) == [(EVENTS[0],)]

    # The file is removed: its new event is withdrawn, and the first release is current again.
    (zips / "up08NOV.zip").unlink()
    publish()
    assert release(address) == first
    assert ask(address, "select ev_id, kind from history.event_version where change = 3") == [(EVENTS[3], "withdrawn")]
