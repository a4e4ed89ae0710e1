"""The severity study: data, estimators, evaluation, tracking. It knows neither Luigi nor the pipeline."""
