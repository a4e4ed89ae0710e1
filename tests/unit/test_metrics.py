"""The metrics of a run are those that are defined; every alert fires on a planted condition and not otherwise."""

import json
import math
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.operations import dashboard, metrics, run_events, run_summaries, schedule_records
from pipeline.operations.metric_definitions import API_METRICS, METRICS
from pipeline.operations.metrics import Sample
from tests.architecture.tree import REPOSITORY
from tests.receivers import free_port

RULES_FILE = REPOSITORY / "deploy" / "prometheus" / "alerts.yml"
RULES = {rule["alert"]: rule for group in yaml.safe_load(RULES_FILE.read_text())["groups"] for rule in group["rules"]}
TESTS_FILE = RULES_FILE.with_name("alerts_test.yml")
(TEST,) = yaml.safe_load(TESTS_FILE.read_text())["tests"]
NOW = 1_800_000_000.0
EXPRESSION = re.compile(
    r'(?P<age>time\(\) - )?(?P<series>\w+(?:\{\w+="\w+"\})?) (?P<operator>[<>]) (?P<limit>[\d.e* ]+)'
)


def values(text: str) -> list[float]:
    """Values per minute of a series as promtool writes them: `start+stepxcount`, separated by spaces."""
    numbers = [re.fullmatch(r"(\S+?)\+(\d+)x(\d+)", part) for part in text.split()]
    assert all(numbers), text
    return [float(n[1]) + float(n[2]) * i for n in numbers if n for i in range(int(n[3]) + 1)]


SERIES = {item["series"]: values(item["values"]) for item in TEST["input_series"]}


def fires(rule: dict[str, Any], minute: int) -> bool:
    """Evaluates a rule of the form that all rules have, as Prometheus does: true during all of its time `for`."""
    match = EXPRESSION.fullmatch(rule["expr"])
    assert match, rule["expr"]
    limit = math.prod(map(float, match["limit"].split(" * ")))
    (series,) = [
        item for name, item in SERIES.items() if name == match["series"] or name.startswith(f"{match['series']}{{")
    ]
    minutes = range(minute - (60 if rule.get("for") == "1h" else 0), minute + 1)
    actual = [60 * time - series[time] if match["age"] else series[time] for time in minutes]
    return all(value > limit if match["operator"] == ">" else value < limit for value in actual)


def test_every_alert_fires_on_its_condition_and_not_otherwise() -> None:
    expected: dict[int, list[str]] = {}
    for check in TEST["alert_rule_test"]:
        names = expected.setdefault(int(check["eval_time"].removesuffix("m")), [])
        names += [check["alertname"]] * len(check["exp_alerts"])
        assert all(
            alert["exp_annotations"] == RULES[check["alertname"]]["annotations"] for alert in check["exp_alerts"]
        )
    assert [name for names in expected.values() for name in names] == list(RULES)
    for minute, names in expected.items():
        assert [name for name, rule in RULES.items() if fires(rule, minute)] == names


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_promtool_accepts_the_rules_and_their_test() -> None:
    for words in (["check", "rules", RULES_FILE], ["test", "rules", TESTS_FILE]):
        done = subprocess.run(["promtool", *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_alerts_and_dashboard_use_defined_metrics_only() -> None:
    suffixes = {"gauge": "", "counter": "_total", "histogram": "_bucket"}
    names = {metric.name + suffixes[metric.kind] for metric in (*METRICS, *API_METRICS)}
    expressions = [rule["expr"] for rule in RULES.values()]
    expressions += [panel["targets"][0]["expr"] for panel in json.loads(dashboard.dashboard())["panels"]]
    assert {name for text in expressions for name in re.findall(r"ntsb_\w+", text)} <= names
    assert len(expressions) == len(RULES) + len(METRICS) + len(API_METRICS)


def test_the_api_has_the_metrics_that_are_defined() -> None:
    parser = pytest.importorskip("prometheus_client.parser")
    from pipeline.serving.metrics import Metrics

    families = {family.name: family for family in parser.text_string_to_metric_families(Metrics().text().decode())}
    for metric in API_METRICS:
        family = families[metric.name]
        assert (family.type, family.documentation) == (metric.kind, metric.meaning)
    assert {name for name in families if name.startswith("ntsb_")} == {metric.name for metric in API_METRICS}


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
    samples += [Sample("ntsb_store_free_bytes", 1), Sample("ntsb_schedules_paused_seconds", 0)]
    text = metrics.format_samples(samples)
    assert {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")} == {m.name for m in METRICS}
    assert "ntsb_quarantined_share 0.002\n" in text
    assert 'ntsb_run_stage_rows{stage="extract"} 1000\n' in text
    assert 'ntsb_success_timestamp_seconds{task="WeeklySync"} 1800000000.0\n' in text


def test_a_failure_of_the_database_is_in_the_metrics_and_those_of_the_release_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NTSB_STORE", str(tmp_path))
    monkeypatch.setenv("NTSB_DATABASE_URL", f"postgresql://ann@127.0.0.1:{free_port()}/none")
    metrics.write_textfile(summary(release="abc", checks={"failed": 1}), has_database=False)
    metrics.write_textfile(summary() | {"state": "failed"}, has_database=True)
    text = metrics.textfile().read_text()
    assert "ntsb_run_failed 1.0\n" in text and 'ntsb_checks{status="failed"} 1\n' in text
    assert 'ntsb_release_info{release="abc"} 1\n' in text


def test_the_time_since_a_pause_is_a_metric(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NTSB_STORE", str(tmp_path))
    assert metrics.paused_s() == 0
    monkeypatch.setattr(time, "time", lambda: NOW)
    schedule_records.set_pause("new disk")
    monkeypatch.setattr(time, "time", lambda: NOW + 8 * 86_400)
    assert metrics.paused_s() == 8 * 86_400


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
