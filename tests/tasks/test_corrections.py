"""Reviewed corrections are published, reported, and withdrawn without a trace, also by incremental updates."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from psycopg2.extensions import make_dsn

from pipeline import config_check
from pipeline.cli import corrections as corrections_command
from pipeline.cli import diff, why
from pipeline.errors import InvalidCorrections
from pipeline.export import bundle
from pipeline.postgres.connection import transaction
from pipeline.postgres.roles import READER
from pipeline.serving import events
from pipeline.serving.database import Database
from pipeline.tasks.export import CORRECTION_KEYS, ExportParquet
from pipeline.tasks.reports import RenderReport
from pipeline.tasks.sources import CreateSnapshot
from pipeline.warehouse import incremental
from pipeline.warehouse.quality import run_summary
from pipeline.warehouse.raw_names import typed_schema
from tests.tasks import corrections
from tests.tasks.corrections import declare
from tests.tasks.living import ask, digests, publish, recomputed_digests, write_zip
from tests.tasks.test_incremental_update import roll_back
from tests.tasks.test_living_data import EVENTS, Switch, as_of, release, use, zips

__all__ = ["use", "zips"]
folder = corrections.folder

FIRST, SECOND, *_ = EVENTS
CITY = f"events,{FIRST},ev_city,NOME,Nome"
DAMAGE = f"aircraft,{FIRST} 1,damage,DEST,MINR"
STORY = f"narratives,{FIRST} 1,narr_accp,Engine quit.,Engine stopped."
STATE = "states,AK,name,Alaska,ALASKA"
VALUES = f"""
select ev_city, damage, narr_accp, search_vector::text, (select name from ntsb.states)
from ntsb.events inner join ntsb.aircraft using (ev_id) left join ntsb.narratives using (ev_id) where ev_id = '{FIRST}'
"""
RULES = """
[[mapping]]
id = "damage-words"
table = "aircraft"
column = "damage"
values = { DEST = "destroyed", SUBS = "substantial" }
rows = 6
tolerance = 2
source = "manual"
reviewer = "R. Viewer"
date = 2026-11-30

[[copy]]
id = "city-from-state"
table = "events"
from = "ev_state"
to = "ev_city"
rows = 2
source = "manual"
reviewer = "R. Viewer"
date = "2026-11-30"
"""


def contents(*ev_ids: str) -> dict[str, dict[str, object]]:
    """Events of which every value is known."""
    values = {"city": "NOME", "worst": "FATL", "damage": "DEST", "findings": 1, "story": "Engine quit."}
    return {ev_id: dict(values) for ev_id in ev_ids}


@pytest.mark.parametrize("most", [0.0, 1.0], ids=["whole tables", "incremental updates"])
def test_corrections_are_published_and_removing_them_restores_the_release(
    use: Switch, zips: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, most: float
) -> None:
    monkeypatch.setattr(incremental, "MAX_CHANGED_SHARE", most)
    write_zip(zips, "avall", contents(*EVENTS))
    address = use("living")
    publish()
    first, plain = release(address), digests(address)
    assert ask(address, "select count(*) from audit.applied_correction") == [(0,)]
    for texts in ((), (""), ("\n",)):
        (folder / "values.csv").write_text("".join(texts))
        assert publish() == [], "a file without lines is no correction"

    declare(folder, CITY, DAMAGE, STORY, STATE, f"events,{SECOND},ev_city,TELLER,Teller", "events,none,ev_city,a,b")
    ran = publish()
    assert "LoadRawTables avall" not in ran and "MergeTable events" in ran
    ((city, damage, story, words, state),) = ask(address, VALUES)
    assert (city, damage, story, state) == ("Nome", "MINR", "Engine stopped.", "ALASKA")
    cast = f"select ev_city from {typed_schema('avall')}.events where ev_id = '{FIRST}'"
    assert ask(address, cast) == [("NOME",)], "cast values stay as they are"
    assert "stop" in words and "quit" not in words
    corrected, seen = release(address), digests(address)
    assert corrected != first and recomputed_digests(address) == seen
    query = (
        "select table_name, row_key, column_name, value_before, value_after from audit.applied_correction order by 1"
    )
    assert ask(address, query) == [
        ("aircraft", f'["{FIRST}", 1]', "damage", "DEST", "MINR"),
        ("events", f'["{FIRST}"]', "ev_city", "NOME", "Nome"),
        ("narratives", f'["{FIRST}", 1]', "narr_accp", "Engine quit.", "Engine stopped."),
        ("states", '["AK"]', "name", "Alaska", "ALASKA"),
    ]
    query = "select row_key, reason, value_found from audit.unapplied_correction order by 1"
    assert ask(address, query) == [(f'["{SECOND}"]', "value differs", "NOME"), ('["none"]', "no such row", None)]
    assert publish() == []
    if most:
        scratch = use("scratch")
        publish()
        assert (digests(scratch), release(scratch)) == (seen, corrected)
        use("living")
    else:
        assert_visible(address)

    declare(folder)
    publish()
    assert release(address) == first and digests(address) == plain == recomputed_digests(address)
    assert ask(address, "select count(*) from audit.applied_correction") == [(0,)]
    assert {name: as_of(address, name) for name in (first, corrected)} == {first: plain, corrected: seen}
    assert_withdrawn(address)
    roll_back(corrected)
    assert digests(address) == recomputed_digests(address) == seen
    assert ask(address, "select count(*) from audit.applied_correction") == [(4,)]


@contextmanager
def served(address: str) -> Iterator[TestClient]:
    """A client of the routes of events, which a role that may only read serves."""
    ask(address, f"create role corrections_viewer login password 'viewer' in role {READER}; select 1")
    database = Database(lambda: make_dsn(address, user="corrections_viewer", password="viewer"), False, 1, 10, 5)
    try:
        app = FastAPI()
        app.include_router(events.router(database))
        yield TestClient(app)
    finally:
        database.close()
        ask(address, "drop role corrections_viewer; select 1")


def page(name: str) -> str:
    """A report of the current release."""
    task = RenderReport(snapshot=CreateSnapshot().current_id(), name=name)
    task.run()
    return task.output()[0].path.read_text()


def export(name: str) -> list[dict[str, object]]:
    """The rows of the Parquet file of a relation."""
    task = ExportParquet(snapshot=CreateSnapshot().current_id(), name=name)
    task.run()
    return pq.read_table(task.output().path).to_pylist()


def assert_visible(address: str) -> None:
    """The correction of a city is in `why row`, the reports, the API, the summary and the command."""
    ((identity,),) = ask(address, "select correction_id from audit.applied_correction where column_name = 'ev_city'")
    explanation = why.explain_row(["ntsb.events", FIRST])
    (city,) = [column for column in explanation["columns"] if column["column"] == "ev_city"]
    assert (city["value"], city["raw"]) == ("Nome", {"ev_city": "NOME"})
    assert city["rule"] == f"unchanged; reviewed correction {identity}"
    text = "\n".join(why.format_row(explanation))
    assert f"correction {identity} of ev_city: 'NOME' to 'Nome': docket 7; reviewed by R. Viewer, 2026-11-30" in text
    assert why.explain_row(["ntsb.events", SECOND])["corrections"] == []

    quality = page("quality")
    assert f">{identity}<" in page("changes") and "docket 7" in quality and "no such row" in quality
    assert "Reviewed corrections replace single published values: 4 in this release" in quality
    expected = {
        **{"correction": identity, "table": "events", "row_key": [FIRST], "column": "ev_city"},
        **{"value_before": "NOME", "value_after": "Nome"},
        **{"source": "docket 7", "reviewer": "R. Viewer", "date": "2026-11-30"},
    }
    with served(address) as client:
        assert expected in client.get(f"/v1/events/{FIRST}").json()["corrections"]
        history = client.get(f"/v1/events/{FIRST}/history").json()
        assert expected in history["corrections"]
        assert expected | {"kind": "applied"} in history["changes"][-1]["corrections"]
        assert client.get(f"/v1/events/{SECOND}").json()["corrections"] == []

    exported = {name: export(name) for name in CORRECTION_KEYS}
    assert [len(rows) for rows in exported.values()] == [6, 4, 2]
    assert ("ev_city", "NOME", "Nome", "R. Viewer") in [
        (row["column_name"], row["value_before"], row["value_after"], row["reviewer"])
        for row in exported["applied_correction"]
    ]
    with transaction("ntsb", read_only=True) as cursor:
        described = {row["relation"] for row in bundle.read_dictionary(cursor) if row["schema"] == "audit"}
    assert described == {*CORRECTION_KEYS}

    result = diff.compare("", "", FIRST)
    assert {
        "kind": "applied",
        "correction": identity,
        "table": "events",
        "row_key": f'["{FIRST}"]',
        "column": "ev_city",
    } in (result["corrections"])
    assert f'correction {identity} applied: events ["{FIRST}"] ev_city' in list(diff.format_event(result))

    _, statuses = corrections_command.read_statuses()
    lines = list(corrections_command.format_text("r", statuses, True))
    assert (
        f"values.csv:2  {identity}  events.ev_city of {FIRST}, 'NOME' to 'Nome': changes 1 values, published" in lines
    )
    assert [line for line in lines if "not applied, no such row: the files of the release have no such row" in line]
    with transaction("audit", "code_mappings") as cursor:
        heading, *lines = run_summary.summary_lines(cursor, [])[-3:]
    assert heading.startswith("Reviewed corrections that are not applied") and len(lines) == 2
    query = "select status, offending from audit.check_result where check_name = 'corrections_applied'"
    assert ask(address, query) == [("warned", 2)]


def assert_withdrawn(address: str) -> None:
    """The change report and the history say that the correction is not applied any more; the earlier release has it."""
    assert ">withdrawn<" in page("changes")
    with served(address) as client:
        history = client.get(f"/v1/events/{FIRST}/history").json()
        releases = [history["changes"][0]["release_from"], history["changes"][0]["release_to"]]
        earlier = [client.get(f"/v1/as-of/{name}/events/{FIRST}").json()["corrections"] for name in releases]
    kept = [{name: item[name] for name in item if name != "kind"} for item in history["changes"][0]["corrections"]]
    assert earlier == [[], kept] and len(kept) == 3
    assert history["corrections"] == []
    kinds = [[item["kind"] for item in change["corrections"]] for change in history["changes"]]
    assert kinds == [["applied"] * 3, ["withdrawn"] * 3]


def test_weekly_files_keep_corrections_and_retire_those_that_ntsb_made(
    use: Switch, zips: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each release by an incremental update equals the build of its files from scratch."""
    monkeypatch.setattr(incremental, "MAX_CHANGED_SHARE", 1.0)
    write_zip(zips, "avall", contents(*EVENTS[:5]))
    declare(folder, CITY, STORY, f"events,{SECOND},ev_city,NOME,Nome", rules=RULES)
    address = use("living")
    publish()
    for number, weekly in enumerate((contents(EVENTS[5]), {FIRST: contents(FIRST)[FIRST] | {"city": "Nome"}}), 1):
        write_zip(zips, f"up0{number}NOV", weekly)
        publish()
        living = release(address), digests(address), recomputed_digests(address), applied(address)
        scratch = use(f"scratch_{number}")
        publish()
        assert living == (release(scratch), digests(scratch), recomputed_digests(scratch), applied(scratch))
        use("living")
    assert ask(address, f"select ev_city from ntsb.events where ev_id = '{FIRST}'") == [("Nome",)]
    query = "select reason, detail from audit.unapplied_correction where column_name = 'ev_city' and kind = 'value'"
    assert ask(address, query) == [
        ("value differs", "the source has the correct value now; retire the correction"),
    ]


APPLIED = """
select table_name, row_key, column_name, correction_id, value_before, value_after from audit.applied_correction
order by 1, 2, 3
"""


def applied(address: str) -> list[tuple[object, ...]]:
    return ask(address, APPLIED)


def test_bulk_rules_change_their_rows_if_their_number_is_the_declared_one(
    use: Switch, zips: Path, folder: Path
) -> None:
    events = contents(*EVENTS)
    for ev_id in EVENTS[:2]:
        events[ev_id]["city"] = None
    events[EVENTS[2]]["city"] = ""
    write_zip(zips, "avall", events)
    declare(folder, rules=RULES)
    address = use("living")
    publish()
    assert ask(address, "select damage, count(*) from ntsb.aircraft group by 1") == [("destroyed", 7)]
    query = "select ev_city, count(*) from ntsb.events group by 1 order by 1"
    assert ask(address, query) == [("", 1), ("AK", 2), ("NOME", 4)]
    lines = list(corrections_command.format_text("r", corrections_command.read_statuses()[1], True))
    assert lines[1].endswith("aircraft.damage, mapping of 2 values: changes 7 values, published")
    sample = [f"  [\"{ev_id}\", 1]: 'DEST' to 'destroyed'" for ev_id in sorted(EVENTS)]
    assert lines[2:10] == ["  7 rows, expected 6, tolerance 2; the first 7:", *sample]
    assert lines[11:] == [
        "  2 rows, expected 2, tolerance 0; the first 2:",
        *(f"  [\"{ev_id}\"]: NULL to 'AK'" for ev_id in sorted(EVENTS[:2])),
    ]
    declare(folder, rules=RULES.replace("rows = 2", "rows = 3").replace("tolerance = 2", "tolerance = 0"))
    publish()
    assert ask(address, "select damage, count(*) from ntsb.aircraft group by 1") == [("DEST", 7)]
    query = "select correction_id, reason, detail from audit.unapplied_correction order by 1"
    assert ask(address, query) == [
        ("city-from-state", "row count differs", "expected 3 rows, tolerance 0, found 2"),
        ("damage-words", "row count differs", "expected 6 rows, tolerance 0, found 7"),
    ]


def test_a_missing_folder_that_the_settings_name_is_a_mistake(folder: Path) -> None:
    assert config_check.find_mistakes() == []
    folder.rmdir()
    assert config_check.find_mistakes() == [
        f"[Corrections] folder: expected a folder, found none at {folder}; correct the path."
    ]


def test_mistakes_and_conflicts_stop_the_run_before_files_are_loaded(use: Switch, zips: Path, folder: Path) -> None:
    write_zip(zips, "avall", contents(*EVENTS))
    declare(folder, CITY, f"events,{FIRST},ev_city,NOME,Teller", "event,1,x,,1", rules=RULES)
    address = use("living")
    with pytest.raises(InvalidCorrections) as error:
        publish()
    assert "values.csv:4: table: expected the name of a published table" in str(error.value)
    assert "values.csv:3: expected one correct value of events.ev_city" in str(error.value)
    assert ask(address, "select to_regnamespace('raw_avall')") == [(None,)]

    # Whether a copied column and a value conflict depends on the rows.
    events = contents(*EVENTS)
    events[FIRST]["city"] = None
    write_zip(zips, "avall", events)
    declare(folder, f"events,{FIRST},ev_city,,Nome", rules=RULES.replace("rows = 2", "rows = 1"))
    with pytest.raises(InvalidCorrections, match=r"events \[.*, column ev_city: 'Nome' .* and 'AK' \(city-"):
        publish()
    assert ask(address, "select count(*) from audit.release") == [(0,)]
