"""The search page: finds events by number, registration, place, aircraft, date or operating part."""
