"""The page on one event: event.html#EV_ID."""
