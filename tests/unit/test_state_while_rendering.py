"""A page about a state that is no input of its task is complete only while the state is the one that it was read in."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from pipeline.export import report_queries
from pipeline.tasks import feed
from pipeline.tasks.feed import WriteChangeFeed
from pipeline.tasks.reports import RenderReport
from pipeline.warehouse import history
from reports.shared.catalog import ReportSpec
from reports.shared.data import Query, StudyRecord

TASKS = {
    "changes": lambda: RenderReport(snapshot="0" * 16, name="changes"),
    "severity": lambda: RenderReport(snapshot="0" * 16, name="severity"),
    "feed": lambda: WriteChangeFeed(snapshot="0" * 16),
}


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("changes", [False, True])
def test_a_state_that_changes_while_the_page_is_rendered_leaves_the_task_incomplete(
    name: str, changes: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = ["before"]

    def run_queries(queries: Mapping[str, Path]) -> dict[str, Query]:
        states.extend(["after"] * changes)
        return {query: Query(query, "", (), ()) for query in queries}

    monkeypatch.setenv("NTSB_STORE", str(tmp_path))
    monkeypatch.setattr(report_queries, "run_queries", run_queries)
    monkeypatch.setattr(history, "latest_change", lambda: states[-1])
    monkeypatch.setattr(feed, "current_release", lambda: "release")
    for attribute, value in {"read_study": None, "read_record": StudyRecord(), "context": None}.items():
        monkeypatch.setattr(RenderReport, attribute, lambda self, value=value: value)
    monkeypatch.setattr(RenderReport, "study_state", lambda self: states[-1])
    monkeypatch.setattr(ReportSpec, "data_files", lambda self, inputs: {"a.json": b"{}"})
    monkeypatch.setattr(ReportSpec, "build", lambda self, inputs, context: "page")
    task = TASKS[name]()
    task.__dict__.update(fingerprint="f" * 16, notice="")
    task.run()
    outputs = [task.output()] if name == "feed" else task.output()
    assert {target.exists() for target in outputs} == {not changes}
