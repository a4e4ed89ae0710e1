"""The page on where and when accidents happen, and on accidents near an airport or a point."""
