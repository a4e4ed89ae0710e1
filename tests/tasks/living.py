"""Small Access files with random events, and the tasks that publish them to a database of their own."""

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
Contents = dict[str, dict[str, Any]]


def random_events(rng: random.Random, ev_ids: Sequence[str]) -> Contents:
    """{ev_id: values} drawn at random, so that two files have different values for the same event."""
    return {
        ev_id: {
            "city": rng.choice(["NOME", "TELLER", "", None]),
            "worst": rng.choice(["FATL", "SERS", "NONE"]),
            "damage": rng.choice(["DEST", "SUBS", None]),
            "findings": rng.randrange(3),
            "story": rng.choice([None, "Engine quit.", 'It\'s "over"']),
        }
        for ev_id in ev_ids
    }


def tables(contents: Contents) -> dict[str, list[dict[str, Any]]]:
    """{table: rows} of an Access file."""
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in ("events", "aircraft", "Findings", "narratives")}
    for ev_id, values in contents.items():
        key = {"ev_id": ev_id, "Aircraft_Key": 1}
        number = f"ANC20LA{int(ev_id[-3:]):03d}"
        event = {"ev_id": ev_id, "ntsb_no": number, "ev_type": "ACC", "ev_date": event_date(ev_id), "ev_country": "USA"}
        worst = {"ev_highest_injury": values["worst"], "ev_city": values["city"], "ev_state": "AK"}
        rows["events"].append(event | worst | {"lchg_date": values.get("changed")})
        rows["aircraft"].append(key | {"damage": values["damage"], "acft_make": "CESSNA"})
        rows["Findings"] += [key | {"finding_no": n + 1, "Cause_Factor": "C"} for n in range(values["findings"])]
        rows["narratives"] += [key | {"narr_accp": values["story"]}] if values["story"] else []
    rows["states"] = [{"state": "AK", "name": "Alaska"}]
    return rows


def event_date(ev_id: str) -> datetime:
    """The date in an event's id."""
    return datetime.strptime(ev_id[:8], "%Y%m%d")


def write_zip(
    folder: Path, source: str, contents: Contents, created: date = date(2024, 1, 1), name: str | None = None
) -> None:
    """Writes a zip with an Access file of these events, <source>.mdb; the zip has the same name unless one is given."""
    folder.mkdir(parents=True, exist_ok=True)
    mdb = folder / f"{source}.mdb"
    write_access(mdb, SCHEMA, tables(contents), created)
    zip_access(mdb, folder / f"{name or source}.zip")
    mdb.unlink()


def publish() -> list[str]:
    """Publishes the current sources; returns the tasks that ran, without the SHA-256 of files."""
    ran: list[str] = []
    errors: list[BaseException] = []
    succeeded, failed = Step.event_handler(luigi.Event.SUCCESS), Step.event_handler(luigi.Event.FAILURE)
    hooks = [succeeded(lambda step: ran.append(task_name(step))), failed(lambda _, error: errors.append(error))]
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


def task_name(step: Step) -> str:
    """The task without snapshot and SHA-256: `CastTables avall`, `MergeTable events`."""
    own = [getattr(step, name) for name in ("source", "table", "name") if hasattr(step, name)]
    return " ".join([step.task_family, *own])


def ask(address: str, query: str) -> list[tuple[Any, ...]]:
    """Rows of a query."""
    with closing(psycopg2.connect(address)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def digests(address: str, release: str = "") -> Mapping[str, Any]:
    """{table: (rows, digest)} recorded for a release, by default the current one."""
    wanted = f"release_relation.release = '{release}'" if release else "release.is_current"
    rows = ask(
        address,
        "select name, rows, digest from audit.release_relation inner join audit.release on release.id = release "
        f"where target_schema = 'ntsb' and {wanted}",
    )
    return {name: event for name, *event in rows}


def recomputed_digests(address: str) -> Mapping[str, Any]:
    """{table: (rows, digest)} of the published tables, computed from their rows."""
    tables = ask(address, "select relname from pg_class where relnamespace = 'ntsb'::regnamespace and relkind = 'r'")
    return {name: list(ask(address, f"select * from audit.digest('ntsb.{name}')")[0]) for (name,) in tables}
