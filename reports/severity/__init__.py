"""The severity model: how far it gets beside baselines, and where it stops."""
