"""The data dictionary: every column of every published table, view and mapping table."""
