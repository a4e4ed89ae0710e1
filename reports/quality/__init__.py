"""Data quality and provenance: what became of every row, value and column of the source files."""
