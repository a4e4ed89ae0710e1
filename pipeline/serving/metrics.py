"""Metrics in Prometheus' format, without versions of software."""

from functools import partial
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from pipeline.operations.metric_definitions import API_METRICS

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
KINDS: dict[str, Any] = {"counter": Counter, "gauge": Gauge, "histogram": partial(Histogram, buckets=BUCKETS)}


class Metrics:
    """Metrics of one server."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests: Counter
        self.seconds: Histogram
        self.cache: Counter
        self.active: Gauge
        self.release: Gauge
        self.model: Gauge
        self.requests, self.seconds, self.cache, self.active, self.release, self.model = (
            KINDS[metric.kind](metric.name, metric.meaning, metric.labels, registry=self.registry)
            for metric in API_METRICS
        )

    def show(self, gauge: Gauge, value: str) -> None:
        """Set a gauge to 1 for one value of its label and remove the others."""
        gauge.clear()
        gauge.labels(value).set(1)

    def text(self) -> bytes:
        """Return all metrics."""
        return generate_latest(self.registry)
