"""Predict the highest injury of an aviation accident: data, estimators, evaluation and model tracking."""
