"""The data dictionary: every column of every published table, in the words of NTSB's own dictionary."""
