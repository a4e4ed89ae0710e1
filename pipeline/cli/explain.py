"""Says what the severity model of this store makes of one event, and what pushed it there.

Contributions (SHAP) are in log odds of each class; those shown are the largest for the likeliest class. They say what
the model used, not what caused the injuries. An event that the model was fitted on is explained as well; it says so.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SUMMARY = "why the severity model says what it says of an event"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The event, and how to show the answer."""
    parser.add_argument("event", metavar="EV_ID", help="NTSB's id of the event, such as 20001212X19999")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Prints the explanation."""
    facts = explain_event(options.event)
    print(json.dumps(facts, indent=1) if options.json else "\n".join(format_text(facts)))
    return 0


def explain_event(event: str) -> dict[str, Any]:
    """What `models.severity.explain.explain_event` gives, with date, model version and `fitted_on`. Raises StudyMissing."""
    from pipeline.errors import StudyNotFound

    study, table = _study_paths()
    absent = [path for path in (study / "identity.json", study / "model.ubj", table) if not path.exists()]
    if absent:
        raise StudyNotFound(
            f"explain: {', '.join(str(path) for path in absent)} expected, not found; "
            "run `luigi --module pipeline AllReports`"
        )
    import pandas as pd

    from models.severity import explain, scoring

    found = pd.read_parquet(table, filters=[("ev_id", "==", event)])
    if found.empty:
        raise StudyNotFound(
            f"explain: {event} expected among the events of the feature table, not found; "
            "look it up: select ev_id from events where ntsb_no = '...'"
        )
    scorer = scoring.load_scorer(study)
    knobs = json.loads((study / "metrics.json").read_text())["settings"]
    facts = explain.explain_event(scorer.model, found)
    year = int(found["ev_year"].iloc[0]) if found["ev_year"].notna().iloc[0] else None
    fitted = year is not None and knobs["first_year"] <= year < knobs["test_year"]
    return facts | {"ev_date": str(found["ev_date"].iloc[0]), "model": scorer.version, "fitted_on": fitted}


def _study_paths() -> tuple[Path, Path]:
    """The study's folder and the feature table."""
    from pipeline import config

    targets = config.targets_folder()
    return targets / "studies" / "severity", targets / "features" / "event_features.parquet"


def format_text(facts: dict[str, Any]) -> Iterator[str]:
    """The answer as text."""
    from models.severity.model_card import format_value

    likeliest = facts["likeliest"]
    yield f"event {facts['ev_id']} of {facts['ev_date']}, model {facts['model']}"
    shares = ", ".join(f"{name} {share:.3f}" for name, share in facts["probabilities"].items())
    yield f"probabilities  {shares}"
    yield f"likeliest      {likeliest}; NTSB says {facts['severity'] or 'nothing'}"
    yield f"pushes to {likeliest}, in log odds (before any feature: {facts['bias'][likeliest]:+.3f})"
    width = max(len(each["feature"]) for each in facts["contributions"])
    for each in facts["contributions"]:
        yield f"  {each[likeliest]:+.3f}  {each['feature']:<{width}}  {format_value(each['value'])}"
    if facts["fitted_on"]:
        yield "Events of these years were used to fit the model: it may know this one too well."
