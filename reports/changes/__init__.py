"""Differences between a release and the previous one: events, fields, severity, tables."""
