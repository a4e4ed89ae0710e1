"""Checks, flags, quarantine, row accounting and anomalies."""
