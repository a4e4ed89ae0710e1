"""Explain what the severity model of this store predicts for one event, with the contributions of its features.

Contributions are SHAP values (Lundberg 2017) in log odds of each class against NONE; those printed are the largest for
the predicted class, or for FATL if NONE is predicted. They show what the model used, not what caused the injuries. If
the model was fitted on the event, this is noted.
"""

import argparse
import difflib
import json
from collections.abc import Iterator
from typing import Any

from pipeline.cli.status import require_study
from pipeline.errors import StudyNotFound

SUMMARY = "explain what the severity model predicts for an event"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("event", metavar="EV_ID", help="NTSB's id of the event, such as 20001212X19999")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    explanation = explain_event(options.event)
    print(json.dumps(explanation, indent=1) if options.json else "\n".join(format_text(explanation)))
    return 0


def explain_event(event: str) -> dict[str, Any]:
    """Return `explain.explain_event` with event date, model version and `fitted_on`. Raises StudyNotFound."""
    study, table = require_study("explain", "identity.json", "model.ubj")
    # Imported here because pandas and XGBoost take seconds.
    import pandas as pd

    from models.severity import explain, scoring

    rows = pd.read_parquet(table, filters=[("ev_id", "==", event)])
    if rows.empty:
        known = pd.read_parquet(table, columns=["ev_id"])["ev_id"].tolist()
        similar = difflib.get_close_matches(event, known, n=3) or known[-3:]
        raise StudyNotFound(
            f"explain: expected an ev_id of {table}, found {event}; "
            f"name one of its events, such as {', '.join(similar)}"
        )
    scorer = scoring.load_scorer(study)
    settings = json.loads((study / "metrics.json").read_text(encoding="utf-8"))["settings"]
    explanation = explain.explain_event(scorer.model, rows)
    year = int(rows["ev_year"].iloc[0]) if rows["ev_year"].notna().iloc[0] else None
    fitted = year is not None and settings["first_year"] <= year < settings["test_year"]
    return explanation | {"ev_date": str(rows["ev_date"].iloc[0]), "model": scorer.version, "fitted_on": fitted}


def format_text(explanation: dict[str, Any]) -> Iterator[str]:
    """Yield the explanation as lines of text."""
    from models.severity.model_card import format_value

    predicted = explanation["likeliest"]
    yield f"event {explanation['ev_id']} of {explanation['ev_date']}, model {explanation['model']}"
    probabilities = ", ".join(f"{name} {share:.3f}" for name, share in explanation["probabilities"].items())
    yield f"probabilities  {probabilities}"
    yield f"prediction     {predicted}; recorded by NTSB: {explanation['severity'] or 'nothing'}"
    explained = explanation["explained"]
    yield f"contributions to {explained} against NONE in log odds (base value {explanation['bias'][explained]:+.3f})"
    width = max(len(row["feature"]) for row in explanation["contributions"])
    for row in explanation["contributions"]:
        yield f"  {row[explained]:+.3f}  {row['feature']:<{width}}  {format_value(row['value'])}"
    if explanation["fitted_on"]:
        yield "The model was fitted on events of this year: its prediction for this event is optimistic."
