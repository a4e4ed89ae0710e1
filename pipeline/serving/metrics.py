"""Metrics in Prometheus' format, without versions of software."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """Counters of one server."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = Counter("ntsb_requests", "Requests.", ("route", "method", "status"), registry=self.registry)
        self.seconds = Histogram(
            "ntsb_request_seconds", "Duration of requests.", ("route",), buckets=BUCKETS, registry=self.registry
        )
        self.cache = Counter("ntsb_cache", "Lookups in the cache.", ("result",), registry=self.registry)
        self.active = Gauge("ntsb_active_requests", "Requests in progress.", registry=self.registry)
        self.release = Gauge("ntsb_release", "1 for the current release.", ("release",), registry=self.registry)
        self.model = Gauge("ntsb_model", "1 for the model in use.", ("version",), registry=self.registry)

    def show(self, gauge: Gauge, value: str) -> None:
        """Set a gauge to 1 for one value of its label and remove the others."""
        gauge.clear()
        gauge.labels(value).set(1)

    def text(self) -> bytes:
        """Return all metrics."""
        return generate_latest(self.registry)
