"""A second run runs nothing; what was spoiled or edited runs again, with what hangs below it and nothing else."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.results import release, results
from tests.running import Place, Told, copy_repository
from tests.tasks.conftest import Graph, below, graph_of


@pytest.fixture(scope="module")
def spoiled(built: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A copy that tests spoil and mend, one after the other."""
    return built.copied(tmp_path_factory.mktemp("spoiled") / "a store")


@pytest.fixture(scope="module", autouse=True)
def stopped(spoiled: Place) -> Any:
    """The server runs through the whole module."""
    spoiled.url()
    yield
    spoiled.stop()


def published(place: Place) -> Told:
    """A run up to the publication; what hangs below it is for one test alone, for it takes long."""
    told = place.run("PublishRelease", "--snapshot", place.snapshot())
    assert told.code == 0, told.text[-3000:]
    return told


def within(graph: Graph, steps: set[str], root: str = "PublishRelease") -> set[str]:
    """Those of the steps that the root needs."""
    wanted, waiting = set(), [name for name in graph if name.startswith(f"{root}(")]
    while waiting:
        name = waiting.pop()
        if name not in wanted:
            wanted.add(name)
            waiting += [*graph[name]["inputs"], *graph[name]["prerequisites"]]
    return steps & wanted


def step(graph: Graph, family: str, name: str) -> str:
    """The step of that family for that table, view or file."""
    (found,) = [each for each in graph if re.fullmatch(rf"{family}\(.*={name}(, .*)?\)", each)]
    return found


def test_a_second_run_runs_nothing(spoiled: Place, expected: dict[str, Any]) -> None:
    told = spoiled.run()
    assert (told.code, told.done) == (0, set()), told.text[-3000:]
    assert results(spoiled) == expected


def test_a_dropped_table_is_built_again(spoiled: Place, graph: Graph, expected: dict[str, Any]) -> None:
    spoiled.ask("drop table ntsb.flight_crew cascade")
    assert published(spoiled).done == within(graph, below(graph, step(graph, "MergeTable", "flight_crew")))
    assert release(spoiled) == expected["release"]


def test_truncated_and_edited_tables_and_a_dropped_view(spoiled: Place, graph: Graph, expected: dict[str, Any]) -> None:
    spoiled.ask("truncate ntsb.findings; drop materialized view mart.mv_state_stats")
    spoiled.ask("update ntsb.engines set lchg_userid = 'by hand' where ctid = (select min(ctid) from ntsb.engines)")
    wrong = [
        step(graph, "MergeTable", "findings"),
        step(graph, "MergeTable", "engines"),
        step(graph, "CreateView", "mv_state_stats"),
    ]
    assert published(spoiled).done == within(graph, below(graph, *wrong))
    assert release(spoiled) == expected["release"]


def test_a_lost_raw_schema_is_landed_again(spoiled: Place, graph: Graph, expected: dict[str, Any]) -> None:
    spoiled.ask("drop table raw_up08nov.events cascade")
    (land,) = [name for name in graph if name.startswith("LoadRawTables(source=up08NOV")]
    assert published(spoiled).done == within(graph, below(graph, land))
    assert release(spoiled) == expected["release"]


def test_what_hangs_below_the_publication_runs_again_too(copy: Place, graph: Graph, expected: dict[str, Any]) -> None:
    """Findings are read by one statistics view and by no feature: the study stays, Parquet and pages are made again."""
    copy.ask("drop table ntsb.findings cascade")
    told = copy.run()
    assert told.code == 0, told.text[-3000:]
    assert told.done == below(graph, step(graph, "MergeTable", "findings"))
    assert "TrainSeverityModel" not in told.families
    assert results(copy) == expected


# {file: (step whose result it decides, text before, text after)}
EDITS = {
    "pipeline/sql/views/phase_of_flight.sql": ("CreateView(", "\nfrom ", "\nfrom  "),
    "pipeline/sql/schema/keys/injury.sql": ("PrepareDatabase(", "add primary key", "add  primary key"),
    "pipeline/sql/checks/conservation_rows.sql": ("RunChecks(", "\nfrom ", "\nfrom  "),
    "pipeline/sql/features/feature_crew.sql": ("ExtractFeatures(", "\nfrom ", "\nfrom  "),
    "reports/safety/template.html": ("RenderReport(", "\n", "\n\n"),
    "pipeline/export/parquet.py": ("ExportParquet(", "ROWS_PER_GROUP = 16_384", "ROWS_PER_GROUP = 16_385"),
    "models/severity/data/split.py": ("TrainSeverityModel(", "share: float = 0.2", "share: float = 0.3"),
}


@pytest.mark.parametrize("path", EDITS)
def test_an_edit_changes_the_fingerprints_of_its_steps_and_of_what_hangs_below(
    built: Place, graph: Graph, tmp_path: Path, path: str
) -> None:
    family, before, edited = EDITS[path]
    place = replace(built, house=copy_repository(tmp_path / "house"))
    file = place.house / path
    assert before in file.read_text()
    file.write_text(file.read_text().replace(before, edited, 1))
    after = graph_of(place)
    changed = {name for name in graph if after[name]["fingerprint"] != graph[name]["fingerprint"]}
    starts = {
        name
        for name in changed
        if after[name]["fingerprint_inputs"].keys() ^ graph[name]["fingerprint_inputs"].keys()
        or own(after[name]) != own(graph[name])
    }
    assert any(name.startswith(family) for name in starts)
    assert changed == below(graph, *starts)
    assert starts < set(graph)


def own(step: dict[str, Any]) -> dict[str, str]:
    """Ingredients less the inputs' fingerprints."""
    return {name: text for name, text in step["fingerprint_inputs"].items() if not name.startswith("input ")}


def test_an_edited_view_is_made_again_with_what_reads_it(spoiled: Place, graph: Graph, tmp_path: Path) -> None:
    place = replace(spoiled, house=copy_repository(tmp_path / "house"))
    file = place.house / "pipeline/sql/views/mv_state_stats.sql"
    file.write_text(file.read_text().replace("\nfrom ", "\nfrom  ", 1))
    hit = within(graph, below(graph, step(graph, "CreateView", "mv_state_stats")))
    assert published(place).done == hit
    assert published(place).done == set()
    # With the edit taken back, the relation that bore the earlier fingerprint is gone.
    assert published(spoiled).done == hit


def test_a_model_knob_retrains_and_renders_only(copy: Place, expected: dict[str, Any], tmp_path: Path) -> None:
    knobs = tmp_path / "knobs.cfg"
    knobs.write_text("[Training]\nmax_depth = 2\n")
    place = replace(copy, variables={**copy.variables, "LUIGI_CONFIG_PATH": str(knobs)})
    told = place.run()
    assert told.code == 0, told.text[-3000:]
    assert told.families == {"TrainSeverityModel", "ScoreEvents", "RenderReport"}
    found = results(copy)
    assert [found[name] for name in ("release", "parquet")] == [expected[name] for name in ("release", "parquet")]
    assert found["studies"] != expected["studies"]
    assert {name for name in found["pages"] if found["pages"][name] != expected["pages"][name]} >= {"severity.html"}
