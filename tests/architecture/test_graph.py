"""The whole task graph of a snapshot of the samples."""

from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest

import pipeline
from pipeline import config
from pipeline.operations import schedule_records
from pipeline.warehouse import views
from tests.architecture import tree, walk
from tests.architecture.graph import Graph, read_graph

RUN_LINES = 12


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Graph:
    """The graph of the repository; reading it fails where a task needs the network or the database."""
    return read_graph(tmp_path_factory.mktemp("walk") / "store", tree.REPOSITORY, PYTHONHASHSEED="1", TZ="UTC")


def test_every_task_class_is_in_the_graph(graph: Graph) -> None:
    fetching = {"CheckSource", "DownloadSource", "DownloadApiMonths", "CreateSnapshot", "AllReports"}
    # AllReports does not publish elsewhere.
    fetching |= {"PublishDynamodb"}
    assert {task["family"] for task in graph} == set(pipeline.__all__) - fetching - set(schedule_records.SCHEDULES)


def test_outputs_are_unique(graph: Graph) -> None:
    counts = Counter(output.rpartition(",")[0] or output for task in graph for output in task["outputs"])
    assert [output for output, count in counts.items() if count > 1] == []
    assert [task["step"] for task in graph if not task["outputs"]] == []


def test_fingerprints_do_not_depend_on_environment_or_insignificant_settings(graph: Graph, tmp_path: Path) -> None:
    settings = tmp_path / "luigi.cfg"
    changed = {
        "timeout_s = 60": "timeout_s = 7",
        "connections = 2": "connections = 1",
        "keep_releases = 2": "keep_releases = 5",
    }
    text = (tree.REPOSITORY / "luigi.cfg").read_text()
    for old, new in changed.items():
        assert f"\n{old}\n" in text
        text = text.replace(f"\n{old}\n", f"\n{new}\n")
    settings.write_text(text)
    variables = {"PYTHONHASHSEED": "42", "TZ": "Asia/Kathmandu", "LC_ALL": "C", "LUIGI_CONFIG_PATH": str(settings)}
    other = read_graph(tmp_path / "another store", tmp_path / "elsewhere", **variables)
    fingerprints = {task["step"]: task["fingerprint_inputs"] for task in graph}
    assert {task["step"]: task["fingerprint_inputs"] for task in other} == fingerprints
    assert other == graph


def test_no_prerequisite_is_an_input(graph: Graph) -> None:
    assert [task["step"] for task in graph if set(task["inputs"]) & set(task["prerequisites"])] == []


def test_every_significant_setting_is_part_of_a_fingerprint(graph: Graph) -> None:
    used = {name for task in graph for name in task["fingerprint_inputs"] if name.startswith("setting ")}
    significant = {
        f"setting {section.__name__}.{name}"
        for section in config.SECTIONS
        for name, parameter in section.get_params()
        if parameter.significant
    }
    assert used == significant


@pytest.mark.parametrize("suffix", [".sql", ".csv", ".jinja", ".toml", ".html"])
def test_every_data_file_is_a_source_file_of_a_task(graph: Graph, suffix: str) -> None:
    used = {path for task in graph for path in task["source_files"]}
    existing = {tree.shown(path) for path in tree.files(suffix, "pipeline", "models", "reports")}
    # A superuser creates the roles, commands render pages, and a publication elsewhere is no part of the graph.
    others = {"pipeline/postgres/roles.sql", "pipeline/folders/audit.html.jinja"}
    others |= {"pipeline/dynamodb/report.html.jinja", "pipeline/dynamodb/release.toml"}
    assert sorted(existing - used - others) == []


def test_every_table_and_view_is_published_and_exported(graph: Graph) -> None:
    relations = {
        task["step"]: task["outputs"][0].split("(")[1].split(",")[0]
        for task in graph
        if task["family"] in ("MergeTable", "LoadMappingTable", "CreateView")
    }
    exported = {name for task in graph if task["family"] == "ExportParquet" for name in task["inputs"]}
    # Staging views contain nothing that the tables do not.
    staging = {f"name={path.stem})" for path in views.STAGING_FOLDER.glob("*.sql")}
    # Corrections are exported too, from the tables of schema audit that these tasks fill.
    exported -= {task["step"] for task in graph if task["family"] in ("LoadCorrections", "EvaluateCorrections")}
    assert exported == {step for step in relations if not step.endswith(tuple(staging))}
    (publish,) = [task for task in graph if task["family"] == "PublishRelease"]
    assert set(relations) <= set(publish["inputs"])
    published = publish["outputs"][0]
    assert all(f"{name}," in published + "," or f"{name})" in published for name in relations.values())


def task_files() -> list[Path]:
    """The modules that define the tasks."""
    modules = sorted({getattr(pipeline, name).__module__ for name in pipeline.__all__})
    return [Path(str(import_module(name).__file__)) for name in modules]


def test_run_methods_are_short() -> None:
    methods = [(path, node) for path in task_files() for node in tree.functions(path) if node.name == "run"]
    # Schedules share one method.
    assert len(methods) >= len(set(pipeline.__all__) - set(schedule_records.SCHEDULES))
    assert [f"{tree.shown(path)}:{node.lineno}" for path, node in methods if tree.lines_of(node) > RUN_LINES] == []


def test_settings_are_read_in_the_constructor_only() -> None:
    """A worker started by spawn does not see the command line, so a section constructed later may have other values."""
    sections = {section.__name__ for section in config.SECTIONS}
    calls = [
        f"{tree.shown(path)}: {call}"
        for path in task_files()
        for call in walk.settings_constructed(path.read_text(), sections)
    ]
    assert calls == []
