"""Lists what a severity model may see at a prediction_time: T0 before the flight, T1 at first notification.

`--with NAME` asks whether a model may see these features too; where it may not, each is refused by name, with the
reason, and the exit code is 1. It reads models/features.toml only: no store, no database.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.severity.data.feature_registry import Feature

SUMMARY = "what a severity model may see, and when it becomes known"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The prediction_time, features to ask for, and how to show the answer."""
    parser.add_argument(
        "--prediction_time", choices=("T0", "T1"), default="T1", help="the prediction_time of prediction (default: T1)"
    )
    parser.add_argument("--with", dest="names", action="append", default=[], metavar="NAME", help="also this feature")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Prints the features; 1 where one that is asked for may not be seen."""
    from models.severity.data import feature_registry

    try:
        asked = feature_registry.require_features(options.names, options.prediction_time)
    except feature_registry.FeatureNotAvailable as refusal:
        print(refusal, file=sys.stderr)
        return 1
    found = asked or feature_registry.features_at(options.prediction_time)
    print(json.dumps([asdict(each) for each in found], indent=1) if options.json else "\n".join(format_text(found)))
    return 0


def format_text(features: Sequence["Feature"]) -> Iterator[str]:
    """One line per feature: name, prediction_time, kind, eras, meaning, unit, what a missing value means."""
    width = max(len(each.column) for each in features)
    for each in features:
        eras = ", ".join(each.eras)
        yield (
            f"{each.column:<{width}}  {each.known}  {each.kind:<8}  {each.meaning} "
            f"In {each.unit}; of {eras}; missing: {each.missing}."
        )
    yield f"{len(features)} features"
