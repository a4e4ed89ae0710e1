"""Folders of CSV or Parquet files, and the specification that they are validated against."""
