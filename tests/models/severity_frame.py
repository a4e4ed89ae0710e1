"""A feature table made up on the spot: a few hundred events whose phase and weather say something of the severity."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from models.severity.data import feature_registry
from models.severity.data.population import CLASSES

WORDS = ["A", "B", "C", "D"]


def feature_table(events: int = 900, seed: int = 1, first_year: int = 2000, years: int = 22) -> pd.DataFrame:
    """One row per event with every column of event_features; the first ten rows are no part of the population."""
    dice = np.random.default_rng(seed)
    severity = dice.choice(CLASSES, events, p=[0.5, 0.17, 0.13, 0.2])
    days = [date(first_year, 1, 1) + timedelta(days=int(n)) for n in dice.integers(0, 365 * years, events)]
    table = pd.DataFrame(
        {
            "ev_id": [f"{day:%Y%m%d}X{n:05d}" for n, day in enumerate(days)],
            "ev_date": days,
            "ev_year": [day.year for day in days],
            "era": ["pre2008" if day.year < 2008 else "avall" for day in days],
            "severity": severity,
            "is_us": [n >= 4 for n in range(events)],
            "is_accident": [n >= 7 for n in range(events)],
            "has_injury_record": [n >= 10 for n in range(events)],
        }
    )
    for feature in feature_registry.features_at("T1"):
        table[feature.column] = _column(feature.kind, events, dice)
    told = dice.random(events) < 0.3
    table["phase"] = np.where(told, np.where(severity == "FATL", "cruise", "landing"), table["phase"])
    return table


def _column(kind: str, events: int, dice: np.random.Generator) -> pd.Series:
    missing = pd.Series(dice.random(events) < 0.1)
    if kind == "number":
        return pd.Series(dice.normal(10, 3, events)).mask(missing)
    values = dice.choice(WORDS, events) if kind == "category" else dice.random(events) < 0.5
    return pd.Series(values).astype(object).where(~missing, None)
