"""The severity model page: metrics compared with baselines, diagnostics and limitations."""
