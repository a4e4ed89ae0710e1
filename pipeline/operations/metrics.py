"""Metrics after each run, as a text file for Prometheus's node exporter: `targets/store/metrics/ntsb.prom`."""

import os
import re
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psycopg2

from pipeline import config, json_file
from pipeline.errors import PipelineError
from pipeline.operations import drift, run_summaries, schedule_records
from pipeline.operations.metric_definitions import METRICS
from pipeline.operations.run_summaries import Summary
from pipeline.postgres.connection import Cursor, transaction

STATE = """
select
    (select extract(epoch from max(happened))::double precision from audit.publication_log),
    pg_database_size(current_database())
"""


@dataclass(frozen=True)
class Sample:
    """A value of a metric."""

    name: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


def textfile() -> Path:
    """Return the path of the text file; the node exporter reads its folder."""
    return config.targets_folder() / "metrics" / "ntsb.prom"


def run_samples(summary: Summary) -> Iterator[Sample]:
    """Yield the metrics of the last run."""
    yield Sample("ntsb_run_ended_timestamp_seconds", run_summaries.seconds_of(summary["ended"]))
    yield Sample("ntsb_run_failed", float(summary["state"] != run_summaries.SUCCEEDED))
    yield Sample("ntsb_run_duration_seconds", summary["seconds"])
    for result, count in summary["tasks"].items():
        yield Sample("ntsb_run_tasks", count, {"result": result})
    for stage in summary["stages"]:
        yield Sample("ntsb_run_stage_duration_seconds", stage["seconds"], {"stage": stage["stage"]})
        if stage["rows"] is not None:
            yield Sample("ntsb_run_stage_rows", stage["rows"], {"stage": stage["stage"]})
    yield Sample("ntsb_notifications_unsent", summary["stages"][-1].get("unsent", 0))
    for kind in ("new", "revised", "withdrawn"):
        yield Sample("ntsb_changed_events", (summary["changes"] or {}).get(kind, 0), {"kind": kind})


def release_samples(summary: Summary) -> Iterator[Sample]:
    """Yield the metrics of the current release, none if there is none."""
    if summary["release"]:
        yield Sample("ntsb_release_info", 1, {"release": summary["release"]})
    for status, count in (summary["checks"] or {}).items():
        yield Sample("ntsb_checks", count, {"status": status})
    rows = summary["rows"] or {}
    for state, count in rows.items():
        yield Sample("ntsb_release_rows", count, {"state": state})
    if rows.get("in"):
        yield Sample("ntsb_quarantined_share", rows["quarantined"] / rows["in"])


def success_samples(summaries: Sequence[Summary]) -> Iterator[Sample]:
    """Yield the end of the last successful run of each task, from summaries in order of time."""
    last = {
        run_summaries.root_task(summary): summary["ended"]
        for summary in summaries
        if summary["state"] == run_summaries.SUCCEEDED
    }
    for task, ended in sorted(last.items()):
        yield Sample("ntsb_success_timestamp_seconds", run_summaries.seconds_of(ended), {"task": task})


def database_samples(cursor: Cursor) -> Iterator[Sample]:
    """Yield the metrics of the database itself."""
    cursor.execute(STATE)
    ((published, size),) = cursor.fetchall()
    if published is not None:
        yield Sample("ntsb_publication_timestamp_seconds", published)
    yield Sample("ntsb_database_bytes", size)


def drift_samples(content: Mapping[str, Any]) -> Iterator[Sample]:
    """Yield the drift of features and scores, as `drift.measure` returns it."""
    for name, index in sorted(content.get("features", {}).items()):
        yield Sample("ntsb_feature_drift", index, {"feature": name})
    if content.get("score") is not None:
        yield Sample("ntsb_score_drift", content["score"])


def format_samples(samples: Iterable[Sample]) -> str:
    """Return the samples in Prometheus's text format. Raises KeyError for a metric that is not defined."""
    by_name: dict[str, list[Sample]] = {metric.name: [] for metric in METRICS}
    for sample in samples:
        by_name[sample.name].append(sample)
    lines = []
    for metric in METRICS:
        if by_name[metric.name]:
            lines += [f"# HELP {metric.name} {metric.meaning}", f"# TYPE {metric.name} gauge"]
            lines += [_format(sample) for sample in by_name[metric.name]]
    return "\n".join(lines) + "\n"


def _format(sample: Sample) -> str:
    labels = ",".join(f'{name}="{_escape(text)}"' for name, text in sample.labels.items())
    return f"{sample.name}{{{labels}}} {sample.value!r}" if labels else f"{sample.name} {sample.value!r}"


def _escape(text: str) -> str:
    return re.sub(r'([\\"])', r"\\\1", text).replace("\n", r"\n")


def known_release_samples(summary: Summary, has_database: bool) -> list[Sample]:
    """Return the metrics of the release and the database; in place of those without an answer, those of an earlier run.

    Otherwise the alerts on old data would end when the database is down, or when runs do not need it.
    """
    state = textfile().with_name("release.json")
    samples = list(release_samples(summary))
    if has_database:
        with suppress(PipelineError, psycopg2.Error), transaction(read_only=True) as cursor:
            samples += database_samples(cursor)
    names = {sample.name for sample in samples}
    earlier = [Sample(**sample) for sample in (json_file.read(state) or {}).get("samples", ())]
    samples += [sample for sample in earlier if sample.name not in names]
    if names:
        json_file.try_write(state, {"samples": [asdict(sample) for sample in samples]})
    return samples


def paused_s() -> float:
    """Return the seconds since the schedules were paused, 0 if they are not."""
    pause = schedule_records.pause()
    return max(time.time() - run_summaries.seconds_of(pause["since"]), 0.0) if pause else 0.0


def write_textfile(summary: Summary, has_database: bool) -> None:
    """Replace the text file with the metrics after a run. Raises OSError."""
    samples = [*run_samples(summary), *success_samples(run_summaries.read_all())]
    samples += [*known_release_samples(summary, has_database), Sample("ntsb_schedules_paused_seconds", paused_s())]
    samples.append(Sample("ntsb_store_free_bytes", shutil.disk_usage(config.targets_folder()).free))
    samples += drift_samples(drift.current())
    path = textfile()
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(format_samples(samples), encoding="utf-8")
    temporary.replace(path)
