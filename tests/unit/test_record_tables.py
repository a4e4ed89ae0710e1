"""The severity page shows the metrics of both records, and their spread over seeds."""

from reports.severity.metric_tables import records_table, seeds_table


def metrics(log_loss: float) -> dict[str, object]:
    names = ("log_loss_skill", "brier", "fatal_roc_auc", "fatal_pr_auc", "macro_f1", "weighted_f1")
    values = dict.fromkeys(names, 0.5) | {"log_loss": log_loss}
    return {"xgboost": {"test": values | {"intervals": {"log_loss": [log_loss - 0.01, log_loss + 0.01]}}}}


def test_closed_and_day_7_are_next_to_each_other_with_intervals() -> None:
    study = {"primary_model": "xgboost", "metrics": metrics(0.97), "day_7": {"metrics": metrics(1.0)}}
    first = records_table(study).rows[0]
    assert "0.970" in first[1] and "0.980" in first[1] and "1.000" in first[2] and "0.990" in first[2]


def test_a_study_without_day_7_or_seeds_gives_empty_tables() -> None:
    study = {"primary_model": "xgboost", "metrics": metrics(0.97)}
    assert records_table(study).rows == () and seeds_table(study).rows == ()


def test_one_seed_has_no_standard_deviation() -> None:
    study = {"seeds": {"log_loss": {"values": [0.97], "mean": 0.97, "standard_deviation": None}}}
    (row,) = seeds_table(study).rows
    assert row[1:3] == ("1", "0.970")
