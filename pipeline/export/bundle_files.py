"""Data files of a bundle: Parquet and CSV without columns that name persons, and their description."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute
import pyarrow.csv
import pyarrow.parquet

from pipeline.export.parquet import ROWS_PER_GROUP

# Names, addresses and certificate numbers of owners and operators, who may be persons, the investigator in charge, and
# persons who notified NTSB or changed a row, as in mart.is_withheld. The database has them, as NTSB publishes them; a
# bundle is copied more widely.
WITHHELD = frozenset({
    *("owner_acft", "owner_street", "owner_zip", "oper_name", "oper_dba", "oper_street", "oper_zip", "oper_cert_num"),
    *("operator", "investigator_in_chg", "ntsb_notf_from", "lchg_userid"),
})  # fmt: skip


@dataclass(frozen=True)
class Relation:
    """A published relation in a bundle: schema, name, meaning, its columns as (name, Arrow type, meaning), and rows."""

    schema: str
    name: str
    meaning: str
    columns: tuple[tuple[str, pa.DataType, str], ...]
    rows: int

    @property
    def parquet(self) -> str:
        """Return the path of the Parquet file in the bundle."""
        return f"{self.schema}/{self.name}.parquet"

    @property
    def csv(self) -> str:
        """Return the path of the CSV file in the bundle."""
        return f"csv/{self.schema}/{self.name}.csv.gz"


def write_parquet(source: Path, target: Path) -> None:
    """Copy a Parquet file without withheld columns, without corrections of these, and without conditions on these."""
    file = pa.parquet.ParquetFile(source)
    schema = file.schema_arrow
    names = [name for name in schema.names if name not in WITHHELD]
    kept = pa.schema([schema.field(name) for name in names]).with_metadata(schema.metadata)
    with pa.parquet.ParquetWriter(target, kept, compression="zstd") as writer:
        for batch in file.iter_batches(ROWS_PER_GROUP, columns=names):
            table = pa.Table.from_batches([batch], kept)
            if source.parent.name == "audit" and "column_name" in names:
                table = _without_persons(table)
            writer.write_table(table, row_group_size=ROWS_PER_GROUP)


def _without_persons(table: pa.Table) -> pa.Table:
    """Return rows about corrections without those of withheld columns, and `withheld` for values that limit others."""
    table = table.filter(pa.compute.invert(_is_withheld(table["column_name"])))
    if "where_column" not in table.column_names:
        return table
    index, values = table.column_names.index("where_value"), table["where_value"]
    # Null still means rows without a value.
    is_withheld = pa.compute.and_(_is_withheld(table["where_column"]), pa.compute.is_valid(values))
    values = pa.compute.if_else(is_withheld, pa.scalar("withheld", values.type), values)
    return table.set_column(index, table.field(index), values)


def _is_withheld(names: pa.ChunkedArray) -> pa.ChunkedArray:
    return pa.compute.is_in(names, pa.array(sorted(WITHHELD)))


def write_csv(source: Path, target: Path) -> None:
    """Write the rows of a Parquet file as compressed CSV: missing values are empty, an empty string is `""`."""
    file = pa.parquet.ParquetFile(source)
    schema = pa.schema([(field.name, _csv_type(field.type)) for field in file.schema_arrow])
    # Arrow's own gzip writes neither a time nor a name into the file.
    with pa.CompressedOutputStream(str(target), "gzip") as stream, pa.csv.CSVWriter(stream, schema) as writer:
        for batch in file.iter_batches(ROWS_PER_GROUP):
            writer.write(pa.Table.from_batches([batch]).cast(schema))


def describe(files: Mapping[str, Path], dictionary: Sequence[Mapping[str, Any]]) -> Iterator[Relation]:
    """Yield the relation of each Parquet file {schema/name.parquet: file}, sorted by path."""
    meanings = {(row["schema"], row["relation"]): row["meaning"] or "" for row in dictionary}
    columns = {(row["schema"], row["relation"], row["column"]): row["description"] or "" for row in dictionary}
    for path, file in sorted(files.items()):
        schema, name = path.removesuffix(".parquet").split("/")
        opened = pa.parquet.ParquetFile(file)
        fields = tuple(
            (field.name, field.type, columns.get((schema, name, field.name), "")) for field in opened.schema_arrow
        )
        yield Relation(schema, name, meanings.get((schema, name), ""), fields, opened.metadata.num_rows)


def _csv_type(type: pa.DataType) -> pa.DataType:
    """Return the type in which a column is written: text for decimals, which Arrow does not write as CSV."""
    return pa.string() if pa.types.is_decimal(type) else type
