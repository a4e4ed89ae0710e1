"""A study as plain values and files: what a tracking store, a cache or a report can keep."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from models.severity import explain, model_card
from models.severity.plots import bar_chart_png, confusion_png, partial_dependence_png
from models.severity.study import Study, round_floats


def table_digest(frame: pd.DataFrame) -> str:
    """16 hex digits over names and values of the whole table, in order of ev_id."""
    ordered = frame.sort_values("ev_id", ignore_index=True)
    ordered = ordered.astype(object).where(ordered.notna(), None).astype(str)
    values = pd.util.hash_pandas_object(ordered, index=False).to_numpy(dtype=np.uint64)
    return hashlib.sha256("\0".join(ordered.columns).encode() + values.tobytes()).hexdigest()[:16]


def model_digest(study: Study) -> str:
    """16 hex digits over the bytes of the model and of its encoding: the model itself, whatever run made it."""
    encoding = json.dumps(study.encoding(), sort_keys=True).encode()
    return hashlib.sha256(study.booster_bytes() + b"\0" + encoding).hexdigest()[:16]


def identity(study: Study, frame: pd.DataFrame, fingerprint: str) -> dict[str, str]:
    """What names the run: nothing of it depends on when, where or in which release the study ran."""
    return {
        "fingerprint": fingerprint,
        "model": model_digest(study),
        "features": table_digest(frame),
        "split": study.split_id,
    }


def identity_tags(names: Mapping[str, str]) -> dict[str, str]:
    """`identity` as tags of a run; the fingerprint is a tag already."""
    return {"model_digest": names["model"], "features_digest": names["features"], "split_id": names["split"]}


def flatten_metrics(judged: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """One model's figures by name: test/log_loss, test/log_loss_low, test/recall_FATL_high. None is left out."""
    found: dict[str, Any] = {}
    for part, figures in judged.items():
        found |= {f"{part}/{name}": value for name, value in figures.items() if isinstance(value, int | float)}
        for name, bounds in (figures["intervals"] | figures.get("per_class_intervals", {})).items():
            found |= {f"{part}/{name}_low": bounds[0], f"{part}/{name}_high": bounds[1]}
        for severity, values in figures.get("per_class", {}).items():
            found |= {f"{part}/{name}_{severity}": value for name, value in values.items()}
    return {name: float(round_floats(value)) for name, value in found.items() if value is not None}


def explanation(study: Study) -> dict[str, Any]:
    """Contributions, permutation importance, partial dependence of the top ten, ten cases; rounded to 6 digits."""
    test, seed = study.split.test, study.settings.seed
    kinds = {feature.column: feature.kind for feature in study.model.encoder.features}
    top = {name: kinds[name] for name in list(study.importances)[: explain.TOP_FEATURES]}
    found = {
        "sample": {"rule": explain.SAMPLE_RULE, "events": min(len(test), explain.SAMPLE_SIZE)},
        "contributions": study.importances,
        "permutation": explain.permutation_importance(study.model, test, study.features, seed),
        "partial_dependence": explain.partial_dependence(study.model, test, top),
        "cases": explain.explain_cases(study.model, test),
    }
    return dict(round_floats(found))


def write_artifacts(study: Study, folder: Path, names: Mapping[str, str]) -> None:
    """Model, figures, explanation, pictures and cards as files; same study, same bytes. `names`: see `identity`.

    metrics.json, encoding.json, model.ubj, explanation.json, identity.json, model_card.md, tripod.md, confusion/ and
    explanation/ with a JSON file beside each PNG.
    """
    (folder / "confusion").mkdir(parents=True, exist_ok=True)
    (folder / "metrics.json").write_text(study.json(), encoding="utf-8")
    (folder / "encoding.json").write_text(_json_text(study.encoding()), encoding="utf-8")
    (folder / "model.ubj").write_bytes(study.booster_bytes())
    (folder / "identity.json").write_text(_json_text(dict(names)), encoding="utf-8")
    for name, judged in study.metrics.items():
        counts = judged["test"]["confusion"]
        stem = folder / "confusion" / name.replace(" ", "_")
        stem.with_suffix(".json").write_text(_json_text(counts), encoding="utf-8")
        stem.with_suffix(".png").write_bytes(confusion_png(counts, name))
    found = explanation(study)
    # In the order of importance, which sorted keys would lose.
    (folder / "explanation.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    _write_plots(found, folder / "explanation")
    for name, text in model_card.render_cards(folder).items():
        (folder / name).write_text(text, encoding="utf-8")


def _write_plots(found: Mapping[str, Any], folder: Path) -> None:
    """Each picture, and beside it the values that it shows."""
    folder.mkdir(exist_ok=True)
    shares = dict(list(found["contributions"].items())[: explain.TOP_FEATURES])
    rises = dict(list(found["permutation"].items())[: explain.TOP_FEATURES])
    bars = {name: (each["all"], each["all"], each["all"]) for name, each in shares.items()}
    spans = {name: (each["mean"], each["least"], each["most"]) for name, each in rises.items()}
    pictures = {
        "contributions": (
            shares,
            bar_chart_png(bars, "Mean absolute contribution", "log odds, mean of the four classes"),
        ),
        "permutation": (rises, bar_chart_png(spans, "Permutation importance", "rise of the log loss")),
        "partial_dependence": (found["partial_dependence"], partial_dependence_png(found["partial_dependence"])),
    }
    for name, (values, picture) in pictures.items():
        (folder / f"{name}.json").write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
        (folder / f"{name}.png").write_bytes(picture)


def _json_text(value: Any) -> str:
    return json.dumps(value, indent=1, sort_keys=True) + "\n"
