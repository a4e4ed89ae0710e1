"""Metrics, calibration, decision rules, backtests and leakage checks."""
