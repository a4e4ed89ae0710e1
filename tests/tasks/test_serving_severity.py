"""The severity model over HTTP: the logged model's predictions, every mistake in the input, and a new champion."""

import json
import math
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from mlflow import MlflowClient

from models.severity.data import feature_registry, records
from models.severity.explain import to_json_value
from models.severity.scoring import PROBABILITY_COLUMNS, load_scorer
from models.severity.tracking.store import store_addresses
from tests.http_api import Api, api_server, model_source
from tests.running import Workspace

URL = "/v1/severity"


def feature_rows(workspace: Workspace) -> tuple[list[str], list[dict[str, Any]]]:
    """Event ids and features of the feature table, as JSON has them."""
    table = pd.read_parquet(workspace.targets / "features" / "event_features.parquet").sort_values("ev_id")
    names = [feature.column for feature in feature_registry.features_at("T1")]
    rows = [{name: to_json_value(row[name]) for name in names} for row in table[names].to_dict("records")]
    return table["ev_id"].tolist(), rows


def predict(api: Api, rows: list[dict[str, Any]], **options: Any) -> dict[str, Any]:
    response = api.client.post(URL, json={"rows": rows, **options})
    assert response.status_code == 200, response.text
    return dict(response.json())


def test_predictions_equal_the_published_scores_to_six_digits(api: Api) -> None:
    ids, rows = feature_rows(api.workspace)
    columns = "ev_id, model_version, record, prediction_set, p_none, p_minr, p_sers, p_fatl"
    scores = {row[0]: row[1:] for row in api.workspace.query(f"select {columns} from mart.severity_score")}
    assert len(rows) > len(scores) > 500
    for start in range(0, len(rows), 700):
        content = predict(api, rows[start : start + 700], contributions=False)
        for ev_id, prediction in zip(ids[start:], content["predictions"], strict=False):
            if ev_id in scores:  # the population only
                assert list(prediction["probabilities"].values()) == pytest.approx(scores[ev_id][3:], abs=1e-9)
                assert (prediction["record"], ",".join(prediction["prediction_set"])) == scores[ev_id][1:3]
        assert {score[0] for score in scores.values()} == {content["model"]["model_version"]}


def test_the_record_of_a_row_has_the_scores_of_the_study_s_model(api: Api) -> None:
    """Of the record a week after the event, and of those with one feature more that is published at closure."""
    table = pd.read_parquet(api.workspace.targets / "features" / "event_features.parquet").sort_values("ev_id")
    features = feature_registry.features_at("T1")
    early = records.as_published(table.tail(400), features, records.DAY_7).reset_index(drop=True)
    late = records.closure_columns(features)
    known = [
        table.tail(400)[name].reset_index(drop=True).where(early.index % len(late) == number)
        for number, name in enumerate(late)
    ]
    variants = {records.DAY_7: early, records.CLOSED: early.assign(**dict(zip(late, known, strict=True)))}
    scorer = load_scorer(api.workspace.targets / "studies" / "severity")
    names = [feature.column for feature in features]
    for record, events in variants.items():
        rows = [{name: to_json_value(row[name]) for name in names} for row in events[names].to_dict("records")]
        predictions = predict(api, rows, contributions=False)["predictions"]
        scores = scorer.scores(events)
        shares = [list(prediction["probabilities"].values()) for prediction in predictions]
        assert shares == scores[list(PROBABILITY_COLUMNS)].to_numpy().tolist()
        actual = [(prediction["record"], ",".join(prediction["prediction_set"])) for prediction in predictions]
        assert actual == list(zip(scores["record"], scores["prediction_set"], strict=True))
        assert (scores["record"] == record).sum() > 100


def test_a_registry_that_has_not_changed_is_not_queried_again(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """A query takes so long that requests would notice it."""
    source = model_source(api.workspace)
    source.refresh()
    used = source.current
    assert used is not None
    monkeypatch.setattr("pipeline.serving.model._find_version", lambda *_: (None, ""))
    source.refresh()
    assert source.current is used


def test_a_model_whose_own_code_gives_other_probabilities_is_not_used(api: Api) -> None:
    source = model_source(api.workspace)
    source.refresh()
    assert source.current is not None
    source.current.require_same()
    logged = source.current.predictor

    class Other:
        """The logged model with another rule than the server's for what it returns."""

        def __getattr__(self, name: str) -> Any:
            return getattr(logged, name)

        def predict(self, context: Any, table: pd.DataFrame) -> pd.DataFrame:
            return pd.DataFrame(logged.predict(context, table)[logged.classes] + 1e-6)

    with pytest.raises(ValueError, match="expected the probabilities of its own code"):
        replace(source.current, predictor=Other()).require_same()


def test_contributions_and_bias_give_the_probabilities(api: Api) -> None:
    _, rows = feature_rows(api.workspace)
    content = predict(api, rows[:40])
    for prediction in content["predictions"]:
        for name, share in prediction["probabilities"].items():
            parts = prediction["contributions"].values()
            margins = {key: prediction["bias"][key] + sum(part[key] for part in parts) for key in prediction["bias"]}
            total = sum(math.exp(margin) for margin in margins.values())
            assert math.exp(margins[name]) / total == pytest.approx(share, abs=1e-4)


def test_missing_features_and_null_are_the_same(api: Api) -> None:
    names = [feature.column for feature in feature_registry.features_at("T1")]
    content = predict(api, [{}, dict.fromkeys(names)])
    first, second = content["predictions"]
    assert first == second


MISTAKES: dict[str, Any] = {
    "unknown_name": 1,
    "damage": "DEST",
    "ev_highest_injury": "FATL",
    "severity": "FATL",
    "month": 13,
    "hour": "noon",
    "latitude": -90.5,
    "num_eng": True,
    "state": 5,
    "make": "x" * 201,
    "is_homebuilt": "yes",
    "wind_kts": math.nan,
    "gust_kts": math.inf,
    "total_hours": 10**400,
    "crew_age_y": [1],
}


def test_all_mistakes_of_all_rows_are_reported_by_name(api: Api) -> None:
    # NaN and Infinity are no JSON, but Python and JavaScript libraries write them.
    body = json.dumps({"rows": [{"month": 1}, MISTAKES, {"weekday": 8}]})
    response = api.client.post(URL, content=body, headers={"Content-Type": "application/json"})
    errors = response.json()["errors"]
    assert response.status_code == 422
    assert [text.partition(":")[0] for text in errors] == [*(f"rows.1.{name}" for name in MISTAKES), "rows.2.weekday"]
    assert "known at T2" in next(text for text in errors if "rows.1.damage" in text)
    assert all(len(text) < 500 for text in errors)


OTHER_BODIES = (
    *(b"", b"{}", b"[]", b"null", b"{", b"[" * 10_000, b"\xff\xfe", b"1" * 5000, b'{"rows": []}', b'{"rows": [1]}'),
    *(b'{"rows": {}}', b'{"rows": [{}], "other": 1}', b'{"rows": [{}], "contributions": "yes"}'),
    *(json.dumps({"rows": [{}] * 1001}).encode(), b'{"rows": [{"\\ud800": "\\udfff"}]}'),
)


@pytest.mark.parametrize("body", OTHER_BODIES)
def test_other_bodies_are_mistakes_of_the_client(api: Api, body: bytes) -> None:
    response = api.client.post(URL, content=body, headers={"Content-Type": "application/json"})
    assert response.status_code in (400, 422), response.text
    assert response.headers["content-type"] == "application/problem+json"


def test_the_model_card_names_version_and_features(api: Api) -> None:
    content = api.get(f"{URL}/model")
    assert "# Model card" in content["card"]
    assert content["model"]["alias"] in ("champion", "challenger")
    assert {feature["known"] for feature in content["features"]} == {"T0", "T1"}
    (version,) = api.workspace.query("select distinct model_version from mart.severity_score")
    assert content["model"]["model_version"] == version[0]


@pytest.fixture
def registry(built: Workspace, tmp_path: Path) -> Iterator[Workspace]:
    workspace = built.copied(tmp_path / "another store")
    yield workspace
    workspace.stop()


def test_a_new_champion_is_used_without_a_restart(registry: Workspace) -> None:
    address = store_addresses("", registry.store / "models" / "runs")[0]
    client = MlflowClient(address, address)
    with api_server(registry) as api:
        before = predict(api, [{"month": 7}])
        version = client.get_model_version("severity", before["model"]["version"])
        other = client.create_model_version("severity", version.source, version.run_id)
        client.set_registered_model_alias("severity", "champion", other.version)
        limit = time.monotonic() + 60
        while (after := predict(api, [{"month": 7}]))["model"] == before["model"] and time.monotonic() < limit:
            time.sleep(0.2)
        assert (after["model"]["version"], after["model"]["alias"]) == (int(other.version), "champion")
        assert after["predictions"] == before["predictions"]
        assert api.get("/readyz")["model"].startswith(f"severity-{other.version}-champion")
