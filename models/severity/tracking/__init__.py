"""MLflow runs, the model registry, promotion, and the test-set ledger."""
