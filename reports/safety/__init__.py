"""The safety overview: what the published tables hold, by year, place, aircraft and outcome."""
