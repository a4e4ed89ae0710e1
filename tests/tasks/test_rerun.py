"""A second run has nothing to do; modified outputs and edited code run exactly the tasks that depend on them."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from models.severity import training_run
from pipeline.tasks import severity
from tests.luigi_settings import changed_settings
from tests.results import release, results
from tests.running import SMALL_STUDY, RunResult, Workspace, copy_repository
from tests.tasks.conftest import Graph, downstream, graph_of


@pytest.fixture(scope="module")
def modified(built: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A copy of the built store that tests modify and rebuild, one after the other."""
    return built.copied(tmp_path_factory.mktemp("modified") / "a store")


@pytest.fixture(scope="module", autouse=True)
def stopped(modified: Workspace) -> Any:
    """Keeps the server running for the whole module."""
    modified.url()
    yield
    modified.stop()


def published(workspace: Workspace) -> RunResult:
    """Runs PublishRelease; only one test runs the slow tasks after it."""
    result = workspace.run("PublishRelease", "--snapshot", workspace.snapshot())
    assert result.code == 0, result.text[-3000:]
    return result


def within(graph: Graph, tasks: set[str], root: str = "PublishRelease") -> set[str]:
    """Those of the tasks that the root depends on."""
    wanted, waiting = set(), [name for name in graph if name.startswith(f"{root}(")]
    while waiting:
        name = waiting.pop()
        if name not in wanted:
            wanted.add(name)
            waiting += [*graph[name]["inputs"], *graph[name]["prerequisites"]]
    return tasks & wanted


def step(graph: Graph, family: str, name: str) -> str:
    """The task of a class for a table, view or file."""
    (actual,) = [item for item in graph if re.fullmatch(rf"{family}\(.*={name}(, .*)?\)", item)]
    return actual


def test_a_second_run_has_nothing_to_do(modified: Workspace, expected: dict[str, Any]) -> None:
    result = modified.run()
    assert (result.code, result.done) == (0, set()), result.text[-3000:]
    assert results(modified) == expected


def test_a_dropped_table_is_rebuilt(modified: Workspace, graph: Graph, expected: dict[str, Any]) -> None:
    modified.query("drop table ntsb.flight_crew cascade")
    assert published(modified).done == within(graph, downstream(graph, step(graph, "MergeTable", "flight_crew")))
    assert release(modified) == expected["release"]


def test_truncated_and_modified_tables_and_a_dropped_view_are_rebuilt(
    modified: Workspace, graph: Graph, expected: dict[str, Any]
) -> None:
    modified.query("truncate ntsb.findings; drop materialized view mart.mv_state_stats")
    modified.query("update ntsb.engines set lchg_userid = 'by hand' where ctid = (select min(ctid) from ntsb.engines)")
    wrong = [
        step(graph, "MergeTable", "findings"),
        step(graph, "MergeTable", "engines"),
        step(graph, "CreateView", "mv_state_stats"),
    ]
    assert published(modified).done == within(graph, downstream(graph, *wrong))
    assert release(modified) == expected["release"]


def test_an_incomplete_raw_schema_is_loaded_again(modified: Workspace, graph: Graph, expected: dict[str, Any]) -> None:
    modified.query("drop table raw_up08nov.events cascade")
    (load,) = [name for name in graph if name.startswith("LoadRawTables(source=up08NOV")]
    assert published(modified).done == within(graph, downstream(graph, load))
    assert release(modified) == expected["release"]


def test_a_rebuilt_table_is_exported_and_reported_again(
    copy: Workspace, graph: Graph, expected: dict[str, Any]
) -> None:
    """No feature reads narratives, so the study stays complete, while Parquet files and reports are written again."""
    copy.query("drop table ntsb.narratives cascade")
    result = copy.run()
    assert result.code == 0, result.text[-3000:]
    assert result.done == downstream(graph, step(graph, "MergeTable", "narratives"))
    assert "TrainSeverityModel" not in result.families
    assert results(copy) == expected


class Trained(Exception):
    """A study was run."""


@pytest.fixture
def small_study() -> Iterator[None]:
    """The settings of the build's study: this process reads luigi.cfg of the repository, not of the copy."""
    with changed_settings({("Training", name): str(number) for name, number in SMALL_STUDY.items()}):
        yield


@pytest.mark.usefixtures("small_study")
def test_a_study_is_repeated_only_with_other_bytes_or_after_a_loss(
    modified: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a table was dropped and built again, the feature table has the same bytes, and training takes long."""

    def train(*_: Any) -> None:
        raise Trained

    monkeypatch.setenv("NTSB_STORE", str(modified.store))
    monkeypatch.setattr(training_run, "train", train)
    task = severity.TrainSeverityModel(snapshot=modified.snapshot())
    study, run = task.output()
    assert study.exists() and run.exists(), "the outputs of the build"
    task.run()
    for name, change in {
        "other bytes": lambda patch: patch.setattr(severity, "sha256_of", lambda _: "another digest"),
        "deleted in MLflow": lambda patch: patch.setattr(severity, "is_logged", lambda *_: False),
        "damaged files": lambda patch: patch.setattr(severity.FingerprintedFile, "exists", lambda _: False),
    }.items():
        with monkeypatch.context() as patch, pytest.raises(Trained):
            change(patch)
            task.run()
            pytest.fail(name)


# {file: (task whose result it determines, text, replacement)}
EDITS = {
    "pipeline/sql/views/phase_of_flight.sql": ("CreateView(", "\nfrom ", "\nfrom  "),
    "pipeline/sql/views/mv_state_stats.sql": ("CreateView(", "column: events Number", "column: events Count"),
    "pipeline/sql/functions/rates.sql": ("CreateView(", "100000 * rate", "1000000 * rate"),
    "pipeline/sources/reference/exposure.csv": ("LoadMappingTable(", "25900000", "25900001"),
    "pipeline/sql/schema/columns/injury.csv": ("MergeTable(", "Number of persons", "The number of persons"),
    "pipeline/sql/schema/keys/injury.sql": ("PrepareDatabase(", "add primary key", "add  primary key"),
    "pipeline/sql/checks/conservation_rows.sql": ("RunChecks(", "\nfrom ", "\nfrom  "),
    "pipeline/sql/features/feature_crew.sql": ("ExtractFeatures(", "\nfrom ", "\nfrom  "),
    "reports/safety/template.html": ("RenderReport(", "\n", "\n\n"),
    "pipeline/export/parquet.py": ("ExportParquet(", "ROWS_PER_GROUP = 16_384", "ROWS_PER_GROUP = 16_385"),
    "models/severity/data/split.py": (
        "TrainSeverityModel(",
        "validation_year >= test_year",
        "test_year <= validation_year",
    ),
}


@pytest.fixture(scope="module")
def editable(built: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The built store with a copy of the source, in which tests restore what they edit."""
    return replace(built, repository=copy_repository(tmp_path_factory.mktemp("repository") / "copy"))


@pytest.mark.parametrize("path", EDITS)
def test_an_edit_changes_fingerprints_of_its_tasks_and_downstream(editable: Workspace, graph: Graph, path: str) -> None:
    family, before, edited = EDITS[path]
    file = editable.repository / path
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, edited, 1))
    try:
        after = graph_of(editable)
    finally:
        file.write_text(text)
    changed = {name for name in graph if after[name]["fingerprint"] != graph[name]["fingerprint"]}
    starts = {
        name
        for name in changed
        if after[name]["fingerprint_inputs"].keys() ^ graph[name]["fingerprint_inputs"].keys()
        or own(after[name]) != own(graph[name])
    }
    assert any(name.startswith(family) for name in starts)
    assert changed == downstream(graph, *starts)
    assert starts < set(graph)


def own(step: dict[str, Any]) -> dict[str, str]:
    """Fingerprint inputs without those of other tasks."""
    return {name: text for name, text in step["fingerprint_inputs"].items() if not name.startswith("input ")}


def test_an_edited_view_is_rebuilt_with_its_readers(modified: Workspace, graph: Graph, tmp_path: Path) -> None:
    workspace = replace(modified, repository=copy_repository(tmp_path / "repository"))
    file = workspace.repository / "pipeline/sql/views/mv_state_stats.sql"
    file.write_text(file.read_text().replace("\nfrom ", "\nfrom  ", 1))
    affected = within(graph, downstream(graph, step(graph, "CreateView", "mv_state_stats")))
    assert published(workspace).done == affected
    assert published(workspace).done == set()
    # Without the edit: the relation with the earlier fingerprint was replaced.
    assert published(modified).done == affected


def test_a_model_setting_runs_training_scoring_and_reports_only(
    copy: Workspace, expected: dict[str, Any], tmp_path: Path
) -> None:
    settings = tmp_path / "settings.cfg"
    settings.write_text("[Training]\nmax_depth = 2\n")
    workspace = replace(copy, variables={**copy.variables, "LUIGI_CONFIG_PATH": str(settings)})
    result = workspace.run()
    assert result.code == 0, result.text[-3000:]
    assert result.families == {"TrainSeverityModel", "ScoreEvents", "RenderReport"}
    actual = results(copy)
    assert [actual[name] for name in ("release", "parquet")] == [expected[name] for name in ("release", "parquet")]
    assert actual["studies"] != expected["studies"]
    assert {name for name in actual["pages"] if actual["pages"][name] != expected["pages"][name]} >= {"severity.html"}
