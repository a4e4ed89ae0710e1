"""NTSB's Enterprise API: requests, pages, archives of months, and their download."""
