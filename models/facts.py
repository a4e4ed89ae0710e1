"""A study as plain values and files: what a tracking store, a cache or a report can keep."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from models.figures import confusion_png
from models.study import Study, rounded


def digest(frame: pd.DataFrame) -> str:
    """16 hex digits over names and values of the whole table, in order of ev_id."""
    ordered = frame.sort_values("ev_id", ignore_index=True)
    ordered = ordered.astype(object).where(ordered.notna(), None).astype(str)
    values = pd.util.hash_pandas_object(ordered, index=False).to_numpy(dtype=np.uint64)
    return hashlib.sha256("\0".join(ordered.columns).encode() + values.tobytes()).hexdigest()[:16]


def flat(judged: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """One model's figures by name: test/log_loss, test/log_loss_low, test/recall_FATL. None is left out."""
    found: dict[str, Any] = {}
    for part, figures in judged.items():
        found |= {f"{part}/{name}": value for name, value in figures.items() if isinstance(value, int | float)}
        for name, bounds in figures["intervals"].items():
            found |= {f"{part}/{name}_low": bounds[0], f"{part}/{name}_high": bounds[1]}
        for severity, values in figures["per_class"].items():
            found |= {f"{part}/{name}_{severity}": value for name, value in values.items()}
    return {name: float(rounded(value)) for name, value in found.items() if value is not None}


def write(study: Study, folder: Path) -> None:
    """metrics.json, encoding.json, model.ubj and the confusion matrices as PNG and JSON; same study, same bytes."""
    (folder / "confusion").mkdir(parents=True, exist_ok=True)
    (folder / "metrics.json").write_text(study.json(), encoding="utf-8")
    (folder / "encoding.json").write_text(_text(study.encoding()), encoding="utf-8")
    (folder / "model.ubj").write_bytes(study.booster_bytes())
    for name, judged in study.metrics.items():
        counts = judged["test"]["confusion"]
        stem = folder / "confusion" / name.replace(" ", "_")
        stem.with_suffix(".json").write_text(_text(counts), encoding="utf-8")
        stem.with_suffix(".png").write_bytes(confusion_png(counts, name))


def _text(value: Any) -> str:
    return json.dumps(value, indent=1, sort_keys=True) + "\n"
