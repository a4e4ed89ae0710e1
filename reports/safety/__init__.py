"""The safety overview: published events by year, state, aircraft make and outcome."""
