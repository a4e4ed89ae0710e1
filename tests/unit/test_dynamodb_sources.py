"""Parquet files of a release become items with the types of their columns, and rows again; the extra is named."""

import sys
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from pipeline.config import Dynamodb
from pipeline.dynamodb import client, items, sources, specification
from pipeline.errors import DynamodbError, PipelineError
from tests.dynamodb_rows import row_of

COLUMNS = {
    "id": (pa.string(), "A#%~é", {"S": "A#%~é"}),
    "text": (pa.string(), "", {"S": ""}),
    "small": (pa.int16(), -5, {"N": "-5"}),
    "large": (pa.int64(), 2**62, {"N": str(2**62)}),
    "real": (pa.float32(), 29.920000076293945, {"N": "29.92"}),
    "double": (pa.float64(), -0.1, {"N": "-0.1"}),
    "decimal": (pa.decimal128(9, 3), Decimal("1.500"), {"N": "1.5"}),
    "flag": (pa.bool_(), False, {"BOOL": False}),
    "day": (pa.date32(), date(1962, 1, 1), {"S": "1962-01-01"}),
    "hour": (pa.time64("us"), time(23, 59), {"S": "23:59:00"}),
    "moment": (pa.timestamp("us"), datetime(2020, 1, 2, 3, 4, 5, 6), {"S": "2020-01-02T03:04:05.000006"}),
    "instant": (pa.timestamp("us", tz="UTC"), datetime(2020, 1, 2, tzinfo=UTC), {"S": "2020-01-02T00:00:00+00:00"}),
}
TEXT = '[tables.t]\npartition = "id"\nrelations = { t = ["large"] }\n'


def source(tmp_path: Path, rows: list[dict[str, object]], schema: pa.Schema) -> sources.Source:
    pa.parquet.write_table(pa.Table.from_pylist(rows, schema), tmp_path / "t.parquet")
    return sources.parquet_source(tmp_path / "t.parquet")


def test_every_type_of_a_release_is_stored_exactly(tmp_path: Path) -> None:
    full = {name: value for name, (_, value, _) in COLUMNS.items()}
    missing = dict.fromkeys(COLUMNS) | {"id": "B", "large": 0}
    schema = pa.schema([(name, kind) for name, (kind, _, _) in COLUMNS.items()])
    relation = source(tmp_path, [full, missing], schema)
    (tmp_path / "t.toml").write_text(TEXT, encoding="utf-8")
    table = specification.read(tmp_path / "t.toml", {"t": relation.columns})["t"]
    stored = [items.items_of(table, "t", row) for row in relation.rows()]
    assert stored[0] == [{name: attribute for name, (_, _, attribute) in COLUMNS.items()}]
    assert stored[1] == [{"id": {"S": "B"}, "large": {"N": "0"}}]
    assert [row_of(table, "t", parts) for parts in stored] == [full, missing]
    assert list(relation.rows()) == list(relation.rows())


def test_a_type_that_cannot_be_published_is_reported(tmp_path: Path) -> None:
    with pytest.raises(DynamodbError, match=r"t\.list: expected a type that can be published, found list<"):
        source(tmp_path, [{"list": [1]}], pa.schema([("list", pa.list_(pa.int64()))]))


def test_a_missing_parquet_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(DynamodbError, match=r"events\.parquet: expected the Parquet file of the release, found none"):
        sources.parquet_source(tmp_path / "events.parquet")


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(PipelineError, match="found no boto3; run `make env`"):
        client.open_client(Dynamodb())
