"""The metrics of a run are those that are defined; every alert fires on a planted condition and not otherwise."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.operations import dashboard, metrics, run_events, run_summaries
from pipeline.operations.metric_definitions import METRICS
from pipeline.operations.metrics import Sample
from tests.architecture.tree import REPOSITORY

RULES_FILE = REPOSITORY / "deploy" / "prometheus" / "alerts.yml"
RULES = {rule["alert"]: rule for group in yaml.safe_load(RULES_FILE.read_text())["groups"] for rule in group["rules"]}
NOW = 1_800_000_000.0
DAY = 86_400.0
# {alert: (metric, labels, value just within the limit, value just beyond it)}
PLANTED: dict[str, tuple[str, dict[str, str], float, float]] = {
    "NtsbDataStale": ("ntsb_publication_timestamp_seconds", {}, NOW - 44.9 * DAY, NOW - 45.1 * DAY),
    "NtsbNoRun": ("ntsb_run_ended_timestamp_seconds", {}, NOW - 7.9 * DAY, NOW - 8.1 * DAY),
    "NtsbRunFailed": ("ntsb_run_failed", {}, 0, 1),
    "NtsbNotificationsUnsent": ("ntsb_notifications_unsent", {}, 0, 1),
    "NtsbQuarantineHigh": ("ntsb_quarantined_share", {}, 0.0009, 0.0011),
    "NtsbChecksFailed": ("ntsb_checks", {"status": "failed"}, 0, 1),
    "NtsbDiskLow": ("ntsb_store_free_bytes", {}, 12.1e9, 11.9e9),
    "NtsbFeatureDrift": ("ntsb_feature_drift", {"feature": "state"}, 0.19, 0.21),
    "NtsbScoreDrift": ("ntsb_score_drift", {}, 0.19, 0.21),
}
EXPRESSION = re.compile(
    r'(?P<age>time\(\) - )?(?P<name>\w+)(?:\{(?P<label>\w+)="(?P<text>\w+)"\})? (?P<operator>[<>]) (?P<limit>[\d.e* ]+)'
)


def fires(expression: str, samples: list[Sample]) -> bool:
    """Evaluates an expression of the form that the rules use, as Prometheus does."""
    match = EXPRESSION.fullmatch(expression)
    assert match, expression
    limit = 1.0
    for factor in match["limit"].split(" * "):
        limit *= float(factor)
    values = [
        NOW - sample.value if match["age"] else sample.value
        for sample in samples
        if sample.name == match["name"] and (not match["label"] or sample.labels.get(match["label"]) == match["text"])
    ]
    return any(value > limit if match["operator"] == ">" else value < limit for value in values)


def test_every_alert_has_a_planted_condition() -> None:
    assert set(PLANTED) == set(RULES)


@pytest.mark.parametrize("alert", PLANTED)
def test_an_alert_fires_on_its_condition_and_not_otherwise(alert: str) -> None:
    metric, labels, good, bad = PLANTED[alert]
    healthy = [Sample(name, value, where) for name, where, value, _ in PLANTED.values()]
    assert not fires(RULES[alert]["expr"], healthy)
    planted = [sample for sample in healthy if sample.name != metric]
    fired = [name for name, rule in RULES.items() if fires(rule["expr"], [*planted, Sample(metric, bad, labels)])]
    assert fired == [alert]
    assert not fires(RULES[alert]["expr"], [*planted, Sample(metric, good, labels)])


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_promtool_accepts_the_rules_and_fires_the_planted_ones(tmp_path: Path) -> None:
    subprocess.run(["promtool", "check", "rules", RULES_FILE], check=True, capture_output=True)
    tests = []
    for alert, (metric, labels, _, bad) in PLANTED.items():
        selector = ",".join(f'{name}="{text}"' for name, text in labels.items())
        # Prometheus starts at time 0: a time stamp in the past is negative.
        value = bad - NOW if "time()" in RULES[alert]["expr"] else bad
        series = [{"series": f"{metric}{{{selector}}}", "values": f"{value}+0x120"}]
        expected = {"exp_labels": labels | RULES[alert]["labels"], "exp_annotations": RULES[alert]["annotations"]}
        check = {"eval_time": "1h30m", "alertname": alert, "exp_alerts": [expected]}
        tests.append({"interval": "1m", "input_series": series, "alert_rule_test": [check]})
    (file := tmp_path / "tests.yml").write_text(yaml.safe_dump({"rule_files": [str(RULES_FILE)], "tests": tests}))
    done = subprocess.run(["promtool", "test", "rules", file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_alerts_and_dashboard_use_defined_metrics_only() -> None:
    names = {metric.name for metric in METRICS}
    expressions = [rule["expr"] for rule in RULES.values()]
    expressions += [panel["targets"][0]["expr"] for panel in json.loads(dashboard.dashboard())["panels"]]
    assert {name for text in expressions for name in re.findall(r"ntsb_\w+", text)} <= names
    assert len(expressions) == len(RULES) + len(METRICS)


def summary(**release: Any) -> dict[str, Any]:
    events = [
        {"event": "begin", "command": "luigi --module pipeline WeeklySync --date 2026-11-30", "ns": 0},
        {"event": "succeeded", "task": "LoadRawTables --source avall", "seconds": 2.0, "ns": 1},
        {"event": "succeeded", "task": "PublishRelease", "seconds": 1.0, "ns": 2},
    ]
    run = run_events.run_id(NOW - 10, 7)
    return run_summaries.summarize(run, events, NOW, "", release)


def test_a_run_with_a_release_has_every_metric(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {"in": 1000, "quarantined": 2, "superseded": 0, "published": 998}
    described = summary(
        release="abc", rows=rows, checks={"passed": 3}, changes={"new": 5}, files={"avall": {"in": 1000, "cast": 998}}
    )
    samples = [*metrics.run_samples(described), *metrics.release_samples(described)]
    samples += [*metrics.success_samples([described]), *metrics.drift_samples({"features": {"a": 0.1}, "score": 0.0})]
    samples += [Sample("ntsb_publication_timestamp_seconds", 1.5), Sample("ntsb_database_bytes", 1)]
    samples += [Sample("ntsb_store_free_bytes", 1)]
    text = metrics.format_samples(samples)
    assert {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")} == {m.name for m in METRICS}
    assert "ntsb_quarantined_share 0.002\n" in text
    assert 'ntsb_run_stage_rows{stage="extract"} 1000\n' in text
    assert 'ntsb_success_timestamp_seconds{task="WeeklySync"} 1800000000.0\n' in text


def test_labels_are_escaped_and_undefined_metrics_refused() -> None:
    text = metrics.format_samples([Sample("ntsb_release_info", 1, {"release": 'a"b\\c\nd'})])
    assert 'ntsb_release_info{release="a\\"b\\\\c\\nd"} 1\n' in text
    with pytest.raises(KeyError):
        metrics.format_samples([Sample("ntsb_other", 1)])


def test_prometheus_parses_the_text() -> None:
    parser = pytest.importorskip("prometheus_client.parser")
    text = metrics.format_samples(metrics.run_samples(summary()))
    families = list(parser.text_string_to_metric_families(text))
    assert {"ntsb_run_failed", "ntsb_run_tasks"} <= {family.name for family in families}
