"""Export: published relations as files and as query results."""
