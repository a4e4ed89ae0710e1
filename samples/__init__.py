"""Synthetic Access files and cases of NTSB's API, their generator, and the Jet 4 writer that tests also use."""

# A table of every Access file and a field of every case: what is built from them is marked as made up.
MARKER, MARKER_FIELD = "made_up_data", "madeUpData"
NOTICE = "Made-up events for tests and demonstrations. This file contains no records of the NTSB."
