"""The harmonization page: how well codes of the three databases map to common values."""
