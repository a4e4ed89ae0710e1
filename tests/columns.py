"""Classes of published columns (models/severity/data/columns.toml), for tests of what features may read."""

from models.severity.data import feature_registry

COLUMN_CLASSES = ("key", "T0", "T1", "T2", "record", "codes", "outside")


def column_class(table: str, column: str) -> str | None:
    """Return the class of a published column, or None if it is not classified."""
    columns = feature_registry.load_columns().get(table, {})
    return columns.get(column, columns.get(feature_registry.ALL_COLUMNS))
