"""The whole graph of a snapshot of the samples, walked with network and database out of reach."""

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import pipeline
from pipeline import config
from pipeline.ingest import snapshot
from tests.architecture import tree, walk

RUN_LINES = 10
Graph = list[dict[str, Any]]


def listed(store: Path) -> str:
    """Writes the list of the samples into a store; returns the snapshot's id."""
    files = []
    for path in sorted((tree.REPOSITORY / "samples").glob("*.zip"), key=lambda each: each.name):
        content = path.read_bytes()
        files.append(snapshot.SourceFile(path.stem, hashlib.sha256(content).hexdigest(), len(content)))
    order = snapshot.order_sources(file.source for file in files)
    files.sort(key=lambda file: order.index(file.source))
    return snapshot.write_snapshot(files, store / "targets" / "store")


def walked(store: Path, cwd: Path, **variables: str) -> Graph:
    """The graph as a process elsewhere sees it."""
    cwd.mkdir(exist_ok=True)
    changed = {"NTSB_STORE": str(store), "PYTHONPATH": str(tree.REPOSITORY)}
    environment = os.environ | changed | {"LUIGI_CONFIG_PATH": str(tree.REPOSITORY / "luigi.cfg")} | variables
    command = [sys.executable, walk.__file__, listed(store)]
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Graph:
    """One walk; that it ends says that nothing was asked of network or database."""
    room = tmp_path_factory.mktemp("walk")
    return walked(room / "store", tree.REPOSITORY, PYTHONHASHSEED="1", TZ="UTC")


def test_every_kind_of_step_is_in_the_graph(graph: Graph) -> None:
    fetching = {"CheckSource", "DownloadSource", "CreateSnapshot", "AllReports"}
    assert {step["family"] for step in graph} == set(pipeline.__all__) - fetching


def test_outputs_are_unique(graph: Graph) -> None:
    places = Counter(output.rpartition(",")[0] or output for step in graph for output in step["outputs"])
    assert [place for place, times in places.items() if times > 1] == []
    assert [step["step"] for step in graph if not step["outputs"]] == []


def test_fingerprints_do_not_depend_on_where_or_how(graph: Graph, tmp_path: Path) -> None:
    knobs = tmp_path / "luigi.cfg"
    changed = {
        "timeout_s = 60": "timeout_s = 7",
        "connections = 2": "connections = 1",
        "keep_releases = 2": "keep_releases = 5",
    }
    text = (tree.REPOSITORY / "luigi.cfg").read_text()
    for old, new in changed.items():
        assert f"\n{old}\n" in text
        text = text.replace(f"\n{old}\n", f"\n{new}\n")
    knobs.write_text(text)
    away = {"PYTHONHASHSEED": "42", "TZ": "Asia/Kathmandu", "LC_ALL": "C", "LUIGI_CONFIG_PATH": str(knobs)}
    other = walked(tmp_path / "another store", tmp_path / "elsewhere", **away)
    fingerprints = {step["step"]: step["fingerprint_inputs"] for step in graph}
    assert {step["step"]: step["fingerprint_inputs"] for step in other} == fingerprints
    assert other == graph


def test_a_gate_is_no_input(graph: Graph) -> None:
    assert [step["step"] for step in graph if set(step["inputs"]) & set(step["prerequisites"])] == []


def test_a_knob_that_can_change_a_result_is_heard_by_a_step(graph: Graph) -> None:
    heard = {name for step in graph for name in step["fingerprint_inputs"] if name.startswith("setting ")}
    said = {
        f"setting {section.__name__}.{name}"
        for section in config.SECTIONS
        for name, knob in section.get_params()
        if knob.significant
    }
    assert heard == said


def test_every_sql_file_belongs_to_a_step(graph: Graph) -> None:
    used = {path for step in graph for path in step["source_files"]}
    there = {tree.shown(path) for path in tree.files(".sql", "pipeline", "reports")}
    assert sorted(there - used) == []


def test_every_table_and_view_is_published_and_exported(graph: Graph) -> None:
    made = {
        step["step"]: step["outputs"][0].split("(")[1].split(",")[0]
        for step in graph
        if step["family"] in ("MergeTable", "LoadMappingTable", "CreateView")
    }
    exported = {name for step in graph if step["family"] == "ExportParquet" for name in step["inputs"]}
    assert exported == set(made)
    (publish,) = [step for step in graph if step["family"] == "PublishRelease"]
    assert set(made) <= set(publish["inputs"])
    assert all(
        f"{name}," in publish["outputs"][0] + "," or f"{name})" in publish["outputs"][0] for name in made.values()
    )


def stage_files() -> list[Path]:
    return [Path(str(import_module(name).__file__)) for name in sorted({task.__module__ for task in tasks()})]


def tasks() -> list[type]:
    return [getattr(pipeline, name) for name in pipeline.__all__]


def test_steps_are_thin() -> None:
    runs = [(path, node) for path in stage_files() for node in tree.functions(path) if node.name == "run"]
    assert len(runs) >= len(pipeline.__all__)
    assert [f"{tree.shown(path)}:{node.lineno}" for path, node in runs if tree.lines_of(node) > RUN_LINES] == []


def test_knobs_are_read_in_the_constructor_only() -> None:
    """A worker started by spawn never sees the command line: what it constructs later may say something else."""
    sections = {section.__name__ for section in config.SECTIONS}
    found = [
        f"{tree.shown(path)}: {line}"
        for path in stage_files()
        for line in walk.constructions(path.read_text(), sections)
    ]
    assert found == []
