"""Models of the outcome of accidents."""
