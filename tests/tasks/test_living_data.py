"""Weekly files and new bases, one release after the other: they end where one build from scratch ends."""

import random
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from luigi.configuration import get_config
from psycopg2.extensions import make_dsn

from pipeline.warehouse import incremental
from tests.tasks.living import ask, digests, publish, tell, write_zip

# Another number draws other files and another order; what is said of them holds for each.
SEED = 1
EVENTS = [f"202001{n:02d}X00{n:03d}" for n in range(1, 8)]
KNOBS = {
    ("Sources", "base"): '["avall"]',
    ("worker", "force_multiprocessing"): "false",
    ("worker", "keep_alive"): "false",
    ("worker", "timeout"): "0",
    ("scheduler", "retry_count"): "1",
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
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of zips in force, with avall as the one base; steps run in this process, so that it hears of them."""
    config = get_config()
    before = {key: config.get(*key) for key in KNOBS}
    for key, text in KNOBS.items():
        config.set(*key, text)
    monkeypatch.setenv("NTSB_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("NTSB_SOURCES", str(tmp_path / "zips"))
    yield tmp_path / "zips"
    for key, text in before.items():
        config.set(*key, text)


@pytest.fixture
def use(server: str, template: str, place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Switch]:
    """Puts a database of that name in force, a new one where there is none yet, and gives its address."""
    made: list[str] = []

    def by_hand(statement: str) -> None:
        with closing(psycopg2.connect(server, dbname="postgres")) as connection, connection.cursor() as cursor:
            connection.autocommit = True
            cursor.execute(statement)

    def switch(name: str) -> str:
        if name not in made:
            by_hand(f"create database {name} template {template}")
            made.append(name)
        address = str(make_dsn(server, dbname=name))
        monkeypatch.setenv("NTSB_DATABASE_URL", address)
        return address

    yield switch
    for name in made:
        by_hand(f"drop database {name} with (force)")


def as_of(address: str, release: str) -> dict[str, Any]:
    """{table: [rows, digest]} of a release, put together from the current tables and the history."""
    found = {}
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
            found[table] = list(cursor.fetchone() or ())
            cursor.execute("drop table stood")
    return found


@pytest.mark.parametrize("most", [0.0, 1.0], ids=["whole tables", "revisions"])
def test_one_by_one_or_all_at_once(use: Switch, place: Path, monkeypatch: pytest.MonkeyPatch, most: float) -> None:
    """Random files arrive in a random order; each release is what a build from scratch of its files is."""
    monkeypatch.setattr(incremental, "MAX_CHANGED_SHARE", most)
    dice = random.Random(SEED)
    arriving = ["up01NOV", "up08NOV", "avall"]
    dice.shuffle(arriving)
    write_zip(place, "avall", tell(dice, dice.sample(EVENTS, 4)))
    address = use("living")
    publish()
    seen = {release(address): digests(address)}
    for source in arriving:
        write_zip(place, source, tell(dice, dice.sample(EVENTS, 3)))
        publish()
        seen[release(address)] = digests(address)
    scratch = use("scratch")
    publish()
    assert digests(scratch) == digests(address)
    assert release(scratch) == release(address)
    ask(address, f"drop schema if exists {', '.join(kept(address))} cascade; select 1")
    assert {name: as_of(address, name) for name in seen} == seen


def release(address: str) -> str:
    """The id of the release that readers see."""
    ((found,),) = ask(address, "select id from audit.release where is_current")
    return str(found)


def kept(address: str) -> list[str]:
    """Schemas of earlier releases."""
    return [name for (name,) in ask(address, "select nspname from pg_namespace where nspname ~ '^ntsb_[0-9a-f]{12}$'")]


def test_only_what_changed_is_built_again(use: Switch, place: Path) -> None:
    dice = random.Random(3)
    base = tell(dice, EVENTS[:3])
    write_zip(place, "avall", base)
    address = use("living")
    publish()
    first = release(address)
    assert publish() == []

    # The same rows in other bytes: read again, and what is published stays, with what a user has built upon it.
    there = ask(address, OIDS)
    ask(address, "create view mine as select ev_state from mart.mv_state_stats cross join ntsb.states; select 1")
    write_zip(place, "avall", base, date(2024, 2, 2))
    assert {"LoadRawTables avall", "CastTables avall", "PublishRelease"} <= set(publish())
    assert release(address) == first
    assert ask(address, OIDS) == there
    assert ask(address, "select to_regclass('mine') is not null") == [(True,)]
    assert ask(address, "select action from audit.publication_log") == [("publish",)]
    assert ask(address, "select status from audit.load_tracking order by last_published") == [
        ("earlier",),
        ("published",),
    ]
    assert publish() == []
    assert ask(address, "select max(publication), count(*) from audit.release") == [(1, 1)]
    assert ask(address, "select count(*) from history.change") == [(1,)]

    # A weekly file that repeats an event and brings one: the base is not read again.
    write_zip(place, "up08NOV", {EVENTS[0]: base[EVENTS[0]], **tell(dice, EVENTS[3:4])})
    ran = set(publish())
    assert {"LoadRawTables up08NOV", "CastTables up08NOV", "MergeTable events"} <= ran
    assert ran & {"LoadRawTables avall", "CastTables avall", "PrepareDatabase"} == set()
    assert ask(address, "select ev_id, kind from history.event_version") == [(EVENTS[3], "new")]
    moved = "select distinct ev_id from history.row_version where kind = 'moved' and ev_id is not null"
    assert ask(address, moved) == [(EVENTS[0],)]

    # The file is taken back: what it brought is withdrawn, and the first release is there again.
    (place / "up08NOV.zip").unlink()
    publish()
    assert release(address) == first
    assert ask(address, "select ev_id, kind from history.event_version where change = 3") == [(EVENTS[3], "withdrawn")]
