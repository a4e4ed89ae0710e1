"""What nothing needs any more goes, and nothing else: runs, readers and questions find all that they found before."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.results import release, results
from tests.running import SAMPLES, Place
from tests.tasks.conftest import Two
from tests.tasks.test_commands import answer, ask
from tests.tasks.test_rollback import whole

UNKNOWN = "ab" * 32
WEEKLY = """
    select aircraft.ev_id from ntsb.aircraft where source_file = '{}' and aircraft_key = 1 order by ev_id limit 1
"""


def things(text: str) -> set[tuple[str, str]]:
    """(kind, name) of each line."""
    return {(kind, name) for kind, name in re.findall(r"^ +[\d.]+ MB  (\w+|left over) +(\S+)$", text, re.MULTILINE)}


def litter(place: Place) -> set[tuple[str, str]]:
    """Leaves what killed runs, older code and sources that are gone leave; says what it is."""
    store = place.targets
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
    (store / "parquet" / "mart" / "mine.parquet").write_text("a user's own file")
    (store / "parquet" / "ntsb" / ".making-events.parquet-x1").mkdir()
    place.ask("create schema raw_up01nov; create table raw_up01nov.events (x text); create schema typed_up01nov")
    place.ask(
        "create table candidate.events (x text); create view candidate.event_summary as select * from candidate.events"
    )
    place.ask("create schema ntsb_0123456789ab; create table ntsb_0123456789ab.events as select * from ntsb.events")
    names = {"release": "0123456789ab", "zip": UNKNOWN, "access": UNKNOWN, "list": "0123456789abcdef"}
    names |= {"note": "LoadRawTables_source-up01NOV.json", "output": "targets/store/parquet/mart/old_view.parquet"}
    names |= {"left over": "targets/store/parquet/ntsb/.making-events.parquet-x1"}
    schemas = {("schema", "raw_up01nov"), ("schema", "typed_up01nov")}
    return set(names.items()) | schemas | {("candidate", "events"), ("candidate", "event_summary")}


def test_litter_goes_and_nothing_else(copy: Place, expected: dict[str, Any]) -> None:
    assert things(ask(copy, "gc").stdout) == set()
    left = litter(copy)
    dry = ask(copy, "gc", "--dry-run")
    assert dry.returncode == 0, dry.stderr
    assert things(dry.stdout) == left
    assert "nothing was removed" in dry.stdout
    done = ask(copy, "gc")
    assert done.returncode == 0, done.stderr
    assert things(done.stdout) == left
    assert float(re.findall(r"^ +([\d.]+) MB  are freed: 11 things$", done.stdout, re.MULTILINE)[0]) > 5
    assert things(ask(copy, "gc").stdout) == set()
    assert (copy.targets / "parquet" / "mart" / "mine.parquet").exists()
    (copy.targets / "parquet" / "mart" / "mine.parquet").unlink()
    told = copy.run()
    assert (told.code, told.done) == (0, set()), told.text[-3000:]
    assert results(copy) == expected


def test_a_kept_release_can_be_brought_back_and_explained(two: Two) -> None:
    place = two.place
    ((event,),) = place.ask(WEEKLY.format("up08NOV"))
    # Without the weekly file: its release is one before the current.
    three = replace(place, sources=str(place.store / "three zips"))
    Path(three.sources).mkdir()
    for name in ("PRE1982", "Pre2008", "avall"):
        shutil.copy(SAMPLES / f"{name}.zip", three.sources)
    assert three.run("CreateSnapshot").code == 0
    assert three.run("PublishRelease", "--snapshot", three.snapshot()).code == 0
    assert release(three)["id"] == two.before
    gone = things(ask(three, "gc").stdout)
    assert {
        ("schema", "raw_up08nov"),
        ("schema", "typed_up08nov"),
        ("note", "LoadRawTables_source-up08NOV.json"),
    } <= gone
    assert {kind for kind, _ in gone} == {"schema", "note", "access"}
    assert ask(three, "rollback", two.after).returncode == 0
    whole(three)
    why = answer(three, "why", "row", "ntsb.aircraft", event, "1")
    assert why["source"]["file"] == "up08NOV" and why["source"]["read_from"] == "the archived file"
    assert why["source"]["raw"]["ev_id"] == event


def test_releases_beyond_the_knob_go(two: Two, tmp_path: Path) -> None:
    (knobs := tmp_path / "knobs.cfg").write_text("[Publication]\nkeep_releases = 0\n")
    strict = replace(two.place, variables={"LUIGI_CONFIG_PATH": str(knobs)})
    facts = release(strict)
    done = ask(strict, "gc")
    assert done.returncode == 0, done.stderr
    assert {thing for thing in things(done.stdout) if thing[0] != "list"} == {("release", two.before)}
    assert strict.ask("select count(*) from pg_namespace where nspname ~ '^ntsb_'") == [(0,)]
    assert release(strict) == facts
    whole(strict)
    assert "found no earlier release" in ask(strict, "rollback").stderr
    # The earlier release had three of the four zips: all of them are still in use.
    assert len(list((strict.targets / "archive").glob("*.zip"))) == 4


def test_the_current_release_stays_whatever_is_asked_for(two: Two, tmp_path: Path) -> None:
    """Also where a relation of it is gone, so that it could not be brought back as it is."""
    (knobs := tmp_path / "knobs.cfg").write_text("[Publication]\nkeep_releases = -1\n")
    wrong = replace(two.place, variables={"LUIGI_CONFIG_PATH": str(knobs)})
    refused = ask(wrong, "gc", "--dry-run")
    assert refused.returncode == 1 and refused.stdout == ""
    assert "[Publication] keep_releases: expected int in [0, 1000], found -1" in refused.stderr
    knobs.write_text("[Publication]\nkeep_releases = 0\n")
    wrong.ask("drop table audit.check_result cascade; select 1")
    found = things(ask(wrong, "gc", "--dry-run").stdout)
    assert not {kind for kind, _ in found} & {"zip", "access", "schema"}
    assert two.after not in {name for _, name in found}


def test_the_room_of_replaced_rows_is_used_again(two: Two) -> None:
    asked = "select sum(vacuum_count) from pg_stat_user_tables where schemaname = 'ntsb' and relname = 'events'"
    ((before,),) = two.place.ask(asked)
    assert ask(two.place, "gc").returncode == 0
    two.place.stop()
    ((after,),) = two.place.ask(asked)
    assert after == before + 1


def test_gc_lets_a_run_end_first(two: Two) -> None:
    """A process whose command line says luigi, where Luigi notes the runs of this store."""
    key = hashlib.sha256(str(two.place.store.resolve()).encode()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"luigi-{key}"
    folder.mkdir(exist_ok=True)
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", "luigi"]) as run:
        (folder / "test.pid").write_text(f"{run.pid}\n")
        done = ask(two.place, "gc", "--dry-run")
        run.kill()
    assert done.returncode == 1
    assert f"gc: expected no run on this store, found process {run.pid}" in done.stderr
    assert ask(two.place, "gc", "--dry-run").returncode == 0
