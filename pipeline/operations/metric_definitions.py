"""The metrics of runs and of the HTTP API, defined once, for both, the reference page, the dashboard and the alerts."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    """A metric: its name in Prometheus, what it measures, its labels, its unit in Grafana, its type in Prometheus."""

    name: str
    meaning: str
    labels: tuple[str, ...] = ()
    grafana_unit: str = "short"
    kind: str = "gauge"

    @property
    def expression(self) -> str:
        """Return what the dashboard shows: the value, the rate of a counter, or the 95th percentile of a histogram."""
        if self.kind == "counter":
            return f"sum by ({', '.join(self.labels)}) (rate({self.name}_total[5m]))"
        if self.kind == "histogram":
            buckets = f"sum by ({', '.join(('le', *self.labels))}) (rate({self.name}_bucket[5m]))"
            return f"histogram_quantile(0.95, {buckets})"
        # Grafana's unit of times is milliseconds.
        return f"{self.name} * 1000" if self.grafana_unit == "dateTimeAsIso" else self.name


METRICS = (
    Metric("ntsb_run_ended_timestamp_seconds", "End of the last run.", (), "dateTimeAsIso"),
    Metric("ntsb_run_failed", "1 if the last run failed, was interrupted or killed, else 0."),
    Metric("ntsb_run_duration_seconds", "Duration of the last run.", (), "s"),
    Metric("ntsb_run_tasks", "Tasks of the last run: run, skipped, failed, and retries.", ("result",)),
    Metric("ntsb_run_stage_duration_seconds", "Task time of a stage in the last run.", ("stage",), "s"),
    Metric("ntsb_run_stage_rows", "Rows that a stage processed in the last run.", ("stage",)),
    Metric("ntsb_success_timestamp_seconds", "End of the last successful run of a task.", ("task",), "dateTimeAsIso"),
    Metric("ntsb_schedules_paused_seconds", "Time since the schedules were paused; 0 if they are not.", (), "s"),
    Metric("ntsb_notifications_unsent", "Messages that no receiver has accepted yet."),
    Metric("ntsb_release_info", "1; the label is the id of the current release.", ("release",)),
    Metric("ntsb_publication_timestamp_seconds", "Last change of the current release.", (), "dateTimeAsIso"),
    Metric(
        "ntsb_release_rows",
        "Rows of the release's files: in, published, quarantined, superseded.",
        ("state",),
    ),
    Metric("ntsb_quarantined_share", "Quarantined rows divided by all rows of the source files.", (), "percentunit"),
    Metric("ntsb_changed_events", "Events that the last run added, revised or withdrew.", ("kind",)),
    Metric("ntsb_checks", "Checks of the current release by result.", ("status",)),
    Metric("ntsb_database_bytes", "Size of the database.", (), "bytes"),
    Metric("ntsb_store_free_bytes", "Free space of the disk of the store.", (), "bytes"),
    Metric(
        "ntsb_feature_drift",
        "Population stability index of a feature: the last three years of events against the ten before.",
        ("feature",),
    ),
    Metric("ntsb_score_drift", "The same of the predicted probability of a fatal injury."),
)

API_METRICS = (
    Metric("ntsb_requests", "Requests to the HTTP API.", ("route", "method", "status"), "reqps", "counter"),
    Metric("ntsb_request_seconds", "Duration of requests to the HTTP API.", ("route",), "s", "histogram"),
    Metric("ntsb_cache", "Lookups in the cache of the HTTP API.", ("result",), "ops", "counter"),
    Metric("ntsb_active_requests", "Requests to the HTTP API in progress."),
    Metric("ntsb_release", "1 for the release that the HTTP API serves.", ("release",)),
    Metric("ntsb_model", "1 for the model that the HTTP API uses.", ("version",)),
)
