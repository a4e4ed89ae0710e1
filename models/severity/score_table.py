"""Class probabilities of every event of a feature table, as a Parquet file."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from models.severity.scoring import InvalidColumns, load_scorer


def write_scores(study_folder: Path, feature_table: Path, output: Path) -> tuple[list[str], list[tuple[object, ...]]]:
    """Write the scores of a Parquet file with one row per event to `output`; return column names and rows.

    Raises InvalidColumns, with the path, if the file is not Parquet or lacks features of the model.
    """
    try:
        scores = load_scorer(study_folder).scores(pd.read_parquet(feature_table))
    except (InvalidColumns, pa.ArrowInvalid) as error:
        raise InvalidColumns(f"{feature_table}: {error}") from error
    table = pa.Table.from_pandas(scores, preserve_index=False).replace_schema_metadata()
    pyarrow.parquet.write_table(table, output, compression="zstd")
    return list(scores.columns), list(scores.itertuples(index=False, name=None))
