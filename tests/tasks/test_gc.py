"""`gc` removes what is no longer needed and nothing else: results, rollback and `why row` stay the same."""

import json
import os
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline import file_lock
from tests.results import release, results
from tests.running import SAMPLES, Workspace
from tests.tasks.conftest import TwoReleases
from tests.tasks.test_commands import answer, ask
from tests.tasks.test_rollback import assert_release_intact

UNKNOWN = "ab" * 32
WEEKLY = """
    select aircraft.ev_id from ntsb.aircraft where source_file = '{}' and aircraft_key = 1 order by ev_id limit 1
"""


def objects(text: str) -> set[tuple[str, str]]:
    """(kind, name) of each printed line."""
    return {(kind, name) for kind, name in re.findall(r"^ +[\d.]+ MB  (\w+) +(\S+)$", text, re.MULTILINE)}


def add_garbage(workspace: Workspace) -> set[tuple[str, str]]:
    """Adds what killed runs, older code and removed sources leave; returns (kind, name) of each object."""
    store = workspace.targets
    (store / "archive" / f"{UNKNOWN}.zip").write_bytes(b"0" * 2_000_000)
    (store / "archive" / f"{UNKNOWN}.json").write_text("{}")
    (store / "access" / UNKNOWN).mkdir()
    (store / "access" / UNKNOWN / "up01nov.mdb").write_bytes(b"0" * 3_000_000)
    (store / "snapshots" / "0123456789abcdef.json").write_text("{}")
    (store / "steps" / "LoadRawTables_source-up01NOV.json").write_text(
        json.dumps({"step": "LoadRawTables --source up01NOV"})
    )
    for name in ("old_view.parquet", ".fingerprints/old_view.parquet.json"):
        shutil.copy(
            store / "parquet" / "mart" / name.replace("old_view", "event_summary"), store / "parquet" / "mart" / name
        )
    add_garbage_of_earlier_version(store)
    (store / "parquet" / "mart" / "mine.parquet").write_text("a user's own file")
    (store / "parquet" / "ntsb" / ".making-events.parquet-x1").mkdir()
    workspace.query("""
        set role ntsb_loader;
        create schema raw_up01nov; create table raw_up01nov.events (x text); create schema typed_up01nov;
        create table candidate.events (x text); create view candidate.event_summary as select * from candidate.events;
        set role ntsb_owner;
        create schema ntsb_0123456789ab; create table ntsb_0123456789ab.events as select * from ntsb.events;
        create schema limited_up01nov;
        create schema raw_notes; create table raw_notes.mine as select 'of a user' as note
    """)
    names = {"release": "0123456789ab", "zip": UNKNOWN, "access": UNKNOWN, "snapshot": "0123456789abcdef"}
    names |= {"record": "LoadRawTables_source-up01NOV.json", "output": "targets/store/parquet/mart/old_view.parquet"}
    names |= {"temporary": "targets/store/parquet/ntsb/.making-events.parquet-x1"}
    schemas = {("schema", f"{kind}_up01nov") for kind in ("raw", "typed", "limited")}
    earlier = {("output", "targets/store/parquet/mart/old_name.parquet")}
    earlier |= {("sidecars", f"targets/store/{folder}/.stamps") for folder in ("parquet/mart", "studies")}
    return set(names.items()) | schemas | earlier | {("candidate", "events"), ("candidate", "event_summary")}


def add_garbage_of_earlier_version(store: Path) -> None:
    """Adds a file that no task owns, and sidecars, also of a file that a task owns, as version 0.1 wrote them."""
    for folder, name in (
        ("parquet/mart", "old_name.parquet"),
        ("parquet/mart", "event_summary.parquet"),
        ("studies", "x"),
    ):
        (sidecar := store / folder / ".stamps" / f"{name}.json").parent.mkdir(exist_ok=True)
        sidecar.write_text('{"stamp": "0123456789abcdef"}')
    (store / "parquet" / "mart" / "old_name.parquet").write_text("rows")


def test_gc_removes_garbage_and_nothing_else(copy: Workspace, expected: dict[str, Any]) -> None:
    assert objects(ask(copy, "gc").stdout) == set()
    garbage = add_garbage(copy)
    dry = ask(copy, "gc", "--dry-run")
    assert dry.returncode == 0, dry.stderr
    assert objects(dry.stdout) == garbage
    assert "nothing was removed" in dry.stdout
    done = ask(copy, "gc")
    assert done.returncode == 0, done.stderr
    assert objects(done.stdout) == garbage
    assert float(re.findall(r"^ +([\d.]+) MB  freed: 15 objects$", done.stdout, re.MULTILINE)[0]) > 5
    assert objects(ask(copy, "gc").stdout) == set()
    assert (copy.targets / "parquet" / "mart" / "mine.parquet").exists()
    assert copy.query("select note from raw_notes.mine") == [("of a user",)]
    (copy.targets / "parquet" / "mart" / "mine.parquet").unlink()
    result = copy.run()
    assert (result.code, result.done) == (0, set()), result.text[-3000:]
    assert results(copy) == expected


def test_kept_releases_can_be_restored_and_explained_after_gc(two_releases: TwoReleases) -> None:
    workspace = two_releases.workspace
    ((event,),) = workspace.query(WEEKLY.format("up08NOV"))
    # Publish the release without the weekly file again.
    three = replace(workspace, sources=str(workspace.store / "three zips"))
    Path(three.sources).mkdir()
    for name in ("PRE1982", "Pre2008", "avall"):
        shutil.copy(SAMPLES / f"{name}.zip", three.sources)
    assert three.run("CreateSnapshot").code == 0
    assert three.run("PublishRelease", "--snapshot", three.snapshot()).code == 0
    assert release(three)["id"] == two_releases.before
    removed = objects(ask(three, "gc").stdout)
    assert {
        ("schema", "raw_up08nov"),
        ("schema", "typed_up08nov"),
        ("record", "LoadRawTables_source-up08NOV.json"),
    } <= removed
    assert {kind for kind, _ in removed} == {"schema", "record", "access"}
    assert ask(three, "rollback", two_releases.after).returncode == 0
    assert_release_intact(three)
    why = answer(three, "why", "row", "ntsb.aircraft", event, "1")
    assert why["source"]["file"] == "up08NOV" and why["source"]["read_from"] == "the archived file"
    assert why["source"]["raw"]["ev_id"] == event


def test_releases_beyond_keep_releases_are_removed(two_releases: TwoReleases, tmp_path: Path) -> None:
    (settings := tmp_path / "settings.cfg").write_text("[Publication]\nkeep_releases = 0\n")
    strict = replace(two_releases.workspace, variables={"LUIGI_CONFIG_PATH": str(settings)})
    details = release(strict)
    done = ask(strict, "gc")
    assert done.returncode == 0, done.stderr
    assert {thing for thing in objects(done.stdout) if thing[0] != "snapshot"} == {("release", two_releases.before)}
    assert strict.query("select count(*) from pg_namespace where nspname ~ '^ntsb_'") == [(0,)]
    assert release(strict) == details
    assert_release_intact(strict)
    assert "found no earlier release" in ask(strict, "rollback").stderr
    # All four zips are in the current release.
    assert len(list((strict.targets / "archive").glob("*.zip"))) == 4


def test_the_current_release_is_never_removed(two_releases: TwoReleases, tmp_path: Path) -> None:
    """Not even if one of its relations is missing, so that it could not be restored."""
    (settings := tmp_path / "settings.cfg").write_text("[Publication]\nkeep_releases = -1\n")
    wrong = replace(two_releases.workspace, variables={"LUIGI_CONFIG_PATH": str(settings)})
    refused = ask(wrong, "gc", "--dry-run")
    assert refused.returncode == 1 and refused.stdout == ""
    assert "[Publication] keep_releases: expected int in [0, 1000], found -1" in refused.stderr
    settings.write_text("[Publication]\nkeep_releases = 0\n")
    wrong.query("drop table audit.check_result cascade; select 1")
    actual = objects(ask(wrong, "gc", "--dry-run").stdout)
    assert not {kind for kind, _ in actual} & {"zip", "access", "schema"}
    assert two_releases.after not in {name for _, name in actual}


def test_gc_vacuums_updated_tables_and_system_catalogs(two_releases: TwoReleases) -> None:
    vacuums = """
        select relname::text, vacuum_count from pg_stat_all_tables
        where (schemaname, relname) in (('ntsb', 'events'), ('pg_catalog', 'pg_attribute'))
    """
    before = dict(two_releases.workspace.query(vacuums))
    assert ask(two_releases.workspace, "gc").returncode == 0
    two_releases.workspace.stop()
    assert dict(two_releases.workspace.query(vacuums)) == {name: count + 1 for name, count in before.items()}
    assert before.keys() == {"events", "pg_attribute"}


def test_gc_refuses_while_a_run_works_on_the_store(two_releases: TwoReleases) -> None:
    lock = two_releases.workspace.targets / "locks" / "run"
    with file_lock.locked(lock) as descriptor:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, b"process 4242 since 2026-11-30 00:00:00 UTC", 0)
        done = ask(two_releases.workspace, "gc", "--dry-run")
    assert done.returncode == 1
    assert done.stderr == (
        "gc: expected no run on this store, found process 4242 since 2026-11-30 00:00:00 UTC; wait until it has ended\n"
    )
    assert ask(two_releases.workspace, "gc", "--dry-run").returncode == 0
