"""A file with flight hours of the user replaces the project's, and runs the tasks that use flight hours only."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from luigi.configuration import get_config
from luigi.task_register import Register
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import make_dsn

from pipeline import config_check
from pipeline.tasks.tables import LoadMappingTable
from pipeline.warehouse import exposure_file
from tests import sourcing
from tests.running import Workspace
from tests.sourcing import run
from tests.tasks.conftest import Graph, downstream, graph_of

# The same store, settings and worker as for the tests of sources.
store = sourcing.store
HEADER = ",".join(exposure_file.COLUMNS)
LINE = "2010,general_aviation,all,{hours},,,,my survey,2026-11-30,ntsb_general_aviation,"


def loading() -> LoadMappingTable:
    """The task that loads flight hours, with the settings and files as they are now."""
    Register.clear_instance_cache()
    return LoadMappingTable(name="flight_activity")


@pytest.fixture
def own_file(
    store: Path, tmp_path: Path, database: Connection, server: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """A file of the user with one line, which the settings name."""
    path = tmp_path / "my hours.csv"
    path.write_text(f"{HEADER}\n{LINE.format(hours=5)}\n")
    monkeypatch.setenv("NTSB_DATABASE_URL", make_dsn(server, dbname=database.info.dbname))
    get_config().set("Reference", "exposure", str(path))
    yield path
    get_config().set("Reference", "exposure", "")


def test_flight_hours_are_those_of_the_file_and_its_content_is_in_the_fingerprint(
    own_file: Path, database: Connection
) -> None:
    first = loading()
    assert run(first).errors == [] and first.complete()
    own_file.write_text(f"{HEADER}\n{LINE.format(hours=6)}\n")
    second = loading()
    assert second.fingerprint != first.fingerprint and not second.complete()
    assert run(second).errors == []
    query = "select list, line, flight_hours, source from candidate.flight_activity"
    with database.cursor() as cursor:
        cursor.execute(query)
        assert cursor.fetchall() == [("my hours", 2, "6", "my survey")]
        own_file.write_text(f"{HEADER}\n")
        assert run(loading()).errors == []
        cursor.execute(query)
        assert cursor.fetchall() == []


def test_a_file_with_mistakes_fails_with_all_of_them(own_file: Path) -> None:
    own_file.write_text(f"{HEADER}\n{LINE.format(hours='1,5')}\n{LINE.format(hours='many')}\n")
    (error,) = run(loading()).errors
    assert "my hours.csv:2: expected 11 cells, found 12" in str(error)
    own_file.write_text(f"{HEADER}\n{LINE.format(hours='many')}\n{LINE.format(hours='7')}\n")
    (error,) = run(loading()).errors
    assert "line 2, flight_hours: expected a whole number above 0" in str(error)
    assert "line 3: expected one line per" in str(error)


def test_a_missing_file_is_a_mistake_in_the_configuration(own_file: Path) -> None:
    own_file.unlink()
    (mistake,) = config_check.find_mistakes()
    assert mistake == f"[Reference] exposure: expected a CSV file, found none at {own_file}; correct the path."


def test_a_file_of_the_user_changes_exactly_what_uses_flight_hours(
    built: Workspace, graph: Graph, tmp_path: Path
) -> None:
    path = tmp_path / "exposure.csv"
    path.write_text(f"{HEADER}\n{LINE.format(hours=5)}\n")
    settings = tmp_path / "settings.cfg"
    settings.write_text(f"[Reference]\nexposure = {path}\n")
    after = graph_of(replace(built, variables={**built.variables, "LUIGI_CONFIG_PATH": str(settings)}))
    changed = {name for name in after if name not in graph or after[name]["fingerprint"] != graph[name]["fingerprint"]}
    (load,) = [name for name in changed if name.startswith("LoadMappingTable(")]
    assert changed == downstream(after, load)
    assert_rates_only(changed)


def assert_rates_only(changed: set[str]) -> None:
    """The changed tasks create the views of rates and render no page of counts."""
    created = {match[1] for name in changed if (match := re.match(r"CreateView\(.*name=(\w+)", name))}
    assert created == {"exposure", "exposure_accidents", "mv_rates"}
    rendered = {match[1] for name in changed if (match := re.match(r"RenderReport\(.*name=(\w+)", name))}
    assert "rates" in rendered and not rendered & {"safety", "reconciliation", "harmonization"}
    assert not [name for name in changed if name.startswith(("MergeTable(", "TrainSeverityModel("))]
