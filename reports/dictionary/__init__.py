"""The data dictionary: every column of every published table, with NTSB's definitions."""
