"""Files of the user that link events to other data build exactly the views that use them."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from luigi.configuration import get_config
from luigi.task_register import Register
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import make_dsn

from pipeline import config_check
from pipeline.tasks.tables import LoadMappingTable
from tests import sourcing
from tests.running import Workspace
from tests.sourcing import run
from tests.tasks.conftest import Graph, downstream, graph_of

# The same store, settings and worker as for the tests of sources.
store = sourcing.store
MASTER = (
    "N-NUMBER,SERIAL NUMBER,MFR MDL CODE,ENG MFR MDL,YEAR MFR,NAME,CERT ISSUE DATE,TYPE ENGINE,MODE S CODE,\n"
    "123AB,1,2072704,17003,1999,OWNER,20000131,1,50000001,\n"
)
REPORTS = (
    "station,valid,lon,lat,tmpf,dwpf,drct,sknt,vsby,skyc1,skyl1\n"
    "SPB,2010-01-31 18:53,-122.8618,45.7710,50.00,M,270.00,8.00,10.00,CLR,M\n"
)
# (setting, name of the file, content, mapping table, views that use it)
FILES = [
    ("registry", "MASTER.txt", MASTER, "aircraft_registry", {"registry_matches", "registry_coverage"}),
    ("weather", "reports.csv", REPORTS, "weather_reports", {"weather_matches", "weather_coverage"}),
]


@pytest.mark.parametrize(("setting", "name", "content", "table", "views"), FILES, ids=[file[0] for file in FILES])
def test_a_file_of_the_user_changes_exactly_its_views(
    built: Workspace, graph: Graph, tmp_path: Path, setting: str, name: str, content: str, table: str, views: set[str]
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    settings = tmp_path / "settings.cfg"
    settings.write_text(f"[Reference]\n{setting} = {tmp_path / name}\n", encoding="utf-8")
    after = graph_of(replace(built, variables={**built.variables, "LUIGI_CONFIG_PATH": str(settings)}))
    changed = {task for task in after if task not in graph or after[task]["fingerprint"] != graph[task]["fingerprint"]}
    (load,) = [task for task in changed if task.startswith("LoadMappingTable(")]
    assert f"name={table}" in load and changed == downstream(after, load)
    assert {match[1] for task in changed if (match := re.match(r"CreateView\(.*name=(\w+)", task))} == views
    assert not [task for task in changed if task.startswith(("MergeTable(", "TrainSeverityModel("))]


def loading(name: str) -> LoadMappingTable:
    """The task that loads a table, with the settings and files as they are now."""
    Register.clear_instance_cache()
    return LoadMappingTable(name=name)


@pytest.mark.parametrize(("setting", "name", "content", "table", "views"), FILES, ids=[file[0] for file in FILES])
def test_rows_are_those_of_the_file_and_a_mistake_leaves_the_table(
    store: Path,
    tmp_path: Path,
    database: Connection,
    server: str,
    monkeypatch: pytest.MonkeyPatch,
    setting: str,
    name: str,
    content: str,
    table: str,
    views: set[str],
) -> None:
    monkeypatch.setenv("NTSB_DATABASE_URL", make_dsn(server, dbname=database.info.dbname))
    (tmp_path / "files").mkdir()
    path = tmp_path / "files" / name
    get_config().set("Reference", setting, str(path.parent))
    try:
        path.write_text(content, encoding="utf-8")
        first = loading(table)
        assert run(first).errors == [] and first.complete()
        path.write_text(content + "more\n", encoding="utf-8")
        (error,) = run(loading(table)).errors
        assert f"{name}:3: expected " in str(error) and "found 1; correct the line" in str(error)
        assert loading(table).fingerprint != first.fingerprint
        query = f"select list, line from candidate.{table}"
        with database.cursor() as cursor:
            cursor.execute(query)
            assert cursor.fetchall() == [(path.stem, 2)]
        path.rename(tmp_path / name)
        path.parent.rmdir()
        (mistake,) = config_check.find_mistakes()
        assert mistake.startswith(f"[Reference] {setting}: expected ") and mistake.endswith("; correct the path.")
    finally:
        get_config().set("Reference", setting, "")
