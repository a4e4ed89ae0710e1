"""Tiny Access files that are revised, and the real steps that publish them in a database of their own."""

import random
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any

import luigi
import psycopg2

from pipeline.ingest import source_state
from pipeline.tasks.base import Step
from pipeline.tasks.release import PublishRelease
from pipeline.tasks.sources import CreateSnapshot
from samples.jet4 import read_schema, write_access, zip_access
from tests.architecture.tree import REPOSITORY

SCHEMA = read_schema(REPOSITORY / "samples" / "schema_modern.csv")
Told = dict[str, dict[str, Any]]


def tell(dice: random.Random, ev_ids: Sequence[str]) -> Told:
    """What a file says of events: drawn anew each time, so that the same event is told otherwise by another file."""
    return {
        ev_id: {
            "city": dice.choice(["NOME", "TELLER", "", None]),
            "worst": dice.choice(["FATL", "SERS", "NONE"]),
            "damage": dice.choice(["DEST", "SUBS", None]),
            "findings": dice.randrange(3),
            "story": dice.choice([None, "Engine quit.", 'It\'s "over"']),
        }
        for ev_id in ev_ids
    }


def tables(told: Told) -> dict[str, list[dict[str, Any]]]:
    """Rows of an Access file."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in ("events", "aircraft", "Findings", "narratives")}
    for ev_id, facts in told.items():
        key = {"ev_id": ev_id, "Aircraft_Key": 1}
        number = f"ANC20LA{int(ev_id[-3:]):03d}"
        event = {"ev_id": ev_id, "ntsb_no": number, "ev_type": "ACC", "ev_date": moment(ev_id), "ev_country": "USA"}
        worst = {"ev_highest_injury": facts["worst"], "ev_city": facts["city"], "ev_state": "AK"}
        found["events"].append(event | worst)
        found["aircraft"].append(key | {"damage": facts["damage"], "acft_make": "CESSNA"})
        found["Findings"] += [key | {"finding_no": n + 1, "Cause_Factor": "C"} for n in range(facts["findings"])]
        found["narratives"] += [key | {"narr_accp": facts["story"]}] if facts["story"] else []
    found["states"] = [{"state": "AK", "name": "Alaska"}]
    return found


def moment(ev_id: str) -> datetime:
    """The day in an event's id."""
    return datetime.strptime(ev_id[:8], "%Y%m%d")


def write_zip(folder: Path, source: str, told: Told, created: date = date(2024, 1, 1)) -> None:
    """Writes <source>.zip with an Access file that tells this."""
    folder.mkdir(parents=True, exist_ok=True)
    mdb = folder / f"{source}.mdb"
    write_access(mdb, SCHEMA, tables(told), created)
    zip_access(mdb, folder / f"{source}.zip")
    mdb.unlink()


def publish() -> list[str]:
    """Publishes what the place of the sources has now; returns the steps that ran, without the hashes of files."""
    ran: list[str] = []
    errors: list[BaseException] = []
    succeeded, failed = Step.event_handler(luigi.Event.SUCCESS), Step.event_handler(luigi.Event.FAILURE)
    hooks = [succeeded(lambda step: ran.append(named(step))), failed(lambda _, error: errors.append(error))]
    source_state.clear_probe_results()
    try:
        luigi.build([CreateSnapshot()], local_scheduler=True, workers=1, log_level="CRITICAL")
        wanted = PublishRelease(snapshot=CreateSnapshot().current_id())
        luigi.build([wanted], local_scheduler=True, workers=1, log_level="CRITICAL")
    finally:
        for event, hook in zip((luigi.Event.SUCCESS, luigi.Event.FAILURE), hooks, strict=True):
            Step.remove_event_handler(event, hook)
    if errors:
        raise errors[0]
    assert wanted.complete()
    return ran


def named(step: Step) -> str:
    """The step, less what another byte in a file changes: `CastTables avall`, `MergeTable events`."""
    own = [getattr(step, name) for name in ("source", "table", "name") if hasattr(step, name)]
    return " ".join([step.task_family, *own])


def ask(address: str, query: str) -> list[tuple[Any, ...]]:
    """Rows of a query."""
    with closing(psycopg2.connect(address)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def digests(address: str, release: str = "") -> Mapping[str, Any]:
    """{table: (rows, digest)} of a release, the current one where none is named."""
    wanted = f"release_relation.release = '{release}'" if release else "release.is_current"
    rows = ask(
        address,
        "select name, rows, digest from audit.release_relation inner join audit.release on release.id = release "
        f"where target_schema = 'ntsb' and {wanted}",
    )
    return {name: facts for name, *facts in rows}


def counted(address: str) -> Mapping[str, Any]:
    """{table: (rows, digest)} of what readers see, counted anew."""
    tables = ask(address, "select relname from pg_class where relnamespace = 'ntsb'::regnamespace and relkind = 'r'")
    return {name: list(ask(address, f"select * from audit.digest('ntsb.{name}')")[0]) for (name,) in tables}
