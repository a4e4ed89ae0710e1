"""Checks of the environment that a run needs."""
