"""The Grafana dashboard and the reference page, generated from the definitions of the metrics."""

import json
from collections.abc import Sequence

from pipeline.operations.metric_definitions import API_METRICS, METRICS, Metric

COLUMNS, WIDTH, HEIGHT = 2, 12, 7


def dashboard() -> str:
    """Return the dashboard as JSON: one panel per metric, from a data source that is chosen on the page."""
    source = {"type": "prometheus", "uid": "${datasource}"}
    content = {
        "uid": "ntsb-pipeline",
        "title": "NTSB pipeline",
        "schemaVersion": 39,
        "editable": True,
        "time": {"from": "now-90d", "to": "now"},
        "templating": {"list": [{"name": "datasource", "type": "datasource", "query": "prometheus"}]},
        "panels": [_panel(metric, number, source) for number, metric in enumerate((*METRICS, *API_METRICS))],
    }
    return json.dumps(content, indent=1) + "\n"


def _panel(metric: Metric, number: int, source: dict[str, str]) -> dict[str, object]:
    is_time = metric.grafana_unit == "dateTimeAsIso"
    row, column = divmod(number, COLUMNS)
    legend = " ".join(f"{{{{{label}}}}}" for label in metric.labels) or metric.name
    return {
        "id": number + 1,
        "title": metric.meaning.rstrip("."),
        "type": "stat" if is_time else "timeseries",
        "datasource": source,
        "gridPos": {"x": column * WIDTH, "y": row * HEIGHT, "w": WIDTH, "h": HEIGHT},
        "targets": [{"refId": "A", "expr": metric.expression, "legendFormat": legend}],
        "fieldConfig": {"defaults": {"unit": metric.grafana_unit}, "overrides": []},
    }


def reference(metrics: Sequence[Metric]) -> list[tuple[str, ...]]:
    """Return (metric, meaning, labels) of each metric."""
    return [
        (f"`{metric.name}`", metric.meaning, ", ".join(f"`{label}`" for label in metric.labels) or "none")
        for metric in metrics
    ]
