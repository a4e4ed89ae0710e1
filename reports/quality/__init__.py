"""Data quality and provenance: the fate of every row, value and column of the source files."""
