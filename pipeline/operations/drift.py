"""Drift of features and scores: the population stability index of recent events against earlier ones.

The index is the sum of (recent - earlier) * ln(recent / earlier) over the shares of the categories, or of the deciles
of the earlier values of a number; missing values are a category. Above 0.2 is commonly read as a shift (Siddiqi 2006).
"""

from pathlib import Path
from typing import Any

import duckdb

from pipeline import config, json_file

RECENT_YEARS, EARLIER_YEARS = 3, 10
# Fewer events give an index that is mostly noise.
MIN_EVENTS = 200
MAX_CATEGORIES = 20
# Identity, label, and calendar columns, which differ between periods by definition.
NOT_FEATURES = {"ev_id", "ev_date", "ev_year", "era", "severity", "is_us", "is_accident", "has_injury_record"}
PERIODS = """
create temp table event as
select feature.*, score.p_fatl, feature.ev_year > last.year - {recent} as is_recent
from read_parquet($features) as feature
left join {scores} as score using (ev_id)
cross join (select max(ev_year) as year from read_parquet($features) where is_accident) as last
where is_accident and feature.ev_year > last.year - {recent} - {earlier}
"""
NO_SCORES = "(select null::varchar as ev_id, null::double as p_fatl)"
INDEX = """
with bound as (select quantile_cont({value}, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]) as bounds
    from event where not is_recent and {value} is not null),
binned as (select is_recent, {bin} as bin from event cross join bound),
frequent as (select bin from binned group by bin order by count(*) desc, bin limit {categories}),
counted as (
    select
        coalesce(frequent.bin, 'other') as bin,
        count(*) filter (where is_recent) + 0.5 as recent, count(*) filter (where not is_recent) + 0.5 as earlier
    from binned left join frequent on frequent.bin = binned.bin
    group by 1
),
share as (select recent / sum(recent) over () as recent, earlier / sum(earlier) over () as earlier from counted)
select sum((recent - earlier) * ln(recent / earlier)) from share
"""
NUMBER_BIN = "coalesce(list_count(list_filter(bounds, bound -> bound < {value}))::varchar, 'missing')"
TEXT_BIN = "coalesce({value}::varchar, 'missing')"
EMPTY_BOUND = "with bound as (select 1 as bounds)"


def paths() -> tuple[Path, Path]:
    """Return the paths of the feature table and of the scores."""
    folder = config.targets_folder()
    return folder / "features" / "event_features.parquet", folder / "scores" / "severity_score.parquet"


def current() -> dict[str, Any]:
    """Return the drift of the current files, measured again if they have changed; empty without a feature table."""
    features, scores = paths()
    if not features.exists():
        return {}
    state = config.targets_folder() / "metrics" / "drift.json"
    versions = [[path.stat().st_size, path.stat().st_mtime_ns] for path in (features, scores) if path.exists()]
    recorded = json_file.read(state)
    if recorded is None or recorded.get("files") != versions:
        recorded = {"files": versions, **measure(features, scores if scores.exists() else None)}
        json_file.try_write(state, recorded)
    return recorded


def measure(features: Path, scores: Path | None) -> dict[str, Any]:
    """Return {features: {name: index}, score: index}; empty if a period has fewer than MIN_EVENTS events."""
    with duckdb.connect() as connection:
        scored = "read_parquet($scores)" if scores else NO_SCORES
        query = PERIODS.format(recent=RECENT_YEARS, earlier=EARLIER_YEARS, scores=scored)
        files = {"features": str(features)} | ({"scores": str(scores)} if scores else {})
        connection.execute(query, files)
        counts = connection.execute("select is_recent, count(*) from event group by 1").fetchall()
        if len(counts) < 2 or min(count for _, count in counts) < MIN_EVENTS:
            return {}
        columns = connection.execute("select column_name, column_type from (describe event)").fetchall()
        names = {name: kind for name, kind in columns if name not in NOT_FEATURES | {"p_fatl", "is_recent"}}
        indexes = {name: stability_index(connection, name, kind) for name, kind in names.items()}
        score = stability_index(connection, "p_fatl", "DOUBLE") if scores else None
        return {"features": indexes, "score": score}


def stability_index(connection: duckdb.DuckDBPyConnection, name: str, kind: str) -> float:
    """Return the population stability index of a column of `event`."""
    value = '"' + name.replace('"', '""') + '"'
    is_number = kind in ("DOUBLE", "FLOAT", "INTEGER", "BIGINT", "SMALLINT")
    template = INDEX if is_number else EMPTY_BOUND + INDEX.partition("is not null)")[2]
    bins = (NUMBER_BIN if is_number else TEXT_BIN).format(value=value)
    (index,) = connection.execute(template.format(value=value, bin=bins, categories=MAX_CATEGORIES)).fetchone() or (0,)
    return round(float(index or 0), 4)
