"""List the features that a severity model may use: T0 before the flight, T1 at first notification.

`--with NAME` asks for certain features: each that is not available is printed with the reason, and the exit code is 1.
Reads the feature registry only: no store, no database.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from models.severity.data import feature_registry
from models.severity.data.feature_registry import Feature

SUMMARY = "list the features that a severity model may use, and when they become known"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--prediction-time", choices=("T0", "T1"), default="T1", help="when the prediction is made (default: T1)"
    )
    parser.add_argument("--with", dest="names", action="append", default=[], metavar="NAME", help="only this feature")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    try:
        named = feature_registry.require_features(options.names, options.prediction_time)
    except feature_registry.FeatureNotAvailable as error:
        print(error, file=sys.stderr)
        return 1
    features = named or feature_registry.features_at(options.prediction_time)
    content = [asdict(feature) for feature in features]
    print(json.dumps(content, indent=1) if options.json else "\n".join(format_text(features)))
    return 0


def format_text(features: Sequence[Feature]) -> Iterator[str]:
    """Yield a line per feature: column, prediction time, kind, meaning, unit, eras, arrival, meaning of missing."""
    arrivals = feature_registry.load_arrivals()
    width = max(len(feature.column) for feature in features)
    for feature in features:
        eras = ", ".join(feature.eras)
        yield (
            f"{feature.column:<{width}}  {feature.known}  {feature.kind:<8}  {feature.meaning} "
            f"Unit: {feature.unit}; eras: {eras}; published: {arrivals[feature.published]}; missing: {feature.missing}."
        )
    yield f"{len(features)} features"
