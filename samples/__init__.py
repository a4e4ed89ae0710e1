"""Synthetic Access files, their generator, and the Jet 4 writer that tests also use."""
