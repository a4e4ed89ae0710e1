"""Class probabilities of every event of a feature table, as a Parquet file."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from models.severity.scoring import InvalidColumns, load_scorer


def write_scores(
    study_folder: Path, feature_table: Path, output: Path, is_release: bool, notice: str = ""
) -> tuple[list[str], list[tuple[object, ...]]]:
    """Write the scores of a Parquet file with one row per event to `output`; return column names and rows.

    Of a release, only events with a part in the study are scored, and none while a leakage warning is open. For another
    file, that is an error: OpenLeakageWarning. Raises InvalidColumns, with the path, if the file is not Parquet or
    lacks features of the model. `notice` is stored in the metadata of the file.
    """
    scorer = load_scorer(study_folder)
    if not is_release:
        scorer.require_no_warning()
    try:
        events = pd.read_parquet(feature_table)
        # A column `part` of another file is not that of this study.
        own = events.drop(columns="part", errors="ignore")
        scores = scorer.study_scores(events) if is_release else scorer.scores(own)
    except (InvalidColumns, pa.ArrowInvalid) as error:
        raise InvalidColumns(f"{feature_table}: {error}") from error
    table = pa.Table.from_pandas(scores, preserve_index=False).replace_schema_metadata(
        {"notice": notice} if notice else None
    )
    pyarrow.parquet.write_table(table, output, compression="zstd")
    return list(scores.columns), list(scores.itertuples(index=False, name=None))
